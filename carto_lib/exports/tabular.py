"""Works as CSV and JSON."""

import csv
import io
import json
from typing import IO, Any

from carto_lib.exports.content import Stamp, exported_works
from carto_lib.tables import Atlas, table_specs

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutralised(value: Any) -> Any:
    """Return a cell that no spreadsheet reads as a formula: dangerous text gets a leading apostrophe (OWASP)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def write_csv(atlas: Atlas, stamp: Stamp, file: IO[bytes]) -> None:
    """Write a view's works as CSV (UTF-8 with its mark, for spreadsheets); the last columns hold the stamp."""
    names = [*table_specs()["works"]["columns"], "authors", "databases", "query", "exported_on", "carto_version"]
    marks = {"query": stamp.query, "exported_on": stamp.date, "carto_version": stamp.version}
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    for work in exported_works(atlas):
        related = "; ".join(f"{name} ({label})" for name, label in work["databases"].items())
        row = {**work, "authors": "; ".join(work["authors"]), "databases": related, **marks}
        writer.writerow({name: neutralised(value) for name, value in row.items()})
    text.detach()


def write_json(atlas: Atlas, stamp: Stamp, file: IO[bytes]) -> None:
    """Write a view's works as one JSON object: query, date, version, number of works, then the works."""
    content = {**stamp.as_dict(), "number": stamp.works, "works": list(exported_works(atlas))}
    file.write(json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8"))
