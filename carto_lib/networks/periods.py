"""A network over time: what it held in each period of five years, and the network of one of them."""

import json

import numpy as np
import pandas as pd

from carto_lib.networks.model import Network
from carto_lib.tables import as_table

PERIOD_YEARS = 5
WHOLE = -1
COUPLING = "coupling"


def period_of(years: pd.Series) -> pd.Series:
    """Return the first year of each year's period: 2020 for 2020 to 2024."""
    return years // PERIOD_YEARS * PERIOD_YEARS


def count_periods(network: Network, years: pd.Series) -> pd.DataFrame:
    """Return table ``periods``: nodes, new nodes, links and works of each period, for the whole and each community.

    Parameters
    ----------
    network : Network
        With its communities.
    years : Series
        Year of publication, indexed by work_id; works of unknown year are in no period.
    """
    communities = network.nodes.set_index("id")["community"]
    stood = _nodes_in_time(network, years)
    linked = _links_in_time(network, years)
    stood["community"] = stood["id"].map(communities)
    ends = pd.DataFrame({side: linked[side].map(communities) for side in ("source", "target")})
    linked = linked.assign(community=ends["source"].where(ends["source"] == ends["target"]))
    first = stood.groupby("id")["period"].transform("min")
    parts = {
        "nodes": stood.drop_duplicates(["period", "id"]),
        "new_nodes": stood[stood["period"] == first].drop_duplicates("id"),
        "edges": linked.drop_duplicates(["period", "source", "target"]),
        "works": stood.drop_duplicates(["period", "community", "work_id"]),
    }
    counts = {name: _counted(part, distinct=name == "works") for name, part in parts.items()}
    table = pd.DataFrame(counts).fillna(0).astype(int).rename_axis(["period", "community"]).reset_index()
    return as_table(table.astype({"period": int, "community": int}), "periods")


def _counted(part: pd.DataFrame, distinct: bool) -> pd.Series:
    whole = part.drop_duplicates(["period", "work_id"]) if distinct else part
    inside = part.dropna(subset=["community"]).groupby(["period", "community"]).size()
    total = whole.groupby("period").size()
    total.index = pd.MultiIndex.from_product([total.index, [WHOLE]])
    return pd.concat([inside, total])


def _nodes_in_time(network: Network, years: pd.Series) -> pd.DataFrame:
    """Return the rows (work_id, id) of dated works with their period; in a coupling network a node is its own work."""
    rows = network.rows
    if network.name == COUPLING:
        rows = network.nodes[["id"]].assign(work_id=network.nodes["id"])
    dated = rows.assign(period=period_of(rows["work_id"].map(years))).dropna(subset=["period"])
    return dated.astype({"period": int})


def _links_in_time(network: Network, years: pd.Series) -> pd.DataFrame:
    """Return source, target, work and period of each common work; coupled works are linked from the later one on."""
    edges = network.edges[["source", "target"]]
    if network.name == COUPLING:
        ends = pd.concat([edges[side].map(years) for side in ("source", "target")], axis=1)
        linked = edges.assign(work_id=network.edges["source"], year=ends.max(axis=1, skipna=False))
    else:
        linked = edges.assign(work_id=network.edges["works"].map(json.loads)).explode("work_id")
        linked["year"] = linked["work_id"].map(years)
    linked = linked.dropna(subset=["year"])
    return linked.assign(period=period_of(linked["year"]).astype(int)).drop(columns="year")


def in_period(network: Network, period: int, years: pd.Series) -> Network:
    """Return the network of one period: sizes and weights count its works only; positions and communities stay.

    Parameters
    ----------
    network : Network
        Of all years.
    period : int
        Its first year.
    years : Series
        Year of publication, indexed by work_id.
    """
    stood, linked = _nodes_in_time(network, years), _links_in_time(network, years)
    stood, linked = stood[stood["period"] == period], linked[linked["period"] == period]
    sizes = stood["id"].value_counts()
    nodes = network.nodes[network.nodes["id"].isin(sizes.index)]
    edges = network.edges.merge(linked[["source", "target"]].drop_duplicates())
    if network.name != COUPLING:
        nodes = nodes.assign(size=nodes["id"].map(sizes).astype(float))
        grouped = linked.sort_values("work_id").groupby(["source", "target"])["work_id"]
        counted = grouped.agg(
            ["size", lambda works: json.dumps(list(works), ensure_ascii=False, separators=(",", ":"))]
        )
        counted.columns = ["weight", "works"]
        edges = edges.drop(columns=["weight", "works"]).merge(counted.reset_index(), on=["source", "target"])
        edges["weight"] = edges["weight"].astype(float)
    kept = set(stood["work_id"])
    rows = network.rows if network.name == COUPLING else network.rows[network.rows["work_id"].isin(kept)]
    return Network(network.name, nodes, edges, network.counts, lambda: rows)


def shared_works(edges: pd.DataFrame) -> np.ndarray:
    """Return the number of works behind each edge, whatever way its weight is counted."""
    return (edges["works"].str.count('","') + 1).to_numpy(dtype=int)
