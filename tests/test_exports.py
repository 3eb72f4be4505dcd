"""Exports read back by other readers, stamped, harmless in a spreadsheet."""

import csv
import hashlib
import io
import json
import zipfile

import bibtexparser
import networkx
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware
from lxml import etree
from small_atlas import WORKS, small_atlas
from typer.testing import CliRunner

from carto_lib import exports
from carto_lib.cli import app
from carto_lib.exports import FORMATS, ExportError
from carto_lib.networks import build_coauthorship_network
from carto_lib.sources.files import parse_body

DAY = "2026-01-02"


@pytest.fixture
def atlas(tmp_path):
    return small_atlas(tmp_path)


def exported(atlas, format, **options):
    content = io.BytesIO()
    exports.export(atlas, format, content, on=DAY, query="diabète", **options)
    return content.getvalue()


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_the_same_twice_and_stamped(atlas, format):
    content = exported(atlas, format)
    assert content == exported(atlas, format)
    text = (
        content.decode("utf-8")
        if format != "datapackage"
        else zipfile.ZipFile(io.BytesIO(content)).read("datapackage.json").decode("utf-8")
    )
    for mark in (DAY if format != "ris" else "2026/01/02", "diabète", "0.1.0"):
        assert mark in text


def test_bibtex_reads_back(atlas):
    text = exported(atlas, "bibtex").decode("utf-8")
    library = bibtexparser.parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    assert not library.failed_blocks
    assert len(library.entries) == len(WORKS)
    entries = {entry.fields_dict["title"].value: entry for entry in library.entries}
    assert {work["title"] for work in WORKS} == set(entries)
    thesis = entries["Cancer {100%} of_all"]
    assert thesis.entry_type == "phdthesis"
    assert thesis.fields_dict["author"].value == "Mahmoud Zureik and Goldberg, Marcel"


def test_ris_reads_back(atlas):
    references = rispy.loads(exported(atlas, "ris").decode("utf-8"))
    assert [reference["id"] for reference in references] == [work["work_id"] for work in WORKS]
    assert references[0]["authors"] == ["Alain Weill", "Zins Marie"]
    assert references[0]["doi"] == "10.1/1"
    assert references[2]["type_of_reference"] == "THES"


def test_a_title_on_two_lines_stays_one_ris_field(atlas):
    works = atlas.works.copy()
    works.loc[0, "title"] = "First\nER  - \nTY  - JOUR"
    atlas.write("works", works)
    assert len(rispy.loads(exported(atlas, "ris").decode("utf-8"))) == len(WORKS)


@pytest.mark.parametrize("format", ["bibtex", "ris", "csv"])
def test_what_is_exported_is_read_again_by_carto(atlas, format):
    works = atlas.works.copy()
    works.loc[0, ["type", "journal", "pmid"]] = ["chapter", "A book", "77"]
    works.loc[1, "title"] = "100 % of {SNDS} & 50 $: a_b #1 \\ Étude"
    atlas.write("works", works)
    found = parse_body(exported(atlas, format), format)
    assert found[1]["title"] == works.loc[1, "title"] or format == "bibtex"  # its braces protect capitals
    assert (found[0]["type"], found[0]["journal"], found[0]["pmid"]) == ("chapter", "A book", "77")
    assert [record["year"] for record in found] == [work.get("year") for work in exports.exported_works(atlas)]


def test_csv_holds_no_formula(atlas):
    rows = list(csv.DictReader(io.StringIO(exported(atlas, "csv").decode("utf-8-sig"))))
    assert len(rows) == len(WORKS)
    assert rows[1]["title"] == "'=HYPERLINK(1)"
    assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for value in row.values())
    assert rows[0]["databases"] == "pmsi (uses); snds (uses)"


def test_json_holds_every_work(atlas):
    content = json.loads(exported(atlas, "json"))
    assert content["number"] == len(content["works"]) == len(WORKS)
    assert content["works"][0]["databases"] == {"pmsi": "uses", "snds": "uses"}


@pytest.mark.parametrize(("format", "read"), [("gexf", networkx.read_gexf), ("graphml", networkx.read_graphml)])
def test_networks_read_back(atlas, format, read):
    graph = read(io.BytesIO(exported(atlas, format)))
    network = build_coauthorship_network(atlas)
    assert set(graph) == set(network.nodes["id"])
    assert graph["name:a"]["name:b"]["weight"] == 2
    assert graph.number_of_edges() == len(network.edges)


def test_vosviewer_clusters_and_links(atlas):
    content = json.loads(exported(atlas, "vosviewer"))["network"]
    assert {item["id"] for item in content["items"]} == set(range(1, 6))
    assert min(item["cluster"] for item in content["items"]) == 1
    assert {"source_id": 1, "target_id": 2, "strength": 2.0} in content["links"]


def test_atom_is_well_formed_whatever_the_title(atlas):
    works = atlas.works.copy()
    works.loc[0, "title"] = "Bad \x0b <script> & co"
    atlas.write("works", works)
    root = etree.fromstring(exported(atlas, "atom"))
    titles = root.findall("{*}entry/{*}title")
    assert len(titles) == len(WORKS)
    assert "Bad  <script> & co" in [title.text for title in titles]


def test_the_zipped_package_agrees_with_its_tables(atlas):
    archive = zipfile.ZipFile(io.BytesIO(exported(atlas, "datapackage")))
    package = json.loads(archive.read("datapackage.json"))
    for resource in package["resources"]:
        content = archive.read(resource["path"])
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"))))
        assert resource["rows"] == len(rows)
        assert [field["name"] for field in resource["schema"]["fields"]] == list(rows[0])


def test_a_folder_describes_itself_the_same_way_twice(atlas):
    exports.write_datapackage(atlas.path)
    first = (atlas.path / "datapackage.json").read_bytes()
    exports.write_datapackage(atlas.path)
    assert first == (atlas.path / "datapackage.json").read_bytes()
    resources = {resource["name"]: resource for resource in json.loads(first)["resources"]}
    assert resources["works"]["rows"] == len(WORKS)
    assert resources["works"]["schema"]["primaryKey"] == ["work_id"]


def test_unknown_formats_and_networks_are_refused(atlas):
    with pytest.raises(ExportError, match="the formats are bibtex"):
        exported(atlas, "docx")
    with pytest.raises(ExportError, match="the networks are"):
        exported(atlas, "gexf", network="friends")


def test_the_command_exports_one_database(atlas, tmp_path):
    runner = CliRunner()
    output = tmp_path / "out.json"
    options = ["--format", "json", "--database", "elfe", "-o", str(output), "--data", str(atlas.path.parent)]
    result = runner.invoke(app, ["export", *options])
    assert result.exit_code == 0, result.output
    content = json.loads(output.read_text(encoding="utf-8"))
    assert [work["work_id"] for work in content["works"]] == ["doi:10.1/3"]
    assert content["query"] == "base:elfe"
    assert runner.invoke(app, ["export", "--format", "docx", "-o", "x"]).exit_code == 2
