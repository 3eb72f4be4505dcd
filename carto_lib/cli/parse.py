"""``carto parse``: one recorded answer or bibliographic file in, records as JSON lines out."""

import gzip
import json
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from carto_lib.errors import CartoError, FileFormatError
from carto_lib.i18n import translate

GZIP = b"\x1f\x8b"
LIST_FIELDS = ("authors", "affiliations", "keywords")
AUTHOR: dict[str, Any] = {"name": None, "given": None, "family": None, "orcid": None, "affiliations": []}
FILE_FORMATS = ("bibtex", "ris", "nbib", "pubmed_xml", "csv", "jsonl")


def register(app: typer.Typer) -> None:
    """Add this module's commands to the ``carto`` command."""
    app.command("parse", epilog="Exemple : carto parse pubmed reponse.xml | head -1")(parse_answer)


def parse_answer(
    source: Annotated[
        str,
        typer.Argument(
            help="pubmed, europepmc, openalex, crossref, hal, ror, orcid, unpaywall, datacite, clinicaltrials, "
            "opencitations, thesesfr, idref, ou un format : bibtex, ris, nbib, pubmed_xml, csv, jsonl."
        ),
    ],
    file: Annotated[
        Path | None, typer.Argument(help="Réponse enregistrée ou fichier ; sinon l'entrée standard.")
    ] = None,
) -> None:
    """Lit une réponse d'API ou un fichier bibliographique (même en .gz) ; écrit une notice par ligne, en JSON."""
    parse = _parser(source)
    try:
        body = file.read_bytes() if file else sys.stdin.buffer.read()
    except OSError as error:
        raise FileFormatError(translate("runs.unreadable", path=file, why=error.strerror or error)) from error
    try:
        if body.startswith(GZIP):
            body = _unzipped(body)
        records = parse(body)
    except CartoError as error:
        raise type(error)(f"{file or 'standard input'}: {error}") from error
    write = sys.stdout.write
    for record in records:
        lists = {name: record[name] or [] for name in LIST_FIELDS}
        lists["authors"] = [AUTHOR | author for author in lists["authors"]]
        write(json.dumps(record | lists, ensure_ascii=False) + "\n")


def _unzipped(body: bytes) -> bytes:
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise FileFormatError(f"the gzip file is damaged ({error}): download it again") from error


def _parser(source: str) -> Callable[[bytes], list[dict[str, Any]]]:
    if source in FILE_FORMATS:
        from carto_lib.sources import files

        return lambda body: files.parse_body(body, source)
    from carto_lib.sources import SOURCES

    if source not in SOURCES:
        known = ", ".join([*SOURCES, *FILE_FORMATS])
        raise typer.BadParameter(f"source {source!r} inconnue ; choisir parmi : {known}", param_hint="SOURCE")
    parse: Callable[[bytes], list[dict[str, Any]]] = SOURCES[source].parse
    return parse
