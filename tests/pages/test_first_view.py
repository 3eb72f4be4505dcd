"""The view that a page makes ready before its visitor comes, and the figures written in its HTML."""

import json
from pathlib import Path

import pytest
from pages_atlas import make_atlas

from carto_lib.pages import OverviewPage, page
from carto_lib.pages.render import json_text
from carto_lib.pages.serving import needed_extensions


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    make_atlas(folder / "atlas")
    return folder


def test_a_figure_in_a_script_element_cannot_end_it() -> None:
    figure = json.dumps({"text": "</script><script>&<!--"})
    assert not {"<", ">", "&"} & set(json_text(figure))
    assert json.loads(json_text(figure)) == json.loads(figure)


def test_the_html_holds_the_figures_that_the_widgets_hold(data: Path) -> None:
    overview = OverviewPage(data)
    assert overview.charts["years"].figure
    assert str(json_text(overview.charts["years"].figure)) in overview.layout()


@pytest.mark.parametrize(("query", "kept"), [("", True), ("databases=snds", False), ("colour=red", False)])
def test_the_first_view_is_kept_for_the_visitor_who_asks_for_it(
    data: Path, monkeypatch: pytest.MonkeyPatch, query: str, kept: bool
) -> None:
    monkeypatch.delenv("QUERY_STRING", raising=False)
    overview = OverviewPage(data)
    chart = overview.charts["years"]
    monkeypatch.setattr(page, "visitor_query", lambda: query)
    overview.open()
    assert (overview.charts["years"] is chart) == kept
    assert overview.state.query_string() == (query if query.startswith("databases") else "")


def test_only_the_network_page_loads_the_network_s_scripts() -> None:
    extensions = [{"name": "anywidget"}, {"name": "ipysigma"}]
    for notebook, names in (("carte.ipynb", ["anywidget"]), ("reseaux.ipynb", ["anywidget", "ipysigma"])):
        config = needed_extensions({"federated_extensions": extensions}, notebook_path=notebook, log=None)
        assert [one["name"] for one in config["federated_extensions"]] == names
