"""Each page opened as a visitor opens it, its controls used, and nothing wrong on the way."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages_atlas import make_atlas

from carto_lib.networks import read_network
from carto_lib.pages.picture import CAMERA
from carto_lib.tables import Atlas

from .conftest import serve

pytestmark = pytest.mark.browser

# Messages that don't come from Carto, each with why it is harmless.
EXPECTED_ERRORS = {
    "Cannot read properties of undefined (reading 'then')": "ipysigma's lab plugin expects JupyterLab's own settings",
}
PATIENCE = 120_000  # milliseconds: two busy cores may serve several kernels at once
SIGMA_PADDING = 30  # sigma's stagePadding, in pixels
DRAWN = "document.querySelectorAll('.chart[data-drawn]').length >= document.querySelectorAll('.chart').length"


class Visitor:
    """A browser tab that remembers what went wrong."""

    def __init__(self, browser, site: str, width: int = 1280) -> None:
        self.site = site
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page = browser.new_page(viewport={"width": width, "height": 900}, accept_downloads=True)
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("requestfailed", self._failed)
        self.page.on(
            "response", lambda answer: answer.status >= 400 and self.errors.append(f"{answer.status} {answer.url}")
        )
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _failed(self, request) -> None:
        if "/voila/api/shutdown/" not in request.url:  # sent by a tab that leaves: nobody waits for its answer
            self.errors.append(f"failed: {request.url}")

    def open(self, address: str):
        self.page.goto(self.site + address, wait_until="commit")
        self.page.wait_for_selector("header[data-drawn]", state="attached")
        return self.page

    def unexpected(self) -> list[str]:
        return [error for error in self.errors if not any(known in error for known in EXPECTED_ERRORS)]

    def elsewhere(self) -> list[str]:
        return [url for url in self.requests if not url.startswith((self.site, "blob:", "data:"))]


@pytest.fixture
def visitor(chromium, site: str) -> Iterator[Visitor]:
    tab = Visitor(chromium, site)
    yield tab
    tab.page.close()
    assert tab.unexpected() == []
    assert tab.elsewhere() == []


def settled(page) -> None:
    """Wait until the kernel has answered what was done last: every part is drawn by then."""
    page.wait_for_function("!document.documentElement.classList.contains('carto-busy')")


def works(page) -> int:
    text = page.locator("[data-slot=headline] dd").first.inner_text()
    return int(re.sub(r"\D", "", text))


def test_the_landing_page_shows_the_numbers_then_the_charts(visitor: Visitor) -> None:
    page = visitor.open("/")
    assert works(page) == 30
    page.wait_for_function(DRAWN)
    assert page.title() == "Carto · Vue d'ensemble"
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.locator("table.works tbody tr").count() == 25
    assert page.locator(".skeleton:visible").count() == 0


def test_titles_from_outside_are_text(visitor: Visitor) -> None:
    page = visitor.open("/?sort=title")
    page.wait_for_function(DRAWN)
    assert page.get_by_text('<img src=x onerror="window.hostile=1">').count() > 0
    assert page.evaluate("window.hostile === undefined")
    assert page.locator("table.works img, table.works b, table.works i").count() == 0


def test_a_filter_acts_on_every_panel_and_on_the_address(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.wait_for_function(DRAWN)
    page.get_by_role("checkbox", name=re.compile("^SNDS")).check()
    page.wait_for_function("document.querySelector('[data-slot=headline] dd').textContent.trim() === '10'")
    page.wait_for_function("document.querySelectorAll('table.works tbody tr').length === 10")
    settled(page)
    assert "10" in page.locator("[data-slot=years] .n").inner_text()
    assert "databases=snds" in page.evaluate("location.search")
    page.get_by_role("button", name="Effacer les filtres").first.click()
    page.wait_for_function("document.querySelector('[data-slot=headline] dd').textContent.trim() === '30'")


def test_a_click_on_a_bar_keeps_its_year(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.wait_for_function(DRAWN)
    page.locator("[data-slot=years]").scroll_into_view_if_needed()
    bar = page.locator("[data-slot=years] .point path").first.bounding_box()
    page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    page.wait_for_function("/years=\\d{4}-\\d{4}/.test(location.search)")
    page.wait_for_function("Number(document.querySelector('[data-slot=headline] dd').textContent) < 30")


def test_a_link_gives_the_view_back_in_english_and_dark(visitor: Visitor) -> None:
    page = visitor.open("/?lang=en&databases=pmsi&years=2012-2018&mode=dark")
    page.wait_for_function(DRAWN)
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("html").get_attribute("data-mode") == "dark"
    assert page.get_by_role("checkbox", name=re.compile("^PMSI")).is_checked()
    assert page.get_by_role("heading", name="Filters").is_visible()


def test_filters_that_leave_nothing_say_so_and_offer_a_way_out(visitor: Visitor) -> None:
    page = visitor.open("/?databases=e3n&years=1950-1951")
    alert = page.get_by_role("alert")
    assert "Aucune publication" in alert.inner_text()
    alert.get_by_role("button", name="Effacer les filtres").click()
    page.wait_for_function("document.querySelector('[data-slot=headline] dd').textContent.trim() === '30'")


def test_an_address_from_another_version_is_told(visitor: Visitor) -> None:
    page = visitor.open("/?base=snds&years=from2010")
    assert "base=snds" in page.locator("[data-slot=notice]").inner_text()
    assert works(page) == 30


def test_search_finds_and_exports(visitor: Visitor) -> None:
    page = visitor.open("/recherche")
    page.get_by_label("Chercher").fill("diabetes")
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('q=diabetes')")
    settled(page)
    assert page.locator(".hits > li").count() == 20
    assert page.locator(".hits mark").count() > 0
    page.locator(".hits input[type=checkbox]").first.check()
    page.wait_for_selector("#picked-bibtex")
    settled(page)
    with page.expect_download() as download:
        page.locator("#picked-bibtex").click()
    assert Path(download.value.path()).read_text(encoding="utf-8").count("@") >= 1
    assert re.fullmatch(r"carto-diabetes-\d{4}-\d\d-\d\d\.bib", download.value.suggested_filename)


def test_a_node_and_a_chain_open_their_publications(visitor: Visitor) -> None:
    page = visitor.open("/reseaux")
    page.wait_for_selector("[data-slot=network] canvas")
    page.get_by_label("Trouver").fill("Martin Anne")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-slot=panel] h2:has-text('Anne Martin')")
    assert page.locator("[data-slot=panel] .works li").count() == 10
    page.get_by_role("button", name="Chemin vers une autre personne").click()
    page.get_by_label("Chemin jusqu'à").fill("Omar Haddad")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-slot=panel] h2:has-text('Omar Haddad')")
    assert page.locator("[data-slot=panel] ol.chain > li").count() == 4


def place_in_drawing(page, nodes) -> dict[str, tuple[float, float]]:
    """Return where sigma draws each node, in pixels of the window: its matrixFromCamera, from the page's camera."""
    page.locator("[data-slot=network]").scroll_into_view_if_needed()
    box = page.locator("[data-slot=network] canvas").last.bounding_box()
    middle = {axis: (nodes[axis].max() + nodes[axis].min()) / 2 for axis in ("x", "y")}
    extent = {axis: nodes[axis].max() - nodes[axis].min() for axis in ("x", "y")}
    graph_ratio, stage_ratio = extent["y"] / extent["x"], box["height"] / box["width"]
    correction = min(max(graph_ratio, 1 / graph_ratio), max(stage_ratio, 1 / stage_ratio))
    if (stage_ratio < 1) != (graph_ratio < 1):
        correction = 1
    whole = correction * (min(box["width"], box["height"]) - 2 * SIGMA_PADDING) / CAMERA["ratio"]
    largest = max(extent.values())
    return {
        node: (
            box["x"] + box["width"] / 2 + ((x - middle["x"]) / largest + 0.5 - CAMERA["x"]) * whole,
            box["y"] + box["height"] / 2 - ((y - middle["y"]) / largest + 0.5 - CAMERA["y"]) * whole,
        )
        for node, x, y in zip(nodes["id"], nodes["x"], nodes["y"], strict=True)
    }


