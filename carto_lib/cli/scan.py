"""``carto scan``: texts in, uses out."""

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from carto_lib.errors import FileFormatError

BATCH = 2000


def register(app: typer.Typer) -> None:
    """Add this module's commands to the ``carto`` command."""
    app.command("scan")(scan)


def scan(
    file: Annotated[Path | None, typer.Argument(help="JSON lines ou Parquet (défaut : entrée standard).")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Fichier .jsonl ou .parquet (défaut : sortie standard).")
    ] = None,
) -> None:
    """Dire quelles bases chaque texte utilise, décrit ou mentionne.

    Entrée : {id, title, abstract, text?, year?} par ligne (ou les colonnes d'un Parquet) ; titre et année peuvent
    être nuls. Sortie : {id, uses: [{database, label, decision, score, names, passage, rule, …}]}, ligne pour ligne.

    Exemple : echo '{"id": 1, "title": "A cohort study in the SNDS, France", "abstract": null}' | carto scan
    """
    from carto_lib.registry import load_registry
    from carto_lib.screening import Scanner
    from carto_lib.tables import write_atomically

    scanner = Scanner(load_registry())
    records = _parquet_records(file) if file and file.suffix == ".parquet" else _json_records(file)
    answers = _scan_batches(scanner, records)
    if output is None:
        for answer in answers:
            sys.stdout.write(_line(answer))
    elif output.suffix == ".parquet":
        _write_parquet(list(answers), output)
    else:
        write_atomically(output, lambda stream: stream.writelines(_line(answer).encode() for answer in answers))


def _scan_batches(scanner: Any, records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    while batch := list(islice(records, BATCH)):
        yield from scanner.scan_all(batch)


def _line(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False) + "\n"


def _json_records(file: Path | None) -> Iterator[dict[str, Any]]:
    """Yield the records of a JSON lines file; a broken line is named."""
    from carto_lib.screening.scanning import checked

    name = file.name if file else "standard input"
    try:
        with file.open("rb") if file else sys.stdin.buffer as stream:
            for number, line in enumerate(stream, 1):
                place = f"{name}, line {number}"
                try:
                    record = json.loads(line)
                except (json.JSONDecodeError, UnicodeDecodeError) as error:
                    raise FileFormatError(f"{place}: broken JSON ({error}): correct or remove that line") from error
                yield checked(record, place)
    except OSError as error:
        raise FileFormatError(f"{name} can't be read ({error.strerror}): check the path") from error


def _parquet_records(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file; unreadable or without ``id``, it is refused."""
    import pyarrow
    from pyarrow import parquet

    from carto_lib.screening.scanning import SCANNED, checked

    try:
        with parquet.ParquetFile(file) as content:
            columns = [name for name in ("id", *SCANNED, "year", "type") if name in content.schema_arrow.names]
            if "id" not in columns:
                raise FileFormatError(f"{file.name}: no column 'id'; expected id, title, abstract, text, year")
            number = 0
            for batch in content.iter_batches(batch_size=BATCH, columns=columns):
                for record in batch.to_pylist():
                    number += 1
                    yield checked(record, f"{file.name}, row {number}")
    except (OSError, pyarrow.ArrowInvalid) as error:
        raise FileFormatError(f"{file.name} can't be read as Parquet ({error}): check the file") from error


def _write_parquet(answers: list[dict[str, Any]], file: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    from carto_lib.screening.scanning import answer_type
    from carto_lib.tables import write_atomically

    identifiers = pyarrow.array([answer["id"] for answer in answers])
    uses = pyarrow.array([answer["uses"] for answer in answers], type=answer_type())
    table = pyarrow.table({"id": identifiers, "uses": uses})
    write_atomically(file, lambda stream: parquet.write_table(table, stream, compression="zstd"))
