"""Clauses learned from the derivation part of the judged works: phrases, authors, institutions, reference papers.

Candidates that separate a database's works from the others are chosen by greedy set cover (each time the one that
covers most works not covered yet) up to a target recall. The validation part is never read.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from carto_lib.evaluation.cases import KEPT, Case, of_part
from carto_lib.proposals.expressions import expressions, may_be_name, printings
from carto_lib.query import LEARNED, Clause, Folded, Query, Term, anchor_terms, build_query
from carto_lib.registry import Registry
from carto_lib.text import fold

TARGET_RECALL = 0.95
MIN_WORKS = 3
MIN_PRECISION = 0.8  # one work of another database added, so that few works prove little
MIN_POSITIVE = 10
SHORTEST, LONGEST = 3, 6

Terms = Callable[[Case], Iterable[Term]]


def learn_clauses(database: str, cases: Mapping[str, Sequence[Case]], registry: Registry) -> list[Clause]:
    """Return the clauses that the derivation part teaches for a database; none where it has too few works.

    Parameters
    ----------
    database : str
        Id.
    cases : mapping of str to sequence of Case
        The judged works of every database (see `carto_lib.evaluation.cases.judged_cases`); those of the others are
        the background.
    registry : Registry
        The databases.

    Returns
    -------
    list of Clause
        ``learned`` (phrases that hold an anchor), ``learned-anchored`` (phrases that need one beside them),
        ``learned-authors``, ``learned-institutions`` (with an anchor each) and ``learned-citations`` (works that cite
        one of the registry's reference papers, or a work judged to describe the database).
    """
    own = of_part(cases.get(database, ()), "derivation")
    positive = [case for case in own if case.truth[database] in KEPT]
    clauses = []
    if len(positive) >= MIN_POSITIVE:
        known = {case.work_id for case in positive}
        others = {
            case.work_id: case
            for name, some in cases.items()
            if name == database or registry.whole(name) != registry.whole(database)
            for case in of_part(some, "derivation")
            if case.work_id not in known
        }
        clauses = _learned(database, positive, list(others.values()), registry)
    cited = set(registry[database].reference_papers)
    cited |= {case.pmid for case in own if case.truth[database] == "describes" and case.pmid}
    if cited:
        clauses.append(Clause(f"{LEARNED}-citations", (tuple(Term(pmid, "cites") for pmid in sorted(cited)),)))
    return clauses


def _learned(database: str, positive: list[Case], others: list[Case], registry: Registry) -> list[Clause]:
    anchors = anchor_terms(registry[database])
    names = build_query(registry[database], 0)
    texts = [line for case in positive for line in case.document.text.splitlines()]
    runs = [term.phrase for term in _cover(positive, others, _phrases, lambda term: _is_new(term, names))]
    printed = printings(set(runs), texts)
    phrases = [Term(printed[run][0]) for run in runs]
    inside = [term for term in phrases if any(f" {fold(a.phrase)} " in f" {fold(term.phrase)} " for a in anchors)]
    beside = [term for term in phrases if term not in inside]
    clauses = [Clause(LEARNED, (tuple(inside),))] if inside else []
    groups = {"anchored": beside}
    bearers = _bearers([*positive, *others])
    groups["authors"] = _cover(positive, others, lambda case: _authors(case, bearers))
    groups["institutions"] = _cover(positive, others, _institutions)
    return clauses + [Clause(f"{LEARNED}-{name}", (tuple(terms), anchors)) for name, terms in groups.items() if terms]


def _cover(
    positive: Sequence[Case], others: Sequence[Case], terms: Terms, allowed: Callable[[Term], bool] = lambda _: True
) -> list[Term]:
    """Return terms by greedy set cover of the positive cases, up to the target recall."""
    holders: dict[Term, set[str]] = defaultdict(set)
    for case in positive:
        for term in terms(case):
            holders[term].add(case.work_id)
    candidates = {term: works for term, works in holders.items() if len(works) >= MIN_WORKS and allowed(term)}
    background = Counter(term for case in others for term in set(terms(case)) & candidates.keys())
    separating = {
        term: works
        for term, works in candidates.items()
        if len(works) >= MIN_PRECISION * (len(works) + background[term] + 1)
    }
    wanted = TARGET_RECALL * len(positive)
    covered: set[str] = set()
    chosen: list[Term] = []
    while separating and len(covered) < wanted:
        best = max(separating, key=lambda term: (len(separating[term] - covered), -len(term.phrase), term.phrase))
        if len(separating[best] - covered) < 2:
            break
        covered |= separating.pop(best)
        chosen.append(best)
    return chosen


def _phrases(case: Case) -> Iterator[Term]:
    for run in {run for line in case.document.text.splitlines() for run in expressions(line, LONGEST)}:
        if run.count(" ") + 1 >= SHORTEST:
            yield Term(run)


def _is_new(term: Term, names: Query) -> bool:
    """Tell whether a run of words may be a name and holds none of the database's names."""
    document = Folded(f" {term.phrase} ", "", (), frozenset())
    return may_be_name(term.phrase) and not any(clause.matches(document) for clause in names.clauses)


def _authors(case: Case, bearers: Counter[str]) -> Iterator[Term]:
    """Yield family names and initials; the list's order is that which puts the rarer words as family names."""
    ends = [(words[0], words[-1]) for name in case.authors if len(words := fold(name).split()) > 1]
    family_first = sum((bearers[first] < bearers[last]) - (bearers[first] > bearers[last]) for first, last in ends) > 0
    for first, last in ends:
        family, given = (first, last) if family_first else (last, first)
        if len(family) > 1:
            yield Term(f"{family} {given[0]}", "author")


def _bearers(cases: Iterable[Case]) -> Counter[str]:
    """Return how many distinct names hold each word."""
    names = {name for case in cases for name in case.authors}
    return Counter(word for name in names for word in set(fold(name).split()))


def _institutions(case: Case) -> Iterator[Term]:
    for line in case.affiliations.splitlines():
        for part in line.split(","):
            if len(fold(part).split()) > 1 and may_be_name(fold(part)):
                yield Term(fold(part), "institution")
