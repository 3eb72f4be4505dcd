"""Writes ``data/gold/hard_cases.csv``: ids, labels and kinds of the hard cases, without their quotations.

CARTO_SHARED=../shared .venv/bin/python benchmarks/write_hard_cases.py
"""

import csv
import os
from pathlib import Path

from carto_lib.evaluation.cases import read_cases
from carto_lib.evaluation.split import part_of
from carto_lib.settings import GOLD_FILE, PROJECT_ROOT

SHARED = Path(os.environ.get("CARTO_SHARED") or PROJECT_ROOT.parent / "shared")


def main() -> None:
    rows = [
        (case.work_id, database, label, case.kind, part_of(case.work_id))
        for case in read_cases(SHARED / "publications")
        if case.kind != "passage"
        for database, label in case.truth.items()
    ]
    with (GOLD_FILE.parent / "hard_cases.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("work_id", "database", "label", "kind", "part"))
        writer.writerows(sorted(rows))


if __name__ == "__main__":
    main()
