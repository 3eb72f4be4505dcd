"""Answers to a query: hits with their passages, facets, and what was understood of the query."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import pandas as pd
import tantivy

from carto_lib.errors import QueryError
from carto_lib.i18n import translate
from carto_lib.search.facets import Facets, FacetValue, read_filters
from carto_lib.search.highlight import best_passage, marked_spans, to_html
from carto_lib.search.index import OpenIndex, open_index
from carto_lib.search.plan import Expansion, Plan, make_plan
from carto_lib.search.reading import write_query
from carto_lib.search.syntax import LONGEST_QUERY, Problem
from carto_lib.tables import Atlas

Query = tantivy.Query
MUST, SHOULD = tantivy.Occur.Must, tantivy.Occur.Should
SORTS = {"relevance": None, "date": "date", "citations": "citations"}
USES_BOOST = 0.3


@dataclass(frozen=True)
class Hit:
    """One work found.

    Attributes
    ----------
    title, passage : str
        Safe HTML: escaped text with ``<mark>`` around the words found; `passage` is "" where no text but the
        title holds them.
    score : float
        BM25 with field weights; 0 where the sort isn't by relevance.
    badges : list of dict
        ``{database, label}`` for each database the work is in relation with.
    """

    work_id: str
    doi: str | None
    title: str
    passage: str
    year: int | None
    journal: str | None
    authors: list[str]
    author_count: int
    badges: list[dict[str, str]]
    open_access: str
    retracted: bool
    type: str | None
    language: str | None
    citations: int | None
    url: str | None
    plain_title: str
    title_original: str | None
    score: float


@dataclass(frozen=True)
class Message:
    """A mistake in the query as told to the user, with its place in the query."""

    kind: str
    text: str
    start: int
    end: int


@dataclass
class SearchResults:
    """What a search gives.

    Attributes
    ----------
    hits : list of Hit
        The page asked for.
    total : int
        Number of works found under the filters (never capped).
    facets : dict of str to list of FacetValue
        Counts of each facet with the other facets' selections applied.
    expansions : list of Expansion
        What the query was widened with; pass an ``expansion_id`` in ``expansions_off`` to do without.
    problems : list of Message
        Mistakes in the query, pointed at.
    did_you_mean : str or None
        The query with its typing errors corrected (already looked for).
    reading : str
        The query as it was read, written without its mistakes; "" where it has none.
    explanation : str
        Why nothing was found, or how the query was relaxed; "" otherwise.
    """

    query: str
    hits: list[Hit]
    total: int
    facets: dict[str, list[FacetValue]] = field(default_factory=dict)
    expansions: list[Expansion] = field(default_factory=list)
    problems: list[Message] = field(default_factory=list)
    did_you_mean: str | None = None
    reading: str = ""
    explanation: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return the hits as a table: one row a work, in order; titles and passages as HTML in ``highlight``."""
        columns = ("work_id", "doi", "title", "year", "journal", "score", "highlight", "databases")
        rows = [
            {
                "work_id": hit.work_id,
                "doi": hit.doi,
                "title": hit.plain_title,
                "year": hit.year,
                "journal": hit.journal,
                "score": hit.score,
                "highlight": hit.passage or hit.title,
                "databases": [badge["database"] for badge in hit.badges],
            }
            for hit in self.hits
        ]
        return pd.DataFrame(rows, columns=list(columns)).astype({"year": "Int64"})


