"""A small invented atlas for the pages' tests."""

from pathlib import Path

from carto_lib.networks import write_networks
from carto_lib.search import build_index
from carto_lib.tables import Atlas, to_json
from carto_lib.themes import write_themes

HOSTILE = '<img src=x onerror="window.hostile=1"><script>window.hostile=1</script> & "diabète" {{7*7}}'
PEOPLE = ("Anne Martin", "Luc Bernard", "Zoé Petit", "Omar Haddad", "Inès Roux", "Paul Lefèvre")
PLACES = (("Paris", "Île-de-France", 48.85, 2.35), ("Rennes", "Bretagne", 48.11, -1.68))


def make_atlas(path: Path, works: int = 30) -> Atlas:
    """Write an atlas of invented works: three databases, six people, two institutions, one hostile title."""
    atlas = Atlas(path)
    ids = [f"doi:10.1234/{number}" for number in range(works)]
    names = ("snds", "pmsi", "e3n")
    atlas.write(
        "works",
        [
            {
                "work_id": work,
                "title": HOSTILE if number == 0 else f"Diabetes and treatment number {number} in the SNDS",
                "year": None if number == 1 else 2010 + number % 12,
                "type": "article" if number % 5 else "review",
                "language": "en" if number % 3 else "fr",
                "journal": "A <b>Journal</b>",
                "doi": f"10.1234/{number}",
                "is_retracted": number == 2,
            }
            for number, work in enumerate(ids)
        ],
    )
    atlas.write(
        "uses",
        [
            {
                "work_id": work,
                "database": names[number % 3],
                "label": "uses" if number % 4 else "describes",
                "decision": "accepted",
                "decided_by": "rule",
                "score": 0.9,
                "evidence": f"We used the SNDS <i>{number}</i> of France.",
                "version": "1",
            }
            for number, work in enumerate(ids)
        ],
    )
    atlas.write(
        "mentions",
        [
            {"work_id": work, "database": names[number % 3], "field": "title", "start": 0, "end": 4, "name": "SNDS",
             "rule": "short_name", "passage": "SNDS"}
            for number, work in enumerate(ids)
        ],
    )  # fmt: skip
    signatures = [
        {
            "work_id": work,
            "position": place + 1,
            "author_id": f"name:{who}",
            "name": PEOPLE[who],
            "corresponding": False,
        }
        for number, work in enumerate(ids)
        for place, who in enumerate(sorted({number % 6, (number + 1) % 6}))
    ]
    atlas.write("authorships", signatures)
    atlas.write(
        "authors",
        [{"author_id": f"name:{who}", "name": name, "variants": to_json([name])} for who, name in enumerate(PEOPLE)],
    )
    atlas.write(
        "affiliations",
        [
            {"work_id": work, "position": 1, "rank": 1, "institution_rank": 1, "raw": "x", "country": "FR",
             "institution_id": f"ror:{number % 2}"}
            for number, work in enumerate(ids)
        ],
    )  # fmt: skip
    atlas.write(
        "institutions",
        [
            {"institution_id": f"ror:{number}", "name": f"Institut de {city}", "kind": "unit", "country": "FR",
             "city": city, "region": region, "lat": lat, "lon": lon, "parents": "[]"}
            for number, (city, region, lat, lon) in enumerate(PLACES)
        ],
    )  # fmt: skip
    atlas.write("access", [{"work_id": work, "source": "test", "oa_colour": "gold"} for work in ids[:10]])
    atlas.write(
        "databases",
        [
            {"database": name, "name_fr": name.upper(), "name_en": name.upper(), "acronym": name.upper()}
            for name in names
        ],
    )
    for table in ("topics", "provenance"):
        atlas.write(table, [])
    write_networks(atlas)
    write_themes(atlas)
    build_index(atlas)
    return atlas
