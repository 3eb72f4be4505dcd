import errno
import json
import shutil
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_atlas import TITLES, make_search_atlas
from typer.testing import CliRunner

from carto_lib.cli import app
from carto_lib.errors import QueryError, TableError
from carto_lib.search import (
    UnknownDatabase,
    asks_for,
    build_index,
    documents,
    facets,
    index,
    search,
    search_ids,
    search_institutions,
    search_people,
    similar,
    suggest,
)
from carto_lib.search.vocabulary import read_lexicon
from carto_lib.tables import Atlas


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return make_search_atlas(tmp_path_factory.mktemp("search") / "atlas")


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("diabetes kidney failure", TITLES[0][0]),
        ("diabète gestationnel", TITLES[1][0]),
        ("tabac base:constances", TITLES[2][0]),
        ("N05BA", TITLES[3][0]),
        ("psychotropes", TITLES[3][0]),
        ("diabéte gestationel", TITLES[1][0]),
        ("l'hospitalisation", TITLES[5][0]),
        ("L04AB02", TITLES[4][0]),
        ("cannab*", TITLES[2][0]),
        ('"insuffisance rénale chronique"', TITLES[0][0]),
    ],
)
def test_finds_in_either_language_through_codes_and_typing_errors(atlas: Atlas, query: str, title: str) -> None:
    assert search(atlas, query).hits[0].plain_title == title


def test_exclusion_and_years(atlas: Atlas) -> None:
    assert search(atlas, "diabète SAUF SNDS").total == 10
    hits = search(atlas, "diabète année:2012..2014", limit=None).hits
    assert hits
    assert {hit.year for hit in hits} <= {2012, 2013, 2014}
    assert search(atlas, "auteur:moulis ET auteur:weill").total == 0


def test_a_word_put_in_a_field_is_never_given_up(atlas: Atlas) -> None:
    hits = search(atlas, "auteur:zureik diabetes cannabis sclérodermie", limit=None).hits
    assert hits
    assert {hit.authors[0] for hit in hits} == {"A. Zureik"}


def test_expansion_is_shown_and_can_be_switched_off(atlas: Atlas) -> None:
    results = search(atlas, "tabac")
    assert results.total == 10
    off = [expansion.expansion_id for expansion in results.expansions]
    assert off == ["lexicon:tobacco"]
    assert search(atlas, "tabac", expansions_off=off).total == 0


def test_a_concept_named_twice_is_offered_once(atlas: Atlas) -> None:
    expansions = search(atlas, "N06A antidépresseurs").expansions
    assert [expansion.expansion_id for expansion in expansions] == ["lexicon:antidepressants"]


def test_text_from_outside_is_escaped(atlas: Atlas) -> None:
    hit = search(atlas, "script alert").hits[0]
    assert "<script" not in hit.title
    assert "&lt;<mark>script</mark>&gt;" in hit.title


@pytest.mark.parametrize(
    "query",
    ["", "x" * 10_000, "le la les",
     '"diab', "\x00\x1f", "مرحبا", "(a+)+$" * 60, "<script>", "((((", "ET", "a*", "année:20x",
     "base:nope", "auter:weill", "-", "\ud800", "*" * 50, ")" * 200, "(" * 900],
)  # fmt: skip
def test_bad_input_is_explained(atlas: Atlas, query: str) -> None:
    results = search(atlas, query)
    assert results.hits or results.explanation
    assert all(message.text for message in results.problems)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80), st.sampled_from(["fr", "en"]))
