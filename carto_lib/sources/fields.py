"""What every source shares: the shape of a record, normal forms of its fields, safe reading of JSON and XML."""

import codecs
import json
import logging
import re
from collections.abc import Callable, Iterable
from functools import cache, wraps
from typing import Any

from lxml import etree

from carto_lib.errors import DamagedAnswer, FileFormatError, QuotaSpent, SourceError
from carto_lib.text import strip_emails, strip_markup

logger = logging.getLogger(__name__)

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
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_HALF_CHARACTER = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
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
    """Return an ISO 639-1 code from one (``fr``, ``fr-FR``), from ISO 639-2 (``fre``, ``fra``) or an English name."""
    if not value or value.lower() in ("und", "undetermined", "mul", "mis", "zxx"):
        return None
    code = value.strip().lower()
    if re.fullmatch(r"[a-z]{2}([-_].*)?", code):
        return code[:2]
    import pycountry  # slow to load, and most codes have two letters

    found = None
    if len(code) == 3:
        found = pycountry.languages.get(alpha_3=code) or pycountry.languages.get(bibliographic=code)
    else:
        found = pycountry.languages.get(name=code.title())
    return getattr(found, "alpha_2", None)


def decoded(body: bytes) -> str:
    """Return the text of a file in UTF-8, in UTF-16 that says so, or in Windows-1252 (what a French Excel writes).

    Raises
    ------
    FileFormatError
        If it isn't text: the line is named.
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", errors="replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        try:
            text = "" if _NOT_TEXT.search(body) else body.decode("cp1252")
        except UnicodeDecodeError:
            text = ""
        if not text:
            raise FileFormatError(f"line {line} isn't UTF-8 text: save the file in UTF-8") from error
        logger.warning("line %d isn't UTF-8 text: the file is read as Windows-1252", line)
        return text


def loads(text: str) -> Any:
    """Read JSON; halves of characters, which no file can hold, become question marks.

    Raises
    ------
    ValueError
        If it isn't JSON, or is nested too deep.
    """
    try:
        content = json.loads(text)
        if _HALF_CHARACTER.search(text):
            content = json.loads(json.dumps(content, ensure_ascii=False).encode("utf-8", errors="replace"))
    except RecursionError as error:
        raise json.JSONDecodeError("nested too deep", text, 0) from error
    return content


def load_json(body: bytes, source: str) -> Any:
    """Read a JSON answer.

    Raises
    ------
    SourceError
        If the body is empty, truncated, an HTML page or plain text.
    QuotaSpent
        If the answer says that the budget is gone.
    """
    text = _text(body, source)
    if text.startswith("<"):
        said = excerpt(re.sub(r"<[^>]*>", " ", text[:2000]))
        raise DamagedAnswer(f"{source} answered {_markup_kind(text)} where JSON is expected: {said}: ask again later")
    try:
        content = loads(text)
    except json.JSONDecodeError as error:
        reason = "truncated JSON" if text[0] in "[{" else "plain text"
        raise DamagedAnswer(
            f"{source} answered {reason} (line {error.lineno}, column {error.colno}): {excerpt(text)}: ask again later"
        ) from error
    refuse_error(content, source)
    return content


def refuse_error(content: Any, source: str) -> None:
    """Raise where a JSON answer reports an error instead of records, whatever its HTTP status.

    Raises
    ------
    QuotaSpent
        If the budget is gone.
    SourceError
        For any other error; its own message is quoted.
    """
    if not isinstance(content, dict):
        return
    code = content.get("errCode") or content.get("error-code") or content.get("errorCode")
    message = content.get("errMsg") or content.get("error") or content.get("developer-message")
    if content.get("status") == "failed":
        message = content.get("message")
    if not (code or message):
        return
    quoted = excerpt(message if isinstance(message, str) else json.dumps(message or content, ensure_ascii=False))
    quoted += f" ({content['message']})" if isinstance(content.get("message"), str) else ""
    if "insufficient budget" in quoted.lower():
        raise QuotaSpent(f"{source} says that today's budget is spent: {quoted}: run again tomorrow or set a key")
    raise SourceError(f"{source} answered an error{f' {code}' if code else ''}, not records: {quoted}")


def load_xml(body: bytes, source: str) -> etree._Element:
    """Read an XML answer, without entities, network nor huge trees.

    Raises
    ------
    SourceError
        If the body is empty, truncated, an HTML page, JSON or plain text, or declares entities.
    """
    text = _text(body[:2000], source)
    if not text.startswith("<"):
        if text[0] in "[{":
            load_json(body, source)
            raise SourceError(f"{source} answered JSON where XML is expected: {excerpt(text)}")
        raise DamagedAnswer(f"{source} answered plain text where XML is expected: {excerpt(text)}")
    if _markup_kind(text) == "an HTML page":
        raise DamagedAnswer(f"{source} answered an HTML page where XML is expected: ask again later")
    try:
        root = etree.fromstring(body.lstrip(), xml_parser())
    except etree.XMLSyntaxError as error:
        reason = " ".join(str(error).split())
        raise DamagedAnswer(
            f"{source} answered XML that can't be read, perhaps truncated ({reason}): ask again"
        ) from error
    if root.getroottree().docinfo.internalDTD is not None and any(
        True for _ in root.getroottree().docinfo.internalDTD.iterentities()
    ):
        raise SourceError(f"{source} answered XML that declares entities: refused, its origin is not to be trusted")
    return root


def xml_parser() -> etree.XMLParser:
    """Return the parser for XML from outside: nothing is expanded, fetched or left out of bounds."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )


def inner_text(element: etree._Element | None) -> str | None:
    """Return the text of an element and of all its inline markup, without runs of blanks."""
    if element is None:
        return None
    return clean("".join(element.itertext()) if len(element) else element.text)


def reader(source: str) -> Callable[[Callable[[bytes], list[Record]]], Callable[[bytes], list[Record]]]:
    """Make a ``parse`` say so where an answer has another shape than the source's own."""

    def decorate(parse: Callable[[bytes], list[Record]]) -> Callable[[bytes], list[Record]]:
        @wraps(parse)
        def parse_or_explain(body: bytes) -> list[Record]:
            try:
                return parse(body)
            except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
                raise SourceError(
                    f"{source} answered in an unknown shape ({type(error).__name__}: {error}): is it a {source} answer?"
                ) from error

        return parse_or_explain

    return decorate


def dicts(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; one object alone may come without its list."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def need(content: Any, name: str, kind: type, source: str) -> Any:
    """Return a field that an answer can't lack.

    Raises
    ------
    SourceError
        If the field is missing or of another type: the API changed its shape, or this isn't such an answer.
    """
    value = content.get(name) if isinstance(content, dict) else None
    if not isinstance(value, kind):
        keys = ", ".join(map(repr, list(content)[:8])) if isinstance(content, dict) else type(content).__name__
        said = f"it holds {keys}" if value is None else f"it is {type(value).__name__} there"
        raise SourceError(f"{source} answered without {name!r} ({kind.__name__}): {said}")
    return value


def excerpt(text: str) -> str:
    """Return the beginning of a text, quoted, for a message."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= 120 else flat[:119] + "…")


def _text(body: bytes, source: str) -> str:
    text = body.decode("utf-8-sig", errors="replace").strip()
    if not text:
        raise DamagedAnswer(f"{source} answered nothing (an empty body): ask again later")
    return text


def _markup_kind(text: str) -> str:
    return "an HTML page" if re.search(r"<!doctype\s+html|<html\b", text[:1000], re.IGNORECASE) else "XML"
