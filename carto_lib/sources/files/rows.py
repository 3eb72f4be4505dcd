"""Files in columns: JSON lines in our own, CSV in our own or in those of Zotero, PubMed, Scopus and French tables."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from carto_lib.errors import FileFormatError
from carto_lib.sources.answers import decoded, loads
from carto_lib.sources.fields import (
    RECORD_FIELDS,
    Record,
    author,
    clean,
    normal_date,
    normal_doi,
    normal_hal_id,
    normal_language,
    normal_pmcid,
    normal_pmid,
    normal_type,
    record,
    without_emails,
    year_of,
)
from carto_lib.text import fold

_NORMAL: dict[str, Callable[[Any], Any]] = {
    "title": clean,
    "title_original": clean,
    "abstract": clean,
    "journal": clean,
    "date": normal_date,
    "retrieved_at": normal_date,
    "doi": normal_doi,
    "pmid": normal_pmid,
    "pmcid": normal_pmcid,
    "hal_id": normal_hal_id,
    "language": normal_language,
    "type": normal_type,
}
_HEADERS = {  # what others call our columns, folded, the best first
    "title": ("title", "titre", "article title", "document title", "titre de l article"),
    "abstract": ("abstract", "abstract note", "resume"),
    "year": ("year", "annee", "publication year", "annee de publication"),
    "date": ("date", "publication date", "date de publication"),
    "authors": ("authors", "author full names", "author", "auteurs", "auteur", "auteur s", "author s"),
    "journal": ("journal", "revue", "journal book", "publication title", "source title", "journal title"),
    "language": ("language", "langue", "language of original document"),
    "type": ("type", "item type", "document type", "type de document"),
    "doi": ("doi",),
    "pmid": ("pmid", "pubmed id"),
    "pmcid": ("pmcid", "pmc id", "pmc"),
    "hal_id": ("hal id", "halid", "hal", "identifiant hal"),
    "url": ("url", "link", "lien"),
    "keywords": ("keywords", "author keywords", "manual tags", "mots cles"),
    "affiliations": ("affiliations", "affiliation", "adresses"),
}
_INITIALS = re.compile(r"\S.* [A-Z]{1,3}\.?|(?:[A-Z]\.[ -]?)+\S.*")
_SCOPUS_ID = re.compile(r" \(\d+\)$")
_LISTS = ("authors", "affiliations", "keywords", "databases")
_TRUE, _FALSE = ("true", "1", "yes", "oui", "vrai"), ("false", "0", "no", "non", "faux")
_AUTHOR_KEYS = ("name", "given", "family", "orcid", "idref", "idhal", "collective", "corresponding", "affiliations")


def parse_jsonl(body: bytes) -> list[Record]:
    """Read JSON lines in the columns of the table *records*, all optional.

    ``authors`` is a list of names as printed or of ``{name, given, family, orcid, affiliations…}``; ``databases``
    lists the identifiers of the databases that the record is kept for. Unknown columns are left out.

    Raises
    ------
    FileFormatError
        If a line isn't a JSON object, or a value isn't of its column's type: the line is named.
    """
    records = []
    for number, line in enumerate(decoded(body).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values = loads(line)
        except json.JSONDecodeError as error:
            raise FileFormatError(
                f"line {number} isn't JSON ({error.msg}, column {error.colno}): correct it"
            ) from error
        if not isinstance(values, dict):
            raise FileFormatError(f"line {number} is a {type(values).__name__}, not an object {{…}}: correct it")
        records.append(row_to_record(values, f"line {number}", "jsonl"))
    return records


def parse_csv(body: bytes) -> list[Record]:
    """Read a CSV file (comma, semicolon or tab) whose header names columns of the table *records*.

    The headers of Zotero, PubMed and Scopus exports and French ones are known too. Lists (authors, affiliations,
    keywords, databases) are separated by ``;`` or written as JSON; authors such as ``Weill A, Zureik M`` by commas.

    Raises
    ------
    FileFormatError
        If no column is known, a line has more cells than the header, or a value isn't of its column's type.
    """
    text = decoded(body)
    header = text.splitlines()[0]
    unquoted = re.sub(r'"[^"]*"', "", header)
    delimiter = max(",;\t", key=unquoted.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = _columns(reader.fieldnames or ())
        if not {"title", "doi", "pmid", "hal_id"} & columns.keys():
            raise FileFormatError(
                f"line 1 names neither title, doi, pmid nor hal_id but {header[:80]!r}: name the columns"
            )
        return [_row(cells, columns, f"line {reader.line_num}", delimiter) for cells in reader]
    except csv.Error as error:
        raise FileFormatError(f"line {reader.line_num} can't be read ({error}): check its quotes") from error


def _columns(header: Iterable[str]) -> dict[str, str]:
    """Return the file's own header of each of our columns that it has."""
    folded = {fold(name): name for name in header}
    found: dict[str, str] = {}
    for column in (*RECORD_FIELDS, "databases"):
        for name in (fold(column), *_HEADERS.get(column, ())):
            if name in folded:
                found.setdefault(column, folded[name])
    return found


