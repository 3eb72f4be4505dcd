"""``carto search``."""

import json
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from carto_lib.cli.options import DataOption

if TYPE_CHECKING:
    from carto_lib.search import SearchResults
    from carto_lib.tables import Atlas


class Kind(StrEnum):
    """What is looked for."""

    works = "works"
    people = "people"
    structures = "structures"


def search(
    query: Annotated[str, typer.Argument(help="Mots, « phrases », auteur:, base:, année:2015..2020, ET, OU, SAUF.")],
    database: Annotated[list[str] | None, typer.Option(help="Ne garder que cette base (répétable).")] = None,
    parts: Annotated[
        bool, typer.Option("--parts", help="Compter chaque base avec ses parties (PMSI dans SNDS).")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Nombre de réponses données.")] = 20,
    kind: Annotated[
        Kind, typer.Option(help="Chercher des publications, des personnes ou des structures.")
    ] = Kind.works,
    as_json: Annotated[bool, typer.Option("--json", help="Une liste JSON au lieu d'un tableau.")] = False,
    data: DataOption = None,
) -> None:
    """Chercher des publications, des personnes ou des structures, en français ou en anglais.

    Exemple : carto search "diabète insuffisance rénale" --database snds --limit 5 --json
    """
    from carto_lib import search as engine
    from carto_lib.settings import data_dir
    from carto_lib.tables import Atlas

    atlas = Atlas((data or data_dir()) / "atlas")
    try:
        named = [engine.known_database(atlas, name) for name in database or ()]
    except engine.UnknownDatabase as error:
        raise typer.BadParameter(str(error), param_hint="--database") from error
    named = list(atlas.with_parts(named)) if parts else named
    if kind is Kind.works:
        _print_works(engine.search(atlas, query, databases=named, limit=limit, with_facets=False), as_json)
    else:
        _print_owners(atlas.select(databases=named) if named else atlas, query, kind, limit, as_json)


def _print_works(results: "SearchResults", as_json: bool) -> None:
    import sys

    from carto_lib import search as engine

    if as_json:
        print(json.dumps(engine.as_json(results), ensure_ascii=False, indent=2))
    else:
        print(f"{results.total} publication(s)")
        for rank, hit in enumerate(results.hits, 1):
            bases = ", ".join(badge["database"] for badge in hit.badges)
            retracted = " [RÉTRACTÉE]" if hit.retracted else ""
            print(f"{rank:>3}. {hit.plain_title} ({hit.year or '?'}) [{bases}]{retracted} {hit.work_id}")
    for message in results.problems:
        print(f"carto : caractère {message.start + 1} : {message.text}", file=sys.stderr)
    for name, text in (
        ("lu comme", results.reading),
        ("cherché aussi", results.did_you_mean),
        ("", results.explanation),
    ):
        if text:
            print(" : ".join(filter(None, ("carto", name, text))), file=sys.stderr)


def _print_owners(atlas: "Atlas", query: str, kind: Kind, limit: int, as_json: bool) -> None:
    from carto_lib import search as engine

    ask = engine.search_people if kind is Kind.people else engine.search_institutions
    found = ask(atlas, query, limit=limit)
    if as_json:
        print(json.dumps([asdict(owner) for owner in found], ensure_ascii=False, indent=2))
        return
    titles = dict(zip(atlas.works["work_id"], atlas.works["title"], strict=True))
    for rank, owner in enumerate(found, 1):
        print(f"{rank:>3}. {owner.name} ({', '.join(owner.places) or '?'}) : {len(owner.works)} publication(s)")
        print("".join(f"       {titles.get(work, work)} {work}\n" for work in owner.works[:3]), end="")


def register(app: typer.Typer) -> None:
    """Add this module's command to the ``carto`` command; a query may begin with the ``-`` of an exclusion."""
    app.command(context_settings={"ignore_unknown_options": True})(search)
