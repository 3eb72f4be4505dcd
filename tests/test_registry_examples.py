"""Every example of the registry, and every false friend's, through the matcher."""

import re
from pathlib import Path

import pytest
import yaml

from carto_lib.mentions import MentionFinder, failing_examples, untried_friends
from carto_lib.registry import Registry, load_registry
from carto_lib.settings import REGISTRY_DIR


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry()


@pytest.fixture(scope="module")
def finder(registry: Registry) -> MentionFinder:
    return MentionFinder(registry)


def test_every_example_is_answered_as_it_says(registry: Registry) -> None:
    assert failing_examples(registry, registry) == []


def test_an_example_answered_otherwise_is_told(tmp_path: Path) -> None:
    for name in ("snds", "rein"):
        content = (REGISTRY_DIR / f"{name}.yml").read_text(encoding="utf-8")
        content = re.sub("(?m)^(part_of|linked_with|successor_of):.*\n", "", content)
        if name == "rein":
            content = content.replace(
                "  positive:\n", "  positive:\n    - {text: The kidney of a mouse., written: true}\n"
            )
            content = content.replace("  negative:\n", "  negative:\n    - {text: Le registre REIN., written: true}\n")
        (tmp_path / f"{name}.yml").write_text(content, encoding="utf-8")
    told = failing_examples(load_registry(tmp_path), ["rein"])
    assert told == [
        ("rein", "The kidney of a mouse.", True, ()),
        ("rein", "Le registre REIN.", False, (("registre REIN", "full_name"),)),
    ]


def test_a_part_of_a_longer_name_is_not_another_database(finder: MentionFinder) -> None:
    assert {mention.database for mention in finder.find("In France, the CKD‐REIN cohort on dialysis")} == {"ckd-rein"}
    assert {mention.database for mention in finder.find("EPIPAGE 2, France")} == {"epipage2"}


def test_every_false_friend_is_put_to_the_test(registry: Registry) -> None:
    assert untried_friends(registry, registry) == []


@pytest.mark.parametrize(
    ("example", "untried"),
    [
        ("Le cancer du REIN est fréquent en France.", []),
        ("Le cancer du rein est fréquent en France.", ["cancer du rein"]),
        ("Le registre REIN inclut le cancer du rein.", ["cancer du rein"]),
        ("Les malades du REIN, sans contexte.", ["cancer du rein"]),
    ],
    ids=["refused", "another case", "found", "no anchor"],
)
def test_an_example_tries_a_false_friend_only_if_it_is_why_a_form_is_refused(
    tmp_path: Path, example: str, untried: list[str]
) -> None:
    content = (REGISTRY_DIR / "rein.yml").read_text(encoding="utf-8")
    entry = yaml.safe_load(content)
    friends = [{"text": "cancer du rein", "what": "organe", "example": example}]
    entry |= {"false_friends": friends, "linked_with": [], "examples": {}}
    (tmp_path / "rein.yml").write_text(yaml.safe_dump(entry, allow_unicode=True), encoding="utf-8")
    registry = load_registry(tmp_path)
    assert [text for _, text in untried_friends(registry, registry)] == untried
