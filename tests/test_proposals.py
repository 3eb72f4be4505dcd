"""Names learnt from a list of publications."""

import json
from pathlib import Path

import pytest

from carto_lib.proposals import propose_names, without_form
from carto_lib.registry import Registry, load_registry
from carto_lib.sources.files import parse_file


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry()


SUBJECTS = ["asthma", "depression", "sleep", "diet", "work", "pain", "falls", "ageing"]
LINKS = ["findings from", "results of", "a report of", "evidence in"] * 2
LISTED = [
    {"title": f"{subject.capitalize()} in adults: {link} the ZORGLUB-Santé cohort"}
    for subject, link in zip(SUBJECTS, LINKS, strict=True)
]
OTHERS = [{"title": f"{subject.capitalize()} in adults: findings from a national cohort"} for subject in SUBJECTS]


def test_the_name_comes_first_as_printed(registry: Registry) -> None:
    short, full = propose_names(LISTED, OTHERS, registry)
    assert (short.text, short.kind, short.language) == ("ZORGLUB-Santé", "short", "mul")
    assert (full.text, full.kind, full.language) == ("ZORGLUB-Santé cohort", "full", "en")
    assert (full.works, full.listed, full.background, full.others, full.owners) == (8, 8, 0, 8, ())


def test_only_what_is_said_of_a_study_is_a_name(registry: Registry) -> None:
    """Words that a list of publications repeats, though no other list does: a marker, a syndrome, a population."""
    repeated = "TNF-alpha and the Metabolic Syndrome in Healthy French Families, at t0 and t+5, 20 year follow-up"
    listed = [
        {"title": f"{subject}: {repeated}", "abstract": f"We studied {subject.lower()} in the ZORG cohort."}
        for subject in SUBJECTS
    ]
    assert {proposal.text for proposal in propose_names(listed, OTHERS, registry)} == {"ZORG", "ZORG cohort"}


def test_a_short_form_counts_where_its_case_is_printed(registry: Registry) -> None:
    listed = [{"title": f"{subject} in the ZORG cohort"} for subject in SUBJECTS[:5]]
    listed += [{"title": f"{subject} in the Zorg cohort"} for subject in SUBJECTS[5:]]
    counts = {proposal.text: proposal.works for proposal in propose_names(listed, OTHERS, registry)}
    assert counts == {"ZORG": 5, "ZORG cohort": 8}


def test_a_short_form_that_is_a_word_needs_an_anchor(registry: Registry) -> None:
    listed = [{"title": f"{subject} in the PRISM study: a prism of causes"} for subject in SUBJECTS]
    needs = {proposal.text: proposal.needs_anchor for proposal in propose_names(listed, OTHERS, registry)}
    assert needs == {"PRISM": True, "PRISM study": False}


def test_a_defined_name_keeps_its_commas(registry: Registry) -> None:
    long_form = "Zone d'Observation, de Recherche et de Gestion"
    listed = [
        {
            "title": f"{subject} dans la cohorte ZORG",
            "abstract": f"La {long_form} (ZORG) suit des adultes.",
            "doi": "10/x",
        }
        for subject in SUBJECTS
    ]
    defined = next(found for found in propose_names(listed, OTHERS, registry) if found.text == long_form)
    assert (defined.kind, defined.works, defined.source) == ("full", 8, "https://doi.org/10/x")


def test_publications_without_any_name_are_told() -> None:
    records = [{"title": "Sleep in the Zorg-2 COHORT"}, {"title": "Sleep", "abstract": "No name."}]
    assert without_form(records, ["ZORG-2 cohort"]) == ["Sleep"]


def test_what_others_print_as_often_is_no_name(registry: Registry) -> None:
    proposed = {proposal.text for proposal in propose_names(LISTED, OTHERS, registry)}
    assert "findings" not in proposed
    assert "adults" not in proposed


def test_the_list_is_not_its_own_background(registry: Registry) -> None:
    alone, with_itself = (propose_names(LISTED, others, registry) for others in (OTHERS, [*OTHERS, *LISTED]))
    assert alone == with_itself


def test_a_form_of_another_database_says_whose_it_is(registry: Registry) -> None:
    listed = [{"title": f"{subject} in the SNIIRAM"} for subject in SUBJECTS]
    sniiram = next(found for found in propose_names(listed, OTHERS, registry) if found.text == "SNIIRAM")
    assert sniiram.kind == "short"
    assert sniiram.owners == ("sniiram",)


@pytest.mark.parametrize("records", [[], [{"title": "One title"}], [{"title": None}], [{"title": "a"}, {"title": "b"}]])
def test_too_few_publications_give_nothing(registry: Registry, records: list[dict[str, str]]) -> None:
    assert propose_names(records, OTHERS, registry) == []


@pytest.mark.parametrize(
    ("database", "name"), [("gazel", "GAZEL"), ("constances", "CONSTANCES"), ("fast-mi", "FAST-MI")]
)
def test_known_names_are_found_again_in_real_titles(
    registry: Registry, shared: Path, tmp_path: Path, database: str, name: str
) -> None:
    works = [json.loads(line) for line in (shared / "publications" / "works.jsonl").open(encoding="utf-8")]
    file = tmp_path / "list.jsonl"
    listed = [work for work in works if database in {link["id"] for link in work["databases"]}]
    file.write_text("".join(json.dumps({"title": work["title"]}) + "\n" for work in listed), encoding="utf-8")
    proposals = propose_names(parse_file(file), [{"title": work["title"]} for work in works], registry)
    assert name in {proposal.text for proposal in proposals[:3]}
