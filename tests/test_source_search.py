"""The four searches against a local server that pages, throttles and fails like the real ones."""

import itertools
import json
import logging
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
import stamina
from lxml import etree
from server import FakeApis

from carto_lib.errors import QuotaSpent, SourceError
from carto_lib.query import CHANNELS
from carto_lib.transport import Answer, Session

QUERIES = {
    "pubmed": '("SNDS"[tiab])',
    "europepmc": '(TITLE_ABS:"SNDS")',
    "openalex": "search.title_and_abstract.exact=%28%22SNDS%22%29",
    "hal": '(title_t:("SNDS"))',
}


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("carto_lib.transport.Session._wait_turn", lambda *_: None)
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FakeApis]]:
    running: list[FakeApis] = []

    def start(**options: object) -> FakeApis:
        running.append(FakeApis(**options).__enter__())  # type: ignore[arg-type]
        for name, value in running[-1].environment.items():
            monkeypatch.setenv(name, value)
        return running[-1]

    yield start
    for apis in running:
        apis.__exit__()


def search(source: str, session: Session, query: str | None = None, **years: int) -> list[Answer]:
    module = import_module(f"carto_lib.sources.{source}.search")
    return list(module.search(query or QUERIES[source], session, query_id="x", **years))


def identifiers(source: str, answer: Answer) -> list[str]:
    if source == "pubmed":
        return [str(pmid.text) for pmid in etree.fromstring(answer.body).iterfind("*/MedlineCitation/PMID")]
    page = json.loads(answer.body)
    if source == "europepmc":
        return [result["id"] for result in page["resultList"]["result"]]
    return (
        [doc["halId_s"] for doc in page["response"]["docs"]] if source == "hal" else [w["id"] for w in page["results"]]
    )


@pytest.mark.parametrize("source", CHANNELS)
def test_every_record_comes_once_over_several_pages(
    source: str, serve: Callable[..., FakeApis], tmp_path: Path
) -> None:
    apis = serve()
    found = [identifiers(source, answer) for answer in search(source, Session(tmp_path))]
    assert len(found) >= 3
    everything = list(itertools.chain(*found))
    assert len(everything) == len(set(everything)) == len(apis.works[source]) >= 200


@pytest.mark.parametrize("source", CHANNELS)
def test_the_date_is_the_answers_own(source: str, serve: Callable[..., FakeApis], tmp_path: Path) -> None:
    serve(records=5)
    assert {answer.retrieved_at for answer in search(source, Session(tmp_path))} == {"2026-11-22"}


def test_pubmed_too_busy_within_http_200_is_asked_again(serve: Callable[..., FakeApis], tmp_path: Path) -> None:
    apis = serve(faults={"pubmed": {1: "busy", 3: "busy"}})
    found = [pmid for answer in search("pubmed", Session(tmp_path)) for pmid in identifiers("pubmed", answer)]
    assert len(found) == len(apis.works["pubmed"])


@pytest.mark.parametrize("source", CHANNELS)
@pytest.mark.parametrize("fault", ["throttled", "unavailable", "html", "truncated", "empty", "cut"])
def test_a_passing_failure_on_any_page_changes_nothing(
    source: str, fault: str, serve: Callable[..., FakeApis], tmp_path: Path
) -> None:
    serve()
    expected = search(source, Session(tmp_path / "calm"))
    serve(faults={source: {1: fault, 3: fault, 6: fault}})
    assert [a.body for a in search(source, Session(tmp_path / "troubled"))] == [a.body for a in expected]


@pytest.mark.parametrize("source", CHANNELS)
@pytest.mark.parametrize("fault", ["unavailable!", "html!", "truncated!", "empty!", "refused!", "budget!"])
def test_a_lasting_failure_keeps_the_pages_before_it(
    source: str, fault: str, serve: Callable[..., FakeApis], tmp_path: Path
) -> None:
    serve(faults={source: {3: fault}})
    module = import_module(f"carto_lib.sources.{source}.search")
    pages = module.search(QUERIES[source], Session(tmp_path, attempts=4), query_id="x")
    got = [next(pages)]
    with pytest.raises(QuotaSpent if fault == "budget!" else SourceError, match=source) as caught:
        got += pages
    assert "\n" not in str(caught.value)
    apis = serve()
    again = search(source, Session(tmp_path))
    assert again[0].answer_id == got[0].answer_id
    calm = serve()
    search(source, Session(tmp_path / "calm"))
    assert len(apis.requests(source)) == len(calm.requests(source)) - 2  # the two good answers are not asked again


