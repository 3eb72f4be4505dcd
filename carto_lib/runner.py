"""Notebooks × databases: parameters checked, then executed by Papermill, executed copies kept."""

import json
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillException, PapermillExecutionError

from carto_lib.errors import CartoError, NotebookError
from carto_lib.exports.watch import works_before, write_changes
from carto_lib.harvest import failures, read_journal
from carto_lib.i18n import translate
from carto_lib.registry import registry_fingerprint
from carto_lib.settings import NOTEBOOKS_DIR
from carto_lib.tables import Corpus, write_atomically
from carto_lib.transport import ANSWERS_KEPT

CORPUS_NOTEBOOKS = ("1_harvest", "2_screen", "3_enrich")
ATLAS_NOTEBOOK = "4_atlas"


def check_parameters(notebook: Path, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that the notebook doesn't declare, or of another type than their default.

    Papermill only warns of an unknown parameter and runs with the default.

    Raises
    ------
    NotebookError
        Naming the parameter and those that the notebook declares.
    """
    try:
        declared = papermill.inspect_notebook(str(notebook))
    except (OSError, PapermillException, ValueError) as error:
        raise NotebookError(f"notebook {notebook} can't be read ({error}): restore it from the repository") from error
    for name, value in parameters.items():
        if name not in declared:
            raise NotebookError(f"{notebook.name} has no parameter {name!r}: it has {', '.join(sorted(declared))}")
        expected = declared[name]["inferred_type_name"]
        if expected not in ("None", type(value).__name__):
            raise NotebookError(
                f"{notebook.name}: parameter {name!r} must be of type {expected}, {value!r} is {type(value).__name__}"
            )


def run_notebook(name: str, parameters: Mapping[str, Any], runs: Path, progress: bool = True) -> Path:
    """Execute a notebook of ``notebooks/`` and keep the executed copy.

    Parameters
    ----------
    name : str
        Its file name without ``.ipynb``.
    parameters : mapping
        Values for its ``parameters`` cell.
    runs : Path
        Folder of the executed copy.
    progress : bool
        Show Papermill's bar on standard error.

    Returns
    -------
    Path
        The executed copy.

    Raises
    ------
    NotebookError
        If a parameter is wrong or a cell fails; the executed copy, up to that cell, is kept.
    """
    notebook = NOTEBOOKS_DIR / f"{name}.ipynb"
    check_parameters(notebook, parameters)
    output = runs / f"{name}.ipynb"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        papermill.execute_notebook(
            str(notebook),
            str(output),
            parameters=dict(parameters),
            kernel_name="python3",
            cwd=str(NOTEBOOKS_DIR),
            progress_bar={"file": sys.stderr, "desc": name, "unit": " cellule", "leave": False} if progress else False,
            log_output=False,
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
        )
    except PapermillExecutionError as error:
        reason = re.sub(r"\x1b\[[0-9;]*m", "", str(error.evalue)).strip()
        kind = "" if error.ename.endswith("Error") and _is_ours(error.ename) else f"{error.ename}: "
        raise NotebookError(f"{kind}{reason} (executed copy: {output})") from None
    except DeadKernelError:
        raise NotebookError(f"the kernel of {name} was killed (memory?): run again (executed copy: {output})") from None
    except OSError as error:
        raise NotebookError(
            f"can't write the executed notebook {output} ({error.strerror}): free some space or check rights"
        ) from error
    return output


def _is_ours(name: str) -> bool:
    from carto_lib import errors

    known = getattr(errors, name, None)
    return isinstance(known, type) and issubclass(known, CartoError)


@dataclass(frozen=True)
class RunOptions:
    """What a run of notebooks 1–3 is asked for; see ``carto run --help``."""

    data: Path
    files: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    since: int = 0
    until: int = 0
    replay: str = ""
    lookups: tuple[str, ...] = ()
    projects: str = ""

    def parameters(self, notebook: str, databases: Iterable[str]) -> dict[str, Any]:
        """Return the parameters of one of the three notebooks."""
        parameters: dict[str, Any] = {"databases": list(databases), "data": str(self.data)}
        if notebook == CORPUS_NOTEBOOKS[0]:
            parameters |= {
                "files": list(self.files),
                "sources": list(self.sources),
                "since": self.since,
                "until": self.until,
                "replay": self.replay,
            }
        if notebook == CORPUS_NOTEBOOKS[2]:
            parameters |= {
                "sources": list(self.lookups),
                "replay": self.replay if self.lookups else "",
                "projects": self.projects,
            }
        return parameters


def run_databases(databases: Iterable[str], options: RunOptions, runs: Path, progress: bool = True) -> None:
    """Execute notebooks 1 to 3 once for some databases together.

    Raises
    ------
    NotebookError
        At the first notebook that fails, or at the end if a source failed during the harvest.
    """
    names = list(databases)
    for notebook in CORPUS_NOTEBOOKS:
        run_notebook(notebook, options.parameters(notebook, names), runs, progress)
    failures = [f"{name}: {text}" for name in names for text in harvest_failures(options.data, name)]
    if failures:
        raise NotebookError(translate("runs.incomplete", failures=" ; ".join(failures)))


def harvest_failures(data: Path, database: str) -> list[str]:
    """Return what went wrong in a corpus's last harvest, one sentence a source."""
    return failures(read_journal(Corpus.of(data, database)))


def run_each(databases: Iterable[str], options: RunOptions, jobs: int = 1) -> dict[str, str]:
    """Execute notebooks 1 to 3 database by database, `jobs` at a time; a database that fails doesn't stop the others.

    The databases that succeed are noted as they end, so that the same call, after a kill, goes on with the others.

    Returns
    -------
    dict of str to str
        Why each failed database failed, in the order given.
    """
    names = list(dict.fromkeys(databases))
    notes = RunNotes(options)
    failed: dict[str, str] = {}
    for name, why in _outcomes([name for name in names if name not in notes.done], options, jobs):
        if why:
            failed[name] = why
        else:
            notes.add(name)
    notes.forget()
    return {name: failed[name] for name in names if name in failed}


def _outcomes(names: list[str], options: RunOptions, jobs: int) -> Iterator[tuple[str, str]]:
    """Yield each database as it ends, with why it failed, or nothing."""
    if jobs == 1:
        yield from ((name, _run_one(name, options)) for name in names)
        return
    with ProcessPoolExecutor(jobs) as pool:
        running = {pool.submit(_run_one, name, options): name for name in names}
        for future in as_completed(running):
            try:
                yield running[future], future.result()
            except BrokenProcessPool:
                yield running[future], "its process was killed (memory?): run again with fewer jobs"


class RunNotes:
    """Which databases a run of several has finished: ``<data>/runs/done.json``, kept until the run ends.

    It holds for the same options, registry and version, and as long as the answers recorded then are used again.
    """

    def __init__(self, options: RunOptions) -> None:
        self.file = options.data / "runs" / "done.json"
        self.run = {"options": repr(options), "version": version("carto-sante"), "registry": registry_fingerprint()}
        self.done: list[str] = []
        try:
            noted = json.loads(self.file.read_text(encoding="utf-8"))
            fresh = time.time() - self.file.stat().st_mtime < ANSWERS_KEPT.total_seconds()
        except (OSError, ValueError):
            return
        if fresh and noted.get("run") == self.run:
            self.done = noted["done"]

    def add(self, database: str) -> None:
        """Note that a database succeeded."""
        self.done.append(database)
        text = json.dumps({"run": self.run, "done": self.done}, indent=1)
        write_atomically(self.file, lambda file: file.write(text.encode()))

    def forget(self) -> None:
        """Take the notes away: the run is over."""
        self.file.unlink(missing_ok=True)


def _run_one(name: str, options: RunOptions) -> str:
    corpus = Corpus.of(options.data, name)
    runs = corpus.path / "runs"
    why = ""
    try:
        before = works_before(corpus)
        try:
            run_databases([name], options, runs)
        except NotebookError as error:
            why = str(error)
        if corpus.has("authorships"):
            write_changes(Corpus(corpus.path), before, runs)
    except (CartoError, OSError) as error:
        return why or str(error)
    return why


def run_atlas(data: Path, progress: bool = True) -> None:
    """Execute notebook 4: all corpora → atlas, index, networks, indicators."""
    run_notebook(ATLAS_NOTEBOOK, {"data": str(data)}, data / "runs", progress)
