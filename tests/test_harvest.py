"""The harvest: what it writes, and what it keeps when a source or a file fails."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import stamina
from server import FakeApis

from carto_lib.errors import FileFormatError, SourceError, TableError
from carto_lib.harvest import JOURNAL, failures, harvest, read_journal
from carto_lib.query import parse_query
from carto_lib.query.versions import current_query
from carto_lib.registry import load_registry
from carto_lib.tables import Corpus
from carto_lib.transport import Session

SNDS = load_registry()["snds"]
SHORT = parse_query('short: "SNDS"', "snds", 1)


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("carto_lib.transport.Session._wait_turn", lambda *_: None)
    with stamina.set_testing(True, attempts=2, cap=True):
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


def test_each_record_stands_once_with_its_origin(serve: Callable[..., FakeApis], tmp_path: Path) -> None:
    apis = serve()
    corpus = Corpus.of(tmp_path, "snds")
    hauls = harvest(SNDS, corpus, session=Session(tmp_path / "answers"))
    records = corpus.records
    served = {source: len(works) for source, works in apis.works.items()}
    assert records.groupby("source").size().to_dict() == served
    assert {haul.source: haul.records for haul in hauls} == served
    assert failures(hauls) == []
    assert set(records["retrieved_at"]) == {"2026-11-22"}
    assert records["answer_id"].str.fullmatch("[0-9a-f]{16}").all()
    version = current_query(SNDS).version
    assert set(records["query_id"]) == {f"snds.v{version}.{source}.text" for source in served}
    assert records["abstract"].str.contains("SNDS").sum() >= 30
    assert read_journal(corpus) == hauls
    assert not records.map(lambda value: "@" in str(value)).any().any()


def test_the_channel_that_brought_a_record_is_kept(serve: Callable[..., FakeApis], tmp_path: Path) -> None:
    apis = serve()
    apis.works["europepmc"] = [work for work in apis.works["europepmc"] if work.number % 10 == 0]
    original = apis._europepmc
    empty = {"resultList": {"result": []}}
    apis._europepmc = lambda params, problem: original(params, problem) if "METHODS" in params["query"] else empty  # type: ignore[method-assign]
    corpus = Corpus.of(tmp_path, "snds")
    harvest(SNDS, corpus, session=Session(tmp_path / "answers"), sources=["europepmc"], query=SHORT)
    assert set(corpus.records["query_id"]) == {"snds.v1.europepmc.methods"}


@pytest.mark.parametrize("fault", ["budget!", "unavailable!", "refused!", "html!"])
def test_a_failing_source_loses_nothing_of_the_others(
    fault: str, serve: Callable[..., FakeApis], tmp_path: Path
) -> None:
    apis = serve(faults={"openalex": {2: fault}})
    corpus = Corpus.of(tmp_path, "snds")
    hauls = harvest(SNDS, corpus, session=Session(tmp_path / "answers"), query=SHORT)
    sizes = corpus.records.groupby("source").size().to_dict()
    assert sizes == {"pubmed": 450, "europepmc": 250, "openalex": 100, "hal": 250}
    assert [haul.status for haul in hauls] == ["complete", "complete", "partial", "complete"]
    (said,) = failures(hauls)
    assert "openalex" in said
    assert "n = 100" in said
    assert "\n" not in said
    journal = json.loads((corpus.path / JOURNAL).read_text())
    assert journal["hauls"][2]["error"]
    calm = serve()
    hauls = harvest(SNDS, corpus, session=Session(tmp_path / "answers"), query=SHORT)
    assert failures(hauls) == []
    assert len(corpus.records) == sum(map(len, apis.works.values()))
    assert calm.counts == {"openalex": 3}


def test_a_page_of_another_shape_does_not_cost_those_that_follow(
    serve: Callable[..., FakeApis], tmp_path: Path
) -> None:
    apis = serve()
    original = apis._openalex

    def broken(params: dict[str, str], problem: str | None) -> dict:
        page = original(params, problem)
        return page | {"results": [{"id": 3}]} if params["cursor"] == "AoE100" else page

    apis._openalex = broken  # type: ignore[method-assign]
    corpus = Corpus.of(tmp_path, "snds")
    (haul,) = harvest(SNDS, corpus, session=Session(tmp_path / "answers"), sources=["openalex"], query=SHORT)
    assert (haul.status, haul.pages, haul.records) == ("partial", 3, len(apis.works["openalex"]) - 100)
    assert "page 2" in failures([haul])[0]


@pytest.mark.parametrize("fault", ["budget!", "unavailable!"])
def test_a_source_that_fails_when_asked_again_keeps_its_former_records(
    fault: str, serve: Callable[..., FakeApis], tmp_path: Path
) -> None:
    serve()
    corpus = Corpus.of(tmp_path, "snds")
    stale = Session(tmp_path / "answers", max_age=timedelta(seconds=-1))
    harvest(SNDS, corpus, session=stale, query=SHORT)
    before = corpus.file("records").read_bytes()
    apis = serve(faults={"hal": {1: fault}})
    hauls = harvest(SNDS, corpus, session=Session(tmp_path / "answers", attempts=2), query=SHORT)
    assert corpus.file("records").read_bytes() == before
    assert [haul.status for haul in hauls] == ["complete", "complete", "complete", "stale"]
    assert "hal: stale, records kept: n = 250" in failures(hauls)[0]
    assert apis.counts["hal"] <= 2  # it isn't asked again for each page


def test_when_all_fail_the_former_table_stays(serve: Callable[..., FakeApis], tmp_path: Path) -> None:
    serve(records=3)
    corpus = Corpus.of(tmp_path, "snds")
    harvest(SNDS, corpus, session=Session(tmp_path / "first"), query=SHORT)
    before = corpus.file("records").read_bytes()
    serve(faults={source: {1: "unavailable!"} for source in ("pubmed", "europepmc", "openalex", "hal")})
    with pytest.raises(
        SourceError, match=r"rien n'a été moissonné pour snds : pubmed .* ; europepmc .* ; openalex .* ; hal "
    ):
        harvest(SNDS, corpus, session=Session(tmp_path / "second"), query=SHORT)
    assert corpus.file("records").read_bytes() == before


def test_a_disk_that_is_full_stops_the_harvest_and_keeps_the_former_table(
    serve: Callable[..., FakeApis], tmp_path: Path
) -> None:
    serve(records=3)
    corpus = Corpus.of(tmp_path, "snds")
    harvest(SNDS, corpus, session=Session(tmp_path / "answers"), query=SHORT)
    before = corpus.file("records").read_bytes()
    serve()
    session = Session(tmp_path / "answers2")
    with session._answers._cache.responses.connection() as store:
        store.execute("pragma max_page_count = 8")
    with pytest.raises(TableError, match="no space left") as caught:
        harvest(SNDS, corpus, session=session, query=SHORT)
    assert "\n" not in str(caught.value)
    assert corpus.file("records").read_bytes() == before


def test_an_unknown_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no source 'pubmde': choose among pubmed, europepmc, openalex, hal"):
        harvest(SNDS, Corpus.of(tmp_path, "snds"), sources=["pubmde"])
    with pytest.raises(SourceError, match="needs a session"):
        harvest(SNDS, Corpus.of(tmp_path, "snds"))


def write_lines(path: Path, *records: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_files_are_imported_for_the_databases_they_list(tmp_path: Path) -> None:
    file = write_lines(
        tmp_path / "works.jsonl",
        {"title": "One", "year": 2020, "doi": "10.1234/one", "databases": ["snds", "rein"]},
        {"title": "Two", "year": 2021, "doi": "10.1234/two", "databases": ["rein"]},
        {"title": "Three", "year": 2022, "doi": "10.1234/three"},
    )
    corpus = Corpus.of(tmp_path, "snds")
    (haul,) = harvest(SNDS, corpus, sources=[], files=[file])
    assert list(corpus.records["title"]) == ["One", "Three"]
    assert haul.source == "file:works.jsonl"
    assert haul.records == 2


def test_an_unreadable_file_names_its_line_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "works.jsonl"
    file.write_text('{"title": "One", "doi": "10.1234/one"}\n{"title": \n')
    corpus = Corpus.of(tmp_path, "snds")
    with pytest.raises(FileFormatError, match=r"works\.jsonl: line 2"):
        harvest(SNDS, corpus, sources=[], files=[file])
    assert not corpus.has("records")


def test_no_record_at_all_is_an_empty_table(serve: Callable[..., FakeApis], tmp_path: Path) -> None:
    serve(records=0)
    corpus = Corpus.of(tmp_path, "snds")
    hauls = harvest(SNDS, corpus, session=Session(tmp_path / "answers"), query=SHORT)
    assert len(corpus.records) == 0
    assert failures(hauls) == []
