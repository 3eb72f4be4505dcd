"""Simulated screening: how many records are read until 95 % of the uses are found, by Carto's order and by ASReview's.

    CARTO_SHARED=../shared .venv/bin/python benchmarks/active_learning.py [--part derivation]

The judged works and the hard negatives of one part (validation unless told, which trained nothing) are diluted with
seeded computer-science papers to a prevalence of 5 %. ASReview (its default model, `asreview simulate`, its own
environment) and Carto (`carto_lib.screening.queue.reading_order`, computed again every ``STEP`` labels) read the same
shuffled file; the ideal reads uses only. A lost race of Carto ends with exit code 1.
"""

import argparse
import csv
import gzip
import json
import math
import os
import random
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from peers import python_of_peers

from carto_lib.evaluation.cases import of_part, read_cases
from carto_lib.registry import load_registry
from carto_lib.screening import Scanner
from carto_lib.screening.queue import reading_order
from carto_lib.settings import PROJECT_ROOT

SHARED = Path(os.environ.get("CARTO_SHARED") or PROJECT_ROOT.parent / "shared")
PAPERS = SHARED / "load" / "loadtest_paperlists" / "paperlists_slim.jsonl.gz"
PREVALENCE = 0.05
RECALL = 0.95
STEP = 10
SEEDS = (1, 2, 3)

Record = dict[str, object]


def judged_records(part: str) -> list[Record]:
    """Return one record a judged work of the part, relevant where it uses a database."""
    works: dict[str, Record] = {}
    for case in of_part(read_cases(SHARED / "publications"), part):
        work = works.setdefault(case.work_id, {"title": case.title, "abstract": "", "year": case.year, "use": False})
        work["abstract"] = f"{work['abstract']}\n\n{case.text}".strip()
        work["use"] = bool(work["use"]) or "uses" in case.truth.values()
    return [{"work_id": work_id, **work} for work_id, work in works.items()]


def diluted(records: Sequence[Record], seed: int) -> list[Record]:
    """Return the records among seeded papers that use no French health database, in a seeded order."""
    rng = random.Random(seed)
    needed = round(sum(bool(record["use"]) for record in records) / PREVALENCE) - len(records)
    with gzip.open(PAPERS, "rt", encoding="utf-8") as lines:
        papers = [paper for line in lines if (paper := json.loads(line)).get("abstract")]
    chosen = rng.sample(range(len(papers)), needed)
    others = [
        {"work_id": f"load:{n}", "title": papers[n]["title"], "abstract": papers[n]["abstract"], "use": False}
        for n in chosen
    ]
    mixed = [*records, *others]
    rng.shuffle(mixed)
    return mixed


def asreview_order(records: Sequence[Record], seed: int, folder: Path) -> list[int]:
    """Return the rows in the order in which ASReview asked for them, until it had found every use."""
    dataset, project = folder / "records.csv", folder / f"seed{seed}.asreview"
    with dataset.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("title", "abstract", "label_included"))
        writer.writerows((record["title"], record["abstract"], int(bool(record["use"]))) for record in records)
    command = [python_of_peers(), "-m", "asreview", "simulate", str(dataset), "-o", str(project), "--seed", str(seed)]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)  # it drops a cache where it runs
    with zipfile.ZipFile(project) as archive:
        archive.extract("results.db", folder)
    with sqlite3.connect(folder / "results.db") as base:
        rows = base.execute(
            "select record.dataset_row from results join record using (record_id) order by results.rowid"
        ).fetchall()
    return [row for (row,) in rows]


def carto_order(records: Sequence[Record], scanner: Scanner) -> list[int]:
    """Return the rows in Carto's reading order, learning every ``STEP`` labels, until enough uses are read."""
    works = pd.DataFrame(records)[["work_id", "title", "abstract"]]
    uses = pd.DataFrame(map(_pair, records, scanner.scan_all(records)))
    truth = {record["work_id"]: "uses" if record["use"] else "none" for record in records}
    row_of = {record["work_id"]: row for row, record in enumerate(records)}
    order: list[int] = []
    missing = wanted_uses(records)
    while missing > 0:
        for work_id in reading_order(uses, works).nsmallest(STEP, "rank")["work_id"]:
            row = row_of[work_id]
            order.append(row)
            missing -= truth[work_id] == "uses"
            uses.loc[row, ["label", "reason", "decided_by"]] = [truth[work_id], None, "person"]
    return order


def _pair(record: Record, answer: dict) -> Record:
    """Return a record's best answer over all databases, as a row of *uses*."""
    ranks = {"accepted": 2, "review": 1, "rejected": 0}
    best = max(answer["uses"], key=lambda use: (ranks[use["decision"]], use["score"]), default=None)
    unread = {"label": "none", "reason": "no_mention", "score": 0.0, "decision": "rejected", "decided_by": "rule"}
    kept = {name: best[name] for name in unread} if best else unread
    return {"work_id": record["work_id"], "database": "all", "screener_decision": None, **kept}


def wanted_uses(records: Sequence[Record]) -> int:
    """Return how many uses make the wanted share."""
    return math.ceil(RECALL * sum(bool(record["use"]) for record in records))


def read_until(order: Sequence[int], records: Sequence[Record]) -> int:
    """Return how many records are read until the wanted share of the uses is found."""
    found = 0
    for read, row in enumerate(order, 1):
        found += bool(records[row]["use"])
        if found >= wanted_uses(records):
            return read
    return len(records)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--part", choices=("validation", "derivation"), default="validation")
    part = parser.parse_args().part
    judged, scanner = judged_records(part), Scanner(load_registry())
    lost = 0
    for seed in SEEDS:
        records = diluted(judged, seed)
        n = sum(bool(record["use"]) for record in records)
        with tempfile.TemporaryDirectory() as folder:
            theirs = asreview_order(records, seed, Path(folder))
        ours = carto_order(records, scanner)
        ideal = [row for row, record in enumerate(records) if record["use"]]
        read = {name: read_until(order, records) for name, order in (("Carto", ours), ("ASReview", theirs))}
        lost += read["Carto"] > read["ASReview"]
        print(
            f"{part}, seed {seed}: {n} uses among {len(records)} records ({100 * n / len(records):.1f} %), "
            f"read for {RECALL:.0%} of them: Carto {read['Carto']}, ASReview {read['ASReview']}, "
            f"ideal {read_until(ideal, records)}",
            flush=True,
        )
    if lost:
        raise SystemExit(f"Carto read more than ASReview in {lost} of {len(SEEDS)} runs")


if __name__ == "__main__":
    main()
