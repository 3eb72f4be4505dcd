"""``carto status``: what each corpus holds, how fresh it is, what failed."""

import json
import sys
from typing import Annotated, Any

import typer

from carto_lib.cli.options import DataOption


def status(
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Une liste JSON au lieu d'un tableau.")] = False,
) -> None:
    """Dire ce que contient chaque corpus, sa fraîcheur et ce qui a échoué.

    Exemple : carto status --json
    """
    from carto_lib.settings import data_dir
    from carto_lib.tables import corpora

    folder = data or data_dir()
    rows = [_describe(corpus) for corpus in corpora(folder)]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        print(f"Aucun corpus dans {folder / 'corpora'} : lancez `carto demo` ou `carto run`.", file=sys.stderr)
        return
    print(f"{'base':<24}{'notices':>9}{'publications':>14}{'usages':>8}{'décrivent':>11}  {'réponses':<12}échecs")
    for row in rows:
        cells = f"{row['database']:<24}{row['records']:>9}{row['works']:>14}{row['uses']:>8}{row['describes']:>11}"
        print(f"{cells}  {row['last_answer'] or '-':<12}{'; '.join(row['failures']) or '-'}")


def _describe(corpus: Any) -> dict[str, Any]:
    from carto_lib.runner import harvest_failures

    records = corpus.optional("records")
    uses = corpus.optional("uses")
    accepted = uses[(uses["decision"] == "accepted") & (uses["database"] == corpus.database)]
    dates = records["retrieved_at"].dropna()
    return {
        "database": corpus.database,
        "records": len(records),
        "works": len(corpus.optional("works")),
        "uses": int((accepted["label"] == "uses").sum()),
        "describes": int((accepted["label"] == "describes").sum()),
        "first_answer": min(dates) if len(dates) else None,
        "last_answer": max(dates) if len(dates) else None,
        "failures": harvest_failures(corpus.path.parents[1], corpus.database),
    }


def register(app: typer.Typer) -> None:
    """Add this module's command to the ``carto`` command."""
    app.command()(status)
