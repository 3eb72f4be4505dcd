"""What people say through the pages: one append-only file, ``<data>/queue/labels.jsonl``, one JSON line an entry.

Nothing is ever rewritten: taking a label back is an entry too. An entry is on the disk before the page says so, and
writers take turns, so neither a killed kernel nor two people at once lose one.
"""

import fcntl
import json
import logging
import os
import re
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carto_lib.errors import CartoError
from carto_lib.text import strip_emails

log = logging.getLogger(__name__)

LABELS = ("uses", "describes", "mentions", "false_friend", "unsure")
KINDS = ("label", "undo", "missing", "wrong")
LONGEST = 500
ADJUDICATION = "adjudication"

Entry = dict[str, Any]
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def journal_file(data: str | Path) -> Path:
    """Return where a data folder keeps its journal."""
    return Path(data) / "queue" / "labels.jsonl"


def annotator_name(name: str) -> str:
    """Return the name or pseudonym under which a person labels, spaces made one.

    Raises
    ------
    CartoError
        If it is empty, longer than 60 characters, or an e-mail address, which Carto doesn't store.
    """
    shown = " ".join(_CONTROL.sub(" ", name).split())
    if not shown or len(shown) > 60 or "@" in shown:
        raise CartoError(f"annotator {shown[:80]!r}: give a name or initials, 60 characters at most, no e-mail address")
    return shown


def add_label(file: Path, work_id: str, database: str, label: str, annotator: str, origin: str = "annotation") -> Entry:
    """Append what a person says that a work does with a database; ``origin`` ``adjudication`` settles a disagreement.

    Raises
    ------
    CartoError
        If the label is none of `LABELS`, the annotator has no name, or the file can't be written.
    """
    if label not in LABELS:
        raise CartoError(f"label {label!r} is none of {', '.join(LABELS)}")
    said = {"work_id": work_id, "database": database, "label": label, "origin": origin}
    return _append(file, {"kind": "label", **said, "annotator": annotator_name(annotator)})


def undo_last(file: Path, annotator: str) -> Entry | None:
    """Append that a person takes back the last of their labels that hold; return it, None where there is none."""
    own = [entry for entry in standing_labels(read_journal(file)) if entry["annotator"] == annotator_name(annotator)]
    if not own:
        return None
    _append(file, {"kind": "undo", "undoes": own[-1]["id"], "annotator": own[-1]["annotator"]})
    return own[-1]


def add_report(file: Path, kind: str, text: str, **context: str) -> Entry:
    """Append that a work is missing, or that something shown is wrong.

    Parameters
    ----------
    file : Path
        The journal.
    kind : str
        ``missing`` or ``wrong``.
    text : str
        What the visitor wrote; e-mail addresses are left out, 500 characters are kept.
    **context : str
        What it is about: ``work_id``, ``page``, ``address``.

    Raises
    ------
    CartoError
        If the text is empty, the kind another, or the file can't be written.
    """
    said = strip_emails(" ".join(_CONTROL.sub(" ", text).split()))[:LONGEST]
    if kind not in ("missing", "wrong") or not said:
        raise CartoError(f"report {kind!r} {said!r}: say what is missing or wrong")
    return _append(file, {"kind": kind, "text": said} | {name: value[:LONGEST] for name, value in context.items()})


def _append(file: Path, fields: Entry) -> Entry:
    """Write one line, alone in the file for that time, and wait until the disk has it."""
    entry = {"id": uuid.uuid4().hex, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **fields}
    line = json.dumps(entry, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                line = b"\n" + line  # a writer was killed in the middle of its line
            if os.write(descriptor, line) != len(line):
                raise OSError(None, "only a part was written")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise CartoError(f"can't write {file} ({error.strerror}): free some space or check the rights") from error
    return entry


def read_journal(file: Path) -> list[Entry]:
    """Return the entries in the order of writing; a line cut by a kill is left out, and logged with its number.

    Raises
    ------
    CartoError
        If the file is there and can't be read.
    """
    try:
        lines = file.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CartoError(f"can't read {file} ({error.strerror}): check the rights") from error
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line) if line.strip() else None
        except ValueError:
            log.warning("%s, line %d: broken, left out", file, number)
            continue
        if isinstance(entry, dict) and entry.get("kind") in KINDS:
            entries.append(entry)
        elif entry is not None:
            log.warning("%s, line %d: no entry of Carto, left out", file, number)
    return entries


def standing_labels(entries: Iterable[Entry]) -> list[Entry]:
    """Return the labels that hold: those not taken back, the last of each person on each work × database."""
    kept = list(entries)
    undone = {entry.get("undoes") for entry in kept if entry["kind"] == "undo"}
    standing: dict[tuple[str, str, str, bool], Entry] = {}
    for entry in kept:
        if entry["kind"] == "label" and entry["id"] not in undone:
            settled = entry["origin"] == ADJUDICATION
            key = (entry["work_id"], entry["database"], "" if settled else entry["annotator"], settled)
            standing.pop(key, None)
            standing[key] = entry
    return list(standing.values())
