"""The session: one request after the other, at the source's pace, tried again or given up as it says."""

import fcntl
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from urllib.parse import urlencode

import requests
import stamina
from requests.structures import CaseInsensitiveDict
from requests_cache import CachedRequest, CachedResponse
from stamina.instrumentation import RetryDetails

from carto_lib import settings
from carto_lib.errors import DamagedAnswer, QuotaSpent, ReplayMiss, SourceError, UnknownIdentifier
from carto_lib.i18n import translate
from carto_lib.transport.policies import POLICIES, credentials, redacted
from carto_lib.transport.store import AnswerStore

log = logging.getLogger(__name__)

USER_AGENT = f"Carto/{version('carto-sante')} (cartography of research on French health databases)"
TIMEOUT = (15, 180)
LONGEST_WAIT = 300.0
ANSWERS_KEPT = timedelta(days=7)
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})

Check = Callable[[bytes], object]


def _say_retry(details: RetryDetails) -> None:
    log.warning("%s: trying again in %.0f s", details.caused_by, details.wait_for)


stamina.instrumentation.set_on_retry_hooks([_say_retry])


@dataclass(frozen=True)
class Answer:
    """One recorded answer of a source.

    Attributes
    ----------
    answer_id : str
        First 16 hex digits of the SHA-256 of the source, the request and the body.
    retrieved_at : str
        YYYY-MM-DD, from the answer's own ``Date`` header, so that replays give the same tables.
    failure : str or None
        Why this is an old answer: the source failed when asked again.
    url : str
        What was asked, without key or address.
    """

    source: str
    query_id: str
    answer_id: str
    url: str
    status: int
    content_type: str
    retrieved_at: str
    body: bytes
    failure: str | None = None