class Search:
    """One query over one atlas, ready to count, list and explain."""

    def __init__(
        self,
        atlas: Atlas,
        query: str,
        filters: Mapping[str, Iterable[str]] | None = None,
        databases: Iterable[str] | None = None,
        language: str = "fr",
        expansions_off: Collection[str] = (),
        facet_size: int = 20,
    ) -> None:
        self.opened = open_index(atlas)
        self.text = query
        self.language = language
        self.plan = make_plan(self.opened, query, language, expansions_off)
        named = [known_database(atlas, name) for name in databases or ()]
        self.facets = Facets(self.opened, read_filters(filters, named), language, facet_size)
        self.base = _within(self.opened, atlas, self._with_uses_first(self.plan.query))
        if self.plan.is_empty and query.strip():
            self.base = Query.empty_query()

    def _with_uses_first(self, query: Query) -> Query:
        if self.plan.is_empty:
            return query
        used = Query.const_score_query(Query.term_query(self.opened.schema, "label", "uses"), USES_BOOST)
        return Query.boolean_query([(MUST, query), (SHOULD, used)])

    def page(self, sort: str, offset: int, limit: int | None) -> tuple[int, list[tuple[float, tantivy.DocAddress]]]:
        """Return how many works there are, and the places of those of one page in the index, with their scores."""
        by = SORTS[sort] or (None if self.plan.ranks else "date")
        query = self.facets.narrowed(self.base)
        size = max(1, self.opened.works if limit is None else limit)
        found = self.opened.searcher.search(query, size, order_by_field=by, offset=offset)
        places = [(0.0 if by else float(score), address) for score, address in found.hits]
        return int(found.count), [] if limit == 0 else places  # type: ignore[attr-defined]

    def hit(self, address: tantivy.DocAddress, score: float) -> Hit:
        """Return a work as shown, its words found marked."""
        return make_hit(self.opened.searcher.doc(address), self.plan, score)

    def corrected(self) -> str | None:
        """Return the query with the words that no work holds replaced, or None."""
        text = self.text
        for word, correction in sorted(self.plan.corrections, key=lambda item: -item[0].start):
            start = word.end - len(word.text)
            text = f"{text[:start]}{correction}{text[word.end :]}"
        return text if self.plan.corrections else None

    def reading(self) -> str:
        """Return the query as it was read if it holds a mistake, else ""."""
        node = self.plan.node
        text = write_query(node, self.language) if node is not None and self.plan.problems else ""
        return text if text != self.text.strip() else ""

    def messages(self) -> list[Message]:
        """Return the problems of the query as sentences."""
        return [_message(problem, self.language) for problem in self.plan.problems]

    def explanation(self, total: int) -> str:
        """Return why nothing was found, or that not every word was required."""
        plan = self.plan
        if plan.is_empty and self.text.strip():
            return translate("search.nothing_read", self.language)
        if plan.is_empty and not self.facets.filters:
            return translate("search.nothing_typed", self.language)
        if total == 0:
            filtered = bool(self.facets.filters) and self.opened.count(self.base)
            key = "search.empty_filters" if filtered else "search.empty"
            return translate(key, self.language, n=filtered or 0)
        if plan.required < plan.words:
            return translate("search.relaxed", self.language, required=plan.required, words=plan.words)
        return ""


class UnknownDatabase(QueryError):
    """A database is neither in the atlas nor in the registry."""


def known_database(atlas: Atlas, name: str) -> str:
    """Return the identifier of a database named by its identifier or one of its name forms.

    Raises
    ------
    UnknownDatabase
        If neither the atlas nor the registry has it.
    """
    found = open_index(atlas).vocabulary.database(name)
    known = set(atlas.databases["database"])
    if found or name in known:
        return found or name
    from carto_lib.registry import load_registry

    known |= load_registry().keys()
    if name not in known:
        near = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
        remedy = f"did you mean {near[0]!r}?" if near else "`carto databases` lists them"
        raise UnknownDatabase(f"no database {name!r}: {remedy}")
    return name


def _message(problem: Problem, language: str) -> Message:
    text = translate(f"search.problem.{problem.kind}", language, **problem.values)
    return Message(problem.kind, text, problem.start, problem.end)


def _within(opened: OpenIndex, atlas: Atlas, query: Query) -> Query:
    """Return the query kept to the works of a narrowed atlas."""
    if atlas.work_ids is None:
        return query
    if atlas.work_ids not in opened.narrowings:
        opened.narrowings.clear()
        kept = Query.term_set_query(opened.schema, "work_id", sorted(atlas.work_ids))
        opened.narrowings[atlas.work_ids] = Query.const_score_query(kept, 0.0)
    return Query.boolean_query([(MUST, query), (MUST, opened.narrowings[atlas.work_ids])])


def make_hit(document: tantivy.Document, plan: Plan, score: float) -> Hit:
    """Return a stored document as a hit."""
    shown: dict[str, Any] = json.loads(document["shown"][0])
    title, original = shown.pop("title") or "", shown.pop("title_original")
    passages = [text for text in (original, *shown.pop("passages"), document["abstract"][0]) if text]
    marked = to_html(title, marked_spans(title, plan))
    return Hit(
        title=marked,
        passage=best_passage(passages, plan),
        plain_title=title,
        title_original=original,
        score=round(score, 4),
        **shown,
    )


