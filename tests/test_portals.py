"""Catalogues as registry sources: hand-made files of the standards, drafts that never overwrite a sourced fact."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from carto_lib import drafts, registry
from carto_lib.cli import app
from carto_lib.drafts import write_draft
from carto_lib.errors import FileFormatError
from carto_lib.portals import read_studies
from carto_lib.registry import load_registry, read_database

PEF = """<?xml version="1.0" encoding="UTF-8"?>
<codeBook xmlns="ddi:codebook:2_5">
  <docDscr><citation><titlStmt><titl xml:lang="FR">Une notice</titl><IDNo>PEF1</IDNo></titlStmt></citation></docDscr>
  <stdyDscr>
    <citation>
      <titlStmt>
        <titl xml:lang="FR">Cohorte d'essai des <i>dormeurs</i> </titl><subTitl/>
        <altTitl xml:lang="FR">DORMIR</altTitl><altTitl xml:lang="EN">DORMIR</altTitl>
        <parTitl xml:lang="EN">Sleepers' example cohort</parTitl>
        <IDNo>PEF1</IDNo>
      </titlStmt>
      <rspStmt><AuthEnty affiliation="Institut d'essai, Lyon">Une Personne</AuthEnty></rspStmt>
      <holdings URI="https://portail.example/fiche/1" location="Portail"/>
    </citation>
    <stdyInfo><sumDscr>
      <collDate event="start" date="2008-03-01">03/2008</collDate><collDate event="end" date="2015">2015</collDate>
      <dataKind>Etude de cohorte</dataKind>
    </sumDscr></stdyInfo>
  </stdyDscr>
</codeBook>"""
FRESH = """<?xml version="1.0" encoding="UTF-8"?>
<codeBook version="2.5" ID="FRESH-PEF2-fr" xml-lang="en" xmlns="ddi:codebook:2_5">
<stdyDscr><citation>
  <titlStmt><titl>
       Registre d'essai des rêves      </titl><altTitl>REVES-ESSAI</altTitl>
    <IDNo agency="FReSH-lang">
       FRESH-PEF2-fr</IDNo></titlStmt>
  <rspStmt><AuthEnty>Une Personne   </AuthEnty>
    <AuthEnty affiliation="AGENCE D'ESSAI (ADE)">
    <ExtLink title="ROR" URI="https://ror.org/0471kz689" role="organisation id"/>
    <ExtLink title="SIREN" URI="130012024"/></AuthEnty></rspStmt>
