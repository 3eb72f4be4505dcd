"""One query language, compiled to each source's syntax and run on local text to measure it.

A query is a list of clauses, one a line; a work answers the query if it answers one clause. A clause is a name and
groups joined by AND; a group is terms joined by OR; a term is a quoted phrase looked for in title, abstract and
keywords, or ``country:FR``, a country looked for in the affiliations::

    full: "Système national des données de santé" OR "French National Health Data System"
    short: "SNDS" AND ("France" OR "Assurance maladie" OR country:FR)

So the sensitivity and the cost of each clause can be computed apart, and each version kept as a text file.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple, NoReturn
from urllib.parse import urlencode

import pycountry

from carto_lib.errors import QueryError
from carto_lib.registry import Database
from carto_lib.text import fold

CHANNELS = {"pubmed": ("text",), "europepmc": ("text", "methods"), "openalex": ("text",), "hal": ("text",)}
LONGEST = {"pubmed": 50_000, "europepmc": 8_000, "openalex": 3_600, "hal": 3_600}
VERSION = 1


class Term(NamedTuple):
    """A phrase of title, abstract or keywords, or (``country`` set) an affiliation's country, ISO 3166-1 alpha-2."""

    phrase: str = ""
    country: str = ""

    def __str__(self) -> str:
        return f"country:{self.country}" if self.country else f'"{self.phrase}"'


Group = tuple[Term, ...]


class Search(NamedTuple):
    """What to ask a source, and the identifier under which its records are kept."""

    query_id: str
    text: str


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

    def matches(self, text: str, affiliations: str = "") -> bool:
        """Tell whether a text, with the affiliations printed beside it, holds one term of each group."""
        return self._matches(_words(text), _words(affiliations))

    def _matches(self, text: str, affiliations: str) -> bool:
        return all(
            any(
                _words(_country(term)) in affiliations if term.country else _words(term.phrase) in text
                for term in group
            )
            for group in self.groups
        )

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

    def matches(self, text: str, affiliations: str = "") -> tuple[str, ...]:
        """Return the names of the clauses that a text answers: none means that the query doesn't find it.

        As in the sources, case and accents don't count and whole words are looked for.

        Parameters
        ----------
        text : str
            Title, abstract and keywords.
        affiliations : str
            The affiliations printed on the work, for ``country:`` terms.
        """
        words, places = _words(text), _words(affiliations)
        return tuple(clause.name for clause in self.clauses if clause._matches(words, places))

    def compile(self, source: str, channel: str = "text") -> str:
        """Return the whole query in a source's own syntax, as a person would paste it there.

        `searches` cuts it where the source's requests are bounded.

        Raises
        ------
        QueryError
            If the source or the channel is unknown.
        """
        compiler = _compiler(source, channel)
        return _OR[source].join(map(compiler, self._clauses_for(source)))

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
        found = []
        for channel in CHANNELS[source]:
            query_id = f"{self.database}.v{self.version}.{source}.{channel}"
            compiler = _compiler(source, channel)
            found += [Search(query_id, text) for text in _bounded(self._clauses_for(source), source, compiler)]
        return found

    def _clauses_for(self, source: str) -> tuple[Clause, ...]:
        return tuple(_split_countries(self.clauses)) if source == "openalex" else self.clauses


def build_query(database: Database, version: int = VERSION) -> Query:
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
    if version not in (0, 1):
        raise QueryError(f"no version {version!r} of the queries: 0 (names alone) or 1")
    forms: dict[str, list[Term]] = {}
    for form in database.names:
        anchored = version == 1 and (form.needs_anchor or form.kind == "generic")
        if version == 1 or form.kind != "generic":
            name = f"{form.kind}-anchored" if anchored else form.kind
            forms.setdefault(name, []).append(Term(form.text.replace('"', " ")))
    anchors = (*(Term(anchor) for anchor in database.anchors), Term(country="FR"))
    clauses = [
        Clause(name, (_distinct(terms), _distinct(anchors)) if name.endswith("-anchored") else (_distinct(terms),))
        for name, terms in sorted(forms.items())
    ]
    if not clauses:
        raise QueryError(f"database {database.id!r} has no name to look for: add `names` to its file in the registry")
    return Query(database.id, version, tuple(clauses))


