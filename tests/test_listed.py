"""A holder's list of publications, harvested from its file and screened: what became of each."""

from pathlib import Path

import pytest

from carto_lib.cli.run import print_listed
from carto_lib.dedupe import dedupe_corpus
from carto_lib.harvest import harvest
from carto_lib.registry import load_registry
from carto_lib.screening import read_judgements
from carto_lib.screening.listed import listed_works
from carto_lib.screening.table import screen_corpora
from carto_lib.tables import Corpus

FOUND = "Coffee and sleep: results from the CONSTANCES cohort"
NAMELESS = "Coffee and sleep: what cohorts know"
NO_ANCHOR = "Kepler, or CONSTANCES of the sky"
ALONE = "A title without an abstract"
RECORDS = {
    FOUND: "We analysed data of 3,000 participants of the CONSTANCES cohort in France.",
    NAMELESS: "No database is named here.",
    NO_ANCHOR: "A poem.",
    ALONE: None,
}


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    registry = load_registry()
    file = tmp_path / "list.ris"
    lines = {title: f"AB  - {abstract}\n" if abstract else "" for title, abstract in RECORDS.items()}
    entries = [f"TY  - JOUR\nTI  - {title}\n{line}PY  - 2020\nER  - \n" for title, line in lines.items()]
    file.write_text("\n".join(entries), encoding="utf-8")
    corpus = Corpus.of(tmp_path, "constances")
    harvest(registry["constances"], corpus, sources=(), files=[file])
    dedupe_corpus(corpus)
    screen_corpora([corpus], registry, read_judgements().head(0))
    return corpus


def test_each_publication_of_the_list_has_its_outcome_and_reason(corpus: Corpus) -> None:
    listed = listed_works(corpus, load_registry()).set_index("title")
    assert listed["outcome"].to_dict() == {FOUND: "found", **dict.fromkeys((NAMELESS, NO_ANCHOR, ALONE), "missed")}
    assert listed["reason"].dropna().to_dict() == {NAMELESS: "no_mention", NO_ANCHOR: "no_anchor", ALONE: "no_mention"}
    assert list(listed["outcome"]) == ["missed", "missed", "missed", "found"]
    assert listed["names"][FOUND] == ["CONSTANCES cohort"]


def test_what_no_file_brought_is_not_of_the_list(corpus: Corpus) -> None:
    records = corpus.records.copy()
    assert set(records["query_id"]) == {"constances.file.list.ris"}
    records.loc[records["title"] == NAMELESS, "query_id"] = "constances.v1.hal.text"
    corpus.write("records", records)
    assert set(listed_works(corpus, load_registry())["title"]) == {FOUND, NO_ANCHOR, ALONE}


def test_the_run_says_how_many_were_found_and_why_others_were_not(
    corpus: Corpus, capsys: pytest.CaptureFixture[str]
) -> None:
    print_listed(corpus.path.parents[1], "constances")
    said = capsys.readouterr().out
    assert said.startswith(
        "constances : 1 publications de la liste retrouvées sur 4 ; à faire lire par une personne : 0 ; manquées : 3\n"
    )
    assert "par les noms (une publication peut en imprimer plusieurs) : « CONSTANCES cohort » 1\n" in said
    assert "manquée : ni le titre ni le résumé n'impriment un nom du fichier" in said
    assert f"\n    - {NAMELESS}\n" in said
    assert "manquée : « CONSTANCES » est lu sans ancre" in said
    no_abstract = "manquée : le titre n'imprime aucun nom du fichier, et la liste ne donne pas de résumé ("
    assert no_abstract in said
    assert said.index(f"    - {ALONE}\n") > said.index(no_abstract)
    assert FOUND not in said


def test_a_list_found_whole_is_said_in_two_lines(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    corpus.write("works", corpus.works[corpus.works["title"] == FOUND])
    print_listed(corpus.path.parents[1], "constances")
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("constances : 1 publications de la liste retrouvées sur 1 ;")
    assert len(said) == 2


def test_a_work_older_than_the_database_says_so(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    works = corpus.works.assign(year=1990)
    corpus.write("works", works)
    screen_corpora([corpus], load_registry(), read_judgements().head(0))
    print_listed(corpus.path.parents[1], "constances")
    assert f"la base n'avait pas commencé (period.from) quand cela a paru\n    - {FOUND}\n" in capsys.readouterr().out
