"""How many works of a view stand with each author, structure, place or topic: quick enough for a filter's round trip.

The pairs of the whole atlas are read and coded as integers once a process; a view only counts those of its works.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from carto_lib.indicators.facts import entities
from carto_lib.networks.labels import topic_terms
from carto_lib.tables import Atlas

Stamp = tuple[int, ...]
TABLES = ("works", "authorships", "affiliations", "institutions", "authors", "topics")


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
        ``author``, ``institution``, ``region``, ``city`` (French ones), ``topic_fr`` or ``topic_en``.

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


_LOADERS: dict[str, Callable[[Atlas], pd.DataFrame]] = {
    "author": lambda atlas: entities(atlas, "author"),
    "institution": lambda atlas: entities(atlas, "institution"),
    "region": lambda atlas: entities(atlas, "region"),
    "city": _french_cities,
    "topic_fr": lambda atlas: topic_terms(atlas, "fr").rename(columns={"term": "entity"}),
    "topic_en": lambda atlas: topic_terms(atlas, "en").rename(columns={"term": "entity"}),
}