class _Refused(DamagedAnswer):
    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Session:
    """Ask sources politely, record their good answers, or replay them.

    Parameters
    ----------
    store : Path
        Folder of the recorded answers, usually ``<data>/answers``.
    replay : bool
        Answer from the store only; the network is never touched.
    max_age : timedelta
        A recorded answer younger than this is used again instead of asking: it is what lets a killed run go on.
        A replay takes answers of any age, and so does a run whose source fails when asked again.
    attempts : int
        Tries of one request before giving up.
    first_wait : float
        Seconds before the second try; it doubles each time, up to a minute.

    Raises
    ------
    ReplayMiss
        If a replay has no store.
    TableError
        If the store can't be opened.
    """

    def __init__(
        self,
        store: Path,
        replay: bool = False,
        *,
        max_age: timedelta = ANSWERS_KEPT,
        attempts: int = 6,
        first_wait: float = 1.0,
    ) -> None:
        self.store = Path(store)
        self.replay = replay
        self.max_age = max_age
        self.attempts = attempts
        self.first_wait = first_wait
        self._intervals: dict[str, float] = {}
        self._connections: dict[str, requests.Session] = {}
        self._failures: dict[str, str] = {}
        self._lock = Lock()
        self._answers = AnswerStore(self.store, replay)

    def get(
        self, source: str, path: str, params: Mapping[str, str], query_id: str, check: Check | None = None
    ) -> Answer:
        """Return the answer to a GET request, recorded or asked now.

        Parameters
        ----------
        source : str
            A name of `POLICIES`.
        path : str
            What follows the source's address.
        params : mapping
            What is asked, without key or contact address: the session adds them.
        query_id : str
            The query that this request serves.
        check : callable, optional
            Given the body, raises `SourceError` where it isn't a good answer; only good answers are recorded.

        Raises
        ------
        QuotaSpent
            If the source says that the budget is gone, or asks to wait for more than five minutes.
        ReplayMiss
            If this is a replay and the request was never recorded.
        SourceError
            If the source refuses, or still fails after all tries.
        TableError
            If the answer can't be recorded (disk full).
        """
        return self._answer("GET", source, path, params, query_id, check)

    def post(
        self, source: str, path: str, params: Mapping[str, str], query_id: str, check: Check | None = None
    ) -> Answer:
        """Return the answer to a form sent by POST (for what a URL can't hold); see `get`."""
        return self._answer("POST", source, path, params, query_id, check)

    def _answer(
        self, method: str, source: str, path: str, params: Mapping[str, str], query_id: str, check: Check | None
    ) -> Answer:
        identity = f"{source} {method} {path}?{urlencode(sorted(params.items()))}"
        key = sha256(identity.encode()).hexdigest()
        recorded = self._answers.get(key)
        if recorded is not None and (self.replay or not recorded.is_expired):
            response = recorded
        elif self.replay:
            raise ReplayMiss(
                f"the replay has no answer of {source} to {_short(identity)} in {self.store}: "
                "run without --replay, with network, to record it"
            )
        else:
            response = self._refresh(recorded, key, method, source, path, params, check)
        body = response.content
        return Answer(
            source=source,
            query_id=query_id,
            answer_id=sha256(identity.encode() + b"\n" + body).hexdigest()[:16],
            url=str(response.url),
            status=response.status_code,
            content_type=response.headers.get("Content-Type", ""),
            retrieved_at=_answer_date(response),
            body=body,
            failure=self._failures.get(source) if response is recorded else None,
        )

    def _refresh(
        self,
        recorded: CachedResponse | None,
        key: str,
        method: str,
        source: str,
        path: str,
        params: Mapping[str, str],
        check: Check | None,
    ) -> CachedResponse:
        """Ask and record; where the source fails, its former answer stands in if there is one."""
        if recorded is None or source not in self._failures:
            try:
                with self._asking(key):
                    response = self._answers.get(key)  # another process may have asked while this one waited
                    if response is None or response.is_expired:
                        response = self._ask(method, source, path, params, check)
                        self._answers.put(key, response, self.max_age)
                return response
            except SourceError as error:
                if recorded is None:
                    raise
                self._failures[source] = str(error)
                log.warning("%s; its former answers, of %s, stand in", error, _answer_date(recorded))
        return recorded

    @contextmanager
    def _asking(self, key: str) -> Iterator[None]:
        """Let only one of the threads and processes that use the store ask a request at a time."""
        with (self.store / f"{key[:2]}.asking").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _ask(
        self, method: str, source: str, path: str, params: Mapping[str, str], check: Check | None
    ) -> CachedResponse:
        def again(error: Exception) -> bool | float:
            return error.wait or True if isinstance(error, _Refused) else isinstance(error, DamagedAnswer)

        tries = stamina.retry_context(
            on=again,
            attempts=self.attempts,
            timeout=None,
            wait_initial=self.first_wait,
            wait_jitter=self.first_wait,
            wait_max=60.0,
        )
        try:
            for attempt in tries:
                with attempt:
                    response = self._send(method, source, path, params)
                    if check is not None:
                        check(response.content)
                    return response
        except DamagedAnswer as error:
            raise SourceError(translate("runs.tried", error=error, n=self.attempts)) from None
        raise AssertionError("unreachable: the last try returns or raises")

    def _send(self, method: str, source: str, path: str, params: Mapping[str, str]) -> CachedResponse:
        url = f"{settings.base_url(source, POLICIES[source].base)}/{path}"
        identity, headers = credentials(source)
        sent = {**params, **identity}
        self._wait_turn(source)
        try:
            response = self._connection(source).request(
                method,
                url,
                params=sent if method == "GET" else None,
                data=sent if method == "POST" else None,
                headers=headers,
                timeout=TIMEOUT,
            )
        except requests.RequestException as error:
            raise _Refused(translate("runs.unreachable", source=source, url=url, cause=_cause(error))) from None
        self._learn(source, response.headers)
        _raise_for_status(source, response)
        return _without_secrets(response, requests.Request(method, url, params=dict(params)).prepare())

    def _connection(self, source: str) -> requests.Session:
        with self._lock:
            if source not in self._connections:
                connection = requests.Session()
                connection.headers["User-Agent"] = USER_AGENT
                self._connections[source] = connection
            return self._connections[source]

    def _wait_turn(self, source: str) -> None:
        """Wait for this source's next free moment; the file is shared by every process that uses the store."""
        policy = POLICIES[source]
        keyed = policy.interval_with_key if policy.interval_with_key and settings.api_key(source) else policy.interval
        interval = self._intervals.get(source, keyed)
        wait_turn(self.store / f"{source}.turn", interval)

    def _learn(self, source: str, headers: Mapping[str, str]) -> None:
        limit = headers.get("x-rate-limit-limit") or headers.get("x-ratelimit-limit") or ""
        window = headers.get("x-rate-limit-interval") or headers.get("x-ratelimit-interval")
        seconds = (window or "1s").removesuffix("s")
        told = window is not None or POLICIES[source].limit_is_per_second
        if told and limit.isdigit() and seconds.isdigit() and int(limit):
            self._intervals[source] = int(seconds) / int(limit)


