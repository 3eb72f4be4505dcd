"""Journals of a corpus."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pandas as pd

from carto_lib.enrich.facts import Facts
from carto_lib.tables import as_table


def enrich_journals(facts: Iterable[Facts], works: pd.DataFrame) -> pd.DataFrame:
    """Return the table *journals*: one row per journal, with what a source tells of publisher and DOAJ."""
    journal_of = works.set_index("work_id")["journal"].dropna()
    known: dict[str, dict[str, Any]] = {}
    for fact in facts:
        told = {name: fact.extra[name] for name in ("publisher", "in_doaj") if fact.extra.get(name) is not None}
        if told and fact.work_id in journal_of.index:
            origin: dict[str, Any] = {"source": fact.source, "retrieved_at": fact.retrieved_at}
            row = known.setdefault(journal_of[fact.work_id], origin)
            row |= {name: value for name, value in told.items() if name not in row}
    numbers: dict[str, list[str | None]] = defaultdict(list)
    named = works.dropna(subset=["journal"])
    for journal, issn in zip(named["journal"], named["issn_l"], strict=True):
        numbers[journal].append(issn if isinstance(issn, str) else None)
    rows = [
        {"journal": journal, "issn_l": min(filter(None, issns), default=None), "works": len(issns)}
        | known.get(journal, {})
        for journal, issns in numbers.items()
    ]
    return as_table(rows, "journals")
