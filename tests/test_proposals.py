"""Names learnt from a list of publications."""

import json
from pathlib import Path

import pytest

from carto_lib.proposals import places_of, propose_names, without_form
from carto_lib.registry import NameForm, Registry, load_registry
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
    assert (short.form.text, short.form.kind, short.form.language) == ("ZORGLUB-Santé", "short", "mul")
    assert (full.form.text, full.form.kind, full.form.language) == ("ZORGLUB-Santé cohort", "full", "en")
    assert (full.works, full.listed, full.background, full.others, full.owners) == (8, 8, 0, 8, ())


def test_only_what_is_said_of_a_study_is_a_name(registry: Registry) -> None:
    """Words that a list of publications repeats, though no other list does: a marker, a syndrome, a population."""
    repeated = "TNF-alpha and the Metabolic Syndrome in Healthy French Families, at t0 and t+5, 20 year follow-up"
    listed = [
        {"title": f"{subject}: {repeated}", "abstract": f"We studied {subject.lower()} in the ZORG cohort."}
        for subject in SUBJECTS
    ]
    assert {proposal.form.text for proposal in propose_names(listed, OTHERS, registry)} == {"ZORG", "ZORG cohort"}


def test_a_short_form_counts_where_its_case_is_printed(registry: Registry) -> None:
    listed = [{"title": f"{subject} in the ZORG cohort"} for subject in SUBJECTS[:5]]
    listed += [{"title": f"{subject} in the Zorg cohort"} for subject in SUBJECTS[5:]]
    counts = {proposal.form.text: proposal.works for proposal in propose_names(listed, OTHERS, registry)}
    assert counts == {"ZORG": 5, "Zorg": 3, "ZORG cohort": 8}


def test_a_proper_name_in_lower_case_letters_is_one_beside_its_studys_word(registry: Registry) -> None:
    listed = [{"title": f"{subject} in the Zorglub cohort", "abstract": "Background: Sleep"} for subject in SUBJECTS]
    forms = {proposal.form.text: proposal.form for proposal in propose_names(listed, OTHERS, registry)}
    assert set(forms) == {"Zorglub", "Zorglub cohort"}
    assert (forms["Zorglub"].kind, forms["Zorglub"].needs_anchor) == ("short", True)


def test_neither_a_piece_of_a_sentence_nor_a_heading_nor_who_pays_is_a_name(registry: Registry) -> None:
    listed = [
        {
            "title": f"{subject} in patients enrolled in the ZORG cohort, ANRS cohort",
            "abstract": "INTRODUCTION: Cohort INTRODUCTION. The Agence nationale (ANRS) pays for the ANRS cohort.",
        }
        for subject in SUBJECTS
    ]
    assert {proposal.form.text for proposal in propose_names(listed, OTHERS, registry)} == {"ZORG", "ZORG cohort"}


def test_what_the_database_has_is_not_proposed_again_nor_a_piece_of_it(registry: Registry) -> None:
    listed = [{"title": f"{subject} in the French Zorglub Perinatal Cohort, or ZORG study"} for subject in SUBJECTS]
    known = [NameForm(text="French Zorglub perinatal cohort", kind="full"), NameForm(text="ZORG", kind="short")]
    proposed = {proposal.form.text for proposal in propose_names(listed, OTHERS, registry, known)}
    assert proposed == {"ZORG study"}


def test_a_short_form_that_is_a_word_needs_an_anchor(registry: Registry) -> None:
    title = "{} in the PRISM study, or XKCD study, or Quartz follow-up of the PRISM register: a prism of causes"
    listed = [{"title": title.format(subject)} for subject in SUBJECTS]
    needs = {proposal.form.text: proposal.form.needs_anchor for proposal in propose_names(listed, OTHERS, registry)}
    assert needs == {
        "PRISM": True,
        "PRISM study": True,
        "PRISM register": True,
        "XKCD": False,
        "XKCD study": False,
    }


def test_a_disease_is_no_name_however_often_it_stands_beside_the_word_of_a_study(registry: Registry) -> None:
    text = "{} in the ALS cohort, amyotrophic lateral sclerosis (ALS), HIV-infected cohort, and the ZORG cohort"
    listed = [{"title": text.format(subject)} for subject in SUBJECTS]
    assert {proposal.form.text for proposal in propose_names(listed, OTHERS, registry)} == {"ZORG", "ZORG cohort"}


