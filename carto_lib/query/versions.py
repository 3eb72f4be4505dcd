"""The versions of each database's query, kept and dated in ``data/queries/<database>.yml``, the oldest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from carto_lib.errors import QueryError
from carto_lib.query.clauses import Clause
from carto_lib.query.query import NAMES_ALONE, NAMES_ANCHORED, Query, build_query, parse_query
from carto_lib.registry import Database
from carto_lib.settings import QUERIES_DIR
from carto_lib.tables import write_atomically

LEARNED = "learned"


@dataclass(frozen=True)
class Version:
    """A query as it was on a date, and how it was made."""

    query: Query
    kept_on: date
    made: str


def read_versions(database: str, folder: Path = QUERIES_DIR) -> list[Version]:
    """Return the versions kept of a database's query, the oldest first; none where nothing was kept.

    Raises
    ------
    QueryError
        If the file isn't what `keep_version` writes, or a query of it doesn't parse: the file and the place are named.
    """
    file = folder / f"{database}.yml"
    if not file.is_file():
        return []
    try:
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))
        return [
            Version(parse_query(one["query"], database, int(one["version"])), one["kept_on"], one["made"])
            for one in entries
        ]
    except QueryError as error:
        raise QueryError(f"{file.name}: {error}") from error
    except (OSError, yaml.YAMLError, TypeError, KeyError, ValueError) as error:
        raise QueryError(
            f"{file.name}: expected a list of {{version, kept_on, made, query}} ({error}): restore the file"
        ) from error


def current_query(database: Database, folder: Path = QUERIES_DIR) -> Query:
    """Return the query to harvest with: the registry's names, and the clauses that the last version kept learned.

    Its number is that of the last version kept, or the next one where the registry has changed since.
    """
    versions = read_versions(database.id, folder)
    learned = [clause for clause in versions[-1].query.clauses if is_learned(clause)] if versions else []
    return numbered(database, learned, versions)


def numbered(database: Database, learned: Iterable[Clause], versions: Sequence[Version]) -> Query:
    """Return the registry's query with learned clauses, numbered after the versions kept."""
    built = build_query(database)
    query = Query(database.id, NAMES_ANCHORED, (*built.clauses, *learned))
    if not versions:
        return query
    last = versions[-1].query
    return last if str(last) == str(query) else Query(database.id, last.version + 1, query.clauses)


def is_learned(clause: Clause) -> bool:
    """Tell whether a clause was learned from judged works, by its name."""
    return clause.name.startswith(LEARNED)


def keep_version(
    database: Database, learned: Iterable[Clause], made: str, kept_on: date, folder: Path = QUERIES_DIR
) -> Version | None:
    """Add the registry's query with learned clauses to the versions kept; the first time, versions 0 and 1 too.

    Returns
    -------
    Version or None
        What was added last; None where nothing changed since the last version.
    """
    versions = read_versions(database.id, folder)
    if not versions:
        versions = [
            Version(build_query(database, NAMES_ALONE), kept_on, "names alone"),
            Version(build_query(database), kept_on, "names, anchored"),
        ]
    query = numbered(database, learned, versions)
    if query is not versions[-1].query:
        versions.append(Version(query, kept_on, made))
    elif (folder / f"{database.id}.yml").is_file():
        return None
    entries = [
        {"version": one.query.version, "kept_on": one.kept_on, "made": one.made, "query": f"{one.query}\n"}
        for one in versions
    ]
    text = yaml.dump(entries, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / f"{database.id}.yml", lambda stream: stream.write(text.encode()))
    return versions[-1]


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as such."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)
