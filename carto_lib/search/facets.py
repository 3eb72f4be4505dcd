"""Filters (several values each) and the counts of each facet under what the other facets select."""

import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import tantivy

from carto_lib.errors import QueryError
from carto_lib.i18n import catalogue
from carto_lib.openness import OPEN_COLOURS
from carto_lib.search.documents import FOREMOST, FREQUENT, NAMES, RANKS
from carto_lib.search.index import OpenIndex

Query = tantivy.Query
MUST = tantivy.Occur.Must
FACETS = ("database", "label", "year", "type", "language", "open_access", "topic", "person", "institution", "region")
LABELS = ("uses", "describes", "mentions")
_MOST = 1_000
_ALL = 10_000_000  # every value of a segment: what is counted is exact
_FEW = 2_000  # works up to which counting the names seldom met costs less than asking once more
_FEW_WORKS: tuple[tuple[int, tuple[str, ...]], ...] = ((FOREMOST, ("often", "seldom")),)
_MANY_WORKS: tuple[tuple[int, tuple[str, ...]], ...] = ((FOREMOST, ("often",)), (FREQUENT, ("seldom",)))
_LARGE = 300_000  # works
_BESIDE = ThreadPoolExecutor(thread_name_prefix="facets")
_YEARS = re.compile(r"(\d{4})?\.\.(\d{4})?$")
Filters = dict[str, tuple[str, ...]]
_Counts = dict[str, dict[str, int]]
_Part = Callable[[], _Counts]


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet: what it is, what is shown, how many works it would keep, whether it is selected."""

    value: str
    label: str
    count: int
    selected: bool = False


def read_filters(filters: Mapping[str, Iterable[str]] | None, databases: Iterable[str] | None = None) -> Filters:
    """Return filters in order, without the empty ones.

    Raises
    ------
    QueryError
        If a facet doesn't exist, or a year isn't one.
    """
    read = {name: tuple(dict.fromkeys(map(str, values))) for name, values in (filters or {}).items()}
    if databases:
        read["database"] = tuple(dict.fromkeys([*read.get("database", ()), *databases]))
    for name in read:
        if name not in FACETS:
            raise QueryError(f"no facet {name!r}: the facets are {', '.join(FACETS)}")
    for year in read.get("year", ()):
        if not (re.fullmatch(r"\d{4}", year) or year == "unknown" or _YEARS.match(year)):
            raise QueryError(f"{year!r} is no year: write 2015, 2015..2020 or unknown")
    return {name: values for name, values in read.items() if values}


class Facets:
    """Filters and counts over one index."""

    def __init__(self, opened: OpenIndex, filters: Filters, language: str, size: int) -> None:
        self.opened = opened
        self.filters = filters
        self.language = language
        self.size = size

    def narrowed(self, query: Query, leaving_out: str | None = None) -> Query:
        """Return the query under every filter but one."""
        filters = {name: values for name, values in self.filters.items() if name != leaving_out}
        clauses = []
        if "label" in filters and "database" in filters:
            relations = [
                f"{database}|{label}" for database in filters.pop("database") for label in filters.pop("label", ())
            ]
            clauses = [self._terms("relation", relations)]
        clauses += [
            self._years(values) if name == "year" else self._terms(name, values) for name, values in filters.items()
        ]
        if not clauses:
            return query
        return Query.boolean_query([(MUST, query), *((MUST, Query.const_score_query(part, 0.0)) for part in clauses)])

    def counting(self, query: Query) -> list[Future[list[_Counts]]]:
        """Start to count each facet, beside what goes on: the index works without Python's lock.

        In a large index, parts are counted side by side; in another, that would cost more than it spares.
        """
        free = [name for name in FACETS if name not in self.filters]
        narrowed = self.narrowed(query)
        is_large = self.opened.works > _LARGE
        groups = [[n for n in free if n in NAMES], [n for n in free if n not in NAMES]] if is_large else [free]
        parts: list[_Part] = [partial(self._aggregate, narrowed, group) for group in groups]
        parts += [partial(self._aggregate, self.narrowed(query, leaving_out=name), [name]) for name in self.filters]
        if "database" in self.filters or "label" in self.filters:
            parts.append(partial(self._relations, query))
        return [_BESIDE.submit(_in_turn, batch) for batch in ([[part] for part in parts] if is_large else [parts])]

    def counts(self, query: Query, counting: list[Future[list[_Counts]]]) -> dict[str, list[FacetValue]]:
        """Return the values of each facet with their counts, the most frequent first (years: the latest first)."""
        answer = {name: values for batch in counting for counts in batch.result() for name, values in counts.items()}
        return {name: self._values(name, answer[name], query) for name in FACETS}

    def _terms(self, name: str, values: Iterable[str]) -> Query:
        schema = self.opened.schema
        if name in NAMES:
            codes = [code for value in values if (code := self.opened.code_of(name, value)) >= 0]
            ranks = [Query.term_set_query(schema, f"{name}_{rank}", codes) for rank in RANKS]
            return Query.boolean_query([(tantivy.Occur.Should, held) for held in ranks])
        if name == "open_access":
            values = [colour for value in values for colour in (OPEN_COLOURS if value == "open" else (value,))]
        return Query.term_set_query(schema, name, list(values))

    def _years(self, values: Iterable[str]) -> Query:
        parts = []
        for value in values:
            match = _YEARS.match(value)
            first, last = (match[1], match[2]) if match else (value, value)
            low, high = (0, 0) if value == "unknown" else (int(first or 1), int(last) if last else None)
            parts.append(Query.range_query(self.opened.schema, "year", tantivy.FieldType.Integer, low, high))
        return Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])

    def _aggregate(self, query: Query, names: list[str]) -> dict[str, dict[str, int]]:
        """Count the values of some facets; of people, institutions and topics, the names less met only if needed."""
        kinds = [name for name in names if name in NAMES]
        answer, total = self._terms_of(query, [f"{name}_foremost" if name in NAMES else name for name in names])
        counted = {kind: answer.pop(f"{kind}_foremost") for kind in kinds}
        for held, ranks in _FEW_WORKS if total <= _FEW else _MANY_WORKS:
            kinds = [kind for kind in kinds if not self._holds_the_most(kind, held, counted[kind])]
            found, _ = self._terms_of(query, [f"{kind}_{rank}" for kind in kinds for rank in ranks])
            for field, counts in found.items():
                counted[field.rpartition("_")[0]] |= counts
        shown = {kind: dict(sorted(counts.items(), key=_most_first)[: self.size]) for kind, counts in counted.items()}
        return answer | shown

    def _holds_the_most(self, kind: str, held: int, counted: dict[str, int]) -> bool:
        """Tell whether no name beyond the `held` first can come before those counted (of equal counts, codes tell)."""
        names = self.opened.names[kind]["works"]
        if len(names) <= held:
            return True
        most = sorted(counted.values(), reverse=True)[: self.size]
        return len(most) >= self.size and most[-1] >= names[held].as_py()

    def _terms_of(self, query: Query, fields: list[str]) -> tuple[dict[str, dict[str, int]], int]:
        """Return how many works have each value of some fields, and how many works the query finds (0: no field)."""
        if not fields:
            return {}, 0
        asked: dict[str, Any] = {
            field: {"terms": {"field": field, "size": self.size if _is_coded(field) else _MOST, "segment_size": _ALL}}
            for field in fields
        }
        found = self.opened.searcher.aggregate(query, asked | {"works": {"value_count": {"field": "number"}}})
        counts = {
            field: {_key(field, bucket["key"]): bucket["doc_count"] for bucket in found[field]["buckets"]}
            for field in fields
        }
        return counts, int(found["works"]["value"])

    def _relations(self, query: Query) -> dict[str, dict[str, int]]:
        """Count label and database together: a label is what a work does with a database."""
        answer: dict[str, dict[str, int]] = {}
        if "label" in self.filters:
            asked = {"relation": {"terms": {"field": "relation", "size": 4 * _MOST}}}
            found = self.opened.searcher.aggregate(self.narrowed(query, leaving_out="database"), asked)
            counts: dict[str, int] = {}
            for bucket in found["relation"]["buckets"]:
                database, _, label = bucket["key"].rpartition("|")
                if label in self.filters["label"]:
                    counts[database] = counts.get(database, 0) + bucket["doc_count"]
            answer["database"] = counts
        if "database" in self.filters:
            others = {name: values for name, values in self.filters.items() if name != "label"}
            answer["label"] = {
                label: self.opened.count(
                    Facets(self.opened, others | {"label": (label,)}, self.language, self.size).narrowed(query)
                )
                for label in LABELS
            }
        return answer

    def _values(self, name: str, counts: dict[str, int], query: Query) -> list[FacetValue]:
        names = self._names(name, counts) if name in NAMES else {}
        if names:
            counts = {names[key][0]: count for key, count in counts.items()}
        if name == "open_access":
            counts["open"] = sum(counts.get(colour, 0) for colour in OPEN_COLOURS)
        labels = dict(names.values())
        selected = self.filters.get(name, ())
        for value in selected:
            if value not in counts and not _YEARS.match(value):
                alone = Facets(self.opened, self.filters | {name: (value,)}, self.language, self.size)
                counts[value] = self.opened.count(alone.narrowed(query))
        values = [
            FacetValue(value, labels.get(value) or self.label(name, value), count, value in selected)
            for value, count in counts.items()
            if count or value in selected
        ]
        if name == "year":
            return sorted(values, key=lambda item: item.value, reverse=True)
        return sorted(values, key=lambda item: (-item.count, item.label, item.value))

    def _names(self, kind: str, codes: Iterable[str]) -> dict[str, tuple[str, str]]:
        ids, labels = self.opened.names[kind]["id"], self.opened.names[kind][f"label_{self.language}"]
        return {code: (ids[int(code)].as_py(), labels[int(code)].as_py()) for code in codes}

    def label(self, name: str, value: str) -> str:
        """Return how a value is shown."""
        if name == "database":
            concept = self.opened.vocabulary.concepts.get(f"database:{value}")
            return concept.label(self.language) if concept else value
        if name in NAMES:
            return self.opened.name_of(name, value, self.language)
        return catalogue(self.language).get(f"search.{name}.{value}", value)


def _in_turn(parts: list[_Part]) -> list[_Counts]:
    return [part() for part in parts]


def _is_coded(field: str) -> bool:
    return field.rpartition("_")[0] in NAMES


def _most_first(item: tuple[str, int]) -> tuple[int, int]:
    return -item[1], int(item[0])


def _key(name: str, key: Any) -> str:
    if isinstance(key, str):
        return key
    return "unknown" if name == "year" and not key else str(int(key))
