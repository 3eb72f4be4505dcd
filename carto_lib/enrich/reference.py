"""Reference data: ROR and RNSR, from local copies, a pinned download, or the small table of facts of the repository."""

import csv
import gzip
import hashlib
import io
import json
import math
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, cast

import pyarrow

from carto_lib.enrich.cache import cache_folder, cached_table
from carto_lib.enrich.places import Places
from carto_lib.enrich.reference_formats import Structure, rnsr_structure, ror_structure
from carto_lib.errors import ReferenceDataError
from carto_lib.settings import PROJECT_ROOT, reference_dir
from carto_lib.text import fold

EMBEDDED_FILE = PROJECT_ROOT / "data" / "reference" / "institutions.csv"
FORMAT = 8
BATCH = 5_000  # organisations held as Python objects while a reference is prepared
BLOCK = 1 << 16  # bytes or characters read at once
ROR_PIN = {
    "version": "v2.12 (2026-08-25)",
    "url": "https://zenodo.org/records/22099990/files/v2.12-2026-08-25-ror-data.zip",
    "file": "v2.12-2026-08-25-ror-data.zip",
    "hash": "sha256:5779c7baf71771fd8ea829201e7bd4343a3c68ff36c595f480b3a00292f78931",
}
RNSR_PIN = {
    "version": "2019",
    "url": "https://raw.githubusercontent.com/Inist-CNRS/ezs/9e083f7f0ff1a3634b6f920a33a982d3262c2686"
    "/packages/conditor/data/RNSR-2019.json",
    "file": "RNSR-2019.json",
    "hash": "sha256:81e88679661417aca57f6b788ce4e417e65805df3f4f67ce16b9bb01360d84ef",
}
SCHEMA = pyarrow.schema(
    [
        *(
            (name, pyarrow.string())
            for name in ("institution_id", "name", "acronym", "kind", "sector", "city", "region")
        ),
        *((name, pyarrow.string()) for name in ("country", "status", "twin")),
        ("lat", pyarrow.float64()),
        ("lon", pyarrow.float64()),
        ("founded", pyarrow.int64()),
        ("closed", pyarrow.int64()),
        ("names", pyarrow.list_(pyarrow.list_(pyarrow.string()))),
        ("parents", pyarrow.list_(pyarrow.string())),
        ("labels", pyarrow.list_(pyarrow.string())),
    ]
)


@dataclass(frozen=True)
class Reference:
    """Structures of ROR and RNSR, and which versions they come from.

    ``table`` has the columns of `Structure`, one row a structure; ``fingerprint`` changes with the files.
    """

    table: pyarrow.Table
    versions: dict[str, str]
    fingerprint: str
    _known: dict[int, Structure] = field(default_factory=dict, repr=False)

    @cached_property
    def rows(self) -> dict[str, int]:
        """``{institution_id: row}``."""
        return {key: row for row, key in enumerate(self.column("institution_id"))}

    def column(self, name: str) -> list[Any]:
        """Return a column of every structure."""
        column = self.table.column(name)
        if not pyarrow.types.is_string(column.type) or name == "institution_id":
            values: list[Any] = column.to_pylist()
            return values
        encoded = column.combine_chunks().dictionary_encode()
        words = [*encoded.dictionary.to_pylist(), None]
        return [words[place] for place in encoded.indices.fill_null(-1).to_pylist()]

    def forget(self) -> None:
        """Let go of the structures read so far."""
        self._known.clear()

    def structure(self, row: int) -> Structure:
        """Return the structure of a row."""
        if row not in self._known:
            fields = self.table.slice(row, 1).to_pylist()[0]
            fields["names"] = tuple((text, kind) for text, kind in fields["names"])
            self._known[row] = Structure(**(fields | {key: tuple(fields[key]) for key in ("parents", "labels")}))
        return self._known[row]

    def get(self, institution_id: str) -> Structure | None:
        """Return a structure by its ``institution_id``, or None."""
        row = self.rows.get(institution_id)
        return None if row is None else self.structure(row)


def load_reference(folder: Path | None = None, *, places: Places | None = None) -> Reference:
    """Load ROR and RNSR.

    From ``folder``, else ``CARTO_REFERENCE``, else the pinned download where `download_reference` has put
    it, else the table of facts embedded for the demo corpus. Local copies are not held to the pinned hash;
    their schema is checked and their version reported.

    Raises
    ------
    ReferenceDataError
        If a file is missing, truncated or of another schema.
    """
    folder = folder or reference_dir()
    if folder is not None:
        files = (
            _find(folder, "ror", ("*latest*.jsonl*", "*.jsonl*", "*ror-data*.zip", "*.json*")),
            _find(folder, "rnsr", ("*.json*",)),
        )
    else:
        files = cache_folder() / ROR_PIN["file"], cache_folder() / RNSR_PIN["file"]
        if not all(file.is_file() for file in files):
            return _embedded()
    ror, rnsr = files
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as content:
            while block := content.read(BLOCK):
                digest.update(block)
    fingerprint = f"structures-{FORMAT}-{digest.hexdigest()[:16]}"
    table = cached_table(fingerprint, lambda: _build(ror, rnsr, places or Places()))
    return Reference(table, {"ror": _ror_version(ror, table), "rnsr": _rnsr_version(rnsr)}, fingerprint)


