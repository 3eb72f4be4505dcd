"""What a run would ask, before it asks: requests, time and quota of each source, from the registry and the store.

The queries are those of the run and go through the sources' own code; a session that never opens a connection answers
them from what is recorded. Where a search was never made, its pages are those of the former harvest, else one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from requests_cache import CachedResponse

from carto_lib.enrich.lookups import ASKED_BY
from carto_lib.errors import SourceError
from carto_lib.harvest import HARVESTED, read_journal
from carto_lib.query import current_query
from carto_lib.registry import Database
from carto_lib.settings import api_key
from carto_lib.sources import SOURCES
from carto_lib.tables import Corpus
from carto_lib.transport import POLICIES, STORE_FILE, Answer, Session

LATENCY = 0.5  # seconds that an answer takes at the least, whatever the pace allowed
NOTEBOOKS = 20.0  # seconds of the three notebooks of one database, on one core
DAILY = {"openalex": 100, "unpaywall": 100_000, "orcid": 100_000}  # requests a day, as the sources document them
DAILY_WITH_KEY = {"openalex": 1_000}


class _NotRecorded(SourceError):
    """The plan reached a request that nobody asked yet."""


class _Nothing:
    def get(self, key: str) -> None:
        """Return nothing: there is no store yet."""


class PlanningSession(Session):
    """Answers from the store, whatever their age, and counts what a run would have to ask; never connects.

    Attributes
    ----------
    asked : dict of str to str
        Requests that a run would send: fingerprint → source. A request that two databases share stands once.
    recorded : dict of str to str
        Answers that it would not ask for again: answer → source.
    """

    def __init__(self, store: Path) -> None:
        if (store / STORE_FILE).is_file():
            super().__init__(store, replay=True)
        else:
            self.store, self._answers = store, _Nothing()  # type: ignore[assignment]
        self.replay = False
        self._failures = {}
        self.asked: dict[str, str] = {}
        self.recorded: dict[str, str] = {}

    @property
    def total(self) -> int:
        """Requests met so far."""
        return len(self.asked) + len(self.recorded)

    def _refresh(self, recorded: CachedResponse | None, key: str, method: str, source: str, *_: Any) -> CachedResponse:
        self.asked[key] = source
        if recorded is None:
            raise _NotRecorded(source)
        return recorded

    def _answer(self, *request: Any) -> Answer:
        before = len(self.asked)
        answer = super()._answer(*request)
        if len(self.asked) == before:
            self.recorded[answer.answer_id] = answer.source
        return answer


@dataclass
class SourcePlan:
    """What one source would be asked.

    Attributes
    ----------
    requests : int
        Requests to send.
    recorded : int
        Requests already answered, not sent again.
    guessed : int
        Searches or lookups never made, whose number of pages is a guess from below.
    """

    source: str
    requests: int = 0
    recorded: int = 0
    guessed: int = 0

    @property
    def seconds(self) -> float:
        """Time that the source's pace asks for."""
        policy = POLICIES[self.source]
        interval = policy.interval_with_key if policy.interval_with_key and api_key(self.source) else policy.interval
        return self.requests * max(interval, LATENCY)

    @property
    def quota(self) -> int | None:
        """Requests that the source allows a day, None where it publishes no such limit."""
        daily = DAILY.get(self.source)
        return DAILY_WITH_KEY.get(self.source, daily) if api_key(self.source) else daily


@dataclass
class RunPlan:
    """The plan of a run: its databases, and what each source would be asked."""

    databases: int
    jobs: int
    sources: dict[str, SourcePlan] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Time of the whole run, at the least: the slowest source, then the notebooks."""
        slowest = max((plan.seconds for plan in self.sources.values()), default=0.0)
        return slowest + NOTEBOOKS * self.databases / self.jobs


def plan_run(
    databases: Iterable[Database],
    data: Path,
    *,
    sources: Iterable[str] = tuple(HARVESTED),
    lookups: Iterable[str] = (),
    since: int | None = None,
    until: int | None = None,
    jobs: int = 1,
) -> RunPlan:
    """Count what a run would ask of each source, without asking.

    Parameters
    ----------
    databases : iterable of Database
    data : Path
        The data folder: its recorded answers are subtracted, its corpora say which works would be looked up.
    sources, lookups : iterable of str
        What is searched, and what is asked about each work found (see `carto_lib.enrich.lookups`).
    since, until : int, optional
    jobs : int
        Databases at a time.

    Raises
    ------
    TableError
        If the recorded answers or a corpus can't be read.
    """
    entries = list(databases)
    session = PlanningSession(data / "answers")
    plan = RunPlan(len(entries), jobs, {name: SourcePlan(name) for name in (*sources, *lookups)})
    for entry in entries:
        corpus = Corpus.of(data, entry.id)
        former = {haul.source: haul.pages for haul in read_journal(corpus)}
        for source in sources:
            before = session.total
            searches = current_query(entry).searches(source)
            ask = HARVESTED[source].search
            missing = [
                _is_missing(ask(one.text, session, query_id=one.query_id, since=since, until=until)) for one in searches
            ]
            plan.sources[source].guessed += sum(missing)
            if any(missing):
                plan.sources[source].requests += max(0, former.get(source, 0) - (session.total - before))
        for source in lookups:
            for chunk in _chunks(source, corpus):
                plan.sources[source].guessed += _is_missing(SOURCES[source].lookup(chunk, session))
    for source, count in plan.sources.items():
        count.requests += sum(asked == source for asked in session.asked.values())
        count.recorded = sum(asked == source for asked in session.recorded.values())
    return plan


def _is_missing(answers: Iterable[Answer]) -> bool:
    """Read answers to their end; tell whether the store ran out of them."""
    try:
        for _ in answers:
            pass
    except SourceError:  # never asked, or its former answer can no longer be read
        return True
    return False


def _chunks(source: str, corpus: Corpus) -> Iterator[list[str]]:
    """Yield the identifiers that a run would look up for the works found so far, as many as one request takes."""
    scheme = ASKED_BY[source]
    if scheme == "nct":
        trials = corpus.optional("trials")
        found = trials.loc[trials["scheme"] == "nct", "identifier"]
    else:
        works, told = corpus.optional("works"), corpus.optional("provenance")
        spoken = set(told.loc[told["source"] == source, "work_id"])
        found = works.loc[~works["work_id"].isin(spoken), scheme].dropna()
    asked, size = sorted(set(found)), SOURCES[source].LOOKUP_SIZE
    for start in range(0, len(asked), size):
        yield asked[start : start + size]
