"""Cited references."""

from collections.abc import Iterable

import pandas as pd

from carto_lib.enrich.facts import Facts, first_of_each
from carto_lib.tables import as_table


def enrich_references(facts: Iterable[Facts]) -> pd.DataFrame:
    """Return the table *references*: one row per citing work and work cited (``doi:…``, ``pmid:…``)."""
    rows = [fact.row(cited_id=cited) for fact in facts for cited in fact.extra.get("references") or ()]
    return as_table(first_of_each(rows, ("work_id", "cited_id")), "references")
