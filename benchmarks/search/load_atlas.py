"""Make a large atlas from the real records of ``load/`` (computer-science papers), once or replicated."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from carto_lib.schemas import ARROW_TYPES, table_specs
from carto_lib.tables import Atlas

DATABASES = ("snds", "sniiram", "egb", "pmsi", "constances", "e3n", "elfe", "rein", "hepather", "bndmr")
REGIONS = ("Île-de-France", "Occitanie", "Bretagne", "Nouvelle-Aquitaine", "Normandie", "Grand Est", "Hauts-de-France")
TYPES = ("article", "article", "article", "review", "preprint", "thesis")
_BATCH = 20_000


def records(shared: Path) -> Iterator[dict[str, Any]]:
    """Give the real records."""
    with gzip.open(
        shared / "load" / "loadtest_paperlists" / "paperlists_slim.jsonl.gz", "rt", encoding="utf-8"
    ) as file:
        for line in file:
            yield json.loads(line)


def _rows(record: dict[str, Any], number: int) -> dict[str, list[dict[str, Any]]]:
    work_id = f"doi:10.5555/load.{number:07d}"
    year = 2006 + number % 20
    authors = [name.strip() for name in (record.get("author") or "").split(";") if name.strip()]
    structures = [name.strip() for name in (record.get("aff_unique_norm") or "").split(";") if name.strip()]
    database = DATABASES[number % 7 if number % 3 else number % 10]
    label = ("uses", "uses", "mentions", "describes")[number % 4]
    keywords = [word.strip() for word in (record.get("keywords") or "").split(";") if word.strip()]
    return {
        "works": [
            {
                "work_id": work_id, "doi": work_id[4:], "title": record.get("title") or "?", "year": year,
                "abstract": record.get("abstract") or None, "date": f"{year}-{1 + number % 12:02d}", "language": "en",
                "type": TYPES[number % 6], "journal": f"Journal {number % 300}", "is_retracted": number % 5000 == 0,
                "keywords": json.dumps(keywords),
            }
        ],
        "uses": [{"work_id": work_id, "database": database, "label": label, "decision": "accepted"}],
        "authorships": [
            {"work_id": work_id, "position": rank, "author_id": f"name:{_slug(name)}", "name": name}
            for rank, name in enumerate(authors, 1)
        ],
        "affiliations": [
            {
                "work_id": work_id, "position": 0, "rank": rank, "institution_rank": 1, "raw": name,
                "institution_id": f"ror:{_slug(name)}",
            }
            for rank, name in enumerate(structures, 1)
        ],
        "topics": [
            {"work_id": work_id, "scheme": "keyword", "term_id": _slug(word), "label_en": word, "label_fr": word}
            for word in dict.fromkeys(keywords)
            if _slug(word)
        ],
        "access": [{"work_id": work_id, "source": "load", "oa_colour": ("gold", "closed", "green")[number % 3],
                    "cited_by_count": number % 97}],
    }  # fmt: skip


def _slug(name: str) -> str:
    return re.sub(r"\W+", "-", name.lower()).strip("-")


def make_atlas(shared: Path, path: Path, works: int | None = None) -> tuple[Atlas, int]:
    """Write an atlas of `works` works (default: each record once; more: replicated with varied identifiers).

    Returns
    -------
    Atlas, int
        The atlas, and the number of bytes of text (titles, abstracts, authors, structures, keywords).
    """
    path.mkdir(parents=True, exist_ok=True)
    writers: dict[str, pyarrow.parquet.ParquetWriter] = {}
    pending: dict[str, list[dict[str, Any]]] = {}
    people: dict[str, str] = {}
    structures: dict[str, str] = {}
    size = number = 0
    while True:
        for record in records(shared):
            if works is not None and number == works:
                break
            for table, rows in _rows(record, number).items():
                pending.setdefault(table, []).extend(rows)
            size += sum(
                len((record.get(key) or "").encode()) for key in ("title", "abstract", "author", "keywords", "aff")
            )
            number += 1
            if number % _BATCH == 0:
                _flush(path, writers, pending, people, structures)
        if works is None or number >= works:
            break
    _flush(path, writers, pending, people, structures)
    for writer in writers.values():
        writer.close()
    atlas = Atlas(path)
    atlas.write("authors", [{"author_id": key, "name": name} for key, name in people.items()])
    atlas.write(
        "institutions",
        [
            {"institution_id": key, "name": name, "region": REGIONS[len(name) % len(REGIONS)], "city": "Paris"}
            for key, name in structures.items()
        ],
    )
    atlas.write("databases", [{"database": name, "acronym": name.upper()} for name in DATABASES])
    return atlas, size


def _flush(
    path: Path,
    writers: dict[str, pyarrow.parquet.ParquetWriter],
    pending: dict[str, list[dict[str, Any]]],
    people: dict[str, str],
    structures: dict[str, str],
) -> None:
    for row in pending.get("authorships", ()):
        people.setdefault(row["author_id"], row["name"])
    for row in pending.get("affiliations", ()):
        structures.setdefault(row["institution_id"], row["raw"])
    for table, rows in pending.items():
        columns = table_specs()[table]["columns"]
        layout = pyarrow.schema([pyarrow.field(name, ARROW_TYPES[column["type"]]) for name, column in columns.items()])
        if table not in writers:
            writers[table] = pyarrow.parquet.ParquetWriter(path / f"{table}.parquet", layout, compression="zstd")
        writers[table].write_table(pyarrow.Table.from_pylist(rows, schema=layout))
        rows.clear()
