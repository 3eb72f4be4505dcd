"""Search PubMed through the NCBI E-utilities (https://www.ncbi.nlm.nih.gov/books/NBK25499/).

``esearch`` gives only the first 9,999 records of a query, so a larger one is cut into slices by the date records
entered PubMed (``edat``: unlike publication dates it never lies in the future). Identifiers rather than the history
server are kept, so that a run resumes after the hours a history lives.
"""

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from lxml import etree

from carto_lib.errors import DamagedAnswer, SourceError
from carto_lib.sources.answers import excerpt, load_json, load_xml, need

if TYPE_CHECKING:
    from carto_lib.transport import Answer, Session

log = logging.getLogger(__name__)

MOST_IDS = 9_999
BATCH = 200
FIRST_DAY = date(1780, 1, 1)


def search(
    query: str, session: "Session", *, query_id: str, since: int | None = None, until: int | None = None
) -> "Iterator[Answer]":
    """Yield the ``efetch`` answers that hold the records of a query.

    Parameters
    ----------
    query : str
        In PubMed's syntax.
    session : Session
    query_id : str
    since, until : int, optional
        First and last year of publication.

    Raises
    ------
    SourceError
        If PubMed refuses the query or sends something else than records.
    """
    if since or until:
        query = f"({query}) AND ({since or 1000}:{until or 3000}[dp])"
    ids = list(dict.fromkeys(_ids(query, session, query_id)))
    for start in range(0, len(ids), BATCH):
        asked = ids[start : start + BATCH]
        params = {"db": "pubmed", "retmode": "xml", "id": ",".join(asked)}
        answer = session.post("pubmed", "efetch.fcgi", params, query_id, _articles)
        missing = set(asked) - _pmids(answer.body)
        if missing:
            log.warning(
                "pubmed: %d of %d records asked are gone from PubMed: %s",
                len(missing),
                len(asked),
                ", ".join(sorted(missing)),
            )
        yield answer


def _ids(query: str, session: "Session", query_id: str) -> Iterator[str]:
    """Yield the PMIDs of a query, slice by slice where there are more than PubMed gives."""
    answer, result = _esearch(query, session, query_id)
    _warn(result)
    if int(result["count"]) <= MOST_IDS:
        yield from result["idlist"]
        return
    last_day = date.fromisoformat(answer.retrieved_at) + timedelta(days=1)
    slices = [(FIRST_DAY, last_day)]
    while slices:
        first, last = slices.pop()
        _, part = _esearch(query, session, query_id, first, last)
        if int(part["count"]) <= MOST_IDS:
            yield from part["idlist"]
        elif first == last:
            raise SourceError(
                f"pubmed has {part['count']} records for one day ({first}), more than it gives: narrow the query"
            )
        else:
            middle = first + (last - first) // 2
            slices += [(middle + timedelta(days=1), last), (first, middle)]


def _esearch(
    query: str, session: "Session", query_id: str, first: date | None = None, last: date | None = None
) -> "tuple[Answer, dict[str, Any]]":
    params = {"db": "pubmed", "retmode": "json", "retmax": str(MOST_IDS), "term": query}
    if first and last:
        params |= {"datetype": "edat", "mindate": f"{first:%Y/%m/%d}", "maxdate": f"{last:%Y/%m/%d}"}
    answer = session.post("pubmed", "esearch.fcgi", params, query_id, _result)
    return answer, _result(answer.body)


def _refuse_throttling(body: bytes) -> None:
    """Have what PubMed says instead of an answer, even with HTTP 200, asked again later."""
    if b"API rate limit exceeded" in body[:200]:
        raise DamagedAnswer("pubmed says that it is asked too fast")


def _result(body: bytes) -> dict[str, Any]:
    _refuse_throttling(body)
    result = need(load_json(body, "pubmed"), "esearchresult", dict, "pubmed")
    if "ERROR" in result:
        raise SourceError(f"pubmed refused the query: {excerpt(str(result['ERROR']))}: correct it")
    need(result, "count", str, "pubmed")
    need(result, "idlist", list, "pubmed")
    return result


def _warn(result: dict[str, Any]) -> None:
    """Say which phrases PubMed doesn't know: it searches their words one by one, which brings more noise."""
    unknown = (result.get("warninglist") or {}).get("quotedphrasesnotfound") or []
    unknown += (result.get("errorlist") or {}).get("phrasesnotfound") or []
    if unknown:
        log.warning("pubmed doesn't index %d phrases of the query: %s", len(unknown), "; ".join(unknown))


def _articles(body: bytes) -> etree._Element:
    _refuse_throttling(body)
    root = load_xml(body, "pubmed")
    if root.tag != "PubmedArticleSet":
        raise SourceError(f"pubmed sent no records but <{root.tag}>: {excerpt(''.join(map(str, root.itertext())))}")
    return root


def _pmids(body: bytes) -> set[str]:
    paths = "PubmedArticle/MedlineCitation/PMID", "PubmedBookArticle/BookDocument/PMID"
    root = _articles(body)
    return {str(pmid.text).strip() for path in paths for pmid in root.iterfind(path)}
