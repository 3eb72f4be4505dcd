"""Compute every indicator, for all databases together and each of them, for all years and each.

A work counts once in ``all``, whatever the number of databases it uses. Proportions have Wilson's interval, means the
normal one of their standard error, growth that of a ratio of two Poisson counts, all at 95%.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from carto_lib.indicators.definitions import INDICATORS, Indicator
from carto_lib.indicators.facts import entities, work_facts
from carto_lib.indicators.population import WILSON_Z, uses_of, wilson
from carto_lib.tables import Atlas, as_table, read_table

COLUMNS = ["value", "low", "high", "numerator", "denominator"]


class Groups:
    """Which works stand in which group (database, year); each work twice in its database: its year, and all years.

    Attributes
    ----------
    names : DataFrame
        Columns database, year; row g is group g.
    rows : DataFrame
        Columns work_id, group.
    facts : DataFrame
        Facts of works, one row per row of `rows`.
    """

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        facts = work_facts(atlas)
        uses = uses_of(atlas)
        members = pd.concat([uses, pd.DataFrame({"work_id": facts.index, "database": "all"})], ignore_index=True)
        years = members["work_id"].map(facts["year"])
        dated = years.astype("Int64").astype("string").fillna("unknown").astype(object)
        both = pd.concat([members.assign(year=dated), members.assign(year="all")], ignore_index=True)
        known = read_table(atlas.file("databases"), "databases")["database"]
        kept = known if atlas.databases_kept is None else atlas.databases_kept
        keys = {(name, "all") for name in (*kept, "all")} | set(zip(both["database"], both["year"], strict=True))
        self.names = pd.DataFrame(sorted(keys), columns=["database", "year"])
        place = pd.MultiIndex.from_frame(self.names)
        both["group"] = place.get_indexer(pd.MultiIndex.from_frame(both[["database", "year"]]))
        self.rows = both[["work_id", "group"]]
        self.facts = facts.reindex(both["work_id"]).reset_index(drop=True)
        self.known_works = pd.Index(facts.index)
        self._counts: dict[str, pd.DataFrame] = {}

    @property
    def sizes(self) -> np.ndarray:
        """Works of each group."""
        return np.bincount(self.rows["group"], minlength=len(self.names))

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum of values (one per row) in each group, nulls left out."""
        return np.bincount(self.rows["group"], weights=np.nan_to_num(values), minlength=len(self.names))

    def counts_of(self, kind: str) -> pd.DataFrame:
        """Works of each entity in each group: columns group, entity, works; counted once a kind."""
        if kind not in self._counts:
            self._counts[kind] = self._count(kind)
        return self._counts[kind]

    def _count(self, kind: str) -> pd.DataFrame:
        """Count over whole numbers, the entities in order: texts cost twenty times as much to group."""
        signed = entities(self.atlas, kind)
        codes, names = pd.factorize(signed["entity"], sort=True)
        size = max(len(names), 1)
        works = pd.Index(self.rows["work_id"].unique())
        pairs = pd.DataFrame({"work": works.get_indexer(self.rows["work_id"]), "group": self.rows["group"]}).merge(
            pd.DataFrame({"work": works.get_indexer(signed["work_id"]), "code": codes}), on="work"
        )
        keys, counts = np.unique(
            pairs["group"].to_numpy("int64") * size + pairs["code"].to_numpy("int64"), return_counts=True
        )
        return pd.DataFrame(
            {
                "group": keys // size,
                "entity": pd.Categorical.from_codes(keys % size, names, ordered=True),
                "works": counts,
            }
        )


def compute_indicators(atlas: Atlas) -> pd.DataFrame:
    """Return table ``indicators``: every indicator × (all, each database) × (all, each year, unknown).

    A value is null where it can't be known, with the reason: ``no_table`` (the stage that makes the facts hasn't run or
    found nothing), ``no_value`` (no work of the group has the fact), ``no_previous_year``, ``all_years_only``,
    ``yearly_only``, ``no_source``.
    """
    groups = Groups(atlas)
    frames = [_table(indicator, groups) for indicator in INDICATORS.values()]
    return as_table(pd.concat(frames, ignore_index=True), "indicators")


def _table(indicator: Indicator, groups: Groups) -> pd.DataFrame:
    names = groups.names.assign(name=indicator.name)
    if indicator.kind == "none":
        return names.assign(value=np.nan, reason="no_source")
    if groups.atlas.optional(indicator.table).empty:
        return names.assign(value=np.nan, reason="no_table")
    values, reason = _KINDS[indicator.kind](indicator, groups)
    frame = pd.concat([names, values.reset_index(drop=True)], axis=1)
    frame["value"] = frame["value"].where(np.isfinite(frame["value"]))
    frame["reason"] = pd.Series(reason, index=frame.index).where(frame["value"].isna(), None)
    return frame


Computed = tuple[pd.DataFrame, "str | np.ndarray"]


