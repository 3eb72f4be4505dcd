"""The ten commonest tasks of the Recherche page, done as a visitor does them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .test_pages import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def visitor(chromium, site: str) -> Iterator[Visitor]:
    tab = Visitor(chromium, site)
    tab.open("/recherche")
    yield tab
    tab.page.close()
    assert tab.unexpected() == []
    assert tab.elsewhere() == []


def ask(page, query: str) -> int:
    """Type a query and return how many publications the page says it found."""
    results = page.locator("[data-slot=results]")
    before = results.get_attribute("data-drawn")
    page.get_by_label("Chercher").fill(query)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => document.querySelector('[data-slot=results]').dataset.drawn !== before", arg=before
    )
    page.wait_for_function("!document.documentElement.classList.contains('carto-busy')")
    return found(page)


def found(page) -> int:
    return int(re.sub(r"\D", "", page.locator("[data-slot=results] [role=status]").inner_text()))


def titles(page) -> list[str]:
    return page.locator(".hits h3.title").all_inner_texts()


@pytest.mark.parametrize(
    ("query", "count", "first"),
    [
        ("treatment number 17", 29, "number 17"),
        ("diabète traitement", 30, "Diabetes"),
        ("diabetes SNDS", 30, "Diabetes"),
        ('auteur:"Zoé Petit"', 10, ""),
        ("base:pmsi", 10, ""),
        ('"treatment number 4"', 1, "number 4"),
        ("diabetes SAUF 17", 29, "Diabetes"),
        ("diabetse", 30, "Diabetes"),
    ],
    ids=["known item", "French", "English", "author", "database", "phrase", "exclusion", "typing error"],
)
def test_a_query_gives_the_right_publications_first(visitor: Visitor, query: str, count: int, first: str) -> None:
    page = visitor.page
    found_now = ask(page, query)
    assert first in titles(page)[0]
    assert found_now == count


def test_a_filter_and_a_sort_act_on_what_the_query_found(visitor: Visitor) -> None:
    page = visitor.page
    everything = ask(page, "diabetes")
    page.get_by_role("checkbox", name=re.compile("^PMSI")).check()
    page.wait_for_function("document.querySelectorAll('.hits > li').length === 10")
    assert found(page) == 10 < everything
    page.get_by_label("Tri").select_option("recent")
    page.wait_for_function("location.search.includes('sort=recent')")
    page.wait_for_function("!document.documentElement.classList.contains('carto-busy')")
    years = [int(year) for year in re.findall(r"\b20\d\d(?= · )", page.locator(".hits").inner_text())]
    assert years == sorted(years, reverse=True)


def test_the_address_gives_the_results_back_and_the_export_holds_them_all(visitor: Visitor, chromium) -> None:
    page = visitor.page
    total = ask(page, "diabetes")
    shown = titles(page)
    with page.expect_download() as download:
        page.locator("#all-ris").click()
    assert Path(download.value.path()).read_text(encoding="utf-8").count("ER  -") == total > len(shown)
    later = Visitor(chromium, visitor.site)
    page = later.open("/recherche" + page.evaluate("location.search"))
    assert titles(page) == shown
    assert page.get_by_label("Chercher").input_value() == "diabetes"
    page.close()
    assert later.unexpected() == []
