"""The search index: built beside the one that serves, put in place in one step, opened once."""

import fcntl
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.compute
import pyarrow.feather
import tantivy

from carto_lib.errors import TableError
from carto_lib.search.analysis import LANGUAGES, UNINDEXED, analysers
from carto_lib.search.documents import NAMES, RANKS, TABLES, documents
from carto_lib.search.vocabulary import Vocabulary, database_concepts, read_lexicon, topic_concepts
from carto_lib.tables import Atlas, write_atomically

VERSION = 9
STEMMED = tuple(f"{part}_{language}" for part in ("title", "text") for language in LANGUAGES)
PLAIN = ("authors", "institutions", "journal", "names")
EXACT = ("work_id", "identifier", "used", "relation")
SMALL_FACETS = ("database", "label", "type", "language", "open_access", "region")
CODED_FACETS = tuple(f"{kind}_{rank}" for kind in NAMES for rank in RANKS)
NUMBERS = ("year", "date", "citations")
_HEAP = 800_000_000  # large enough for a million works in few segments; what is not needed is not taken
_CURRENT = "current.json"
_FOOTER = 65_536
logger = logging.getLogger(__name__)


def schema() -> tantivy.Schema:
    """Return the fields of the index and the analyser of each."""
    builder = tantivy.SchemaBuilder()
    for name in STEMMED:
        builder.add_text_field(name, tokenizer_name=name.rpartition("_")[2])
    for name in PLAIN:
        builder.add_text_field(name, tokenizer_name="plain")
    builder.add_text_field("words", tokenizer_name="plain", index_option="basic")
    for name in (*EXACT, *SMALL_FACETS):
        builder.add_text_field(
            name, tokenizer_name="raw", index_option="basic", fast=name in (*SMALL_FACETS, "relation")
        )
    builder.add_unsigned_field("number", fast=True)
    for name in CODED_FACETS:
        builder.add_unsigned_field(name, fast=True, indexed=True)
    for name in NUMBERS:
        builder.add_integer_field(name, fast=True, indexed=True)
    for name in ("abstract", "shown"):
        builder.add_text_field(name, stored=True, tokenizer_name=UNINDEXED, index_option="basic")
    return builder.build()


@dataclass
class OpenIndex:
    """An index that serves: its searcher, its vocabulary and what was computed from them."""

    folder: Path
    index: tantivy.Index
    vocabulary: Vocabulary
    names: dict[str, pyarrow.Table]
    works: int
    narrowings: dict[frozenset[str], Any] = field(default_factory=dict)

    @cached_property
    def searcher(self) -> tantivy.Searcher:
        """The searcher over the index as it was when opened."""
        return self.index.searcher()

    @property
    def schema(self) -> tantivy.Schema:
        """The fields of the index."""
        return self.index.schema

    def count(self, query: tantivy.Query) -> int:
        """Return the number of works that a query finds."""
        return int(self.searcher.aggregate(query, {"works": {"value_count": {"field": "number"}}})["works"]["value"])

    def code_of(self, kind: str, identifier: str) -> int:
        """Return the number of a person, an institution or a topic, -1 where it is unknown."""
        return int(pyarrow.compute.index(self.names[kind]["id"], identifier).as_py())

    def name_of(self, kind: str, identifier: str, language: str) -> str:
        """Return the name of a person, an institution or a topic (its identifier where it is unknown)."""
        code = self.code_of(kind, identifier)
        return identifier if code < 0 else self.names[kind][f"label_{language}"][code].as_py()

    def work_ids(self, addresses: list[tantivy.DocAddress]) -> list[str]:
        """Return the work_id of each document."""
        numbers = self.searcher.fast_field_values("number", addresses)
        return self.names["work"]["id"].take(pyarrow.array(numbers, pyarrow.int64())).to_pylist()


def _with_analysers(index: tantivy.Index) -> tantivy.Index:
    for name, analyser in analysers().items():
        index.register_tokenizer(name, analyser)
    return index


def build_index(atlas: Atlas) -> int:
    """Build the search index of an atlas and put it in place in one step.

    The new index is made in a folder of its own under ``atlas.index_path``; ``current.json`` then points at it.
    Until that moment, and for ever if the build is killed, the former index serves.

    Parameters
    ----------
    atlas : Atlas
        The whole atlas (a narrowed view is searched with the whole one's index).

    Returns
    -------
    int
        Number of works indexed.

    Raises
    ------
    TableError
        If a table is missing or the disk is full.
    """
    root = atlas.index_path
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root):
        former = _pointer(root)
        folder = Path(tempfile.mkdtemp(prefix=f"v{VERSION}-", dir=root))
        try:
            tables = _signature(atlas)
            works = _fill(atlas, folder)
            pointer = {"version": VERSION, "folder": folder.name, "works": works, "tables": tables}
            content = json.dumps(pointer).encode()
            write_atomically(root / _CURRENT, lambda file: file.write(content))
        except OSError as error:
            raise TableError(
                f"can't write the search index in {root} ({error}): free some space, then run again"
            ) from error
        finally:
            kept = _pointer(root) or former
            for other in root.iterdir():
                if other.is_dir() and (kept is None or other.name != kept["folder"]):
                    shutil.rmtree(other, ignore_errors=True)
    _OPEN.pop(root, None)
    return works


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Wait for another process that builds an index there; the system frees the lock of a killed one."""
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tables(atlas: Atlas) -> list[Path]:
    return [atlas.file(name) for name in TABLES if atlas.has(name)]


def _state(atlas: Atlas) -> tuple[tuple[str, int, int], ...]:
    """Return when and how large the tables were last written."""
    names = {atlas.file(name).name for name in TABLES}
    with os.scandir(atlas.path) as files:
        found = [(file.name, file.stat()) for file in files if file.name in names]
    return tuple((name, status.st_mtime_ns, status.st_size) for name, status in sorted(found))


def _signature(atlas: Atlas) -> str:
    """Return a digest of the tables' names, sizes and last bytes, where Parquet keeps counts, extremes and places."""
    digest = hashlib.sha256()
    for path in _tables(atlas):
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _FOOTER))
            digest.update(f"{path.name} {size}".encode() + file.read())
    return digest.hexdigest()


