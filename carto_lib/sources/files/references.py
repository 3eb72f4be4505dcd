"""Tagged files of reference managers: RIS and MEDLINE (.nbib)."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import rispy

from carto_lib.errors import FileFormatError
from carto_lib.sources.answers import decoded
from carto_lib.sources.fields import (
    Record,
    author,
    clean,
    known,
    normal_date,
    normal_doi,
    normal_hal_id,
    normal_language,
    normal_pmcid,
    normal_pmid,
    record,
    year_of,
)
from carto_lib.sources.pubmed.parse import medline_date, work_type

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
_RIS_LOOSE_LINE = re.compile(r"^([A-Z][A-Z0-9]) {0,2}- ?")
_RIS_END = "ER  - "
_PUBMED_PAGE = re.compile(r"pubmed(?:\.ncbi\.nlm\.nih\.gov|)/(\d+)")
_ISSN_L = re.compile(r"(\d{4}-\d{3}[\dX]) \(Linking\)")
_NBIB_LINE = re.compile(r"([A-Z]{2,4}) *- (.*)")
_PMID_IN = re.compile(r"PMID: (\d+)")
_DOI_AT = re.compile(r"(\S+) \[doi\]")


def parse_ris(body: bytes) -> list[Record]:
    """Read a RIS file. What stands before the first record is left out; a record that starts ends the one before.

    Raises
    ------
    FileFormatError
        If a line stands between records, or the last record doesn't end with ER (truncated): the line is named.
    """
    return [_ris_record(values) for values in rispy.loads("\n".join(ris_lines(decoded(body))))]


def ris_lines(text: str) -> Iterator[str]:
    """Yield the lines of the records, each record ended, with the tags' two blanks."""
    loose = not re.search(r"^TY  -", text, re.MULTILINE)
    opened, before = 0, bool(re.search(r"^TY {0,2}-", text, re.MULTILINE))
    for number, line in enumerate(text.splitlines(), start=1):
        line = _RIS_LOOSE_LINE.sub(r"\1  - ", line) if loose else line
        match = _RIS_LINE.match(line)
        tag = match.group(1) if match else None
        if tag == "TY":
            if opened:
                yield _RIS_END
            opened, before = number, False
        elif line.strip() and not opened and not before:
            raise FileFormatError(f"line {number}: {line[:40]!r} stands outside a RIS record (TY … ER): remove it")
        elif line.strip() and not tag and number == opened + 1 and opened:
            raise FileFormatError(f"line {number}: {line[:40]!r} follows no tag: correct it")
        elif tag == "ER":
            opened = 0
        if opened or tag == "ER":
            yield line
    if opened:
        raise FileFormatError(f"line {opened}: the record that starts here doesn't end (truncated?): add 'ER  - '")


def _ris_record(values: dict[str, Any]) -> Record:
    date = normal_date(values.get("date")) or normal_date(values.get("year") or values.get("publication_year"))
    title = values.get("title") or values.get("primary_title")
    journals = ("journal_name", "secondary_title", "alternate_title3", "alternate_title1", "alternate_title2")
    urls = values.get("urls") or []
    pages = (match.group(1) for match in map(_PUBMED_PAGE.search, urls) if match)
    number = values.get("accession_number") if "pubmed" in str(values.get("name_of_database")).lower() else None
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
        pmid=normal_pmid(number or next(pages, None)),
        pmcid=normal_pmcid(values.get("custom2")) if str(values.get("custom2")).startswith("PMC") else None,
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
    date = medline_date(first("DP"))
    linking = next(filter(None, map(_ISSN_L.match, values["IS"])), None)
    published = next(filter(None, (_PMID_IN.search(text) for text in values["UIN"])), None)
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
        issn_l=linking.group(1) if linking else None,
        doi=normal_doi(next(iter(dois), None)),
        pmid=normal_pmid(first("PMID")),
        pmcid=normal_pmcid(first("PMC")),
        is_retracted="Retracted Publication" in types or bool(values["RIN"]),
        version_of=f"pmid:{published.group(1)}" if published else None,
        authors=_nbib_authors(tags),
        keywords=[text.lstrip("*") for text in map(clean, values["OT"]) if text],
        extra=known(publication_types=types),
    )


def _nbib_authors(tags: list[tuple[str, str]]) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = []
    names = "FAU" if any(tag == "FAU" for tag, _ in tags) else "AU"
    for tag, text in tags:
        if tag == names:
            people.append(_comma_author(text) | {"places": []})
        elif tag == "CN":
            people.append({"name": clean(text), "collective": True, "places": []})
        elif tag == "AD" and people:
            people[-1]["places"].append(text)
        elif tag == "AUID" and people and "orcid" in text.lower():
            people[-1]["orcid"] = text
    return [author(affiliations=person.pop("places"), **person) for person in people]
