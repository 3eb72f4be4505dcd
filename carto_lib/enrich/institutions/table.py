"""The tables `affiliations` and `institutions` of a corpus."""

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from carto_lib.enrich.institutions.matcher import Matcher, Reading
from carto_lib.enrich.reference import Reference
from carto_lib.enrich.reference_formats import Structure
from carto_lib.tables import as_table, to_json
from carto_lib.text import strip_emails


@cache
def default_matcher() -> Matcher:
    """Return the matcher of `load_reference`, made once."""
    return Matcher()


def enrich_affiliations(
    works: pd.DataFrame,
    records: pd.DataFrame,
    links: pd.DataFrame,
    reference: Reference | None = None,
    provenance: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables `affiliations` and `institutions` of works.

    Parameters
    ----------
    works, records, links : DataFrame
        Tables of a corpus; ``links`` has work_id, source, source_id.
    reference : Reference, optional
        Default: `carto_lib.enrich.reference.load_reference`.
    provenance : DataFrame, optional
        Its rows of field ``authors`` say which record gives a work's authors; else the record with most authors.

    Returns
    -------
    affiliations : DataFrame
        Position 0 is printed for the work, 1… the rank of the author. A structure known to both ROR and RNSR
        is one institution. ``institution_rank`` 0 where none is recognised.
    institutions : DataFrame
        The structures recognised and all their parents, with the number of works that name them (0 for a
        parent never named).
    """
    matcher = Matcher(reference) if reference else default_matcher()
    read = lru_cache(maxsize=None)(matcher.read)
    rows: list[dict[str, Any]] = []
    works_of: dict[str, set[str]] = defaultdict(set)
    for work_id, position, rank, raw in _printed(works, records, links, provenance):
        reading = read(raw)
        place = {"work_id": work_id, "position": position, "rank": rank, "raw": raw}
        place |= {"country": reading.country, "city": reading.city}
        named = _institutions(reading, matcher.reference)
        for institution_rank, (institution_id, score, method) in enumerate(named, 1):
            works_of[institution_id].add(work_id)
            rows.append(
                place
                | {
                    "institution_rank": institution_rank,
                    "institution_id": institution_id,
                    "score": score,
                    "method": method,
                }
            )
        if not named:
            rows.append(place | {"institution_rank": 0})
    return as_table(rows, "affiliations"), _institution_table(works_of, matcher)


def _printed(
    works: pd.DataFrame, records: pd.DataFrame, links: pd.DataFrame, provenance: pd.DataFrame | None
) -> Iterator[tuple[str, int, int, str]]:
    """Yield ``(work_id, position, rank, raw)`` for every affiliation printed, e-mail addresses removed."""
    printed = dict(
        zip(
            zip(records["source"], records["source_id"], strict=True),
            zip(map(_loaded, records["authors"]), map(_loaded, records["affiliations"]), strict=True),
            strict=True,
        )
    )
    keys_of: dict[str, list[tuple[str, str]]] = {work_id: [] for work_id in sorted(works["work_id"])}
    for work_id, key in sorted(
        zip(links["work_id"], zip(links["source"], links["source_id"], strict=True), strict=True)
    ):
        if work_id in keys_of and key in printed:
            keys_of[work_id].append(key)
    kept = _author_records(provenance)
    for work_id, keys in keys_of.items():
        candidates = [(*printed[key], key) for key in keys]
        chosen = [authors for authors, _, key in candidates if key == kept.get(work_id)]
        authors = chosen[0] if chosen else max((authors for authors, _, _ in candidates), key=_richness, default=[])
        for position, author in enumerate(authors, 1):
            yield from _ranked(work_id, position, author.get("affiliations") or [])
        yield from _ranked(work_id, 0, [raw for _, printed, _ in candidates for raw in printed])


def _author_records(provenance: pd.DataFrame | None) -> dict[str, tuple[str, str]]:
    if provenance is None:
        return {}
    rows = provenance[provenance["field"] == "authors"]
    return dict(zip(rows["work_id"], zip(rows["source"], rows["source_id"], strict=True), strict=True))


def _loaded(value: object) -> list[Any]:
    return json.loads(value) if isinstance(value, str) and value else []


def _richness(authors: list[dict[str, Any]]) -> tuple[int, int]:
    return len(authors), sum(len(author.get("affiliations") or []) for author in authors)


def _ranked(work_id: str, position: int, texts: list[str]) -> Iterator[tuple[str, int, int, str]]:
    cleaned = dict.fromkeys(filter(None, (strip_emails(text).strip() for text in texts)))
    for rank, raw in enumerate(cleaned, 1):
        yield work_id, position, rank, raw


def _institutions(reading: Reading, reference: Reference) -> list[tuple[str, float, str]]:
    """Return ``(institution_id, score, method)`` of a reading, an RNSR unit under its ROR record where it has one."""
    found: dict[str, tuple[str, float, str]] = {}
    for match in reading.matches:
        structure = reference.structure(match.row)
        key = structure.twin or structure.institution_id
        if key not in found or match.score > found[key][1]:
            found[key] = (key, match.score, match.method)
    return list(found.values())


def _institution_table(works_of: dict[str, set[str]], matcher: Matcher) -> pd.DataFrame:
    reference = matcher.reference
    rnsr_of = {
        twin: key
        for key, twin in zip(reference.column("institution_id"), reference.column("twin"), strict=True)
        if twin
    }
    rows: dict[str, dict[str, Any]] = {}
    waiting = sorted(works_of)
    while waiting:
        key = waiting.pop()
        structure = reference.get(key)
        if structure is None or key in rows:
            continue
        twin = reference.get(rnsr_of[key]) if key in rnsr_of else None
        rows[key] = _institution(structure, twin, reference, len(works_of.get(key, ())))
        waiting += json.loads(rows[key]["parents"])
    return as_table(list(rows.values()), "institutions")


def _institution(structure: Structure, twin: Structure | None, reference: Reference, works: int) -> dict[str, Any]:
    parents = dict.fromkeys([*structure.parents, *(twin.parents if twin else ())])
    known = [parent for parent in parents if parent in reference.rows and parent != structure.institution_id]
    rnsr = structure if structure.scheme == "rnsr" else twin
    return structure._asdict() | {
        "ror": structure.public_id if structure.scheme == "ror" else None,
        "rnsr": rnsr.public_id if rnsr else None,
        "founded": structure.founded or (twin.founded if twin else None),
        "closed": rnsr.closed if rnsr else None,
        "parents": to_json(known),
        "works": works,
    }
