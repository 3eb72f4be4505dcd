"""The recorded answers: one SQLite file, written answer by answer, read without being written to in a replay."""

import os
import sqlite3
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from requests_cache import CachedResponse, SQLiteCache
from requests_cache.serializers import SerializerPipeline, Stage, json_serializer, utf8_encoder

from carto_lib.errors import ReplayMiss, TableError

STORE_FILE = "answers.sqlite"
_SERIALIZER = SerializerPipeline(
    [*json_serializer.stages, utf8_encoder, Stage(zlib, dumps="compress", loads="decompress")],
    name="json+zlib",
    is_binary=True,
)
T = TypeVar("T")


class AnswerStore:
    """Answers by the fingerprint of their request, kept in ``<folder>/answers.sqlite``.

    Parameters
    ----------
    folder : Path
        Made if it doesn't exist.
    replay : bool
        Never write, not even a folder: the file may be read-only.

    Raises
    ------
    ReplayMiss
        If a replay has no file.
    TableError
        If the file can't be opened.
    """

    def __init__(self, folder: Path, replay: bool = False) -> None:
        self.folder = folder
        if replay and not (folder / STORE_FILE).is_file():
            raise ReplayMiss(f"no recorded answers at {folder}: give the folder of a former run ({STORE_FILE})")
        self._read = self._guarded(self._open_recorded if replay else self._open_recording)

    def get(self, key: str) -> CachedResponse | None:
        """Return the answer recorded under a key, of any age, or None."""
        return self._guarded(lambda: self._read(key))

    def put(self, key: str, response: CachedResponse, max_age: timedelta) -> None:
        """Record an answer.

        Raises
        ------
        TableError
            If it can't be written (disk full); those recorded before are intact.
        """
        self._guarded(lambda: self._write(key, response, max_age))

    def _open_recording(self) -> Callable[[str], CachedResponse | None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        if not os.access(self.folder, os.W_OK):
            raise PermissionError("the folder is read-only")  # requests-cache would wait for ever
        self._cache = SQLiteCache(self.folder / STORE_FILE, serializer=_SERIALIZER, busy_timeout=60_000)
        return self._cache.get_response

    def _open_recorded(self) -> Callable[[str], CachedResponse | None]:
        """Read with SQLite itself: requests-cache can't open a read-only file."""
        uri = f"{(self.folder / STORE_FILE).resolve().as_uri()}?mode=ro"
        rows = sqlite3.connect(uri, uri=True, check_same_thread=False)

        def recorded(key: str) -> CachedResponse | None:
            row = rows.execute("select value from responses where key = ?", (key,)).fetchone()
            return _SERIALIZER.loads(row[0]) if row else None

        return recorded

    def _write(self, key: str, response: CachedResponse, max_age: timedelta) -> None:
        self._cache.save_response(response, key, datetime.now(UTC) + max_age)
        if not self._cache.contains(key):  # requests-cache drops a failed write without a word
            raise OSError("the last answer couldn't be written: no space left?")

    def _guarded(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except (sqlite3.Error, zlib.error, OSError) as error:
            damaged = isinstance(error, zlib.error | sqlite3.DatabaseError) and not isinstance(
                error, sqlite3.OperationalError
            )
            if damaged:
                raise TableError(
                    f"the recorded answers in {self.folder / STORE_FILE} are damaged ({error}): restore that file, or "
                    "move it away and run again to ask the sources anew; the corpora are intact"
                ) from error
            raise TableError(
                f"the recorded answers in {self.folder} can't be read or written ({error}): free some space or check "
                "the folder's rights, then run again; what was recorded is intact"
            ) from error
