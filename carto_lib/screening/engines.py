"""Scanning on all the cores of a machine: one file, or a folder part by part, resumed where it was killed."""

import json
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from importlib.metadata import version
from itertools import chain, islice
from multiprocessing import parent_process
from pathlib import Path

import pyarrow

from carto_lib.errors import CartoError, FileFormatError
from carto_lib.registry import registry_fingerprint
from carto_lib.screening.batches import LINES, PARQUET, read_batches, scan_batch, scan_batches, write_answers
from carto_lib.screening.model import load_model
from carto_lib.tables import write_atomically

MANIFEST = "_carto.json"
AHEAD = 2  # batches read in advance, a process


def find_parts(folder: Path) -> list[Path]:
    """Return the JSON lines files, or the Parquet files, of a folder and of those under it, in order.

    Names that start with ``.`` or ``_`` are no parts (Spark's and Hive's convention).

    Raises
    ------
    FileFormatError
        If there is none, or there are both kinds.
    """
    hidden = (".", "_")
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(step.startswith(hidden) for step in path.relative_to(folder).parts)
    ]
    check_parts([path.name for path in files], str(folder))
    return [path for path in files if path.suffix in (*LINES, *PARQUET)]


def check_parts(names: Iterable[str], where: str) -> bool:
    """Tell whether the parts of a folder are Parquet (else JSON lines).

    Raises
    ------
    FileFormatError
        If there is none, or there are both kinds.
    """
    suffixes = {Path(name).suffix for name in names}
    lines, tables = bool(suffixes & set(LINES)), bool(suffixes & set(PARQUET))
    if lines and tables:
        raise FileFormatError(f"{where} holds both JSON lines and Parquet: give a folder of one kind")
    if not lines and not tables:
        raise FileFormatError(f"{where} holds no part: expected files named *{', *'.join((*LINES, *PARQUET))}")
    return tables


class LocalEngine:
    """Answers batches on several processes, in the order of the texts.

    Parameters
    ----------
    jobs : int
        Processes; 0 = one a core. They start at the second batch only: few texts need none.
    """

    def __init__(self, jobs: int = 0) -> None:
        self.jobs = jobs or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None
        self._closing = ExitStack()

    def __enter__(self) -> "LocalEngine":
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def answer(self, files: Iterable[Path | None]) -> Iterator[pyarrow.RecordBatch]:
        """Yield the answers to the texts of files, one after the other (None = standard input).

        Raises
        ------
        FileFormatError
            If a file can't be read, or a text isn't one: the file and the line are named.
        """
        for file in files:
            try:
                yield from self._answer(read_batches(file))
            except FileFormatError as error:
                name = file.name if file else "standard input"
                raise FileFormatError(str(error) if name in str(error) else f"{name}, {error}") from error

    def answer_folder(self, folder: Path, output: Path) -> tuple[int, int]:
        """Write one part of answers for each part of a folder, under the same name; those already written stay.

        A part is written again where the texts are newer than it.

        Returns
        -------
        (int, int)
            Parts written now, and parts found from a former run.

        Raises
        ------
        CartoError
            If the output isn't such a folder, or was made with another registry or version.
        FileFormatError
            If a text can't be read; the parts written before it stay.
        """
        parts = find_parts(folder)
        _open_output(folder, output)
        waiting = [part for part in parts if not _is_done(part, output / part.relative_to(folder))]
        for part in waiting:
            write_answers(self.answer([part]), output / part.relative_to(folder))
        return len(waiting), len(parts) - len(waiting)

    def _answer(self, batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        start = list(islice(batches, 2))
        if self.jobs == 1 or (len(start) < 2 and self._pool is None):
            yield from scan_batches(chain(start, batches))
            return
        if self._pool is None:
            pool = ProcessPoolExecutor(self.jobs, initializer=_end_with_parent)
            self._pool = self._closing.enter_context(pool)
        before = 0
        pending: deque[Future[pyarrow.RecordBatch]] = deque()
        for batch in chain(start, batches):
            pending.append(self._pool.submit(scan_batch, batch, before))
            before += batch.num_rows
            if len(pending) > AHEAD * self.jobs:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _end_with_parent() -> None:
    """Leave no process behind when the command is killed."""

    def wait() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _open_output(folder: Path, output: Path) -> None:
    """Make the folder of answers, or check that its answers were made as today's would be."""
    if output.resolve() == folder.resolve() or output.resolve().is_relative_to(folder.resolve()):
        raise CartoError(f"the answers can't go to {output}, inside the texts' folder {folder}: give another folder")
    manifest = output / MANIFEST
    made_with = {"version": version("carto-sante"), "registry": registry_fingerprint(), "model": load_model().version}
    if manifest.is_file():
        if json.loads(manifest.read_text(encoding="utf-8")) != made_with:
            raise CartoError(
                f"{output} holds answers of another registry or version: give another folder, or delete it"
            )
    elif output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise CartoError(f"{output} holds something else than answers of `carto scan`: give another folder")
    else:
        write_atomically(manifest, lambda stream: stream.write(f"{json.dumps(made_with)}\n".encode()))


def _is_done(part: Path, answers: Path) -> bool:
    return answers.is_file() and answers.stat().st_mtime_ns >= part.stat().st_mtime_ns