def parse_query(text: str, database: str, version: int) -> Query:
    """Read a query from its text, one clause a line; empty lines and lines that start with # are skipped.

    Raises
    ------
    QueryError
        If it doesn't parse: the message shows the line and, under it, the place.
    """
    lines = enumerate(text.splitlines(), start=1)
    clauses = [_parse_clause(line, n) for n, line in lines if line.strip() and not line.lstrip().startswith("#")]
    names = [clause.name for clause in clauses]
    twice = [name for name in names if names.count(name) > 1]
    if not clauses or twice:
        raise QueryError(f"clause {twice[0]!r} stands twice: rename one" if twice else "the query has no clause")
    return Query(database, version, tuple(clauses))


_TOKEN = re.compile(r'\s*(?:(?P<phrase>"[^"]*")|(?P<word>AND|OR)\b|country:(?P<country>[A-Z]{2})\b|(?P<mark>[()]))')
_NAME = re.compile(r"\s*([\w-]+)\s*:")


def _parse_clause(line: str, number: int) -> Clause:
    def fail(place: int, expected: str) -> NoReturn:
        raise QueryError(f"line {number}, column {place + 1}: expected {expected}\n{line}\n{' ' * place}^")

    def read(place: int, expected: str) -> re.Match[str]:
        token = _TOKEN.match(line, place)
        return token or fail(len(line) - len(line[place:].lstrip()), expected)

    def read_term(place: int) -> tuple[Term, int]:
        token = read(place, 'a "phrase" or country:XX')
        if token["country"]:
            if not pycountry.countries.get(alpha_2=token["country"]):
                fail(token.start("country"), "the ISO code of a country")
            return Term(country=token["country"]), token.end()
        if token["phrase"] is None or not _words(token["phrase"]).strip():
            fail(token.end() - len(token[0].lstrip()), 'a "phrase" or country:XX')
        return Term(token["phrase"][1:-1]), token.end()

    def read_group(place: int) -> tuple[Group, int]:
        bracket = _TOKEN.match(line, place)
        opened = bool(bracket and bracket["mark"] == "(")
        term, place = read_term(bracket.end() if bracket and opened else place)
        terms = [term]
        while line[place:].strip():
            token = read(place, "OR, AND or a bracket")
            if token["word"] != "OR":
                break
            term, place = read_term(token.end())
            terms.append(term)
        if opened:
            token = read(place, "a closing bracket")
            if token["mark"] != ")":
                fail(token.end() - len(token[0].lstrip()), "a closing bracket")
            place = token.end()
        return tuple(terms), place

    name = _NAME.match(line)
    if not name:
        fail(0, "the clause's name and a colon")
    group, place = read_group(name.end())
    groups = [group]
    while line[place:].strip():
        token = read(place, "AND")
        if token["word"] != "AND":
            fail(token.end() - len(token[0].lstrip()), "AND")
        group, place = read_group(token.end())
        groups.append(group)
    return Clause(name[1], tuple(groups))


def _distinct(terms: Iterable[Term]) -> Group:
    """Keep the first of the terms that the sources can't tell apart, in order."""
    return tuple({(_words(term.phrase), term.country): term for term in reversed(list(terms))}.values())[::-1]


def _words(text: str) -> str:
    """Return the folded words of a text between spaces, so that ``in`` looks for whole words."""
    return f" {fold(text)} "


def _country(term: Term) -> str:
    return str(pycountry.countries.lookup(term.country).name)


def _phrase(term: Term) -> str:
    """Return a phrase that no source can read as an operator."""
    return " ".join(re.sub(r"[^\w'’.-]", " ", term.phrase).split())


