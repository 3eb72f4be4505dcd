"""What changed between two runs of a corpus."""

import json

from lxml import etree

from carto_lib.exports.watch import Changes, compare_works, works_before, write_changes
from carto_lib.tables import Corpus, as_table

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
