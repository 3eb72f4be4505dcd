"""``carto search``."""

import json
from typing import Annotated

import typer

from carto_lib.cli.options import DataOption


def search(
    query: Annotated[str, typer.Argument(help="Mots, « phrases », auteur:, base:, année:2015..2020, ET, OU, SAUF.")],
    database: Annotated[list[str] | None, typer.Option(help="Ne garder que cette base (répétable).")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Nombre de publications données.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Une liste JSON au lieu d'un tableau.")] = False,
    data: DataOption = None,
) -> None:
    """Chercher des publications, en français ou en anglais.

    Exemple : carto search "diabète insuffisance rénale" --database snds --limit 5 --json
    """
    import sys

    from carto_lib import search as engine
    from carto_lib.settings import data_dir
    from carto_lib.tables import Atlas

    atlas = Atlas((data or data_dir()) / "atlas")
    results = engine.search(atlas, query, databases=database, limit=limit, with_facets=False)
    if as_json:
        print(json.dumps(engine.as_json(results), ensure_ascii=False, indent=2))
    else:
        print(f"{results.total} publication(s)")
        for rank, hit in enumerate(results.hits, 1):
            bases = ", ".join(badge["database"] for badge in hit.badges)
            print(f"{rank:>3}. {hit.plain_title} ({hit.year or '?'}) [{bases}] {hit.work_id}")
    for message in results.problems:
        print(f"carto : caractère {message.start + 1} : {message.text}", file=sys.stderr)
    if results.did_you_mean:
        print(f"carto : cherché aussi : {results.did_you_mean}", file=sys.stderr)
    if results.explanation:
        print(f"carto : {results.explanation}", file=sys.stderr)


def register(app: typer.Typer) -> None:
    """Add this module's command to the ``carto`` command."""
    app.command()(search)
