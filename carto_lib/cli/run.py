"""``carto run``, ``carto atlas`` and ``carto demo``: the notebooks, through Papermill."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carto_lib.cli.options import DataOption
from carto_lib.errors import CartoError
from carto_lib.i18n import catalogue, translate

if TYPE_CHECKING:
    from carto_lib.registry import Database
    from carto_lib.runner import RunOptions

FIRST_YEAR, LAST_YEAR = 1800, 2100
LISTED_SHOWN = 30


def run(
    databases: Annotated[list[str] | None, typer.Argument(help="Identifiants (voir `carto databases`).")] = None,
    every: Annotated[bool, typer.Option("--all", help="Toutes les bases du registre.")] = False,
    file: Annotated[
        list[str] | None,
        typer.Option("--from", help="Fichier bibliographique, page enregistrée (.html) ou adresse à importer."),
    ] = None,
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
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ne rien demander : dire les requêtes, la durée et le quota prévus.")
    ] = False,
) -> None:
    """Moissonner, trier et enrichir le corpus d'une ou plusieurs bases (notebooks 1 à 3).

    Une base qui échoue n'arrête pas les autres. Une exécution de plusieurs bases, tuée puis relancée avec les mêmes
    options, reprend aux bases qui restent.

    Exemple : carto run snds --since 2020 --sources pubmed,hal --enrich crossref,unpaywall
    Exemple : carto run --all -j 2 --dry-run
    Exemple : carto run constances --from publications.html
    """
    from carto_lib.enrich.lookups import ASKED_BY
    from carto_lib.harvest import HARVESTED
    from carto_lib.registry import load_registry
    from carto_lib.runner import RunOptions, run_each
    from carto_lib.settings import data_dir

    registry = load_registry()
    if bool(databases) == every:
        raise typer.BadParameter("give one or more databases, or --all")
    names = sorted(registry) if every else sorted({registry[name].id for name in databases or ()})
    _check_years(since, until)
    wanted = tuple(name for name in sources.split(",") if name)
    unknown = [name for name in wanted if name not in HARVESTED]
    if unknown:
        raise typer.BadParameter(f"unknown source {', '.join(unknown)}: choose among {', '.join(HARVESTED)}")
    if since and until and since > until:
        raise typer.BadParameter(f"--since {since} is after --until {until}: no year would be asked")
    lookups = tuple(ASKED_BY) if enrich == "all" else tuple(name for name in enrich.split(",") if name)
    if strange := [name for name in lookups if name not in ASKED_BY]:
        raise typer.BadParameter(f"unknown source {', '.join(strange)}: choose among {', '.join(ASKED_BY)}, or all")
    folder = (data or data_dir()).resolve()
    imported = () if dry_run else tuple(_local_file(one, folder) for one in file or ())
    for path in (*imported, *([replay] if replay else ()), *([projects] if projects else ())):
        if not path.exists():
            raise CartoError(translate("runs.no_file", path=path))
    files = tuple(str(path.resolve()) for path in imported)
    options = RunOptions(
        data=folder,
        files=files,
        sources=wanted or (() if file else tuple(HARVESTED)),
        since=since,
        until=until,
        replay=str(replay.resolve()) if replay else "",
        lookups=lookups,
        projects=str(projects.resolve()) if projects else "",
    )
    if dry_run:
        _print_plan([registry[name] for name in names], options, jobs)
        return
    failed = run_each(names, options, jobs)
    for name, why in failed.items():
        print(f"carto : {name} : {why}", file=sys.stderr)
    done = [name for name in names if name not in failed]
    for name in done if files else ():
        print_listed(options.data, name)
    print(translate("runs.corpora", done=len(done), n=len(names), folder=options.data / "corpora"), file=sys.stderr)
    if failed:
        raise typer.Exit(1)
    print(translate("runs.next"), file=sys.stderr)


def print_listed(data: Path, database: str, shown: int = LISTED_SHOWN) -> None:
    """Say how many of the publications given in files were found, by which names, and why the others weren't.

    Of those with one same reason, `shown` are named.
    """
    import pandas as pd

    from carto_lib.registry import load_registry
    from carto_lib.screening.listed import listed_works
    from carto_lib.tables import Corpus
    from carto_lib.text import fold

    listed = listed_works(Corpus.of(data, database), load_registry())
    counts = {outcome: int((listed["outcome"] == outcome).sum()) for outcome in ("found", "review", "missed")}
    print(translate("runs.listed", "fr", database=database, n=len(listed), **counts))
    found = listed[listed["outcome"] == "found"]
    names = pd.DataFrame({"name": found["names"].explode().dropna()})
    if len(names):
        alike = names.groupby(names["name"].map(fold))["name"].agg(["count", lambda printed: printed.mode().iloc[0]])
        counts = alike.sort_values("count", ascending=False).itertuples(index=False)
        print(translate("runs.names", names=", ".join(f"« {name} » {count}" for count, name in counts)))
    others = listed[listed["outcome"] != "found"]
    others = others.assign(advice=[_advice(work) for work in others.to_dict("records")])
    for (outcome, advice), works in others.groupby(["outcome", "advice"], sort=False):
        print(f"  {translate(f'runs.outcomes.{outcome}')} : {advice}")
        for work in works.head(shown).itertuples():
            passage = f"\n      « {work.evidence} »" if isinstance(work.evidence, str) and work.evidence else ""
            print(f"    - {work.title}{passage}")
        if len(works) > shown:
            print(f"    {translate('runs.more', n=len(works) - shown)}")


def _advice(work: dict[str, Any]) -> str:
    """Say why a publication isn't found, and what can be done about it."""
    reason = work["reason"] if work["label"] == "none" else work["label"]
    if work["outcome"] == "review":
        reason = "too_early" if work["reason"] == "too_early" else "review"
    elif reason == "no_mention" and not work["has_abstract"]:
        reason = "no_abstract"
    key = f"runs.advice.{reason}"
    names = ", ".join(f"« {name} »" for name in work["refused"])
    return translate(key, names=names) if key in catalogue("fr") else str(reason)