def _values(value: np.ndarray, **columns: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"value": np.asarray(value, dtype=float), **columns}).reindex(columns=COLUMNS)


def _proportion(numerator: np.ndarray, denominator: np.ndarray) -> pd.DataFrame:
    low, high = wilson(numerator, denominator)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(denominator > 0, numerator / denominator, np.nan)
    return _values(value, low=low, high=high, numerator=numerator, denominator=denominator)


def _count(indicator: Indicator, groups: Groups) -> Computed:
    sizes = groups.sizes.astype(float)
    return _values(sizes, numerator=sizes, denominator=sizes), "no_value"


def _share(indicator: Indicator, groups: Groups) -> Computed:
    flags = groups.facts[indicator.fact].to_numpy()
    return _proportion(groups.sums(flags), groups.sums(~np.isnan(flags))), "no_value"


def _mean(indicator: Indicator, groups: Groups) -> Computed:
    numbers = groups.facts[indicator.fact].to_numpy()
    count, total, squares = groups.sums(~np.isnan(numbers)), groups.sums(numbers), groups.sums(numbers**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / count
        spread = np.sqrt(np.maximum(squares - count * mean**2, 0) / (count - 1) / count)
    half = np.where(count > 1, WILSON_Z * spread, np.nan)
    columns = {"low": np.maximum(mean - half, 0), "high": mean + half, "numerator": total, "denominator": count}
    return _values(mean, **columns), "no_value"


def _median(indicator: Indicator, groups: Groups) -> Computed:
    """Median, with the binomial interval on ranks (Conover 1999)."""
    frame = groups.rows[["group"]].assign(x=groups.facts[indicator.fact].to_numpy()).dropna()
    frame = frame.sort_values(["group", "x"], kind="stable")
    count = np.bincount(frame["group"], minlength=len(groups.names))
    start, x = np.r_[0, np.cumsum(count)[:-1]], frame["x"].to_numpy()
    known = count > 0

    def at(rank: np.ndarray) -> np.ndarray:
        out = np.full(len(count), np.nan)
        out[known] = x[(start + np.clip(rank, 0, count - 1))[known].astype(int)]
        return out

    half = WILSON_Z * np.sqrt(count) / 2
    low, high = np.floor(count / 2 - half).astype(int) - 1, np.ceil(count / 2 + half).astype(int)
    value = (at((count - 1) // 2) + at(count // 2)) / 2
    return _values(value, low=at(low), high=at(high), denominator=count.astype(float)), "no_value"


def _distinct(indicator: Indicator, groups: Groups) -> Computed:
    counts = groups.counts_of(indicator.fact)
    found = np.bincount(counts["group"], minlength=len(groups.names)).astype(float)
    known = groups.rows["work_id"].isin(entities(groups.atlas, indicator.fact)["work_id"]).to_numpy(float)
    works = groups.sums(known)
    return _values(np.where(works > 0, found, np.nan), numerator=found, denominator=works), "no_value"


def _newcomers(groups: Groups, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Count, in each group of a year, the entities never seen before in the same database, and all of them."""
    counts = groups.counts_of(kind).merge(groups.names, left_on="group", right_index=True)
    dated = counts[~counts["year"].isin(["all", "unknown"])]
    first = dated["year"] == dated.groupby(["database", "entity"], observed=True)["year"].transform("min")
    size = len(groups.names)
    seen = np.bincount(dated["group"], minlength=size).astype(float)
    return np.bincount(dated.loc[first, "group"], minlength=size).astype(float), seen


def _new(indicator: Indicator, groups: Groups) -> Computed:
    new, seen = _newcomers(groups, indicator.fact)
    return _values(np.where(seen > 0, new, np.nan), numerator=new, denominator=seen), _yearly(groups)


def _new_share(indicator: Indicator, groups: Groups) -> Computed:
    return _proportion(*_newcomers(groups, indicator.fact)), _yearly(groups)


def _yearly(groups: Groups) -> np.ndarray:
    return np.where(groups.names["year"].isin(["all", "unknown"]), "yearly_only", "no_value")


def _concentration(indicator: Indicator, groups: Groups) -> Computed:
    """Gini of the works of entities, or the sum of their squared shares (Herfindahl–Hirschman); all years only."""
    counts = groups.counts_of(indicator.fact).sort_values(["group", "works", "entity"])
    size = len(groups.names)
    n = np.bincount(counts["group"], minlength=size).astype(float)
    total = np.bincount(counts["group"], weights=counts["works"], minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        if indicator.kind == "gini":
            rank = counts.groupby("group").cumcount() + 1
            weighted = np.bincount(counts["group"], weights=rank * counts["works"], minlength=size)
            value = 2 * weighted / (n * total) - (n + 1) / n
        else:
            value = np.bincount(counts["group"], weights=counts["works"] ** 2, minlength=size) / total**2
    yearly = (groups.names["year"] != "all").to_numpy()
    frame = _values(np.where(yearly, np.nan, value), denominator=n)
    return frame, np.where(yearly, "all_years_only", "no_value")


def _works_by_year(groups: Groups) -> tuple[pd.Series, pd.Series]:
    """Return the works of each group, and of the same database a year earlier (0 inside its period, else null)."""
    names = groups.names
    sizes = pd.Series(groups.sizes.astype(float), index=pd.MultiIndex.from_frame(names))
    years = pd.to_numeric(names["year"], errors="coerce")
    before = (years - 1).astype("Int64").astype("string").fillna("none")
    earlier = sizes.reindex(pd.MultiIndex.from_arrays([names["database"], before])).to_numpy()
    first = years.groupby(names["database"]).transform("min")
    inside = (years > first).to_numpy()
    return sizes, pd.Series(np.where(inside, np.nan_to_num(earlier), np.nan), index=sizes.index)


def _growth(indicator: Indicator, groups: Groups) -> Computed:
    sizes, before = _works_by_year(groups)
    now, then = sizes.to_numpy(), np.where(before.to_numpy() > 0, before.to_numpy(), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, half = now / then, WILSON_Z * np.sqrt(1 / now + 1 / then)
    columns = {"low": ratio * np.exp(-half) - 1, "high": ratio * np.exp(half) - 1, "numerator": now - then}
    reason = np.where(groups.names["year"].isin(["all", "unknown"]), "yearly_only", "no_previous_year")
    return _values(ratio - 1, **columns, denominator=then), reason


def _cumulative(indicator: Indicator, groups: Groups) -> Computed:
    names, sizes = groups.names, groups.sizes.astype(float)
    dated = ~names["year"].isin(["all", "unknown"]).to_numpy()
    running = pd.Series(np.where(dated, sizes, 0.0)).groupby(names["database"]).cumsum().to_numpy()
    return _values(np.where(dated, running, np.nan), numerator=running, denominator=running), "yearly_only"


def _last_year(indicator: Indicator, groups: Groups) -> Computed:
    years = groups.facts["year"].to_numpy()
    latest = pd.Series(years).groupby(groups.rows["group"]).max().reindex(range(len(groups.names))).to_numpy()
    yearly = (groups.names["year"] != "all").to_numpy()
    frame = _values(np.where(yearly, np.nan, latest), denominator=groups.sums(~np.isnan(years)))
    return frame, np.where(yearly, "all_years_only", "no_value")


def _parts(indicator: Indicator, groups: Groups) -> Computed:
    """Count the works of a database or of a part of it, each once."""
    atlas, uses = groups.atlas, uses_of(groups.atlas)
    whole = read_table(atlas.file("databases"), "databases").set_index("database")["part_of"].dropna()
    climbing, reached = uses, [uses]
    for _ in range(len(whole)):
        climbing = climbing.assign(database=climbing["database"].map(whole)).dropna().drop_duplicates()
        if climbing.empty:
            break
        reached.append(climbing)
    return _counted(pd.concat(reached), groups), "no_value"


def _related(indicator: Indicator, groups: Groups) -> Computed:
    uses = groups.atlas.uses
    kept = (uses["label"] != "none") & (uses["decision"] != "rejected")
    return _counted(uses.loc[kept, ["work_id", "database"]], groups), "no_value"


def _review(indicator: Indicator, groups: Groups) -> Computed:
    uses = groups.atlas.uses
    read = _counted(uses[["work_id", "database"]], groups)["value"].to_numpy()
    waiting = _counted(uses.loc[uses["decision"] == "review", ["work_id", "database"]], groups)["value"].to_numpy()
    return _proportion(waiting, read), "no_value"


def _counted(pairs: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Count the works of pairs (work_id, database) in each group, each once, ``all`` included."""
    pairs = pd.concat([pairs, pairs.assign(database="all")]).drop_duplicates(["work_id", "database"])
    year = pairs["work_id"].map(groups.atlas.works.set_index("work_id")["year"])
    year = year.astype("Int64").astype("string").fillna("unknown")
    counts = pd.concat([pairs.assign(year=year), pairs.assign(year="all")]).groupby(["database", "year"]).size()
    found = counts.reindex(pd.MultiIndex.from_frame(groups.names), fill_value=0).to_numpy(dtype=float)
    return _values(found, numerator=found, denominator=found)


_KINDS: dict[str, Callable[[Indicator, Groups], Computed]] = {
    "count": _count,
    "share": _share,
    "mean": _mean,
    "median": _median,
    "distinct": _distinct,
    "new": _new,
    "new_share": _new_share,
    "gini": _concentration,
    "hhi": _concentration,
    "growth": _growth,
    "cumulative": _cumulative,
    "last_year": _last_year,
    "parts": _parts,
    "related": _related,
    "review": _review,
}
