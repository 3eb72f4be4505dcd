"""``carto export``."""

from pathlib import Path
from typing import Annotated

import typer

from carto_lib.cli.options import DataOption

FORMATS = "bibtex, ris, csv, json, gexf, graphml, vosviewer, datapackage, atom"


def export(
    format: Annotated[str, typer.Option("--format", "-f", help=f"Format : {FORMATS}.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Fichier à écrire ; « - » : sortie standard.")],
    database: Annotated[list[str] | None, typer.Option(help="Ne garder que cette base (répétable).")] = None,
    parts: Annotated[
        bool, typer.Option("--parts", help="Compter chaque base avec ses parties (PMSI dans SNDS).")
    ] = False,
    query: Annotated[str | None, typer.Option(help="Ne garder que ce que la recherche trouve.")] = None,
    network: Annotated[str, typer.Option(help="Réseau pour gexf, graphml et vosviewer.")] = "coauthorship",
    data: DataOption = None,
) -> None:
    """Écrire toutes les publications trouvées, sans plafond, avec la requête, la date et la version.

    Exemple : carto export --format ris --database snds --query "diabète" -o snds.ris
    """
    import sys

    from carto_lib import exports
    from carto_lib.settings import data_dir
    from carto_lib.tables import Atlas

    if format not in exports.FORMATS:
        raise typer.BadParameter(f"{format!r} ; formats : {FORMATS}", param_hint="--format")
    atlas = Atlas((data or data_dir()) / "atlas")
    database = list(atlas.with_parts(database)) if database and parts else database
    view = atlas.select(databases=database) if database else atlas
    if query:
        from carto_lib.search import search_ids

        found = search_ids(atlas, query, databases=database)
        view = atlas.keep(found)
    asked = " ".join([f"base:{name}" for name in database or ()] + ([query] if query else []))
    target = sys.stdout.buffer if str(output) == "-" else output
    works = exports.export(view, format, target, query=asked, network=network)
    print(f"{works} publication(s) → {output}", file=sys.stderr)


def register(app: typer.Typer) -> None:
    """Add this module's command to the ``carto`` command."""
    app.command()(export)
