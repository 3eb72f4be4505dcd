"""``carto evaluate``: how good retrieval and screening are."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from carto_lib.settings import GOLD_FILE


def register(app: typer.Typer) -> None:
    """Add this module's commands to the ``carto`` command."""
    app.command("evaluate")(evaluate)


def evaluate(
    database: Annotated[str, typer.Argument(metavar="ID", help="Identifiant de la base.")],
    gold: Annotated[Path, typer.Option("--gold", help="Fichier d'étiquettes (CSV).")] = GOLD_FILE,
    as_json: Annotated[bool, typer.Option("--json", help="Tout le détail en JSON.")] = False,
) -> None:
    """Mesurer la recherche et le tri d'une base sur les publications jugées.

    Les citations jugées sont lues dans CARTO_SHARED si cette variable existe ; sinon titres et formes imprimées seuls.

    Exemple : carto evaluate snds --json
    """
    from carto_lib.evaluation.report import evaluate as measure
    from carto_lib.evaluation.report import shared_publications
    from carto_lib.registry import load_registry

    result = measure(database, load_registry(), gold, shared_publications())
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
        return
    print(f"{result['database']} : publications jugées {result['works']}")
    for part, screening in result["screening"].items():
        print(f"tri, {part} (n = {screening['n']}) :")
        for measure_name in ("on_database", "uses"):
            for name, value in screening[measure_name].items():
                print(f"  {measure_name} {name} {_shown(value)}")
        print(f"  à relire {_shown(screening['review'])} ; erreurs : {len(screening['errors'])}")
    for query in result["queries"]:
        print(f"requête version {query['version']} (validation, n = {query['n']}) :")
        print(f"  sensibilité {_shown(query['sensitivity'])} ; précision {_shown(query['precision'])}")
        for clause in query["clauses"]:
            print(f"  {clause['clause']} : {_shown(clause['sensitivity'])}, seule {clause['only_by_this_clause']}")
    print(f"rappel : {result['recall']['reason']}")


def _shown(value: dict[str, Any]) -> str:
    counts = f"{value['k']}/{value['n']}"
    return (
        counts
        if value["value"] is None
        else f"{value['value']:.3f} [{value['low']:.3f}-{value['high']:.3f}] ({counts})"
    )
