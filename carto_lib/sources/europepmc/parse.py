"""Europe PMC search results to records: https://europepmc.org/RestfulWebService (resultType=core or lite)."""

import re
from typing import Any

from carto_lib.sources.answers import load_json, need, reader
from carto_lib.sources.fields import (
    Record,
    author,
    clean,
    known,
    normal_date,
    normal_doi,
    normal_language,
    normal_orcid,
    normal_pmcid,
    normal_pmid,
    partial_date,
    record,
    year_of,
)
from carto_lib.sources.pubmed.parse import work_type

_HEADING = re.compile(r"\s*<h4>\s*(.*?)\s*:?\s*</h4>\s*", re.IGNORECASE | re.DOTALL)
_UPDATES = {"retraction in": "retraction", "erratum in": "correction", "expression of concern in": "concern"}
_NOTICE_OF = ("retraction of", "erratum for", "expression of concern for")


@reader("europepmc")
def parse(body: bytes) -> list[Record]:
    """Read a page of Europe PMC search results in JSON.

    Returns
    -------
    list of records
        One a result, in order; ``source_id`` is ``SOURCE:id`` (``MED:…``, ``PMC:…``, ``PPR:…``), as identifiers
        are unique within a source only. Results of type *lite* or *idlist* have fewer fields.

    Raises
    ------
    SourceError
        If the answer is an error (Europe PMC reports them with status 200 as ``errCode``), XML, or truncated.
    """
    content = load_json(body, "europepmc")
    if isinstance(content, dict) and isinstance(content.get("full"), dict):
        return [_result(content["full"])]
    results = need(need(content, "resultList", dict, "europepmc"), "result", list, "europepmc")
    return [_result(result) for result in results]


def _result(result: dict[str, Any]) -> Record:
    origin, number = need(result, "source", str, "europepmc"), need(result, "id", str, "europepmc")
    journal = (result.get("journalInfo") or {}).get("journal") or {}
    types = _list(result, "pubTypeList", "pubType") or _split(result.get("pubType"))
    notes = _notes(result)
    date = _date(result)
    people = _authors(result)
    kind = "preprint" if origin == "PPR" else "thesis" if origin == "ETH" else work_type(types)
    return record(
        "europepmc",
        f"{origin}:{number}",
        title=_title(result.get("title")),
        abstract=_abstract(result.get("abstractText")),
        date=date,
        year=int(result["pubYear"]) if str(result.get("pubYear", "")).isdigit() else year_of(date),
        type=kind,
        language=normal_language(result.get("language")),
        journal=clean(journal.get("title") or result.get("journalTitle")),
        doi=normal_doi(result.get("doi")),
        pmid=normal_pmid(result.get("pmid") or (number if origin == "MED" else None)),
        pmcid=normal_pmcid(result.get("pmcid")),
        is_retracted=None if not types else _has(types, "retracted publication") or "retraction in" in notes,
        version_of=next(iter(notes.get("preprint of", ())), None),
        url=f"https://europepmc.org/article/{origin}/{number}",
        authors=people,
        authors_complete=None if not people else not str(result.get("authorString", "")).rstrip(". ").endswith("et al"),
        keywords=[text for text in map(clean, _list(result, "keywordList", "keyword")) if text],
        extra=known(
            publication_types=types,
            mesh=_mesh(result),
            grants=[
                {"funder": clean(grant.get("agency")), "award": clean(grant.get("grantId")), "country": None}
                for grant in _list(result, "grantsList", "grant")
            ],
            oa=_access(result),
            cited_by_count=_number(result.get("citedByCount")),
            updates=[
                {"kind": kind, "notice_id": notice} for name, kind in _UPDATES.items() for notice in notes.get(name, ())
            ],
            notice_of=[paper for name in _NOTICE_OF for paper in notes.get(name, ()) if paper],
            preprints=[preprint for preprint in notes.get("preprint in", ()) if preprint],
        ),
    )


def _title(text: str | None) -> str | None:
    title = clean(text)
    if title and title.startswith("[") and title.rstrip(".").endswith("]"):
        return title.rstrip(".")[1:-1].strip(" .") + "."
    return title