def search(
    atlas: Atlas,
    query: str,
    *,
    databases: Iterable[str] | None = None,
    filters: Mapping[str, Iterable[str]] | None = None,
    sort: str = "relevance",
    offset: int = 0,
    limit: int | None = 20,
    language: str = "fr",
    expansions_off: Collection[str] = (),
    with_facets: bool = True,
    facet_size: int = 20,
) -> SearchResults:
    """Search an atlas, whole or narrowed.

    Parameters
    ----------
    atlas : Atlas
        With its index (`build_index`); a narrowed view is searched within its works.
    query : str
        Words, "phrases", AND/OR/NOT (ET/OU/SAUF, in capitals), ``-excluded``, ``auteur:``, ``base:``, ``revue:``,
        ``titre:``, ``année:2015..2020`` (or in English), wildcards ``*`` and ``?``. Any text is accepted: mistakes
        are told in ``problems``. Blank: every work, the latest first.
    databases : iterable of str, optional
        Short for ``filters={"database": …}``.
    filters : mapping of str to iterable of str, optional
        Values kept, by facet: a work has one of the values of each.
    sort : {"relevance", "date", "citations"}
        Works of equal rank keep one order, whatever the page.
    offset, limit : int
        The page; ``limit=None`` gives every work.
    language : {"fr", "en"}
        Of the messages and labels; both languages are always searched.
    expansions_off : collection of str
        Expansions to do without.
    with_facets : bool
        Whether to count facets.
    facet_size : int
        Most people, institutions and topics counted.

    Returns
    -------
    SearchResults

    Raises
    ------
    QueryError
        If a database, a facet, a year, the sort, the offset or the limit doesn't exist.
    TableError
        If the atlas has no index.
    """
    if sort not in SORTS:
        raise QueryError(f"no sort {sort!r}: the sorts are {', '.join(SORTS)}")
    if offset < 0 or (limit is not None and limit < 0):
        raise QueryError(f"offset {offset} and limit {limit} can't be negative: start from 0")
    asked = Search(atlas, query, filters, databases, language, expansions_off, facet_size)
    counting = asked.facets.counting(asked.base) if with_facets else []
    total, places = asked.page(sort, offset, limit)
    return SearchResults(
        query=query[:LONGEST_QUERY],
        hits=[asked.hit(address, score) for score, address in places],
        total=total,
        facets=asked.facets.counts(asked.base, counting) if with_facets else {},
        expansions=asked.plan.expansions,
        problems=asked.messages(),
        did_you_mean=asked.corrected(),
        reading=asked.reading(),
        explanation=asked.explanation(total),
    )


def search_ids(atlas: Atlas, query: str, **options: Any) -> list[str]:
    """Return the work_id of every work found, in order: the options are those of `search` but the page and facets.

    >>> search_ids(atlas, "diabète", databases=["snds"], sort="date")  # doctest: +SKIP
    """
    sort = options.pop("sort", "relevance")
    asked = Search(atlas, query, **options)
    _, places = asked.page(sort, 0, None)
    return asked.opened.work_ids([address for _, address in places])


def similar(atlas: Atlas, work_id: str, limit: int = 10) -> list[Hit]:
    """Return the works most like one: what the query ``comme:"work_id"`` finds.

    Raises
    ------
    QueryError
        If the work isn't in the index.
    """
    asked = Search(atlas, f'comme:"{work_id}"')
    if asked.plan.problems:
        raise QueryError(f"no work {work_id!r} in this atlas: take a work_id from its table works")
    return [asked.hit(address, score) for score, address in asked.page("relevance", 0, limit)[1]]


def name_of(atlas: Atlas, facet: str, value: str, language: str = "fr") -> str:
    """Return how a facet's value is shown: the name of a database, a person, an institution or a topic."""
    return Facets(open_index(atlas), {}, language, 1).label(facet, value)


def as_json(results: SearchResults) -> list[dict[str, Any]]:
    """Return the hits as ``carto search --json`` prints them."""
    return [
        {
            "work_id": hit.work_id,
            "doi": hit.doi,
            "title": hit.plain_title,
            "year": hit.year,
            "score": hit.score,
            "highlight": hit.passage or hit.title,
        }
        for hit in results.hits
    ]
