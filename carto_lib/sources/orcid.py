"""ORCID public API 3.0: https://info.orcid.org/documentation/api-tutorials (persons, works, employments, searches)."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from carto_lib.errors import SourceError
from carto_lib.sources.answers import dicts, load_json, need, reader
from carto_lib.sources.fields import (
    Record,
    author,
    clean,
    known,
    normal_doi,
    normal_language,
    normal_orcid,
    normal_pmid,
    partial_date,
    record,
    year_of,
)

if TYPE_CHECKING:
    from carto_lib.transport import Answer, Session

TYPES = {
    "book": "book",
    "book-chapter": "chapter",
    "conference-abstract": "abstract",
    "conference-paper": "conference",
    "conference-poster": "abstract",
    "data-set": "dataset",
    "dissertation": "thesis",
    "dissertation-thesis": "thesis",
    "edited-book": "book",
    "journal-article": "article",
    "preprint": "preprint",
    "report": "report",
    "working-paper": "preprint",
}
_PARTS = ("address", "keyword", "external-identifier", "researcher-url", "other-name")


@reader("orcid")
def parse(body: bytes) -> list[Record]:
    """Read an ORCID answer.

    Returns
    -------
    list of records
        *works*, *work*: one a work (a group of summaries is one work). *search*, *expanded-search*: one a person,
        *person* and its sections: one, *employments*: one an employment; these aren't works: ``title`` is the
        person's (or the organisation's) name, and ``extra`` holds the facts. E-mails are never read.

    Raises
    ------
    SourceError
        If the answer is an error (unknown, locked …) or of another kind, or truncated.
    """
    content = load_json(body, "orcid")
    owner = normal_orcid(content.get("path"))
    if "group" in content:
        groups = need(content, "group", list, "orcid")
        return [_work(summary, owner) for group in groups for summary in dicts(group.get("work-summary"))[:1]]
    if "put-code" in content and "title" in content:
        return [_work(content, owner)]
    if "num-found" in content or "expanded-result" in content or "result" in content:
        return [_found(item) for item in content.get("expanded-result") or content.get("result") or []]
    if "affiliation-group" in content:
        groups = need(content, "affiliation-group", list, "orcid")
        summaries = [summary for group in groups for summary in dicts(group.get("summaries"))]
        return [_employment(job, owner) for summary in summaries for job in dicts(list(summary.values()))]
    if "name" in content or any(part in content for part in _PARTS):
        return [_person(content, owner)]
    raise SourceError(f"orcid answered an unknown kind of content: it holds {', '.join(list(content)[:8])}")


def _work(work: dict[str, Any], owner: str | None) -> Record:
    title = work.get("title") or {}
    numbers = {
        item.get("external-id-type"): item.get("external-id-value")
        for item in dicts((work.get("external-ids") or {}).get("external-id"))
        if item.get("external-id-relationship") in (None, "self", "SELF")
    }
    date = _date(work.get("publication-date"))
    main, subtitle = clean(_value(title.get("title"))), clean(_value(title.get("subtitle")))
    own = f"{main}: {subtitle}" if main and subtitle else main
    translated = title.get("translated-title") or {}
    english = clean(_value(translated)) if translated.get("language-code") == "en" else None
    doi = normal_doi(numbers.get("doi"))
    people = dicts((work.get("contributors") or {}).get("contributor"))
    kind = str(work.get("type") or "").lower().replace("_", "-")
    return record(
        "orcid",
        f"{owner}/{need(work, 'put-code', int, 'orcid')}",
        title=english or own,
        title_original=own,
        abstract=clean(work.get("short-description")),
        date=date,
        year=year_of(date),
        type=TYPES.get(kind, "other") if kind else None,
        language=normal_language(work.get("language-code")),
        journal=clean(_value(work.get("journal-title"))),
        doi=doi,
        pmid=normal_pmid(numbers.get("pmid")),
        url=_value(work.get("url")) or (f"https://doi.org/{doi}" if doi else None),
        authors=[
            author(
                name=clean(_value(person.get("credit-name"))), orcid=(person.get("contributor-orcid") or {}).get("path")
            )
            for person in people
        ],
        extra=known(claimed_by=owner, publication_types=[kind] if kind else None),
    )


def _found(item: dict[str, Any]) -> Record:
    identity = item.get("orcid-identifier") or {}
    orcid = identity.get("path") or need(item, "orcid-id", str, "orcid")
    given, family = clean(item.get("given-names")), clean(item.get("family-names"))
    name = clean(item.get("credit-name")) or " ".join(filter(None, (given, family)))
    return _identity(
        orcid, name, given, family, institutions=item.get("institution-name"), other_names=item.get("other-name")
    )


def _person(content: dict[str, Any], owner: str | None) -> Record:
    name = content.get("name") or {}
    orcid = owner or name.get("path") or ""
    given, family = clean(_value(name.get("given-names"))), clean(_value(name.get("family-name")))
    shown = clean(_value(name.get("credit-name"))) or " ".join(filter(None, (given, family)))

    def listed(section: str, item: str) -> list[dict[str, Any]]:
        return dicts((content.get(section) or content).get(item))

    return _identity(
        orcid,
        shown,
        given,
        family,
        biography=clean((content.get("biography") or {}).get("content")),
        other_names=[other.get("content") for other in listed("other-names", "other-name")],
        keywords=[word.get("content") for word in listed("keywords", "keyword")],
        countries=[_value(place.get("country")) for place in listed("addresses", "address")],
        identifiers=[
            {"scheme": number.get("external-id-type"), "id": number.get("external-id-value")}
            for number in listed("external-identifiers", "external-identifier")
        ],
    )


def _identity(orcid: str, name: str | None, given: str | None, family: str | None, **facts: Any) -> Record:
    bare = orcid.strip("/").split("/")[0]
    return record(
        "orcid",
        bare,
        title=name,
        url=f"https://orcid.org/{bare}",
        extra=known(orcid=bare, given=given, family=family, **facts),
    )


def _employment(job: dict[str, Any], owner: str | None) -> Record:
    place = job.get("organization") or {}
    numbered = place.get("disambiguated-organization") or {}
    address = place.get("address") or {}
    start = _date(job.get("start-date"))
    return record(
        "orcid",
        f"{owner}/{job.get('put-code')}",
        title=clean(place.get("name")),
        date=start,
        year=year_of(start),
        url=f"https://orcid.org/{owner}" if owner else None,
        extra=known(
            orcid=owner,
            role=clean(job.get("role-title")),
            department=clean(job.get("department-name")),
            city=address.get("city"),
            country=address.get("country"),
            start=start,
            end=_date(job.get("end-date")),
            organisation_id=numbered.get("disambiguated-organization-identifier"),
            organisation_scheme=numbered.get("disambiguation-source"),
        ),
    )


def _date(value: Any) -> str | None:
    return partial_date(*(_value((value or {}).get(part)) for part in ("year", "month", "day")))


def _value(item: Any) -> Any:
    return item.get("value") if isinstance(item, dict) else item


LOOKUP_SIZE = 1


def lookup(identifiers: Sequence[str], session: "Session") -> "Iterator[Answer]":
    """Ask who claims works, one search a DOI.

    Parameters
    ----------
    identifiers : sequence of str
        DOIs.
    session : Session

    Raises
    ------
    SourceError
        If ORCID fails; a work that nobody claims gives no person.
    """
    for doi in identifiers:
        yield session.get("orcid", "expanded-search/", {"q": f'doi-self:"{doi}"', "rows": "100"}, "lookup", parse)