def _abstract(text: str | None) -> str | None:
    """Return the abstract with its headings as ``Heading: text`` lines."""
    if not text:
        return None
    parts = _HEADING.split(text)
    lines = [clean(parts[0])]
    for heading, part in zip(parts[1::2], parts[2::2], strict=True):
        section, label = clean(part), clean(heading)
        headed = section and label and label.lower() not in ("unlabelled", "abstract")
        lines.append(f"{label}: {section}" if headed else section)
    return "\n".join(line for line in lines if line) or None


def _date(result: dict[str, Any]) -> str | None:
    """Return the most precise date of the printed issue's year, else the first publication."""
    year = str(result.get("pubYear") or "")
    words = str((result.get("journalInfo") or {}).get("dateOfPublication") or "").split()
    printed = partial_date(*words[:3]) if words else None
    first = normal_date(result.get("firstPublicationDate"))
    electronic = normal_date(result.get("electronicPublicationDate")) or (first if not words else None)
    dates = [date for date in (printed, electronic) if date and (not year or date[:4] == year)]
    return max(dates, key=len) if dates else partial_date(year) or first


def _authors(result: dict[str, Any]) -> list[dict[str, Any]]:
    people = []
    for person in _list(result, "authorList", "author"):
        identity = person.get("authorId") or {}
        affiliations = [
            place.get("affiliation") for place in _list(person, "authorAffiliationDetailsList", "authorAffiliation")
        ]
        collective = person.get("collectiveName")
        given, family = person.get("firstName") or person.get("initials"), person.get("lastName")
        name = " ".join(filter(None, (given, family))) or person.get("fullName")
        people.append(
            author(
                name=clean(collective or name),
                given=None if collective else clean(given),
                family=None if collective else clean(family),
                collective=bool(collective),
                orcid=normal_orcid(identity.get("value")) if identity.get("type") == "ORCID" else None,
                affiliations=affiliations or [person.get("affiliation")],
            )
        )
    if not people and result.get("authorString"):
        names = result["authorString"].rstrip(".").split(", ")
        return [author(name=clean(name)) for name in names if name not in ("et al", "")]
    return people


def _notes(result: dict[str, Any]) -> dict[str, list[str | None]]:
    notes: dict[str, list[str | None]] = {}
    for note in _list(result, "commentCorrectionList", "commentCorrection"):
        number, origin = note.get("id"), note.get("source")
        target = (
            f"pmid:{number}" if number and origin == "MED" else f"{str(origin).lower()}:{number}" if number else None
        )
        notes.setdefault(str(note.get("type", "")).lower(), []).append(target)
    return notes


def _mesh(result: dict[str, Any]) -> list[dict[str, Any]]:
    headings = []
    for heading in _list(result, "meshHeadingList", "meshHeading"):
        marks = [heading, *_list(heading, "meshQualifierList", "meshQualifier")]
        major = any(mark.get("majorTopic_YN") == "Y" for mark in marks)
        headings.append({"id": None, "label": heading.get("descriptorName"), "major": major})
    return headings


def _access(result: dict[str, Any]) -> dict[str, Any] | None:
    free = [
        place
        for place in _list(result, "fullTextUrlList", "fullTextUrl")
        if place.get("availabilityCode") in ("OA", "F")
    ]
    return known(
        is_open=result["isOpenAccess"] == "Y" if result.get("isOpenAccess") else None,
        url=next((place.get("url") for place in free), None),
        license=result.get("license"),
    )


def _list(holder: dict[str, Any], name: str, item: str) -> list[Any]:
    """Return ``holder[name][item]`` as a list; one item alone may come without its list."""
    found = (holder.get(name) or {}).get(item)
    return found if isinstance(found, list) else [] if found is None else [found]


def _split(types: str | None) -> list[str]:
    return [name.strip() for name in (types or "").split(";") if name.strip()]


def _has(types: list[str], name: str) -> bool:
    return any(kind.lower() == name for kind in types)


def _number(value: Any) -> int | None:
    return int(value) if str(value).isdigit() else None
