"""How many of the names that a list of publications teaches are names of its database.

    CARTO_SHARED=../shared .venv/bin/python benchmarks/proposals.py

The list is that of the real publications that use or describe a database of the registry, its names unknown to the
learning. A name is right where it holds a registered form of the database, or is held by one.
"""

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

from carto_lib.evaluation.cases import read_json_lines
from carto_lib.proposals import propose_names
from carto_lib.registry import load_registry
from carto_lib.settings import DEMO_FILE, PROJECT_ROOT
from carto_lib.sources.files import parse_file
from carto_lib.text import fold

SHARED = Path(os.environ.get("CARTO_SHARED") or PROJECT_ROOT.parent / "shared")
FEWEST_WORKS = 8


def lists() -> dict[str, list[dict[str, Any]]]:
    """Return the publications of each database, with their abstracts where known."""
    folder = SHARED / "publications"
    abstracts = {row[key]: row["text"] for row in read_json_lines(folder / "texts.jsonl") for key in ("doi", "pmid")}
    works: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in read_json_lines(folder / "works.jsonl"):
        ids = [row[key] for key in ("doi", "pmid") if row[key]]
        abstract = next((abstracts[identifier] for identifier in ids if identifier in abstracts), None)
        for link in row["databases"]:
            if link["label"] in ("uses", "describes"):
                works[link["id"]].append({"title": row["title"], "abstract": abstract})
    return works


def main() -> None:
    registry, background = load_registry(), parse_file(DEMO_FILE)
    totals = [0, 0]
    for database, records in sorted(lists().items()):
        if len(records) < FEWEST_WORKS or database not in registry:
            continue
        known = {fold(form.text) for form in registry[database].names}
        texts = [proposal.form.text for proposal in propose_names(records, background, registry)]
        folded = [f" {fold(text)} " for text in texts]
        wrong = [
            text
            for text, form in zip(texts, folded, strict=True)
            if not any(f" {name} " in form or form in f" {name} " for name in known)
        ]
        print(f"{database:<16} {len(records):>4} works  {len(texts) - len(wrong)} right of {len(texts)}  {wrong or ''}")
        totals = [totals[0] + len(texts) - len(wrong), totals[1] + len(texts)]
    print(f"names proposed: {totals[0]} right of {totals[1]}")


if __name__ == "__main__":
    main()
