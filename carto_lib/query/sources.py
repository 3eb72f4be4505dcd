"""Clauses in each source's own syntax, cut where its requests are bounded."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from urllib.parse import urlencode

from carto_lib.errors import QueryError
from carto_lib.query.clauses import Clause, Group, Term, country_name

CHANNELS = {
    "pubmed": ("text", "authors", "institutions"),
    "europepmc": ("text", "methods", "authors", "institutions", "citations"),
    "openalex": ("text", "institutions"),
    "hal": ("text",),
}
LONGEST = {"pubmed": 50_000, "europepmc": 8_000, "openalex": 3_600, "hal": 3_600}
_OR = {"pubmed": " OR ", "europepmc": " OR ", "openalex": "\n", "hal": " OR "}


def compile_clauses(clauses: tuple[Clause, ...], source: str, channel: str) -> str:
    """Return clauses joined in a source's syntax, as a person would paste them there."""
    compiler = _compiler(source, channel)
    return _OR[source].join(map(compiler, _asked(clauses, source, channel)))


def bounded_requests(clauses: tuple[Clause, ...], source: str, channel: str) -> Iterator[str]:
    """Yield compiled clauses joined into requests that the source accepts."""
    compiler = _compiler(source, channel)
    pending = list(_asked(clauses, source, channel))
    request: list[str] = []
    while pending:
        clause = pending.pop(0)
        text = compiler(clause)
        if length(source, text) > LONGEST[source]:
            pending[:0] = clause.halves()
            continue
        if request and (source == "openalex" or length(source, _OR[source].join([*request, text])) > LONGEST[source]):
            yield _OR[source].join(request)
            request = []
        request.append(text)
    if request:
        yield _OR[source].join(request)


def length(source: str, text: str) -> int:
    """Return the bytes that a compiled text takes in a URL (OpenAlex's is encoded already)."""
    return len(text) if source == "openalex" else len(urlencode({"q": text}))


def _asked(clauses: Iterable[Clause], source: str, channel: str) -> Iterator[Clause]:
    """Yield the clauses of a channel (``methods`` asks those of ``text`` in the full text)."""
    own = (clause for clause in clauses if clause.channel == ("text" if channel == "methods" else channel))
    return _split_fields(own) if source == "openalex" else iter(own)


def _split_fields(clauses: Iterable[Clause]) -> Iterator[Clause]:
    """Yield the same clauses, each term of affiliations alone in its group: OpenAlex joins by AND only."""
    for clause in clauses:
        mixed = next((g for g in clause.groups if len(g) > 1 and any(term.field for term in g)), None)
        if mixed is None:
            yield clause
            continue
        phrases = tuple(term for term in mixed if not term.field)
        parts = [phrases] * bool(phrases) + [(term,) for term in mixed if term.field]
        yield from _split_fields(
            Clause(clause.name, tuple(part if group is mixed else group for group in clause.groups)) for part in parts
        )


def _phrase(term: Term) -> str:
    """Return a phrase that no source can read as an operator."""
    return " ".join(re.sub(r"[^\w'’.-]", " ", term.phrase).split())


def _any_of(terms: Iterable[str], brackets: bool = True) -> str:
    joined = " OR ".join(terms)
    return f"({joined})" if brackets else joined


def _compile_pubmed(clause: Clause) -> str:
    tags = {"": "tiab", "author": "au", "institution": "ad", "country": "ad"}

    def write(term: Term) -> str:
        return f'"{country_name(term) if term.field == "country" else _phrase(term)}"[{tags[term.field]}]'

    return f"({' AND '.join(_any_of(map(write, group)) for group in clause.groups)})"


def _compile_europepmc(clause: Clause, fields: tuple[str, ...] = ("TITLE_ABS", "KW")) -> str:
    def write(term: Term) -> str:
        if term.field == "country":
            return f'AFF:"{country_name(term)}"'
        if term.field == "cites":
            return f"CITES:{term.phrase}_MED"
        if term.field:
            return f'{"AUTH" if term.field == "author" else "AFF"}:"{_phrase(term)}"'
        return _any_of((f'{field}:"{_phrase(term)}"' for field in fields), len(fields) > 1)

    return f"({' AND '.join(_any_of(map(write, group)) for group in clause.groups)})"


def _compile_openalex(clause: Clause) -> str:
    text = [group for group in clause.groups if not group[0].field]
    joined = " AND ".join(_any_of(f'"{_phrase(term)}"' for term in group) for group in text)
    params = {"search.title_and_abstract.exact": joined} if joined else {}
    filters = [_openalex_filter(term) for group in clause.groups for term in group if term.field]
    if filters:
        params["filter"] = ",".join(filters)
    return urlencode(params)


def _openalex_filter(term: Term) -> str:
    if term.field == "country":
        return f"authorships.institutions.country_code:{term.phrase.lower()}"
    return f'raw_affiliation_strings.search:"{_phrase(term)}"'


def _compile_hal(clause: Clause) -> str:
    def write(group: Group) -> str:
        phrases = _any_of(f'"{_phrase(term)}"' for term in group if not term.field)
        fields = ("title_t", "abstract_t", "keyword_t") if phrases != "()" else ()
        countries = [f"structCountry_s:{term.phrase.lower()}" for term in group if term.field == "country"]
        return _any_of([*(f"{field}:{phrases}" for field in fields), *countries])

    return f"({' AND '.join(map(write, clause.groups))})"


_COMPILERS: dict[str, Callable[[Clause], str]] = {
    "pubmed": _compile_pubmed,
    "europepmc": _compile_europepmc,
    "openalex": _compile_openalex,
    "hal": _compile_hal,
}


def _compiler(source: str, channel: str) -> Callable[[Clause], str]:
    if channel not in CHANNELS.get(source, ()):
        known = ", ".join(f"{name}/{channel}" for name, channels in CHANNELS.items() for channel in channels)
        raise QueryError(f"no channel {channel!r} in source {source!r}: choose among {known}")
    return partial(_compile_europepmc, fields=("METHODS",)) if channel == "methods" else _COMPILERS[source]
