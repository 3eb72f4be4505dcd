"""Files of reference managers: BibTeX, RIS and MEDLINE (.nbib)."""

import re
from collections import defaultdict
from typing import Any

import bibtexparser
import rispy
from bibtexparser import middlewares

from carto_lib.errors import FileFormatError
from carto_lib.sources.fields import (
    Record,
    author,
    clean,
    decoded,
    known,
    normal_date,
    normal_doi,
    normal_hal_id,
    normal_language,
    normal_pmcid,
    normal_pmid,
    partial_date,
    record,
    year_of,
)
from carto_lib.sources.pubmed import work_type

BIBTEX_TYPES = {
    "article": "article",
    "review": "review",
    "book": "book",
    "proceedings": "book",
    "inbook": "chapter",
    "incollection": "chapter",
    "inproceedings": "conference",
    "conference": "conference",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "thesis": "thesis",
    "techreport": "report",
    "report": "report",
    "dataset": "dataset",
    "unpublished": "preprint",
}
RIS_TYPES = {
    "JOUR": "article",
    "EJOUR": "article",
    "MGZN": "article",
    "BOOK": "book",
    "EBOOK": "book",
    "EDBOOK": "book",
    "CHAP": "chapter",
    "ECHAP": "chapter",
    "CONF": "conference",
    "CPAPER": "conference",
    "THES": "thesis",
    "RPRT": "report",
    "DATA": "dataset",
    "ABST": "abstract",
    "UNPB": "preprint",
}
_RIS_LINE = re.compile(r"([A-Z][A-Z0-9])  -(?: |$)")
_NBIB_LINE = re.compile(r"([A-Z]{2,4}) *- (.*)")
_DOI_AT = re.compile(r"(\S+) \[doi\]")


def parse_bibtex(body: bytes) -> list[Record]:
    """Read a BibTeX or BibLaTeX file (LaTeX accents decoded, ``and``-separated names split).

    Raises
    ------
    FileFormatError
        If an entry can't be parsed: its line is named.
    """
    text = decoded(body)
    library = bibtexparser.parse_string(text, append_middleware=[middlewares.LatexDecodingMiddleware()])
    for block in library.failed_blocks:
        if not isinstance(block, bibtexparser.model.DuplicateBlockKeyBlock):
            reason = clean(str(getattr(block, "error", ""))) or "syntax error"
            raise FileFormatError(
                f"line {(block.start_line or 0) + 1}: BibTeX entry can't be read ({reason}): correct it"
            )
    braced = bibtexparser.parse_string(text)  # names in braces are collective: decoding takes the braces off
    pairs = zip(_bibtex_entries(library), _bibtex_entries(braced), strict=True)
    return [_bibtex_record(entry, _bibtex_fields(raw).get("author", "")) for entry, raw in pairs]


def _bibtex_entries(library: Any) -> list[Any]:
    return [*library.entries, *(block.ignore_error_block for block in library.failed_blocks)]


def _bibtex_fields(entry: Any) -> dict[str, str]:
    return {field.key.lower(): str(field.value) for field in entry.fields}


def _bibtex_record(entry: Any, braced_authors: str) -> Record:
    values = {key: clean(re.sub(r"[{}]", "", value)) for key, value in _bibtex_fields(entry).items()}
    names = re.split(r"\s+and\s+", values.get("author") or "")
    collective = [re.fullmatch(r"\{.*\}", name) is not None for name in re.split(r"\s+and\s+", braced_authors.strip())]
    if len(collective) != len(names):
        collective = [False] * len(names)
    date = normal_date(values.get("date")) or partial_date(values.get("year"), values.get("month"), values.get("day"))
    title, subtitle = values.get("title"), values.get("subtitle")
    kind = entry.entry_type.lower()
    return record(
        "bibtex",
        "",
        title=f"{title}: {subtitle}" if title and subtitle else title,
        abstract=values.get("abstract"),
        date=date,
        year=year_of(date),
        type="preprint"
        if values.get("archiveprefix") or values.get("eprinttype") == "arxiv"
        else BIBTEX_TYPES.get(kind),
        language=normal_language(values.get("language") or values.get("langid")),
        journal=values.get("journal") or values.get("journaltitle"),
        doi=normal_doi(values.get("doi")),
        pmid=normal_pmid(values.get("pmid")),
        pmcid=normal_pmcid(values.get("pmcid") or values.get("pmc")),
        hal_id=normal_hal_id(values.get("hal_id") or values.get("url")),
        url=values.get("url"),
        authors=[_bibtex_author(*person) for person in zip(names, collective, strict=True) if person[0]],
        keywords=_split_keywords(values.get("keywords") or ""),
    )


def _bibtex_author(name: str, collective: bool) -> dict[str, Any]:
    if collective:
        return author(name=name, collective=True)
    if name.lower() == "others":
        return author(name="et al.", collective=True)
    family, comma, given = name.partition(",")
    if comma:
        given = given.rsplit(",", 1)[-1].strip()
        return author(name=f"{given} {family}".strip(), given=given, family=family.strip())
    return author(name=name)


def parse_ris(body: bytes) -> list[Record]:
    """Read a RIS file.

    Raises
    ------
    FileFormatError
        If a line stands outside a record, or a record doesn't end with ER: the line is named.
    """
    text = decoded(body)
    _check_ris(text)
    return [_ris_record(values) for values in rispy.loads(text)]


