"""Tables: the schema of each, and the folders of Parquet files that hold them.

A `Corpus` is one database's folder, the `Atlas` their union. Tables are read when touched and written
atomically, so a killed run leaves either the former table or the new one.
"""

import errno
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.compute
import pyarrow.ipc
import pyarrow.parquet

from carto_lib.errors import TableError
from carto_lib.i18n import translate
from carto_lib.schemas import FROM_ARROW, arrow_schema, as_table, columns_of, empty_table, table_specs

__all__ = [
    *("Atlas", "Corpus", "TableFolder", "as_table", "corpora", "empty_table", "map_tables", "read_table"),
    *("table_specs", "to_json", "write_atomically", "write_table"),
]


def to_json(value: object) -> str:
    """Return the canonical JSON text that json columns hold."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_table(path: Path, table: str, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a Parquet table, or its mapped copy where `map_tables` made one and the table hasn't changed since.

    Raises
    ------
    TableError
        If the file is missing, truncated, or lacks a column of the schema.
    """
    try:
        content = _mapped(path)
        if content is None:
            with pyarrow.parquet.ParquetFile(path) as file:
                content = file.read(columns=columns)
    except FileNotFoundError as error:
        raise TableError(translate("runs.no_table", table=table, path=path)) from error
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise TableError(
            f"table {table} at {path} can't be read ({error}): delete it and run the stage again"
        ) from error
    missing = [name for name in columns or columns_of(table) if name not in content.column_names]
    if missing:
        raise TableError(
            f"table {table} at {path} lacks {', '.join(missing)}: it was made by another version, run again"
        )
    if not content.num_rows:
        empty = empty_table(table)
        return empty[columns] if columns else empty
    return content.select(columns or content.column_names).to_pandas(types_mapper=FROM_ARROW.get)


def _mapped_file(path: Path) -> Path:
    return path.parent / "mapped" / f"{path.stem}.arrow"


def _stamp(path: Path) -> bytes:
    status = path.stat()
    return f"{status.st_mtime_ns} {status.st_size}".encode()


def _mapped(path: Path) -> pyarrow.Table | None:
    """Return the copy of a table that is mapped into memory, or None where there is none of the table as it is."""
    copy = _mapped_file(path)
    if not copy.is_file():
        return None
    try:
        reader = pyarrow.ipc.open_file(pyarrow.memory_map(str(copy)))
    except pyarrow.ArrowInvalid:  # a copy cut short by a power cut: the table itself is read
        return None
    metadata = reader.schema.metadata or {}
    return reader.read_all() if metadata.get(b"stamp") == _stamp(path) else None


def map_tables(folder: "TableFolder", names: Iterable[str]) -> None:
    """Copy tables to uncompressed Arrow files, which processes map into memory and share.

    A table read from Parquet is each process's own: the pages of twenty visitors would hold it twenty times.

    Raises
    ------
    TableError
        If a table can't be read, or the copy can't be written.
    """
    for name in filter(folder.has, names):
        path = folder.file(name)
        stamp = _stamp(path)
        if _mapped(path) is not None:
            continue
        content = pyarrow.Table.from_pandas(read_table(path, name), preserve_index=False)
        content = content.replace_schema_metadata({"stamp": stamp})

        def write(file: Any, content: pyarrow.Table = content) -> None:
            with pyarrow.ipc.new_file(file, content.schema) as writer:
                writer.write_table(content)

        write_atomically(_mapped_file(path), write, durable=False)


def write_table(frame: pd.DataFrame | Iterable[Mapping[str, Any]], path: Path, table: str) -> None:
    """Validate a table and write it to Parquet, atomically and byte for byte the same for the same rows.

    Raises
    ------
    TableError
        If the rows don't follow the schema, or the disk is full (the former file stays).
    """
    frame = as_table(frame, table)
    layout = arrow_schema(table)
    content = layout.empty_table()
    if len(frame):
        content = pyarrow.Table.from_pandas(frame, schema=layout, preserve_index=False).replace_schema_metadata(None)
    write_atomically(path, lambda file: pyarrow.parquet.write_table(content, file, compression="zstd"), durable=False)


