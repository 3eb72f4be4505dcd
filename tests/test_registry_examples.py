"""Every example of the registry, and every false friend's, through the matcher."""

import pytest

from carto_lib.mentions import MentionFinder
from carto_lib.registry import Registry, load_registry


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry()


@pytest.fixture(scope="module")
def finder(registry: Registry) -> MentionFinder:
    return MentionFinder(registry)


@pytest.mark.parametrize("database", load_registry())
def test_examples_of_a_database(database: str, registry: Registry, finder: MentionFinder) -> None:
    entry = registry[database]
    found = {
        text: database in {mention.database for mention in finder.find(text)}
        for text in (
            *(example.text for example in (*entry.examples.positive, *entry.examples.negative)),
            *(friend.example for friend in entry.false_friends if friend.example),
        )
    }
    missed = [example.text for example in entry.examples.positive if not found[example.text]]
    positives = {example.text for example in entry.examples.positive}
    wrong = [text for text, is_found in found.items() if is_found and text not in positives]
    assert (missed, wrong) == ([], [])


def test_a_part_of_a_longer_name_is_not_another_database(finder: MentionFinder) -> None:
    assert {mention.database for mention in finder.find("In France, the CKD‐REIN cohort on dialysis")} == {"ckd-rein"}
    assert {mention.database for mention in finder.find("EPIPAGE 2, France")} == {"epipage2"}
