"""Bibliographic files: what each format gives, and the line named where one can't be read."""

import gzip
import json

import pytest
from hypothesis import example, given
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


BIBLATEX = """@string{bmj = "British Medical Journal"}
@comment{not a {record}}
@article{a, title = "The {SNDS}: " # bmj # " and {$\\beta$} {\\textbf{blockers}}", journal = bmj, month = mar,
  year = 2019, author = {{\\O}yvind Bj{\\"o}rk and de la Fontaine, Jean and {Groupe SFR and friends} and
  family=Seze, given=Ada, prefix=de and others}}
@inproceedings{b, title={B}, booktitle={Proceedings}, date={2020-05}, eprint={123}, eprinttype={pubmed},
  url={https://hal.science/hal-01234567v2}}
@article{c, title={C}, year={2021}, journal={arXiv preprint arXiv:2101.00001}}
@article{d, title={D}, year={2021}, journal={Physical Review}, archiveprefix={arXiv}}
"""


def test_biblatex_strings_particles_groups_and_others():
    first, second, third, fourth = parse_body(BIBLATEX.encode(), "bibtex")
    assert first["title"] == "The SNDS: British Medical Journal and β blockers"
    assert (first["journal"], first["date"]) == ("British Medical Journal", "2019-03")
    assert [(p["name"], p.get("family")) for p in first["authors"]] == [
        ("Øyvind Björk", "Björk"),
        ("Jean de la Fontaine", "de la Fontaine"),
        ("Groupe SFR and friends", None),
        ("Ada de Seze", "de Seze"),
    ]
    assert first["authors"][2]["collective"]
    assert first["authors_complete"] is False
    assert (second["journal"], second["pmid"], second["hal_id"]) == ("Proceedings", "123", "hal-01234567")
    assert [item["type"] for item in (second, third, fourth)] == ["conference", "preprint", "article"]


def test_ris_as_others_write_it():
    text = (
        "Provider: somebody\n\nTY  - JOUR\nT1  - Un\nA1  - Weill, A\nY1  - 2019/03/04/\nN2  - Début\nfin\n"
        "UR  - https://pubmed.ncbi.nlm.nih.gov/77/\nTY  - CHAP\nTI  - Deux\nT2  - Livre\nDA  - 2020/05\n"
        "C2  - PMC8\nER  -\n"
    )
    first, second = parse_body(text.replace("\n", "\r\n").encode("utf-8-sig"), "ris")
    assert (first["title"], first["date"], first["abstract"], first["pmid"]) == ("Un", "2019-03-04", "Début fin", "77")
    assert (second["type"], second["journal"], second["date"], second["pmcid"]) == (
        "chapter",
        "Livre",
        "2020-05",
        "PMC8",
    )
    assert parse_body(b"TY - JOUR\nTI - Un blanc\nER -\n", "ris")[0]["title"] == "Un blanc"


def test_nbib_short_names_seasons_and_versions():
    text = (
        "PMID- 9\nAU  - Dupont J\nTI  - B\nDP  - Summer 2018\nPT  - Preprint\nUIN - BMJ. 2020. PMID: 12\n"
        "IS  - 1234-5678 (Linking)\n"
    )
    (found,) = parse_body(text.encode(), "nbib")
    assert found["authors"] == [{"name": "Dupont J"}]
    assert (found["date"], found["type"], found["version_of"]) == ("2018", "preprint", "pmid:12")
    assert found["issn_l"] == "1234-5678"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_files_of_other_programs_encodings(encoding):
    assert parse_body("titre;année\nÉtude du SNDS;2019\n".encode(encoding), "csv")[0]["title"] == "Étude du SNDS"
    assert parse_body(RIS.replace("A study", "Étude").encode(encoding), "ris")[0]["title"] == "Étude"


EXPORTS = {
    "zotero": '"Key","Item Type","Publication Year","Author","Title","Publication Title","DOI","Abstract Note"\n'
    '"K","journalArticle","2019","Weill, Alain; Zureik, M.","T","BMJ","10.1000/X","Abs"\n',
    "pubmed": "PMID,Title,Authors,Citation,First Author,Journal/Book,Publication Year,Create Date,PMCID,NIHMS ID,DOI\n"
    '7,T,"Weill A, Zureik M.",BMJ. 2019,Weill A,BMJ,2019,2019/03/04,PMC8,,10.1000/x\n',
    "scopus": '"Authors","Author full names","Title","Year","Source title","DOI","Abstract","Document Type"\n'
    '"Weill A.; Zureik M.","Weill, Alain (1); Zureik, M. (2)","T","2019","BMJ","10.1000/x","Abs","Article"\n',
    "français": "Titre;Année;Auteurs;Revue;DOI;Résumé\nT;2019;A. Weill, M. Zureik;BMJ;10.1000/x;Abs\n",
}


@pytest.mark.parametrize("name", EXPORTS)
def test_csv_of_others(name):
    (found,) = parse_body(EXPORTS[name].encode(), "csv")
    assert (found["title"], found["year"], found["journal"], found["doi"]) == ("T", 2019, "BMJ", "10.1000/x")
    assert len(found["authors"]) == 2
    assert found["type"] in (None, "article")
    assert found["abstract"] == "Abs" or name == "pubmed"


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
@example("csv", '"')
@example("csv", "title,year\nA,1e999")
@example("ris", "TY  - JOUR\nTI  - A\nDO  - 10.1000/x\nTY  - JOUR\nno tag\nER  - ")
@example("jsonl", '{"title": ' + "[" * 100_000)
def test_any_text_gives_records_or_a_reason(name, text):
    try:
        records = parse_body(text.encode(), name)
        assert json.dumps(records, ensure_ascii=False).encode()
        assert records
    except CartoError as error:
        assert str(error)
        assert "\n" not in str(error)


def spoil(text, changes):
    """Return a text with pieces put in or taken out: ``[(place between 0 and 1, piece, letters removed)]``."""
    for place, piece, removed in changes:
        at = round(place * len(text))
        text = text[:at] + piece + text[at + removed :]
    return text


WHOLE = {
    "bibtex": BIB,
    "ris": RIS,
    "nbib": NBIB,
    "csv": 'title;authors;year\nÉtude;"Alain Weill; A. Dupont";2019\n',
    "jsonl": '{"title": "A", "authors": [{"name": "B", "orcid": "x"}], "year": 2019, "keywords": ["k"]}',
    "pubmed_xml": "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article>"
    "<ArticleTitle>A</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>",
}
PIECES = st.sampled_from(
    [*"\"'{}[]\\@,;#<>&=\t\n\r\x00", "null", "1e999", r"\ud800", "ER  - ", "TY  - JOUR\n", "PMID- ", ""]
)


@given(st.sampled_from(sorted(WHOLE)), st.lists(st.tuples(st.floats(0, 1), PIECES, st.integers(0, 9)), max_size=5))
def test_a_spoilt_file_gives_records_or_a_reason(name, changes):
    try:
        records = parse_body(spoil(WHOLE[name], changes).encode(), name)
        assert json.dumps(records, ensure_ascii=False).encode()
    except CartoError as error:
        assert "\n" not in str(error)


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
