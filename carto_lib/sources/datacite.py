"""DataCite DOIs: https://support.datacite.org/docs/api (one DOI or a list)."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from carto_lib.sources.answers import dicts, load_json, need, reader
from carto_lib.sources.fields import (
    Record,
    author,
    clean,
    known,
    normal_date,
    normal_doi,
    normal_language,
    normal_type,
    record,
)

if TYPE_CHECKING:
    from carto_lib.transport import Answer, Session

_CITES = ("Cites", "References", "IsSupplementTo", "IsDerivedFrom")


@reader("datacite")
def parse(body: bytes) -> list[Record]:
    """Read a DataCite answer: one DOI, a list, or bare attributes.

    Returns
    -------
    list of records
        One a DOI. ``extra.related`` keeps how the DOI is tied to others (a data set supplements a paper …).

    Raises
    ------
    SourceError
        If the answer is an error, isn't about DOIs, or is truncated.
    """
    content = load_json(body, "datacite")
    if isinstance(content, dict) and "data" in content:
        found = content["data"] if isinstance(content["data"], list) else [content["data"]]
        return [_doi(need(item, "attributes", dict, "datacite")) for item in found]
    if isinstance(content, dict) and "attributes" in content:
        return [_doi(content["attributes"])]
    return [_doi(content)]


def _doi(facts: dict[str, Any]) -> Record:
    doi = normal_doi(need(facts, "doi", str, "datacite"))
    titles = [title for title in dicts(facts.get("titles")) if title.get("title")]
    main = next((title for title in titles if not title.get("titleType")), titles[0] if titles else {})
    translated = next((t for t in titles if t.get("titleType") == "TranslatedTitle"), None)
    types = facts.get("types") or {}
    general = str(types.get("resourceTypeGeneral") or "")
    dates = {date.get("dateType"): normal_date(date.get("date")) for date in dicts(facts.get("dates"))}
    year = facts.get("publicationYear")
    date = dates.get("Issued") or dates.get("Available") or dates.get("Created")
    related = [
        {
            "relation": item.get("relationType"),
            "id": item.get("relatedIdentifier"),
            "scheme": item.get("relatedIdentifierType"),
        }
        for item in dicts(facts.get("relatedIdentifiers"))
    ]
    container = facts.get("container") or {}
    return record(
        "datacite",
        doi or facts["doi"],
        title=clean((translated or main).get("title")),
        title_original=clean(main.get("title")),
        abstract=next(
            (
                clean(text.get("description"))
                for text in dicts(facts.get("descriptions"))
                if text.get("descriptionType") == "Abstract"
            ),
            None,
        ),
        year=int(year) if year else None,
        date=date if date and date[:4] == str(year) else None,
        type=normal_type(types.get("resourceType") if general.lower() == "text" else general),
        language=normal_language(facts.get("language")),
        journal=clean(container.get("title")),
        doi=doi,
        url=facts.get("url") or f"https://doi.org/{facts['doi']}",
        authors=[_author(person) for person in dicts(facts.get("creators"))],
        authors_complete=True if facts.get("creators") else None,
        keywords=[text for text in (clean(item.get("subject")) for item in dicts(facts.get("subjects"))) if text],
        extra=known(
            publication_types=[name for name in (general, types.get("resourceType")) if name],
            grants=[
                {
                    "funder": clean(item.get("funderName")),
                    "award": clean(item.get("awardNumber")),
                    "country": None,
                    "funder_id": item.get("funderIdentifier"),
                }
                for item in dicts(facts.get("fundingReferences"))
            ],
            oa=known(
                license=next(
                    (i.get("rightsIdentifier") or i.get("rights") for i in dicts(facts.get("rightsList"))), None
                )
            ),
            references=[
                f"doi:{cited}" for item in related if item["relation"] in _CITES and (cited := normal_doi(item["id"]))
            ],
            related=related,
            cited_by_count=facts.get("citationCount"),
            publisher=_publisher(facts.get("publisher")),
        ),
    )


def _publisher(value: Any) -> str | None:
    return clean(value.get("name") if isinstance(value, dict) else value)


def _author(person: dict[str, Any]) -> dict[str, Any]:
    given, family = clean(person.get("givenName")), clean(person.get("familyName"))
    orcid = next(
        (
            item.get("nameIdentifier")
            for item in dicts(person.get("nameIdentifiers"))
            if item.get("nameIdentifierScheme") == "ORCID"
        ),
        None,
    )
    listed = person.get("affiliation") or []
    places = [place.get("name") if isinstance(place, dict) else place for place in listed]
    name = " ".join(filter(None, (given, family))) or clean(person.get("name"))
    collective = person.get("nameType") == "Organizational"
    return author(name=name, given=given, family=family, orcid=orcid, collective=collective, affiliations=places)


LOOKUP_SIZE = 1


def lookup(identifiers: Sequence[str], session: "Session") -> "Iterator[Answer]":
    """Ask for what is registered as related to works (data sets …), one request a DOI.

    Parameters
    ----------
    identifiers : sequence of str
        DOIs of works.
    session : Session

    Raises
    ------
    SourceError
        If DataCite fails; a work to which nothing is tied gives an empty list.
    """
    for doi in identifiers:
        asked = {"query": f'relatedIdentifiers.relatedIdentifier:"{doi}"', "page[size]": "100"}
        yield session.get("datacite", "dois", asked, "lookup", parse)
