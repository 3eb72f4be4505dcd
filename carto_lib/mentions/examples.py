"""The registry's own examples, read by the matcher: where it answers otherwise than they say."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from carto_lib.mentions.finder import MentionFinder
from carto_lib.registry import Database, Registry


class Failure(NamedTuple):
    """An example that the matcher answers wrongly: which database, its text, and whether it should be found there."""

    database: str
    text: str
    expected: bool


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
    return [
        Failure(name, text, expected)
        for name in databases
        for text, expected in _examples(registry[name])
        if expected != (registry[name].id in {mention.database for mention in finder.find(text)})
    ]


def _examples(entry: Database) -> Iterator[tuple[str, bool]]:
    yield from ((example.text, True) for example in entry.examples.positive)
    yield from ((example.text, False) for example in entry.examples.negative)
    yield from ((friend.example, False) for friend in entry.false_friends if friend.example)
