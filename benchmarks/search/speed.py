"""Measure indexing, size, memory and the time of a query with facets and ten highlighted results.

The records are the real ones of ``CARTO_SHARED/load``; the peer is SQLite FTS5 (bm25, ids alone) on the same texts.
Beside the time on the clock stands the processor time, which other programs on the machine disturb less.
Run: ``python benchmarks/search/speed.py [--works 1000000] [--folder DIR]``
"""

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import psutil
from load_atlas import make_atlas, records

from carto_lib.search import build_index, search
from carto_lib.search.index import open_index
from carto_lib.tables import Atlas

SHARED = Path(os.environ.get("CARTO_SHARED") or Path(__file__).resolve().parents[3] / "shared")


def queries(count: int = 300) -> list[str]:
    """Return queries of one to four words taken from real titles, some with a typing error, a phrase or a field."""
    chance = random.Random(5)
    titles = [record["title"] for record in islice(records(SHARED), 0, None, 30) if record.get("title")]
    made = []
    for number in range(count):
        words = [word for word in chance.choice(titles).split() if word.isalpha() and len(word) > 3]
        words = chance.sample(words, min(len(words), chance.randint(1, 4))) or ["learning"]
        if number % 10 == 0 and len(words[0]) > 5:
            words[0] = words[0][:2] + words[0][3:]
        if number % 15 == 0:
            words.append("année:2012..2018")
        made.append(" ".join(words))
    return made


def timed(ask: Callable[[], object]) -> tuple[float, float]:
    """Return the milliseconds that a call took on the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    ask()
    return 1000 * (time.perf_counter() - clock), 1000 * (time.process_time() - processor)


def milliseconds(run: list[tuple[float, float]]) -> str:
    (clock50, processor50), (clock95, processor95) = np.percentile(run, [50, 95], axis=0)
    return (
        f"p50 {clock50:.1f} ms, p95 {clock95:.1f} ms (processor: p50 {processor50:.1f} ms, "
        f"p95 {processor95:.1f} ms; n = {len(run)})"
    )


def serve(path: Path) -> None:
    """Time the queries in a process of its own, as a page's kernel would."""
    atlas = Atlas(path)
    asked = queries()
    before = _memory()
    search(atlas, "warm")
    filters = {"database": ["snds", "egb"], "year": ["2015..2020"], "label": ["uses"]}
    plain, filtered, later = [], [], []
    for query in asked:
        plain.append(timed(lambda query=query: search(atlas, query, limit=10)))
        filtered.append(timed(lambda query=query: search(atlas, query, limit=10, filters=filters)))
        later.append(timed(lambda query=query: search(atlas, query, limit=10, sort="date", offset=20)))
    goal = 10 if open_index(atlas).works < 200_000 else 50
    print(f"query, facets, ten highlighted results: {milliseconds(plain)}; goal: p95 ≤ {goal} ms")
    print(f"the same under three filters: {milliseconds(filtered)}")
    print(f"the same by date, third page: {milliseconds(later)}")
    own, mapped = _memory()
    print(
        f"memory of the serving process: {own:.0f} MB of its own ({before[0]:.0f} MB before the index was opened; "
        f"goal: < 300 MB), and {mapped:.0f} MB of files (libraries, index) mapped, which the system takes back at need"
    )


def _memory() -> tuple[float, float]:
    """Return the megabytes that are the process's own, and those of mapped files that are in memory now."""
    memory = psutil.Process().memory_info()
    return (memory.rss - memory.shared) / 1e6, memory.shared / 1e6


def fts5(path: Path) -> None:
    """Time SQLite FTS5 on the same titles and abstracts: ids of the ten best, no facet, no highlight."""
    works = Atlas(path).works
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(id UNINDEXED, text, tokenize='porter unicode61')")
    start = time.perf_counter()
    texts = works["title"] + " " + works["abstract"].fillna("")
    connection.executemany("INSERT INTO t VALUES (?, ?)", zip(works["work_id"], texts, strict=True))
    print(f"SQLite FTS5: {len(works) / (time.perf_counter() - start):,.0f} records a second (title and abstract only)")
    run = []
    sql = "SELECT id FROM t WHERE t MATCH ? ORDER BY bm25(t) LIMIT 10"
    for query in queries():
        words = [word for word in query.split() if word.isalpha()]
        match = " AND ".join(f'"{word}"' for word in words)
        run.append(timed(lambda match=match: connection.execute(sql, (match,)).fetchall()))
    print(f"SQLite FTS5, all words, ids alone: {milliseconds(run)}")


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--works", type=int, default=None, help="default: each of the 95,562 records once")
    options.add_argument("--folder", type=Path, default=None)
    options.add_argument("--serve", type=Path, default=None, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.serve:
        serve(asked.serve)
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        path = asked.folder or Path(temporary) / "atlas"
        atlas, size = make_atlas(SHARED, path, asked.works)
        built: list[int] = []
        clock, processor = (spent / 1000 for spent in timed(lambda: built.append(build_index(atlas))))
        works = built[0]
        index = sum(file.stat().st_size for file in atlas.index_path.rglob("*") if file.is_file())
        print(
            f"{works:,} records indexed in {clock:.1f} s: {works / clock:,.0f} a second ({processor:.1f} s of the "
            f"processor: {works / processor:,.0f} a second of one core, {os.cpu_count()} cores); goal: ≥ 8,000 a second"
        )
        print(
            f"index {index / 1e6:.0f} MB, {index / size:.2f} times the text ({size / 1e6:.0f} MB); goal: < 1.5",
            flush=True,
        )
        subprocess.run([sys.executable, __file__, "--serve", str(path)], check=True)
        if works < 200_000:
            fts5(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