def test_the_demonym_that_makes_a_common_expression_ones_own_is_kept(registry: Registry) -> None:
    listed = [{"title": f"{subject} in the French Childhood Cancer Survivor Study"} for subject in SUBJECTS]
    (proposal,) = propose_names(listed, OTHERS, registry)
    assert (proposal.form.text, proposal.form.kind) == ("French Childhood Cancer Survivor Study", "generic")
    assert proposal.excerpt == "asthma in the French Childhood Cancer Survivor Study"


def test_an_excerpt_stands_where_the_name_is_printed_otherwise(registry: Registry) -> None:
    listed = [{"title": f"{subject} : the Aproco/Copilote cohort"} for subject in SUBJECTS[:1]]
    listed += [{"title": f"{subject} : the APROCO-COPILOTE cohort"} for subject in SUBJECTS[1:]]
    excerpts = {found.form.text: found.excerpt for found in propose_names(listed, OTHERS, registry)}
    assert excerpts["APROCO-COPILOTE cohort"] == f"{SUBJECTS[0]} : the Aproco/Copilote cohort"


def test_a_name_that_the_database_has_is_proposed_in_its_other_case(registry: Registry) -> None:
    listed = [{"title": f"{subject} in the Mona Lisa survey"} for subject in SUBJECTS]
    known = [NameForm(text="MONA LISA", kind="short", needs_anchor=True)]
    proposed = {proposal.form.text: proposal.form for proposal in propose_names(listed, OTHERS, registry, known)}
    assert (proposed["Mona Lisa"].kind, proposed["Mona Lisa"].needs_anchor) == ("short", True)


def test_a_name_made_of_one_that_needs_an_anchor_needs_it_too(registry: Registry) -> None:
    listed = [{"title": f"{subject} in the XKCD cohort, not the QRST cohort"} for subject in SUBJECTS]
    known = [NameForm(text="XKCD", kind="short", needs_anchor=True)]
    needs = {found.form.text: found.form.needs_anchor for found in propose_names(listed, OTHERS, registry, known)}
    assert needs == {"XKCD cohort": True, "QRST": False, "QRST cohort": False}


def test_a_defined_name_keeps_its_commas(registry: Registry) -> None:
    long_form = "Zone d'Observation, dans la Recherche et la Gestion"
    listed = [
        {
            "title": f"{subject} dans la cohorte ZORG",
            "abstract": f"La {long_form} (ZORG) suit des adultes.",
            "doi": "10/x",
        }
        for subject in SUBJECTS
    ]
    defined = next(found for found in propose_names(listed, OTHERS, registry) if found.form.text == long_form)
    assert (defined.form.kind, defined.works, defined.form.source) == ("full", 8, "https://doi.org/10/x")


def test_publications_without_any_name_are_told() -> None:
    records = [{"title": "Sleep in the Zorg-2 COHORT"}, {"title": "Sleep", "abstract": "No name."}]
    forms = [NameForm(text="ZORG-2 cohort", kind="full"), NameForm(text="ZORG", kind="short")]
    assert without_form(records, forms) == ["Sleep"]
    assert [places_of(form, records) for form in forms] == [[0], []]


def test_what_others_print_as_often_is_no_name(registry: Registry) -> None:
    proposed = {proposal.form.text for proposal in propose_names(LISTED, OTHERS, registry)}
    assert "findings" not in proposed
    assert "adults" not in proposed


def test_the_list_is_not_its_own_background(registry: Registry) -> None:
    alone, with_itself = (propose_names(LISTED, others, registry) for others in (OTHERS, [*OTHERS, *LISTED]))
    assert alone == with_itself


def test_a_form_of_another_database_says_whose_it_is(registry: Registry) -> None:
    listed = [{"title": f"{subject} in the SNIIRAM"} for subject in SUBJECTS]
    sniiram = next(found for found in propose_names(listed, OTHERS, registry) if found.form.text == "SNIIRAM")
    assert sniiram.form.kind == "short"
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
    assert name in {proposal.form.text for proposal in proposals[:3]}