</citation><stdyInfo><sumDscr><timePrd event="start">2011</timePrd></sumDscr></stdyInfo></stdyDscr>
</codeBook>"""
HDH = """Nom de la base;Sigle;Responsable de données;Date de l'acte;Acte
Registre d'essai des rêves;REVES-ESSAI;Agence d'essai;12/05/2022;Arrêté d'essai du 12 mai 2022
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a registry of one database, in the place of the project's."""
    folder = tmp_path / "databases"
    folder.mkdir()
    (folder / "elfe.yml").write_text(
        "# à garder\nid: elfe\nname: {fr: Cohorte Elfe, en: Elfe cohort}\nkind: cohort\nperiod: {from: 2011}\n"
        "names:\n  - {text: Cohorte Elfe, kind: full, language: fr}\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(drafts.write_draft, "__defaults__", (folder,))
    monkeypatch.setattr(registry.load_registry, "__defaults__", (folder,))
    return folder


def write(tmp_path: Path, text: str, name: str = "notice.xml") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_record_of_the_epidemiology_portal_is_read(tmp_path: Path) -> None:
    (study,) = read_studies(write(tmp_path, PEF))
    assert (study.french, study.english, study.acronym) == (
        "Cohorte d'essai des dormeurs", "Sleepers' example cohort", "DORMIR",
    )  # fmt: skip
    assert (study.id, study.kind, study.first, study.last) == ("dormir", "cohort", 2008, 2015)
    assert (study.holder, study.ror) == ("Institut d'essai, Lyon", None)
    assert study.source == study.site == "https://portail.example/fiche/1"


def test_a_record_of_fresh_is_read_with_its_ror(tmp_path: Path) -> None:
    (study,) = read_studies(write(tmp_path, FRESH))
    assert (study.id, study.kind, study.source) == ("reves-essai", "registry", "FRESH-PEF2-fr")
    assert (study.holder, study.ror) == ("AGENCE D'ESSAI (ADE)", "https://ror.org/0471kz689")
    assert (study.first, study.last, study.english) == (2011, None, None)


def test_a_new_database_becomes_a_valid_draft_and_the_hdh_completes_it(tmp_path: Path, folder: Path) -> None:
    result = CliRunner().invoke(app, ["databases", "import", str(write(tmp_path, FRESH))])
    assert result.exit_code == 0 and result.output.startswith("ébauche   reves-essai.yml")
    entry = read_database(folder / "reves-essai.yml")
    assert entry.kind == "registry" and entry.period and entry.period.from_ == 2011
    assert {form.text: form.source for form in entry.names}["REVES-ESSAI"] == "FRESH-PEF2-fr"
    result = CliRunner().invoke(app, ["databases", "import", str(write(tmp_path, HDH, "hdh.csv"))])
    assert "complété  reves-essai.yml  hosted_by_hdh" in result.output
    assert "holder : registre" in result.output, "a holder said otherwise is reported, not changed"
    entry = read_database(folder / "reves-essai.yml")
    assert entry.hosted_by_hdh and str(entry.hosted_by_hdh.since) == "2022-05-12"
    assert entry.holder and entry.holder.name == "AGENCE D'ESSAI (ADE)"
    again = CliRunner().invoke(app, ["databases", "import", str(write(tmp_path, HDH, "hdh.csv"))])
    assert again.output.startswith("inchangé")


def test_a_known_database_keeps_its_facts_and_its_comments(tmp_path: Path, folder: Path) -> None:
    text = PEF.replace("Cohorte d'essai des <i>dormeurs</i>", "Cohorte Elfe").replace("DORMIR", "ELFE")
    (study,) = read_studies(write(tmp_path, text))
    draft = write_draft(study, load_registry())
    assert (draft.status, draft.added) == ("completed", ("holder", "links"))
    assert any(difference.startswith("period : ") for difference in draft.differences)
    written = (folder / "elfe.yml").read_text(encoding="utf-8")
    assert written.startswith("# à garder\n") and "period: {from: 2011}" in written
    entry = read_database(folder / "elfe.yml")
    assert entry.holder and entry.holder.name == "Institut d'essai, Lyon"
    assert entry.period and (entry.period.from_, entry.period.to) == (2011, None)


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("", "notice.xml", "empty"),
        ("<codeBook><stdyDscr>", "notice.xml", "can't be read"),
        ("<html><body>Maintenance</body></html>", "notice.xml", "HTML"),
        ("<records/>", "notice.xml", "a DDI codeBook"),
        ("<codeBook><stdyDscr/></codeBook>", "notice.xml", "no title"),
        ('<!DOCTYPE codeBook [<!ENTITY a "b">]><codeBook><stdyDscr/></codeBook>', "notice.xml", "declares entities"),
        ("Pays;Ville\nFrance;Lyon\n", "hdh.csv", "no column of names"),
        (HDH.replace("12/05/2022", "31/02/2022"), "hdh.csv", "line 2: '31/02/2022' is no date"),
        (HDH.replace("12/05/2022", "mai 2022"), "hdh.csv", "write YYYY-MM-DD"),
        ("Nom\n;\n", "hdh.csv", "names no database"),
        ("x", "notice.pdf", "a catalogue is .xml"),
    ],
)
def test_a_bad_file_is_one_sentence(text: str, name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=message):
        read_studies(write(tmp_path, text, name))
    with pytest.raises(FileFormatError, match="ne se lit pas"):
        read_studies(tmp_path / "absent.xml")
