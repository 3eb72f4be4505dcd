"""The gold set's settled labels against the votes of its readers, as data/gold/README.md states the rule."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

from carto_lib.settings import GOLD_FILE

READERS = {"carto-3", "carto-4", "carto-5"}
Pair = tuple[str, str]


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def pair(row: dict[str, str]) -> Pair:
    return row["work_id"], row["database"]


def test_settled_labels_are_the_majority_of_the_recorded_label_and_three_readers_and_a_tie_keeps_it() -> None:
    judged = rows(GOLD_FILE) + rows(GOLD_FILE.with_name("readings.csv"))
    settled = {pair(row): row["label"] for row in judged if row["origin"] == "adjudication"}
    recorded = {pair(row): row["label"] for row in rows(GOLD_FILE.with_name("hard_cases.csv"))}
    recorded |= {pair(row): row["label"] for row in rows(GOLD_FILE) if row["origin"] != "adjudication"}
    votes: dict[Pair, list[str]] = defaultdict(list)
    for row in judged:
        if row["annotator"] in READERS:
            votes[pair(row)].append(row["label"])
    for read, labels in votes.items():
        if not recorded[read]:
            continue  # seen, never judged: nothing to settle
        counts = Counter([recorded[read], *labels])
        best = [label for label, count in counts.items() if count == max(counts.values())]
        expected = best[0] if len(best) == 1 else recorded[read]
        assert settled.get(read, recorded[read]) == expected, read
    assert len(settled) == 36
    assert settled.keys() <= votes.keys()
