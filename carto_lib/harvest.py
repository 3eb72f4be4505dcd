"""Harvest: the queries of one database, sent to every source, and its files, into the table of records."""

import json
import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from carto_lib.errors import SourceError
from carto_lib.i18n import translate
from carto_lib.query import Query, Search, current_query
from carto_lib.registry import Database
from carto_lib.sources import europepmc, hal, openalex, pubmed
from carto_lib.sources.files import parse_file
from carto_lib.tables import Corpus, table_specs, to_json, write_atomically
from carto_lib.transport import Session

log = logging.getLogger(__name__)

JOURNAL = "harvest.json"
HARVESTED: dict[str, ModuleType] = {"pubmed": pubmed, "europepmc": europepmc, "openalex": openalex, "hal": hal}

Record = dict[str, Any]


@dataclass
class Haul:
    """What one source, or one file, brought.

    Attributes
    ----------
    queries : list of str
        What was asked, in the source's own syntax.
    pages, records : int
        Answers that hold records, and distinct records.
    status : str
        ``complete``; ``partial`` where an error stopped it, or a page can't be read: the rest is kept; ``stale``
        where the source failed and its former answers stand in.
    """

    source: str
    queries: list[str] = field(default_factory=list)
    pages: int = 0
    records: int = 0
    status: str = "complete"
    error: str | None = None


def harvest(
    database: Database,
    corpus: Corpus,
    *,
    session: Session | None = None,
    sources: Iterable[str] = tuple(HARVESTED),
    files: Iterable[str | Path] = (),
    since: int | None = None,
    until: int | None = None,
    query: Query | None = None,
) -> list[Haul]:
    """Write the table ``records`` of a corpus, and beside it the journal ``harvest.json``.

    A source that fails or spends its quota doesn't lose what the others harvested, nor what it gave before: its error
    is in the journal. The sources are asked at the same time, each at its own pace; the table doesn't depend on it.

    Parameters
    ----------
    database : Database
    corpus : Corpus
    session : Session, optional
        Needed as soon as there is a source.
    sources : iterable of str
        Among pubmed, europepmc, openalex, hal; none = files only.
    files : iterable of paths
        Bibliographic files. A record of a file that lists its databases is kept only if this one is among them.
    since, until : int, optional
        First and last year of publication asked to the sources.
    query : Query, optional
        Instead of the current one (see `carto_lib.query.current_query`).

    Returns
    -------
    list of Haul
        One per source and file, as in the journal.

    Raises
    ------
    SourceError
        If a source is unknown, or no source gave anything because all failed.
    FileFormatError
        If a file can't be read; nothing is written.
    TableError
        If an answer or the table can't be written (disk full); the former table is intact.
    """
    names = list(dict.fromkeys(sources))
    unknown = [name for name in names if name not in HARVESTED]
    if unknown:
        raise SourceError(f"no source {', '.join(map(repr, unknown))}: choose among {', '.join(HARVESTED)}")
    if names and session is None:
        raise SourceError("a harvest of sources needs a session: Session(data / 'answers')")
    query = query or current_query(database)
    brought = [_import_file(Path(file), database) for file in files]
    if session is not None and names:
        with ThreadPoolExecutor(max_workers=len(names)) as pool:
            brought += pool.map(lambda name: _ask_source(name, query, session, since, until), names)
    hauls = [haul for haul, _ in brought]
    records = [record for _, kept in brought for record in kept]
    errors = [haul.error for haul in hauls if haul.error]
    if errors and not records:
        raise SourceError(translate("runs.nothing", database=database.id, errors=" ; ".join(errors)))
    corpus.write("records", map(_row, _distinct(records)))
    _write_journal(corpus, database, query, hauls)
    return hauls


def read_journal(corpus: Corpus) -> list[Haul]:
    """Return what the last harvest of a corpus brought, per source and file; empty if there was none."""
    path = corpus.path / JOURNAL
    if not path.is_file():
        return []
    return [Haul(**haul) for haul in json.loads(path.read_text(encoding="utf-8"))["hauls"]]


def failures(hauls: Iterable[Haul]) -> list[str]:
    """Return one sentence for each source that failed, with the records it gives nonetheless."""
    return [
        f"{haul.error} ({haul.source}: {haul.status}, records kept: n = {haul.records})" for haul in hauls if haul.error
    ]


def _ask_source(
    name: str, query: Query, session: Session, since: int | None, until: int | None
) -> tuple[Haul, list[Record]]:
    haul = Haul(name)
    records: dict[str, Record] = {}
    try:
        for search in query.searches(name):
            haul.queries.append(search.text)
            for record in _search(name, search, session, since, until, haul):
                records.setdefault(record["source_id"], record)
    except SourceError as error:
        haul.status, haul.error = "partial", str(error)
        log.error("%s", error)
    haul.records = len(records)
    return haul, list(records.values())


def _search(
    name: str, search: Search, session: Session, since: int | None, until: int | None, haul: Haul
) -> Iterator[Record]:
    source = HARVESTED[name]
    for answer in source.search(search.text, session, query_id=search.query_id, since=since, until=until):
        haul.pages += 1
        if answer.failure:
            haul.status, haul.error = "stale", answer.failure
        origin = {"query_id": search.query_id, "retrieved_at": answer.retrieved_at, "answer_id": answer.answer_id}
        try:
            yield from ({**record, **origin} for record in source.parse(answer.body))
        except SourceError as error:  # one page of another shape doesn't cost those that follow
            haul.status, haul.error = "partial", f"{error} (page {haul.pages} of {search.query_id})"
            log.error("%s", haul.error)
        log.info("%s: page %d of %s", name, haul.pages, search.query_id)


@lru_cache(maxsize=4)
def _read_file(path: Path, modified: int) -> list[Record]:
    """Return the records of a file, read once for all the databases of a run unless it was `modified`."""
    return parse_file(path)


def _import_file(path: Path, database: Database) -> tuple[Haul, list[Record]]:
    origin = {"query_id": f"{database.id}.file.{path.name}"}
    records = []
    for record in _read_file(path, path.stat().st_mtime_ns if path.is_file() else 0):
        databases = record.get("databases")
        if databases is None or database.id in databases:
            records.append({name: value for name, value in record.items() if name != "databases"} | origin)
    return Haul(f"file:{path.name}", pages=1, records=len(records)), records


def _distinct(records: Iterable[Record]) -> list[Record]:
    found: dict[tuple[str, str], Record] = {}
    for record in records:
        found.setdefault((record["source"], record["source_id"]), record)
    return list(found.values())


def _row(record: Record) -> Record:
    """Return a record as a row of the table: nested values become canonical JSON."""
    columns = table_specs()["records"]["columns"]
    nested = {name for name, column in columns.items() if column["type"] == "json"}
    return {
        name: to_json(value) if name in nested and value is not None else value
        for name, value in record.items()
        if name in columns
    }


def _write_journal(corpus: Corpus, database: Database, query: Query, hauls: list[Haul]) -> None:
    journal = {
        "database": database.id,
        "version": query.version,
        "query": str(query).splitlines(),
        "hauls": [asdict(haul) for haul in hauls],
    }
    text = json.dumps(journal, ensure_ascii=False, indent=2) + "\n"
    write_atomically(corpus.path / JOURNAL, lambda file: file.write(text.encode()))
