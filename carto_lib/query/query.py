"""A query in one version, built from the registry or read from its text."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from carto_lib.errors import QueryError
from carto_lib.query.clauses import Clause, Document, Folded, Term, distinct
from carto_lib.query.sources import CHANNELS, bounded_requests, compile_clauses
from carto_lib.query.syntax import parse_clause
from carto_lib.registry import Database

NAMES_ALONE, NAMES_ANCHORED = 0, 1


class Search(NamedTuple):
    """What to ask a source, and the identifier under which its records are kept."""

    query_id: str
    text: str


@dataclass(frozen=True)
class Query:
    """The query of one database, in one version."""

    database: str
    version: int
    clauses: tuple[Clause, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.clauses))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The clauses' names, in order."""
        return tuple(clause.name for clause in self.clauses)

    def matches(
        self, text: str, affiliations: str = "", authors: Sequence[str] = (), references: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Return the names of the clauses that a work answers: none means that the query doesn't find it.

        As in the sources, case and accents don't count and whole words are looked for.

        Parameters
        ----------
        text : str
            Title, abstract and keywords.
        affiliations : str
            The affiliations printed on the work, for ``country:`` and ``institution:`` terms.
        authors : sequence of str
            Names as printed, in any order, for ``author:`` terms.
        references : sequence of str
            PMIDs that the work cites, for ``cites:`` terms.
        """
        folded = Folded.of(Document(text, affiliations, authors, references))
        return tuple(clause.name for clause in self.clauses if clause.matches(folded))

    def compile(self, source: str, channel: str = "text") -> str:
        """Return the clauses of a channel in a source's own syntax, as a person would paste them there.

        `searches` cuts them where the source's requests are bounded.

        Raises
        ------
        QueryError
            If the source or the channel is unknown.
        """
        return compile_clauses(self.clauses, source, channel)

    def searches(self, source: str) -> list[Search]:
        """Return what to ask a source: one search a channel, more where a request would be too long.

        Returns
        -------
        list of Search
            ``query_id`` is ``<database>.v<version>.<source>.<channel>``.

        Raises
        ------
        QueryError
            If the source is unknown, or one phrase alone is too long.
        """
        if source not in CHANNELS:
            raise QueryError(f"no search in source {source!r}: choose among {', '.join(CHANNELS)}")
        return [
            Search(f"{self.database}.v{self.version}.{source}.{channel}", text)
            for channel in CHANNELS[source]
            for text in bounded_requests(self.clauses, source, channel)
        ]


def build_query(database: Database, version: int = NAMES_ANCHORED) -> Query:
    """Build the query of a database from its name forms and anchors.

    Parameters
    ----------
    database : Database
        An entry of the registry.
    version : int
        0 = the names alone, without anchors nor generic names: the baseline of any measure;
        1 = names that need it and generic names with one of the database's anchors, or a French affiliation.

    Raises
    ------
    QueryError
        If the version is unknown, or the database has no name to look for.
    """
    if version not in (NAMES_ALONE, NAMES_ANCHORED):
        raise QueryError(f"no version {version!r} of the queries is built: 0 (names alone) or 1")
    forms: dict[str, list[Term]] = {}
    for form in database.names:
        anchored = version == NAMES_ANCHORED and (form.needs_anchor or form.kind == "generic")
        if version == NAMES_ANCHORED or form.kind != "generic":
            name = f"{form.kind}-anchored" if anchored else form.kind
            forms.setdefault(name, []).append(Term(form.text.replace('"', " ")))
    clauses = [
        Clause(name, (distinct(terms), anchor_terms(database)))
        if name.endswith("-anchored")
        else Clause(name, (distinct(terms),))
        for name, terms in sorted(forms.items())
    ]
    if not clauses:
        raise QueryError(f"database {database.id!r} has no name to look for: add `names` to its file in the registry")
    return Query(database.id, version, tuple(clauses))


def anchor_terms(database: Database) -> tuple[Term, ...]:
    """Return what shows a database's context: its anchors, or a French affiliation."""
    return distinct((*map(Term, database.anchors), Term("FR", "country")))


def parse_query(text: str, database: str, version: int) -> Query:
    """Read a query from its text, one clause a line; empty lines and lines that start with # are skipped.

    Raises
    ------
    QueryError
        If it doesn't parse: the message shows the line and, under it, the place.
    """
    lines = enumerate(text.splitlines(), start=1)
    clauses = [parse_clause(line, n) for n, line in lines if line.strip() and not line.lstrip().startswith("#")]
    names = [clause.name for clause in clauses]
    twice = [name for name in names if names.count(name) > 1]
    if not clauses or twice:
        raise QueryError(f"clause {twice[0]!r} stands twice: rename one" if twice else "the query has no clause")
    return Query(database, version, tuple(clauses))
