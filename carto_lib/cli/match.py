"""``carto match``."""

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from carto_lib.errors import FileFormatError

logger = logging.getLogger(__name__)


def register(app: typer.Typer) -> None:
    """Add this module's commands to the ``carto`` command."""
    app.command(
        name="match",
        epilog='Exemple : echo \'{"id": 1, "affiliation": "CHU de Rennes, 35033 Rennes, France"}\' | carto match',
    )(match)


def match(
    file: Annotated[
        Path | None, typer.Argument(help="Lignes JSON {id, affiliation} ; sans FILE, l'entrée standard.")
    ] = None,
    download: Annotated[
        bool,
        typer.Option("--download", help="Télécharger d'abord ROR et RNSR (versions épinglées, empreintes vérifiées)."),
    ] = False,
) -> None:
    """Reconnaître pays, ville et structures (ROR, RNSR) d'affiliations : une ligne JSON pour chaque ligne lue."""
    from carto_lib.enrich.institutions import Matcher
    from carto_lib.enrich.reference import download_reference, load_reference

    if download:
        download_reference()
    reference = load_reference()
    logger.info("reference: %s", reference.versions)
    matcher = Matcher(reference)
    for identifier, affiliation in _lines(file):
        print(json.dumps({"id": identifier, **matcher.match(affiliation or "")}, ensure_ascii=False))


def _lines(file: Path | None) -> Iterator[tuple[Any, str | None]]:
    """Yield ``(id, affiliation)``; a line that isn't such an object stops everything, with its number."""
    name = str(file) if file else "standard input"
    try:
        with file.open(encoding="utf-8") if file else sys.stdin as stream:
            for number, line in enumerate(stream, 1):
                try:
                    row = json.loads(line)
                    identifier, affiliation = row["id"], row["affiliation"]
                except (ValueError, KeyError, TypeError) as error:
                    raise FileFormatError(
                        f'{name}, line {number}: not a JSON object {{"id": …, "affiliation": …}}: {line.strip()[:60]!r}'
                    ) from error
                if not isinstance(affiliation, str | None):
                    raise FileFormatError(f"{name}, line {number}: affiliation must be a text, not {affiliation!r}")
                yield identifier, affiliation
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(f"{name} can't be read ({error}): give a UTF-8 file of JSON lines") from error
