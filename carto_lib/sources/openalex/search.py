"""Search OpenAlex works (https://developers.openalex.org/guides/searching), by cursor."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from carto_lib.sources.answers import load_json, need

if TYPE_CHECKING:
    from carto_lib.transport import Answer, Session

PAGE = 100


def search(
    query: str, session: "Session", *, query_id: str, since: int | None = None, until: int | None = None
) -> "Iterator[Answer]":
    """Yield the pages of a query.

    Parameters
    ----------
    query : str
        The parameters of ``/works``, as they stand in a URL (``search.title_and_abstract.exact=…&filter=…``).
    session : Session
    query_id : str
    since, until : int, optional
        First and last year of publication.

    Raises
    ------
    QuotaSpent
        If the day's budget is gone.
    SourceError
        If OpenAlex refuses the query or sends something else than a page.
    """
    asked = dict(parse_qsl(query, strict_parsing=True))
    years = [f"publication_year:{since or ''}-{until or ''}"] if since or until else []
    filters = [part for part in (asked.pop("filter", ""), *years) if part]
    if filters:
        asked["filter"] = ",".join(filters)
    cursor = "*"
    while cursor:
        answer = session.get("openalex", "works", {**asked, "per_page": str(PAGE), "cursor": cursor}, query_id, _page)
        page = _page(answer.body)
        if not page["results"]:
            return
        yield answer
        cursor = page["meta"].get("next_cursor")


def _page(body: bytes) -> dict[str, Any]:
    page = load_json(body, "openalex")
    need(page, "results", list, "openalex")
    need(page, "meta", dict, "openalex")
    return page
