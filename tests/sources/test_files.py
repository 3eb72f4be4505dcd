"""Bibliographic files: what each format gives, and the line named where one can't be read."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from carto_lib.cli import app
from carto_lib.errors import CartoError, FileFormatError
from carto_lib.sources.fields import normal_doi, normal_orcid
from carto_lib.sources.files import READERS, parse_body, parse_file

BIB = """@article{a, title={{\\'E}tude {SNDS}}, author={Weill, Alain and {EPI-PHARE group} and Jean de la Fontaine},
  year=2019, doi={https://doi.org/10.1000/ABC}, journal={BMJ}}
"""
RIS = "TY  - JOUR\nTI  - A study\nAU  - Weill, Alain\nPY  - 2019\nDO  - 10.1000/abc\nJO  - BMJ\nER  - \n"
NBIB = """PMID- 123
TI  - [A study of the
      SNDS].
TT  - Une étude du SNDS
FAU - Weill, Alain
AUID- ORCID: 0000-0002-1825-0097
AD  - Cnam, Paris, France. a.b@c.fr.
DP  - 2019 Mar 4
LID - 10.1000/abc [doi]
PT  - Journal Article
LA  - fre
"""


def test_bibtex():
    (found,) = parse_body(BIB.encode(), "bibtex")
    assert (found["title"], found["doi"], found["year"]) == ("Étude SNDS", "10.1000/abc", 2019)
    assert [person["name"] for person in found["authors"]] == ["Alain Weill", "EPI-PHARE group", "Jean de la Fontaine"]
    assert found["authors"][1]["collective"]


def test_ris():
    (found,) = parse_body(RIS.encode(), "ris")
    assert (found["title"], found["doi"], found["year"], found["journal"]) == ("A study", "10.1000/abc", 2019, "BMJ")
    assert found["authors"] == [{"name": "Alain Weill", "given": "Alain", "family": "Weill"}]


def test_nbib():
    (found,) = parse_body(NBIB.encode(), "nbib")
    assert (found["title"], found["title_original"]) == ("A study of the SNDS.", "Une étude du SNDS")
    assert (found["date"], found["doi"], found["language"]) == ("2019-03-04", "10.1000/abc", "fr")
    assert found["authors"][0]["orcid"] == "0000-0002-1825-0097"
    assert "@" not in json.dumps(found)


def test_csv_and_json_lines_agree():
    row = {"title": "Étude", "authors": ["Alain Weill", "A. Dupont"], "year": 2019, "databases": ["snds"]}
    (lines,) = parse_body(json.dumps(row).encode(), "jsonl")
    (cells,) = parse_body('title;authors;year;databases\nÉtude;"Alain Weill; A. Dupont";2019;snds\n'.encode(), "csv")
    assert lines | {"source": "csv"} == cells
    assert lines["authors"] == [{"name": "Alain Weill"}, {"name": "A. Dupont"}]


BROKEN = {
    "bibtex": (BIB + "@article{b, title={open\n\n" + BIB, "line 3"),
    "ris": (RIS + "TY  - JOUR\nTI  - B\n", "line 8"),
    "nbib": (NBIB + "garbage\n", "line 12"),
    "csv": ("title,year\nA,2019\nB,soon\n", "line 3"),
    "jsonl": ('{"title": "A"}\n{"title": \n', "line 2"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_broken_line_is_named(name, tmp_path):
    text, line = BROKEN[name]
    extension = {"bibtex": "bib"}.get(name, name)
    (tmp_path / f"mine.{extension}").write_text(text)
    with pytest.raises(FileFormatError, match=rf"mine\.{extension}: {line}\b"):
        parse_file(tmp_path / f"mine.{extension}")


@pytest.mark.parametrize("name", READERS)
def test_empty_and_foreign_files_are_refused(name, tmp_path):
    for body in (b"", b"\x00\xff\xfe garbage", b"<html><body>no</body></html>"):
        with pytest.raises(CartoError):
            parse_body(body, name)


def test_the_format_is_guessed_from_the_first_signs(tmp_path):
    (tmp_path / "export.txt").write_text(NBIB)
    assert parse_file(tmp_path / "export.txt")[0]["pmid"] == "123"
    with pytest.raises(FileFormatError, match=r"missing\.bib"):
        parse_file(tmp_path / "missing.bib")


def test_identifiers_do_not_depend_on_the_place_in_the_file():
    rows = [json.dumps({"title": f"Study {n}", "year": 2020}) for n in range(5)]
    one = {r["title"]: r["source_id"] for r in parse_body("\n".join(rows).encode(), "jsonl")}
    other = {r["title"]: r["source_id"] for r in parse_body("\n".join(reversed(rows)).encode(), "jsonl")}
    assert one == other


@given(st.sampled_from(list(READERS)), st.text(max_size=300))
def test_any_text_gives_records_or_a_reason(name, text):
    try:
        assert parse_body(text.encode(), name)
    except CartoError as error:
        assert str(error)


def test_identifiers_are_put_in_their_normal_form():
    assert normal_doi(" doi: 10.1000/ABC(1)2. ") == "10.1000/abc(1)2"
    assert normal_orcid("https://orcid.org/0000 0002 1825 0097") == "0000-0002-1825-0097"
    assert normal_orcid("0000-0002-1694-233x") == "0000-0002-1694-233X"
    assert normal_orcid("0000-0002-1825-0098") is None


def test_the_command_reads_files_standard_input_and_gzip(tmp_path):
    runner = CliRunner()
    (tmp_path / "a.ris.gz").write_bytes(gzip.compress(RIS.encode()))
    whole = runner.invoke(app, ["parse", "ris", str(tmp_path / "a.ris.gz")])
    piped = runner.invoke(app, ["parse", "ris"], input=RIS)
    assert whole.stdout == piped.stdout
    assert json.loads(whole.stdout)["doi"] == "10.1000/abc"
    assert runner.invoke(app, ["parse", "nope"], input=RIS).exit_code == 2
