"""What persons said: labels of work × database pairs, read from a CSV or RIS file and checked."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import rispy

from carto_lib.errors import FileFormatError
from carto_lib.journal import ADJUDICATION, read_journal, standing_labels
from carto_lib.registry import Registry
from carto_lib.settings import GOLD_FILE
from carto_lib.sources.files.references import ris_lines

COLUMNS = ("work_id", "database", "label", "reason", "annotator", "labelled_on", "origin", "note")
RIS_TAG = "carto:"
READINGS = "readings.csv"
LABELS = ("uses", "describes", "mentions", "none", "")
REASONS = (
    "false_friend", "foreign", "other_source", "too_early", "protocol", "cohort_profile", "review", "editorial", ""
)  # fmt: skip

Row = dict[str, Any]


def read_judgements(file: Path = GOLD_FILE, registry: Registry | None = None) -> pd.DataFrame:
    """Read judged pairs.

    Parameters
    ----------
    file : Path
        CSV or RIS with the columns work_id, database, label (uses, describes, mentions, none; empty = seen, not
        judged), reason, annotator, labelled_on, origin, note.
    registry : Registry, optional
        Where given, every database must be in it.

    Returns
    -------
    DataFrame
        One row a pair, columns as in the file plus ``line``. A row of origin ``adjudication`` settles a pair.

    Raises
    ------
    FileFormatError
        If the file can't be read, a column or a value is wrong, or two labels of a pair contradict each other
        without adjudication: the line is named.
    """
    rows = read_labels(file, registry)
    settled: dict[tuple[str, str], dict[str, str | int]] = {}
    for row in rows.to_dict("records"):
        pair = (row["work_id"], row["database"])
        former = settled.get(pair)
        if former is None or row["origin"] == ADJUDICATION or not former["label"]:
            settled[pair] = row
        elif row["label"] and former["label"] != row["label"] and former["origin"] != ADJUDICATION:
            raise FileFormatError(
                f"{file.name}, lines {former['line']} and {row['line']}: {row['work_id']} × {row['database']} is both "
                f"{former['label']!r} and {row['label']!r}: add a row of origin 'adjudication', or correct one"
            )
    return pd.DataFrame(list(settled.values()), columns=[*COLUMNS, "line"])


def journal_labels(journal: Path) -> pd.DataFrame:
    """Return the labels of the pages' journal in the columns of the gold file, taken-back and replaced ones left out.

    A false friend is no use (label ``none``, reason ``false_friend``); not sure is seen, not judged (empty label).
    """
    rows = []
    for entry in standing_labels(read_journal(journal)):
        false_friend = entry["label"] == "false_friend"
        label = {"false_friend": "none", "unsure": ""}.get(entry["label"], entry["label"])
        reason = "false_friend" if false_friend else ""
        row = {name: entry.get(name, "") for name in COLUMNS} | {"label": label, "reason": reason}
        rows.append(row | {"labelled_on": entry["at"][:10]})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def with_journal(judgements: pd.DataFrame, journal: Path) -> pd.DataFrame:
    """Return judgements completed with the labels of the pages' journal.

    Parameters
    ----------
    judgements : DataFrame
        What `read_judgements` returns.
    journal : Path
        What `carto_lib.journal.journal_file` returns.

    Returns
    -------
    DataFrame
        One row a pair. An adjudication holds; else a label on which all agree, the gold file included; where two
        people differ, what the gold file said, else an empty label, so that the pair stays to review (see
        `carto_lib.evaluation.gold.to_adjudicate`).
    """
    own = journal_labels(journal)
    if own.empty:
        return judgements
    settled = {(row["work_id"], row["database"]): row for row in judgements.to_dict("records")}
    for pair, labels in own.groupby(["work_id", "database"], sort=True):
        former = settled.get(pair)
        if former is not None and former["origin"] == ADJUDICATION:
            continue
        said = labels[labels["label"] != ""]
        adjudicated = said[said["origin"] == ADJUDICATION]
        known = set(said["label"])
        if former is not None and former["annotator"] not in set(said["annotator"]):
            known |= {former["label"]} - {""}
        last = (adjudicated if len(adjudicated) else said if len(said) else labels).iloc[-1].to_dict()
        if len(adjudicated) or len(known) == 1:
            settled[pair] = last
        elif former is None or not former["label"]:
            settled[pair] = last | {"label": "", "reason": ""}
    return pd.DataFrame(list(settled.values()), columns=[*COLUMNS, "line"])


def read_labels(file: Path, registry: Registry | None = None) -> pd.DataFrame:
    """Read every label of a CSV or RIS file, several annotators included, with its line (RIS: its record's number).

    Raises
    ------
    FileFormatError
        If the file can't be read, a column or a value is wrong, or one annotator says two things of a pair: the line
        is named.
    """
    try:
        rows = list(_read_ris(file) if file.suffix.lower() == ".ris" else _read_csv(file))
    except FileNotFoundError as error:
        raise FileFormatError(f"no gold file {file}: check the path") from error
    except (OSError, UnicodeDecodeError, csv.Error, rispy.parser.ParseError) as error:
        raise FileFormatError(f"{file.name} can't be read as UTF-8 CSV or RIS ({error}): correct that line") from error
    said: dict[tuple[str, str, str, str], Row] = {}
    for row in rows:
        _check(row, file, registry)
        former = said.setdefault((row["work_id"], row["database"], row["annotator"], row["origin"]), row)
        if former["label"] and row["label"] and former["label"] != row["label"] and row["annotator"]:
            raise FileFormatError(
                f"{file.name}, lines {former['line']} and {row['line']}: {row['annotator']} says both "
                f"{former['label']!r} and {row['label']!r} of {row['work_id']} × {row['database']}: keep one"
            )
    return pd.DataFrame(rows, columns=[*COLUMNS, "line"])


def other_readings(gold: Path = GOLD_FILE, registry: Registry | None = None) -> pd.DataFrame:
    """Read ``readings.csv`` beside a gold file: what other readers said of its pairs, empty where there is none.

    The gold file alone says what a pair is; other readings measure how far two persons agree.

    Raises
    ------
    FileFormatError
        As `read_labels`.
    """
    file = gold.with_name(READINGS)
    return read_labels(file, registry) if file.exists() else pd.DataFrame(columns=[*COLUMNS, "line"])


def every_label(gold: Path = GOLD_FILE, registry: Registry | None = None) -> pd.DataFrame:
    """Read the labels of a gold file, then those of the other readings beside it."""
    return pd.concat([read_labels(gold, registry), other_readings(gold, registry)], ignore_index=True)


def _read_csv(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise FileFormatError(f"{file.name}, line 1: no column {', '.join(missing)}; expected {','.join(COLUMNS)}")
        for row in reader:
            if None in row or None in row.values():
                raise FileFormatError(
                    f"{file.name}, line {reader.line_num}: {len(reader.fieldnames or ())} columns expected; "
                    "quote the values that hold a comma"
                )
            yield {name: row[name] for name in COLUMNS} | {"line": reader.line_num}


def _read_ris(file: Path) -> Iterator[Row]:
    """Yield the labels of a RIS file: each record's ID is a work, its notes ``carto:<column>=<value>``."""
    try:
        lines = list(ris_lines(file.read_text(encoding="utf-8-sig")))
    except FileFormatError as error:
        raise FileFormatError(f"{file.name}, {error}") from error
    for number, entry in enumerate(rispy.loads("\n".join(lines)), 1):
        notes = (note.removeprefix(RIS_TAG) for note in entry.get("notes", ()) if note.startswith(RIS_TAG))
        row: Row = {"work_id": entry.get("id", "")} | dict(note.partition("=")[::2] for note in notes)
        if missing := [name for name in COLUMNS if name not in row]:
            raise FileFormatError(f"{file.name}, record {number}: no note '{RIS_TAG}{missing[0]}=…'")
        yield {name: row[name] for name in COLUMNS} | {"line": number}


def _check(row: Row, file: Path, registry: Registry | None) -> None:
    place = f"{file.name}, {'record' if file.suffix.lower() == '.ris' else 'line'} {row['line']}"
    if not row["work_id"] or not row["database"]:
        raise FileFormatError(f"{place}: work_id and database can't be empty")
    if row["label"] not in LABELS:
        raise FileFormatError(f"{place}: label {row['label']!r} is none of {LABELS}")
    if row["reason"] not in REASONS:
        raise FileFormatError(f"{place}: reason {row['reason']!r} is none of {REASONS}")
    if registry is not None and row["database"] not in registry:
        near = ", ".join(registry.near(row["database"])) or "see `carto databases`"
        raise FileFormatError(f"{place}: no database {row['database']!r} in the registry ({near})")
