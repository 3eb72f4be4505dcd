"""OpenAlex works to records: https://developers.openalex.org (works, authorships, locations)."""

from collections.abc import Iterable
from typing import Any

from carto_lib.errors import SourceError
from carto_lib.sources.answers import dicts, load_json, need, reader
from carto_lib.sources.fields import (
    Record,
    author,
    clean,
    known,
    normal_date,
    normal_doi,
    normal_hal_id,
    normal_language,
    normal_pmcid,
    normal_pmid,
    record,
)

TYPES = {
    **{name: name for name in ("article", "book", "dataset", "editorial", "letter", "preprint", "report", "review")},
    "book-chapter": "chapter",
    "conference-abstract": "abstract",
    "conference-paper": "conference",
    "data-paper": "article",
    "dissertation": "thesis",
    "erratum": "correction",
    "posted-content": "preprint",
    "retraction": "retraction_notice",
}
_JOURNAL_LIKE = ("journal", "conference", "book series")
_AUTHORS_SHOWN_IN_LISTS = 100


@reader("openalex")
def parse(body: bytes) -> list[Record]:
    """Read an OpenAlex answer: a page of works, or one work.

    Returns
    -------
    list of records
        One a work, in order. Abstracts are rebuilt from their inverted index; ``extra`` keeps topics, SDG,
        MeSH, funders, open access, citations and references. A work that OpenAlex calls a preprint because
        HAL alone holds it has no type: HAL says what it is.

    Raises
    ------
    SourceError
        If the answer is an error, isn't about works, or is truncated.
    QuotaSpent
        If the day's budget is gone.
    """
    content = load_json(body, "openalex")
    if isinstance(content, dict) and "results" in content:
        works = need(content, "results", list, "openalex")
    else:
        works = [content]
    return [_work(work) for work in works]


def _work(work: Any) -> Record:
    identifier = _short(need(work, "id", str, "openalex"))
    if not identifier.startswith("W"):
        raise SourceError(f"openalex answered {work['id']!r}, which isn't a work: ask /works")
    identifiers, place = work.get("ids") or {}, work.get("primary_location") or {}
    source = place.get("source") or {}
    people = dicts(work.get("authorships"))
    kind = TYPES.get(work.get("type"), "other") if work.get("type") else None
    if kind == "preprint" and not work.get("doi") and str(source.get("display_name")).startswith("HAL"):
        kind = None
    date = normal_date(work.get("publication_date"))
    landing_pages = [location.get("landing_page_url") for location in dicts(work.get("locations")) or [place]]
    is_notice = kind in ("retraction_notice", "correction")
    retracted = work.get("is_retracted")
    return record(
        "openalex",
        identifier,
        title=clean(work.get("title") or work.get("display_name")),
        abstract=clean(_abstract(work.get("abstract_inverted_index"))),
        year=work.get("publication_year"),
        date=date if date and date[:4] == str(work.get("publication_year")) else None,
        type=kind,
        language=normal_language(work.get("language")),
        journal=clean(source.get("display_name")) if source.get("type") in _JOURNAL_LIKE else None,
        issn_l=source.get("issn_l"),
        doi=normal_doi(work.get("doi") or identifiers.get("doi")),
        pmid=normal_pmid(identifiers.get("pmid")),
        pmcid=normal_pmcid(identifiers.get("pmcid")),
        hal_id=next((found for page in landing_pages if (found := _hal_id(page))), None),
        openalex_id=identifier,
        is_retracted=None if retracted is None else bool(retracted) and not is_notice,
        url=place.get("landing_page_url") or work["id"],
        authors=[_author(person) for person in people],
        authors_complete=not work.get("is_authors_truncated") and len(people) < _AUTHORS_SHOWN_IN_LISTS,
        extra=_extra(work, source),
    )


def _author(person: dict[str, Any]) -> dict[str, Any]:
    identity = person.get("author") or {}
    return author(
        name=clean(person.get("raw_author_name") or identity.get("display_name")),
        orcid=person.get("raw_orcid") or identity.get("orcid"),
        corresponding=person.get("is_corresponding"),
        affiliations=person.get("raw_affiliation_strings"),
    )


def _extra(work: dict[str, Any], source: dict[str, Any]) -> dict[str, Any] | None:
    access, place = work.get("open_access") or {}, work.get("best_oa_location") or {}
    return known(
        publication_types=[kind for kind in (work.get("type"), work.get("type_crossref")) if kind],
        topics=[
            *_terms("openalex", work.get("topics")),
            *_terms("sdg", work.get("sustainable_development_goals")),
            *_terms("keyword", work.get("keywords")),
        ],
        mesh=_mesh(dicts(work.get("mesh"))),
        grants=_grants(work),
        oa=known(
            colour=access.get("oa_status"),
            url=access.get("oa_url") or place.get("pdf_url") or place.get("landing_page_url"),
            license=place.get("license"),
        ),
        institutions=_institutions(work),
        in_doaj=source.get("is_in_doaj"),
        publisher=clean(source.get("host_organization_name")),
        cited_by_count=work.get("cited_by_count"),
        fwci=work.get("fwci"),
        citation_percentile=(work.get("citation_normalized_percentile") or {}).get("value"),
        references=[f"openalex:{_short(cited)}" for cited in work.get("referenced_works") or ()],
    )


def _terms(scheme: str, terms: Iterable[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [
        {"scheme": scheme, "id": _short(term["id"]), "label": term.get("display_name"), "score": term.get("score")}
        for term in dicts(terms)
        if term.get("id")
    ]


def _mesh(headings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for heading in headings:
        name = heading.get("descriptor_ui")
        if name:
            term = found.setdefault(name, {"id": name, "label": heading.get("descriptor_name"), "major": False})
            term["major"] |= bool(heading.get("is_major_topic"))
    return list(found.values())


def _grants(work: dict[str, Any]) -> list[dict[str, Any]]:
    rors = {funder.get("id"): funder.get("ror") for funder in dicts(work.get("funders"))}
    named = [
        (item.get("funder_id"), item.get("funder_display_name"), item.get("funder_award_id"))
        for item in dicts(work.get("awards"))
    ]
    named += [
        (item.get("funder"), item.get("funder_display_name"), item.get("award_id"))
        for item in dicts(work.get("grants"))
    ]
    told = {funder for funder, _, _ in named}
    named += [
        (item.get("id"), item.get("display_name"), None)
        for item in dicts(work.get("funders"))
        if item.get("id") not in told
    ]
    return [
        {"funder": clean(name), "award": clean(award), "country": None, "funder_id": rors.get(funder) or funder}
        for funder, name, award in named
        if name
    ]


def _institutions(work: dict[str, Any]) -> list[dict[str, Any]]:
    found = {
        place["id"]: {
            "id": place.get("ror") or place["id"],
            "name": place.get("display_name"),
            "country": place.get("country_code"),
        }
        for person in dicts(work.get("authorships"))
        for place in dicts(person.get("institutions"))
        if place.get("id")
    }
    return list(found.values())


def _abstract(index: dict[str, Any] | None) -> str | None:
    """Return the text of an inverted index ``{word: [places]}``."""
    if not index:
        return None
    if not all(isinstance(places, list) for places in index.values()):
        return None
    return " ".join(word for _, word in sorted((place, word) for word, places in index.items() for place in places))


def _short(identifier: str) -> str:
    return identifier.rstrip("/").rsplit("/", 1)[-1]


def _hal_id(page: str | None) -> str | None:
    return normal_hal_id(page) if page and "hal" in page else None