def wait_turn(file: Path, interval: float) -> None:
    """Wait for the next free moment noted in a file, which every process shares, and note the one after it."""
    with file.open("a+") as turns:
        fcntl.flock(turns, fcntl.LOCK_EX)
        turns.seek(0)
        now = time.time()
        turn = min(max(now, float(turns.read() or 0)), now + LONGEST_WAIT)
        turns.truncate(0)
        turns.write(repr(turn + interval))
    time.sleep(turn - now)


def _without_secrets(response: requests.Response, request: requests.PreparedRequest) -> CachedResponse:
    """Return the answer as if the request had carried neither key nor address, even where the body echoes them."""
    return CachedResponse(
        content=redacted(response.content),
        status_code=response.status_code,
        reason=response.reason,
        headers=CaseInsensitiveDict(
            {n: v for n, v in response.headers.items() if n.title() in ("Date", "Content-Type")}
        ),
        request=CachedRequest.from_request(request),
        url=str(request.url),
    )


def _raise_for_status(source: str, response: requests.Response) -> None:
    status = response.status_code
    if status < 400:
        return
    wait = _retry_after(response.headers.get("Retry-After"))
    said = " ".join(response.text[:300].split())
    if status == 429 and ("insufficient budget" in said.lower() or (wait or 0) > LONGEST_WAIT):
        when = f"in about {wait / 3600:.1f} h" if wait else "tomorrow (midnight UTC)"
        key = "" if settings.api_key(source) else f", or set CARTO_{source.upper()}_KEY for a larger budget"
        raise QuotaSpent(f"{source}'s budget is spent (HTTP 429): run again {when}{key}; what was harvested is kept")
    if status in RETRIED:
        raise _Refused(f"{source} answered HTTP {status}", min(wait, LONGEST_WAIT) if wait else None)
    if status in (401, 403):
        raise SourceError(f"{source} answered HTTP {status}: check CARTO_{source.upper()}_KEY")
    if status == 404:
        raise UnknownIdentifier(f"{source} doesn't know what was asked (HTTP 404): {_short(said)}")
    raise SourceError(f"{source} refused the request (HTTP {status}): {_short(said)}")


def _retry_after(value: str | None) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, given as a number or as a date (RFC 9110)."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _answer_date(response: CachedResponse) -> str:
    try:
        return parsedate_to_datetime(response.headers["Date"]).strftime("%Y-%m-%d")
    except (KeyError, ValueError, TypeError):
        return response.created_at.strftime("%Y-%m-%d")


def _cause(error: requests.RequestException) -> str:
    """Name what failed; the exception's own text may quote the URL with its key."""
    return "timed out" if isinstance(error, requests.Timeout) else type(error).__name__


def _short(text: str) -> str:
    return text if len(text) <= 240 else f"{text[:200]}… {text[-40:]}"
