"""Open access, licences and citation counts, one row per work and source: sources that differ stay side by side."""

from collections.abc import Iterable

import pandas as pd

from carto_lib.enrich.facts import Facts, first_of_each
from carto_lib.openness import COLOURS, COUNTS
from carto_lib.tables import as_table


def enrich_access(facts: Iterable[Facts]) -> pd.DataFrame:
    """Return the table *access*.

    A colour that isn't in `COLOURS` stays unknown rather than closed; a count that a source doesn't give stays null.
    """
    rows = []
    for fact in facts:
        access = fact.extra.get("oa") or {}
        counts = {name: fact.extra.get(name) for name in COUNTS}
        if not access and all(value is None for value in counts.values()):
            continue
        colour = access.get("colour")
        rows.append(
            fact.row(
                oa_colour=colour if colour in COLOURS else None,
                oa_url=access.get("url"),
                license=access.get("license"),
                **counts,
            )
        )
    return as_table(first_of_each(rows, ("work_id", "source")), "access")
