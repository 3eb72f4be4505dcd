"""Publications as a reader sees them: title, people, journal, databases, and the passage that says why."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from markupsafe import Markup

from carto_lib.openness import chosen_access
from carto_lib.pages.render import address, doi_address, highlight
from carto_lib.tables import Atlas

Record = dict[str, Any]
WORK_COLUMNS = tuple("work_id title title_original doi pmid url year type language journal is_retracted".split())
USE_COLUMNS = ("work_id", "database", "label", "reason", "evidence", "decided_by")
SHOWN_AUTHORS = 3
PASSAGE_LENGTH = 320
LABEL_ORDER = ("uses", "describes", "mentions", "unlabelled", "none")


@dataclass
class Use:
    """What a work does with a database, and the words that say so; ``unlabelled``: nobody has judged it yet."""

    database: str
    name: str
    label: str
    decided_by: str
    passage: Markup


@dataclass
class WorkRow:
    """One work, ready to be shown; every text still to be escaped, save the passages."""

    work_id: str
    title: str
    url: str
    year: int | None
    type: str | None
    language: str | None
    journal: str | None
    access: str | None
    retracted: bool
    authors: list[tuple[str, str | None]]
    more_authors: int
    uses: list[Use] = field(default_factory=list)
    marked_title: Markup | None = None
    excerpt: Markup | None = None


def work_rows(atlas: Atlas, work_ids: Sequence[str], acronyms: dict[str, str]) -> list[WorkRow]:
    """Return the works in the order asked.

    Parameters
    ----------
    atlas : Atlas
        Where the works, their uses, mentions and authors are read.
    work_ids : sequence of str
        Identifiers; those the atlas doesn't hold are left out.
    acronyms : dict
        What each database is called.
    """
    wanted = list(work_ids)
    works = {work["work_id"]: work for work in _records(atlas.rows_of("works", wanted), WORK_COLUMNS)}
    people = atlas.rows_of("authorships", wanted).sort_values(["work_id", "position"])
    people_of = _by_work(_records(people, ("work_id", "name", "author_id")))
    uses_of = _by_work(_records(atlas.rows_of("uses", wanted), USE_COLUMNS))
    colours = chosen_access(atlas.rows_of("access", wanted))["oa_colour"].dropna().to_dict()
    names_of: dict[tuple[str, str], list[str]] = defaultdict(list)
    for mention in _records(atlas.rows_of("mentions", wanted), ("work_id", "database", "name")):
        names_of[mention["work_id"], mention["database"]].append(mention["name"])
    rows = []
    for work_id in wanted:
        if work_id in works:
            row = _row(works[work_id], people_of[work_id], colours.get(work_id))
            row.uses = _uses(row.title, uses_of[work_id], names_of, acronyms)
            rows.append(row)
    return rows


def _records(frame: pd.DataFrame, columns: Sequence[str]) -> list[Record]:
    """Return some columns of a few rows, one dict a row, None where a value is missing."""
    values = frame[list(columns)].astype(object)
    return values.where(values.notna(), None).to_dict("records")


def _by_work(records: Iterable[Record]) -> dict[str, list[Record]]:
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        groups[record["work_id"]].append(record)
    return groups


def _row(work: Record, people: list[Record], access: str | None) -> WorkRow:
    doi, pmid, year = work["doi"], work["pmid"], work["year"]
    url = doi_address(doi) if doi else f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else address(work["url"])
    return WorkRow(
        work_id=work["work_id"],
        title=work["title"] or work["title_original"] or work["work_id"],
        url=url,
        year=None if year is None else int(year),
        type=work["type"],
        language=work["language"],
        journal=work["journal"],
        access=access,
        retracted=bool(work["is_retracted"]),
        authors=[(str(person["name"]), person["author_id"]) for person in people[:SHOWN_AUTHORS]],
        more_authors=max(0, len(people) - SHOWN_AUTHORS),
    )


def _uses(
    title: str, uses: list[Record], names: dict[tuple[str, str], list[str]], acronyms: dict[str, str]
) -> list[Use]:
    """Return what a work does with each database, surest first; a passage that only repeats the title is left out."""
    shown = []
    for use in uses:
        database = str(use["database"])
        found = [name for name in names.get((use["work_id"], database), []) if name]
        passage = use["evidence"] or ""
        if passage == title:
            passage = "" if any(name.casefold() in title.casefold() for name in found) else " · ".join(found)
        if len(passage) > PASSAGE_LENGTH:
            passage = passage[:PASSAGE_LENGTH].rsplit(" ", 1)[0] + " …"
        shown.append(
            Use(
                database=database,
                name=acronyms.get(database, database),
                label="unlabelled" if use["reason"] == "unlabelled" else use["label"],
                decided_by=str(use["decided_by"]),
                passage=highlight(passage, found),
            )
        )
    return sorted(shown, key=lambda use: (LABEL_ORDER.index(use.label), use.name.casefold()))


def list_of(value: object) -> list[str]:
    """Return the list that a json column holds; empty where it is null."""
    return [str(item) for item in json.loads(value)] if isinstance(value, str) else []
