"""What every export starts from: works with their authors and databases, and the stamp of where they come from."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import pandas as pd

from carto_lib.tables import Atlas

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class Stamp:
    """Where an export comes from."""

    query: str
    date: str
    version: str
    works: int

    @classmethod
    def of(cls, atlas: Atlas, query: str, date: str) -> "Stamp":
        """Return the stamp of a view's export, on a date (YYYY-MM-DD)."""
        return cls(query or "*", date, version("carto-sante"), len(atlas.works))

    def __str__(self) -> str:
        return f"Carto {self.version}, {self.date}, query: {self.query}, works: {self.works}"

    def as_dict(self) -> dict[str, Any]:
        """Return query, date, version and works."""
        return asdict(self)


def exported_works(atlas: Atlas) -> Iterator[dict[str, Any]]:
    """Give each work of a view: the columns of table works that are known, plus ``authors`` and ``databases``.

    ``authors`` are names in the order of the work; ``databases`` maps each database related to the work to its label.
    """
    authors = _lists(atlas.authorships.sort_values(["work_id", "position"]), "name")
    uses = atlas.uses
    related = uses[(uses["label"] != "none") & (uses["decision"] != "rejected")]
    databases: dict[str, dict[str, str]] = {}
    for work_id, database, label in related[["work_id", "database", "label"]].itertuples(index=False, name=None):
        databases.setdefault(work_id, {})[database] = label
    works = atlas.works
    for values in works.itertuples(index=False, name=None):
        row = {
            name: clean(value) if isinstance(value, str) else _plain(value)
            for name, value in zip(works.columns, values, strict=True)
            if not pd.isna(value)
        }
        work_id = row["work_id"]
        yield {**row, "authors": authors.get(work_id, []), "databases": databases.get(work_id, {})}


def clean(text: str) -> str:
    """Drop the characters that no XML file may hold."""
    return _NOT_XML.sub("", text)


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _lists(frame: pd.DataFrame, column: str) -> dict[str, list[str]]:
    known = frame.dropna(subset=[column])
    return {key: [clean(text) for text in part] for key, part in known.groupby("work_id")[column]}
