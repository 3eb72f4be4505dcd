"""Charts: valid for plotly, honest about n, silent on markup from outside, light to import."""

import json
import subprocess
import sys

import pytest
from small_atlas import small_atlas

from carto_lib import figures
from carto_lib.figures.chart import number
from carto_lib.indicators import compute_indicators
from carto_lib.tables import Atlas
from carto_lib.themes import write_themes

CHARTS = [
    figures.uses_per_year,
    figures.regions_map,
    figures.cities_map,
    figures.top_institutions,
    figures.top_authors,
    figures.topics_bars,
    figures.types,
    figures.languages,
    figures.databases_bars,
    figures.open_access,
    figures.countries,
    figures.sectors,
    figures.themes_map,
    figures.topic_bursts,
    figures.new_authors,
    figures.data_delay,
]


@pytest.fixture(scope="module")
def atlas(tmp_path_factory):
    made = small_atlas(tmp_path_factory.mktemp("figures"))
    works = made.works.assign(title=[f"Stroke in France, {year}" for year in (2018, 2019, 2019, 2020, 2021)])
    made.write("works", works)
    write_themes(made)
    return Atlas(made.path)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.__name__)
def test_plotly_accepts_every_chart_and_empty_ones_say_so(atlas, chart, language):
    for view in (atlas, atlas.select(databases=["pmsi"]), atlas.select(years=(1900, 1901))):
        drawn = chart(view, language)
        json.dumps(drawn.figure, allow_nan=False)
        assert drawn.plotly.layout.title.text == drawn.title
        assert drawn.n
        assert drawn.sentence
    assert drawn.table.empty
    assert drawn.figure["data"] == []


def test_bars_of_a_year_add_up_to_its_works(atlas):
    chart = figures.uses_per_year(atlas, "fr", current_year=2021)
    totals = {}
    for trace in chart.figure["data"]:
        for year, works in zip(trace["x"], trace["y"], strict=True):
            totals[year] = totals.get(year, 0) + works
    assert totals == {2019: 1, 2020: 1, 2021: 2}
    assert "n = 5 publications" in chart.n
    assert "dont 1 sans année" in chart.n
    assert chart.table.iloc[-1].iloc[:2].tolist() == ["inconnue", 1]
    for trace in chart.figure["data"]:
        assert trace["marker"]["pattern"]["shape"][trace["x"].index(2021)] == "/"


def test_a_database_keeps_its_colour_whatever_the_filter(atlas):
    def colour(view):
        (trace,) = [t for t in figures.uses_per_year(view, "fr").figure["data"] if t["name"] == "SNDS"]
        return trace["marker"]["color"]

    assert colour(atlas) == colour(atlas.select(databases=["snds"]))
    assert len(set(figures.database_styles(atlas).values())) == 3


def test_regions_count_works_once_and_show_all_eighteen(atlas):
    chart = figures.regions_map(atlas, "fr")
    assert len(chart.table) == 18
    assert chart.table.iloc[0].tolist() == ["Île-de-France", 2]
    assert "n = 2 publications situées, sur 5" in chart.n


def test_rankings_have_intervals(atlas):
    chart = figures.top_institutions(atlas, "en")
    assert chart.table["Institution"].tolist()[0] == "Inserm"
    error = chart.figure["data"][0]["error_x"]
    assert len(error["array"]) == len(chart.table)


def test_beside_someone_the_others_are_ranked(atlas):
    person = figures.top_authors(atlas.keep(["doi:10.1/2"]), "fr", beside="name:a")
    assert person.title == "Co-auteurs"
    assert sorted(person.table["Personne"]) == ["Mahmoud Zureik", "Zins Marie"]
    assert figures.databases_bars(atlas, "en", beside="snds").title == "Databases used with this one"


def test_names_from_outside_are_drawn_as_text(tmp_path):
    atlas = small_atlas(tmp_path)
    institutions = atlas.institutions.copy()
    institutions.loc[institutions["institution_id"] == "ror:1", "name"] = "<a href='javascript:x'>Evil</a>"
    atlas.write("institutions", institutions)
    drawn = json.dumps(figures.top_institutions(Atlas(atlas.path), "fr").figure)
    assert "<a href" not in drawn


def test_numbers_are_written_as_the_reader_writes_them():
    assert number(12345.6, "fr", 1) == "12\u202f345,6"
    assert number(12345.6, "en", 1) == "12,345.6"


def test_figures_load_neither_plotly_nor_scikit_learn_nor_the_pipeline():
    heavy = ("plotly", "sklearn", "igraph", "scipy", "carto_lib.harvest", "carto_lib.screening", "carto_lib.enrich")
    code = f"import sys, carto_lib.figures; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_indicator_is_drawn_with_its_interval_and_small_numbers_hollow(tmp_path):
    atlas = small_atlas(tmp_path)
    atlas.write("indicators", compute_indicators(atlas))
    chart = figures.indicator_series(atlas, "in_french", language="fr", current_year=2030)
    assert chart.plotly.layout.yaxis.tickformat == ".0%"
    assert chart.table.iloc[:, 0].tolist() == [2020, 2021]
    assert set(chart.figure["data"][1]["marker"]["color"]) == {"#ffffff"}
    assert "100,0 % en 2020, 50,0 % en 2021" in chart.sentence
    assert figures.indicator_series(atlas, "open_access", language="en").table.empty
