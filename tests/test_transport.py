"""The session: polite, patient, silent about keys, and able to do without the network."""

import base64
import json
import random
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from carto_lib import transport
from carto_lib.errors import DamagedAnswer, QuotaSpent, ReplayMiss, SourceError, TableError
from carto_lib.transport import STORE_FILE, Session

KEY, EMAIL = "k3y-of-nobody", "someone+carto@example.org"
DATE = "Sun, 22 Nov 2026 09:30:00 GMT"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> None:
    for source in transport.POLICIES:
        monkeypatch.setenv(f"CARTO_{source.upper()}_URL", httpserver.url_for(f"/{source}"))
        monkeypatch.delenv(f"CARTO_{source.upper()}_KEY", raising=False)
    monkeypatch.delenv("CARTO_EMAIL", raising=False)


class Clock:
    """A clock that only a wait moves; ``waits`` are the seconds of each."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.waits: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waits.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the session's clock."""
    stopped = Clock()
    monkeypatch.setattr("carto_lib.transport.session.time", stopped)
    return stopped


def session(folder: Path, **options: object) -> Session:
    return Session(folder / "answers", first_wait=0.01, **options)  # type: ignore[arg-type]


def answers(*given: Response | bytes) -> Callable[[Request], Response]:
    """Return a handler that gives these answers one after the other, then fails the test."""
    pending: Iterator[Response | bytes] = iter(given)

    def handle(_: Request) -> Response:
        answer = next(pending)
        return answer if isinstance(answer, Response) else Response(answer, headers={"Date": DATE})

    return handle


def good(body: bytes) -> None:
    if body != b"good":
        raise DamagedAnswer("hal sent something else")


def test_an_answer_is_asked_once_and_then_recorded(tmp_path: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hal/search/").respond_with_handler(answers(b"good"))
    first = session(tmp_path).get("hal", "search/", {"q": "SNDS"}, "snds.v1.hal.text", good)
    again = session(tmp_path).get("hal", "search/", {"q": "SNDS"}, "snds.v1.hal.text", good)
    replayed = session(tmp_path, replay=True).get("hal", "search/", {"q": "SNDS"}, "snds.v1.hal.text")
    assert first == again == replayed
    assert (first.body, first.status) == (b"good", 200)
    assert len(first.answer_id) == 16
    assert len(httpserver.log) == 1


def test_the_fingerprint_depends_on_request_and_body_not_on_the_address(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/hal/search/").respond_with_handler(answers(b"a", b"b", b"a"))
    httpserver.expect_request("/mirror/search/").respond_with_data(b"a")
    ids = [
        session(tmp_path / n).get("hal", "search/", {"q": q}, "x").answer_id for n, q in zip("123", "11 ", strict=True)
    ]
    monkeypatch.setenv("CARTO_HAL_URL", httpserver.url_for("/mirror"))
    assert session(tmp_path / "4").get("hal", "search/", {"q": "1"}, "x").answer_id == ids[0]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    "bad",
    [
        Response("slow down", 429, {"Retry-After": "0"}),
        Response("slow down", 429, {"Retry-After": format_datetime(datetime.now(UTC), usegmt=True)}),
        Response("slow down", 429),
        Response("maintenance", 503),
        Response("bad gateway", 502),
        b"<html>Back soon</html>",
        b"",
        b"goo",
    ],
)
def test_a_passing_failure_is_tried_again_and_never_recorded(
    tmp_path: Path, httpserver: HTTPServer, bad: Response | bytes
) -> None:
    httpserver.expect_request("/hal/search/").respond_with_handler(answers(bad, b"good"))
    answer = session(tmp_path).get("hal", "search/", {"q": "SNDS"}, "x", good)
    assert answer.body == b"good"
    assert len(httpserver.log) == 2


def test_a_lasting_failure_is_one_sentence_and_leaves_nothing(tmp_path: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hal/search/").respond_with_data("<html>", status=200)
    with pytest.raises(SourceError, match="hal sent something else, 3 essais : relancez plus tard") as caught:
        session(tmp_path, attempts=3).get("hal", "search/", {}, "x", good)
    assert "\n" not in str(caught.value)
    assert len(httpserver.log) == 3
    with pytest.raises(ReplayMiss, match="no answer of hal to hal GET search/"):
        session(tmp_path, replay=True).get("hal", "search/", {}, "x")


def test_an_unreachable_source_is_one_sentence_without_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTO_PUBMED_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("CARTO_PUBMED_KEY", KEY)
    with pytest.raises(SourceError, match=r"pubmed est injoignable à http://127.0.0.1:9/x.*ConnectionError") as caught:
        session(tmp_path, attempts=2).get("pubmed", "x", {}, "x")
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (429, {"Retry-After": "81471"}, '{"error":"Rate limit exceeded","message":"Insufficient budget."}'),
        (429, {"Retry-After": "81471"}, "too many"),
        (429, {}, '{"message":"Insufficient budget. This request costs $0.0001"}'),
    ],
)
def test_a_spent_quota_stops_at_once(
    tmp_path: Path, httpserver: HTTPServer, status: int, headers: dict[str, str], body: str
) -> None:
    httpserver.expect_request("/openalex/works").respond_with_data(body, status, headers)
    with pytest.raises(QuotaSpent, match=r"openalex's budget is spent .* CARTO_OPENALEX_KEY"):
        session(tmp_path).get("openalex", "works", {}, "x")
    assert len(httpserver.log) == 1


