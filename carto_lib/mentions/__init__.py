"""Text to mentions: where each database's name stands, in which form, and the rule that lets it count.

Every form of the registry is looked for at once (Aho–Corasick over folded text); rules then run only around
what was found, so a text without a name costs almost nothing, whatever the number of databases.
"""

from carto_lib.mentions.examples import failing_examples, untried_friends
from carto_lib.mentions.finder import MentionFinder
from carto_lib.mentions.rules import REFUSALS, Reading
from carto_lib.mentions.table import WorkReadings, find_mentions, mentions_table, read_works, unknown_forms

__all__ = [
    "REFUSALS",
    "MentionFinder",
    "Reading",
    "WorkReadings",
    "failing_examples",
    "find_mentions",
    "mentions_table",
    "read_works",
    "unknown_forms",
    "untried_friends",
]
