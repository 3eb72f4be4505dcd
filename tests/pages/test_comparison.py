"""The comparison page without a browser: databases in the address, one scale, what each corpus is worth."""

import json
from pathlib import Path

import pytest
from small_atlas import small_atlas

from carto_lib.figures import small_multiples
from carto_lib.indicators import compute_indicators
from carto_lib.pages import ComparisonPage
from carto_lib.pages.comparison import MOST, SLOTS
from carto_lib.pages.state import State
from carto_lib.tables import Atlas


@pytest.fixture
def data(tmp_path: Path) -> Path:
    atlas = small_atlas(tmp_path)
    atlas.write("indicators", compute_indicators(atlas))
    return tmp_path


def page(data: Path, query: str) -> ComparisonPage:
    shown = ComparisonPage(data)
    shown._become(State.from_query(query))
    shown.refresh()
    return shown


def test_the_address_says_which_databases_and_which_indicator(data: Path) -> None:
    shown = page(data, "databases=pmsi,snds,absente&focus=related_works&lang=en")
    assert shown.failure is None
    assert shown.compared == ["pmsi", "snds"]
    assert "absente" in shown.fragments["chooser"].html
    assert [bool(shown.charts[slot].head) for slot in SLOTS] == [True, True] + [False] * (MOST - 2)
    shown._compare([*shown.compared, "elfe"])
    assert shown.state.query_string() == "lang=en&databases=pmsi%2Csnds%2Celfe&focus=related_works"


def test_a_database_and_its_parts_stand_on_two_lines(data: Path) -> None:
    shown = page(data, "databases=snds")
    table = shown.atlas.indicators
    rows = table[(table["database"] == "snds") & (table["year"] == "all")].set_index("name")["value"]
    assert rows["works_with_parts"] > rows["works"]
    html = shown.fragments["side_by_side"].html
    assert html.count("<tr>") > 10
    assert f'<td class="number">{int(rows["works_with_parts"])}<br>' in html


def test_charts_share_their_scale(data: Path) -> None:
    charts = small_multiples(Atlas(data / "atlas"), "related_works", ["snds", "pmsi", "elfe"], current_year=2100)
    drawn = [chart.figure["layout"] for chart in charts if chart.figure["data"]]
    assert len(drawn) >= 2
    assert len({json.dumps([layout["xaxis"]["range"], layout["yaxis"]["range"]]) for layout in drawn}) == 1
    top = max(max(chart.figure["data"][1]["y"]) for chart in charts if chart.figure["data"])
    assert drawn[0]["yaxis"]["range"][1] >= top


def test_what_was_measured_of_each_corpus_is_shown_with_its_interval(data: Path) -> None:
    share = {"k": 40, "n": 41, "value": 40 / 41, "low": 0.874, "high": 0.996}
    few = {"k": 2, "n": 3, "value": None, "low": None, "high": None}
    quality = {
        "screening": {"validation": {"n": 44, "on_database": {"precision": share, "sensitivity": few}}},
        "recall": {"value": None, "reason": "not_harvested"},
    }
    (data / "corpora" / "snds").mkdir(parents=True)
    (data / "corpora" / "snds" / "quality.json").write_text(json.dumps(quality), encoding="utf-8")
    html = page(data, "databases=snds,pmsi&lang=en").fragments["caution"].html
    assert "97.6 % (87.4 % – 99.6 %)" in html
    assert "2 / 3" in html
    assert html.count("not measured") == 2, "the recall of one, everything of the other"


def test_without_indicators_the_page_says_how_to_make_them(tmp_path: Path) -> None:
    small_atlas(tmp_path)
    shown = ComparisonPage(tmp_path)
    assert shown.failure is None
    assert "carto atlas" in shown.fragments["side_by_side"].html
