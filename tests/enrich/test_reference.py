"""Reference data: local copies, the embedded facts, and what is wrong with a bad file."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from carto_lib.enrich import cache, reference
from carto_lib.enrich.reference import EMBEDDED_FILE, download_reference, load_reference
from carto_lib.errors import ReferenceDataError

ROR_2 = {
    "id": "https://ror.org/05qec5a53",
    "names": [
        {"value": "CHU de Rennes", "types": ["label", "ror_display"], "lang": "fr"},
        {"value": "CHUR", "types": ["acronym"]},
    ],
    "types": ["healthcare"],
    "established": 1737,
    "status": "active",
    "locations": [
        {
            "geonames_details": {
                "name": "Rennes",
                "country_code": "FR",
                "lat": 48.1,
                "lng": -1.7,
                "country_subdivision_name": "Brittany",
            }
        }
    ],
    "relationships": [{"type": "parent", "id": "https://ror.org/02vjkv261", "label": "Inserm"}],
}
ROR_1 = {
    "id": "https://ror.org/02vjkv261",
    "name": "Inserm",
    "labels": [],
    "aliases": ["INSERM U1018"],
    "acronyms": ["INSERM"],
    "types": ["Government"],
    "status": "active",
    "country": {"country_code": "FR"},
    "addresses": [{"city": "Paris", "lat": 48.8, "lng": 2.3}],
    "relationships": [],
}
UNIT = {
    "num_nat_struct": "201019083D",
    "intitule": "Centre de recherche",
    "sigle": "CESP",
    "ville_postale": "VILLEJUIF CEDEX",
    "annee_creation": "2010",
    "an_fermeture": "2016",
    "etabAssoc": [{"etab": {"sigle": "INSERM", "libelle": "Inserm"}, "label": "U", "numero": "1018"}],
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = cache.cache_folder()
    folder = tmp_path / "cache"
    folder.mkdir()
    for file in places.glob("places-*.parquet"):
        (folder / file.name).symlink_to(file)
    monkeypatch.setattr(cache, "cache_folder", lambda: folder)
    monkeypatch.setattr(reference, "cache_folder", lambda: folder)
    monkeypatch.delenv("CARTO_REFERENCE", raising=False)


def write(folder: Path, ror: bytes | None = None, rnsr: bytes | None = None) -> Path:
    (folder / "ror").mkdir(parents=True)
    (folder / "rnsr").mkdir()
    lines = "\n".join(json.dumps(record) for record in (ROR_1, ROR_2)).encode()
    (folder / "ror" / "v9.9-2030-01-01-ror.jsonl.gz").write_bytes(gzip.compress(lines) if ror is None else ror)
    units = json.dumps({"structures": {"structure": [UNIT]}}).encode()
    (folder / "rnsr" / "RNSR-2031.json.gz").write_bytes(gzip.compress(units) if rnsr is None else rnsr)
    return folder


def test_both_schemas_and_the_version_found(tmp_path: Path) -> None:
    loaded = load_reference(write(tmp_path / "reference"))
    assert loaded.versions == {"ror": "v9.9-2030-01-01 (2 organisations)", "rnsr": "2031"}
    hospital, body, unit = (loaded.get(key) for key in ("ror:05qec5a53", "ror:02vjkv261", "rnsr:201019083D"))
    assert hospital and body and unit
    assert (hospital.kind, hospital.parents, hospital.public_id) == (
        "hospital",
        ("ror:02vjkv261",),
        "https://ror.org/05qec5a53",
    )
    assert (body.sector, body.labels) == ("public_research", ("u 1018 inserm",))
    assert (hospital.founded, body.founded, unit.founded, unit.closed) == (1737, None, 2010, 2016)
    assert (unit.city, unit.region, unit.parents) == ("Villejuif", "Île-de-France", ("ror:02vjkv261",))


def test_an_array_is_read_by_blocks_as_lines_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = load_reference(write(tmp_path / "lines")).table
    monkeypatch.setattr(reference, "BLOCK", 100)
    array = gzip.compress(b" " + json.dumps([ROR_1, ROR_2], indent=2).encode() + b"\n")
    assert load_reference(write(tmp_path / "array", array)).table.equals(lines)


@pytest.mark.parametrize(
    ("ror", "rnsr", "sentence"),
    [
        (b"not gzip", None, "truncated or unreadable"),
        (gzip.compress(json.dumps(ROR_2).encode())[:-20], None, "truncated or unreadable"),
        (gzip.compress(json.dumps(ROR_2).encode()[:-9]), None, "truncated at line 1"),
        (gzip.compress(b'{"id": "https://ror.org/1", "title": "x"}'), None, "line 1: no ROR record of schema 1 or 2"),
        (gzip.compress(b""), None, "holds no organisation"),
        (gzip.compress(b"[]"), None, "holds no organisation"),
        (gzip.compress(json.dumps([ROR_1, ROR_2]).encode()[:-9]), None, "truncated at record 2"),
        (gzip.compress(b"[{'id': 1}" + b" " * 200_000), None, "truncated at record 1"),
        (None, gzip.compress(b'{"structures": {"structure": [{"numero": 1}]}}'), "not an RNSR record"),
        (None, gzip.compress(b"[]"), "isn't an RNSR file"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, ror: bytes | None, rnsr: bytes | None, sentence: str) -> None:
    with pytest.raises(ReferenceDataError, match=sentence):
        load_reference(write(tmp_path / "reference", ror, rnsr))


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="no ROR file in"):
        load_reference(tmp_path)


def test_embedded_facts_need_nothing() -> None:
    loaded = load_reference()
    assert "embedded" in loaded.versions
    assert loaded.get("ror:02vjkv261")
    assert EMBEDDED_FILE.stat().st_size < 300_000


def test_a_download_is_held_to_its_hash(httpserver, monkeypatch: pytest.MonkeyPatch) -> None:
    body = gzip.compress(b"{}")
    for name, pin in (("ror", reference.ROR_PIN), ("rnsr", reference.RNSR_PIN)):
        httpserver.expect_request(f"/{name}").respond_with_data(body)
        monkeypatch.setitem(pin, "url", httpserver.url_for(f"/{name}"))
        monkeypatch.setitem(pin, "hash", "sha256:" + hashlib.sha256(body).hexdigest())
    assert (download_reference() / reference.ROR_PIN["file"]).read_bytes() == body
    (cache.cache_folder() / reference.ROR_PIN["file"]).unlink()
    monkeypatch.setitem(reference.ROR_PIN, "hash", "sha256:" + "0" * 64)
    with pytest.raises(ReferenceDataError, match="can't be had"):
        download_reference()


def test_real_reference_files(shared: Path) -> None:
    loaded = load_reference(shared / "reference")
    assert loaded.table.num_rows > 50_000
    assert loaded.versions["rnsr"] == "2019"
