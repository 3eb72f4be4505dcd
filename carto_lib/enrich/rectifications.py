"""Corrections and removals asked for by people: applied last, in every output.

``data/rectifications.csv`` has the columns kind, subject, value, work_id, field, reason, requested_on:

================== ======================================== ==============================
kind               subject                                  value
================== ======================================== ==============================
remove_person      author_id, ORCID or printed name         (the person leaves every table)
merge_authors      author_id                                author_id that stays
split_author       author_id (and ``work_id``: which work)  author_id of that work
merge_institutions institution_id                           institution_id that stays
set_institution    affiliation as printed                   institution_id, empty for none
remove_work        (``work_id``)
set_field          (``work_id`` and ``field``)              the right value
================== ======================================== ==============================
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from carto_lib.errors import FileFormatError
from carto_lib.settings import RECTIFICATIONS_FILE
from carto_lib.tables import as_table, table_specs, to_json

COLUMNS = ("kind", "subject", "value", "work_id", "field", "reason", "requested_on")
KINDS = (
    "remove_person",
    "merge_authors",
    "split_author",
    "merge_institutions",
    "set_institution",
    "remove_work",
    "set_field",
)
Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Rectification:
    """One line of the file."""

    kind: str
    subject: str
    value: str
    work_id: str
    field: str


def load_rectifications(path: Path = RECTIFICATIONS_FILE) -> list[Rectification]:
    """Read the file of rectifications; an absent file holds none.

    Raises
    ------
    FileFormatError
        If a column is missing, or a line has an unknown kind; the line is named.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise FileFormatError(f"{path} lacks {', '.join(missing)}: its first line must be {','.join(COLUMNS)}")
        found = []
        for line in reader:
            if line["kind"] not in KINDS:
                raise FileFormatError(
                    f"{path}, line {reader.line_num}: unknown kind {line['kind']!r}, write one of {', '.join(KINDS)}"
                )
            found.append(
                Rectification(*(line[name] or "" for name in ("kind", "subject", "value", "work_id", "field")))
            )
    return found


def apply_rectifications(tables: Mapping[str, pd.DataFrame], asked: Sequence[Rectification] | None = None) -> Tables:
    """Return tables with every rectification applied, in the order of the file.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Some tables of one corpus or of the atlas, by name.
    asked : sequence of Rectification, optional
        Default: those of ``data/rectifications.csv``.
    """
    rectified = dict(tables)
    for one in load_rectifications() if asked is None else asked:
        rectified = _APPLY[one.kind](rectified, one)
    return rectified


def _remove_person(tables: Tables, one: Rectification) -> Tables:
    authorships = tables["authorships"]
    authors = tables["authors"]
    is_author = (authors["author_id"] == one.subject) | (authors["orcid"] == one.subject)
    ids = set(authors.loc[is_author, "author_id"])
    named = (
        authorships["author_id"].isin(ids)
        | (authorships["name"] == one.subject)
        | (authorships["orcid"] == one.subject)
    )
    ids |= set(authorships.loc[named, "author_id"].dropna()) if one.subject not in ids else set()
    named |= authorships["author_id"].isin(ids)
    places = set(zip(authorships.loc[named, "work_id"], authorships.loc[named, "position"], strict=True))
    printed = set(authorships.loc[named, "name"].dropna()) | {one.subject}
    rectified = dict(tables)
    rectified["authorships"] = authorships.assign(
        **{column: authorships[column].mask(named) for column in ("author_id", "name", "orcid", "corresponding")}
    )
    rectified["authors"] = authors[~authors["author_id"].isin(ids)]
    if "affiliations" in tables:
        kept = [
            place not in places
            for place in zip(*(tables["affiliations"][c] for c in ("work_id", "position")), strict=True)
        ]
        rectified["affiliations"] = tables["affiliations"][kept]
    if "records" in tables:
        rectified["records"] = tables["records"].assign(
            authors=[_without(text, printed, one.subject) for text in tables["records"]["authors"]]
        )
    return rectified


def _without(text: Any, printed: set[str], orcid: str) -> Any:
    if not isinstance(text, str):
        return text
    authors = json.loads(text)
    return to_json([{} if a.get("name") in printed or a.get("orcid") == orcid else a for a in authors])


