"""What changed between two runs of a corpus."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from lxml import etree
from server import FakeApis
from server.works import Work

from carto_lib.dedupe import dedupe_corpus
from carto_lib.exports.watch import Changes, compare_works, works_before, write_changes
from carto_lib.harvest import harvest
from carto_lib.query import parse_query
from carto_lib.registry import load_registry
from carto_lib.tables import Corpus, as_table
from carto_lib.transport import Session

BEFORE = as_table(
    [
        {"work_id": "doi:a", "title": "A", "is_retracted": False},
        {"work_id": "doi:b", "title": "B", "year": 2020},
        {"work_id": "doi:d", "title": "D"},
        {"work_id": "doi:e", "title": "Same"},
    ],
    "works",
)
AFTER = as_table(
    [
        {"work_id": "doi:a", "title": "A", "is_retracted": True},
        {"work_id": "doi:b", "title": "B <i>2</i>", "year": 2021},
        {"work_id": "doi:c", "title": "C", "is_retracted": True},
        {"work_id": "doi:e", "title": "Same"},
    ],
    "works",
)


def test_new_changed_retracted_and_gone_works_are_told_apart():
    assert compare_works(BEFORE, AFTER) == Changes(
        new=["doi:c"],
        changed={"doi:a": ["is_retracted"], "doi:b": ["title", "year"]},
        retracted=["doi:a", "doi:c"],
        gone=["doi:d"],
    )
    assert compare_works(AFTER, AFTER) == Changes()


def test_a_run_lists_its_changes_and_feeds_them(tmp_path):
    corpus = Corpus(tmp_path / "snds")
    assert works_before(corpus).empty
    corpus.write("works", BEFORE)
    before = works_before(corpus)
    corpus.write("works", AFTER)
    corpus.write("records", [{"source": "hal", "source_id": "1", "retrieved_at": "2026-01-02"}])
    corpus.write("uses", [{"work_id": "doi:c", "database": "snds", "label": "uses", "decision": "accepted"}])
    corpus.write("authorships", [{"work_id": "doi:c", "position": 1, "name": "Marie Zins"}])
    write_changes(corpus, before, tmp_path / "runs")
    listed = json.loads((tmp_path / "runs" / "changes.json").read_text())
    assert listed["new"] == ["doi:c"]
    feed = etree.parse(str(tmp_path / "runs" / "changes.atom"))
    atom = {"a": "http://www.w3.org/2005/Atom"}
    assert sorted(feed.xpath("//a:entry/a:title/text()", namespaces=atom)) == ["A", "B <i>2</i>", "C"]
    assert feed.xpath("/a:feed/a:updated/text()", namespaces=atom)[0].startswith("2026-01-02")


@dataclass(frozen=True)
class Revised(Work):
    """A work whose source gives it differently since."""

    field: str = ""
    value: object = None

    def openalex(self) -> dict:
        return super().openalex() | {self.field: self.value}


def test_asked_again_the_sources_tell_what_is_new_changed_and_retracted(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("carto_lib.transport.Session._wait_turn", lambda *_: None)
    corpus, runs, works = Corpus.of(tmp_path, "snds"), tmp_path / "runs", [Work(number) for number in range(0, 25, 5)]
    with FakeApis() as apis:
        for name, value in apis.environment.items():
            monkeypatch.setenv(name, value)

        def run_again() -> None:
            before = works_before(corpus)
            session = Session(tmp_path / "answers", max_age=timedelta(0))
            query = parse_query('short: "SNDS"', "snds", 1)
            harvest(load_registry()["snds"], corpus, session=session, sources=["openalex"], query=query)
            dedupe_corpus(corpus)
            for name in ("uses", "authorships"):
                corpus.write(name, [])
            write_changes(corpus, before, runs)

        apis.works["openalex"] = works[:4]
        run_again()
        first = json.loads((runs / "changes.json").read_text())
        assert len(first["new"]) == 4
        run_again()
        assert not any(json.loads((runs / "changes.json").read_text()).values())
        revised = [Revised(0, "publication_date", "2031-02-03"), Revised(5, "is_retracted", True)]
        apis.works["openalex"] = [*revised, *works[2:]]
        run_again()
    told = json.loads((runs / "changes.json").read_text())
    ids = dict(zip(corpus.works["openalex_id"], corpus.works["work_id"], strict=True))
    dated, retracted, new = (ids[work.openalex_id] for work in (works[0], works[1], works[4]))
    assert told == {
        "new": [new],
        "changed": {dated: ["date"], retracted: ["is_retracted"]},
        "retracted": [retracted],
        "gone": [],
    }
    feed = etree.parse(str(runs / "changes.atom"))
    titles = feed.xpath("//a:entry/a:title/text()", namespaces={"a": "http://www.w3.org/2005/Atom"})
    assert len(titles) == 3
