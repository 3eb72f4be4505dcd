"""``carto run``, ``carto atlas`` and ``carto demo``: the notebooks, through Papermill."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from carto_lib.cli.options import DataOption
from carto_lib.errors import CartoError


def run(
    databases: Annotated[list[str] | None, typer.Argument(help="Identifiants (voir `carto databases`).")] = None,
    every: Annotated[bool, typer.Option("--all", help="Toutes les bases du registre.")] = False,
    file: Annotated[list[Path] | None, typer.Option("--from", help="Fichier bibliographique à importer.")] = None,
    replay: Annotated[Path | None, typer.Option(help="N'utiliser que les réponses enregistrées de ce dossier.")] = None,
    sources: Annotated[str, typer.Option(help="Sources à interroger, séparées par des virgules.")] = "",
    enrich: Annotated[
        str, typer.Option(help="Sources à interroger sur chaque publication, ou all (crossref, unpaywall, openalex…).")
    ] = "",
    projects: Annotated[
        Path | None, typer.Option(help="Répertoire public des projets du Health Data Hub, téléchargé en CSV.")
    ] = None,
    since: Annotated[int, typer.Option(help="Première année de publication.")] = 0,
    until: Annotated[int, typer.Option(help="Dernière année de publication.")] = 0,
    data: DataOption = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, help="Bases traitées en même temps.")] = 1,
) -> None:
    """Moissonner, trier et enrichir le corpus d'une ou plusieurs bases (notebooks 1 à 3).

    Exemple : carto run snds --since 2020 --sources pubmed,hal --enrich crossref,unpaywall
    """
    from carto_lib.enrich.lookups import ASKED_BY
    from carto_lib.harvest import HARVESTED
    from carto_lib.registry import load_registry
    from carto_lib.runner import RunOptions, run_each
    from carto_lib.settings import data_dir

    registry = load_registry()
    if bool(databases) == every:
        raise typer.BadParameter("give one or more databases, or --all")
    names = sorted(registry) if every else [registry[name].id for name in databases or ()]
    wanted = tuple(name for name in sources.split(",") if name)
    unknown = [name for name in wanted if name not in HARVESTED]
    if unknown:
        raise typer.BadParameter(f"unknown source {', '.join(unknown)}: choose among {', '.join(HARVESTED)}")
    if since and until and since > until:
        raise typer.BadParameter(f"--since {since} is after --until {until}: no year would be asked")
    lookups = tuple(ASKED_BY) if enrich == "all" else tuple(name for name in enrich.split(",") if name)
    if strange := [name for name in lookups if name not in ASKED_BY]:
        raise typer.BadParameter(f"unknown source {', '.join(strange)}: choose among {', '.join(ASKED_BY)}, or all")
    for path in (*(file or ()), *([replay] if replay else ()), *([projects] if projects else ())):
        if not path.exists():
            raise CartoError(f"{path} doesn't exist: check the path")
    files = tuple(str(path.resolve()) for path in file or ())
    options = RunOptions(
        data=(data or data_dir()).resolve(),
        files=files,
        sources=wanted or (() if files else tuple(HARVESTED)),
        since=since,
        until=until,
        replay=str(replay.resolve()) if replay else "",
        lookups=lookups,
        projects=str(projects.resolve()) if projects else "",
    )
    failed = run_each(names, options, jobs)
    for name, why in failed.items():
        print(f"carto : {name} : {why}", file=sys.stderr)
    print(f"{len(names) - len(failed)} / {len(names)} corpus : {options.data / 'corpora'}", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


def atlas(data: DataOption = None) -> None:
    """Réunir tous les corpus en un atlas : index, réseaux, indicateurs (notebook 4).

    Exemple : carto atlas --data data
    """
    from carto_lib.runner import run_atlas
    from carto_lib.settings import data_dir

    run_atlas((data or data_dir()).resolve())


def demo(
    serve: Annotated[bool, typer.Option(" /--no-serve", help="Construire sans servir les pages.")] = True,
    data: DataOption = None,
    port: Annotated[int, typer.Option(help="Port des pages.")] = 8866,
) -> None:
    """Passer le corpus embarqué (544 publications réelles) par les quatre notebooks, puis servir les pages.

    Exemple : carto demo --no-serve
    """
    from carto_lib.pages.serving import serve as serve_pages
    from carto_lib.runner import RunOptions, run_atlas, run_databases
    from carto_lib.settings import DEMO_FILE, data_dir
    from carto_lib.sources.files import parse_file

    folder = (data or data_dir()).resolve()
    names = sorted({name for record in parse_file(DEMO_FILE) for name in record["databases"]})
    run_databases(names, RunOptions(data=folder, files=(str(DEMO_FILE),)), folder / "runs")
    run_atlas(folder)
    print(f"atlas : {folder / 'atlas'}", file=sys.stderr)
    if serve:
        serve_pages(folder, port)


def register(app: typer.Typer) -> None:
    """Add this module's commands to the ``carto`` command."""
    app.command()(run)
    app.command()(atlas)
    app.command()(demo)
