"""The ten commonest tasks of the Recherche page, done as a visitor does them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .test_pages import Visitor, settled

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
    settled(page)
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
    settled(page)
    assert found(page) == 10 < everything
    page.get_by_label("Tri").select_option("date")
    page.wait_for_function("location.search.includes('sort=date')")
    settled(page)
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


def test_a_mistake_is_pointed_at_and_the_reading_offered(visitor: Visitor) -> None:
    page = visitor.page
    ask(page, 'auter:Petit diabetes "')
    marked = page.locator("[data-slot=understood] .notice mark")
    assert marked.all_inner_texts() == ["auter:", '"']
    page.locator("#reading").click()
    page.wait_for_function("document.getElementById('query').value === 'auteur:Petit diabetes'")
    settled(page)
    assert page.locator("[data-slot=understood] .notice").count() == 0


def test_an_expansion_is_switched_off_and_on(visitor: Visitor) -> None:
    page = visitor.page
    assert ask(page, "diabète") == 30
    chip = page.locator("[data-slot=understood] button[aria-pressed]", has_text="diabète ×").first
    chip.click()
    page.wait_for_function("location.search.includes('without=lexicon')")
    off = page.locator("[data-slot=understood] button[aria-pressed=false]")
    off.wait_for()  # the stems of diabète and diabetes are alike: the count stays, see tests/search for the effect
    off.click()
    page.wait_for_function("!location.search.includes('without=')")
    off.wait_for(state="detached")
    assert found(page) == 30


def test_a_suggestion_becomes_a_filter(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_label("Chercher").press_sequentially("zo")
    page.wait_for_selector("#suggestion-1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('people=name')")
    settled(page)
    assert found(page) == 10
    assert page.get_by_role("checkbox", name=re.compile("^Zoé Petit")).is_checked()


def test_a_question_gives_people_with_their_publications(visitor: Visitor) -> None:
    page = visitor.page
    ask(page, "qui travaille avec le PMSI à Rennes ?")
    assert page.locator("#show-people").get_attribute("aria-pressed") == "true"
    assert page.locator(".owners h3").count() > 0
    assert page.locator(".owners details[open] li").count() > 0
    page.locator("#show-structures").click()
    page.wait_for_selector("text=Institut de Rennes")


def test_the_basket_lives_through_queries_and_is_taken_away(visitor: Visitor) -> None:
    page = visitor.page
    ask(page, "diabetes")
    for place in (0, 1):
        page.locator(".hits input[type=checkbox]").nth(place).check()
        page.wait_for_selector(f"#show-picked:has-text('({place + 1})')")
        settled(page)
    page.locator(".hits button[data-event=like]").first.click()
    page.wait_for_function("document.getElementById('query').value.startsWith('comme:')")
    settled(page)
    assert found(page) > 0
    with page.expect_download() as download:
        page.locator("#picked-atom").click()
    feed = Path(download.value.path()).read_text(encoding="utf-8")
    assert feed.count("<entry>") == 2
    page.locator("#show-picked").click()
    page.wait_for_function("document.querySelectorAll('.hits > li').length === 2")
    permalink = page.locator(".hits a", has_text="Lien permanent").first.get_attribute("href")
    settled(page)
    visitor.open(permalink.removeprefix("."))
    assert found(page) == 1