def write_atomically(path: Path, write: Callable[[Any], object], durable: bool = True) -> None:
    """Write a file through a temporary one beside it, then put it in place in one step.

    Parameters
    ----------
    path : Path
        The file to make; its folder is created.
    write : callable
        Given the open binary file, writes its content.
    durable : bool
        Wait until the disk holds the file, so that a power cut leaves it whole too. Tables, made again from the
        recorded answers, do without: a demonstration writes two thousand.

    Raises
    ------
    TableError
        If the disk is full or the folder can't be written; the former file is intact.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            write(file)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        remedy = "free some space" if error.errno == errno.ENOSPC else "check the folder's rights"
        raise TableError(
            f"can't write {path} ({error.strerror or error}): {remedy}, then run again; nothing was lost"
        ) from error


class TableFolder:
    """A folder of Parquet tables; ``folder.works`` reads ``works.parquet`` at first touch and keeps it."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._tables: dict[str, pd.DataFrame] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name.startswith("_") or name not in table_specs():
            raise AttributeError(name)
        return self.table(name)

    def file(self, name: str) -> Path:
        """Return the path of a table's file."""
        return self.path / f"{name}.parquet"

    @property
    def quality_file(self) -> Path:
        """The file of what the evaluation measured on these tables."""
        return self.path / "quality.json"

    def has(self, name: str) -> bool:
        """Tell whether the table exists."""
        return self.file(name).is_file()

    def count(self, name: str) -> int:
        """Return the number of rows of a table without reading them; 0 where the stage that makes it hasn't run."""
        return int(pyarrow.parquet.read_metadata(self.file(name)).num_rows) if self.has(name) else 0

    def table(self, name: str) -> pd.DataFrame:
        """Return a table, read once. Callers must not modify it.

        Raises
        ------
        TableError
            If it is missing or unreadable.
        """
        if name not in self._tables:
            self._tables[name] = read_table(self.file(name), name)
        return self._tables[name]

    def optional(self, name: str) -> pd.DataFrame:
        """Return a table, or an empty one where the stage that makes it hasn't run."""
        return self.table(name) if self.has(name) else empty_table(name)

    def write(self, name: str, rows: pd.DataFrame | Iterable[Mapping[str, Any]]) -> None:
        """Write a table of this folder, atomically."""
        write_table(rows, self.file(name), name)
        self._tables.pop(name, None)


class Corpus(TableFolder):
    """One database's tables, at ``<data>/corpora/<id>/``."""

    @classmethod
    def of(cls, data: str | Path, database: str) -> Self:
        """Return the corpus of a database under a data folder."""
        return cls(Path(data) / "corpora" / database)

    @property
    def database(self) -> str:
        """The database's identifier: the name of the folder."""
        return self.path.name


