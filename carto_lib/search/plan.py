"""Query read → tantivy query: words over weighted fields, concepts in both languages, typing errors forgiven."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import combinations
from math import comb

import tantivy

from carto_lib.search.analysis import LANGUAGES, STOP_WORDS, plain_words, terms
from carto_lib.search.index import STEMMED, OpenIndex
from carto_lib.search.likeness import identified, likeness
from carto_lib.search.question import QUESTION_WORDS, asks_for
from carto_lib.search.spelling import likeliest_word
from carto_lib.search.syntax import Bag, Either, Node, Problem, Without, Word, Years, parse
from carto_lib.search.vocabulary import Concept

Query = tantivy.Query
MUST, SHOULD, MUST_NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot
# Tuned on the derivation queries of benchmarks/search.
WEIGHTS = {
    "title_fr": 2.5, "title_en": 2.5, "text_fr": 1.0, "text_en": 1.0, "authors": 1.6, "institutions": 0.8,
    "journal": 0.7, "names": 1.2,
}  # fmt: skip
TIE = 0.15
PHRASE_WEIGHT = 0.5
TOGETHER_WEIGHT = 1.0
SYNONYM_WEIGHT = 0.8
NARROWER_WEIGHT = 0.5
DATABASE_WEIGHT = 3.0
USED_WEIGHT = 4.0
CORRECTION_WEIGHT = 0.7
COMPLETE_WEIGHT = 40.0  # above what any other clause gives: the most complete works come first
ENOUGH = 10
MOST_COMBINATIONS = 10  # conjunctions whose union is found faster than by counting the parts of each work
_ELIDED = re.compile(r"^(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)['’](?=\w)", re.IGNORECASE)
SHORTEST_WILDCARD = 3
_FIELD_SETS = {
    "author": ("authors",), "journal": ("journal",), "institution": ("institutions",),
    "title": ("title_fr", "title_en"),
    "topic": ("text_fr", "text_en", "title_fr", "title_en"),
}  # fmt: skip


@dataclass(frozen=True)
class Expansion:
    """What the query was widened with: forms of one concept, for the first place of the query that names it."""

    expansion_id: str
    text: str
    label: str
    forms: tuple[str, ...]
    source: str
    active: bool = True


@dataclass
class Plan:
    """What will be asked of the index, and what the user must be told about it."""

    query: Query
    problems: list[Problem]
    expansions: list[Expansion] = field(default_factory=list)
    marked: set[str] = field(default_factory=set)
    marked_stems: set[str] = field(default_factory=set)
    is_marked: dict[str, bool] = field(default_factory=dict)
    candidate: re.Pattern[str] | None = None
    prefixes: list[re.Pattern[str]] = field(default_factory=list)
    corrections: list[tuple[Word, str]] = field(default_factory=list)
    databases: set[str] = field(default_factory=set)
    runs: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    words: int = 0
    required: int = 0
    is_empty: bool = False
    ranks: bool = False
    node: Node | None = None


def make_plan(opened: OpenIndex, query: str, language: str, expansions_off: Collection[str]) -> Plan:
    """Return what to ask of the index for a query."""
    node, problems = parse(query)
    planner = _Planner(opened, language, frozenset(expansions_off), problems)
    planner.unasked = QUESTION_WORDS if asks_for(query) else frozenset()
    return planner.plan(node)


class _Planner:
    def __init__(self, opened: OpenIndex, language: str, off: frozenset[str], problems: list[Problem]) -> None:
        self.opened = opened
        self.schema = opened.schema
        self.searcher = opened.searcher
        self.language = language
        self.off = off
        self.unasked: frozenset[str] = frozenset()
        self.result = Plan(Query.empty_query(), problems)

    def plan(self, node: Node | None) -> Plan:
        self.result.node = node
        if node is None:
            self.result.is_empty = True
            self.result.query = Query.all_query()
            return self.result
        if isinstance(node, Word):
            node = Bag((node,))
        query = self.node(node)
        if query is None:
            self.result.is_empty = True
            query = Query.all_query()
        self.result.query = query
        return self.result

    def node(self, node: Node) -> Query | None:
        if isinstance(node, Word):
            return self.bag((node,), keep_stop_words=True)
        if isinstance(node, Bag):
            return self.bag(node.words)
        if isinstance(node, Years):
            return self.years(node)
        if isinstance(node, Without):
            part = self.silently(node.part)
            return None if part is None else Query.boolean_query([(MUST, Query.all_query()), (MUST_NOT, part)])
        parts = [(part, self.node(part)) for part in node.parts if not isinstance(part, Without)]
        kept = [query for _, query in parts if query is not None]
        if isinstance(node, Either):
            kept += [query for part in node.parts if isinstance(part, Without) and (query := self.node(part))]
            return Query.boolean_query([(SHOULD, query) for query in kept]) if kept else None
        excluded = [self.silently(part.part) for part in node.parts if isinstance(part, Without)]
        clauses = [(MUST, query) for query in kept] or [(MUST, Query.all_query())]
        clauses += [(MUST_NOT, query) for query in excluded if query is not None]
        return Query.boolean_query(clauses)

    def silently(self, node: Node) -> Query | None:
        """Return the query of an excluded part: exact, neither marked nor widened."""
        inner = _Planner(self.opened, self.language, self.off, self.result.problems)
        inner.off = frozenset(self.opened.vocabulary.concepts)
        return inner.node(node)

    def years(self, node: Years) -> Query:
        query = Query.range_query(self.schema, "year", tantivy.FieldType.Integer, node.first or 1, node.last)
        return Query.const_score_query(query, 0.0)

    # Bags of words

    def bag(self, words: tuple[Word, ...], keep_stop_words: bool = False) -> Query | None:
        words = tuple(word if word.is_phrase else replace(word, text=_ELIDED.sub("", word.text)) for word in words)
        needed = [self.word(word, read) for word in words if word.field and (read := plain_words(word.text))]
        parts = list(self.segments(tuple(word for word in words if not word.field)))
        meaningful = [query for is_stop, query in parts if not is_stop]
        kept = meaningful or ([query for _, query in parts] if keep_stop_words else [])
        if not kept and not needed:
            if parts:
                self.result.problems.append(Problem("only_stop_words", words[0].start, words[-1].end))
            return None
        found = self.as_many_as_possible(kept, needed)
        text = " ".join(part for word in words for part in plain_words(word.text))
        if len(words) < 2 or any(word.field or word.has_wildcard for word in words):
            return found
        together = self.phrase(text, ("institutions", "title_fr", "title_en", "names"))
        return Query.boolean_query([(MUST, found), (SHOULD, Query.boost_query(together, TOGETHER_WEIGHT))])

    def as_many_as_possible(self, parts: list[Query], needed: list[Query]) -> Query:
        """Return the works that have all parts, or as many as leaves enough works (under half only if none else).

        What is `needed`, the words put in a field, is never given up. The more parts a work has, the higher it comes.
        """
        fields = [(MUST, part) for part in needed]
        count = len(parts)
        if not count:
            return Query.boolean_query(fields)
        half = max(1, -(-count // 2))
        for required in range(count, 0, -1):
            enough = _at_least(parts, required)
            query = Query.boolean_query([*fields, (MUST, enough)])
            found = 1 if count == 1 else self.opened.count(query)
            if found >= (ENOUGH if required > half else 1):
                break
        self.result.words += count
        self.result.required += required
        if required == count:
            return query
        ranked = [(SHOULD, part) for part in parts]
        ranked += [
            (SHOULD, Query.const_score_query(_at_least(parts, more), COMPLETE_WEIGHT))
            for more in range(required + 1, count + 1)
        ]
        return Query.boolean_query([*fields, (MUST, Query.const_score_query(enough, 0.0)), *ranked])

    def segments(self, words: tuple[Word, ...]) -> Iterator[tuple[bool, Query]]:
        """Give, for each concept or lone word of a bag, whether it is a stop word, and its query."""
        at = 0
        while at < len(words):
            taken = self.concept_at(words, at)
            if taken is not None:
                length, query = taken
                yield False, query
                at += length
                continue
            word = words[at]
            at += 1
            read = plain_words(word.text)
            if not read or read[0] in self.unasked:
                continue
            yield len(read) == 1 and read[0] in STOP_WORDS and not word.field, self.word(word, read)

    def concept_at(self, words: tuple[Word, ...], at: int) -> tuple[int, Query] | None:
        """Return the longest concept named from a word on: how many words it takes, and its query."""
        coded = [] if words[at].field or words[at].is_phrase else self.opened.vocabulary.coded(words[at].text)
        if coded:
            return 1, self.concept([words[at]], plain_words(words[at].text), coded)
        run: list[Word] = []
        for word in words[at:]:
            if word.field or word.has_wildcard or word.is_phrase:
                break
            run.append(word)
        lengths = [len(plain_words(word.text)) for word in run]
        read = tuple(part for word in run for part in plain_words(word.text))
        vocabulary = self.opened.vocabulary
        while read:
            length, concepts = vocabulary.at(read, 0)
            ends = [place for place in range(len(run)) if sum(lengths[: place + 1]) == length]
            if not length:
                return None
            if ends:
                return ends[0] + 1, self.concept(run[: ends[0] + 1], read[:length], concepts)
            read = read[: length - 1]
        return None

    def concept(self, run: list[Word], read: tuple[str, ...], concepts: list[Concept]) -> Query:
        text = " ".join(word.text for word in run)
        as_typed = self.words_together(read)
        alternatives = [as_typed]
        for concept in concepts:
            alternatives += self.expand(text, read, concept, 1.0)
            for name in concept.narrower:
                if name in self.opened.vocabulary.concepts:
                    alternatives += self.expand(text, read, self.opened.vocabulary.concepts[name], NARROWER_WEIGHT)
        return Query.disjunction_max_query(alternatives, TIE)

    def expand(self, text: str, read: tuple[str, ...], concept: Concept, weight: float) -> list[Query]:
        """Return the queries that a concept adds, unless the user switched it off."""
        queries: list[Query] = []
        if concept.database and concept.concept_id not in self.off:
            self.result.databases.add(concept.database)
            queries = [
                Query.const_score_query(Query.term_query(self.schema, name, concept.database), score)
                for name, score in (("database", DATABASE_WEIGHT), ("used", USED_WEIGHT))
            ]
        forms = tuple(form for form in concept.forms if plain_words(form) != read)
        if not forms:
            return queries
        active = concept.concept_id not in self.off
        if all(shown.expansion_id != concept.concept_id for shown in self.result.expansions):
            label = concept.label(self.language)
            self.result.expansions.append(Expansion(concept.concept_id, text, label, forms, concept.source, active))
        if active and not concept.database:
            for form in _by_stem(forms):
                query = self.phrase(form, STEMMED, apart=False)
                queries.append(Query.boost_query(query, SYNONYM_WEIGHT * weight))
        return queries

    def words_together(self, read: tuple[str, ...]) -> Query:
        text = " ".join(read)
        phrase = self.phrase(text, tuple(WEIGHTS))
        if len(read) == 1:
            return phrase
        meaningful = [word for word in read if word not in STOP_WORDS] or list(read)
        apart = [(MUST, self.phrase(word, tuple(WEIGHTS))) for word in meaningful]
        return Query.boolean_query([*apart, (SHOULD, Query.boost_query(phrase, PHRASE_WEIGHT))])

    # Words

    def word(self, word: Word, read: tuple[str, ...]) -> Query:
        if word.field in ("database", "language", "type"):
            return self.exact_field(word)
        self.result.ranks = True
        if word.field in ("identifier", "like"):
            return self.one_work(word)
        fields = _FIELD_SETS.get(word.field or "", tuple(WEIGHTS))
        if word.has_wildcard:
            return self.wildcard(word, fields)
        queries = [self.phrase(" ".join(read), fields)]
        if not word.field:
            queries.append(self.identifier(word.text))
        if not word.is_phrase and len(read) == 1:
            correction = likeliest_word(self.opened, read[0])
            if correction is not None:
                self.result.corrections.append((word, correction))
                _, concepts = self.opened.vocabulary.at((correction,), 0)
                corrected = (
                    self.concept([word], (correction,), concepts)
                    if concepts and not word.field
                    else self.phrase(correction, fields)
                )
                queries.append(Query.boost_query(corrected, CORRECTION_WEIGHT))
        return Query.disjunction_max_query(queries)

    def identifier(self, text: str) -> Query:
        value = re.sub(r"^(?:https?://)?(?:dx\.)?doi\.org/", "", text.lower())
        return Query.boost_query(Query.term_query(self.schema, "identifier", value), 20.0)

    def one_work(self, word: Word) -> Query:
        """Return the work that an identifier names, or those like it."""
        own = identified(self.opened, word.text)
        if word.field == "identifier":
            return Query.const_score_query(own, 1.0)
        like = likeness(self.opened, own)
        if like is None:
            self.result.problems.append(Problem("like", word.start, word.end, {"work": word.text}))
        return like or Query.empty_query()

    def phrase(self, text: str, fields: tuple[str, ...], *, apart: bool = True) -> Query:
        """Return a text looked for as adjacent words in each field, each with its analyser and weight.

        What is found is marked: each word, or with ``apart=False`` the whole run of words only.
        """
        self.result.ranks = True
        queries = []
        for name in fields:
            language = name.rpartition("_")[2]
            analyser = language if language in LANGUAGES else "plain"
            read: list[str | tuple[int, str]] = [*(found := terms(text, analyser))]
            if apart or len(found) == 1:
                (self.result.marked_stems if analyser in LANGUAGES else self.result.marked).update(found)
            elif found:
                runs = self.result.runs.setdefault(found[0], [])
                runs += [tuple(found)] if tuple(found) not in runs else []
            query = (
                Query.term_query(self.schema, name, read[0])
                if len(read) == 1
                else Query.phrase_query(self.schema, name, read)
                if read
                else Query.empty_query()
            )
            queries.append(Query.boost_query(query, WEIGHTS[name]))
        return Query.disjunction_max_query(queries, TIE)

    def exact_field(self, word: Word) -> Query:
        value = word.text.strip().lower()
        if word.field == "database":
            found = self.opened.vocabulary.database(word.text)
            if found is None:
                values = {"database": word.text}
                found = next(iter(get_close_matches(value, self.opened.vocabulary.databases, n=1, cutoff=0.7)), None)
                kind = "database_near" if found else "database"
                self.result.problems.append(Problem(kind, word.start, word.end, values | {"near": found or ""}))
            if found is None:
                return Query.empty_query()
            self.result.databases.add(found)
            value = found
        return Query.const_score_query(Query.term_query(self.schema, word.field or "", value), 1.0)

    def wildcard(self, word: Word, fields: tuple[str, ...]) -> Query:
        """Return the words that a pattern with ``*`` and ``?`` matches, read on words that aren't stemmed."""
        folded = "".join(
            plain_words(part)[0] if plain_words(part) else part for part in re.split(r"([*?]+)", word.text)
        )
        letters = re.match(r"[a-z0-9]*", folded)
        if letters is None or len(letters[0]) < SHORTEST_WILDCARD:
            values = {"word": word.text, "least": str(SHORTEST_WILDCARD)}
            self.result.problems.append(Problem("wildcard", word.start, word.end, values))
            return self.phrase(re.sub(r"[*?]", " ", word.text), fields)
        pattern = "".join(
            {"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in re.sub(r"\*+", "*", folded)
        )
        self.result.prefixes.append(re.compile(pattern.replace(".*", r"\w*")))
        names = (
            [name for name in fields if name in ("authors", "institutions", "journal")]
            if word.field
            else ["words", "names", *STEMMED]
        )
        if not names:
            names = list(fields)
        self.result.ranks = True
        queries = [Query.regex_query(self.schema, name, pattern) for name in names]
        return Query.const_score_query(Query.boolean_query([(SHOULD, query) for query in queries]), 1.0)


def _at_least(parts: list[Query], required: int) -> Query:
    """Return the works that have some number of parts; of few parts, as a union of conjunctions, which is faster."""
    if required == len(parts):
        return Query.boolean_query([(MUST, part) for part in parts])
    if comb(len(parts), required) > MOST_COMBINATIONS:
        return Query.boolean_query([(SHOULD, part) for part in parts], required)
    together = [Query.boolean_query([(MUST, part) for part in some]) for some in combinations(parts, required)]
    return Query.boolean_query([(SHOULD, some) for some in together])


def _by_stem(forms: tuple[str, ...]) -> list[str]:
    """Return one form for each set of forms that the index can't tell apart."""
    distinct = {tuple(tuple(terms(form, language)) for language in LANGUAGES): form for form in reversed(forms)}
    return list(distinct.values())[::-1]