def download_reference() -> Path:
    """Download ROR and RNSR, the pinned versions, and check their hashes; return their folder.

    Raises
    ------
    ReferenceDataError
        If a download fails or doesn't have the pinned hash.
    """
    import pooch

    for pin in (ROR_PIN, RNSR_PIN):
        try:
            pooch.retrieve(pin["url"], known_hash=pin["hash"], fname=pin["file"], path=cache_folder())
        except (OSError, ValueError) as error:
            raise ReferenceDataError(
                f"{pin['url']} ({pin['version']}) can't be had: {error}; "
                "try later, or point CARTO_REFERENCE to local copies"
            ) from error
    return cache_folder()


def _find(folder: Path, name: str, patterns: tuple[str, ...]) -> Path:
    for pattern in patterns:
        files = sorted((folder / name).glob(pattern))
        if files:
            return files[-1]
    raise ReferenceDataError(f"no {name.upper()} file in {folder / name}: put one there, or unset CARTO_REFERENCE")


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    """Open a file, plain, gzipped or zipped, for reading; what is wrong with its bytes becomes one sentence."""
    try:
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                names = [name for name in archive.namelist() if name.endswith(".json")]
                with archive.open(names[0]) as content:
                    yield content
        else:
            with cast(IO[bytes], gzip.open(file)) if file.suffix == ".gz" else file.open("rb") as content:
                yield content
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, zipfile.BadZipFile, IndexError) as error:
        raise ReferenceDataError(f"{file.name} is truncated or unreadable ({error}): download it again") from error