def test_a_refusal_is_not_tried_again(tmp_path: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hal/search/").respond_with_data("undefined field", 400)
    httpserver.expect_request("/openalex/works").respond_with_data("no", 403)
    with pytest.raises(SourceError, match=r"hal refused the request \(HTTP 400\): undefined field"):
        session(tmp_path).get("hal", "search/", {}, "x")
    with pytest.raises(SourceError, match="check CARTO_OPENALEX_KEY"):
        session(tmp_path).get("openalex", "works", {}, "x")
    assert len(httpserver.log) == 2


def test_keys_leave_but_are_never_recorded(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def echo(request: Request) -> Response:
        seen = {**request.values.to_dict(), **dict(request.headers)}
        return Response(json.dumps(seen | {"url": request.url}), headers={"Set-Cookie": f"k={KEY}", "X-Key": KEY})

    httpserver.expect_request("/pubmed/esearch.fcgi").respond_with_handler(echo)
    httpserver.expect_request("/openalex/works").respond_with_handler(echo)
    httpserver.expect_request("/crossref/works").respond_with_data("busy", 503)
    before = session(tmp_path / "anonymous").post("pubmed", "esearch.fcgi", {"term": "SNDS"}, "x")
    for source in transport.POLICIES:
        monkeypatch.setenv(f"CARTO_{source.upper()}_KEY", KEY)
    monkeypatch.setenv("CARTO_EMAIL", EMAIL)
    caplog.set_level("DEBUG")
    asking = session(tmp_path, attempts=2)
    given = [
        asking.post("pubmed", "esearch.fcgi", {"term": "SNDS"}, "x"),
        asking.get("pubmed", "esearch.fcgi", {"term": "SNDS"}, "x"),
        asking.get("openalex", "works", {"q": "1"}, "x"),
    ]
    with pytest.raises(SourceError) as caught:
        asking.get("crossref", "works", {}, "x")
    sent = [request for request, _ in httpserver.log]
    assert sent[1].form["api_key"] == KEY
    assert sent[1].form["email"] == EMAIL
    assert sent[2].args["api_key"] == KEY
    assert sent[3].headers["Authorization"] == f"Bearer {KEY}"
    assert all("Carto/" in request.headers["User-Agent"] for request in sent)
    bodies = b"".join(answer.body for answer in given)
    assert b"REDACTED" in bodies
    with sqlite3.connect(tmp_path / "answers" / STORE_FILE) as store:
        rows = [zlib.decompress(value) for (value,) in store.execute("select value from responses")]
    contents = [base64.b64decode(json.loads(row)["_content"]) for row in rows]
    assert len(rows) == 3
    files = [path.read_bytes() for path in (tmp_path / "answers").iterdir()]
    logged = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]  # the server's own log
    assert any("api_key=REDACTED" in line for line in logged)
    said = [str(caught.value), *logged, *(str(answer) for answer in given)]
    everything = b"\n".join([*rows, *contents, *files, bodies, *(text.encode() for text in said)])
    for secret in (KEY, EMAIL, "someone%2Bcarto%40example.org", base64.b64encode(KEY.encode()).decode()):
        assert secret.encode() not in everything
    assert before.url == given[0].url


def test_the_key_changes_neither_the_request_nor_its_fingerprint(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/pubmed/esearch.fcgi").respond_with_handler(answers(b"good"))
    first = session(tmp_path).post("pubmed", "esearch.fcgi", {"term": "SNDS"}, "x")
    monkeypatch.setenv("CARTO_PUBMED_KEY", KEY)
    assert session(tmp_path).post("pubmed", "esearch.fcgi", {"term": "SNDS"}, "x") == first


def test_it_waits_its_turn_even_across_sessions(tmp_path: Path, httpserver: HTTPServer, clock: Clock) -> None:
    httpserver.expect_request("/hal/search/").respond_with_data(b"good")
    for number in range(4):
        session(tmp_path).get("hal", "search/", {"q": str(number)}, "x")
    assert clock.waits == [0, 0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("source", "headers", "interval"),
    [
        ("pubmed", {"X-RateLimit-Limit": "10"}, 0.1),
        ("crossref", {"X-Rate-Limit-Limit": "50", "X-Rate-Limit-Interval": "1s"}, 0.02),
        ("openalex", {"X-RateLimit-Limit": "1000"}, 0.1),
        ("hal", {}, 0.5),
        ("pubmed", {"X-RateLimit-Limit": "0"}, 0.34),
        ("pubmed", {"X-RateLimit-Limit": "many"}, 0.34),
    ],
)
def test_the_answers_set_the_pace(
    tmp_path: Path, httpserver: HTTPServer, clock: Clock, source: str, headers: dict[str, str], interval: float
) -> None:
    httpserver.expect_request(f"/{source}/works").respond_with_data(b"good", headers=headers)
    asking = session(tmp_path)
    for number in range(5):
        asking.get(source, "works", {"q": str(number)}, "x")
    first, second, *others = clock.waits
    assert (first, second) == (0, pytest.approx(transport.POLICIES[source].interval, abs=1e-6))
    assert others == pytest.approx([interval] * len(others), abs=1e-6)


def test_retry_after_is_obeyed(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    slow = Response("slow down", 429, {"Retry-After": "17"})
    httpserver.expect_request("/hal/search/").respond_with_handler(answers(slow, b"good"))
    session(tmp_path).get("hal", "search/", {}, "x")
    assert 17.0 in waits
    assert "hal answered HTTP 429: trying again in 17 s" in caplog.text


def test_an_old_answer_is_asked_again_but_still_replayed(tmp_path: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hal/search/").respond_with_handler(answers(b"old", b"new"))
    stale = timedelta(seconds=-1)
    assert session(tmp_path, max_age=stale).get("hal", "search/", {}, "x").body == b"old"
    assert session(tmp_path, replay=True).get("hal", "search/", {}, "x").body == b"old"
    assert session(tmp_path).get("hal", "search/", {}, "x").body == b"new"


def test_a_replay_needs_a_store(tmp_path: Path) -> None:
    with pytest.raises(ReplayMiss, match=r"no recorded answers at .*nowhere"):
        Session(tmp_path / "nowhere", replay=True)
    assert not (tmp_path / "nowhere").exists()


def test_a_full_disk_is_one_sentence_and_keeps_what_was_recorded(tmp_path: Path, httpserver: HTTPServer) -> None:
    large = random.Random(1).randbytes(200_000)
    httpserver.expect_request("/hal/search/").respond_with_handler(answers(b"good", large))
    asking = session(tmp_path)
    first = asking.get("hal", "search/", {"q": "1"}, "x")
    with asking._answers._cache.responses.connection() as store:
        store.execute("pragma max_page_count = 9")
    with pytest.raises(TableError, match=r"no space left.*free some space.*what was recorded is intact") as caught:
        asking.get("hal", "search/", {"q": "2"}, "x")
    assert "\n" not in str(caught.value)
    assert session(tmp_path, replay=True).get("hal", "search/", {"q": "1"}, "x") == first


def test_a_replay_reads_a_read_only_store(tmp_path: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hal/search/").respond_with_handler(answers(b"good"))
    first = session(tmp_path).get("hal", "search/", {"q": "1"}, "x")
    folder = tmp_path / "answers"
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path is folder else 0o444)
    assert session(tmp_path, replay=True).get("hal", "search/", {"q": "1"}, "x") == first
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_damaged_store_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / STORE_FILE).write_bytes(b"not a database" * 100)
    for replay in (False, True):
        with pytest.raises(TableError, match=r"damaged .* restore that file"):
            session(tmp_path, replay=replay).get("hal", "search/", {}, "x")
