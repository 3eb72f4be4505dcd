"""What the harvested records already say of each work: the raw facts that the enriching modules turn into tables."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Facts:
    """One record's raw facts about its work, with where and when they come from."""

    work_id: str
    source: str
    retrieved_at: str | None
    extra: dict[str, Any]
    keywords: list[str]

    def row(self, **values: Any) -> dict[str, Any]:
        """Return a row of an enriched table: the values, the work, the source and the date."""
        return {"work_id": self.work_id, "source": self.source, "retrieved_at": self.retrieved_at} | values


def facts_of(records: pd.DataFrame, links: pd.DataFrame) -> Iterator[Facts]:
    """Give the facts of every record that has some, in order of work and source."""
    columns = ["source", "source_id", "retrieved_at", "extra", "keywords"]
    linked = records[columns].merge(links[["source", "source_id", "work_id"]], on=["source", "source_id"])
    for row in linked.sort_values(["work_id", "source", "source_id"]).itertuples():
        extra = json.loads(row.extra) if isinstance(row.extra, str) else {}
        keywords = json.loads(row.keywords) if isinstance(row.keywords, str) else []
        if extra or keywords:
            retrieved_at = row.retrieved_at if isinstance(row.retrieved_at, str) else None
            yield Facts(row.work_id, row.source, retrieved_at, extra or {}, keywords or [])


def first_of_each(rows: list[dict[str, Any]], key: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return rows with each key once: the first of the best known source stays."""
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        kept.setdefault(tuple(row[name] for name in key), row)
    return list(kept.values())
