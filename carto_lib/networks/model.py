"""A network: two tables, and the questions a reader asks of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd
from rapidfuzz import fuzz, process

from carto_lib.errors import CartoError
from carto_lib.i18n import translate
from carto_lib.networks.measure import graph_of
from carto_lib.text import fold

if TYPE_CHECKING:
    import igraph


class NetworkError(CartoError):
    """A node isn't in the network, a name is ambiguous, or the network hasn't been computed."""


@dataclass
class Network:
    """Nodes and edges, with the schemas of tables ``nodes`` and ``edges``.

    Attributes
    ----------
    name : str
        One of `carto_lib.networks.NETWORKS`.
    nodes, edges : DataFrame
        As in the data dictionary; nodes sorted by id, edges by (source, target) with source < target.
    counts : dict
        What the network was counted from: works, works left out, nodes without a position.
    """

    name: str
    nodes: pd.DataFrame
    edges: pd.DataFrame
    counts: dict[str, int] = field(default_factory=dict)
    load_rows: Callable[[], pd.DataFrame] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"Network({self.name!r}, {len(self.nodes)} nodes, {len(self.edges)} edges)"

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Which node stands in which work: columns work_id, id."""
        return self.load_rows() if self.load_rows else pd.DataFrame(columns=["work_id", "id"])

    @cached_property
    def graph(self) -> "igraph.Graph":
        """The igraph graph; vertex i is row i of `nodes`."""
        return graph_of(self.nodes, self.edges)

    def notes(self, language: str = "fr") -> list[str]:
        """Return what a reader must know before trusting the picture, one sentence each."""
        return [
            translate(f"networks.notes.{key}", language, n=value)
            for key, value in self.counts.items()
            if value or key == "works"
        ]

    def node(self, who: str) -> str:
        """Return the id of the node named `who` (its id, or its display name in any order of words).

        Raises
        ------
        NetworkError
            If nobody has that name (near names are given) or several do (their ids are).
        """
        if who in self._labels.index:
            return who
        key = _name_key(who)
        found = self._keys.index[self._keys == key]
        if len(found) == 1:
            return str(found[0])
        if len(found) > 1:
            raise NetworkError(f"{who!r} names {len(found)} nodes of {self.name}: give the id, {', '.join(found[:5])}")
        near = process.extract(key, self._keys.to_dict(), scorer=fuzz.token_sort_ratio, limit=3, score_cutoff=60)
        hint = ", ".join(str(self._labels[name]) for _, _, name in near)
        raise NetworkError(f"no {who!r} in network {self.name}" + (f"; near: {hint}" if hint else ""))

    def neighbours(self, who: str) -> pd.DataFrame:
        """Return who `who` is linked to, strongest first: id, label, weight, works (list of work_id)."""
        node = self.node(who)
        links = self.edges[(self.edges["source"] == node) | (self.edges["target"] == node)]
        others = links["target"].where(links["source"] == node, links["source"])
        frame = pd.DataFrame(
            {
                "id": others,
                "label": others.map(self._labels),
                "weight": links["weight"],
                "works": links["works"].map(json.loads),
            }
        )
        return frame.sort_values(["weight", "id"], ascending=[False, True], ignore_index=True)

    def works_of(self, who: str, other: str | None = None) -> list[str]:
        """Return the work_ids of a node, or of the edge between two nodes, sorted.

        Raises
        ------
        NetworkError
            If a node is unknown, or the two have nothing in common.
        """
        node = self.node(who)
        if other is None:
            return sorted(self.rows.loc[self.rows["id"] == node, "work_id"])
        first, second = sorted((node, self.node(other)))
        edge = self.edges[(self.edges["source"] == first) & (self.edges["target"] == second)]
        if edge.empty:
            raise NetworkError(f"{who!r} and {other!r} have no work in common in network {self.name}")
        return list(json.loads(edge["works"].iloc[0]))

    def people_between(self, first: str, last: str) -> pd.DataFrame:
        """Return the shortest chain from one person (or node) to another.

        Among chains of the same length, the one of the strongest links is given.

        Parameters
        ----------
        first, last : str
            Display names, or ids.

        Returns
        -------
        DataFrame
            One row per person, in order: ``step`` (0 first), ``id``, ``label``, ``works`` (work_ids shared with the
            person before; empty for the first).

        Raises
        ------
        NetworkError
            If a name is unknown or ambiguous, or no chain links them.
        """
        start, end = self.node(first), self.node(last)
        place = pd.Index(self.nodes["id"])
        start_at, end_at = place.get_loc(start), place.get_loc(end)
        islands = self.graph.connected_components().membership
        if islands[start_at] != islands[end_at]:
            raise NetworkError(f"no chain of {self.name} links {first!r} to {last!r}")
        cost = [1 + 1e-6 / weight for weight in self.graph.es["weight"]]
        path = self.graph.get_shortest_path(start_at, end_at, weights=cost)
        ids = [str(place[vertex]) for vertex in path]
        shared = [self.works_of(before, after) for before, after in pairwise(ids)]
        return pd.DataFrame(
            {"step": range(len(ids)), "id": ids, "label": [self._labels[name] for name in ids], "works": [[], *shared]}
        )

    def readable(self, limit: int) -> "Network":
        """Return what a picture of `limit` nodes shows: those of most works, then of strongest links, if linked."""
        order = self.nodes.sort_values(["size", "strength", "id"], ascending=[False, False, True])
        return self.drawn(order.head(limit).sort_values("id"))

    def drawn(self, nodes: pd.DataFrame, edges: pd.DataFrame | None = None) -> "Network":
        """Return the network of some of its nodes and edges (all by default) that have a position and a link."""
        edges = self.edges if edges is None else edges
        nodes = nodes[nodes["x"].notna()]
        edges = edges[edges["source"].isin(nodes["id"]) & edges["target"].isin(nodes["id"])]
        linked = nodes["id"].isin(edges["source"]) | nodes["id"].isin(edges["target"])
        return Network(self.name, nodes[linked], edges, self.counts, lambda: self.rows)

    def fractional(self) -> "Network":
        """Return the same nodes, each link counted 1 / (n - 1) for a work of n nodes instead of 1.

        Positions and communities stay those of whole counting (Newman 2001, https://doi.org/10.1103/PhysRevE.64.016132).
        """
        sizes = self.rows["work_id"].value_counts()
        worth = (1.0 / (sizes - 1).clip(lower=1)).to_dict()
        weights = [sum(worth.get(work, 1.0) for work in json.loads(works)) for works in self.edges["works"]]
        edges = self.edges.assign(weight=weights)
        return Network(self.name, self.nodes, edges, self.counts, lambda: self.rows)

    def most_central(self, by: str = "betweenness", limit: int = 10) -> pd.DataFrame:
        """Return the nodes with the highest `by` (a measure of table nodes)."""
        order = self.nodes.sort_values([by, "id"], ascending=[False, True])
        return order.head(limit).reset_index(drop=True)

    @cached_property
    def _labels(self) -> pd.Series:
        return self.nodes.set_index("id")["label"]

    @cached_property
    def _keys(self) -> pd.Series:
        return self._labels.fillna("").map(_name_key)


def _name_key(name: str) -> str:
    return " ".join(sorted(fold(name).replace(".", " ").replace(",", " ").split()))