def click_in_drawing(page, x: float, y: float) -> None:
    """Click once sigma feels the mouse there: it doesn't before it has drawn."""
    deadline = time.monotonic() + PATIENCE / 1000
    while page.evaluate("document.querySelector('.ipysigma-container')?.style.cursor") != "pointer":
        assert time.monotonic() < deadline, "nothing to click at that place of the drawing"
        page.mouse.move(x - 3, y - 3)
        page.mouse.move(x, y)
        page.wait_for_timeout(100)
    page.mouse.click(x, y)


def open_network(visitor: Visitor):
    page = visitor.open("/reseaux")
    page.wait_for_selector("[data-slot=network] canvas")
    settled(page)
    return page


def test_a_click_on_a_node_opens_its_publications(visitor: Visitor, data: Path) -> None:
    page = open_network(visitor)
    nodes = read_network(Atlas(data / "atlas"), "coauthorship").nodes
    click_in_drawing(page, *place_in_drawing(page, nodes)[nodes["id"].iloc[0]])
    page.wait_for_function("location.search.includes('focus=')")
    page.wait_for_selector(f"[data-slot=panel] h2:has-text('{nodes['label'].iloc[0]}')")
    assert page.locator("[data-slot=panel] .works li").count() == 10


def test_a_click_on_a_link_opens_the_publications_in_common(visitor: Visitor, data: Path) -> None:
    page = open_network(visitor)
    network = read_network(Atlas(data / "atlas"), "coauthorship")
    places = place_in_drawing(page, network.nodes)
    edge = network.edges.iloc[0]
    (x1, y1), (x2, y2) = places[edge["source"]], places[edge["target"]]
    click_in_drawing(page, (x1 + x2) / 2, (y1 + y2) / 2)
    page.wait_for_function("location.search.includes('other=')")
    page.wait_for_selector("[data-slot=panel] ol.chain")
    shared = network.works_of(edge["source"], edge["target"])
    assert page.locator("[data-slot=panel] .works li").count() == min(5, len(shared))
    assert f"{len(shared)} publications communes" in page.locator("[data-slot=panel]").inner_text()


