"""ClinicalTrials.gov, API version 2: https://clinicaltrials.gov/data-api/api."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from carto_lib.sources.answers import dicts, load_json, need, reader
from carto_lib.sources.fields import Record, author, clean, known, normal_date, record, year_of

if TYPE_CHECKING:
    from carto_lib.transport import Answer, Session


@reader("clinicaltrials")
def parse(body: bytes) -> list[Record]:
    """Read a ClinicalTrials.gov answer: one study or a page of them.

    Returns
    -------
    list of records
        One a study, which isn't a work: ``source_id`` is its NCT number, ``title`` its brief title,
        ``title_original`` its official one, ``date`` its start; the lead sponsor is its only, collective, author.
        ``extra`` holds status, kind, conditions, collaborators and the publications that it refers to.

    Raises
    ------
    SourceError
        If the answer is an error (plain text) or is truncated.
    """
    content = load_json(body, "clinicaltrials")
    studies = [content] if "protocolSection" in content else need(content, "studies", list, "clinicaltrials")
    return [_study(need(study, "protocolSection", dict, "clinicaltrials")) for study in studies]


def _study(facts: dict[str, Any]) -> Record:
    names = need(facts, "identificationModule", dict, "clinicaltrials")
    number = need(names, "nctId", str, "clinicaltrials")
    status, sponsors = facts.get("statusModule") or {}, facts.get("sponsorCollaboratorsModule") or {}
    date = normal_date((status.get("startDateStruct") or {}).get("date"))
    conditions = facts.get("conditionsModule") or {}
    design = facts.get("designModule") or {}
    lead = clean((sponsors.get("leadSponsor") or {}).get("name"))
    papers = dicts((facts.get("referencesModule") or {}).get("references"))
    return record(
        "clinicaltrials",
        number,
        title=clean(names.get("briefTitle")),
        title_original=clean(names.get("officialTitle")),
        abstract=clean((facts.get("descriptionModule") or {}).get("briefSummary")),
        date=date,
        year=year_of(date),
        type="protocol",
        url=f"https://clinicaltrials.gov/study/{number}",
        authors=[author(name=lead, collective=True)] if lead else [],
        keywords=conditions.get("keywords"),
        extra=known(
            trials=[{"scheme": "nct", "identifier": number}],
            status=status.get("overallStatus"),
            kind=design.get("studyType"),
            phases=design.get("phases"),
            enrolled=(design.get("enrollmentInfo") or {}).get("count"),
            conditions=conditions.get("conditions"),
            collaborators=[clean(item.get("name")) for item in dicts(sponsors.get("collaborators"))],
            references=[f"pmid:{paper['pmid']}" for paper in papers if paper.get("pmid")],
            countries=sorted(
                {
                    place["country"]
                    for place in dicts((facts.get("contactsLocationsModule") or {}).get("locations"))
                    if place.get("country")
                }
            ),
        ),
    )


LOOKUP_SIZE = 100


def lookup(identifiers: Sequence[str], session: "Session") -> "Iterator[Answer]":
    """Ask for trials by NCT number, in one request.

    Parameters
    ----------
    identifiers : sequence of str
        At most `LOOKUP_SIZE` NCT numbers.
    session : Session

    Raises
    ------
    SourceError
        If ClinicalTrials.gov fails; an unknown number is only absent.
    """
    asked = {"filter.ids": "|".join(identifiers), "pageSize": str(len(identifiers))}
    yield session.get("clinicaltrials", "studies", asked, "lookup", parse)
