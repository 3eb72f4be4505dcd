"""Bibliographic files: BibTeX, RIS, MEDLINE .nbib, PubMed XML, CSV, JSON lines and saved pages, read to records."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from carto_lib.errors import CartoError, FileFormatError
from carto_lib.i18n import translate
from carto_lib.sources import pubmed
from carto_lib.sources.fields import Record
from carto_lib.sources.files import bibtex, pages, references, rows
from carto_lib.text import title_key

READERS: dict[str, Callable[[bytes], list[Record]]] = {
    "bibtex": bibtex.parse_bibtex,
    "ris": references.parse_ris,
    "nbib": references.parse_nbib,
    "pubmed_xml": pubmed.parse,
    "csv": rows.parse_csv,
    "jsonl": rows.parse_jsonl,
    "html": pages.parse_page,
}
EXTENSIONS = {
    ".bib": "bibtex",
    ".bibtex": "bibtex",
    ".ris": "ris",
    ".nbib": "nbib",
    ".medline": "nbib",
    ".xml": "pubmed_xml",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".html": "html",
    ".htm": "html",
}
_FIRST_SIGNS = (("@", "bibtex"), ("TY  -", "ris"), ("PMID-", "nbib"), ("<", "pubmed_xml"), ("{", "jsonl"))


def parse_file(path: Path | str) -> list[Record]:
    """Read a bibliographic file.

    The format is that of the extension, else of the first characters (a PubMed export is often ``.txt``).

    Parameters
    ----------
    path : path
        A .bib, .ris, .nbib, .xml (PubMed), .csv, .tsv, .jsonl, .ndjson or .html (a saved page) file.

    Returns
    -------
    list of records
        In the file's order, with the columns of the table *records*. ``source`` is the format's name and
        ``source_id`` doesn't depend on the place in the file: DOI, else PMID, else the hash of title and year.

    Raises
    ------
    FileFormatError
        If the file is missing, of an unknown format or unreadable: the file, the line and the reason are named.
    """
    path = Path(path)
    try:
        body = path.read_bytes()
    except OSError as error:
        raise FileFormatError(translate("runs.unreadable", path=path, why=error.strerror or error)) from error
    try:
        return parse_body(body, EXTENSIONS.get(path.suffix.lower()) or _guessed_format(body))
    except CartoError as error:
        raise FileFormatError(f"{path.name}: {error}") from error


def parse_body(body: bytes, name: str) -> list[Record]:
    """Read the bytes of a bibliographic file of a known format (a key of `READERS`).

    Raises
    ------
    FileFormatError
        If a line can't be read, or a record has neither title nor identifier.
    """
    if not body.strip():
        raise FileFormatError("the file is empty: export it again")
    found = READERS[name](body)
    if not found:
        raise FileFormatError(f"no record of format {name} found: check the file's format")
    return _identified(found, name)


def _guessed_format(body: bytes) -> str:
    start = body[:200].decode("utf-8-sig", errors="replace").lstrip()
    for sign, name in _FIRST_SIGNS:
        if start.startswith(sign):
            return name
    raise FileFormatError(f"unknown format: the known extensions are {', '.join(EXTENSIONS)}")


def _identified(records: list[Record], name: str) -> list[Record]:
    seen: dict[str, Record] = {}
    for position, record in enumerate(records, start=1):
        if not any(record[field] for field in ("title", "title_original", "doi", "pmid", "hal_id")):
            raise FileFormatError(f"record {position} has neither title nor identifier: complete or remove it")
        identifier = record["source_id"] or stable_id(record)
        if identifier in seen and seen[identifier] | {"source_id": None} != record | {"source_id": None}:
            text = repr(sorted((key, repr(value)) for key, value in record.items()))
            identifier += f"#{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        seen[identifier] = record | {"source": name if name != "pubmed_xml" else "pubmed", "source_id": identifier}
    return list(seen.values())


def stable_id(record: Record) -> str:
    """Return an identifier that depends on the record only, not on its place in the file."""
    if record["doi"]:
        return f"doi:{record['doi']}"
    if record["pmid"]:
        return f"pmid:{record['pmid']}"
    if record["hal_id"]:
        return f"hal:{record['hal_id']}"
    return f"title:{title_key(record['title'] or record['title_original'], record['year'])}"
