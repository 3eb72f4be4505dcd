"""What every source shares: the shape of a record and the normal forms of its fields."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from carto_lib.text import strip_emails, strip_markup

Record = dict[str, Any]

RECORD_FIELDS = (
    *("source", "source_id", "query_id", "retrieved_at", "answer_id", "title", "title_original", "abstract"),
    *("year", "date", "type", "language", "journal", "issn_l", "doi", "pmid", "pmcid", "hal_id", "openalex_id"),
    *("nnt", "is_retracted", "version_of", "url", "authors", "authors_complete", "affiliations"),
    *("names_printed", "keywords", "extra"),
)
NOTICE_TYPES = ("retraction_notice", "correction")
WORK_TYPES = (
    *("article", "review", "preprint", "thesis", "report", "protocol", "cohort_profile", "conference", "editorial"),
    *("letter", "abstract", "retraction_notice", "correction", "dataset", "book", "chapter", "other"),
)
_OTHER_NAMES = {
    "articledejournal": "article",
    "articleinpress": "article",
    "bookchapter": "chapter",
    "booksection": "chapter",
    "conferencepaper": "conference",
    "conferenceproceeding": "book",
    "datapaper": "article",
    "dissertation": "thesis",
    "erratum": "correction",
    "journalarticle": "article",
    "manuscript": "preprint",
    "retracted": "article",
    "systematicreview": "review",
    "shortsurvey": "article",
    "these": "thesis",
}
_NATURE = re.compile(
    r"(?P<cohort>^cohort profile|^data resource profile|^profil de cohorte)"
    r"|(?P<protocol>\b(?:study|trial|review) protocol\b|\bprotocol (?:for|of) (?:an?|the)\b|[:.] ?protocol\b"
    r"|protocole (?:d[’']une|de l[’']) ?(?:étude|essai|enquête)?)",
    re.IGNORECASE,
)
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
_ORCID = re.compile(r"(\d{4})[\s-]*(\d{4})[\s-]*(\d{4})[\s-]*(\d{3}[\dX])", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}


def record(source: str, source_id: str, **values: Any) -> Record:
    """Return a record with every column of the table *records*, in order; absent or empty values are None.

    An original title that is the title itself is left out. An article whose title says so is a ``cohort_profile``
    or a ``protocol``, whatever the source calls it.
    """
    filled = dict.fromkeys(RECORD_FIELDS)
    filled.update((name, value) for name, value in values.items() if value not in ("", [], {}))
    if len(filled) > len(RECORD_FIELDS):
        raise TypeError(f"unknown columns of a record: {', '.join(filled.keys() - set(RECORD_FIELDS))}")
    if filled["title_original"] == filled["title"]:
        filled["title_original"] = None
    if filled["type"] == "article" and (match := _NATURE.search(filled["title"] or "")):
        filled["type"] = "cohort_profile" if match.lastgroup == "cohort" else "protocol"
    filled["source"], filled["source_id"] = source, source_id
    return filled


def author(orcid: str | None = None, affiliations: Iterable[str | None] | None = None, **values: Any) -> dict[str, Any]:
    """Return an author with its known keys only: valid ORCID, affiliations without e-mail nor repetition.

    An ORCID whose checksum is wrong is not an identity: it is left out.
    """
    values["orcid"] = normal_orcid(orcid)
    texts = (clean(affiliation) for affiliation in affiliations or ())
    values["affiliations"] = list(dict.fromkeys(text for text in map(without_emails, texts) if text))
    return {name: value for name, value in values.items() if value not in (None, "", [], False)}


def known(**values: Any) -> dict[str, Any] | None:
    """Return the facts that are known (neither None nor empty), or None."""
    return {name: value for name, value in values.items() if value is not None and value not in ("", [], {})} or None


def clean(text: str | None) -> str | None:
    """Return text without markup, entities and runs of blanks; None where nothing is left."""
    if not text:
        return None
    if "<" in text or "&" in text:
        text = strip_markup(text)
    return " ".join(text.split()) or None


def without_emails(text: str | None) -> str | None:
    """Return text without any e-mail address: Carto keeps none."""
    if text and ("@" in text or "at]" in text or "at)" in text):
        return strip_emails(text).strip() or None
    return text


def normal_doi(value: object) -> str | None:
    """Return a DOI in lower case without prefix, spaces or final punctuation; None if there is none.

    >>> normal_doi(" https://doi.org/10.1016/J.JNS.2020.116832. ")
    '10.1016/j.jns.2020.116832'
    """
    match = _DOI.search(str(value).replace("%2F", "/").replace("%2f", "/")) if value else None
    return match.group().lower().rstrip(".,;") if match else None


def normal_orcid(value: object) -> str | None:
    """Return a bare ORCID ``0000-0000-0000-0000``; None if there is none or its checksum is wrong.

    The last character is checked by ISO 7064 MOD 11-2 (https://support.orcid.org/hc/en-us/articles/360006897674).

    >>> normal_orcid("https://orcid.org/0000 0002 1825 0097")
    '0000-0002-1825-0097'
    """
    match = _ORCID.search(str(value)) if value else None
    if not match:
        return None
    digits = "".join(match.groups()).upper()
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    expected = (12 - total % 11) % 11
    return "-".join(match.groups()).upper() if digits[-1] == ("X" if expected == 10 else str(expected)) else None


def normal_pmid(value: object) -> str | None:
    """Return a PubMed identifier: digits without leading zero, out of a number, a text or a URL."""
    match = re.search(r"\d+", str(value)) if value else None
    return match.group().lstrip("0") or None if match else None


def normal_pmcid(value: object) -> str | None:
    """Return a PubMed Central identifier ``PMC123``, without version."""
    match = re.search(r"(?:PMC|^|/)\s*(\d+)", str(value), re.IGNORECASE) if value else None
    return f"PMC{match.group(1)}" if match else None


def normal_hal_id(value: object) -> str | None:
    """Return a HAL identifier without its version (``hal-01234567``, ``tel-…``, ``inserm-…``)."""
    match = re.search(r"\b([a-z][a-z0-9_]*-\d{5,})(?:v\d+)?\b", str(value)) if value else None
    return match.group(1) if match else None


def normal_date(value: object) -> str | None:
    """Return a date as precise as given (``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD``), or None.

    >>> normal_date("2021-3-07T00:00:00Z"), normal_date("2021-13-01"), normal_date("n.d.")
    ('2021-03-07', '2021', None)
    """
    match = _DATE.match(str(value).strip()) if value else None
    return partial_date(*match.groups()) if match else None


def normal_type(value: object) -> str | None:
    """Return a type of work from the name that a tool or an archive gives it; ``other`` where it isn't known.

    >>> normal_type("Journal article"), normal_type("cohort_profile"), normal_type("Software"), normal_type("")
    ('article', 'cohort_profile', 'other', None)
    """
    name = str(value or "").strip().lower()
    if name in WORK_TYPES:
        return name
    letters = re.sub(r"[^a-z]", "", name)
    kind = _OTHER_NAMES.get(letters, letters if letters in WORK_TYPES else "other")
    return kind if letters else None


def partial_date(year: object, month: object = None, day: object = None) -> str | None:
    """Return a date from its parts; an impossible month or day only makes the date less precise."""
    if not (year and str(year).isdigit() and 1000 <= int(str(year)) <= 2999):
        return None
    text = str(year)
    number = _MONTHS.get(str(month)[:3].lower(), 0) or int(str(month)) if _is_month(month) else 0
    if not 1 <= number <= 12:
        return text
    text += f"-{number:02d}"
    if day and str(day).isdigit() and 1 <= int(str(day)) <= 31:
        text += f"-{int(str(day)):02d}"
    return text


def _is_month(value: object) -> bool:
    return bool(value) and (str(value).isdigit() or str(value)[:3].lower() in _MONTHS)


def year_of(date: str | None) -> int | None:
    """Return the year of a date."""
    return int(date[:4]) if date else None


@cache
def normal_language(value: str | None) -> str | None:
    """Return an ISO 639-1 code from one (``fr``, ``fr-FR``), from ISO 639-2 (``fre``, ``fra``) or an English name.

    What is no language of ISO 639-1 is None.
    """
    if not value or value.lower() in ("und", "undetermined", "mul", "mis", "zxx"):
        return None
    code = value.strip().lower()
    import pycountry  # slow to load

    if re.fullmatch(r"[a-z]{2}([-_].*)?", code):
        found = pycountry.languages.get(alpha_2=code[:2])
    elif len(code) == 3:
        found = pycountry.languages.get(alpha_3=code) or pycountry.languages.get(bibliographic=code)
    else:
        found = pycountry.languages.get(name=code.title())
    return getattr(found, "alpha_2", None)
