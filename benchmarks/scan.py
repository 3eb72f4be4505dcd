"""How fast texts are scanned, and what is accepted where nothing should be.

    CARTO_SHARED=../shared .venv/bin/python benchmarks/scan.py

Processor time of one core. Scanning is `Scanner.scan_all` with the whole registry, rules and model included; ``re``
is an alternation of the same forms, longest first, over the same texts in lower case, without any rule.
"""

import gzip
import json
import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from carto_lib.evaluation.cases import read_json_lines
from carto_lib.registry import Registry, load_registry
from carto_lib.screening import Scanner
from carto_lib.settings import PROJECT_ROOT

SHARED = Path(os.environ.get("CARTO_SHARED") or PROJECT_ROOT.parent / "shared")
RE_SAMPLE = 1000
ROUNDS = 5


def load_records() -> list[dict[str, Any]]:
    folder = SHARED / "load" / "loadtest_paperlists"
    with gzip.open(folder / "paperlists_slim.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [{"id": n, "title": row.get("title"), "abstract": row.get("abstract")} for n, row in enumerate(rows)]


def megabytes(records: list[dict[str, Any]]) -> float:
    return sum(len((record[name] or "").encode()) for record in records for name in ("title", "abstract")) / 1e6


def fastest(*actions: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """Return the least processor time of each action, taken in turn so that a slow minute costs all the same."""
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for action, taken in zip(actions, times, strict=True):
            start = time.process_time()
            action()
            taken.append(time.process_time() - start)
    return list(map(min, times))


def main() -> None:
    registry = load_registry()
    records = load_records()
    size = megabytes(records)
    scanner = Scanner(registry)
    answers = scanner.scan_all(records)
    single = Scanner(Registry({"snds": registry["snds"]}))
    taken = fastest(lambda: scanner.scan_all(records), lambda: single.scan_all(records))
    speed, alone = (size / seconds for seconds in taken)
    sample = random.Random(3).sample(records, RE_SAMPLE)
    names = {form.text.lower() for entry in registry.values() for form in entry.names}
    forms = sorted(names, key=lambda form: (-len(form), form))
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, forms))})\b")
    texts = [f"{record['title']}\n{record['abstract']}".lower() for record in sample]
    alternation = megabytes(sample) / fastest(lambda: [pattern.findall(text) for text in texts], rounds=1)[0]
    print(f"{len(records)} records, {size:.1f} MB, {len(registry)} databases, {len(forms)} forms")
    print(f"scan, whole registry: {speed:.1f} MB/s; one database: {alone:.1f} MB/s; cost ratio {alone / speed:.2f}")
    print(f"re alternation ({len(sample)} records): {alternation:.2f} MB/s; scan is {speed / alternation:.0f} × faster")
    french = [
        {"id": row["doi"], "title": row["title"], "abstract": row["text"], "year": row["year"]}
        for row in read_json_lines(SHARED / "publications" / "texts.jsonl")
    ] * 20
    dense = megabytes(french) / fastest(lambda: scanner.scan_all(french))[0]
    named = sum(bool(answer["uses"]) for answer in scanner.scan_all(french))
    print(f"worst case, {len(french)} abstracts of which {named} name a database: {dense:.1f} MB/s")
    accepted = [(answer["id"], use) for answer in answers for use in answer["uses"] if use["decision"] == "accepted"]
    decisions = [use["decision"] for answer in answers for use in answer["uses"]]
    review, refused = decisions.count("review"), decisions.count("rejected")
    print(f"accepted {len(accepted)} of {len(records)} records; review {review}, refused {refused}")
    for number, use in accepted:
        print(f"  {use['database']} {use['names']} {records[number]['title']!r}: {use['passage'][:200]}")


if __name__ == "__main__":
    main()
