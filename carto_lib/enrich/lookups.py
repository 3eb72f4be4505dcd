"""What open sources are asked about the works that they haven't spoken of, and what each answered."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from carto_lib.enrich.facts import Facts
from carto_lib.enrich.trials import enrich_trials
from carto_lib.errors import ReplayMiss, SourceError
from carto_lib.sources import SOURCES
from carto_lib.sources.fields import normal_doi
from carto_lib.tables import as_table
from carto_lib.transport import Answer, Session

logger = logging.getLogger(__name__)

ASKED_BY = {
    "openalex": "doi",
    "crossref": "doi",
    "unpaywall": "doi",
    "opencitations": "doi",
    "datacite": "doi",
    "orcid": "doi",
    "thesesfr": "nnt",
    "clinicaltrials": "nct",
}
Identifiers = dict[str, list[str]]


def look_up(
    works: pd.DataFrame, facts: Sequence[Facts], sources: Iterable[str], session: Session | None
) -> tuple[list[Facts], pd.DataFrame]:
    """Ask sources about the works of which they haven't spoken yet.

    A source that fails is not asked further: its works stay without its facts, which is no zero, until a later run
    asks again; what it answered before is kept.

    Parameters
    ----------
    works : DataFrame
        Table *works*.
    facts : sequence of Facts
        What the harvested records say.
    sources : iterable of str
        Among `ASKED_BY`.
    session : Session

    Returns
    -------
    (list of Facts, DataFrame)
        The facts told, each with its source and date, and the table *lookups*: what became of each work asked.

    Raises
    ------
    SourceError
        If a source can't be asked in this way.
    """
    told: list[Facts] = []
    rows: list[dict[str, Any]] = []
    for source in sources:
        if source not in ASKED_BY:
            raise SourceError(f"{source!r} can't be asked about works: choose among {', '.join(ASKED_BY)}")
        if session is None:
            raise SourceError("lookups need a session: Session(data / 'answers')")
        found, became = _ask(source, _identifiers(source, works, facts), session)
        told += found
        rows += became
    return told, as_table(rows, "lookups")


def _identifiers(source: str, works: pd.DataFrame, facts: Sequence[Facts]) -> Identifiers:
    """Return the works to ask about, by identifier; those of which the source has spoken are left out."""
    scheme = ASKED_BY[source]
    if scheme == "nct":
        trials = enrich_trials(facts, works)
        pairs = trials.loc[trials["scheme"] == "nct", ["identifier", "work_id"]]
    else:
        spoken = {fact.work_id for fact in facts if fact.source == source}
        pairs = works.loc[works[scheme].notna() & ~works["work_id"].isin(spoken), [scheme, "work_id"]]
    found: Identifiers = defaultdict(list)
    for identifier, work_id in pairs.itertuples(index=False):
        found[identifier].append(work_id)
    return dict(sorted(found.items()))


def _ask(source: str, identifiers: Identifiers, session: Session) -> tuple[list[Facts], list[dict[str, Any]]]:
    module = SOURCES[source]
    asked, size = list(identifiers), module.LOOKUP_SIZE
    told: list[Facts] = []
    became: dict[str, dict[str, Any]] = {}
    failure: str | None = None
    for start in range(0, len(asked), size):
        chunk = asked[start : start + size]
        if failure is None:
            try:
                for answer in module.lookup(chunk, session):
                    for identifier, extra, keywords in _read(source, answer, chunk):
                        became[identifier] = _outcome("answered", answer.retrieved_at, answer.answer_id)
                        told += [
                            Facts(work_id, source, answer.retrieved_at, extra, keywords)
                            for work_id in identifiers[identifier]
                        ]
                became |= {name: _outcome("unknown") for name in chunk if name not in became}
                continue
            except ReplayMiss as miss:
                became |= {name: _outcome("failed", reason=str(miss)) for name in chunk if name not in became}
                continue
            except SourceError as error:
                failure = str(error)
                logger.error("%s", error)
        became |= {name: _outcome("failed", reason=failure) for name in chunk if name not in became}
    rows = [
        {"work_id": work_id, "source": source} | outcome
        for identifier, outcome in became.items()
        for work_id in identifiers[identifier]
    ]
    return told, rows


def _outcome(
    status: str, retrieved_at: str | None = None, answer_id: str | None = None, reason: str | None = None
) -> dict[str, Any]:
    return {"status": status, "retrieved_at": retrieved_at, "answer_id": answer_id, "reason": reason}


def _read(source: str, answer: Answer, chunk: Sequence[str]) -> list[tuple[str, dict[str, Any], list[str]]]:
    """Return what an answer tells: identifier asked, raw facts, keywords."""
    records = SOURCES[source].parse(answer.body)
    if source == "opencitations":  # it answers 0 for a DOI that it doesn't hold: no wrong zero
        counts = [record["extra"] for record in records if record["extra"]["cited_by_count"]]
        return [(chunk[0], extra, []) for extra in counts]
    if source == "datacite":
        datasets = [record["doi"] for record in records if record["type"] == "dataset" and _is_tied(record, chunk[0])]
        return [(chunk[0], {"datasets": datasets}, [])] if datasets else []
    if source == "orcid":
        claims = [record["extra"] for record in records]
        return [(chunk[0], {"claims": claims}, [])] if claims else []
    if source == "clinicaltrials":
        named = {record["source_id"]: record["title"] for record in records}
        return [
            (number, {"trials": [{"scheme": "nct", "identifier": number, "title": title}]}, [])
            for number, title in named.items()
            if number in chunk
        ]
    scheme = ASKED_BY[source]
    return [
        (record[scheme], record["extra"] or {}, record["keywords"] or [])
        for record in records
        if record[scheme] in chunk
    ]


def _is_tied(record: dict[str, Any], doi: str) -> bool:
    return any(normal_doi(item["id"]) == doi for item in record["extra"].get("related") or ())
