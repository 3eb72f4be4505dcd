"""``carto labels``: what people said through the pages, as a gold file."""

import json
from pathlib import Path
from typing import Annotated

import typer

from carto_lib.cli.options import DataOption
from carto_lib.settings import GOLD_FILE


def register(app: typer.Typer) -> None:
    """Add this module's command to the ``carto`` command."""
    app.command("labels")(labels)


def labels(
    data: DataOption = None,
    gold: Annotated[Path, typer.Option("--gold", help="Fichier d'étiquettes à compléter (CSV).")] = GOLD_FILE,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Écrire toutes les étiquettes (CSV).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Une liste JSON au lieu d'un texte.")] = False,
) -> None:
    """Réunir les étiquettes des pages et du fichier de référence ; lister désaccords et signalements.

    Exemple : carto labels -o labels.csv
    """
    import pandas as pd

    from carto_lib.evaluation.gold import export_gold, to_adjudicate
    from carto_lib.journal import journal_file, read_journal
    from carto_lib.screening.judgements import journal_labels, read_labels
    from carto_lib.settings import data_dir

    journal = journal_file(data or data_dir())
    said = journal_labels(journal)
    together = pd.concat([read_labels(gold), said], ignore_index=True)
    disputed = to_adjudicate(together).to_dict("records")
    reports = [entry for entry in read_journal(journal) if entry["kind"] in ("missing", "wrong")]
    if output is not None:
        export_gold(together, {}, output)
    if as_json:
        print(json.dumps({"labels": len(said), "disputed": disputed, "reports": reports}, ensure_ascii=False, indent=2))
        return
    print(f"étiquettes données dans les pages : {len(said)} ; à arbitrer : {len(disputed)}")
    for pair in disputed:
        print(f"  {pair['work_id']} × {pair['database']} : {pair['labels']}")
    print(f"signalements : {len(reports)}")
    for entry in reports:
        print(f"  {entry['at'][:10]} {entry['kind']} {entry.get('work_id') or entry.get('page', '')} : {entry['text']}")
