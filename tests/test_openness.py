"""Where sources differ on access and citations, one rule chooses, everywhere."""

from pathlib import Path

import pandas as pd
import pytest
from small_atlas import small_atlas

from carto_lib import figures
from carto_lib.coverage import coverage
from carto_lib.indicators.facts import work_facts
from carto_lib.openness import chosen_access
from carto_lib.pages.selection import Facts
from carto_lib.pages.works import work_rows
from carto_lib.search import build_index, search
from carto_lib.tables import Atlas, as_table

ROWS = [("crossref", None, 12), ("openalex", "closed", 7), ("unpaywall", "green", None)]


def test_the_most_open_colour_and_the_largest_count_are_chosen():
    rows = [{"work_id": "a", "source": source, "oa_colour": colour, "cited_by_count": count, "fwci": None}
            for source, colour, count in ROWS]  # fmt: skip
    rows += [{"work_id": "b", "source": "openalex", "cited_by_count": 0}, {"work_id": "c", "source": "x", "fwci": 1.5}]
    chosen = chosen_access(as_table(rows, "access"))
    assert chosen.loc["a", ["oa_colour", "cited_by_count"]].tolist() == ["green", 12]
    assert pd.isna(chosen.loc["b", "oa_colour"]) and chosen.loc["b", "cited_by_count"] == 0
    assert pd.isna(chosen.loc["c", "cited_by_count"]) and chosen.loc["c", "fwci"] == 1.5
    assert chosen_access(as_table([], "access")).empty


@pytest.fixture
def atlas(tmp_path: Path) -> Atlas:
    """Return an atlas in which every work is told closed by one source, green by another, and cited 12 or 7 times."""
    atlas = small_atlas(tmp_path)
    atlas.write("access", [
        {"work_id": work, "source": source, "oa_colour": colour, "cited_by_count": count}
        for work in atlas.works["work_id"] for source, colour, count in ROWS
    ])  # fmt: skip
    return Atlas(atlas.path)


def test_every_output_shows_the_same_choice(atlas: Atlas):
    works = list(atlas.works["work_id"])
    facts = work_facts(atlas)
    assert (facts["oa_green"] == 1).all() and (facts["open_access"] == 1).all()
    assert (facts["citations"] == 12).all()
    assert set(Facts(atlas).columns["access"]) == {"green"}
    assert {row.access for row in work_rows(atlas, works, {})} == {"green"}
    drawn = figures.open_access(atlas, "en").table.iloc[:, :2]
    assert drawn.to_numpy().tolist() == [["green (open archive)", len(works)]]
    build_index(atlas)
    counts = {value.value: value.count for value in search(atlas, "").facets["open_access"]}
    assert counts["green"] == counts["open"] == len(works)


def test_the_coverage_says_how_many_differ_and_what_is_shown(atlas: Atlas):
    told = coverage(atlas, "en").set_index("field")
    n = len(atlas.works)
    assert told.loc["Open access colour", "conflicts"] == n
    assert "the most open colour is shown and counted" in told.loc["Open access colour", "settled"]
    assert told.loc["Citations received", "conflicts"] == n
    assert "the largest count is shown and counted" in told.loc["Citations received", "settled"]
