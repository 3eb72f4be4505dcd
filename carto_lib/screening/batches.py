"""Texts in Arrow batches: the one pure function that every engine applies, and the files that hold them.

A batch is either lines (one column ``line``: JSON objects, as bytes or text) or rows (columns ``id``, ``title`` …, of a
Parquet table). Its answer has the same form, one row for each row in: ``line``, or ``id`` and ``uses``.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from carto_lib.errors import FileFormatError
from carto_lib.registry import load_registry
from carto_lib.screening.scanning import SCANNED, Scanner, answer_type, checked
from carto_lib.tables import write_atomically

BATCH = 2000
LINE = "line"
READ = ("id", *SCANNED, "year", "type")
LINES, PARQUET = (".jsonl", ".ndjson", ".json"), (".parquet",)


@cache
def _scanner() -> Scanner:
    return Scanner(load_registry())


def scan_batches(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    """Answer batch after batch (what Spark's ``mapInArrow`` asks for); see `scan_batch`."""
    before = 0
    for batch in batches:
        yield scan_batch(batch, before)
        before += batch.num_rows


def scan_batch(batch: pyarrow.RecordBatch, before: int = 0) -> pyarrow.RecordBatch:
    """Return the uses of databases in each text of a batch.

    Parameters
    ----------
    batch : RecordBatch
        Lines or rows (see this module).
    before : int
        How many rows came before, for the place of an error.

    Raises
    ------
    FileFormatError
        If a line is no JSON object, a text no text or a year no whole number: the line or row is named.
    """
    if batch.schema.names == [LINE]:
        lines = enumerate(batch.column(LINE).to_pylist(), before + 1)
        answers = _scanner().scan_all([_read_line(line, f"line {number}") for number, line in lines])
        texts = [_as_json(answer) for answer in answers]
        return pyarrow.record_batch({LINE: pyarrow.array(texts, pyarrow.string())})
    rows = enumerate(batch.to_pylist(), before + 1)
    answers = _scanner().scan_all([checked(row, f"row {number}") for number, row in rows])
    uses = pyarrow.array([answer["uses"] for answer in answers], type=answer_type())
    return pyarrow.record_batch({"id": batch.column("id"), "uses": uses})


def _as_json(answer: dict[str, Any]) -> str:
    """Return an answer as JSON; half a surrogate pair, which UTF-8 can't hold, stays an escape."""
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def _read_line(line: str | bytes, place: str) -> dict[str, Any]:
    if not line.strip():
        raise FileFormatError(f"{place}: empty line: remove it (each line has its answer)")
    try:
        return checked(json.loads(line), place)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FileFormatError(f"{place}: broken JSON ({error}): correct or remove that line") from error


def read_batches(file: Path | None) -> Iterator[pyarrow.RecordBatch]:
    """Yield the batches of a Parquet or JSON lines file (None = JSON lines from standard input).

    Raises
    ------
    FileFormatError
        If the file can't be read, or is a Parquet table without ``id``.
    """
    if file is not None and file.suffix in PARQUET:
        return _read_rows(file)
    return _read_lines(file)


def _read_lines(file: Path | None) -> Iterator[pyarrow.RecordBatch]:
    try:
        with file.open("rb") if file else sys.stdin.buffer as stream:
            while lines := list(islice(stream, BATCH)):
                yield pyarrow.record_batch({LINE: pyarrow.array(lines, pyarrow.large_binary())})
    except OSError as error:
        raise FileFormatError(f"{file or 'standard input'} can't be read ({error.strerror}): check the path") from error


def _read_rows(file: Path) -> Iterator[pyarrow.RecordBatch]:
    try:
        with parquet.ParquetFile(file) as content:
            columns = columns_read(content.schema_arrow.names, file.name)
            yield from content.iter_batches(batch_size=BATCH, columns=columns, use_threads=False)
    except (OSError, pyarrow.ArrowException) as error:
        raise FileFormatError(f"{file.name} can't be read as Parquet ({error}): check the file") from error


def columns_read(names: Iterable[str], where: str) -> list[str]:
    """Return the columns of a table that scanning reads.

    Raises
    ------
    FileFormatError
        If there is no ``id``.
    """
    found = [name for name in READ if name in set(names)]
    if "id" not in found:
        raise FileFormatError(f"{where}: no column 'id'; expected id, title, abstract, text, year")
    return found


def as_lines(answers: Iterable[pyarrow.RecordBatch]) -> Iterator[str]:
    """Yield answers as JSON lines, without the end of line."""
    for batch in answers:
        if batch.schema.names == [LINE]:
            yield from batch.column(LINE).to_pylist()
        else:
            yield from (json.dumps(row, ensure_ascii=False, default=str) for row in batch.to_pylist())


def write_answers(answers: Iterable[pyarrow.RecordBatch], file: Path) -> None:
    """Write answers to a .parquet file, or as JSON lines under any other name, atomically.

    Raises
    ------
    FileFormatError
        If the identifiers of JSON lines are of several types, which no Parquet column holds.
    TableError
        If the disk is full or the folder can't be written.
    """
    if file.suffix not in PARQUET:
        write_atomically(file, lambda stream: stream.writelines(f"{line}\n".encode() for line in as_lines(answers)))
        return
    batches = iter(answers)
    first = next(batches, None)
    if first is None or first.schema.names == [LINE]:
        batches, first = iter(()), _rows(as_lines(chain([first] if first else (), batches)), file)
    whole = chain([first], batches)
    schema = first.schema

    def write(stream: Any) -> None:
        with parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
            for batch in whole:
                writer.write_batch(batch)

    write_atomically(file, write)


def _rows(lines: Iterable[str], file: Path) -> pyarrow.RecordBatch:
    answers = [json.loads(line) for line in lines]
    try:
        identifiers = pyarrow.array([answer["id"] for answer in answers])
    except pyarrow.ArrowException as error:
        raise FileFormatError(f"{file.name}: 'id' is of several types ({error}): write .jsonl instead") from error
    uses = pyarrow.array([answer["uses"] for answer in answers], type=answer_type())
    return pyarrow.record_batch({"id": identifiers, "uses": uses})
