"""``carto evaluate``: how good retrieval and screening are."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from carto_lib.cli.options import DataOption
from carto_lib.settings import GOLD_FILE


def register(app: typer.Typer) -> None:
    """Add this module's commands to the ``carto`` command."""
    app.command("evaluate")(evaluate)


def evaluate(
    database: Annotated[str, typer.Argument(metavar="ID", help="Identifiant de la base.")],
    gold: Annotated[Path, typer.Option("--gold", help="Fichier d'étiquettes (CSV ou RIS).")] = GOLD_FILE,
    query: Annotated[
        Path | None, typer.Option("--query", help="Requête à mesurer en plus des versions gardées (texte).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Tout le détail en JSON.")] = False,
    data: DataOption = None,
) -> None:
    """Mesurer la recherche et le tri d'une base sur les publications jugées, et sa moisson s'il y en a une.

    Les citations jugées sont lues dans CARTO_SHARED si cette variable existe ; sinon titres et formes imprimées seuls.

    Exemple : carto evaluate snds --json
    """
    from carto_lib.evaluation.cases import shared_publications
    from carto_lib.evaluation.quality import evaluate as measure
    from carto_lib.registry import load_registry
    from carto_lib.settings import data_dir

    registry = load_registry()
    entry = registry[database]
    tried = _read_query(query, entry.id) if query else None
    folder = data or data_dir()
    result = measure(entry.id, registry, folder, gold=gold, publications=shared_publications(), query=tried)
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(result)))


def _read_query(file: Path, database: str) -> Any:
    from carto_lib.errors import QueryError
    from carto_lib.query import parse_query, read_versions

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError(f"{file} can't be read as text ({error}): check the path") from error
    kept = read_versions(database)
    try:
        return parse_query(text, database, kept[-1].query.version + 1 if kept else 2)
    except QueryError as error:
        raise QueryError(f"{file.name}, {error}") from error


def _lines(result: dict[str, Any]) -> list[str]:
    lines = [f"{result['database']} : publications jugées {result['works']}"]
    for part, screening in result["screening"].items():
        lines.append(f"tri, {part} ({screening['method']}, n = {screening['n']}) :")
        lines.append(f"  erreurs {_shown(screening['error_rate'])}")
        for kind in ("on_database", "uses"):
            lines += [f"  {kind} {name} {_shown(value)}" for name, value in screening[kind].items()]
        lines.append(f"  à relire {_shown(screening['review'])}")
        lines += [f"  {one['kind']} acceptés : {one['accepted']} / {one['n']}" for one in screening["look_alikes"]]
        lines += [f"  ! {one['truth']} : {one['title'] or one['work_id']}" for one in screening["errors"]]
    for query in result["queries"]:
        lines.append(f"requête version {query['version']} (validation, n = {query['n']}) :")
        lines.append(f"  sensibilité {_shown(query['sensitivity'])} ; précision {_shown(query['precision'])}")
        for clause in query["clauses"]:
            shares = f"sensibilité {_shown(clause['sensitivity'])} ; précision {_shown(clause['precision'])}"
            lines.append(f"  {clause['clause']} : {shares} ; elle seule {clause['only_by_this_clause']}")
    for drift in result["drift"]:
        found = f"{len(drift['gained'])} gagnées, {len(drift['lost'])} perdues"
        lines.append(f"de la version {drift['from']} à la {drift['to']} : {found}, bruit +{len(drift['noise_added'])}")
    lines += [f"{one['clause']} : {one['n']} lues, {one['k']} gardées (NNR {one['nnr']})" for one in result["costs"]]
    return [*lines, f"rappel : {_known(result['recall'])}", f"lectures par usage : {_known(result['nnr'])}"]


def _known(figure: dict[str, Any]) -> str:
    from carto_lib.i18n import translate

    if "reason" in figure:
        return figure.get("detail") or translate(f"quality.recall.reasons.{figure['reason']}", "fr")
    return ", ".join(f"{name} {value}" for name, value in figure.items())


def _shown(value: dict[str, Any]) -> str:
    counts = f"{value['k']}/{value['n']}"
    if value["value"] is None:
        return f"{counts} ({value['reason']})"
    return f"{value['value']:.3f} [{value['low']:.3f}-{value['high']:.3f}] ({counts})"
