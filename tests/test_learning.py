"""Clauses learned from judged works: what separates a database's works from the others."""

import pytest

from carto_lib.evaluation.cases import Case
from carto_lib.evaluation.learning import MIN_POSITIVE, TARGET_RECALL, learn_clauses
from carto_lib.evaluation.split import part_of
from carto_lib.query import Clause
from carto_lib.registry import load_registry

PHRASES = ("linked reimbursement warehouse of Brittany", "regional sickness fund extraction")


def works(prefix: str, part: str) -> list[str]:
    return [name for number in range(400) if part_of(name := f"doi:10.1/{prefix}{number}") == part][:40]


def case(work_id: str, text: str, database: str, label: str, authors: tuple[str, ...] = (), pmid: str = "") -> Case:
    return Case(work_id, text, 2020, "passage", truth={database: label}, authors=authors, pmid=pmid)


def corpus(part: str = "derivation") -> dict[str, list[Case]]:
    """Return works of the SNDS that say one phrase or the other, and works of a cohort that say neither."""
    own = [
        case(name, f"We analysed the {PHRASES[number % 2]} on topic{number}", "snds", "uses", ("Zorglub Anatole",))
        for number, name in enumerate(works("own", part))
    ]
    others = [
        case(name, f"A cohort of volunteers on theme{number}", "constances", "uses", ("Dupont Anatole",))
        for number, name in enumerate(works("other", part))
    ]
    return {"snds": own, "constances": others}


def terms(clauses: list[Clause], name: str) -> set[str]:
    return {term.phrase for clause in clauses if clause.name == name for term in clause.groups[0]}


@pytest.fixture(scope="module")
def learned() -> list[Clause]:
    return learn_clauses("snds", corpus(), load_registry())


def test_the_phrases_and_people_that_separate_are_learned(learned: list[Clause]) -> None:
    phrases = terms(learned, "learned") | terms(learned, "learned-anchored")
    cases = corpus()["snds"]
    covered = [one for one in cases if any(phrase.casefold() in one.title.casefold() for phrase in phrases)]
    assert len(covered) >= TARGET_RECALL * len(cases)
    assert len(phrases) == 2, "greedy set cover keeps one phrase for each way of saying it"
    assert terms(learned, "learned-authors") == {"zorglub a"}


def test_what_the_others_say_too_is_not_learned() -> None:
    cases = corpus()
    cases["constances"] = [
        case(one.work_id, cases["snds"][0].title, "constances", "uses") for one in cases["constances"]
    ]
    clauses = learn_clauses("snds", cases, load_registry())
    phrases = terms(clauses, "learned") | terms(clauses, "learned-anchored")
    assert len(phrases) == 1
    assert phrases.pop() in f"We analysed the {PHRASES[1]}"


def test_the_validation_part_and_too_few_works_teach_nothing() -> None:
    few = {name: cases[: MIN_POSITIVE - 1] for name, cases in corpus().items()}
    for cases in (corpus("validation"), few):
        learned = {clause.name for clause in learn_clauses("snds", cases, load_registry())}
        assert learned <= {"learned-citations"}, "the registry's own reference papers alone"


def test_a_work_that_describes_the_database_is_looked_for_in_references() -> None:
    cases = {"snds": [case(works("own", "derivation")[0], "The SNDS", "snds", "describes", pmid="28756037")]}
    (clause,) = [one for one in learn_clauses("snds", cases, load_registry()) if one.name == "learned-citations"]
    assert "28756037" in {term.phrase for term in clause.groups[0]}
