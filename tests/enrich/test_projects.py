"""The public register of projects, tied to works by DOI or title."""

import pytest

from carto_lib.enrich.projects import link_projects, load_projects
from carto_lib.errors import FileFormatError
from carto_lib.tables import as_table

WORKS = as_table(
    [
        {"work_id": "doi:10.1/a", "doi": "10.1234/a", "title": "Stroke in France"},
        {"work_id": "title:b", "title": "Burden of asthma", "title_original": "Fardeau de l'asthme : étude SNDS"},
        {"work_id": "title:c", "title": "Nothing"},
    ],
    "works",
)
LINES = [
    "N° dossier;Titre du projet;Publications",
    "T1;Un projet;Voir https://doi.org/10.1234/A, 2020",
    "T2;Fardeau de l’asthme - étude SNDS;",
    "T3;Sans lien;",
]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_projects_are_tied_by_doi_and_by_title(encoding, separator, tmp_path):
    path = tmp_path / "register.csv"
    path.write_text("\n".join(LINES).replace(";", separator), encoding=encoding)
    rows = link_projects(load_projects(path), WORKS)
    assert {(row["work_id"], row["identifier"]) for row in rows} == {("doi:10.1/a", "T1"), ("title:b", "T2")}
    trials = as_table(rows, "trials")
    assert set(trials["scheme"]) == {"hdh_project"}
    assert set(trials["source"]) == {"hdh_register"}


def test_a_file_without_titles_says_what_it_has(tmp_path):
    path = tmp_path / "register.csv"
    path.write_text("numero;objet\n1;x\n")
    with pytest.raises(FileFormatError, match="it has numero, objet"):
        load_projects(path)
    with pytest.raises(FileFormatError, match="check the path"):
        load_projects(tmp_path / "absent.csv")
