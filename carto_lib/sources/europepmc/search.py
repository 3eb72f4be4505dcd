"""Search Europe PMC (https://europepmc.org/RestfulWebService): ``resultType=core``, by cursor."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from carto_lib.sources.answers import load_json, need

if TYPE_CHECKING:
    from carto_lib.transport import Answer, Session

PAGE = 100
LONGEST_IN_URL = 1_400


def search(
    query: str, session: "Session", *, query_id: str, since: int | None = None, until: int | None = None
) -> "Iterator[Answer]":
    """Yield the pages of a query, until the cursor repeats or a page is empty.

    Parameters
    ----------
    query : str
        In Europe PMC's syntax; beyond 1,400 characters it is sent to ``searchPOST``.
    session : Session
    query_id : str
    since, until : int, optional
        First and last year of publication.

    Raises
    ------
    SourceError
        If Europe PMC refuses the query (its errors come inside HTTP 200) or sends something else than a page.
    """
    if since or until:
        query = f"({query}) AND (PUB_YEAR:[{since or 1000} TO {until or 3000}])"
    ask, path = (session.get, "search") if len(query) <= LONGEST_IN_URL else (session.post, "searchPOST")
    cursor = "*"
    while True:
        params = {
            "query": query,
            "resultType": "core",
            "format": "json",
            "synonym": "false",
            "pageSize": str(PAGE),
            "cursorMark": cursor,
        }
        answer = ask("europepmc", path, params, query_id, _page)
        page = _page(answer.body)
        if not page["resultList"]["result"]:
            return
        yield answer
        following = page.get("nextCursorMark")
        if not following or following == cursor:
            return
        cursor = following


def _page(body: bytes) -> dict[str, Any]:
    page = load_json(body, "europepmc")
    need(need(page, "resultList", dict, "europepmc"), "result", list, "europepmc")
    return page
