"""Publications as a reader sees them: title, people, journal, databases, and the passage that says why."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from markupsafe import Markup

from carto_lib.openness import chosen_access
from carto_lib.pages.render import address, doi_address, highlight
from carto_lib.tables import Atlas

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
    works = atlas.rows_of("works", wanted).astype(object).set_index("work_id")
    people = atlas.rows_of("authorships", wanted).sort_values(["work_id", "position"])
    uses = atlas.rows_of("uses", wanted).astype(object)
    mentions = atlas.rows_of("mentions", wanted)
    colours = chosen_access(atlas.rows_of("access", wanted))["oa_colour"].dropna().to_dict()
    people_of = dict(iter(people.groupby("work_id")))
    uses_of = dict(iter(uses.groupby("work_id")))
    names_of = mentions.groupby(["work_id", "database"])["name"].agg(list).to_dict()
    rows = []
    for work_id in wanted:
        if work_id in works.index:
            row = _row(work_id, works.loc[work_id], people_of.get(work_id), colours.get(work_id))
            row.uses = _uses(work_id, row.title, uses_of.get(work_id), names_of, acronyms)
            rows.append(row)
    return rows


def _row(work_id: str, work: Any, people: pd.DataFrame | None, access: str | None) -> WorkRow:
    def value(name: str) -> Any:
        return None if pd.isna(work[name]) else work[name]

    authors = (
        [] if people is None else list(zip(people["name"], people["author_id"].replace({pd.NA: None}), strict=True))
    )
    doi = value("doi")
    pmid = value("pmid")
    url = doi_address(doi) if doi else f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else address(value("url"))
    year = value("year")
    return WorkRow(
        work_id=work_id,
        title=value("title") or value("title_original") or work_id,
        url=url,
        year=None if year is None else int(year),
        type=value("type"),
        language=value("language"),
        journal=value("journal"),
        access=access,
        retracted=bool(value("is_retracted")),
        authors=[(str(name), author) for name, author in authors[:SHOWN_AUTHORS]],
        more_authors=max(0, len(authors) - SHOWN_AUTHORS),
    )


def _uses(
    work_id: str, title: str, uses: pd.DataFrame | None, names: dict[Any, list[str]], acronyms: dict[str, str]
) -> list[Use]:
    """Return what a work does with each database, surest first; a passage that only repeats the title is left out."""
    if uses is None:
        return []
    shown = []
    for use in uses.itertuples():
        found = [name for name in names.get((work_id, use.database), []) if name]
        passage = "" if pd.isna(use.evidence) else str(use.evidence)
        if passage == title:
            passage = "" if any(name.casefold() in title.casefold() for name in found) else " · ".join(found)
        if len(passage) > PASSAGE_LENGTH:
            passage = passage[:PASSAGE_LENGTH].rsplit(" ", 1)[0] + " …"
        shown.append(
            Use(
                database=str(use.database),
                name=acronyms.get(str(use.database), str(use.database)),
                label="unlabelled" if use.reason == "unlabelled" else str(use.label),
                decided_by=str(use.decided_by),
                passage=highlight(passage, found),
            )
        )
    return sorted(shown, key=lambda use: (LABEL_ORDER.index(use.label), use.name.casefold()))


def list_of(value: object) -> list[str]:
    """Return the list that a json column holds; empty where it is null."""
    return [str(item) for item in json.loads(value)] if isinstance(value, str) else []
