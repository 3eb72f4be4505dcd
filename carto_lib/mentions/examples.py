"""The registry's own examples, read by the matcher: where it answers otherwise than they say."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from carto_lib.mentions.finder import MentionFinder
from carto_lib.registry import Database, Registry
from carto_lib.text import fold


class Failure(NamedTuple):
    """An example that the matcher answers wrongly: which database, its text, whether it should be found there.

    ``read`` says what the matcher read of the database in it: (form as printed, rule).
    """

    database: str
    text: str
    expected: bool
    read: tuple[tuple[str, str], ...] = ()


def failing_examples(registry: Registry, databases: Iterable[str]) -> list[Failure]:
    """Return the examples of some databases, false friends' included, that the matcher answers wrongly.

    Parameters
    ----------
    registry : Registry
        The whole registry: another database's form may cover one of theirs.
    databases : iterable of str
        Ids.
    """
    finder = MentionFinder(registry)
    failures = []
    for name in databases:
        for text, expected in dict.fromkeys(_examples(registry[name])):
            readings = [reading for reading in finder.read(text) if reading.database == registry[name].id]
            if expected != any(reading.counts for reading in readings):
                read = tuple((reading.name, reading.rule) for reading in readings)
                failures.append(Failure(name, text, expected, read))
    return failures


def untried_friends(registry: Registry, databases: Iterable[str]) -> list[tuple[str, str]]:
    """Return the false friends of some databases, (id, text), that no example to be refused puts to the test.

    An example does where it holds the friend's words and a form of the database in its case, and the matcher refuses
    this form as a false friend, or leaves it to a longer name: not for want of an anchor.

    Parameters
    ----------
    registry : Registry
        The whole registry.
    databases : iterable of str
        Ids.
    """
    finder = MentionFinder(registry)
    untried = []
    for name in databases:
        entry = registry[name]
        trials = [
            f" {fold(text)} "
            for text, expected in _examples(entry)
            if not expected and _is_refused_by_words(entry, text, finder)
        ]
        friends = [friend.text for friend in entry.false_friends]
        untried += [(entry.id, text) for text in friends if not any(f" {fold(text)} " in trial for trial in trials)]
    return untried


def _is_refused_by_words(entry: Database, text: str, finder: MentionFinder) -> bool:
    rules = {reading.rule for reading in finder.read(text) if reading.database == entry.id}
    printed = any(re.search(rf"(?<!\w){re.escape(form.text)}(?!\w)", text) for form in entry.names)
    return "false_friend" in rules or (printed and not rules)


def _examples(entry: Database) -> Iterator[tuple[str, bool]]:
    yield from ((example.text, True) for example in entry.examples.positive)
    yield from ((example.text, False) for example in entry.examples.negative)
    yield from ((friend.example, False) for friend in entry.false_friends if friend.example)
