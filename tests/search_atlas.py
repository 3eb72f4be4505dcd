"""A small atlas to search: sixty works of six titles, in two languages."""

from pathlib import Path

from carto_lib.search import build_index
from carto_lib.tables import Atlas

PEOPLE = ("weill", "zureik", "moulis")
TITLES = [
    ("Diabète et insuffisance rénale chronique dans le SNDS", "fr", "snds", "uses"),
    ("Gestational diabetes in France: a nationwide cohort", "en", "pmsi", "uses"),
    ("Smoking and cannabis in the CONSTANCES cohort", "en", "constances", "describes"),
    ("Psychotropic drugs and benzodiazepines: the EGB sample", "en", "egb", "uses"),
    ("<script>alert(1)</script> & the p < 0.05 of L04AB02", "en", "snds", "mentions"),
    ("L’hospitalisation pour COVID-19 en France", "fr", "pmsi", "mentions"),
]


def make_search_atlas(folder: Path) -> Atlas:
    """Write sixty works and their index."""
    atlas = Atlas(folder)
    works, uses, authorships, affiliations = [], [], [], []
    for number in range(60):
        title, language, database, label = TITLES[number % 6]
        work = f"doi:10.1/{number:03d}"
        year = None if number % 11 == 0 else 2010 + number % 9
        works.append(
            {
                "work_id": work,
                "doi": work[4:],
                "title": title,
                "language": language,
                "year": year,
                "type": ("article", "thesis")[number % 2],
                "journal": "Revue",
                "is_retracted": number == 3,
            }
        )
        uses.append({"work_id": work, "database": database, "label": label, "decision": "accepted"})
        if number % 4 == 0:
            uses.append({"work_id": work, "database": "rein", "label": "mentions", "decision": "accepted"})
        person = PEOPLE[number % 3]
        authorships.append(
            {"work_id": work, "position": 1, "author_id": f"name:{person}", "name": f"A. {person.title()}"}
        )
        affiliations.append({"work_id": work, "position": 1, "rank": 1, "institution_rank": 1, "raw": "CHU",
                             "institution_id": "ror:1" if number % 3 == 0 else "ror:2"})  # fmt: skip
    tables = {
        "works": works, "uses": uses, "authorships": authorships, "affiliations": affiliations, "mentions": [],
        "authors": [{"author_id": f"name:{name}", "name": f"Alain {name.title()}"} for name in PEOPLE],
        "institutions": [
            {"institution_id": "ror:1", "name": "CHU de Toulouse", "city": "Toulouse", "region": "Occitanie",
             "lat": 43.60, "lon": 1.44},
            {"institution_id": "ror:2", "name": "Inserm", "city": "Paris", "region": "Île-de-France"},
            {"institution_id": "ror:3", "name": "Clinique", "city": "Balma", "region": "Occitanie", "lat": 43.61,
             "lon": 1.5},
        ],
        "topics": [
            {"work_id": work["work_id"], "scheme": "mesh", "term_id": f"D{number % 4}",
             "label_en": f"Topic {number % 4}", "label_fr": f"Sujet {number % 4}"}
            for number, work in enumerate(works) if number % 5
        ],
        "access": [
            {"work_id": work["work_id"], "source": source, "oa_colour": colour}
            for number, work in enumerate(works) if number % 3
            for source, colour in (("a", ("gold", "closed")[number % 2]), ("b", ("green", "closed")[number % 2]))
        ],
        "databases": [{"database": name} for name in ("constances", "egb", "pmsi", "rein", "snds")],
    }  # fmt: skip
    for name, rows in tables.items():
        atlas.write(name, rows)
    assert build_index(atlas) == 60
    return atlas