def _check_ris(text: str) -> None:
    opened = 0
    for number, line in enumerate(text.splitlines(), start=1):
        match = _RIS_LINE.match(line)
        tag = match.group(1) if match else None
        if tag == "TY" and opened:
            raise FileFormatError(f"line {number}: a record starts before the one of line {opened} ends: add 'ER  - '")
        if tag == "TY":
            opened = number
        elif line.strip() and not opened:
            raise FileFormatError(f"line {number}: {line[:40]!r} stands outside a RIS record (TY … ER): remove it")
        elif tag == "ER":
            opened = 0
    if opened:
        raise FileFormatError(f"line {opened}: the record that starts here doesn't end (truncated?): add 'ER  - '")


def _ris_record(values: dict[str, Any]) -> Record:
    date = normal_date(values.get("date")) or normal_date(values.get("year") or values.get("publication_year"))
    title = values.get("title") or values.get("primary_title")
    journals = ("journal_name", "secondary_title", "alternate_title3", "alternate_title1", "alternate_title2")
    urls = values.get("urls") or []
    return record(
        "ris",
        "",
        title=clean(title),
        title_original=clean(values.get("translated_title")),
        abstract=clean(values.get("abstract") or values.get("notes_abstract")),
        date=date,
        year=year_of(date),
        type=RIS_TYPES.get(values.get("type_of_reference", ""), "other"),
        language=normal_language(values.get("language")),
        journal=clean(next((values[name] for name in journals if values.get(name)), None)),
        doi=normal_doi(values.get("doi")) or next(filter(None, map(normal_doi, urls)), None),
        pmid=normal_pmid(values.get("accession_number"))
        if "pubmed" in str(values.get("name_of_database")).lower()
        else None,
        hal_id=next(filter(None, map(normal_hal_id, urls)), None),
        url=next(iter(urls), None),
        authors=[_comma_author(name) for name in values.get("authors") or values.get("first_authors") or [] if name],
        affiliations=[text for text in [clean(values.get("author_address"))] if text],
        keywords=[text for text in map(clean, values.get("keywords", [])) if text],
    )


def _comma_author(text: str) -> dict[str, Any]:
    family, comma, given = (part.strip() for part in (clean(text) or "").partition(","))
    if comma and given:
        return author(name=f"{given} {family}", given=given, family=family)
    return author(name=family)


def parse_nbib(body: bytes) -> list[Record]:
    """Read a MEDLINE file as PubMed exports it (https://www.nlm.nih.gov/bsd/mms/medlineelements.html).

    Raises
    ------
    FileFormatError
        If a line is neither a tag, a continuation nor blank: the line is named.
    """
    found: list[list[tuple[str, str]]] = []
    for number, line in enumerate(decoded(body).splitlines(), start=1):
        match = _NBIB_LINE.match(line)
        if match:
            if match.group(1) == "PMID":
                found.append([])
            if not found:
                raise FileFormatError(f"line {number}: {line[:40]!r} stands before the first 'PMID- ': remove it")
            found[-1].append((match.group(1), match.group(2).strip()))
        elif line.startswith("      ") and found and found[-1]:
            tag, text = found[-1][-1]
            found[-1][-1] = (tag, f"{text} {line.strip()}")
        elif line.strip():
            raise FileFormatError(f"line {number}: {line[:40]!r} isn't a MEDLINE line ('TAG - value'): correct it")
    return [_nbib_record(tags) for tags in found]


def _nbib_record(tags: list[tuple[str, str]]) -> Record:
    values: dict[str, list[str]] = defaultdict(list)
    for tag, text in tags:
        values[tag].append(text)

    def first(*names: str) -> str | None:
        return next((values[name][0] for name in names if values[name]), None)

    title, original = first("TI", "BTI"), first("TT")
    if title and original and title.startswith("["):
        title = title.rstrip(".").strip("[]") + "."
    dois = [match.group(1) for text in values["AID"] + values["LID"] if (match := _DOI_AT.match(text))]
    parts = (first("DP") or "").split()
    date = partial_date(*parts[:3]) if parts else None
    types = values["PT"]
    return record(
        "nbib",
        "",
        title=clean(title),
        title_original=clean(original),
        abstract=clean(first("AB")),
        date=date,
        year=year_of(date),
        type=work_type(types),
        language=normal_language(first("LA")),
        journal=clean(first("JT", "TA")),
        doi=normal_doi(next(iter(dois), None)),
        pmid=normal_pmid(first("PMID")),
        pmcid=normal_pmcid(first("PMC")),
        is_retracted="Retracted Publication" in types or bool(values["RIN"]),
        authors=_nbib_authors(tags),
        keywords=[text.lstrip("*") for text in map(clean, values["OT"]) if text],
        extra=known(publication_types=types),
    )


def _nbib_authors(tags: list[tuple[str, str]]) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = []
    for tag, text in tags:
        if tag == "FAU":
            people.append(_comma_author(text) | {"places": []})
        elif tag == "CN":
            people.append({"name": clean(text), "collective": True, "places": []})
        elif tag == "AD" and people:
            people[-1]["places"].append(text)
        elif tag == "AUID" and people and "orcid" in text.lower():
            people[-1]["orcid"] = text
    return [author(affiliations=person.pop("places"), **person) for person in people]


def _split_keywords(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;,]", text) if part.strip()]
