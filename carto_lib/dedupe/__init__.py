"""Records to works: which records are the same work, what each field of the work is, and where it comes from.

Nothing depends on the order of the records. Identifiers join first, then titles with their year and authors;
a preprint and its article are linked through ``version_of``, never joined.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pandas as pd

from carto_lib.dedupe.evidence import IDENTIFIERS, read_evidence
from carto_lib.dedupe.matching import match
from carto_lib.dedupe.survivorship import Choice, Record, settle
from carto_lib.tables import Corpus, as_table, to_json
from carto_lib.text import title_key

__all__ = ["Deduped", "dedupe", "dedupe_corpus"]

JSON_FIELDS = ("authors", "affiliations", "names_printed", "keywords")


@dataclass(frozen=True, slots=True)
class Deduped:
    """The tables *works*, *links* (record → work) and *provenance* (work × field → record)."""

    works: pd.DataFrame
    links: pd.DataFrame
    provenance: pd.DataFrame


def dedupe(records: pd.DataFrame) -> Deduped:
    """Return one work for the records of each publication.

    Parameters
    ----------
    records : DataFrame
        The table *records*, in any order; list columns as lists or as JSON text. A record that stands twice
        (same source and source_id) counts once, the latest.

    Returns
    -------
    Deduped
        Tables that follow the schemas of *works*, *links* and *provenance*. ``work_id`` is ``doi:…``, else
        ``pmid:…``, else ``hal:…``, else ``title:<hash>``; two works that only a title would name and that were
        kept apart get a suffix with their type. ``links.rule`` is null for a record alone in its work.
        *provenance* also tells from which record ``authors`` and ``affiliations`` should be taken.
    """
    rows = _latest(records)
    evidence = read_evidence(rows)
    clusters, preprints = match(evidence)
    groups = clusters.groups()
    choices = [settle([rows[place] for place in group]) for group in groups]
    names = _work_ids(groups, rows, choices)
    work_of = {place: name for name, group in zip(names, groups, strict=True) for place in group}
    versions = _versions(rows, work_of, preprints)
    works, links, provenance = [], [], []
    for name, group, chosen in zip(names, groups, choices, strict=True):
        chosen = _with_version(chosen, versions.get(name))
        works.append({"work_id": name} | {field: _stored(choice.value) for field, choice in chosen.items()})
        provenance += [_origin(name, field, choice) for field, choice in chosen.items()]
        for place in group:
            row = rows[place]
            rule = _rule(rows, place, group)
            links.append({"source": row["source"], "source_id": row["source_id"], "work_id": name, "rule": rule})
    return Deduped(as_table(works, "works"), as_table(links, "links"), as_table(provenance, "provenance"))


def _latest(records: pd.DataFrame) -> list[Record]:
    latest: dict[tuple[str, str], Record] = {}
    for given in records.drop(columns="extra", errors="ignore").to_dict("records"):
        row = {str(name): _plain(value) for name, value in given.items()}
        for name in JSON_FIELDS:
            if isinstance(row.get(name), str):
                row[name] = json.loads(row[name])
        key = (str(row["source"]), str(row["source_id"]))
        row["source_id"] = key[1]
        former = latest.get(key)
        if former is None or _age(row) > _age(former):
            latest[key] = row
    return [latest[key] for key in sorted(latest)]


def _plain(value: Any) -> Any:
    """Return a cell, None where it is null."""
    return None if value is None or value is pd.NA or (isinstance(value, float) and value != value) else value


def _age(row: dict[Any, Any]) -> tuple[str, str]:
    return str(row.get("retrieved_at") or ""), to_json({str(name): str(value) for name, value in row.items()})


def _work_ids(groups: list[list[int]], rows: list[Record], choices: list[dict[str, Choice]]) -> list[str]:
    names = [_work_id(choice, rows[group[0]]) for group, choice in zip(groups, choices, strict=True)]
    holders: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        holders[name].append(place)
    for name, places in holders.items():
        for rank, place in enumerate(places[1:], start=2):
            kind = choices[place].get("type")
            names[place] = f"{name}:{kind.value if kind else 'other'}:{rank}"
    return names


def _work_id(chosen: dict[str, Choice], first: Record) -> str:
    for field, prefix in (("doi", "doi"), ("pmid", "pmid"), ("hal_id", "hal")):
        if field in chosen:
            return f"{prefix}:{chosen[field].value}"
    title = chosen.get("title") or chosen.get("title_original")
    if not title:
        return f"{first['source']}:{first['source_id']}"
    year = chosen.get("year")
    return f"title:{title_key(title.value, int(year.value) if year else None)}"


def _versions(rows: list[Record], work_of: dict[int, str], preprints: list[tuple[int, int]]) -> dict[str, set[str]]:
    """Return the published works of each preprint: as the sources say, else by title and people."""
    by_identifier = {
        f"{prefix}:{row[field]}": work_of[place]
        for place, row in enumerate(rows)
        for field, prefix in (("doi", "doi"), ("pmid", "pmid"))
        if row.get(field)
    }
    said: dict[str, set[str]] = defaultdict(set)
    for place, row in enumerate(rows):
        paper = row.get("version_of")
        if paper:
            said[work_of[place]].add(str(by_identifier.get(paper, paper)))
    guessed: dict[str, set[str]] = defaultdict(set)
    for preprint, paper in preprints:
        if work_of[preprint] not in said:
            guessed[work_of[preprint]].add(work_of[paper])
    return {name: papers - {name} for name, papers in (said | guessed).items() if papers - {name}}


def _with_version(chosen: dict[str, Choice], papers: set[str] | None) -> dict[str, Choice]:
    if not papers:
        return {field: choice for field, choice in chosen.items() if field != "version_of"}
    origin = chosen.get("version_of") or chosen.get("title") or next(iter(chosen.values()))
    return chosen | {"version_of": Choice(min(papers), origin.record, len(papers) - 1)}


def _rule(rows: list[Record], place: int, group: list[int]) -> str | None:
    if len(group) == 1:
        return None
    others = [rows[other] for other in group if other != place]
    shared = (
        name for name in IDENTIFIERS if rows[place].get(name) and any(rows[place][name] == o.get(name) for o in others)
    )
    return next(shared, "title")


def _origin(name: str, field: str, choice: Choice) -> dict[str, Any]:
    origin = {key: choice.record.get(key) for key in ("source", "source_id", "query_id")}
    return {"work_id": name, "field": field, **origin, "conflicts": choice.conflicts}


def _stored(value: Any) -> Any:
    return to_json(value) if isinstance(value, (list, dict)) else value


def dedupe_corpus(corpus: Corpus) -> None:
    """Write the tables *works*, *links* and *provenance* of a corpus from its *records*."""
    deduped = dedupe(corpus.records)
    corpus.write("works", deduped.works)
    corpus.write("links", deduped.links)
    corpus.write("provenance", deduped.provenance)
