"""Look OpenAlex works up by DOI (https://developers.openalex.org): 50 a request, as a URL holds 4,094 bytes."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from carto_lib.sources.openalex.parse import parse

if TYPE_CHECKING:
    from carto_lib.transport import Answer, Session

LOOKUP_SIZE = 50


def lookup(identifiers: Sequence[str], session: "Session") -> "Iterator[Answer]":
    """Ask for works by DOI, in one request; a DOI with a comma or a bar, which separate, can't be asked.

    Parameters
    ----------
    identifiers : sequence of str
        At most `LOOKUP_SIZE` DOIs.
    session : Session

    Raises
    ------
    QuotaSpent
        If the day's budget is gone.
    SourceError
        If OpenAlex fails; an unknown DOI is only absent.
    """
    asked = [doi for doi in identifiers if "," not in doi and "|" not in doi]
    if asked:
        params = {"filter": f"doi:{'|'.join(asked)}", "per_page": str(len(asked))}
        yield session.get("openalex", "works", params, "lookup", parse)