def _row(cells: dict[str, Any], columns: dict[str, str], place: str, delimiter: str) -> Record:
    if None in cells:
        raise FileFormatError(f"{place} has more cells than the header: quote the cells that hold {delimiter!r}")
    values = {column: cell for column, name in columns.items() if (cell := cells[name])}
    for name in {*_LISTS, "names_printed", "extra"} & values.keys():
        values[name] = _cell(values[name], name, place)
    return row_to_record(values, place, "csv")


def row_to_record(values: dict[str, Any], place: str, source: str) -> Record:
    """Return a record from a row in our own columns.

    Raises
    ------
    FileFormatError
        If a value isn't of its column's type; ``place`` says where.
    """
    values = {name: value for name, value in values.items() if value is not None}
    for name in _LISTS:
        if name in values and not isinstance(values[name], list):
            raise FileFormatError(f"{place}: {name} is {values[name]!r}, not a list")
    kept = {name: values[name] for name in RECORD_FIELDS if name in values and name not in ("source", "source_id")}
    for name, normal in _NORMAL.items():
        if name in kept:
            kept[name] = normal(str(kept[name]))
    kept["year"] = _year(values.get("year"), place) or year_of(kept.get("date"))
    for name in ("is_retracted", "authors_complete"):
        kept[name] = _flag(values.get(name), name, place)
    kept["authors"] = [_author(value, place) for value in values.get("authors", ())]
    kept["affiliations"] = [text for text in map(without_emails, map(clean, values.get("affiliations", ()))) if text]
    found = record(source, str(values.get("source_id") or ""), **kept)
    return found | {"databases": values["databases"]} if "databases" in values else found


def _author(value: Any, place: str) -> dict[str, Any]:
    if isinstance(value, str):
        return author(name=clean(value))
    if isinstance(value, dict):
        return author(**{key: value[key] for key in _AUTHOR_KEYS if value.get(key) is not None})
    raise FileFormatError(f"{place}: an author is {value!r}, neither a name nor an object")


def _cell(text: str, name: str, place: str) -> Any:
    if text.lstrip()[:1] in ("[", "{"):
        try:
            return loads(text)
        except json.JSONDecodeError as error:
            raise FileFormatError(f"{place}: {name} isn't JSON ({error.msg}): correct it") from error
    if name == "authors":
        return _names(text)
    return [part.strip() for part in text.split(";") if part.strip()]


def _names(text: str) -> list[str]:
    """Split authors at semicolons, else at commas where these can't stand between a family and a given name."""
    parts = text.split(", ")
    if ";" not in text and (
        all(map(_INITIALS.fullmatch, parts)) or (len(parts) > 2 and all(" " in part.strip() for part in parts))
    ):
        return [part.strip() for part in parts]
    return [_SCOPUS_ID.sub("", part.strip()) for part in text.split(";") if part.strip()]


def _year(value: Any, place: str) -> int | None:
    if value in (None, ""):
        return None
    try:
        year = int(float(value))
    except (TypeError, ValueError, OverflowError) as error:
        raise FileFormatError(f"{place}: year is {value!r}, not a number") from error
    if not 1000 <= year <= 2999:
        raise FileFormatError(f"{place}: year is {value!r}, not between 1000 and 2999")
    return year


def _flag(value: Any, name: str, place: str) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise FileFormatError(f"{place}: {name} is {value!r}, neither true nor false")
