"""The HTTP side of the fake APIs: paging, limits and error shapes as recorded from the real ones."""

import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from .works import WORKS, Work

DATE = "Sun, 22 Nov 2026 09:30:00 GMT"
HTML = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon</body></html>"
# the n-th request of a source fails once in this way (a kind that ends with ! fails from then on)
FAULTS = {
    "pubmed": {2: "throttled", 4: "truncated"},
    "europepmc": {2: "html", 3: "unavailable"},
    "openalex": {2: "throttled", 4: "empty"},
    "hal": {2: "unavailable", 3: "truncated"},
}
SEARCHES = {"pubmed": "term", "europepmc": "query", "openalex": "search.title_and_abstract.exact", "hal": "q"}


class FakeApis:
    """The four APIs on one port, each under its name: ``http://127.0.0.1:<port>/pubmed`` …

    Parameters
    ----------
    faults : mapping of source to mapping of request number to kind
        Kinds: throttled, busy (the same within HTTP 200), unavailable, html, truncated, empty, budget, refused,
        cut (the connection).
    pubmed_most : int
        Records that PubMed gives at most for one query.
    period : int
        Faults come back after this number of requests of a source; 0 = never.
    per_second : int
        What the headers say of the rate that is allowed.
    """

    def __init__(
        self,
        port: int = 0,
        delay: float = 0.0,
        faults: Mapping[str, Mapping[int, str]] | None = None,
        records: int | None = None,
        pubmed_most: int = 9_999,
        per_second: int = 50,
        period: int = 0,
    ) -> None:
        self.period = period
        self.per_second = per_second
        self.delay = delay
        self.faults = faults or {}
        self.works = {source: works[:records] for source, works in WORKS.items()}
        self.deleted: set[str] = set()
        self.pubmed_most = pubmed_most
        self.unknown_phrases: list[str] = []
        self.log: list[tuple[str, str, dict[str, str], dict[str, str], float]] = []
        self.counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point Carto to this server."""
        address = f"http://127.0.0.1:{self._server.server_port}"
        return {f"CARTO_{source.upper()}_URL": f"{address}/{source}" for source in WORKS}

    def serve_forever(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    def __enter__(self) -> "FakeApis":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def requests(self, source: str) -> list[dict[str, str]]:
        """Return the parameters of each request that a source received."""
        return [params for asked, _, params, _, _ in self.log if asked == source]

    def fault(self, source: str, path: str, params: dict[str, str], headers: dict[str, str]) -> str | None:
        """Log a request and tell how it must fail, if it must."""
        with self._lock:
            self.counts[source] += 1
            self.log.append((source, path, params, headers, time.monotonic()))
            plan = self.faults.get(source, {})
            place = self.counts[source] % self.period if self.period else self.counts[source]
            lasting = [kind for number, kind in plan.items() if kind.endswith("!") and number <= self.counts[source]]
            return (lasting or [plan.get(place)])[0]

    def answer(self, source: str, path: str, params: dict[str, str]) -> tuple[int, str, bytes]:
        """Return status, content type and body of a good answer, or of the error that the request deserves."""
        if source == "pubmed":
            return self._efetch(params) if path == "efetch.fcgi" else self._esearch(params)
        problem = _problem(params.get(SEARCHES[source], ""))
        body = {"europepmc": self._europepmc, "openalex": self._openalex, "hal": self._hal}[source](params, problem)
        status = 200 if source == "europepmc" or "error" not in body else 400
        return status, "application/json", json.dumps(body, ensure_ascii=False).encode()

    def _esearch(self, params: dict[str, str]) -> tuple[int, str, bytes]:
        problem = _problem(params.get("term", ""))
        if problem:
            result: dict = {"ERROR": problem}
        else:
            first, last = (
                params.get(name, default).replace("/", "-") for name, default in (("mindate", "0"), ("maxdate", "9"))
            )
            found = [work for work in reversed(self.works["pubmed"]) if first <= work.day <= last]
            most = min(int(params["retmax"]), self.pubmed_most)
            ids = [work.pmid for work in found[:most]]
            result = {"count": str(len(found)), "retmax": str(len(ids)), "retstart": "0", "idlist": ids}
            if self.unknown_phrases:
                result["warninglist"] = {"quotedphrasesnotfound": self.unknown_phrases, "outputmessages": []}
        body = {"header": {"type": "esearch", "version": "0.3"}, "esearchresult": result}
        return 200, "application/json; charset=UTF-8", json.dumps(body).encode()

    def _efetch(self, params: dict[str, str]) -> tuple[int, str, bytes]:
        works = {work.pmid: work for work in self.works["pubmed"]}
        asked = [pmid for pmid in params["id"].split(",") if pmid in works and pmid not in self.deleted]
        articles = "\n".join(works[pmid].pubmed() for pmid in asked)
        document = (
            '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC '
            '"-//NLM//DTD PubMedArticle, 1st January 2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
            f"<PubmedArticleSet>\n{articles}\n</PubmedArticleSet>\n"
        )
        return 200, "text/xml; charset=UTF-8", document.encode()

    def _europepmc(self, params: dict[str, str], problem: str | None) -> dict:
        size = int(params["pageSize"])
        if problem or not 1 <= size <= 1000:
            return {"errCode": 404, "errMsg": problem or "Invalid page size provided. Valid size is between 1 and 1000"}
        works, following = self._page("europepmc", params["cursorMark"], size)
        if "METHODS:" in params["query"]:
            works, following = [work for work in works if work.number % 10 == 0], following
        return {
            "version": "6.9",
            "hitCount": len(self.works["europepmc"]),
            "nextCursorMark": following or params["cursorMark"],
            "nextPageUrl": f"https://example.org/search?{'&'.join(f'{k}={v}' for k, v in params.items())}",
            "request": {"queryString": params["query"], "resultType": "core", "pageSize": size, "synonym": False},
            "resultList": {"result": [work.europepmc() for work in works]},
        }

    def _openalex(self, params: dict[str, str], problem: str | None) -> dict:
        if problem:
            return {"error": "Invalid query parameters error.", "message": problem}
        if int(params["per_page"]) > 100:
            return {"error": "Pagination error.", "message": "per-page parameter must be between 1 and 100"}
        works, following = self._page("openalex", params["cursor"], int(params["per_page"]))
        meta = {"count": len(self.works["openalex"]), "per_page": 100, "next_cursor": following, "cost_usd": 0.001}
        return {"meta": meta, "results": [work.openalex() for work in works], "group_by": []}

    def _hal(self, params: dict[str, str], problem: str | None) -> dict:
        if problem or params.get("sort") != "docid asc":
            return {"error": {"msg": problem or "Cursor functionality requires a sort on uniqueKey", "code": 400}}
        works, following = self._page("hal", params["cursorMark"], int(params["rows"]))
        wanted = params["fl"].split(",")
        docs = [{name: value for name, value in work.hal().items() if name in wanted} for work in works]
        response = {"numFound": len(self.works["hal"]), "start": 0, "numFoundExact": True, "docs": docs}
        return {"response": response, "nextCursorMark": following or params["cursorMark"]}

    def _page(self, source: str, cursor: str, size: int) -> tuple[list[Work], str | None]:
        start = 0 if cursor == "*" else int(cursor.removeprefix("AoE"))
        works = self.works[source][start : start + size]
        return works, f"AoE{start + len(works)}" if works else None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        apis = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def date_time_string(self, timestamp: float | None = None) -> str:
                return DATE

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                self.respond(dict(parse_qsl(form, keep_blank_values=True)))

            def do_GET(self) -> None:
                if self.path == "/_counts":
                    return self.send(200, "application/json", json.dumps(apis.counts).encode())
                return self.respond({})

            def respond(self, form: dict[str, str]) -> None:
                url = urlsplit(self.path)
                params = dict(parse_qsl(url.query, keep_blank_values=True)) | form
                _, source, path = url.path.split("/", 2)
                time.sleep(apis.delay)
                fault = (apis.fault(source, path, params, dict(self.headers)) or "").removesuffix("!")
                if source == "openalex" and len(self.path) > 4_094:
                    return self.send(400, "application/json", b'{"error":"Request URL too long","message":"too long"}')
                if fault in ("throttled", "busy"):
                    error = b'{"error":"API rate limit exceeded","api-key":"203.0.113.7","count":"4","limit":"3"}'
                    return self.send(
                        429 if fault == "throttled" else 200, "application/json", error, {"Retry-After": "1"}
                    )
                if fault == "budget":
                    error = b'{"error":"Rate limit exceeded","message":"Insufficient budget. Resets at midnight UTC."}'
                    return self.send(429, "application/json", error, {"Retry-After": "81471"})
                if fault == "unavailable":
                    return self.send(503, "text/plain", b"This API is temporarily unavailable due to maintenance.")
                if fault == "refused":
                    return self.send(403, "text/plain", b"Forbidden")
                if fault == "html":
                    return self.send(200, "text/html", HTML)
                if fault == "empty":
                    return self.send(200, "application/json", b"")
                status, kind, body = apis.answer(source, path, params)
                if fault == "truncated":
                    body = body[: len(body) // 2]
                return self.send(status, kind, body, cut=fault == "cut")

            def send(
                self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None, cut: bool = False
            ) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("X-Rate-Limit-Limit", str(apis.per_second))
                self.send_header("X-Rate-Limit-Interval", "1s")
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if cut else body)
                self.close_connection = cut

        return Handler


def _problem(query: str) -> str | None:
    """Return what is wrong with a query: as the sources do, only its form is checked."""
    if not query.strip():
        return "No search criteria provided. Please provide a search criteria which is less than 1500 characters."
    if query.count('"') % 2 or query.count("(") != query.count(")"):
        return "Unbalanced quotes or brackets in the query"
    return None
