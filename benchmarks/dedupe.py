"""`dedupe` against bib-dedupe on the same records: pairs found, right and missed, and the time; then 100,000 records.

The records are the 544 real publications of CARTO_SHARED, each with copies spoilt as real sources spoil
them (case, accents, misprint, names the other way, missing DOI or year), and the truth is which copy is whose.
Run: python benchmarks/dedupe.py
"""

import itertools
import json
import os
import random
import subprocess
import tempfile
import time
from pathlib import Path

import pandas as pd
from peers import python_of_peers

from carto_lib.dedupe import dedupe
from carto_lib.sources.fields import normal_type, record
from carto_lib.text import fold

SHARED = Path(os.environ.get("CARTO_SHARED") or Path(__file__).parents[2] / "shared")
PEER = """
import sys, json, time
import pandas as pd
from bib_dedupe.bib_dedupe import prep, block, match
records = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
start = time.perf_counter()
found = match(block(prep(records, verbosity_level=0), verbosity_level=0), verbosity_level=0)
seconds = time.perf_counter() - start
found = found[found["duplicate_label"] == "duplicate"] if "duplicate_label" in found else found
json.dump({"seconds": seconds, "pairs": found[["ID_1", "ID_2"]].values.tolist()}, open(sys.argv[2], "w"))
"""


def spoilt(item: dict, rng: random.Random, source: str, number: str) -> dict:
    """Return a copy of a record as another source could print it."""
    title, authors = item["title"], [dict(person) for person in item["authors"] or []]
    change = rng.choice(["case", "fold", "misprint", "names", "nothing"])
    if change == "case":
        title = title.upper()
    elif change == "fold":
        title = fold(title)
    elif change == "misprint" and len(title) > 30:
        place = rng.randrange(10, len(title) - 2)
        title = title[:place] + title[place + 1] + title[place] + title[place + 2 :]
    elif change == "names":
        authors = [{"name": " ".join(reversed(person["name"].split()))} for person in authors]
    doi = item["doi"] if rng.random() < 0.5 else None
    year = item["year"] if rng.random() < 0.85 else None
    return record(
        source,
        number,
        title=title,
        authors=authors,
        doi=doi,
        year=year,
        journal=item["journal"],
        type=normal_type(item["type"]),
    )


def corpus(copies: int, seed: int = 7) -> tuple[list[dict], dict[str, int]]:
    """Return records and, for each, the publication that it stands for."""
    rng = random.Random(seed)
    works = [json.loads(line) for line in (SHARED / "publications" / "works.jsonl").read_text().splitlines()]
    records, truth = [], {}
    for rank, work in enumerate(works):
        item = work | {"authors": [{"name": name} for name in work["authors"]]}
        for copy in range(copies):
            number = f"{rank}-{copy}"
            records.append(spoilt(item, rng, ("pubmed", "hal", "openalex", "europepmc")[copy % 4], number))
            truth[number] = rank
    return records, truth


def score(pairs: set[frozenset[str]], truth: dict[str, int]) -> str:
    """Return precision and recall of pairs, with their counts."""
    groups: dict[int, list[str]] = {}
    for number, rank in truth.items():
        groups.setdefault(rank, []).append(number)
    real = {frozenset(pair) for group in groups.values() for pair in itertools.combinations(group, 2)}
    right = len(pairs & real)
    return f"precision {right / len(pairs):.4f} (n = {len(pairs)}), recall {right / len(real):.4f} (n = {len(real)})"


def pairs_of(links: pd.DataFrame) -> set[frozenset[str]]:
    """Return the pairs of records put in one work."""
    groups = links.groupby("work_id")["source_id"]
    return {frozenset(pair) for _, group in groups for pair in itertools.combinations(group, 2)}


def against_the_peer() -> None:
    records, truth = corpus(copies=3)
    start = time.perf_counter()
    links = dedupe(pd.DataFrame(records)).links
    print(f"carto: {score(pairs_of(links), truth)}, {time.perf_counter() - start:.1f} s for {len(records)} records")
    rows = [
        {
            "ID": item["source_id"],
            "ENTRYTYPE": "article",
            "title": item["title"],
            "year": item["year"] or "",
            "author": " and ".join(person["name"] for person in item["authors"] or []),
            "journal": item["journal"] or "",
            "doi": item["doi"] or "",
            "abstract": "",
            "volume": "",
            "number": "",
            "pages": "",
        }
        for item in records
    ]
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "records.csv", Path(folder) / "pairs.json"
        pd.DataFrame(rows).to_csv(given, index=False)
        subprocess.run([python_of_peers(), "-W", "ignore", "-c", PEER, str(given), str(found)], check=True)
        said = json.loads(found.read_text())
    pairs = {frozenset(pair) for pair in said["pairs"]}
    print(f"bib-dedupe (its pairs, before clustering): {score(pairs, truth)}, {said['seconds']:.1f} s")


def at_scale(size: int = 100_000) -> None:
    base, _ = corpus(copies=4)
    records = []
    for rank in range(size):
        item = dict(base[rank % len(base)])
        turn = rank // len(base)
        item["title"] = f"{item['title']} cohort{turn}"
        item["source_id"] = f"{rank}"
        item["doi"] = f"{item['doi']}{turn}" if item["doi"] else None
        records.append(item)
    frame = pd.DataFrame(records)
    start = time.perf_counter()
    found = dedupe(frame)
    print(f"carto: {size:,} records to {len(found.works):,} works in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    against_the_peer()
    at_scale()