def test_thresholds_period_and_questions_act_on_the_drawing_and_the_address(visitor: Visitor) -> None:
    page = open_network(visitor)
    said = page.locator("[data-slot=under] .n")
    whole = said.inner_text()
    page.locator("#period").select_option("2020")
    page.wait_for_function("location.search.includes('period=2020')")
    page.wait_for_function("text => document.querySelector('[data-slot=under] .n').innerText !== text", arg=whole)
    page.locator("#weight").fill("2")
    page.wait_for_function("location.search.includes('weight=2')")
    page.get_by_role("button", name="Qui est au centre ?").click()
    page.wait_for_selector("#ask-central[aria-pressed=true]")
    settled(page)
    assert page.locator("[data-slot=panel] ol li").count() == 3  # people of 2020 and 2021
    page.get_by_role("button", name="Revenir à tous les groupes").click()
    page.wait_for_selector("#ask-central[aria-pressed=false]")
    settled(page)
    page.locator("#evolution summary").click()
    assert page.locator("#evolution thead th").count() == 4  # 2010, 2015, 2020 and the heading
    page.locator("ul.groups button").first.click()
    page.wait_for_function("location.search.includes('focus=community')")


@pytest.mark.parametrize(
    ("kind", "start"), [("gexf", b"<?xml"), ("svg", b"<svg"), ("png", b"\x89PNG"), ("vosviewer", b"{")]
)
def test_the_drawing_is_taken_away(visitor: Visitor, kind: str, start: bytes) -> None:
    page = open_network(visitor)
    with page.expect_download() as download:
        page.locator(f"#save-{kind}").click()
    assert Path(download.value.path()).read_bytes().startswith(start)


def test_without_webgl_a_still_picture_answers_to_clicks(chromium, site: str) -> None:
    tab = Visitor(chromium, site)
    tab.page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) "
        "{ return /webgl/.test(kind) ? null : get.call(this, kind, ...rest); };"
    )
    page = tab.open("/reseaux")
    page.locator(".still circle").first.click()
    page.wait_for_function("location.search.includes('focus=')")
    page.wait_for_selector("[data-slot=panel] .works li")
    page.close()


EVERY_PAGE = (
    *("/", "/recherche?q=diabetes", "/reseaux", "/base?focus=snds", "/structures?focus=Institut de Paris"),
    *("/chercheurs", "/themes", "/qualite", "/a_propos", "/annotation?annotator=Ann", "/comparaison"),
)


