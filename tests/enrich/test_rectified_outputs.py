"""A person removed, or merged into another, in `data/rectifications.csv`: seen in every output of an atlas."""

import io
import zipfile
from pathlib import Path

import pytest

from carto_lib import exports
from carto_lib.atlas import build_atlas
from carto_lib.dedupe import dedupe_corpus
from carto_lib.enrich import rectifications
from carto_lib.enrich.corpora import enrich_corpora
from carto_lib.enrich.rectifications import Rectification
from carto_lib.exports import FORMATS, write_datapackage
from carto_lib.harvest import _row
from carto_lib.indicators import compute_indicators
from carto_lib.networks import write_networks
from carto_lib.registry import load_registry
from carto_lib.report import Report
from carto_lib.search import build_index, search
from carto_lib.search.people import search_people
from carto_lib.tables import Atlas, Corpus
from carto_lib.themes import write_themes

REMOVED, FORMER, KEPT, OTHER = "Quidam Zylberstein", "Aglae Vermillon", "Aglae Dupuy-Vermillon", "Marie Zins"
ASKED = [
    Rectification("remove_person", REMOVED, "", "", ""),
    Rectification("merge_authors", "name:vermillon-aglae", "name:dupuyvermillon-aglae", "", ""),
]


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    data = tmp_path_factory.mktemp("rectified")
    corpus = Corpus.of(data, "snds")
    signed = [(REMOVED, FORMER, OTHER), (REMOVED, KEPT, OTHER), (FORMER, OTHER)]
    corpus.write("records", [
        _row({
            "source": "jsonl", "source_id": str(number), "title": f"Diabetes study number {number} in the SNDS",
            "year": 2020 + number, "doi": f"10.1/{number}", "type": "article", "authors_complete": True,
            "authors": [{"name": name, "affiliations": [f"Inserm, {name}, Paris, France"]} for name in names],
        })
        for number, names in enumerate(signed)
    ])  # fmt: skip
    dedupe_corpus(corpus)
    corpus.write("mentions", [])
    corpus.write("uses", [
        {"work_id": work, "database": "snds", "label": "uses", "decision": "accepted"}
        for work in corpus.works["work_id"]
    ])  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rectifications, "load_rectifications", lambda: ASKED)
        enrich_corpora([corpus])
        atlas = build_atlas(data, load_registry())
    build_index(atlas)
    write_networks(atlas)
    write_themes(atlas)
    atlas.write("indicators", compute_indicators(atlas))
    write_datapackage(atlas.path)
    return Atlas(atlas.path)


def says_nothing_of(name: str, text: str) -> None:
    family = name.split()[-1].lower()
    assert family not in text.lower(), text[max(0, text.lower().index(family) - 100) :][:200]


def test_the_tables_know_neither(atlas: Atlas):
    for file in sorted(atlas.path.rglob("*.parquet")):
        says_nothing_of(REMOVED, atlas.table(file.stem).to_csv() if atlas.has(file.stem) else "")
    assert set(atlas.authors["author_id"]) == {"name:dupuyvermillon-aglae", "name:zins-marie"}
    assert atlas.authors.set_index("author_id").loc["name:dupuyvermillon-aglae", "works"] == 3


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_names_nobody_who_was_removed(atlas: Atlas, format: str):
    file = io.BytesIO()
    exports.export(atlas, format, file, on="2026-01-02")
    body = file.getvalue()
    if format == "datapackage":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"".join(archive.read(name) for name in archive.namelist())
    text = body.decode("utf-8", "replace")
    says_nothing_of(REMOVED, text)
    assert "Zins" in text


def test_nobody_removed_is_found_and_the_merged_are_one(atlas: Atlas):
    assert search(atlas, f'"{REMOVED}"').total == 0
    found = search_people(atlas, "who works with SNDS on diabetes?")
    assert {one.name for one in found} <= {KEPT, FORMER, OTHER}
    assert len(found) == 2
    index = b"".join(file.read_bytes() for file in sorted((atlas.path / "search").rglob("*")) if file.is_file())
    assert REMOVED.split()[-1].encode() not in index


def test_networks_and_the_report_have_two_people(atlas: Atlas):
    nodes = Path(atlas.path / "networks" / "coauthorship.nodes.parquet")
    assert nodes.is_file()
    ids = set(exports.graphs.view_network(atlas).nodes["id"])
    assert ids == {"name:dupuyvermillon-aglae", "name:zins-marie"}
    report = Report("snds", data=atlas.path.parent, language="en")
    shown = " ".join([report.cover().data, report.publications().data])
    says_nothing_of(REMOVED, shown)
    assert "Zins" in shown
