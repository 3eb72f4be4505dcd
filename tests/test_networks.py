"""Networks counted by hand, their determinism, and what they refuse to say."""

import json
import subprocess
import sys

import pytest
from small_atlas import small_atlas

from carto_lib import networks
from carto_lib.networks import NETWORKS, NetworkError


@pytest.fixture
def atlas(tmp_path):
    return small_atlas(tmp_path)


def edges_of(network):
    return {(a, b): w for a, b, w in network.edges[["source", "target", "weight"]].itertuples(index=False)}


def test_coauthorship_links_people_of_the_same_work(atlas):
    network = networks.build_coauthorship_network(atlas)
    assert edges_of(network) == {
        ("name:a", "name:b"): 2.0,
        ("name:a", "name:c"): 1.0,
        ("name:b", "name:c"): 1.0,
        ("name:c", "name:d"): 1.0,
    }
    first = network.edges.iloc[0]
    assert json.loads(first["works"]) == ["doi:10.1/1", "doi:10.1/2"]
    assert (first["first_year"], first["last_year"]) == (2020, 2021)
    nodes = network.nodes.set_index("id")
    assert nodes["size"].to_dict() == {"name:a": 2, "name:b": 2, "name:c": 2, "name:d": 1, "name:e": 1}
    assert nodes.loc["name:c", "degree"] == 3
    assert json.loads(nodes.loc["name:a", "databases"]) == ["pmsi", "snds"]
    assert nodes.loc["name:c", "betweenness"] == 2
    assert nodes["x"].notna().all()


def test_fractional_strength_is_the_number_of_shared_works(atlas):
    nodes = networks.build_coauthorship_network(atlas, fractional=True).nodes.set_index("id")
    assert nodes["strength"].round(9).to_dict() == {"name:a": 2, "name:b": 2, "name:c": 2, "name:d": 1, "name:e": 0}


def test_a_network_counted_again_fractionally_is_the_fractional_build(atlas):
    whole = networks.build_coauthorship_network(atlas)
    again, built = edges_of(whole.fractional()), edges_of(networks.build_coauthorship_network(atlas, fractional=True))
    assert again == pytest.approx(built)
    assert again != edges_of(whole)


def test_works_over_the_cap_make_no_link_and_are_counted(atlas):
    network = networks.build_coauthorship_network(atlas, max_authors=2)
    assert ("name:a", "name:c") not in edges_of(network)
    assert network.counts["works_over_cap"] == 1
    assert len(network.nodes) == 5


def test_min_works_keeps_people_with_enough_works(atlas):
    network = networks.build_coauthorship_network(atlas, min_works=2)
    assert list(network.nodes["id"]) == ["name:a", "name:b", "name:c"]


def test_incomplete_author_lists_are_said(atlas):
    notes = networks.build_coauthorship_network(atlas).notes("fr")
    assert any("1 publications ont une liste d'auteurs incomplète" in note for note in notes)


def test_affiliations_of_the_whole_work_link_structures_never_people(atlas):
    network = networks.build_coinstitution_network(atlas)
    assert edges_of(network) == {("ror:1", "ror:2"): 1.0, ("ror:1", "ror:3"): 1.0}


def test_database_co_use_counts_accepted_uses_only(atlas):
    assert edges_of(networks.build_database_couse_network(atlas)) == {("pmsi", "snds"): 1.0}


def test_bipartite_network_links_structures_to_databases_only(atlas):
    ends = edges_of(networks.build_structure_database_network(atlas))
    assert ends[("database:snds", "ror:1")] == 2.0
    assert all(a.startswith("database:") and b.startswith("ror:") for a, b in ends)


def test_coupling_needs_two_shared_references(atlas):
    atlas.write(
        "references",
        [{"work_id": w, "cited_id": c} for w in ("doi:10.1/1", "doi:10.1/2") for c in ("pmid:1", "pmid:2")]
        + [{"work_id": "doi:10.1/3", "cited_id": "pmid:1"}],
    )
    network = networks.build_coupling_network(atlas)
    assert edges_of(network) == {("doi:10.1/1", "doi:10.1/2"): 2.0}
    assert network.nodes.set_index("id").loc["doi:10.1/1", "first_year"] == 2020