def test_any_text_is_accepted(atlas: Atlas, query: str, language: str) -> None:
    assert search(atlas, query, language=language, limit=3).total <= 60


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "database": st.lists(st.sampled_from(["snds", "pmsi", "egb", "rein"]), min_size=1, max_size=2),
        "label": st.lists(st.sampled_from(["uses", "mentions"]), min_size=1, max_size=2),
        "type": st.just(["thesis"]),
        "year": st.lists(st.sampled_from(["2012", "unknown", "2014..2016"]), min_size=1, max_size=2),
        "person": st.just(["name:weill"]),
        "region": st.just(["Occitanie"]),
        "institution": st.just(["ror:2"]),
        "topic": st.lists(st.sampled_from(["D1", "D2"]), min_size=1, max_size=2),
        "language": st.just(["fr"]),
        "open_access": st.lists(st.sampled_from(["open", "green", "unknown"]), min_size=1, max_size=2),
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILTERS, st.sampled_from(["", "diabète", "cohort france"]), st.sampled_from(["relevance", "date", "citations"]))
def test_nothing_is_lost_or_doubled(atlas: Atlas, filters: dict[str, list[str]], query: str, sort: str) -> None:
    everything = search_ids(atlas, query, filters=filters, sort=sort)
    total = search(atlas, query, filters=filters, limit=0).total
    assert len(everything) == len(set(everything)) == total
    pages = [search(atlas, query, filters=filters, sort=sort, offset=at, limit=7).hits for at in range(0, total, 7)]
    paged = [hit.work_id for hits in pages for hit in hits]
    assert paged == everything
    assert set(search_ids(atlas, query, filters=filters)) == set(everything)
    for facet, values in search(atlas, query, filters=filters, limit=0).facets.items():
        for value in values:
            chosen = {**filters, facet: [value.value]}
            assert search(atlas, query, filters=chosen, limit=0, with_facets=False).total == value.count, (facet, value)


def test_narrowed_atlas(atlas: Atlas) -> None:
    narrowed = atlas.select(databases=["constances"])
    assert narrowed.search("").total == 10
    assert set(narrowed.search("cohort", limit=None).to_frame()["work_id"]) <= narrowed.work_ids
    assert Counter(value.value for value in narrowed.search("").facets["database"])["snds"] == 0


def test_people_and_structures_answer_with_evidence(atlas: Atlas) -> None:
    found = search_people(atlas, "who works with EGB on psychotropics around Toulouse?")
    assert [(item.identifier, item.places, item.place_of) for item in found] == [
        ("name:weill", ("Toulouse",), "person")
    ]
    assert {atlas.works.set_index("work_id").title[work] for work in found[0].works[:10]} == {TITLES[3][0]}
    assert search_institutions(atlas, "psychotropes EGB")[0].name == "CHU de Toulouse"


def test_who_answers_most_of_a_question_is_given_with_what_lacks(atlas: Atlas) -> None:
    found = search_people(atlas, "who works with CONSTANCES around Toulouse?")
    assert found
    assert {item.lacking for item in found} == {("place",)}
    assert {item.lacking for item in search_people(atlas, "qui travaille sur la sclérodermie à Paris")} == {
        ("subject",)
    }
    assert search_people(atlas, "qui ?") == search_institutions(atlas, "") == []


def test_suggestions_and_likeness(atlas: Atlas) -> None:
    assert [(item.facet, item.works) for item in suggest(atlas, "zur")] == [("person", 20)]
    assert suggest(atlas, "const")[0].value == "constances"
    assert {hit.plain_title for hit in similar(atlas, "doi:10.1/001", limit=5)} == {TITLES[1][0]}
    with pytest.raises(QueryError, match="nope"):
        similar(atlas, "nope")


