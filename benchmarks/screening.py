"""How good screening is on the judged quotations: the validation part, locked, and grouped cross-validation.

    CARTO_SHARED=../shared .venv/bin/python benchmarks/screening.py [--errors]

Decision = accepted, at the level of a work's title and quotations; a pair is true where the work uses or describes
the database. The validation part is measured on the labels as one person recorded them, on those of each blind reader
(``data/gold/readings.csv``), then on the adjudicated ones. ``--errors`` lists the errors of the derivation part with
their text, for reading; those of the validation part only with ``--validation-errors``, for the closing note, never to
tune. The last tables are by database: works labelled in the validation part, precision and recall of "accepted",
rates from five works on.
"""

import os
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
from train_screening import derivation_examples

from carto_lib.evaluation.cases import Case, adjudicated, of_part, read_cases
from carto_lib.evaluation.metrics import agreement, count, proportion
from carto_lib.journal import ADJUDICATION
from carto_lib.registry import load_registry
from carto_lib.screening import Scanner
from carto_lib.screening.judgements import other_readings
from carto_lib.screening.model import CLASSES, load_model
from carto_lib.screening.training import out_of_fold
from carto_lib.settings import PROJECT_ROOT

SHARED = Path(os.environ.get("CARTO_SHARED") or PROJECT_ROOT.parent / "shared")
KEPT = ("uses", "describes")
Labels = dict[tuple[str, str], str]


def shown(name: str, value: dict) -> str:
    rate = "" if value["value"] is None else f" = {value['value']:.3f} [{value['low']:.3f}-{value['high']:.3f}]"
    return f"  {name}: {value['k']}/{value['n']}{rate}"


def measure(cases: list[Case], scanner: Scanner, errors: bool) -> None:
    answers = scanner.scan_all([case.record() for case in cases])
    kept, strict, look_alikes = [], [], Counter()
    for case, answer in zip(cases, answers, strict=True):
        found = {use["database"]: use for use in answer["uses"]}
        for database, label in case.truth.items():
            use = found.get(database)
            accepted = use is not None and use["decision"] == "accepted"
            described = case.kind == "mention_only" and accepted and use["label"] == "describes"
            if not described:
                kept.append((label in KEPT, accepted))
            strict.append((label == "uses", accepted and use["label"] == "uses"))
            if label == "none":
                look_alikes[case.kind, "accepted" if accepted else "not accepted"] += 1
            if errors and (label in KEPT) != accepted and not described:
                answered = f"{use['label']}/{use['decision']}/{use['reason']}/{use['rule']}" if use else "not named"
                print(f"  ! {database} {label} → {answered} | {case.title[:90]} | {case.text[:200]!r}")
    for name, value in count(kept).figures().items():
        print(shown(f"accepted, {name}", value))
    for name, value in count(strict).figures().items():
        print(shown(f"label uses, {name}", value))
    review = sum(any(use["decision"] == "review" for use in answer["uses"]) for answer in answers)
    print(shown("records to review", proportion(review, len(cases))))
    print("  look-alikes:", dict(sorted(look_alikes.items())))


def relabelled(cases: list[Case], labels: Labels) -> list[Case]:
    """Return cases with these labels alone."""
    return [
        replace(case, truth={name: labels[case.work_id, name] for name in case.truth if (case.work_id, name) in labels})
        for case in cases
    ]


def readers_labels(recorded: Labels) -> dict[str, Labels]:
    """Return what each reader said of the pairs that were recorded, the recorded labels first."""
    readings = other_readings()
    readers = {"recorded": recorded}
    for reader, own in readings[readings["origin"] != ADJUDICATION].groupby("annotator"):
        pairs = zip(own["work_id"], own["database"], own["label"], strict=True)
        readers[str(reader)] = {
            (work, name): label for work, name, label in pairs if label and (work, name) in recorded
        }
    return readers