def _split_countries(clauses: Iterable[Clause]) -> Iterator[Clause]:
    """Yield the same clauses, each country alone in its group: OpenAlex can't join it to a phrase by OR."""
    for clause in clauses:
        mixed = next((g for g in clause.groups if len(g) > 1 and any(term.country for term in g)), None)
        if mixed is None:
            yield clause
            continue
        phrases = tuple(term for term in mixed if not term.country)
        parts = [phrases] * bool(phrases) + [(term,) for term in mixed if term.country]
        yield from _split_countries(
            Clause(clause.name, tuple(part if group is mixed else group for group in clause.groups)) for part in parts
        )


def _bounded(clauses: tuple[Clause, ...], source: str, compiler: Callable[[Clause], str]) -> Iterator[str]:
    """Yield compiled clauses joined into requests that the source accepts."""
    pending = list(clauses)
    request: list[str] = []
    while pending:
        clause = pending.pop(0)
        text = compiler(clause)
        if _length(source, text) > LONGEST[source]:
            pending[:0] = clause.halves()
            continue
        if request and (source == "openalex" or _length(source, _OR[source].join([*request, text])) > LONGEST[source]):
            yield _OR[source].join(request)
            request = []
        request.append(text)
    if request:
        yield _OR[source].join(request)


def _length(source: str, text: str) -> int:
    """Return the bytes that a compiled text takes in a URL (OpenAlex's is encoded already)."""
    return len(text) if source == "openalex" else len(urlencode({"q": text}))


def _any_of(terms: Iterable[str], brackets: bool = True) -> str:
    joined = " OR ".join(terms)
    return f"({joined})" if brackets else joined


def _compile_pubmed(clause: Clause) -> str:
    def write(term: Term) -> str:
        return f'"{_country(term)}"[ad]' if term.country else f'"{_phrase(term)}"[tiab]'

    return f"({' AND '.join(_any_of(map(write, group)) for group in clause.groups)})"


def _compile_europepmc(clause: Clause, fields: tuple[str, ...]) -> str:
    def write(term: Term) -> str:
        if term.country:
            return f'AFF:"{_country(term)}"'
        return _any_of((f'{field}:"{_phrase(term)}"' for field in fields), len(fields) > 1)

    return f"({' AND '.join(_any_of(map(write, group)) for group in clause.groups)})"


def _compile_openalex(clause: Clause) -> str:
    text = [group for group in clause.groups if not group[0].country]
    codes = [term.country.lower() for group in clause.groups for term in group if term.country]
    joined = " AND ".join(_any_of(f'"{_phrase(term)}"' for term in group) for group in text)
    params = {"search.title_and_abstract.exact": joined} if joined else {}
    if codes:
        params["filter"] = ",".join(f"authorships.institutions.country_code:{code}" for code in codes)
    return urlencode(params)


def _compile_hal(clause: Clause) -> str:
    def write(group: Group) -> str:
        phrases = _any_of(f'"{_phrase(term)}"' for term in group if term.phrase)
        fields = ("title_t", "abstract_t", "keyword_t") if phrases != "()" else ()
        countries = [f"structCountry_s:{term.country.lower()}" for term in group if term.country]
        return _any_of([*(f"{field}:{phrases}" for field in fields), *countries])

    return f"({' AND '.join(map(write, clause.groups))})"


_OR = {"pubmed": " OR ", "europepmc": " OR ", "openalex": "\n", "hal": " OR "}
_COMPILERS: dict[tuple[str, str], Callable[[Clause], str]] = {
    ("pubmed", "text"): _compile_pubmed,
    ("europepmc", "text"): partial(_compile_europepmc, fields=("TITLE_ABS", "KW")),
    ("europepmc", "methods"): partial(_compile_europepmc, fields=("METHODS",)),
    ("openalex", "text"): _compile_openalex,
    ("hal", "text"): _compile_hal,
}


def _compiler(source: str, channel: str) -> Callable[[Clause], str]:
    if (source, channel) not in _COMPILERS:
        known = ", ".join("/".join(pair) for pair in _COMPILERS)
        raise QueryError(f"no channel {channel!r} in source {source!r}: choose among {known}")
    return _COMPILERS[source, channel]
