"""What pages show, without a browser."""

import subprocess
import sys
from pathlib import Path

import pytest
from pages_atlas import HOSTILE, make_atlas

from carto_lib.pages import DatabasePage, OverviewPage
from carto_lib.pages.render import Renderer, address, highlight
from carto_lib.pages.selection import Facts, Selection
from carto_lib.pages.state import State
from carto_lib.pages.works import work_rows
from carto_lib.registry import read_database
from carto_lib.settings import REGISTRY_DIR
from carto_lib.tables import Atlas

PIPELINE = ("carto_lib.harvest", "carto_lib.screening", "carto_lib.enrich")
FORBIDDEN = ("sklearn", "scipy", "plotly.graph_objs", "pandera", *PIPELINE)
PAGES = (
    *("OverviewPage", "SearchPage", "NetworksPage", "DatabasePage", "TopicsPage", "QualityPage", "AboutPage"),
    "ComparisonPage",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    make_atlas(folder / "atlas")
    return folder


def select(data: Path, query: str) -> Selection:
    return Selection(Facts(Atlas(data / "atlas")), State.from_query(query))


def test_filters_count_each_other(data: Path) -> None:
    selection = select(data, "databases=snds&types=review")
    assert len(selection) == 2
    assert {facet.value: facet.works for facet in selection.facets("databases")} == {"snds": 2, "pmsi": 2, "e3n": 2}
    assert {facet.value: facet.works for facet in selection.facets("types")} == {"article": 8, "review": 2}
    assert len(selection.atlas.works) == 2


def test_unknown_years_are_counted_until_years_are_asked(data: Path) -> None:
    assert select(data, "").unknown_years == 1
    assert select(data, "years=2010-2100").unknown_years == 0
    assert len(select(data, "years=2000-2100")) == 29


def test_a_region_keeps_the_works_of_its_institutions(data: Path) -> None:
    assert len(select(data, "regions=Bretagne")) == 15
    assert len(select(data, "regions=Nowhere")) == 0


def test_a_passage_is_escaped_and_its_name_marked() -> None:
    assert highlight("<b>the SNDS & co", ["snds"]) == "&lt;b&gt;the <mark>SNDS</mark> &amp; co"
    assert highlight("ﬁ İSNDS", ["SNDS"]) == "ﬁ İSNDS"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", None, "//evil", " ftp://x"])
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert address(url) == ""


def test_a_hostile_title_is_shown_as_text(data: Path) -> None:
    atlas = Atlas(data / "atlas")
    rows = work_rows(atlas, ["doi:10.1234/0"], {})
    html = Renderer("fr").html("table", rows=rows, total=1, offset=0, size=25, sorts=("recent",), sort="recent")
    assert rows[0].title == HOSTILE
    assert "<script>" not in html
    assert "<img" not in html
    assert "{{7*7}}" in html


def test_a_link_that_nobody_judged_is_not_shown_as_no_link(tmp_path: Path) -> None:
    make_atlas(tmp_path, works=6)
    uses = Atlas(tmp_path).uses.copy()
    uses.loc[uses["work_id"] == "doi:10.1234/0", ["label", "reason"]] = ["none", "unlabelled"]
    Atlas(tmp_path).write("uses", uses)
    rows = work_rows(Atlas(tmp_path), ["doi:10.1234/0"], {})
    assert {use.label for use in rows[0].uses} == {"unlabelled"}
    html = Renderer("fr").html("table", rows=rows, total=1, offset=0, size=25, sorts=("recent",), sort="recent")
    assert "à vérifier" in html
    assert "sans lien établi" not in html


def test_numbers_and_plurals_follow_the_language() -> None:
    assert Renderer("fr").count("works", 1) == "n = 1 publication"
    assert Renderer("fr").count("works", 12345) == "n = 12\u202f345 publications"
    assert Renderer("en").count("works", 12345) == "n = 12,345 publications"


def test_a_profile_says_what_authors_are_asked_and_what_is_deduced(data: Path, tmp_path: Path) -> None:
    content = (REGISTRY_DIR / "snds.yml").read_text(encoding="utf-8")
    kept = [line for line in content.splitlines() if line.split(":")[0] not in ("links", "unsourced", "hosted_by_hdh")]
    kept += ["links: {authors: 'https://example.org/authors'}", "unsourced: [hosted_by_hdh]"]
    kept += ["hosted_by_hdh: {since: 2022-05-12, act: An act}"]
    (tmp_path / "snds.yml").write_text("\n".join(kept), encoding="utf-8")
    told = dict(DatabasePage(data)._registered(read_database(tmp_path / "snds.yml")))
    assert told["authors"] == "https://example.org/authors"
    assert told["hosted"].endswith("An act [sans source]")


def test_a_page_without_its_tables_is_kept_for_its_visitor(tmp_path: Path) -> None:
    page = OverviewPage(tmp_path)
    assert "works" in str(page.failure)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_neither_the_pipeline_nor_heavy_libraries(data: Path, name: str) -> None:
    code = (
        "import sys; from carto_lib import pages\n"
        f"page = getattr(pages, {name!r})({str(data)!r}); assert page.failure is None, page.failure\n"
        "page.open()\n"
        f"found = [name for name in {FORBIDDEN!r} if name in sys.modules]; assert not found, found"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
