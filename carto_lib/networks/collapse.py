"""Make a big network readable: its communities become the nodes."""

import json

import numpy as np
import pandas as pd

from carto_lib.networks.measure import add_measures
from carto_lib.networks.model import Network
from carto_lib.tables import as_table, to_json

COMMUNITIES_SHOWN = 200


def collapse(network: Network, limit: int = COMMUNITIES_SHOWN) -> Network:
    """Return the network of communities: one node each (``community:<k>``), for the `limit` largest.

    Sizes count distinct works, so a work of several members counts once; weights sum the links between communities.
    """
    nodes = network.nodes[network.nodes["community"] < limit]
    groups = nodes.groupby("community", sort=True)
    merged = groups.agg(
        label=("community_label", "first"), first_year=("first_year", "min"), last_year=("last_year", "max")
    ).reset_index()
    of_node = nodes.set_index("id")["community"]
    works = network.rows.assign(community=network.rows["id"].map(of_node)).dropna()
    sizes = works.drop_duplicates(["work_id", "community"])["community"].astype(int).value_counts()
    merged["size"] = merged["community"].map(sizes).fillna(0.0)
    merged["databases"] = [
        to_json(sorted({name for text in part for name in json.loads(text)})) for _, part in groups["databases"]
    ]
    merged["id"] = "community:" + merged["community"].astype(str)
    merged["label"] = merged["label"].fillna(merged["id"])
    merged["community_label"] = merged["label"]
    edges = _edges_between(network.edges, of_node)
    merged = merged.sort_values("id", ignore_index=True)
    measured = add_measures(merged, edges).assign(community=merged["community"])
    counts = {**network.counts, "communities": len(merged), "nodes_without_position": 0}
    return Network(network.name, as_table(measured, "nodes"), as_table(edges, "edges"), counts, lambda: _rows(works))


def members(network: Network, community: int) -> Network:
    """Return the inside of one community: its nodes and the links between them."""
    nodes = network.nodes[network.nodes["community"] == community].reset_index(drop=True)
    inside = network.edges["source"].isin(nodes["id"]) & network.edges["target"].isin(nodes["id"])
    edges = network.edges[inside].reset_index(drop=True)
    return Network(
        network.name, nodes, edges, network.counts, lambda: network.rows[network.rows["id"].isin(nodes["id"])]
    )


def _rows(works: pd.DataFrame) -> pd.DataFrame:
    ids = "community:" + works["community"].astype(int).astype(str)
    return works[["work_id"]].assign(id=ids).drop_duplicates()


def _edges_between(edges: pd.DataFrame, of_node: pd.Series) -> pd.DataFrame:
    ends = pd.DataFrame({"a": edges["source"].map(of_node), "b": edges["target"].map(of_node)})
    kept = ends.notna().all(axis=1) & (ends["a"] != ends["b"])
    names = "community:" + ends[kept].astype(int).astype(str)
    frame = edges[kept].assign(source=np.minimum(names["a"], names["b"]), target=np.maximum(names["a"], names["b"]))
    grouped = frame.groupby(["source", "target"], sort=True)
    merged = grouped.agg(weight=("weight", "sum"), first_year=("first_year", "min"), last_year=("last_year", "max"))
    merged["works"] = [
        to_json(sorted({work for text in part for work in json.loads(text)})) for _, part in grouped["works"]
    ]
    return merged.reset_index()
