"""Retractions, corrections and expressions of concern, as PubMed, Europe PMC and Crossref tell them."""

from collections.abc import Iterable

import pandas as pd

from carto_lib.enrich.facts import Facts, first_of_each
from carto_lib.tables import as_table

KINDS = ("retraction", "correction", "concern")


def enrich_updates(facts: Iterable[Facts]) -> pd.DataFrame:
    """Return the table *updates*: one row per work, kind and notice (empty if unidentified)."""
    rows = [
        fact.row(kind=update["kind"], notice_id=update.get("notice_id") or "", date=update.get("date"))
        for fact in facts
        for update in fact.extra.get("updates") or ()
        if update.get("kind") in KINDS
    ]
    return as_table(first_of_each(rows, ("work_id", "kind", "notice_id")), "updates")