def test_killed_rebuild_leaves_the_former_index(atlas: Atlas) -> None:
    before = json.loads((atlas.index_path / "current.json").read_text())
    code = (
        "import os, signal, sys\nfrom carto_lib.search import index\nfrom carto_lib.tables import Atlas\n"
        "index.documents = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\nindex.build_index(Atlas(sys.argv[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(atlas.path)], check=False)
    assert done.returncode == -9
    assert json.loads((atlas.index_path / "current.json").read_text()) == before
    assert search(atlas, "diabète").total == 20
    build_index(atlas)
    assert sum(path.is_dir() for path in atlas.index_path.iterdir()) == 1


def test_index_of_another_version_is_rebuilt(atlas: Atlas, caplog: pytest.LogCaptureFixture) -> None:
    pointer = atlas.index_path / "current.json"
    pointer.write_text(json.dumps(json.loads(pointer.read_text()) | {"version": 0}))
    assert search(atlas, "diabète").total == 20
    assert "of version 0" in caplog.text


def test_index_of_other_tables_is_rebuilt_and_the_former_serves_where_it_cannot_be(
    atlas: Atlas, tmp_path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Atlas(shutil.copytree(atlas.path, tmp_path / "atlas"))
    assert search(copy, "diabète").total == 20
    assert "rebuilding" not in caplog.text
    works = copy.works.assign(title="Sclérose en plaques")
    copy.write("works", works)
    with monkeypatch.context() as patch:
        patch.setattr(index, "documents", lambda *_: raise_full_disk())
        assert search(copy, "diabète").total == 20
    assert "the former one serves" in caplog.text
    copy.write("works", works.assign(title="Sclérose en plaque"))
    assert search(copy, "diabète").total == 0
    assert search(copy, "sclérose en plaques").total == 60
    assert sum(path.is_dir() for path in copy.index_path.iterdir()) == 1


def raise_full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_two_builds_at_once_both_end_and_leave_one_index(atlas: Atlas, tmp_path) -> None:
    copy = Atlas(shutil.copytree(atlas.path, tmp_path / "atlas"))
    code = "import sys; from carto_lib.search import build_index; from carto_lib.tables import Atlas\n"
    code += "print(build_index(Atlas(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(copy.path)]
    builds = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [build.communicate()[0].strip() for build in builds] == ["60", "60"]
    assert search(copy, "diabète").total == 20
    assert sum(path.is_dir() for path in copy.index_path.iterdir()) == 1


def test_a_large_index_counts_the_same_facets_in_parts(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    for filters in ({}, {"database": ["snds"], "label": ["uses"], "year": ["2010..2020"]}):
        expected = search(atlas, "", filters=filters).facets
        monkeypatch.setattr(facets, "_LARGE", 0)
        assert search(atlas, "", filters=filters).facets == expected
        monkeypatch.undo()


@pytest.mark.parametrize("few", [0, 1000])
def test_counts_of_names_are_exact_in_three_tiers(
    atlas: Atlas, tmp_path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    copy = Atlas(shutil.copytree(atlas.path, tmp_path / "atlas"))
    expected = search(copy, "", facet_size=2).facets["person"]
    tiers = documents._DOCUMENTS.replace("5000", "2").replace("300", "1")
    monkeypatch.setattr(documents, "_DOCUMENTS", tiers)
    monkeypatch.setattr(facets, "_FEW_WORKS", ((1, ("often", "seldom")),))
    monkeypatch.setattr(facets, "_MANY_WORKS", ((1, ("often",)), (2, ("seldom",))))
    monkeypatch.setattr(facets, "_FEW", few)
    build_index(copy)
    assert search(copy, "", facet_size=2).facets["person"] == expected
    narrowed = search(copy, "année:2012", facet_size=3).facets["person"]
    assert {value.value: value.count for value in narrowed} == {
        value.value: search(copy, "année:2012", filters={"person": [value.value]}).total for value in narrowed
    }


def test_absent_index_and_unknown_facet(atlas: Atlas, tmp_path) -> None:
    with pytest.raises(TableError, match="carto atlas"):
        search(Atlas(tmp_path), "x")
    with pytest.raises(QueryError, match="colour"):
        search(atlas, "x", filters={"colour": ["red"]})


def test_lexicon_is_whole_and_sourced() -> None:
    concepts = read_lexicon()
    assert len(concepts) > 300
    assert all(concept.source and {"fr", "en"} == set(concept.labels) for concept in concepts)


def test_the_works_that_hold_every_word_come_first(atlas: Atlas) -> None:
    hits = search(atlas, "REIN cannabis", limit=None).hits
    both = [hit.plain_title == TITLES[2][0] and len(hit.badges) == 2 for hit in hits]
    assert both == [True] * 5 + [False] * (len(hits) - 5)
    assert len(hits) > 10


def test_a_run_of_words_is_marked_whole_or_not_at_all(atlas: Atlas) -> None:
    hit = search(atlas, "chronic kidney disease").hits[0]
    assert "<mark>insuffisance rénale chronique</mark>" in hit.title


def test_identifiers_and_likeness_are_queries(atlas: Atlas) -> None:
    for query in ("10.1/001", "doi:10.1/001", 'id:"doi:10.1/001"'):
        assert [hit.work_id for hit in search(atlas, query).hits] == ["doi:10.1/001"], query
    like = search(atlas, 'comme:"doi:10.1/001"', filters={"database": ["pmsi"]})
    assert {hit.plain_title for hit in like.hits[:9]} == {TITLES[1][0]}
    assert "doi:10.1/001" not in {hit.work_id for hit in like.hits}
    assert [message.kind for message in search(atlas, "comme:nope").problems] == ["like"]


def test_without_a_word_to_rank_by_the_latest_come_first(atlas: Atlas) -> None:
    years = [hit.year or 0 for hit in search(atlas, "-diabète", limit=None).hits]
    assert years == sorted(years, reverse=True)


def test_an_unknown_database_is_named_with_the_nearest(atlas: Atlas) -> None:
    with pytest.raises(UnknownDatabase, match="did you mean 'snds'"):
        search(atlas, "x", databases=["sndz"])
    assert search(atlas, "diabète", databases=["SNDS"]).total == 10
    assert search(atlas, "diabète", databases=["hepather"]).total == 0
    results = search(atlas, "base:constance")
    assert [message.kind for message in results.problems] == ["database_near"]
    assert results.total == 10


def test_a_question_asks_for_people_or_structures() -> None:
    questions = {"Who works on asthma?": "people", "quelles équipes utilisent le SNDS": "structures", "diabète qui": ""}
    assert {question: asks_for(question) for question in questions} == questions


def test_the_command_prints_exactly_the_agreed_columns(atlas: Atlas, tmp_path) -> None:
    shutil.copytree(atlas.path, tmp_path / "atlas")
    run = CliRunner().invoke
    found = run(app, ["search", "diabète", "--database", "snds", "--limit", "2", "--json", "--data", str(tmp_path)])
    rows = json.loads(found.stdout)
    assert [list(row) for row in rows] == [["work_id", "doi", "title", "year", "score", "highlight"]] * 2
    for query in ("", "-diabète", "--", "(((", "\x00"):
        result = run(app, ["search", "--json", "--data", str(tmp_path), *(["--"] if query == "--" else []), query])
        assert (result.exit_code, isinstance(json.loads(result.stdout), list)) == (0, True), query
    wrong = run(app, ["search", "x", "--database", "sndz", "--data", str(tmp_path)])
    assert (wrong.exit_code, "snds" in wrong.output) == (2, True)
    people = run(app, ["search", "qui utilise EGB", "--kind", "people", "--json", "--data", str(tmp_path)])
    assert json.loads(people.stdout)[0]["works"]


def test_open_access_is_one_value_and_the_best_colour_another(atlas: Atlas) -> None:
    counts = {value.value: value.count for value in search(atlas, "").facets["open_access"]}
    assert counts == {"open": 20, "gold": 20, "closed": 20, "unknown": 20}


def test_around_a_city_takes_its_neighbours(atlas: Atlas, tmp_path) -> None:
    copy = Atlas(shutil.copytree(atlas.path, tmp_path / "atlas"))
    affiliations = copy.affiliations
    moved = affiliations["work_id"].eq("doi:10.1/003")
    copy.write("affiliations", affiliations.assign(institution_id=affiliations["institution_id"].mask(moved, "ror:3")))
    build_index(copy)
    assert {place for item in search_people(copy, "who uses EGB around Toulouse") for place in item.places} == {
        "Toulouse",
        "Balma",
    }
    assert {place for item in search_people(copy, "who uses EGB in Toulouse") for place in item.places} == {"Toulouse"}


@pytest.mark.parametrize("query", ["l'EGB", "d’EGB", "qui utilise l'EGB ?"])
def test_an_elided_article_hides_no_name(atlas: Atlas, query: str) -> None:
    results = search(atlas, query)
    assert results.total == 10
    assert {badge["database"] for hit in results.hits for badge in hit.badges} >= {"egb"}
    assert search(atlas, "l'insuffisance rénale").total == search(atlas, "insuffisance rénale").total > 0
