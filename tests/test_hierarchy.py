"""Parts and wholes: two readings of each count, strict and with parts, in neither of which a work counts twice."""

from pathlib import Path

import pandas as pd
import pytest
from small_atlas import small_atlas

from carto_lib.atlas import describe_databases
from carto_lib.networks import build_database_couse_network
from carto_lib.pages.selection import Facts, Selection
from carto_lib.pages.state import State
from carto_lib.registry import load_registry
from carto_lib.tables import Atlas


@pytest.fixture
def atlas(tmp_path: Path) -> Atlas:
    return small_atlas(tmp_path)


def related(atlas: Atlas, *databases: str) -> set[str]:
    uses = atlas.uses
    return set(uses.loc[uses["database"].isin(databases) & (uses["label"] != "none"), "work_id"])


def test_a_selection_reads_a_database_alone_or_with_its_parts(atlas: Atlas) -> None:
    alone, whole = atlas.select(databases=["snds"]), atlas.select(databases=["snds"], parts=True)
    assert set(alone.works["work_id"]) == related(atlas, "snds")
    assert set(whole.works["work_id"]) == related(atlas, "snds", "pmsi")
    assert whole.works["work_id"].is_unique
    assert set(alone.uses["database"]) == {"snds"} and set(whole.uses["database"]) == {"snds", "pmsi"}
    assert set(atlas.select(databases=["pmsi"], parts=True).uses["database"]) == {"pmsi"}


def test_parts_of_parts_are_found_and_a_circle_ends(tmp_path: Path) -> None:
    atlas = Atlas(tmp_path)
    parents = {"snds": None, "sniiram": "snds", "dcir": "sniiram", "elfe": None, "a": "b", "b": "a"}
    rows = [{"database": name, "part_of": part_of} for name, part_of in parents.items()]
    atlas.write("databases", rows)
    assert set(atlas.with_parts(["snds"])) == {"snds", "sniiram", "dcir"}
    assert atlas.with_parts(["elfe"]) == ("elfe",)
    assert set(atlas.with_parts(["a"])) == {"a", "b"}


def test_a_whole_absent_from_the_atlas_breaks_no_link() -> None:
    uses = pd.DataFrame({"work_id": ["doi:1", "doi:2"], "database": ["dcir", "snds"], "label": "uses",
                         "decision": "accepted"})  # fmt: skip
    registry = load_registry()
    assert registry["dcir"].part_of != "snds", "the registry puts another database between them"
    table = describe_databases(uses, registry).set_index("database")
    assert table.loc["dcir", "part_of"] == "snds"


def test_a_network_says_which_links_join_a_whole_and_its_part(atlas: Atlas) -> None:
    network = build_database_couse_network(atlas)
    kin = network.edges[(network.edges["source"] == "pmsi") & (network.edges["target"] == "snds")]
    assert network.counts["links_of_parts"] == len(kin) == 1
    assert any("une de ses parties" in note for note in network.notes("fr"))


def test_the_pages_filter_offers_both_readings(atlas: Atlas) -> None:
    facts = Facts(atlas)
    strict = Selection(facts, State.from_query("databases=snds"))
    whole = Selection(facts, State.from_query("databases=snds&parts=1"))
    assert strict.work_ids == related(atlas, "snds")
    assert whole.work_ids == related(atlas, "snds", "pmsi")
    counts = {facet.value: facet.works for facet in whole.facets("databases")}
    assert counts["snds"] == len(whole.work_ids), "the count beside the filter is what it keeps"
    assert set(whole.atlas.uses["database"]) == {"snds", "pmsi"}


def test_the_reading_is_in_the_address() -> None:
    state = State.from_query("databases=snds&parts=1")
    assert state.parts and not state.ignored
    assert state.query_string() == "databases=snds&parts=1"
    state.clear()
    assert state.query_string() == ""