@pytest.mark.parametrize("source", CHANNELS)
def test_a_malformed_query_is_refused_in_the_sources_own_words(
    source: str, serve: Callable[..., FakeApis], tmp_path: Path
) -> None:
    apis = serve()
    bad = QUERIES[source].replace('"', "", 1).replace("%22", "", 1)
    with pytest.raises(SourceError, match=f"{source} .*Unbalanced quotes"):
        search(source, Session(tmp_path), bad)
    assert len(apis.requests(source)) == 1


@pytest.mark.parametrize("source", CHANNELS)
def test_nothing_found_is_no_error(source: str, serve: Callable[..., FakeApis], tmp_path: Path) -> None:
    serve(records=0)
    assert search(source, Session(tmp_path)) == []


def test_years_bound_each_search(serve: Callable[..., FakeApis], tmp_path: Path) -> None:
    apis = serve(records=1)
    for source in CHANNELS:
        search(source, Session(tmp_path), since=2015, until=2020)
    asked = {source: apis.requests(source)[0] for source in CHANNELS}
    assert asked["pubmed"]["term"] == '(("SNDS"[tiab])) AND (2015:2020[dp])'
    assert asked["europepmc"]["query"] == '((TITLE_ABS:"SNDS")) AND (PUB_YEAR:[2015 TO 2020])'
    assert asked["openalex"]["filter"] == "publication_year:2015-2020"
    assert asked["hal"]["fq"] == "producedDateY_i:[2015 TO 2020]"


def test_more_than_pubmed_gives_is_asked_by_slices_of_entry_date(
    serve: Callable[..., FakeApis], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apis = serve(pubmed_most=60)
    monkeypatch.setattr(import_module("carto_lib.sources.pubmed.search"), "MOST_IDS", 60)
    found = [pmid for answer in search("pubmed", Session(tmp_path)) for pmid in identifiers("pubmed", answer)]
    assert len(found) == len(set(found)) == len(apis.works["pubmed"])
    slices = [params for params in apis.requests("pubmed") if "mindate" in params]
    assert all(params["datetype"] == "edat" for params in slices)
    assert slices[0]["maxdate"] == "2026/11/23"


def test_a_day_too_full_to_slice_is_an_error(
    serve: Callable[..., FakeApis], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(pubmed_most=1)
    monkeypatch.setattr(import_module("carto_lib.sources.pubmed.search"), "MOST_IDS", 1)
    with pytest.raises(SourceError, match=r"pubmed has \d+ records for one day \(20\d\d-\d\d-\d\d\)"):
        search("pubmed", Session(tmp_path))


def test_records_gone_from_pubmed_are_named(
    serve: Callable[..., FakeApis], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    apis = serve(records=10)
    apis.deleted = {"90000003"}
    answer = search("pubmed", Session(tmp_path))[0]
    assert len(identifiers("pubmed", answer)) == 9
    assert "1 of 10 records asked are gone from PubMed: 90000003" in caplog.text


def test_phrases_that_pubmed_does_not_index_are_named(
    serve: Callable[..., FakeApis], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    apis = serve(records=1)
    apis.unknown_phrases = ['"base principale du SNDS"[tiab]']
    with caplog.at_level(logging.WARNING):
        search("pubmed", Session(tmp_path))
    assert 'pubmed doesn\'t index 1 phrases of the query: "base principale du SNDS"[tiab]' in caplog.text


def test_pubmed_records_are_asked_by_two_hundreds_in_a_form(serve: Callable[..., FakeApis], tmp_path: Path) -> None:
    apis = serve()
    search("pubmed", Session(tmp_path))
    sizes = [len(params["id"].split(",")) for params in apis.requests("pubmed") if "id" in params]
    assert sizes == [200, 200, 50]


def test_a_long_query_to_europe_pmc_goes_in_a_form(serve: Callable[..., FakeApis], tmp_path: Path) -> None:
    apis = serve(records=1)
    search("europepmc", Session(tmp_path))
    search("europepmc", Session(tmp_path), " OR ".join(f'TITLE_ABS:"long name number {n}"' for n in range(60)))
    paths = [path for _, path, *_ in apis.log]
    assert paths == ["search", "search", "searchPOST", "searchPOST"]


def test_hal_gives_only_the_fields_that_are_asked(serve: Callable[..., FakeApis], tmp_path: Path) -> None:
    apis = serve(records=1)
    docs = json.loads(search("hal", Session(tmp_path))[0].body)["response"]["docs"]
    assert docs == [apis.works["hal"][0].hal()]
