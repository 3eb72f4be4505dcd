"""Search HAL (https://api.archives-ouvertes.fr/docs/search), a Solr index, by cursor."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from carto_lib.sources.answers import load_json, need

if TYPE_CHECKING:
    from carto_lib.transport import Answer, Session

PAGE = 100
FIELDS = (
    "docid,halId_s,version_i,uri_s,docType_s,title_s,fr_title_s,en_title_s,subTitle_s,abstract_s,fr_abstract_s,"
    "en_abstract_s,keyword_s,language_s,producedDateY_i,producedDate_s,publicationDate_s,publicationDateY_i,"
    "journalTitle_s,journalIssn_s,journalEissn_s,bookTitle_s,publisher_s,doiId_s,pubmedId_s,pubmedcentralId_s,"
    "nntId_s,authFullName_s,authFirstName_s,authLastName_s,authIdHasStructure_fs,authQuality_s,authIdHal_s,"
    "label_xml,structId_i,structName_s,structAcronym_s,structCountry_s,structType_s,structRnsrIdExt_s,"
    "labStructRnsrIdExt_s,domain_s,openAccess_bool,licence_s,fileMain_s,linkExtUrl_s,anrProjectReference_s,"
    "anrProjectAcronym_s,europeanProjectReference_s,funding_s,relatedDocId_i"
)


def search(
    query: str, session: "Session", *, query_id: str, since: int | None = None, until: int | None = None
) -> "Iterator[Answer]":
    """Yield the pages of a query, until the cursor repeats.

    Parameters
    ----------
    query : str
        In Solr's syntax.
    session : Session
    query_id : str
    since, until : int, optional
        First and last year of publication.

    Raises
    ------
    SourceError
        If HAL refuses the query or sends something else than a page.
    """
    params = {"q": query, "wt": "json", "fl": FIELDS, "rows": str(PAGE), "sort": "docid asc"}
    if since or until:
        params["fq"] = f"producedDateY_i:[{since or '*'} TO {until or '*'}]"
    cursor = "*"
    while True:
        answer = session.get("hal", "search/", {**params, "cursorMark": cursor}, query_id, _page)
        page = _page(answer.body)
        if not page["response"]["docs"]:
            return
        yield answer
        following = page.get("nextCursorMark")
        if not following or following == cursor:
            return
        cursor = following


def _page(body: bytes) -> dict[str, Any]:
    page = load_json(body, "hal")
    need(need(page, "response", dict, "hal"), "docs", list, "hal")
    return page
