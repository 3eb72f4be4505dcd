"""OpenCitations Index and Meta: https://api.opencitations.net (index/v2, meta/v1, and the former COCI v1)."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from carto_lib.errors import SourceError
from carto_lib.sources.answers import load_json, reader
from carto_lib.sources.fields import (
    Record,
    author,
    clean,
    known,
    normal_date,
    normal_doi,
    normal_orcid,
    normal_pmcid,
    normal_pmid,
    record,
    year_of,
)

if TYPE_CHECKING:
    from carto_lib.transport import Answer, Session

TYPES = {
    "book": "book",
    "book chapter": "chapter",
    "dataset": "dataset",
    "dissertation": "thesis",
    "journal article": "article",
    "peer review": "other",
    "proceedings": "book",
    "proceedings article": "conference",
    "report": "report",
}
_BRACKETS = re.compile(r"\s*\[[^\]]*\]")


@reader("opencitations")
def parse(body: bytes) -> list[Record]:
    """Read an OpenCitations answer.

    Returns
    -------
    list of records
        *metadata*: one a work. *citations*, *references*: one a citation, named by its OCI: the identifiers are
        those of the citing work, and ``extra.references`` holds the cited one. *citation-count*: one, without
        identity, that holds ``extra.cited_by_count``. SPARQL: one a row.

    Raises
    ------
    SourceError
        If the answer is an error or of another kind. An empty list is an unknown or uncited work: note that a
        DOI asked without its prefix ``doi:`` gives one too.
    """
    content = load_json(body, "opencitations")
    if isinstance(content, dict) and "results" in content:
        rows = [{key: cell.get("value") for key, cell in row.items()} for row in content["results"]["bindings"]]
        return [_identifiers(row) for row in rows]
    if not isinstance(content, list):
        raise SourceError(f"opencitations answered a {type(content).__name__}, not a list")
    return [_row(row) for row in content]


def _row(row: dict[str, Any]) -> Record:
    if "oci" in row:
        return _citation(row)
    if "count" in row:
        return record("opencitations", "count", extra={"cited_by_count": int(row["count"])})
    if "title" in row:
        return _work(row)
    raise SourceError(f"opencitations answered rows of an unknown kind: they hold {', '.join(list(row)[:8])}")


def _citation(row: dict[str, Any]) -> Record:
    citing, cited = _numbers(row["citing"]), _numbers(row["cited"])
    date = normal_date(row.get("creation"))
    return record(
        "opencitations",
        row["oci"],
        date=date,
        year=year_of(date),
        doi=citing["doi"],
        pmid=citing["pmid"],
        openalex_id=citing["openalex"],
        url=f"https://opencitations.net/index/ci/{row['oci']}",
        extra=known(
            references=[f"{scheme}:{cited[scheme]}" for scheme in ("doi", "pmid", "openalex") if cited[scheme]][:1],
            self_citation=row.get("author_sc") == "yes",
            timespan=row.get("timespan"),
        ),
    )


def _work(row: dict[str, Any]) -> Record:
    numbers = _numbers(row.get("id") or row.get("doi") or "")
    date = normal_date(row.get("pub_date") or row.get("year"))
    kind = str(row.get("type") or "").lower()
    count = row.get("citation_count")
    return record(
        "opencitations",
        numbers["omid"] or numbers["doi"] or str(row.get("id") or row.get("doi")),
        title=clean(row["title"]),
        date=date,
        year=year_of(date),
        type=TYPES.get(kind, "other") if kind else None,
        journal=clean(_BRACKETS.sub("", row.get("venue") or row.get("source_title") or "")),
        doi=numbers["doi"],
        pmid=numbers["pmid"],
        pmcid=normal_pmcid(numbers["pmcid"]),
        openalex_id=numbers["openalex"],
        url=f"https://doi.org/{numbers['doi']}" if numbers["doi"] else None,
        authors=[_author(text) for text in str(row.get("author") or "").split("; ") if text.strip()],
        extra=known(
            cited_by_count=int(count) if count and str(count).isdigit() else None,
            references=[
                f"doi:{doi}" for text in str(row.get("reference") or "").split(";") if (doi := normal_doi(text))
            ],
            oa=known(url=row.get("oa_link")),
            publisher=clean(_BRACKETS.sub("", row.get("publisher") or "")),
        ),
    )


def _identifiers(row: dict[str, Any]) -> Record:
    paper, doi = row.get("paper"), normal_doi(row.get("value"))
    if not (paper or doi):
        raise SourceError(f"opencitations answered rows of an unknown kind: they hold {', '.join(list(row)[:8])}")
    return record(
        "opencitations",
        str(paper or doi),
        doi=doi,
        pmid=normal_pmid(row.get("pmid")),
        pmcid=normal_pmcid(row.get("pmcid")),
        url=paper,
    )


def _author(text: str) -> dict[str, Any]:
    family, _, given = (clean(part) for part in _BRACKETS.sub("", text).partition(","))
    name = " ".join(filter(None, (given, family)))
    orcid = normal_orcid(text) if "orcid:" in text or "0000-" in text else None
    return author(name=name, given=given, family=family if given else None, orcid=orcid)


def _numbers(text: str) -> dict[str, str | None]:
    """Return the identifiers of a string such as ``omid:br/0612 doi:10.1/x pmid:1`` (or a bare DOI)."""
    found = dict(part.split(":", 1) for part in text.split() if ":" in part and not part.startswith("10."))
    return {
        "doi": normal_doi(found.get("doi") or text),
        "pmid": normal_pmid(found.get("pmid")),
        "pmcid": found.get("pmcid"),
        "openalex": found.get("openalex"),
        "omid": f"omid:{found['omid']}" if "omid" in found else None,
    }


LOOKUP_SIZE = 1


def lookup(identifiers: Sequence[str], session: "Session") -> "Iterator[Answer]":
    """Ask how often works are cited, one request a DOI.

    Parameters
    ----------
    identifiers : sequence of str
        DOIs.
    session : Session

    Raises
    ------
    SourceError
        If OpenCitations fails; it answers 0 for an unknown DOI as for an uncited work.
    """
    for doi in identifiers:
        path = f"index/v2/citation-count/doi:{quote(doi, safe='/')}"
        yield session.get("opencitations", path, {}, "lookup", parse)
