"""Crossref works: https://api.crossref.org/swagger-ui (message types work and work-list)."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from carto_lib.errors import SourceError, UnknownIdentifier
from carto_lib.sources.answers import dicts, load_json, need, reader
from carto_lib.sources.fields import (
    NOTICE_TYPES,
    Record,
    author,
    clean,
    known,
    normal_doi,
    normal_language,
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
    "book-part": "chapter",
    "book-section": "chapter",
    "dataset": "dataset",
    "dissertation": "thesis",
    "edited-book": "book",
    "journal-article": "article",
    "monograph": "book",
    "posted-content": "preprint",
    "proceedings": "book",
    "proceedings-article": "conference",
    "reference-book": "book",
    "reference-entry": "chapter",
    "report": "report",
}
_KINDS = {
    "retraction": "retraction",
    "removal": "retraction",
    "withdrawal": "retraction",
    "partial_retraction": "correction",
    "correction": "correction",
    "corrigendum": "correction",
    "erratum": "correction",
    "expression_of_concern": "concern",
}
_TITLE = re.compile(r"<(?:jats:)?title[^>]*>\s*(.*?)\s*:?\s*</(?:jats:)?title>\s*", re.IGNORECASE | re.DOTALL)
_HEADLESS = ("abstract", "résumé", "summary")


@reader("crossref")
def parse(body: bytes) -> list[Record]:
    """Read a Crossref answer: one work or a list of works.

    Returns
    -------
    list of records
        One a work. ``extra`` keeps funders with their awards, licences, references, what updates the work
        (``updated-by``: retraction, correction, concern) and, for a notice, what it is about (``update-to``).

    Raises
    ------
    SourceError
        If the answer is an error, another kind of message (funder, member, agency …), XML or plain text.
    """
    content = load_json(body, "crossref")
    kind = content.get("message-type") if isinstance(content, dict) else None
    message = content.get("message", content) if isinstance(content, dict) else content
    if kind == "work-list":
        return [_work(work) for work in need(message, "items", list, "crossref")]
    if kind not in (None, "work") or not isinstance(message, dict):
        raise SourceError(
            f"crossref answered a message of type {kind or type(message).__name__}, not works: ask /works"
        )
    return [_work(message)]


def _work(work: dict[str, Any]) -> Record:
    doi = normal_doi(need(work, "DOI", str, "crossref"))
    if not doi:
        raise SourceError(f"crossref answered {work['DOI']!r}, which isn't a DOI of a work")
    updates = _updates(work.get("updated-by"))
    about = _updates(work.get("update-to"))
    kind = TYPES.get(work.get("type", ""), "other") if work.get("type") else None
    if about and kind in ("article", "other", None):
        kind = NOTICE_TYPES[0] if any(note["kind"] == "retraction" for note in about) else NOTICE_TYPES[1]
    title, subtitle = _first(work.get("title")), _first(work.get("subtitle"))
    date = _date(work.get("issued") or work.get("published"))
    people = dicts(work.get("author"))
    relation = work.get("relation") or {}
    return record(
        "crossref",
        doi,
        title=clean(f"{title}: {subtitle}" if title and subtitle and subtitle.lower() not in title.lower() else title),
        title_original=clean(_first(work.get("original-title"))),
        abstract=_abstract(work.get("abstract")),
        date=date,
        year=year_of(date),
        type=kind,
        language=normal_language(work.get("language")),
        journal=clean(_first(work.get("container-title"))),
        doi=doi,
        pmid=normal_pmid(work.get("PMID")),
        is_retracted=any(note["kind"] == "retraction" for note in updates) if kind else None,
        version_of=_related(relation, "is-preprint-of"),
        url=work.get("URL") or f"https://doi.org/{doi}",
        authors=[_author(person) for person in people],
        authors_complete=True if people else None,
        extra=known(
            publication_types=[name for name in (work.get("type"), work.get("subtype")) if name],
            grants=_grants(work),
            trials=[
                {"scheme": "nct" if number.startswith("NCT") else "other", "identifier": number}
                for trial in dicts(work.get("clinical-trial-number"))
                if (number := str(trial.get("clinical-trial-number") or "").strip().upper())
            ],
            oa=known(license=next((item.get("URL") for item in dicts(work.get("license"))), None)),
            cited_by_count=work.get("is-referenced-by-count"),
            references=[
                f"doi:{cited}" for item in dicts(work.get("reference")) if (cited := normal_doi(item.get("DOI")))
            ],
            updates=updates,
            notice_of=[note["notice_id"] for note in about if note["notice_id"]],
            preprints=[found] if (found := _related(relation, "has-preprint")) else None,
            issn=work.get("ISSN"),
            publisher=clean(work.get("publisher")),
        ),
    )


def _author(person: dict[str, Any]) -> dict[str, Any]:
    given, family = clean(person.get("given")), clean(person.get("family"))
    places = [place.get("name") for place in dicts(person.get("affiliation"))]
    if person.get("name") and not family:
        return author(name=clean(person["name"]), collective=True, affiliations=places)
    name = " ".join(filter(None, (given, family)))
    return author(name=name, given=given, family=family, orcid=person.get("ORCID"), affiliations=places)


def _grants(work: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "funder": clean(funder.get("name")),
            "award": clean(award),
            "country": None,
            "funder_id": normal_doi(funder.get("DOI")),
        }
        for funder in dicts(work.get("funder"))
        for award in funder.get("award") or [None]
    ]


def _updates(notes: Any) -> list[dict[str, Any]]:
    return [
        {
            "kind": _KINDS.get(str(note.get("type")).lower().replace(" ", "_"), "correction"),
            "notice_id": f"doi:{doi}" if (doi := normal_doi(note.get("DOI"))) else None,
            "date": _date(note.get("updated")),
        }
        for note in dicts(notes)
        if note.get("type") not in ("new_version", "new_edition", "addendum", "clarification")
    ]


def _related(relation: dict[str, Any], name: str) -> str | None:
    found = (normal_doi(item.get("id")) for item in dicts(relation.get(name)) if item.get("id-type") == "doi")
    return next((f"doi:{doi}" for doi in found if doi), None)


def _abstract(text: str | None) -> str | None:
    """Return a JATS abstract as plain text, its titled sections as ``Title: text`` lines."""
    if not text:
        return None
    parts = _TITLE.split(text)
    lines = [clean(parts[0])]
    for heading, part in zip(parts[1::2], parts[2::2], strict=True):
        label, section = clean(heading), clean(part)
        headed = label and section and label.lower() not in _HEADLESS
        lines.append(f"{label}: {section}" if headed else section)
    return "\n".join(line for line in lines if line) or None


def _date(value: Any) -> str | None:
    parts = _first((value or {}).get("date-parts"))
    return partial_date(*parts[:3]) if parts and parts[0] else None


def _first(values: Any) -> Any:
    return values[0] if isinstance(values, list) and values else values if not isinstance(values, list) else None


LOOKUP_SIZE = 50


def lookup(identifiers: Sequence[str], session: "Session") -> "Iterator[Answer]":
    """Ask for works by DOI, in one request; a DOI with a comma, which separates, is asked alone.

    Parameters
    ----------
    identifiers : sequence of str
        At most `LOOKUP_SIZE` DOIs.
    session : Session

    Raises
    ------
    SourceError
        If Crossref fails; an unknown DOI is only absent.
    """
    together = [doi for doi in identifiers if "," not in doi]
    if together:
        asked = {"filter": ",".join(f"doi:{doi}" for doi in together), "rows": str(len(together))}
        yield session.get("crossref", "works", asked, "lookup", parse)
    for doi in set(identifiers) - set(together):
        with suppress(UnknownIdentifier):
            yield session.get("crossref", f"works/{quote(doi, safe='')}", {}, "lookup", parse)