def test_keywords_of_the_same_work_are_linked(atlas):
    rows = [(w, t) for w in ("doi:10.1/1", "doi:10.1/2") for t in ("D1", "D2")] + [("doi:10.1/3", "D3")]
    atlas.write("topics", [{"work_id": w, "scheme": "mesh", "term_id": t, "label_en": t} for w, t in rows])
    assert edges_of(networks.build_keyword_network(atlas)) == {("mesh:D1", "mesh:D2"): 2.0}


def test_people_between_follows_the_shortest_chain_whatever_the_order_of_names(atlas):
    network = networks.build_coauthorship_network(atlas)
    chain = network.people_between("weill alain", "Marcel Goldberg")
    assert list(chain["id"]) == ["name:a", "name:c", "name:d"]
    assert list(chain["works"]) == [[], ["doi:10.1/2"], ["doi:10.1/3"]]


def test_unknown_and_unreachable_names_are_explained(atlas):
    network = networks.build_coauthorship_network(atlas)
    with pytest.raises(NetworkError, match="near: Alain Weill"):
        network.people_between("Alain Weil", "Zins Marie")
    with pytest.raises(NetworkError, match="no chain"):
        network.people_between("Alain Weill", "Solo Person")
    with pytest.raises(NetworkError, match="no work in common"):
        network.works_of("Alain Weill", "Marcel Goldberg")


def test_works_and_neighbours_of_a_node(atlas):
    network = networks.build_coauthorship_network(atlas)
    assert network.works_of("Solo Person") == ["title:0000000000000004"]
    assert list(network.neighbours("Alain Weill")["id"]) == ["name:b", "name:c"]


def test_periods_count_nodes_links_and_works_of_five_years(atlas):
    works = atlas.works.copy()
    works.loc[works["work_id"] == "doi:10.1/1", "year"] = 2012
    atlas.write("works", works)
    networks.write_networks(atlas)
    table = networks.read_periods(atlas, "coauthorship")
    whole = table[table["community"] == networks.WHOLE].set_index("period")
    assert whole.loc[2010, ["nodes", "new_nodes", "edges", "works"]].tolist() == [2, 2, 1, 1]
    assert whole.loc[2020, ["nodes", "new_nodes", "edges", "works"]].tolist() == [4, 2, 4, 2]
    parts = table[table["community"] != networks.WHOLE].groupby("period")["nodes"].sum()
    assert parts.to_dict() == whole["nodes"].to_dict()  # the work of unknown year is in no period


def test_the_network_of_a_period_counts_its_works_only(atlas):
    works = atlas.works.copy()
    works.loc[works["work_id"] == "doi:10.1/1", "year"] = 2012
    atlas.write("works", works)
    network = networks.build_coauthorship_network(atlas)
    years = works.set_index("work_id")["year"].dropna()
    early, late = (networks.in_period(network, period, years) for period in (2010, 2020))
    assert edges_of(early) == {("name:a", "name:b"): 1.0}
    assert edges_of(late)[("name:a", "name:b")] == 1.0
    assert late.works_of("name:a", "name:b") == ["doi:10.1/2"]
    assert late.works_of("name:a") == ["doi:10.1/2"]
    assert late.nodes.set_index("id")["size"].to_dict() == {"name:a": 1, "name:b": 1, "name:c": 2, "name:d": 1}
    assert networks.in_period(network, 1990, years).nodes.empty


