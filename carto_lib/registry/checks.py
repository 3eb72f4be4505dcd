"""What the registry still lacks: unsourced facts, forms without a test, names that two databases share."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from carto_lib.i18n import translate
from carto_lib.registry import Database, Registry
from carto_lib.registry.refusals import refusal
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


def check_registry(
    registry: Registry,
    accepted: Mapping[tuple[str, str, str], str] | None = None,
    untried: Iterable[tuple[str, str]] = (),
) -> list[Finding]:
    """List what a reader of the registry should know before trusting it.

    Parameters
    ----------
    registry : Registry
        What to check.
    accepted : mapping, optional
        Reason of each accepted gap (see `read_accepted`).
    untried : iterable of (str, str)
        Database and text of the false friends that no example tests (see `carto_lib.mentions.untried_friends`).

    Returns
    -------
    list of Finding
        ``unsourced``: a field, or the text of a form, without a public source, or ``sources`` empty
        where facts are given; ``untested``: fewer than three
        positive or three negative examples, or a false friend without one; ``overlapping``: a form that, once
        folded, is also another database's. ``reason`` is None where the gap is open.
    """
    accepted = accepted or {}
    findings = [finding for database in registry.values() for finding in (*_unsourced(database), *_untested(database))]
    findings += [Finding("untested", name, translate("registry.untried", text=text)) for name, text in untried]
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
                raise refusal("gaps_columns", file=file.name, columns=",".join(COLUMNS))
            for row in reader:
                if None in row or not all(row.values()):
                    raise refusal("gaps_line", file=file.name, line=reader.line_num)
                key = (row["database"], row["gap"], row["subject"])
                if key in accepted:
                    raise refusal("gaps_twice", file=file.name, line=reader.line_num, pair=",".join(key))
                accepted[key] = row["reason"]
    except (OSError, UnicodeDecodeError) as error:
        raise refusal("gaps_unreadable", file=file, error=error) from error
    return accepted


def closed_gaps(accepted: Mapping[tuple[str, str, str], str], findings: list[Finding]) -> list[tuple[str, str, str]]:
    """Return the accepted gaps that are gaps no more: their lines are to be taken off."""
    return sorted(set(accepted) - {(found.database, found.gap, found.subject) for found in findings})


def _unsourced(database: Database) -> list[Finding]:
    without_page = [form.text for form in database.names if form.source is None]
    facts = [field for field in ("holder", "period") if getattr(database, field) and field not in database.unsourced]
    pages = ["sources"] if facts and not database.sources else []
    return [Finding("unsourced", database.id, subject) for subject in (*database.unsourced, *without_page, *pages)]


def _untested(database: Database) -> list[Finding]:
    counts = {"positive": len(database.examples.positive), "negative": len(database.examples.negative)}
    said = {sign: translate(f"registry.{sign}") for sign in counts}
    return [
        Finding(
            "untested",
            database.id,
            translate("registry.too_few", count=count, sign=said[sign], n=EXAMPLES_EACH),
        )
        for sign, count in counts.items()
        if count < EXAMPLES_EACH
    ]


def _overlapping(registry: Registry) -> list[Finding]:
    owners: dict[str, dict[str, str]] = defaultdict(dict)
    for database in registry.values():
        for form in database.names:
            owners[fold(form.text)][database.id] = form.text
    return [
        Finding("overlapping", owner, _shared(form, set(forms) - {owner}))
        for forms in owners.values()
        if len(forms) > 1
        for owner, form in forms.items()
    ]


def _shared(form: str, others: set[str]) -> str:
    return translate("registry.shared", form=form, others=", ".join(sorted(others)))
