"""What to propose while a query is typed: people, institutions, topics and databases."""

import re
from dataclasses import dataclass

import pyarrow.compute

from carto_lib.search.analysis import plain_words
from carto_lib.search.documents import NAMES
from carto_lib.search.index import open_index
from carto_lib.tables import Atlas


@dataclass(frozen=True)
class Suggestion:
    """A name that goes on from what is typed: which facet it belongs to, its identifier, its number of works."""

    facet: str
    value: str
    label: str
    works: int


def suggest(atlas: Atlas, prefix: str, language: str = "fr", limit: int = 5) -> list[Suggestion]:
    """Return the names that hold the words typed, the last one maybe unfinished.

    Parameters
    ----------
    atlas : Atlas
        With its index; counts are those of the whole atlas.
    prefix : str
        What is typed; nothing is suggested under two letters.
    limit : int
        Most names of each kind, those with the most works first.
    """
    words = plain_words(prefix[:100])
    if sum(map(len, words)) < 2:
        return []
    opened = open_index(atlas)
    found = []
    for kind in NAMES:
        names = opened.names[kind]
        kept = None
        for word in words:
            matches = pyarrow.compute.match_substring_regex(names["folded"], rf"\b{re.escape(word)}")
            kept = matches if kept is None else pyarrow.compute.and_(kept, matches)
        rows = names.filter(kept).sort_by([("works", "descending"), ("id", "ascending")]).slice(0, limit).to_pylist()
        found += [Suggestion(kind, row["id"], row[f"label_{language}"], row["works"]) for row in rows]
    databases = [
        Suggestion(
            "database",
            concept.database,
            concept.label(language),
            opened.searcher.doc_freq("database", concept.database),
        )
        for concept in opened.vocabulary.concepts.values()
        if concept.database and any(_goes_on(words, plain_words(form)) for form in concept.forms)
    ]
    return sorted(databases, key=lambda item: (-item.works, item.value))[:limit] + found


def _goes_on(typed: tuple[str, ...], name: tuple[str, ...]) -> bool:
    return all(any(word.startswith(part) for word in name) for part in typed)
