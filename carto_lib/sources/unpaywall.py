"""Unpaywall, one DOI an answer: https://unpaywall.org/data-format (since 2025 a view on OpenAlex's data)."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from carto_lib import settings
from carto_lib.errors import SourceError, UnknownIdentifier
from carto_lib.sources.answers import dicts, load_json, need, reader
from carto_lib.sources.crossref import TYPES
from carto_lib.sources.fields import Record, author, clean, known, normal_date, normal_doi, record

if TYPE_CHECKING:
    from carto_lib.transport import Answer, Session


@reader("unpaywall")
def parse(body: bytes) -> list[Record]:
    """Read an Unpaywall answer: one record, whose ``extra.oa`` holds the open access colour, place and licence.

    Raises
    ------
    SourceError
        If the answer is an error (an unknown DOI, an address refused) or is truncated.
    """
    content = load_json(body, "unpaywall")
    doi = normal_doi(need(content, "doi", str, "unpaywall"))
    need(content, "is_oa", bool, "unpaywall")
    place = content.get("best_oa_location") or {}
    year, date = content.get("year"), normal_date(content.get("published_date"))
    people = dicts(content.get("z_authors"))
    kind = content.get("genre")
    return [
        record(
            "unpaywall",
            doi or content["doi"],
            title=clean(content.get("title")),
            year=year,
            date=date if date and date[:4] == str(year) else None,
            type=TYPES.get(kind, "other") if kind else None,
            journal=clean(content.get("journal_name")),
            issn_l=content.get("journal_issn_l"),
            doi=doi,
            url=content.get("doi_url"),
            authors=[
                author(
                    name=clean(person.get("raw_author_name"))
                    or " ".join(filter(None, (clean(person.get("given")), clean(person.get("family"))))),
                    given=clean(person.get("given")),
                    family=clean(person.get("family")),
                    orcid=person.get("ORCID"),
                    affiliations=person.get("raw_affiliation_strings"),
                )
                for person in people
            ],
            extra=known(
                publication_types=[kind] if kind else None,
                oa=known(
                    colour=content.get("oa_status"),
                    is_open=content["is_oa"],
                    url=place.get("url"),
                    license=place.get("license"),
                    version=place.get("version"),
                    host=place.get("host_type"),
                ),
                in_doaj=content.get("journal_is_in_doaj"),
                publisher=clean(content.get("publisher")),
            ),
        )
    ]


LOOKUP_SIZE = 1


def lookup(identifiers: Sequence[str], session: "Session") -> "Iterator[Answer]":
    """Ask for works by DOI, one request each.

    Parameters
    ----------
    identifiers : sequence of str
        DOIs.
    session : Session

    Raises
    ------
    SourceError
        If Unpaywall fails, or no contact address is set; an unknown DOI is only absent.
    """
    if not session.replay and not settings.contact_email():
        raise SourceError("unpaywall answers only those who give an address: set CARTO_EMAIL")
    for doi in identifiers:
        with suppress(UnknownIdentifier):
            yield session.get("unpaywall", quote(doi, safe="/"), {}, "lookup", parse)
