"""Works to the table *mentions*."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from carto_lib.mentions.finder import MentionFinder
from carto_lib.mentions.rules import Reading
from carto_lib.registry import Registry
from carto_lib.tables import as_table
from carto_lib.text import passage

TEXT_FIELDS = ("title", "title_original", "abstract", "keywords")


@dataclass(frozen=True)
class WorkReadings:
    """What was read in one work.

    Attributes
    ----------
    work_id : str
        The work.
    texts : list of str
        Its texts in the order of ``fields``.
    fields : list of str
        The four of `TEXT_FIELDS`, then ``names_printed`` once for each database that has printed forms.
    readings : list of Reading
        Mentions and refused readings; ``field`` is an index in ``texts``.
    """

    work_id: str
    texts: list[str]
    fields: list[str]
    readings: list[Reading]


def read_works(works: pd.DataFrame, registry: Registry, finder: MentionFinder | None = None) -> list[WorkReadings]:
    """Read every name in some works.

    Title, original title, abstract and keywords (one a line) are read with their rules. A form in
    ``names_printed`` was seen on the page for a database: it is a mention of that database by the rule
    ``printed``, even when no name of the registry matches it (see `unknown_forms`).

    Parameters
    ----------
    works : DataFrame
        Table *works*.
    registry : Registry
        Whose names to look for; forms printed for a database out of the registry are left out.
    finder : MentionFinder, optional
        The registry's, when several tables are read.

    Returns
    -------
    list of WorkReadings
        One for each work where something was read, in the order of ``works``.
    """
    rows = works.to_dict("records")
    texts = [_work_texts(row) for row in rows]
    found = dict((finder or MentionFinder(registry)).read_all(texts))
    result = []
    for index, row in enumerate(rows):
        printed = {name: forms for name, forms in _printed(row).items() if name in registry}
        readings = list(found.get(index, []))
        for place, (database, forms) in enumerate(sorted(printed.items()), len(TEXT_FIELDS)):
            readings += _printed_readings(database, forms, place)
        if readings:
            fields = [*TEXT_FIELDS, *("names_printed" for _ in printed)]
            printed_texts = ["\n".join(forms) for _, forms in sorted(printed.items())]
            result.append(WorkReadings(row["work_id"], texts[index] + printed_texts, fields, readings))
    return result


def _work_texts(work: dict[str, Any]) -> list[str]:
    keywords = json.loads(_text(work.get("keywords")) or "[]")
    return [*(_text(work.get(field)) for field in TEXT_FIELDS[:-1]), "\n".join(map(str, keywords))]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _printed(work: dict[str, Any]) -> dict[str, list[str]]:
    forms: dict[str, list[str]] = json.loads(_text(work.get("names_printed")) or "{}")
    return {database: list(dict.fromkeys(names)) for database, names in forms.items()}


def _printed_readings(database: str, forms: list[str], field: int) -> list[Reading]:
    readings, start = [], 0
    for form in forms:
        readings.append(Reading(database, field, start, start + len(form), form, form, "printed", "printed"))
        start += len(form) + 1
    return readings


def mentions_table(works: Iterable[WorkReadings]) -> pd.DataFrame:
    """Return the table *mentions* of what was read; refused readings are no mentions.

    ``start`` and ``end`` are places in the field's own text; for ``keywords`` in the keywords joined by a line
    feed, for ``names_printed`` in that database's printed forms joined by a line feed.
    """
    mentions = [
        {
            "work_id": work.work_id,
            "database": reading.database,
            "field": work.fields[reading.field],
            "start": reading.start,
            "end": reading.end,
            "name": reading.name,
            "rule": reading.rule,
            "passage": reading.name
            if reading.rule == "printed"
            else passage(work.texts[reading.field], reading.start, reading.end),
        }
        for work in works
        for reading in work.readings
        if reading.counts
    ]
    return as_table(mentions, "mentions")


def find_mentions(works: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    """Return the table *mentions* of some works: `mentions_table` of `read_works`."""
    return mentions_table(read_works(works, registry))


def unknown_forms(works: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    """Return the printed forms that no name of their database matches: what the registry lacks.

    Returns
    -------
    DataFrame
        Columns work_id, database, form.
    """
    finder = MentionFinder(registry)
    rows = [
        {"work_id": work["work_id"], "database": database, "form": form}
        for work in works[["work_id", "names_printed"]].to_dict("records")
        for database, forms in _printed(work).items()
        for form in forms
        if database not in {reading.database for reading in finder.read(form)}
    ]
    return pd.DataFrame(rows, columns=["work_id", "database", "form"])
