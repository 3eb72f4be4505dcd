"""What is computed once on a network, so that pages only read it: communities, positions, centralities.

Leiden communities [1]_ maximise modularity; positions are Fruchterman and Reingold's [2]_. Both are seeded, with a
generator of their own, so the same network gives the same table.

References
----------
.. [1] Traag, Waltman, van Eck (2019), From Louvain to Leiden, https://doi.org/10.1038/s41598-019-41695-z
.. [2] Fruchterman, Reingold (1991), Graph drawing by force-directed placement.
"""

import random
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import igraph

SEED = 20260101
MAX_POSITIONED = 5000
LAYOUT_ROUNDS = 300
ISLANDS_SPREAD = 0.5
EXACT_BETWEENNESS = 20_000_000
BETWEENNESS_CUTOFF = 3


def graph_of(nodes: pd.DataFrame, edges: pd.DataFrame) -> "igraph.Graph":
    """Return an igraph graph whose vertex i is row i of `nodes` (column ``id``), with edge ``weight``."""
    import igraph  # pages, which only read, do without

    place = pd.Index(nodes["id"])
    ends = np.column_stack([place.get_indexer(edges["source"]), place.get_indexer(edges["target"])])
    graph = igraph.Graph(n=len(nodes), edges=ends)
    graph.es["weight"] = edges["weight"].to_numpy(dtype=float)
    return graph


def add_measures(nodes: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    """Add degree, strength, PageRank, community, position and betweenness to nodes.

    Positions and betweenness are given to the `MAX_POSITIONED` most connected nodes (all, on a smaller network), and
    stay null for the others. Betweenness counts the shortest paths between those nodes, all of them where nodes ×
    edges is at most `EXACT_BETWEENNESS`, else those of at most `BETWEENNESS_CUTOFF` steps.
    """
    graph = graph_of(nodes, edges)
    nodes = nodes.assign(
        degree=graph.degree(),
        strength=graph.strength(weights="weight"),
        pagerank=pageranks(graph),
        community=communities(graph),
        x=np.nan,
        y=np.nan,
        betweenness=np.nan,
    )
    order = nodes.assign(row=np.arange(len(nodes))).sort_values(
        ["strength", "size", "id"], ascending=[False, False, True]
    )
    shown = np.sort(order["row"].head(MAX_POSITIONED).to_numpy())
    part = graph.induced_subgraph(shown) if len(shown) < len(nodes) else graph
    nodes.iloc[shown, nodes.columns.get_indexer(["x", "y"])] = positions(part)
    exact = part.vcount() * part.ecount() <= EXACT_BETWEENNESS
    between = part.betweenness(directed=False, cutoff=None if exact else BETWEENNESS_CUTOFF)
    nodes.iloc[shown, nodes.columns.get_loc("betweenness")] = between
    return nodes


def communities(graph: "igraph.Graph") -> np.ndarray:
    """Return each vertex's community, 0 for the largest; equal sizes follow their first vertex."""
    if not graph.vcount():
        return np.empty(0, dtype=int)
    with _Seeded():
        found = graph.community_leiden(objective_function="modularity", weights="weight", n_iterations=5)
    membership = np.asarray(found.membership)
    sizes = np.bincount(membership)
    first = np.full(len(sizes), len(membership))
    np.minimum.at(first, membership, np.arange(len(membership)))
    rank = np.empty(len(sizes), dtype=int)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return rank[membership]


def pageranks(graph: "igraph.Graph") -> list[float]:
    """Return each vertex's PageRank; ARPACK's, since PRPACK's last digits change from one process to the next."""
    if not graph.vcount():
        return []
    with _Seeded():
        return list(graph.pagerank(weights="weight", implementation="arpack"))


def positions(graph: "igraph.Graph") -> np.ndarray:
    """Return one position a vertex, shape (n, 2), in a square from -1 to 1."""
    count = graph.vcount()
    if not count:
        return np.empty((0, 2))
    with _Seeded():
        layout = graph.layout_fruchterman_reingold(niter=LAYOUT_ROUNDS, weights=_attraction(graph))
    places = np.asarray(layout.coords, dtype=float).reshape(count, 2)
    places = _gathered(places - np.median(places, axis=0), np.asarray(graph.connected_components().membership))
    return np.round(places / (np.abs(places).max() or 1.0), 6)


def _gathered(places: np.ndarray, islands: np.ndarray) -> np.ndarray:
    """Bring islands nearer, each as it is: none is much farther than four vertices out of five."""
    sizes = np.bincount(islands)
    centres = np.column_stack([np.bincount(islands, places[:, axis]) / sizes for axis in (0, 1)])
    far = np.hypot(*centres.T)[:, None]
    near = np.quantile(np.hypot(*places.T), 0.8)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(far > near, centres * (near / far) * (1 + ISLANDS_SPREAD * (1 - near / far)), centres)
    return np.asarray(places + (moved - centres)[islands])


def _attraction(graph: "igraph.Graph") -> list[float]:
    """Damp weights, so that one pair with a hundred works in common doesn't crush the picture."""
    return list(np.sqrt(graph.es["weight"]))


class _Seeded:
    """Give igraph a seeded generator for the time of a block."""

    def __enter__(self) -> None:
        import igraph

        igraph.set_random_number_generator(random.Random(SEED))  # noqa: S311 - a drawing, not a secret

    def __exit__(self, *_: object) -> None:
        import igraph

        igraph.set_random_number_generator(random)
