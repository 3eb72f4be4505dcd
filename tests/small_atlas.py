"""A small atlas that can be counted by hand, for the tests of networks, indicators, figures and exports."""

from pathlib import Path
from typing import Any

from carto_lib.tables import Atlas, to_json

PEOPLE = {"a": "Alain Weill", "b": "Zins Marie", "c": "Mahmoud Zureik", "d": "Goldberg, Marcel", "e": "Solo Person"}
WORKS: list[dict[str, Any]] = [
    {"work_id": "doi:10.1/1", "doi": "10.1/1", "title": "Diabète et <b>SNDS</b>", "year": 2020, "type": "article",
     "language": "fr", "journal": "Revue & Cie", "authors_complete": True, "is_retracted": False, "url": "https://x.org/1"},
    {"work_id": "doi:10.1/2", "doi": "10.1/2", "title": "=HYPERLINK(1)", "year": 2021, "type": "article",
     "language": "en", "authors_complete": True, "is_retracted": True},
    {"work_id": "doi:10.1/3", "doi": "10.1/3", "title": "Cancer {100%} of_all", "year": 2021, "type": "thesis",
     "language": "fr", "authors_complete": False},
    {"work_id": "title:0000000000000004", "title": "Sans année", "authors_complete": True},
    {"work_id": "title:0000000000000005", "title": "Not a use", "year": 2019, "type": "article"},
]  # fmt: skip
SIGNED = {"doi:10.1/1": "ab", "doi:10.1/2": "abc", "doi:10.1/3": "cd", "title:0000000000000004": "e"}
USES = [
    ("doi:10.1/1", "snds", "uses", "accepted"),
    ("doi:10.1/1", "pmsi", "uses", "accepted"),
    ("doi:10.1/2", "snds", "uses", "accepted"),
    ("doi:10.1/3", "elfe", "uses", "accepted"),
    ("doi:10.1/3", "snds", "uses", "review"),
    ("title:0000000000000004", "pmsi", "uses", "accepted"),
    ("title:0000000000000005", "snds", "mentions", "accepted"),
]
PLACES = [
    ("doi:10.1/1", 0, "ror:1", "FR"),
    ("doi:10.1/1", 1, "ror:2", "FR"),
    ("doi:10.1/2", 1, "ror:1", "FR"),
    ("doi:10.1/2", 2, "ror:3", "GB"),
]
INSTITUTIONS = [
    ("ror:1", "Inserm", "Paris", "Île-de-France", "FR", 48.85, 2.35, "public_research"),
    ("ror:2", "CHU de Lyon", "Lyon", "Auvergne-Rhône-Alpes", "FR", 45.76, 4.84, "hospital"),
    ("ror:3", "Pharma Ltd", "London", None, "GB", 51.5, -0.12, "company"),
]


def small_atlas(folder: Path) -> Atlas:
    """Write the atlas and return it."""
    atlas = Atlas(folder / "atlas")
    atlas.write("works", WORKS)
    atlas.write(
        "authorships",
        [
            {"work_id": work, "position": place, "author_id": f"name:{key}", "name": PEOPLE[key]}
            for work, keys in SIGNED.items()
            for place, key in enumerate(keys, 1)
        ],
    )
    atlas.write("authors", [{"author_id": f"name:{key}", "name": name} for key, name in PEOPLE.items()])
    atlas.write(
        "uses",
        [{"work_id": w, "database": d, "label": label, "decision": decision} for w, d, label, decision in USES],
    )
    atlas.write(
        "affiliations",
        [
            {"work_id": work, "position": position, "rank": 1, "institution_rank": 1, "institution_id": name,
             "country": country, "raw": name}
            for work, position, name, country in PLACES
        ],
    )  # fmt: skip
    names = ("institution_id", "name", "city", "region", "country", "lat", "lon", "sector")
    atlas.write(
        "institutions", [{**dict(zip(names, row, strict=True)), "parents": to_json([])} for row in INSTITUTIONS]
    )
    atlas.write(
        "databases",
        [
            {"database": "snds", "name_fr": "SNDS", "name_en": "SNDS", "acronym": "SNDS", "works": 4, "uses": 2},
            {"database": "pmsi", "name_fr": "PMSI", "name_en": "PMSI", "part_of": "snds", "works": 2, "uses": 2},
            {"database": "elfe", "name_fr": "Elfe", "name_en": "Elfe", "works": 1, "uses": 1},
        ],
    )
    return atlas