def _merge_authors(tables: Tables, one: Rectification) -> Tables:
    owner = tables["authorships"]["author_id"].replace({one.subject: one.value})
    return _recount_authors(tables, tables["authorships"].assign(author_id=owner))


def _split_author(tables: Tables, one: Rectification) -> Tables:
    authorships = tables["authorships"]
    wrong = (authorships["author_id"] == one.subject) & (authorships["work_id"] == one.work_id)
    return _recount_authors(tables, authorships.assign(author_id=authorships["author_id"].mask(wrong, one.value)))


def _recount_authors(tables: Tables, authorships: pd.DataFrame) -> Tables:
    """Return tables whose authors follow from changed authorships: counts, years, variants."""
    known = tables["authors"].set_index("author_id")
    years = tables["works"].set_index("work_id")["year"]
    rows = []
    for author_id, signed in authorships.dropna(subset=["author_id"]).groupby("author_id"):
        before = known.loc[author_id].to_dict() if author_id in known.index else {}
        forms = set(signed["name"].dropna()) | set(json.loads(before.get("variants") or "[]"))
        active = years.reindex(signed["work_id"].unique()).dropna()
        rows.append(
            {"name": signed["name"].iloc[0], "method": "rectified"}
            | before
            | {
                "author_id": author_id,
                "variants": to_json(sorted(forms)),
                "works": signed["work_id"].nunique(),
                "first_year": active.min() if len(active) else None,
                "last_year": active.max() if len(active) else None,
            }
        )
    return tables | {"authorships": authorships, "authors": as_table(rows, "authors")}


def _merge_institutions(tables: Tables, one: Rectification) -> Tables:
    affiliations = tables["affiliations"]
    merged = affiliations.assign(institution_id=affiliations["institution_id"].replace({one.subject: one.value}))
    return _recount_institutions(tables, merged)


def _set_institution(tables: Tables, one: Rectification) -> Tables:
    affiliations = tables["affiliations"]
    printed = affiliations["raw"] == one.subject
    first = printed & (affiliations["institution_rank"] <= 1)
    kept = affiliations[~printed | first].copy()
    changed = first[kept.index]
    kept.loc[changed, ["institution_id", "method"]] = [one.value or None, "rectified"]
    kept.loc[changed, "institution_rank"] = 1 if one.value else 0
    kept.loc[changed, "score"] = 1.0 if one.value else float("nan")
    return _recount_institutions(tables, kept)


def _recount_institutions(tables: Tables, affiliations: pd.DataFrame) -> Tables:
    institutions = tables["institutions"]
    counts = affiliations.dropna(subset=["institution_id"]).groupby("institution_id")["work_id"].nunique()
    works = institutions["institution_id"].map(counts).fillna(0).astype("Int64")
    return tables | {"affiliations": affiliations, "institutions": institutions.assign(works=works)}


def _remove_work(tables: Tables, one: Rectification) -> Tables:
    gone = set()
    if "links" in tables:
        links = tables["links"][tables["links"]["work_id"] == one.work_id]
        gone = set(zip(links["source"], links["source_id"], strict=True))
    rectified = {
        name: table[table["work_id"] != one.work_id] if "work_id" in table else table for name, table in tables.items()
    }
    if "records" in tables:
        records = tables["records"]
        pairs = zip(records["source"], records["source_id"], strict=True)
        rectified["records"] = records[[pair not in gone for pair in pairs]]
    return rectified


def _set_field(tables: Tables, one: Rectification) -> Tables:
    columns = table_specs()["works"]["columns"]
    if one.field not in columns:
        raise FileFormatError(f"rectification of {one.work_id}: works have no field {one.field!r}")
    right = int(one.value) if columns[one.field]["type"] == "int" and one.value else one.value or None
    works = tables["works"]
    column = works[one.field].astype(object).mask(works["work_id"] == one.work_id, right)
    return tables | {"works": as_table(works.assign(**{one.field: column}), "works")}


_APPLY = {
    "remove_person": _remove_person,
    "merge_authors": _merge_authors,
    "split_author": _split_author,
    "merge_institutions": _merge_institutions,
    "set_institution": _set_institution,
    "remove_work": _remove_work,
    "set_field": _set_field,
}
