"""The annotation page in a browser: keys, buttons, undo; its labels outlive the tab, and two tabs lose none."""

import re
from pathlib import Path

import pytest

from carto_lib.journal import journal_file, read_journal, standing_labels

from .conftest import serve
from .test_pages import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def empty_journal(data: Path) -> None:
    journal_file(data).unlink(missing_ok=True)


@pytest.fixture
def visitor(chromium, site: str):
    tab = Visitor(chromium, site)
    yield tab
    tab.page.close()
    assert tab.unexpected() == []
    assert tab.elsewhere() == []


def labels(data: Path) -> list[tuple[str, str, str]]:
    entries = standing_labels(read_journal(journal_file(data)))
    return [(one["annotator"], one["work_id"], one["label"]) for one in entries]


def waits(page, read: int) -> None:
    """Wait until so many are read and the kernel has answered: the count is drawn last."""
    seen = f"document.querySelector('progress')?.value === {read}"
    answered = "!document.documentElement.classList.contains('carto-busy')"
    page.wait_for_function(f"{seen} && {answered}", polling=100)  # a tab in the background draws no frame


def test_a_person_labels_with_keys_then_undoes_and_comes_back(visitor: Visitor, data: Path) -> None:
    page = visitor.open("/annotation")
    page.get_by_label("Votre nom").fill("Ann")
    page.keyboard.press("u")  # typed in the field: no label
    page.keyboard.press("Enter")
    page.wait_for_selector("#label-describes:not(:disabled)")
    waits(page, 0)
    page.locator("h1").click()
    assert page.locator("[data-slot=record] mark").inner_text() == "SNDS"
    assert page.evaluate("window.hostile === undefined")
    page.keyboard.press("d")
    waits(page, 1)
    page.get_by_role("button", name="Faux ami").click()
    waits(page, 2)
    assert labels(data) == [("Annu", "doi:10.1234/0", "describes"), ("Annu", "doi:10.1234/2", "false_friend")]
    page.keyboard.press("z")
    waits(page, 1)
    assert labels(data) == [("Annu", "doi:10.1234/0", "describes")]
    page.reload(wait_until="commit")  # another kernel
    page.wait_for_selector("header[data-drawn]", state="attached")
    waits(page, 1)


def test_two_tabs_at_once_lose_no_label(chromium, site: str, data: Path) -> None:
    tabs = [Visitor(chromium, site), Visitor(chromium, site)]
    pages = [tab.open(f"/annotation?annotator={name}") for tab, name in zip(tabs, ("Ann", "Luc"), strict=True)]
    for read in (1, 2, 3):
        for page in pages:
            page.keyboard.press("m")
        for page in pages:
            waits(page, read)
    assert sorted(name for name, *_ in labels(data)) == ["Ann"] * 3 + ["Luc"] * 3
    for tab in tabs:
        tab.page.close()
        assert tab.unexpected() == []


def test_a_key_pressed_before_the_page_is_live_is_kept(visitor: Visitor, data: Path) -> None:
    page = visitor.page
    page.goto(f"{visitor.site}/annotation?annotator=Ann", wait_until="commit")
    page.wait_for_selector("#label-mentions:not(:disabled)")
    page.keyboard.press("m")
    assert page.locator("[data-slot=choices]").get_attribute("data-drawn") is None  # nothing listens yet
    waits(page, 1)
    assert labels(data) == [("Ann", "doi:10.1234/0", "mentions")]


def test_keys_can_be_turned_off(visitor: Visitor, data: Path) -> None:
    page = visitor.open("/annotation?annotator=Ann")
    box = page.get_by_label(re.compile("Raccourcis"))
    box.uncheck()
    page.keyboard.press("u")
    box.check()
    page.locator("h1").click()
    page.keyboard.press("m")
    waits(page, 1)
    assert labels(data) == [("Ann", "doi:10.1234/0", "mentions")]


def test_a_missing_publication_is_reported_from_the_landing_page(visitor: Visitor, data: Path) -> None:
    page = visitor.open("/?lang=en")
    page.get_by_text("Report a missing publication").click()
    page.get_by_label("Missing publication").fill("10.1000/<b>missing</b>")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-slot=report] [role=status]:has-text('saved')")
    [entry] = read_journal(journal_file(data))
    assert (entry["kind"], entry["text"], entry["page"]) == ("missing", "10.1000/<b>missing</b>", "carte")


def test_a_folder_without_queue_says_how_to_make_one(chromium, tmp_path: Path) -> None:
    from pages_atlas import make_atlas

    make_atlas(tmp_path / "atlas", works=6)
    for site in serve(tmp_path, warm=False):
        tab = Visitor(chromium, site)
        tab.page.goto(f"{site}/annotation")
        tab.page.wait_for_selector(".page-error")
        assert "carto demo" in tab.page.locator(".page-error").inner_text()
        tab.page.close()