def serious(page) -> list[tuple[str, list[str]]]:
    from axe_playwright_python.sync_playwright import Axe

    return [
        (violation["id"], [node["html"][:160] for node in violation["nodes"]][:3])
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


def still(page) -> None:
    """Wait until the fonts are there and no colour is on its way to another."""
    moving = "document.getAnimations().some(one => one.playState === 'running')"
    page.wait_for_function(f"document.fonts.status === 'loaded' && !({moving})")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("address", EVERY_PAGE)
def test_every_page_is_accessible_in_both_languages_light_dark_and_at_every_width(
    visitor: Visitor, address: str, language: str
) -> None:
    page = visitor.open(f"{address}{'&' if '?' in address else '?'}lang={language}&mode=light")
    if page.locator(".chart").count():
        page.wait_for_function(DRAWN)
    still(page)
    assert page.locator("html").get_attribute("lang") == language
    assert re.fullmatch(r"Carto · .+", page.title())
    assert page.locator("h1").count() == 1
    assert serious(page) == []
    page.locator("[data-mode-toggle]").click()
    assert page.locator("html").get_attribute("data-mode") == "dark"
    still(page)
    assert serious(page) == []
    for width in (360, 1024, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        fits = "width => innerWidth === width && document.documentElement.scrollWidth <= width"
        page.wait_for_function(fits, arg=width)


def test_the_keyboard_goes_through_the_page_in_order_and_shows_where_it_is(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.wait_for_function(DRAWN)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    places = []
    for _ in range(40):
        page.keyboard.press("Tab")
        places.append(
            page.evaluate(
                "(() => { const on = document.activeElement, style = getComputedStyle(on); return {"
                "outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,"
                "slot: on.closest('[data-slot]')?.dataset.slot, index: on.tabIndex}; })()"
            )
        )
    assert all(place["outline"] for place in places)
    assert all(place["index"] == 0 for place in places)
    slots = [place["slot"] for place in places if place["slot"]]
    assert list(dict.fromkeys(slots))[:3] == ["header", "rail", "years"]


def test_every_chart_has_a_sentence_a_table_and_downloads(visitor: Visitor) -> None:
    page = visitor.open("/?lang=fr")
    page.wait_for_function(DRAWN)
    cards = page.locator(".card.chart:has(.saves)")
    assert cards.count() >= 6
    for place in range(cards.count()):
        card = cards.nth(place)
        assert card.locator(".sentence").inner_text().strip()
        assert card.locator("table tbody tr").count() > 0
    years = page.locator("[data-slot=years]")
    for kind, start in (("csv", "\ufeff".encode()), ("svg", b"<svg"), ("png", b"\x89PNG")):
        with page.expect_download() as download:
            years.locator(f"[data-save={kind}]").click()
        assert Path(download.value.path()).read_bytes().startswith(start)


def test_an_atlas_without_its_tables_says_which_and_how_to_make_them(chromium, tmp_path: Path) -> None:
    make_atlas(tmp_path / "atlas", works=6).file("uses").unlink()
    for site in serve(tmp_path, warm=False):
        tab = Visitor(chromium, site)
        tab.page.goto(site)
        tab.page.wait_for_selector(".page-error")
        text = tab.page.locator(".page-error").inner_text()
        assert "uses" in text
        assert "carto atlas" in text
        tab.page.close()


def test_a_widget_that_takes_more_than_two_seconds_to_start_is_not_given_up(visitor: Visitor) -> None:
    page = visitor.open("/a_propos")
    given_up = """([delay, later]) => new Promise((done) => {
      const signal = AbortSignal.timeout(delay);
      setTimeout(() => done(signal.aborted), later);
    })"""
    assert page.evaluate(given_up, [2000, 2500]) is False, "anywidget's patience"
    assert page.evaluate(given_up, [100, 500]) is True, "everybody else's"


def test_a_warm_kernel_obeys_the_address(chromium, data: Path) -> None:
    for site in serve(data, warm=True):
        tab = Visitor(chromium, site)
        page = tab.open("/?lang=en&databases=snds")
        assert works(page) == 10
        assert page.get_by_role("heading", name="Filters").is_visible()
        tab.page.close()
        assert tab.unexpected() == []
