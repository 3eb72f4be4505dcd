"""Each version of a database's query on judged works: what it finds, clause by clause, and what changed since."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from carto_lib.evaluation.cases import KEPT, Case, of_part
from carto_lib.evaluation.metrics import Counts, count, number_needed_to_read
from carto_lib.query import Clause, Document, Folded, Query, Version, build_query, current_query, read_versions
from carto_lib.registry import Registry

PART = "validation"


def query_versions(database: str, registry: Registry, tried: Query | None = None) -> list[tuple[Query, Version | None]]:
    """Return a database's queries, each with what was kept of it: those kept, the current one, one that is tried."""
    kept = read_versions(database)
    found: list[tuple[Query, Version | None]] = [(one.query, one) for one in kept]
    found = found or [(build_query(registry[database], version), None) for version in (0, 1)]
    current = current_query(registry[database])
    if current.version > found[-1][0].version:
        found.append((current, None))
    return [*found, (tried, None)] if tried else found


def measure_queries(
    database: str, cases: Sequence[Case], versions: Sequence[tuple[Query, Version | None]]
) -> list[dict[str, Any]]:
    """Return the figures of each version of a database's query, on the validation part of its cases.

    Returns
    -------
    list of dict
        ``version``, ``kept_on``, ``made``, ``query``, ``n``, ``sensitivity``, ``precision`` and ``clauses`` (the same
        and ``only_by_this_clause``, of the works known well enough to answer the clause: ``n``).
    """
    judged = of_part(cases, PART)
    return [
        {
            "version": query.version,
            "kept_on": str(kept.kept_on) if kept else None,
            "made": kept.made if kept else None,
            "query": str(query).splitlines(),
            **_measure(query, database, judged),
        }
        for query, kept in versions
    ]


def _measure(query: Query, database: str, cases: Sequence[Case]) -> dict[str, Any]:
    folded = [Folded.of(case.document) for case in cases]
    true = [case.truth[database] in KEPT for case in cases]
    found = [{clause.name for clause in query.clauses if clause.matches(one)} for one in folded]
    whole = count((t, bool(names)) for t, names in zip(true, found, strict=True))
    clauses = []
    for clause in query.clauses:
        known = [place for place, case in enumerate(cases) if _answerable(clause, case)]
        counts = count((true[place], clause.name in found[place]) for place in known)
        alone = sum(true[place] and found[place] == {clause.name} for place in known)
        clauses.append(
            {"clause": clause.name, "channel": clause.channel, "n": len(known), **_figures(clause, counts, known)}
            | {"only_by_this_clause": alone}
        )
    return {"n": len(cases), **whole.figures(), "clauses": clauses}


def _answerable(clause: Clause, case: Case) -> bool:
    """Tell whether what is known of a judged work lets a clause find it; nobody gave the references."""
    known = {"text": True, "authors": bool(case.authors), "institutions": bool(case.affiliations), "citations": False}
    return known[clause.channel]


def _figures(clause: Clause, counts: Counts, known: Sequence[int]) -> dict[str, Any]:
    figures = counts.figures()
    if not known:
        reason = f"not measured: the judged works have no known {clause.channel}"
        figures = {name: share | {"reason": reason} for name, share in figures.items()}
    return figures


def query_drift(
    database: str, cases: Sequence[Case], versions: Sequence[tuple[Query, Version | None]]
) -> list[dict[str, Any]]:
    """Return what changed from each version of a query to the next, on the validation part.

    Returns
    -------
    list of dict
        ``from``, ``to``, ``clauses_added`` and ``clauses_removed`` (their texts), ``gained`` and ``lost`` (works on
        the database found by one version alone), ``noise_added`` and ``noise_removed`` (other works, likewise).
    """
    judged = of_part(cases, PART)
    kept = {case.work_id for case in judged if case.truth[database] in KEPT}
    found = [_found(query, judged) for query, _ in versions]
    drift = []
    for (before, after), (first, then) in zip(pairwise(versions), pairwise(found), strict=True):
        former, latter = set(map(str, before[0].clauses)), set(map(str, after[0].clauses))
        drift.append(
            {
                "from": before[0].version,
                "to": after[0].version,
                "clauses_added": sorted(latter - former),
                "clauses_removed": sorted(former - latter),
                "gained": sorted((then - first) & kept),
                "lost": sorted((first - then) & kept),
                "noise_added": sorted((then - first) - kept),
                "noise_removed": sorted((first - then) - kept),
            }
        )
    return drift


def _found(query: Query, cases: Sequence[Case]) -> set[str]:
    folded = ((case.work_id, Folded.of(case.document)) for case in cases)
    return {work_id for work_id, one in folded if any(clause.matches(one) for clause in query.clauses)}


def clause_costs(query: Query, documents: Sequence[tuple[Document, bool]]) -> list[dict[str, Any]]:
    """Return what each clause of a query costs on harvested works: read, kept, and read for one kept.

    Parameters
    ----------
    query : Query
        The query that harvested them.
    documents : sequence of (Document, bool)
        Each work, and whether it was kept.
    """
    folded = [(Folded.of(document), kept) for document, kept in documents]
    costs = []
    for clause in query.clauses:
        hits = [kept for document, kept in folded if clause.matches(document)]
        costs.append(
            {"clause": clause.name, "n": len(hits), "k": sum(hits), "nnr": number_needed_to_read(sum(hits), len(hits))}
        )
    return costs
