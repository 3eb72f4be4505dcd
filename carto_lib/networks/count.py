"""From incidences to the nodes and edges they imply."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.compute

from carto_lib.networks.incidence import Incidence
from carto_lib.tables import Atlas, to_json


def count_nodes(incidence: Incidence, atlas: Atlas) -> pd.DataFrame:
    """Return one row per node: id, label, size (works), first_year, last_year, databases (JSON list)."""
    rows = incidence.rows.merge(atlas.works[["work_id", "year"]], on="work_id", how="left")
    grouped = rows.groupby("id", sort=True)
    nodes = grouped.agg(size=("work_id", "size"), first_year=("year", "min"), last_year=("year", "max")).reset_index()
    nodes["label"] = nodes["id"].map(incidence.labels).fillna(nodes["id"])
    nodes["databases"] = nodes["id"].map(_databases_of(incidence.rows, atlas)).fillna("[]")
    return nodes


def _databases_of(rows: pd.DataFrame, atlas: Atlas) -> pd.Series:
    uses = atlas.uses
    used = uses.loc[(uses["label"] == "uses") & (uses["decision"] == "accepted"), ["work_id", "database"]]
    pairs = rows.merge(used, on="work_id")[["id", "database"]].drop_duplicates().sort_values(["id", "database"])
    return _json_lists(pairs["id"].to_numpy(dtype=object), pairs["database"])


def _json_lists(keys: np.ndarray, values: pd.Series) -> pd.Series:
    """Return, for each run of equal keys, the JSON list of its values."""
    if not len(keys):
        return pd.Series(dtype="str")
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    return pd.Series(_join(values, starts), index=keys[starts])


def _join(values: pd.Series, starts: np.ndarray) -> Any:
    """Return the JSON list of each run of `values`, the runs beginning at `starts`."""
    codes, texts = pd.factorize(values)
    quoted = pyarrow.array([to_json(text) for text in texts], pyarrow.string()).take(pyarrow.array(codes))
    offsets = pyarrow.array(np.r_[starts, len(codes)], pyarrow.int32())
    lists = pyarrow.ListArray.from_arrays(offsets, quoted)
    joined = pyarrow.compute.binary_join(lists, ",")
    return pyarrow.compute.binary_join_element_wise("[", joined, "]", "").to_pandas().to_numpy()


def count_edges(
    left: Incidence, right: Incidence, atlas: Atlas, *, fractional: bool, max_nodes: int, min_weight: int = 1
) -> tuple[pd.DataFrame, int]:
    """Return the edges between nodes of the same work, and the number of works too long to be counted.

    Parameters
    ----------
    left, right : Incidence
        The same object for a network of one kind; two kinds for a bipartite one.
    fractional : bool
        A work of n nodes gives 1 / (n - 1) to each of its pairs, so that a node's strength is its number of shared
        works (Newman 2001, https://doi.org/10.1103/PhysRevE.64.016132); else 1.
    max_nodes : int
        Works with more nodes than this give no edge.
    min_weight : int
        Works in common that an edge needs.

    Returns
    -------
    DataFrame
        source, target (source < target), weight, works (JSON list of work_id), first_year, last_year.
    int
        Works left out for having more than `max_nodes` nodes.
    """
    ids = pd.Index(np.union1d(left.labels.index.to_numpy(dtype=object), right.labels.index.to_numpy(dtype=object)))
    works = pd.Index(np.union1d(left.rows["work_id"].unique(), right.rows["work_id"].unique()))
    first = _coded(left, works, ids)
    second = first if right is left else _coded(right, works, ids)
    lengths = np.bincount(first["work"], minlength=len(works))
    long = lengths > max_nodes
    first = first[~long[first["work"]]]
    pairs = first.merge(second, on="work", suffixes=("", "_2"))
    if right is left:
        pairs = pairs[pairs["node"] < pairs["node_2"]]
    source, target = np.minimum(pairs["node"], pairs["node_2"]), np.maximum(pairs["node"], pairs["node_2"])
    key = source.to_numpy(np.int64) * len(ids) + target.to_numpy(np.int64)
    order = np.lexsort((pairs["work"], key))
    key, work = key[order], pairs["work"].to_numpy()[order]
    edges = _edges(key, work, 1.0 / (lengths - 1).clip(min=1) if fractional else np.ones(len(works)), min_weight)
    edges["source"], edges["target"] = ids[edges["key"] // len(ids)], ids[edges["key"] % len(ids)]
    years = atlas.works.set_index("work_id")["year"].reindex(works).astype("float64").to_numpy()
    _fill_works(edges, work, works, years)
    return edges.drop(columns=["key", "start", "stop"]), int(long.sum())


def _coded(incidence: Incidence, works: pd.Index, ids: pd.Index) -> pd.DataFrame:
    rows = incidence.rows
    frame = pd.DataFrame({"work": works.get_indexer(rows["work_id"]), "node": ids.get_indexer(rows["id"])})
    return frame[frame["node"] >= 0]


def _edges(key: np.ndarray, work: np.ndarray, worth: np.ndarray, min_weight: int) -> pd.DataFrame:
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.empty(0, dtype=int)
    stops = np.r_[starts[1:], len(key)] if len(key) else starts
    weight = np.add.reduceat(worth[work], starts) if len(key) else np.empty(0)
    edges = pd.DataFrame({"key": key[starts], "start": starts, "stop": stops, "weight": weight})
    return edges[edges["stop"] - edges["start"] >= min_weight].reset_index(drop=True)


def _fill_works(edges: pd.DataFrame, work: np.ndarray, works: pd.Index, years: np.ndarray) -> None:
    """Add the works in common, and the first and last of their years."""
    lengths = (edges["stop"] - edges["start"]).to_numpy()
    starts = np.r_[0, np.cumsum(lengths)[:-1]].astype(int) if len(edges) else np.empty(0, dtype=int)
    taken = work[np.repeat(edges["start"].to_numpy() - starts, lengths) + np.arange(lengths.sum())]
    edges["works"] = _join(pd.Series(works[taken]), starts) if len(edges) else pd.Series(dtype="str")
    known = years[taken]
    empty = np.empty(0)
    low = np.fmin.reduceat(known, starts) if len(edges) else empty
    high = np.fmax.reduceat(known, starts) if len(edges) else empty
    edges["first_year"], edges["last_year"] = pd.array(low, dtype="Int64"), pd.array(high, dtype="Int64")