def corpora(data: str | Path) -> list[Corpus]:
    """Return every corpus under a data folder, in order of identifier."""
    folder = Path(data) / "corpora"
    return [Corpus(path) for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []


class Atlas(TableFolder):
    """The union of all corpora, at ``<data>/atlas/``, or a narrowed view of it.

    ``select`` gives the same atlas narrowed: every table follows. ``search`` is given by
    `carto_lib.search` when it is imported.
    """

    search: ClassVar[Callable[..., Any]]

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self.databases_kept: tuple[str, ...] | None = None
        self._mask: np.ndarray | None = None
        self._whole: Atlas | None = None
        self._places: dict[str, np.ndarray] = {}

    @property
    def work_ids(self) -> frozenset[str] | None:
        """The works kept; None where all are."""
        return None if self._whole is None else frozenset(self.works["work_id"])

    @property
    def mask(self) -> np.ndarray:
        """Which works of the whole atlas are kept, in its order."""
        if self._mask is None:
            self._mask = np.ones(len(self.works), dtype=bool)
        return self._mask

    def places(self, name: str) -> np.ndarray:
        """Return, for each row of a table, the row of its work in table works (-1 where it has none)."""
        if name not in self._places:
            known = pyarrow.array(self.works["work_id"])
            found = pyarrow.compute.index_in(pyarrow.array(self.optional(name)["work_id"]), value_set=known)
            self._places[name] = found.fill_null(-1).to_numpy(zero_copy_only=False)
        return self._places[name]

    def rows_of(self, name: str, work_ids: Iterable[str]) -> pd.DataFrame:
        """Return the rows of a table that belong to a few works."""
        wanted = np.append(self.works["work_id"].isin(list(work_ids)).to_numpy(), False)
        return self.optional(name).iloc[np.flatnonzero(wanted[self.places(name)])]

    def network_file(self, name: str, part: str) -> Path:
        """Return the path of a network's ``nodes`` or ``edges``."""
        return self.path / "networks" / f"{name}.{part}.parquet"

    @property
    def index_path(self) -> Path:
        """The folder of the search index."""
        return self.path / "search"

    def table(self, name: str) -> pd.DataFrame:
        """Return a table, narrowed to the selection."""
        if name not in self._tables:
            whole = self._whole
            frame = whole.table(name) if whole else read_table(self.file(name), name)
            self._tables[name] = self._narrow(name, frame, whole) if whole else frame
        return self._tables[name]

    def _narrow(self, name: str, frame: pd.DataFrame, whole: "Atlas") -> pd.DataFrame:
        kept = self.mask[whole.mask]
        if name == "works":
            frame = frame[kept]
        elif "work_id" in frame.columns:
            frame = frame[np.append(kept, False)[whole.places(name)]]
        if name == "authors":
            frame = frame[frame["author_id"].isin(self.authorships["author_id"])]
        if name == "institutions":
            frame = frame[frame["institution_id"].isin(self.affiliations["institution_id"])]
        if self.databases_kept is not None and "database" in frame.columns:
            kept = (*self.databases_kept, "all") if name == "indicators" else self.databases_kept
            frame = frame[frame["database"].isin(kept)]
        return frame.reset_index(drop=True)

    def keep_rows(self, mask: np.ndarray, databases: Iterable[str] | None = None) -> "Atlas":
        """Return the atlas narrowed to the works where a mask over table works is true, as `keep` does."""
        narrowed = type(self)(self.path)
        narrowed._whole = self
        narrowed._mask = self.mask.copy()
        narrowed._mask[self.mask] = mask
        narrowed.databases_kept = self.databases_kept if databases is None else tuple(databases)
        return narrowed

    def keep(self, work_ids: Iterable[str], databases: Iterable[str] | None = None) -> "Atlas":
        """Return the atlas narrowed to these works, and its tables by database to these databases."""
        return self.keep_rows(self.works["work_id"].isin(frozenset(work_ids)).to_numpy(), databases)

    def select(
        self,
        databases: Iterable[str] | None = None,
        years: tuple[int, int] | None = None,
        labels: Iterable[str] = ("uses", "describes", "mentions"),
        types: Iterable[str] | None = None,
        languages: Iterable[str] | None = None,
        parts: bool = False,
    ) -> "Atlas":
        """Return the atlas narrowed to some works; every table follows.

        Parameters
        ----------
        databases : iterable of str, optional
            Keep works in relation with one of these databases.
        years : (int, int), optional
            First and last year, both kept; works of unknown year are left out.
        labels : iterable of str
            What the work must do with the database; read only when `databases` is given.
        types, languages : iterable of str, optional
            Kinds of works, and languages (ISO 639-1), to keep.
        parts : bool
            Read each database with its parts (the PMSI with the SNDS); a work that stands in both counts once.
            By default a database is itself only.

        Raises
        ------
        TableError
            If a database isn't in the atlas.
        """
        works = self.works
        keep = pd.Series(True, index=works.index)
        names = None if databases is None else tuple(databases)
        if names is not None:
            known = set(self.databases["database"])
            unknown = [name for name in names if name not in known]
            if unknown:
                near = [name for wanted in unknown for name in get_close_matches(wanted.lower(), sorted(known))]
                hint = f"did you mean {' or '.join(near)}?" if near else f"it has {', '.join(sorted(known))}"
                raise TableError(f"no database {', '.join(unknown)} in {self.path}: {hint}")
            names = self.with_parts(names) if parts else names
            uses = self.uses
            uses = uses[uses["database"].isin(names) & uses["label"].isin(list(labels))]
            keep &= works["work_id"].isin(uses["work_id"])
        if years is not None:
            keep &= works["year"].between(*years).fillna(False).astype(bool)
        if types is not None:
            keep &= works["type"].isin(list(types))
        if languages is not None:
            keep &= works["language"].isin(list(languages))
        return self.keep(works.loc[keep, "work_id"], names)

    def with_parts(self, databases: Iterable[str]) -> tuple[str, ...]:
        """Return these databases, then every part of them, at any depth, that the atlas holds; each once."""
        table = self.databases
        parents = dict(zip(table["database"], table["part_of"], strict=True))
        found = dict.fromkeys(databases)
        for name in parents:
            above, climbed = parents[name], {name}
            while isinstance(above, str) and above not in climbed:
                if above in found:
                    found |= dict.fromkeys(climbed)
                    break
                climbed.add(above)
                above = parents.get(above)
        return tuple(found)
