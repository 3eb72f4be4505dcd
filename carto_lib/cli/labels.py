"""``carto labels``: what people said, in the pages or in files: brought together, compared, exported."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from carto_lib.cli.options import DataOption
from carto_lib.settings import GOLD_FILE


def register(app: typer.Typer) -> None:
    """Add this module's command to the ``carto`` command."""
    app.command("labels")(labels)


def labels(
    data: DataOption = None,
    gold: Annotated[Path, typer.Option("--gold", help="Fichier d'étiquettes à compléter (CSV ou RIS).")] = GOLD_FILE,
    file: Annotated[
        list[Path] | None, typer.Option("--from", help="Étiquettes d'une personne, à importer (CSV ou RIS).")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Écrire toutes les étiquettes (.csv ou .ris).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Une liste JSON au lieu d'un texte.")] = False,
) -> None:
    """Réunir les étiquettes des pages, du fichier de référence et d'autres fichiers ; mesurer les accords.

    Un désaccord se règle dans la page de relecture, ou par une ligne d'origine « adjudication ».

    Exemple : carto labels --from luc.ris -o labels.csv
    """
    import pandas as pd

    from carto_lib.evaluation.gold import annotators_agreement, export_gold, to_adjudicate
    from carto_lib.exports import neutralised
    from carto_lib.journal import journal_file, read_journal
    from carto_lib.registry import load_registry
    from carto_lib.screening.judgements import journal_labels, other_readings, read_labels
    from carto_lib.settings import data_dir

    registry, folder = load_registry(), data or data_dir()
    journal = journal_file(folder)
    said, known = journal_labels(journal), read_labels(gold, registry)
    titles = _titles(folder)
    imported = [_imported(path, registry, titles.keys() | set(known["work_id"])) for path in file or ()]
    together = pd.concat([known, *imported, said], ignore_index=True).drop_duplicates(known.columns.drop("line"))
    read_twice = pd.concat([together, other_readings(gold, registry)], ignore_index=True)
    disputed = to_adjudicate(read_twice).to_dict("records")
    agreement = annotators_agreement(read_twice)
    reports = [entry for entry in read_journal(journal) if entry["kind"] in ("missing", "wrong")]
    if output is not None:
        shown = {work_id: neutralised(title) for work_id, title in titles.items()}
        export_gold(together.assign(note=together["note"].map(neutralised)), shown, output)
    counts = {"labels": len(said), "imported": sum(map(len, imported))}
    result = {**counts, "agreement": agreement, "disputed": disputed, "reports": reports}
    print(json.dumps(result, ensure_ascii=False, indent=2) if as_json else "\n".join(_lines(result)))


def _titles(data: Path) -> dict[str, str]:
    """Return the title of each work that can be labelled: the embedded corpus and the corpora of a data folder."""
    from carto_lib.evaluation.cases import identify, read_json_lines
    from carto_lib.settings import DEMO_FILE
    from carto_lib.tables import corpora

    titles = {identify(row): row["title"] or "" for row in read_json_lines(DEMO_FILE)}
    for corpus in corpora(data):
        works = corpus.optional("works")
        titles |= dict(zip(works["work_id"], works["title"].fillna(""), strict=True))
    return titles


def _imported(file: Path, registry: Any, works: set[str]) -> Any:
    from carto_lib.errors import FileFormatError
    from carto_lib.screening.judgements import read_labels

    rows = read_labels(file, registry)
    unknown = rows[~rows["work_id"].isin(works)]
    if len(unknown):
        first = unknown.iloc[0]
        raise FileFormatError(
            f"{file.name}, line {first['line']}: unknown work {first['work_id']!r}: it is in no corpus ({len(unknown)} "
            "such labels); harvest it first, or correct its identifier"
        )
    return rows


def _lines(result: dict[str, Any]) -> list[str]:
    lines = [
        f"étiquettes données dans les pages : {result['labels']} ; importées : {result['imported']} ; "
        f"à arbitrer : {len(result['disputed'])}"
    ]
    lines += [f"  {pair['work_id']} × {pair['database']} : {pair['labels']}" for pair in result["disputed"]]
    for one in result["agreement"]:
        kappa = "—" if one["kappa"] is None else one["kappa"]
        measured = f"accord {one['agreed']}, kappa de Cohen {kappa}, AC1 de Gwet {one['ac1']} (n = {one['n']})"
        lines.append(f"{one['first']} et {one['second']} : {measured}")
    lines.append(f"signalements : {len(result['reports'])}")
    return lines + [
        f"  {entry['at'][:10]} {entry['kind']} {entry.get('work_id') or entry.get('page', '')} : {entry['text']}"
        for entry in result["reports"]
    ]
