"""What the registry still lacks: unsourced facts, forms without a test, names that two databases share."""

from collections import defaultdict
from typing import Literal, NamedTuple

from carto_lib.registry import Database, Registry
from carto_lib.text import fold

EXAMPLES_EACH = 3
Gap = Literal["unsourced", "untested", "overlapping"]
GAPS: tuple[Gap, ...] = ("unsourced", "untested", "overlapping")


class Finding(NamedTuple):
    """One gap of the registry: which database, what kind of gap, and what it is about."""

    gap: Gap
    database: str
    detail: str


def check_registry(registry: Registry) -> list[Finding]:
    """List what a reader of the registry should know before trusting it.

    Returns
    -------
    list of Finding
        ``unsourced``: a field without a public source, or forms whose page isn't given;
        ``untested``: fewer than three positive or three negative examples;
        ``overlapping``: a form that, once folded, is also another database's.
    """
    findings = [finding for database in registry.values() for finding in (*_unsourced(database), *_untested(database))]
    return findings + _overlapping(registry)


def _unsourced(database: Database) -> list[Finding]:
    findings = [Finding("unsourced", database.id, field) for field in database.unsourced]
    without_page = [form.text for form in database.names if form.source is None]
    if without_page:
        detail = f"{len(without_page)} / {len(database.names)} forms without a page: {', '.join(without_page)}"
        findings.append(Finding("unsourced", database.id, detail))
    return findings


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
