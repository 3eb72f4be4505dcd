"""How many works of a view stand with each author, structure, place or topic: quick enough for a filter's round trip.

The pairs of the whole atlas are read and coded as integers once a process; a view only counts those of its works.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.compute

from carto_lib.i18n import LANGUAGES
from carto_lib.tables import Atlas, empty_table, read_table

Stamp = tuple[int, ...]
TABLES = ("works", "authorships", "affiliations", "institutions", "authors", "uses", "terms", "themes")


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
        ``author``, ``institution``, ``database`` (accepted uses), ``country``, ``sector``, ``region``, ``city`` (French
        ones), ``term_fr``, ``term_en``, ``theme_fr`` or ``theme_en``.

    Returns
    -------
    DataFrame
        Columns ``value``, ``works``, the largest first.
    int
        Works with at least one value.
    """
    pairs = pairs_of(atlas, kind)
    kept = kept_pairs(atlas, pairs, kind)
    known = np.zeros(len(atlas.mask), dtype=bool)
    known[pairs.work[kept]] = True
    counts = np.bincount(pairs.value[kept], minlength=len(pairs.names))
    found = np.flatnonzero(counts)
    order = found[np.lexsort((found, -counts[found]))]
    return pd.DataFrame({"value": pairs.names[order], "works": counts[order]}), int(known.sum())


def count_distinct(atlas: Atlas, kind: str) -> int:
    """Return how many values stand in a view's works."""
    pairs = pairs_of(atlas, kind)
    seen = np.zeros(len(pairs.names), dtype=bool)
    seen[pairs.value[kept_pairs(atlas, pairs, kind)]] = True
    return int(seen.sum())


def kept_pairs(atlas: Atlas, pairs: Pairs, kind: str) -> np.ndarray:
    """Tell which pairs stand in a view: those of its works and, for databases, of its databases."""
    kept: np.ndarray = atlas.mask[pairs.work]
    if kind == "database" and atlas.databases_kept is not None:
        kept = kept & np.isin(pairs.value, np.flatnonzero(pairs.names.isin(atlas.databases_kept)))
    return kept


def pairs_of(atlas: Atlas, kind: str) -> Pairs:
    """Return which values stand in which works of the whole atlas, coded once a process; kinds as in `count_works`."""
    return _pairs(atlas.path, kind, stamp_of(atlas.path))


def count_by_year(atlas: Atlas, kind: str) -> tuple[np.ndarray, pd.Index, list[int]]:
    """Return the works of each value in each year (values × years), the values, and the years, first to last.

    Works of unknown year are left out.
    """
    stamp = stamp_of(atlas.path)
    pairs, years = _pairs(atlas.path, kind, stamp), _years(atlas.path, stamp)
    mask = atlas.mask & ~np.isnan(years)
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
    frame = _read(path, f"{kind}s", [f"{kind}_id", "name"])
    return frame.set_index(f"{kind}_id")["name"]


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
def _years(path: Path, stamp: Stamp) -> np.ndarray:
    return _read(path, "works", ["year"])["year"].astype("float64").to_numpy()


@lru_cache(maxsize=16)
def _pairs(path: Path, kind: str, stamp: Stamp) -> Pairs:
    """Read two columns, code them, and keep each pair once: no text is compared again."""
    frame = _LOADERS[kind](path)
    value, names = pd.factorize(frame["entity"], sort=True)
    known = pyarrow.array(_read(path, "works", ["work_id"])["work_id"])
    found = pyarrow.compute.index_in(pyarrow.array(frame["work_id"]), value_set=known)
    work = found.fill_null(-1).to_numpy(zero_copy_only=False)
    kept = (work >= 0) & (value >= 0)
    size = max(1, len(names))
    pairs = np.sort(work[kept].astype(np.int64) * size + value[kept])  # numpy's own unique hashes: ten times slower
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    return Pairs((pairs // size).astype(np.int32), (pairs % size).astype(np.int32), pd.Index(names))


def _read(path: Path, table: str, columns: list[str]) -> pd.DataFrame:
    file = path / f"{table}.parquet"
    return read_table(file, table, columns) if file.is_file() else empty_table(table)[columns]


def _column(path: Path, table: str, column: str) -> pd.DataFrame:
    return _read(path, table, ["work_id", column]).set_axis(["work_id", "entity"], axis=1)


def _placed(path: Path, column: str, country: str | None = None) -> pd.DataFrame:
    """Return a column of the institutions of works, in one country only where it is given."""
    places = _read(path, "institutions", ["institution_id", "country", column])
    places = places if country is None else places[places["country"] == country]
    frame = _column(path, "affiliations", "institution_id")
    row = pyarrow.compute.index_in(
        pyarrow.array(frame["entity"]), value_set=pyarrow.array(places["institution_id"]), skip_nulls=True
    )
    known = row.fill_null(-1).to_numpy(zero_copy_only=False)
    kept = known >= 0
    values = places[column].iloc[known[kept]].reset_index(drop=True)
    return pd.DataFrame({"work_id": frame["work_id"][kept].reset_index(drop=True), "entity": values})


def _accepted(path: Path) -> pd.DataFrame:
    uses = _read(path, "uses", ["work_id", "database", "label", "decision"])
    uses = uses[(uses["label"] == "uses") & (uses["decision"] == "accepted")]
    return uses.rename(columns={"database": "entity"})


_LOADERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "author": partial(_column, table="authorships", column="author_id"),
    "institution": partial(_column, table="affiliations", column="institution_id"),
    "country": partial(_column, table="affiliations", column="country"),
    "region": partial(_placed, column="region"),
    "city": partial(_placed, column="city", country="FR"),
    "sector": partial(_placed, column="sector"),
    "database": _accepted,
    **{f"term_{code}": partial(_column, table="terms", column=f"label_{code}") for code in LANGUAGES},
    **{f"theme_{code}": partial(_column, table="themes", column=f"label_{code}") for code in LANGUAGES},
}