def print_agreement(readers: dict[str, Labels]) -> None:
    """Print how far the readers agree, two by two."""
    for first, second in combinations(readers, 2):
        both = [(label, readers[second][pair]) for pair, label in readers[first].items() if pair in readers[second]]
        sides = [tuple("on" if label in KEPT else "off" for label in pair) for pair in both]
        for title, labels in (("four labels", both), ("on the database or not", sides)):
            print(f"  {first}, {second}, {title}: {agreement(*map(list, zip(*labels, strict=True)))}")


def database_table(cases: list[Case], scanner: Scanner) -> None:
    """Print, for each database, how its validation works are answered, then the averages over the larger ones."""
    pairs: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for case, answer in zip(cases, scanner.scan_all([case.record() for case in cases]), strict=True):
        found = {use["database"]: use for use in answer["uses"]}
        for database, label in case.truth.items():
            use = found.get(database, {"decision": "none", "label": "none"})
            accepted = use["decision"] == "accepted"
            if not (case.kind == "mention_only" and accepted and use["label"] == "describes"):
                pairs[database].append((label in KEPT, accepted))
    print(f"{'database':24} {'labelled':>8} {'on it':>6} {'precision':>28} {'recall':>28}")
    large: list[dict[str, float]] = []
    for database in sorted(pairs):
        figures = count(pairs[database]).figures()
        rates = {name: figures[name]["value"] for name in ("precision", "sensitivity")}
        cells = [shown("", figures[name])[4:] for name in rates]
        print(f"{database:24} {len(pairs[database]):>8} {figures['sensitivity']['n']:>6} {cells[0]:>28} {cells[1]:>28}")
        if None not in rates.values():
            large.append(rates)
    for name in ("precision", "sensitivity"):
        values = [rates[name] for rates in large]
        print(f"  macro-averaged {name}, {len(large)} databases: {np.mean(values):.3f}, lowest {min(values):.3f}")


def main() -> None:
    registry = load_registry()
    scanner = Scanner(registry)
    cases = read_cases(SHARED / "publications")
    validation, derivation = of_part(cases, "validation"), of_part(cases, "derivation")
    print(f"validation part: {len(validation)} records (no label of theirs trained the model)")
    measure(validation, scanner, "--validation-errors" in sys.argv)
    named = [case for case in validation if any(names_database(case, scanner, database) for database in case.truth)]
    print(f"validation part, records where the text names a judged database: {len(named)}")
    recorded = {(case.work_id, name): label for case in named for name, label in case.truth.items()}
    readers = readers_labels(recorded)
    print_agreement(readers)
    for reader, labels in (readers | {"the majority": recorded | adjudicated()}).items():
        print(f"the same records, as labelled by {reader}")
        measure(relabelled(named, labels), scanner, False)
    print(f"derivation part (in sample): {len(derivation)} records")
    measure(derivation, scanner, "--errors" in sys.argv)
    examples = derivation_examples(registry)
    model = load_model()
    chances = out_of_fold(examples, model.temperature)
    real = [not example.written for example in examples]
    examples = [example for example in examples if not example.written]
    chances = chances[real]
    on_database = 1 - chances[:, CLASSES.index("mentions")]
    label = np.array(CLASSES[:2])[chances[:, :2].argmax(axis=1)]
    print(f"grouped cross-validation, {len(examples)} mentioned pairs of the derivation part:")
    accepted = on_database >= model.accept
    true = [example.label in KEPT for example in examples]
    for name, value in count(zip(true, accepted, strict=True)).figures().items():
        print(shown(f"accepted, {name}", value))
    uses = [example.label == "uses" for example in examples]
    for name, value in count(zip(uses, accepted & (label == "uses"), strict=True)).figures().items():
        print(shown(f"label uses, {name}", value))
    print("by database, validation part, records where the text names a judged database:")
    database_table(named, scanner)
    print("by database, adjudicated:")
    database_table(relabelled(named, recorded | adjudicated()), scanner)


def names_database(case: Case, scanner: Scanner, database: str) -> bool:
    return any(reading.database == database for reading in scanner.finder.read(case.title, case.text))


if __name__ == "__main__":
    main()