def test_coupled_works_are_linked_from_the_later_one_on(atlas):
    rows = [(w, c) for w in ("doi:10.1/1", "doi:10.1/3") for c in ("pmid:1", "pmid:2")]
    atlas.write("references", [{"work_id": w, "cited_id": c} for w, c in rows])
    works = atlas.works.copy()
    works.loc[works["work_id"] == "doi:10.1/1", "year"] = 2012
    atlas.write("works", works)
    networks.write_networks(atlas)
    table = networks.read_periods(atlas, "coupling")
    whole = table[table["community"] == networks.WHOLE].set_index("period")
    assert whole["edges"].to_dict() == {2010: 0, 2020: 1}
    assert whole["nodes"].to_dict() == {2010: 1, 2020: 1}


def test_a_picture_keeps_what_is_linked_and_the_works_behind_a_link_are_counted(atlas):
    network = networks.build_coauthorship_network(atlas)
    assert set(network.readable(3).nodes["id"]) == {"name:a", "name:b", "name:c"}
    assert set(network.readable(99).nodes["id"]) == {"name:a", "name:b", "name:c", "name:d"}  # e works alone
    assert networks.shared_works(network.edges).tolist() == [2, 1, 1, 1]
    assert networks.shared_works(network.fractional().edges).tolist() == [2, 1, 1, 1]


def test_islands_are_drawn_near_the_rest_and_keep_their_shape():
    import numpy as np

    from carto_lib.networks.measure import _gathered

    main = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]] * 4)
    places = np.vstack([main, [[50.0, 50.0], [51.0, 50.0]]])
    moved = _gathered(places, np.array([0] * len(main) + [1, 1]))
    assert np.hypot(*moved[-1]) < 3
    assert moved[-1] - moved[-2] == pytest.approx([1.0, 0.0])
    assert moved[:-2] == pytest.approx(places[:-2])


def test_written_networks_are_the_same_bytes_and_read_back(atlas):
    networks.write_networks(atlas)
    files = {path.name: path.read_bytes() for path in (atlas.path / "networks").iterdir()}
    networks.write_networks(atlas)
    assert files == {path.name: path.read_bytes() for path in (atlas.path / "networks").iterdir()}
    assert {name.split(".")[0] for name in files} == set(NETWORKS)
    network = networks.read_network(atlas, "coauthorship")
    assert network.works_of("name:e") == ["title:0000000000000004"]
    assert network.counts["works_incomplete"] == 1
    with pytest.raises(NetworkError, match="the networks are coauthorship"):
        networks.read_network(atlas, "friends")


def test_collapsing_counts_each_work_once(atlas):
    network = networks.build_coauthorship_network(atlas)
    small = networks.collapse(network)
    largest = network.nodes[network.nodes["community"] == 0]["id"]
    works = {work for name in largest for work in network.works_of(name)}
    assert small.nodes.set_index("id").loc["community:0", "size"] == len(works)
    assert len(small.nodes) == network.nodes["community"].nunique()
    inside = networks.members(network, 0)
    assert set(inside.nodes["id"]) == set(largest)


def test_an_atlas_without_any_author_gives_an_empty_network(atlas):
    network = networks.build_coauthorship_network(atlas.select(years=(1900, 1901)))
    assert network.nodes.empty
    assert network.edges.empty


MEASURES = """
import hashlib, random
import pandas as pd
from carto_lib.networks.measure import add_measures
draw = random.Random(7)
names = [f"a{number:04}" for number in range(800)]
pairs = sorted({tuple(sorted(draw.sample(names, 2))) for _ in range(2400)})
edges = pd.DataFrame(pairs, columns=["source", "target"]).assign(weight=[draw.randint(1, 9) for _ in pairs])
table = add_measures(pd.DataFrame({"id": names, "size": 1}), edges)
print(hashlib.sha256(table.to_csv(index=False).encode()).hexdigest())
"""


def test_another_process_measures_the_same_to_the_last_digit():
    """A solver whose last digits follow the place of its arrays in memory made two builds differ by a byte."""
    commands = [subprocess.run([sys.executable, "-c", MEASURES], capture_output=True, check=True) for _ in range(6)]
    assert len({command.stdout for command in commands}) == 1
