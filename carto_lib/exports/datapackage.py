"""Frictionless data packages: a folder's description, or a zip of a view's tables."""

import hashlib
import json
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import pyarrow.parquet

from carto_lib.exports.content import Stamp
from carto_lib.exports.tabular import neutralised
from carto_lib.tables import Atlas, table_specs, write_atomically

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
TYPES = {"str": "string", "json": "string", "int": "integer", "float": "number", "bool": "boolean"}
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def table_schema(table: str) -> dict[str, Any]:
    """Return the Table Schema of a table, with the data dictionary's French and English descriptions."""
    spec = table_specs()[table]
    fields = [
        {
            "name": name,
            "type": TYPES[column["type"]],
            "description": column["en"],
            "description_fr": column["fr"],
            **({"constraints": {"required": True}} if name in spec["key"] else {}),
        }
        for name, column in spec["columns"].items()
    ]
    return {"fields": fields, "primaryKey": spec["key"]}


def write_datapackage(folder: str | Path) -> None:
    """Describe a corpus or an atlas in its ``datapackage.json``: schema, rows, size and hash of each table.

    The same tables give the same file, byte for byte.

    Raises
    ------
    TableError
        If the file can't be written.
    """
    root = Path(folder)
    files = [(name, root / f"{name}.parquet") for name in table_specs()]
    networks = sorted((root / "networks").glob("*.parquet"))
    files += [(path.name.split(".")[1], path) for path in networks]
    resources = [_resource(root, table, path) for table, path in files if path.is_file()]
    package = {
        "$schema": PROFILE,
        "name": root.name,
        "title": f"Carto: {root.name}",
        "version": version("carto-sante"),
        "resources": resources,
    }
    text = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    write_atomically(root / "datapackage.json", lambda file: file.write(text.encode("utf-8")))


def _resource(root: Path, table: str, path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    relative = path.relative_to(root)
    return {
        "name": relative.with_suffix("").as_posix().replace("/", "-").replace(".", "-").lower(),
        "path": relative.as_posix(),
        "title": table_specs()[table]["en"],
        "title_fr": table_specs()[table]["fr"],
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "rows": pyarrow.parquet.read_metadata(path).num_rows,
        "bytes": path.stat().st_size,
        "hash": f"sha256:{digest}",
        "schema": table_schema(table),
    }


def write_package_zip(atlas: Atlas, stamp: Stamp, file: IO[bytes]) -> None:
    """Write a view's tables as CSV in one zip with their ``datapackage.json``."""
    resources = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in table_specs():
            if not atlas.has(table):
                continue
            frame = atlas.table(table)
            texts = frame.select_dtypes("str").columns
            content = (
                frame.assign(**{name: frame[name].map(neutralised) for name in texts}).to_csv(index=False).encode()
            )
            archive.writestr(_member(f"{table}.csv"), content)
            resources.append(
                {
                    "name": table,
                    "path": f"{table}.csv",
                    "title": table_specs()[table]["en"],
                    "format": "csv",
                    "mediatype": "text/csv",
                    "encoding": "utf-8",
                    "rows": len(frame),
                    "bytes": len(content),
                    "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
                    "schema": table_schema(table),
                }
            )
        package = {
            "$schema": PROFILE,
            "name": "carto-export",
            "title": str(stamp),
            "created": f"{stamp.date}T00:00:00Z",
            "version": stamp.version,
            "query": stamp.query,
            "resources": resources,
        }
        archive.writestr(_member("datapackage.json"), json.dumps(package, ensure_ascii=False, indent=1))


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, ZIP_DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member
