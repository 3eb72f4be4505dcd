"""What a query is made of: terms, clauses, and how a clause reads a local text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import pycountry

from carto_lib.errors import QueryError
from carto_lib.text import fold

CHANNEL_OF_FIELD = {"author": "authors", "institution": "institutions", "cites": "citations"}


class Term(NamedTuple):
    """A phrase looked for in a field.

    Attributes
    ----------
    phrase : str
        For ``country`` an ISO 3166-1 alpha-2 code, for ``author`` a family name and initials ("Weill A"), for
        ``cites`` the PMID of the work cited.
    field : str
        Empty (title, abstract, keywords), ``country``, ``institution`` (both in the affiliations), ``author`` or
        ``cites``.
    """

    phrase: str
    field: str = ""

    def __str__(self) -> str:
        if self.field in ("country", "cites"):
            return f"{self.field}:{self.phrase}"
        return f'{self.field}:"{self.phrase}"' if self.field else f'"{self.phrase}"'


Group = tuple[Term, ...]


class Document(NamedTuple):
    """A local work: its text (title, abstract, keywords), affiliations, authors, and the PMIDs that it cites."""

    text: str
    affiliations: str = ""
    authors: Sequence[str] = ()
    references: Sequence[str] = ()


class Folded(NamedTuple):
    """A document made ready for many clauses: whole words between spaces."""

    text: str
    affiliations: str
    authors: tuple[tuple[str, ...], ...]
    references: frozenset[str]

    @classmethod
    def of(cls, document: Document) -> "Folded":
        """Fold a document once."""
        authors = tuple(tuple(fold(name).split()) for name in document.authors)
        return cls(words(document.text), words(document.affiliations), authors, frozenset(document.references))

    def holds(self, term: Term) -> bool:
        """Tell whether the document answers a term."""
        if term.field == "country":
            return words(country_name(term)) in self.affiliations
        if term.field == "institution":
            return words(term.phrase) in self.affiliations
        if term.field == "cites":
            return term.phrase in self.references
        if term.field == "author":
            return any(_is_author(term.phrase, name) for name in self.authors)
        return words(term.phrase) in self.text


@dataclass(frozen=True)
class Clause:
    """Terms that a work must hold: one of each group."""

    name: str
    groups: tuple[Group, ...]

    def __str__(self) -> str:
        groups = [" OR ".join(map(str, group)) for group in self.groups]
        if len(groups) > 1:
            groups = [f"({text})" if len(group) > 1 else text for text, group in zip(groups, self.groups, strict=True)]
        return f"{self.name}: {' AND '.join(groups)}"

    @cached_property
    def channel(self) -> str:
        """``text``, or the channel of the first field of another kind: authors, institutions, citations."""
        fields = (term.field for group in self.groups for term in group)
        return next((CHANNEL_OF_FIELD[field] for field in fields if field in CHANNEL_OF_FIELD), "text")

    def matches(self, document: Folded) -> bool:
        """Tell whether a document holds one term of each group."""
        return all(any(map(document.holds, group)) for group in self.groups)

    def halves(self) -> Iterator["Clause"]:
        """Yield two clauses that together ask the same: the longest group, cut in two."""
        longest = max(self.groups, key=len)
        if len(longest) == 1:
            raise QueryError(
                f"clause {self.name!r} is too long for one request: {str(self)[:120]}…; shorten its phrases"
            )
        middle = len(longest) // 2
        for part in (longest[:middle], longest[middle:]):
            yield Clause(self.name, tuple(part if group is longest else group for group in self.groups))


def distinct(terms: Iterable[Term]) -> Group:
    """Keep the first of the terms that the sources can't tell apart, in order."""
    return tuple({(words(term.phrase), term.field): term for term in reversed(list(terms))}.values())[::-1]


def words(text: str) -> str:
    """Return the folded words of a text between spaces, so that ``in`` looks for whole words."""
    return f" {fold(text)} "


def country_name(term: Term) -> str:
    """Return the English name of a term's country, as affiliations print it."""
    return str(pycountry.countries.lookup(term.phrase).name)


def _is_author(phrase: str, name: tuple[str, ...]) -> bool:
    """Tell whether a printed name, in any order, is that family name with that first initial."""
    *family, initials = fold(phrase).split()
    rest = [word for word in name if word not in family]
    return set(family) <= set(name) and any(word[0] == initials[0] for word in rest)
