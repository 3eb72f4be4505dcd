"""Funders and awards, as the sources give them."""

from collections.abc import Iterable

import pandas as pd

from carto_lib.enrich.facts import Facts
from carto_lib.enrich.places import country_names
from carto_lib.schemas import vocabulary
from carto_lib.tables import as_table
from carto_lib.text import fold


def enrich_funding(facts: Iterable[Facts]) -> pd.DataFrame:
    """Return the table *funding*: one row per work, funder and award, whatever the case and accents."""
    kept: dict[tuple[str, str, str], dict[str, object]] = {}
    for fact in facts:
        for grant in fact.extra.get("grants") or ():
            funder, award = grant.get("funder"), grant.get("award") or ""
            if funder:
                country = _code_of(grant.get("country"))
                row = fact.row(funder=funder, award=award, funder_id=grant.get("funder_id"), country=country)
                known = kept.setdefault((fact.work_id, fold(funder), fold(award)), row)
                known["funder_id"] = known["funder_id"] or row["funder_id"]
                known["country"] = known["country"] or row["country"]
    return as_table(kept.values(), "funding")


def _code_of(country: str | None) -> str | None:
    """Return the code of a country printed by its name or its code; None where it is none ("International")."""
    if not country:
        return None
    return country.upper() if country.upper() in vocabulary("country") else country_names().get(fold(country))