def _fill(atlas: Atlas, folder: Path) -> int:
    from carto_lib.registry import load_registry

    registry = load_registry()
    names = database_concepts({name: registry[name] for name in atlas.databases["database"] if name in registry})
    topics = atlas.optional("topics").dropna(subset=["label_en", "label_fr"])
    concepts = [*read_lexicon(), *names, *topic_concepts(zip(topics["label_en"], topics["label_fr"], strict=True))]
    Vocabulary({concept.concept_id: concept for concept in concepts}).write(folder / "vocabulary.json")
    forms = {concept.database: ". ".join(concept.forms) for concept in names if concept.database}
    path = folder / "works"
    path.mkdir()
    index = _with_analysers(tantivy.Index(schema(), str(path)))
    writer = index.writer(_HEAP, 2)
    works = 0
    batches = documents(atlas, forms, folder)
    with ThreadPoolExecutor(1) as reader:  # reads a batch while the former one is indexed
        coming: Future[list[str]] = reader.submit(next, batches, [])
        while batch := coming.result():
            coming = reader.submit(next, batches, [])
            for document in batch:
                writer.add_json(document)
            works += len(batch)
    writer.commit()
    writer.wait_merging_threads()
    return works


_OPEN: dict[Path, tuple[str, tuple[tuple[str, int, int], ...], OpenIndex]] = {}


def _pointer(root: Path) -> dict[str, Any] | None:
    try:
        content = json.loads((root / _CURRENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and {"version", "folder", "works"} <= content.keys() else None


def open_index(atlas: Atlas) -> OpenIndex:
    """Return the index of an atlas, opened once and again after each rebuild.

    An index made by another version of Carto, or from other tables, is rebuilt first, with a message. Where other
    tables can't be indexed (the folder can't be written), the former index serves, with a message.

    Raises
    ------
    TableError
        If the atlas has no index, or one of another version that can't be rebuilt.
    """
    root = atlas.index_path
    pointer = _pointer(root)
    if pointer is None:
        raise TableError(f"no search index at {root}: run `carto atlas`")
    state = _state(atlas)
    known = _OPEN.get(root)
    if known and known[:2] == (pointer["folder"], state):
        return known[2]
    pointer = _up_to_date(atlas, pointer)
    known = _OPEN.get(root)
    if known and known[0] == pointer["folder"]:
        opened = known[2]
    else:
        try:
            opened = _open(root / pointer["folder"], pointer["works"])
        except (ValueError, OSError) as error:
            if _pointer(root) not in (None, pointer):
                return open_index(atlas)
            message = f"the search index at {root / pointer['folder']} can't be read ({error}): run `carto atlas` again"
            raise TableError(message) from error
    _OPEN[root] = (pointer["folder"], state, opened)
    return opened


def _up_to_date(atlas: Atlas, pointer: dict[str, Any]) -> dict[str, Any]:
    """Return what says which index serves, after a rebuild if that one is of another version or of other tables."""
    root, version = atlas.index_path, pointer["version"]
    if version != VERSION:
        message = "the search index at %s is of version %s, this Carto reads version %s: rebuilding it"
        logger.warning(message, root, version, VERSION)
    elif pointer.get("tables") != _signature(atlas):
        logger.warning("the tables of %s changed since the search index was built: rebuilding it", atlas.path)
    else:
        return pointer
    try:
        build_index(Atlas(atlas.path))
    except (OSError, TableError) as error:
        if version != VERSION:
            raise TableError(f"can't rebuild the search index at {root} ({error})") from error
        logger.warning("can't rebuild the search index at %s (%s): the former one serves", root, error)
    return _pointer(root) or pointer


def _open(folder: Path, works: int) -> OpenIndex:
    index = _with_analysers(tantivy.Index.open(str(folder / "works")))
    names = {kind: pyarrow.feather.read_table(folder / f"{kind}.arrow", memory_map=True) for kind in ("work", *NAMES)}
    return OpenIndex(folder, index, Vocabulary.read(folder / "vocabulary.json"), names, works)