def _local_file(name: str, data: Path) -> Path:
    """Return the file of a path, or of a page fetched politely from its address."""
    if not name.startswith(("http://", "https://")):
        return Path(name)
    from carto_lib.transport.pages import fetch_page

    return fetch_page(name, data / "pages")


def _check_years(since: int, until: int) -> None:
    for name, year in {"--since": since, "--until": until}.items():
        if year and not FIRST_YEAR <= year <= LAST_YEAR:
            raise typer.BadParameter(f"{name} {year} is no year: give one from {FIRST_YEAR} to {LAST_YEAR}")
    if since and until and since > until:
        raise typer.BadParameter(f"--since {since} is after --until {until}: exchange them")


def _print_plan(databases: "list[Database]", options: "RunOptions", jobs: int) -> None:
    from carto_lib.plan import plan_run

    asked = () if options.replay else options.sources
    plan = plan_run(
        databases,
        options.data,
        sources=asked,
        lookups=() if options.replay else options.lookups,
        since=options.since or None,
        until=options.until or None,
        jobs=jobs,
    )
    print(f"{'source':<16}{'requêtes':>10}{'déjà reçues':>13}{'durée':>10}  quota par jour")
    for source in plan.sources.values():
        requests = f"{'≥ ' if source.guessed else ''}{source.requests}"
        days = f" ({-(-source.requests // source.quota)} j)" if source.quota and source.requests else ""
        quota = f"{source.quota} requêtes{days}" if source.quota else "aucun publié"
        print(f"{source.source:<16}{requests:>10}{source.recorded:>13}{_duration(source.seconds):>10}  {quota}")
    more = (
        " ; ≥ : recherches jamais faites, comptées pour une page"
        if any(s.guessed for s in plan.sources.values())
        else ""
    )
    print(f"bases : {plan.databases} ; durée : {_duration(plan.seconds)} au moins{more}")


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02}" if hours else f"{minutes} min {seconds:02}"


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