def _ror_records(file: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the records of ROR, one at a time, from an array or from lines, each with its place for errors."""
    with _opened(file) as content:
        lines = io.TextIOWrapper(content, encoding="utf-8")
        first = next((line for line in lines if line.strip()), "")
        if first.lstrip().startswith("["):
            yield from _array(file, first.lstrip()[1:], lines)
            return
        for rank, line in enumerate(chain([first] if first else [], lines), 1):
            try:
                yield json.loads(line), f"{file.name}, line {rank}"
            except json.JSONDecodeError as error:
                raise ReferenceDataError(f"{file.name} is truncated at line {rank}: download it again") from error


def _array(file: Path, text: str, content: IO[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the records of a JSON array after its bracket, read block by block: whole, a dump takes 600 MB."""
    decoder, rank = json.JSONDecoder(), 1
    while not (text := text.lstrip(" \t\r\n,")).startswith("]"):
        try:
            record, end = decoder.raw_decode(text)
        except json.JSONDecodeError as error:
            block = content.read(BLOCK)
            if not block or error.pos < len(text) - BLOCK:
                raise ReferenceDataError(f"{file.name} is truncated at record {rank}: download it again") from error
            text += block
            continue
        yield record, f"{file.name}, record {rank}"
        text, rank = text[end:], rank + 1


def _rnsr_records(file: Path) -> list[dict[str, Any]]:
    try:
        with _opened(file) as content:
            records: list[dict[str, Any]] = json.load(content)["structures"]["structure"]
    except json.JSONDecodeError as error:
        raise ReferenceDataError(f"{file.name} is truncated at line {error.lineno}: download it again") from error
    except (KeyError, TypeError) as error:
        raise ReferenceDataError(
            f"{file.name} isn't an RNSR file (no structures.structure): download it again"
        ) from error
    return records


def _build(ror: Path, rnsr: Path, places: Places) -> pyarrow.Table:
    """Return the table of structures; only French ones, to which RNSR is compared, are held as objects all at once."""
    french: list[Structure] = []

    def organisations() -> Iterator[Structure]:
        for record, where in _ror_records(ror):
            structure = _harmonised(ror_structure(record, where), places)
            if structure.status != "withdrawn":
                if structure.country == "FR":
                    french.append(structure)
                yield structure

    waiting = organisations()
    tables = [_table(batch) for batch in iter(lambda: list(islice(waiting, BATCH)), [])]
    if not tables:
        raise ReferenceDataError(f"{ror.name} holds no organisation: download it again")
    tables.append(_table(_units(rnsr, french, places)))
    return pyarrow.concat_tables(tables).sort_by("institution_id")


def _table(structures: Iterable[Structure]) -> pyarrow.Table:
    return pyarrow.Table.from_pylist([structure._asdict() for structure in structures], schema=SCHEMA)


def _units(rnsr: Path, french: list[Structure], places: Places) -> Iterator[Structure]:
    """Yield the structures of RNSR, each with its tutelles and its twin among the French organisations of ROR."""
    bodies = {
        fold(text): structure.institution_id
        for structure in sorted(french, key=lambda structure: structure.status == "active")
        if structure.kind != "unit"
        for text, kind in structure.names
        if kind != "acronym" or structure.sector == "public_research"
    }
    twins = _labels_of(french)
    for rank, record in enumerate(_rnsr_records(rnsr), 1):
        structure = rnsr_structure(record, bodies, f"{rnsr.name}, structure {rank}")
        city = next(iter(places.cities_named(fold(structure.city or ""), "FR")), None)
        if city:
            structure = structure._replace(city=city.name, lat=city.lat, lon=city.lon, region=city.region)
        yield structure._replace(twin=_twin(structure, twins))


def _harmonised(structure: Structure, places: Places) -> Structure:
    """Give a French structure the official name of its region: that of the nearest city of its city's name."""
    if structure.country != "FR" or structure.lat is None or structure.lon is None:
        return structure._replace(region=None)
    here = (structure.lat, structure.lon)
    named = places.cities_named(fold(structure.city or ""), "FR") or list(places.around(*here))
    nearest = min(named, key=lambda city: math.dist(here, (city.lat, city.lon)), default=None)
    return structure._replace(region=nearest.region if nearest else None)


def _labels_of(french: list[Structure]) -> dict[str, list[Structure]]:
    found: dict[str, list[Structure]] = {}
    for structure in french:
        if structure.kind in ("unit", "university", "other", "agency"):
            for key in {" ".join(label.split()[:2]) for label in structure.labels} | {
                fold(text) for text, kind in structure.names if kind != "acronym" and len(fold(text).split()) > 2
            }:
                found.setdefault(key, []).append(structure)
    return found


def _twin(structure: Structure, ror: dict[str, list[Structure]]) -> str | None:
    """Return the ROR record of the same unit: same name, or same number and near the same city."""
    for text in (name for name, kind in structure.names if kind != "acronym"):
        same = ror.get(fold(text), [])
        if len(same) == 1 and _near(same[0], structure):
            return same[0].institution_id
    for label in structure.labels:
        kind, number = label.split()[:2]
        for spelling in {kind, *(("u", "umr", "umrs") if "inserm" in label else ())}:
            same = [other for other in ror.get(f"{spelling} {number}", []) if _near(other, structure)]
            if len(same) == 1:
                return same[0].institution_id
    return None


def _near(one: Structure, other: Structure) -> bool:
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return False
    return math.dist((one.lat, one.lon), (other.lat, other.lon)) < 0.4


def _ror_version(file: Path, table: pyarrow.Table) -> str:
    named = re.search(r"v\d+\.\d+(?:-\d{4}-\d{2}-\d{2})?", file.name)
    count = sum(1 for key in table.column("institution_id").to_pylist() if key.startswith("ror:"))
    return f"{named[0] if named else file.name} ({count} organisations)"


def _rnsr_version(file: Path) -> str:
    named = re.search(r"\d{4}", file.name)
    return named[0] if named else file.name


def _embedded() -> Reference:
    """Return the table of facts of the demo corpus (ROR: CC0; RNSR: Licence Ouverte)."""
    try:
        with EMBEDDED_FILE.open(encoding="utf-8", newline="") as file:
            rows = [_from_csv(row) for row in csv.DictReader(file)]
    except FileNotFoundError as error:
        raise ReferenceDataError(f"no {EMBEDDED_FILE.name}: set CARTO_REFERENCE to copies of ROR and RNSR") from error
    digest = hashlib.sha256(EMBEDDED_FILE.read_bytes()).hexdigest()[:16]
    table = pyarrow.Table.from_pylist(rows, schema=SCHEMA)
    return Reference(table, {"embedded": f"{len(rows)} structures"}, f"embedded-{FORMAT}-{digest}")


def _from_csv(row: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: row[name] or None for name in SCHEMA.names}
    for name in ("names", "parents", "labels"):
        values[name] = json.loads(row[name])
    for name, number in (("lat", float), ("lon", float), ("founded", int), ("closed", int)):
        values[name] = number(row[name]) if row[name] else None
    return values


def write_embedded(reference: Reference, institution_ids: set[str], file: Path = EMBEDDED_FILE) -> int:
    """Write the embedded table: the structures given and all their parents; return how many."""
    kept: dict[str, Structure] = {}
    wanted = list(institution_ids)
    while wanted:
        structure = reference.get(wanted.pop())
        if structure and structure.institution_id not in kept:
            kept[structure.institution_id] = structure
            wanted += [*structure.parents, *([structure.twin] if structure.twin else [])]
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, SCHEMA.names, lineterminator="\n")
        writer.writeheader()
        for _, structure in sorted(kept.items()):
            fields = structure._asdict()
            for name in ("names", "parents", "labels"):
                fields[name] = json.dumps(fields[name], ensure_ascii=False, separators=(",", ":"))
            writer.writerow(fields)
    return len(kept)
