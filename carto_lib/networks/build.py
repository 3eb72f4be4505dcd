"""Build networks from an atlas, keep them, read them again."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

import pandas as pd

from carto_lib.networks.count import count_edges, count_nodes
from carto_lib.networks.incidence import (
    INCIDENCES,
    MAX_AUTHORS,
    Incidence,
    databases,
    keywords,
    people,
    references,
    structures,
    structures_and_databases,
)
from carto_lib.networks.labels import label_communities
from carto_lib.networks.measure import add_measures
from carto_lib.networks.model import Network, NetworkError
from carto_lib.networks.periods import count_periods
from carto_lib.tables import Atlas, as_table, empty_table, read_table, to_json, write_atomically, write_table

COLLAPSE_BEYOND = 5000


def build_coauthorship_network(
    atlas: Atlas, min_works: int = 1, fractional: bool = False, max_authors: int = MAX_AUTHORS
) -> Network:
    """Link people who signed a work together.

    Parameters
    ----------
    atlas : Atlas
        The atlas, or a view of it.
    min_works : int
        Keep people with at least this number of works.
    fractional : bool
        Count 1 / (n - 1) for each pair of a work of n people, instead of 1.
    max_authors : int
        Works with more people give no link (they still count in sizes; `Network.notes` says how many).

    Returns
    -------
    Network
        One node per person, one edge per pair. Works whose author list is incomplete still link the people that are
        known; the notes say how many.
    """
    return _build("coauthorship", people(atlas), atlas, min_works, fractional, max_authors)


def build_coinstitution_network(atlas: Atlas, min_works: int = 1, fractional: bool = False) -> Network:
    """Link structures named in the same work: those of its authors, and those printed for the whole work."""
    return _build("coinstitution", structures(atlas), atlas, min_works, fractional)


def build_database_couse_network(atlas: Atlas, min_works: int = 1) -> Network:
    """Link databases used by the same work.

    A work that names a database and a part of it links them as any two: the notes say how many links are of that kind.
    """
    network = _build("database_couse", databases(atlas), atlas, min_works)
    kin = {frozenset((whole, part)) for whole in network.nodes["id"] for part in atlas.with_parts([whole])}
    ends = zip(network.edges["source"], network.edges["target"], strict=True)
    network.counts["links_of_parts"] = sum(frozenset(pair) in kin for pair in ends)
    return network


def build_keyword_network(atlas: Atlas, min_works: int = 2) -> Network:
    """Link terms (MeSH headings and keywords) of the same work; the 500 most frequent terms."""
    return _build("keywords", keywords(atlas), atlas, min_works)


def build_coupling_network(atlas: Atlas, min_shared: int = 2) -> Network:
    """Link works that cite the same works: bibliographic coupling (Kessler 1963).

    An edge's ``works`` are the references in common, ``weight`` their number, at least `min_shared`.
    """
    network = _build("coupling", references(atlas), atlas, 1, max_nodes=10**9, min_weight=min_shared)
    years = atlas.works.set_index("work_id")["year"]
    own = network.nodes["id"].map(years).astype("Int64")
    return Network("coupling", network.nodes.assign(first_year=own, last_year=own), network.edges, network.counts)


def build_structure_database_network(atlas: Atlas, min_works: int = 1) -> Network:
    """Link each structure to the databases that its works use (bipartite; database ids begin with ``database:``)."""
    left, right = structures_and_databases(atlas)
    return _assemble("structure_database", left.kept(min_works), right, atlas)


def _build(
    name: str,
    incidence: Incidence,
    atlas: Atlas,
    min_works: int,
    fractional: bool = False,
    max_nodes: int = MAX_AUTHORS,
    min_weight: int = 1,
) -> Network:
    kept = incidence.kept(min_works)
    return _assemble(name, kept, kept, atlas, fractional, max_nodes, min_weight)


def _assemble(
    name: str,
    left: Incidence,
    right: Incidence,
    atlas: Atlas,
    fractional: bool = False,
    max_nodes: int = MAX_AUTHORS,
    min_weight: int = 1,
) -> Network:
    edges, left_out = count_edges(left, right, atlas, fractional=fractional, max_nodes=max_nodes, min_weight=min_weight)
    sides = [left] if right is left else [left, right]
    rows = pd.concat([side.rows for side in sides], ignore_index=True)
    nodes = pd.concat([count_nodes(side, atlas) for side in sides]).sort_values("id", ignore_index=True)
    nodes = add_measures(nodes, edges)
    members = rows.merge(nodes[["id", "community"]], on="id")[["work_id", "community"]]
    nodes["community_label"] = nodes["community"].map(label_communities(_of_ours(members, rows, name, nodes), atlas))
    counts = {**left.counts, "works_over_cap": left_out, "nodes_without_position": int(nodes["x"].isna().sum())}
    return Network(name, as_table(nodes, "nodes"), as_table(edges, "edges"), counts, lambda: rows)


def _of_ours(members: pd.DataFrame, rows: pd.DataFrame, name: str, nodes: pd.DataFrame) -> pd.DataFrame:
    """Return the works of each community; in a coupling network the nodes themselves are the works."""
    return nodes.rename(columns={"id": "work_id"})[["work_id", "community"]] if name == "coupling" else members


NETWORKS: dict[str, Callable[[Atlas], Network]] = {
    "coauthorship": build_coauthorship_network,
    "coinstitution": build_coinstitution_network,
    "database_couse": build_database_couse_network,
    "keywords": build_keyword_network,
    "coupling": build_coupling_network,
    "structure_database": build_structure_database_network,
}


def write_networks(atlas: Atlas) -> None:
    """Compute every network of an atlas and write its nodes, edges, periods and counts, atomically."""
    years = atlas.works.set_index("work_id")["year"].dropna()
    for name, build in NETWORKS.items():
        network = build(atlas)
        write_table(network.edges, atlas.network_file(name, "edges"), "edges")
        write_table(network.nodes, atlas.network_file(name, "nodes"), "nodes")
        write_table(count_periods(network, years), atlas.network_file(name, "periods"), "periods")
        write_atomically(_counts_file(atlas, name), partial(_write_counts, network))


def read_network(atlas: Atlas, name: str) -> Network:
    """Read a network computed beforehand.

    Raises
    ------
    NetworkError
        If no network has that name.
    TableError
        If it hasn't been written.
    """
    if name not in NETWORKS:
        raise NetworkError(f"unknown network {name!r}: the networks are {', '.join(NETWORKS)}")
    nodes = read_table(atlas.network_file(name, "nodes"), "nodes")
    edges = read_table(atlas.network_file(name, "edges"), "edges")
    file = _counts_file(atlas, name)
    counts = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return Network(name, nodes, edges, counts, lambda: _rows(atlas, name))


def read_periods(atlas: Atlas, name: str) -> pd.DataFrame:
    """Read what a network held in each period (table ``periods``); empty where an older version wrote it."""
    file = atlas.network_file(name, "periods")
    return read_table(file, "periods") if file.is_file() else empty_table("periods")


def _rows(atlas: Atlas, name: str) -> pd.DataFrame:
    if name == "structure_database":
        return pd.concat([side.rows for side in structures_and_databases(atlas)], ignore_index=True)
    return INCIDENCES[name](atlas).rows


def _counts_file(atlas: Atlas, name: str) -> Path:
    return atlas.network_file(name, "counts").with_suffix(".json")


def _write_counts(network: Network, file: IO[bytes]) -> None:
    file.write(to_json(network.counts).encode())
