"""The text of a clause, read; an error shows the line and, under it, the place."""

import re
from typing import NoReturn

import pycountry

from carto_lib.errors import QueryError
from carto_lib.query.clauses import Clause, Group, Term, words

_TOKEN = re.compile(
    r'\s*(?:(?:(?P<field>author|institution):)?(?P<phrase>"[^"]*")|(?P<word>AND|OR)\b'
    r"|country:(?P<country>[A-Z]{2})\b|cites:(?P<cites>\d{1,9})\b|(?P<mark>[()]))"
)
_NAME = re.compile(r"\s*([\w-]+)\s*:")
_A_TERM = 'a "phrase", author:"…", institution:"…", country:XX or cites:PMID'


def parse_clause(line: str, number: int) -> Clause:
    """Read the clause that a line holds.

    Raises
    ------
    QueryError
        If it doesn't parse.
    """
    return _Reader(line, number).clause()


class _Reader:
    """Reads one line from left to right."""

    def __init__(self, line: str, number: int) -> None:
        self.line, self.number, self.place = line, number, 0

    def clause(self) -> Clause:
        name = _NAME.match(self.line)
        if not name:
            self.fail(0, "the clause's name and a colon")
        self.place = name.end()
        groups = [self.group()]
        while self.rest():
            self.keyword("AND", "AND")
            groups.append(self.group())
        return Clause(name[1], tuple(groups))

    def group(self) -> Group:
        bracket = _TOKEN.match(self.line, self.place)
        opened = bool(bracket and bracket["mark"] == "(")
        if bracket and opened:
            self.place = bracket.end()
        terms = [self.term()]
        while self.rest():
            if self.token("OR, AND or a bracket")["word"] != "OR":
                break
            self.keyword("OR", "OR")
            terms.append(self.term())
        if opened:
            self.keyword(")", "a closing bracket")
        return tuple(terms)

    def term(self) -> Term:
        token = self.token(_A_TERM)
        term = _read(token)
        if term is None or (not term.field and not words(term.phrase).strip()):
            self.fail(self.start(token), _A_TERM)
        if term.field == "country" and not pycountry.countries.get(alpha_2=term.phrase):
            self.fail(token.start("country"), "the ISO code of a country")
        if term.field == "author" and len(words(term.phrase).split()) < 2:
            self.fail(token.start("phrase"), 'a family name and initials, as in "Weill A"')
        self.place = token.end()
        return term

    def keyword(self, wanted: str, expected: str) -> None:
        token = self.token(expected)
        if wanted not in (token["word"], token["mark"]):
            self.fail(self.start(token), expected)
        self.place = token.end()

    def token(self, expected: str) -> re.Match[str]:
        token = _TOKEN.match(self.line, self.place)
        return token or self.fail(len(self.line) - len(self.line[self.place :].lstrip()), expected)

    def rest(self) -> str:
        return self.line[self.place :].strip()

    def start(self, token: re.Match[str]) -> int:
        return token.end() - len(token[0].lstrip())

    def fail(self, place: int, expected: str) -> NoReturn:
        message = f"line {self.number}, column {place + 1}: expected {expected}"
        raise QueryError(f"{message}\n{self.line}\n{' ' * place}^")


def _read(token: re.Match[str]) -> Term | None:
    for field in ("country", "cites"):
        if token[field]:
            return Term(token[field], field)
    return Term(token["phrase"][1:-1], token["field"] or "") if token["phrase"] is not None else None
