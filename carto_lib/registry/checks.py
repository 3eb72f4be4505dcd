"""What the registry still lacks: unsourced facts, forms without a test, names that two databases share."""

import csv
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from carto_lib.errors import RegistryError
from carto_lib.registry import Database, Registry
from carto_lib.settings import ACCEPTED_GAPS_FILE
from carto_lib.text import fold

EXAMPLES_EACH = 3
Gap = Literal["unsourced", "untested", "overlapping"]
GAPS: tuple[Gap, ...] = ("unsourced", "untested", "overlapping")
COLUMNS = ["database", "gap", "subject", "reason"]


class Finding(NamedTuple):
    """One gap of the registry: which database, what kind of gap, what it is about, and why it is accepted."""

    gap: Gap
    database: str
    subject: str
    reason: str | None = None


def check_registry(registry: Registry, accepted: Mapping[tuple[str, str, str], str] | None = None) -> list[Finding]:
    """List what a reader of the registry should know before trusting it.

    Parameters
    ----------
    registry : Registry
        What to check.
    accepted : mapping, optional
        Reason of each accepted gap (see `read_accepted`).

    Returns
    -------
    list of Finding
        ``unsourced``: a field, or the text of a form, without a public source; ``untested``: fewer than three
        positive or three negative examples; ``overlapping``: a form that, once folded, is also another database's.
        ``reason`` is None where the gap is open.
    """
    accepted = accepted or {}
    findings = [finding for database in registry.values() for finding in (*_unsourced(database), *_untested(database))]
    return [
        found._replace(reason=accepted.get((found.database, found.gap, found.subject)))
        for found in findings + _overlapping(registry)
    ]


def read_accepted(file: Path = ACCEPTED_GAPS_FILE) -> dict[tuple[str, str, str], str]:
    """Return the reason of each accepted gap, by database, kind of gap and subject.

    Raises
    ------
    RegistryError
        If the file can't be read, or a line is incomplete or given twice: the line is named.
    """
    accepted: dict[tuple[str, str, str], str] = {}
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            if reader.fieldnames != COLUMNS:
                raise RegistryError(f"{file.name}, line 1: columns {','.join(COLUMNS)} are expected")
            for row in reader:
                if None in row or not all(row.values()):
                    raise RegistryError(f"{file.name}, line {reader.line_num}: a value is missing or in excess")
                key = (row["database"], row["gap"], row["subject"])
                if key in accepted:
                    raise RegistryError(f"{file.name}, line {reader.line_num}: {key} is given twice: keep one line")
                accepted[key] = row["reason"]
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"{file} can't be read ({error}): restore it, or keep its first line only") from error
    return accepted


def closed_gaps(accepted: Mapping[tuple[str, str, str], str], findings: list[Finding]) -> list[tuple[str, str, str]]:
    """Return the accepted gaps that are gaps no more: their lines are to be taken off."""
    return sorted(set(accepted) - {(found.database, found.gap, found.subject) for found in findings})


def _unsourced(database: Database) -> list[Finding]:
    without_page = [form.text for form in database.names if form.source is None]
    return [Finding("unsourced", database.id, subject) for subject in (*database.unsourced, *without_page)]


def _untested(database: Database) -> list[Finding]:
    counts = {"positive": len(database.examples.positive), "negative": len(database.examples.negative)}
    return [
        Finding("untested", database.id, f"{count} of {EXAMPLES_EACH} {sign} examples")
        for sign, count in counts.items()
        if count < EXAMPLES_EACH
    ]


def _overlapping(registry: Registry) -> list[Finding]:
    owners: dict[str, dict[str, str]] = defaultdict(dict)
    for database in registry.values():
        for form in database.names:
            owners[fold(form.text)][database.id] = form.text
    return [
        Finding("overlapping", owner, f"{form!r} is also a name of {', '.join(sorted(set(forms) - {owner}))}")
        for forms in owners.values()
        if len(forms) > 1
        for owner, form in forms.items()
    ]
