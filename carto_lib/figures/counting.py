"""How many works of a view stand with each author, structure, place or topic: quick enough for a filter's round trip.

The pairs of the whole atlas are read and coded as integers once a process; a view only counts those of its works.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from carto_lib.i18n import LANGUAGES
from carto_lib.indicators.facts import entities
from carto_lib.tables import Atlas

Stamp = tuple[int, ...]
TABLES = ("works", "authorships", "affiliations", "institutions", "authors", "terms", "themes")


@dataclass(frozen=True)
class Pairs:
    """Which value stands in which work, as codes: row i says that work ``work[i]`` has value ``value[i]``."""

    work: np.ndarray
    value: np.ndarray
    names: pd.Index


def count_works(atlas: Atlas, kind: str) -> tuple[pd.DataFrame, int]:
    """Return the works of each value among a view's works, and how many works have any.

    Parameters
    ----------
    kind : str
        ``author``, ``institution``, ``country``, ``sector``, ``region``, ``city`` (French ones), ``term_fr``,
        ``term_en``, ``theme_fr`` or ``theme_en``.

    Returns
    -------
    DataFrame
        Columns ``value``, ``works``, the largest first.
    int
        Works with at least one value.
    """
    stamp = stamp_of(atlas.path)
    pairs = _pairs(atlas.path, kind, stamp)
    mask = _mask(atlas, stamp)
    kept = mask[pairs.work]
    known = np.zeros(len(mask), dtype=bool)
    known[pairs.work[kept]] = True
    counts = np.bincount(pairs.value[kept], minlength=len(pairs.names))
    found = np.flatnonzero(counts)
    order = found[np.lexsort((found, -counts[found]))]
    return pd.DataFrame({"value": pairs.names[order], "works": counts[order]}), int(known.sum())


def count_by_year(atlas: Atlas, kind: str) -> tuple[np.ndarray, pd.Index, list[int]]:
    """Return the works of each value in each year (values × years), the values, and the years, first to last.

    Works of unknown year are left out.
    """
    stamp = stamp_of(atlas.path)
    pairs, years = _pairs(atlas.path, kind, stamp), _years(atlas.path, stamp)
    mask = _mask(atlas, stamp) & ~np.isnan(years)
    if not mask.any():
        return np.zeros((len(pairs.names), 0), dtype=int), pairs.names, []
    first, last = int(years[mask].min()), int(years[mask].max())
    kept = mask[pairs.work]
    width = last - first + 1
    place = pairs.value[kept] * width + (years[pairs.work[kept]] - first).astype(int)
    counts = np.bincount(place, minlength=len(pairs.names) * width).reshape(len(pairs.names), width)
    return counts, pairs.names, list(range(first, last + 1))


def newcomers(atlas: Atlas, kind: str) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Return, for each year of a view, its values seen in no earlier year of the view, all its values, the years."""
    counts, _, years = count_by_year(atlas, kind)
    seen = counts > 0
    before = np.cumsum(seen, axis=1) - seen > 0
    return (seen & ~before).sum(axis=0), seen.sum(axis=0), years


def display_names(atlas: Atlas, kind: str) -> pd.Series:
    """Return the display names of every ``author`` or ``institution``, indexed by id."""
    return _names(atlas.path, kind, stamp_of(atlas.path))


@lru_cache(maxsize=4)
def _names(path: Path, kind: str, stamp: Stamp) -> pd.Series:
    frame = Atlas(path).table(f"{kind}s")
    return pd.Series(frame["name"].to_numpy(dtype=object), index=frame[f"{kind}_id"].to_numpy(dtype=object))


@lru_cache(maxsize=2)
def french_cities(path: Path, stamp: Stamp) -> pd.DataFrame:
    """Return the French cities of institutions: columns city, lat, lon."""
    places = Atlas(path).institutions
    return places[places["country"] == "FR"].groupby("city")[["lat", "lon"]].median().dropna().reset_index()


def stamp_of(path: Path) -> Stamp:
    """Return when the tables were written: what is cached holds for these only."""
    files = [path / f"{name}.parquet" for name in TABLES]
    return tuple(file.stat().st_mtime_ns if file.is_file() else 0 for file in files)


@lru_cache(maxsize=2)
def _works(path: Path, stamp: Stamp) -> pd.Index:
    return pd.Index(Atlas(path).works["work_id"].to_numpy(dtype=object))


@lru_cache(maxsize=2)
def _years(path: Path, stamp: Stamp) -> np.ndarray:
    return Atlas(path).works["year"].astype("float64").to_numpy()


@lru_cache(maxsize=16)
def _pairs(path: Path, kind: str, stamp: Stamp) -> Pairs:
    whole = Atlas(path)
    frame = _LOADERS[kind](whole)
    value, names = pd.factorize(frame["entity"].to_numpy(dtype=object), sort=True)
    work = _works(path, stamp).get_indexer(frame["work_id"].to_numpy(dtype=object))
    return Pairs(work[work >= 0], value[work >= 0], pd.Index(names))


_MASKS: "WeakKeyDictionary[Atlas, tuple[Stamp, np.ndarray]]" = WeakKeyDictionary()


def _mask(atlas: Atlas, stamp: Stamp) -> np.ndarray:
    """Tell which works of the whole atlas stand in the view."""
    known = _MASKS.get(atlas)
    if known is None or known[0] != stamp:
        whole = _works(atlas.path, stamp)
        mask = np.ones(len(whole), dtype=bool) if atlas.work_ids is None else whole.isin(atlas.work_ids)
        known = _MASKS[atlas] = (stamp, mask)
    return known[1]


def _french_cities(atlas: Atlas) -> pd.DataFrame:
    places = atlas.institutions
    cities = places[places["country"] == "FR"].set_index("institution_id")["city"]
    rows = atlas.affiliations[["work_id"]].assign(entity=atlas.affiliations["institution_id"].map(cities))
    return rows.dropna().drop_duplicates()


def _sectors(atlas: Atlas) -> pd.DataFrame:
    sectors = atlas.institutions.set_index("institution_id")["sector"]
    rows = atlas.affiliations[["work_id"]].assign(entity=atlas.affiliations["institution_id"].map(sectors))
    return rows.dropna().drop_duplicates()


def _labels(atlas: Atlas, table: str, language: str) -> pd.DataFrame:
    frame = atlas.optional(table)
    return pd.DataFrame({"work_id": frame["work_id"], "entity": frame[f"label_{language}"]}).drop_duplicates()


_LOADERS: dict[str, Callable[[Atlas], pd.DataFrame]] = {
    "author": lambda atlas: entities(atlas, "author"),
    "institution": lambda atlas: entities(atlas, "institution"),
    "country": lambda atlas: entities(atlas, "country"),
    "region": lambda atlas: entities(atlas, "region"),
    "city": _french_cities,
    "sector": _sectors,
    **{f"term_{code}": partial(_labels, table="terms", language=code) for code in LANGUAGES},
    **{f"theme_{code}": partial(_labels, table="themes", language=code) for code in LANGUAGES},
}
