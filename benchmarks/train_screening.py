"""Trains the screening model on the derivation part and writes ``carto_lib/screening/model.json``.

    CARTO_SHARED=../shared .venv/bin/python benchmarks/train_screening.py

The quotations stay out of the repository: the model keeps only single words and pairs of words held by at least
two works or written sentences, with a weight each.
"""

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from carto_lib.evaluation.cases import Case, identify, of_part, read_cases, read_json_lines
from carto_lib.evaluation.split import part_of
from carto_lib.mentions import MentionFinder, read_works
from carto_lib.registry import Registry, load_registry
from carto_lib.screening.features import pair_features
from carto_lib.screening.judgements import read_judgements
from carto_lib.screening.training import Example, train
from carto_lib.settings import DEMO_FILE, GOLD_FILE, PROJECT_ROOT
from carto_lib.tables import to_json

SHARED = Path(os.environ.get("CARTO_SHARED") or PROJECT_ROOT.parent / "shared")
MODEL = PROJECT_ROOT / "carto_lib" / "screening" / "model.json"
WRITTEN = GOLD_FILE.parent / "written.csv"
NAMES = {
    "en": (
        "French National Health Data System (SNDS)",
        "SNDS",
        "SNIIRAM",
        "REIN registry",
        "CONSTANCES cohort",
        "CépiDc",
        "French hospital discharge database (PMSI)",
        "OFSEP cohort",
        "French National Pharmacovigilance Database",
    ),
    "fr": (
        "Système national des données de santé (SNDS)",
        "SNDS",
        "Sniiram",
        "registre REIN",
        "CépiDc",
        "réseau Oscour",
        "Programme de médicalisation des systèmes d'information (PMSI)",
        "Baromètre santé",
    ),
}


def case_examples(cases: list[Case], finder: MentionFinder) -> list[Example]:
    """Return an example for each judged pair that the finder mentions.

    A ``mention_only`` work whose title names the database is about it: it teaches ``describes``, which its judges
    hold as right as ``mentions``.
    """
    examples = []
    texts = [[case.title, case.text] for case in cases]
    for index, readings in finder.read_all(texts):
        case, counted = cases[index], [reading for reading in readings if reading.counts]
        for database in sorted({reading.database for reading in counted} & case.truth.keys()):
            features = pair_features(texts[index], counted, database)
            about = case.kind == "mention_only" and "is:in title" in features
            label = "describes" if about else case.truth[database]
            examples.append(Example(case.work_id, database, features, label))
    return examples


def abstracts(cases: list[Case]) -> list[Case]:
    """Return the abstracts of judged works, with the labels of those works."""
    truth: dict[str, dict[str, str]] = {}
    for case in cases:
        truth.setdefault(case.work_id, {}).update(case.truth)
    rows = read_json_lines(SHARED / "publications" / "texts.jsonl")
    return [
        Case(work_id, row["title"] or "", row["year"], "abstract", row["text"], truth[work_id])
        for row in rows
        if (work_id := identify(row)) in truth
    ]


def title_examples(registry: Registry) -> list[Example]:
    """Return an example for each judged pair of the embedded corpus: title and printed forms only."""
    judged = read_judgements(registry=registry)
    labels = {(row.work_id, row.database): row.label for row in judged.itertuples() if row.label}
    rows = {identify(row): row for row in read_json_lines(DEMO_FILE)}
    works = pd.DataFrame(
        {"work_id": work_id, "title": row["title"], "names_printed": to_json(row["names_printed"])}
        for work_id, row in rows.items()
        if part_of(work_id) == "derivation"
    )
    examples = []
    for work in read_works(works, registry):
        counted = [reading for reading in work.readings if reading.counts]
        for database in sorted({reading.database for reading in counted}):
            if label := labels.get((work.work_id, database)):
                features = pair_features(work.texts, counted, database)
                examples.append(Example(work.work_id, database, features, label))
    return examples


def written_examples(finder: MentionFinder) -> Iterator[Example]:
    """Yield an example for each sentence of ``data/gold/written.csv``, its ``{}`` being one database or another."""
    with WRITTEN.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            names = NAMES[row["language"]]
            texts = [row[field].format(names[number % len(names)]) for field in ("title", "text")]
            counted = finder.find(*texts)
            features = pair_features(texts, counted, counted[0].database)
            yield Example(f"written:{number}", counted[0].database, features, row["label"], written=True)


def derivation_examples(registry: Registry) -> list[Example]:
    """Return every example that the model may learn from."""
    finder = MentionFinder(registry)
    cases = read_cases(SHARED / "publications")
    quoted = case_examples(of_part(cases + abstracts(cases), "derivation"), finder)
    return [*quoted, *title_examples(registry), *written_examples(finder)]


def main() -> None:
    registry = load_registry()
    examples = derivation_examples(registry)
    model = train(examples)
    MODEL.write_text(json.dumps(asdict(model), indent=0, sort_keys=True) + "\n", encoding="utf-8")
    labels = pd.Series([example.label for example in examples]).value_counts()
    print(f"{len(examples)} pairs of {len({e.work_id for e in examples})} derivation works: {labels.to_dict()}")
    print(f"{len(model.weights)} weights, accept ≥ {model.accept}, reject ≤ {model.reject}, version {model.version}")


if __name__ == "__main__":
    main()
