"""People and structures that answer a question, with their works as evidence."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from carto_lib.search.analysis import STOP_WORDS, plain_words
from carto_lib.search.index import open_index
from carto_lib.search.question import NEARNESS, QUESTION_WORDS
from carto_lib.search.results import Search, search_ids
from carto_lib.tables import Atlas

MOST_WORKS = 1_000
LONGEST_PLACE = 4
AROUND = 30.0  # kilometres
KILOMETRES_A_DEGREE = 111.2  # of latitude


@dataclass(frozen=True)
class Found:
    """A person or a structure, with the works that answer the question.

    Attributes
    ----------
    score : float
        Sum of the scores of its works for the question.
    works : tuple of str
        work_id of the evidence, the best first.
    places : tuple of str
        Places asked for that its affiliations name.
    place_of : str
        ``person``: printed for this person; ``work``: printed for the work as a whole only; ``""``: no place asked.
    lacking : tuple of str
        Parts of the question (``database``, ``subject``, ``place``) that none of its works answers.
    """

    identifier: str
    name: str
    score: float
    works: tuple[str, ...]
    places: tuple[str, ...] = ()
    place_of: str = ""
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Question:
    """The works that answer each part of a question, their scores, and the affiliations that name its places."""

    parts: dict[str, frozenset[str]]
    scores: dict[str, float]
    places: frozenset[str]
    there: pd.DataFrame

    @property
    def works(self) -> frozenset[str]:
        """The works that answer a part of the question; those of its places where nothing else finds any."""
        return frozenset().union(*self.parts.values()) or frozenset(self.there["work_id"])

    @property
    def leads(self) -> frozenset[str]:
        """Those of the works that answer best, whose people and structures are compared."""
        return self.works & self.scores.keys() or self.works


def search_people(atlas: Atlas, question: str, limit: int = 20, language: str = "fr") -> list[Found]:
    """Return who answers a question such as "who works with EGB on psychotropics around Toulouse?".

    The question's parts (the databases, the subject, the place) may be answered by different works of a person. If
    nobody answers all of them, those who answer the most are given, with what is ``lacking``. "Around" a city takes the
    cities less than 30 km away. An affiliation printed for a work as a whole counts for nobody alone: the people whose
    place is so come after, with ``place_of="work"``.
    """
    asked = _read(atlas, question, language)
    people = atlas.authorships[["work_id", "position", "author_id"]].dropna(subset=["author_id"])
    people = people[people["author_id"].isin(people.loc[people["work_id"].isin(asked.leads), "author_id"])]
    there = asked.there[["work_id", "position", "place"]]
    own = people.merge(there[there["position"] > 0], on=["work_id", "position"]).assign(way="person")
    printed = people.merge(there.loc[there["position"] == 0, ["work_id", "place"]], on="work_id").assign(way="work")
    rows = pd.concat([people, own, printed]).rename(columns={"author_id": "owner"})
    names = dict(zip(atlas.authors["author_id"], atlas.authors["name"], strict=True))
    return _ranked(rows, names, asked)[:limit]


def search_institutions(atlas: Atlas, question: str, limit: int = 20, language: str = "fr") -> list[Found]:
    """Return the structures that answer a question, with their works as evidence (see `search_people`)."""
    asked = _read(atlas, question, language)
    structures = atlas.affiliations[["work_id", "institution_id"]].dropna()
    kept = structures.loc[structures["work_id"].isin(asked.leads), "institution_id"]
    structures = structures[structures["institution_id"].isin(kept)]
    there = asked.there[["work_id", "institution_id", "place"]].assign(way="")
    rows = pd.concat([structures, there[there["institution_id"].isin(kept)]])
    names = dict(zip(atlas.institutions["institution_id"], atlas.institutions["name"], strict=True))
    return _ranked(rows.rename(columns={"institution_id": "owner"}), names, asked)[:limit]


def _ranked(rows: pd.DataFrame, names: dict[str, str], asked: _Question) -> list[Found]:
    """Return the owners of works that answer the most parts of a question, the best first."""
    found = []
    for owner, own in rows.groupby("owner"):
        works = frozenset(own["work_id"])
        places = tuple(sorted(set(own["place"].dropna()))) if asked.places else ()
        lacking = tuple(name for name, answers in asked.parts.items() if works.isdisjoint(answers))
        lacking += ("place",) if asked.places and not places else ()
        evidence = tuple(sorted(works & asked.works, key=lambda work: (-asked.scores.get(work, 0.0), work)))
        score = round(sum(asked.scores.get(work, 0.0) for work in evidence), 4)
        way = min(own["way"].dropna(), default="") if places else ""
        found.append(Found(str(owner), names.get(str(owner), str(owner)), score, evidence, places, way, lacking))
    least = min((len(item.lacking) for item in found), default=0)
    found = [item for item in found if len(item.lacking) == least]
    return sorted(found, key=lambda item: (item.place_of == "work", -item.score, item.name))


def _read(atlas: Atlas, question: str, language: str) -> _Question:
    """Part a question into its places, its databases and its subject, and find what answers each."""
    home = atlas.institutions.set_index("institution_id")
    affiliations = atlas.affiliations
    cities = affiliations["city"].fillna(affiliations["institution_id"].map(home["city"]))
    regions = affiliations["institution_id"].map(home["region"])
    words = plain_words(question)
    around = not NEARNESS.isdisjoint(words)
    places, words = _without_places(words, {*cities.dropna(), *regions.dropna()})
    places = _neighbours(places, atlas.institutions) if around else places
    vocabulary = open_index(atlas).vocabulary
    databases: set[str] = set()
    subject: list[str] = []
    while words:
        length, concepts = vocabulary.at(words, 0)
        named = {concept.database for concept in concepts if concept.database}
        databases |= named
        subject += [] if named else [word for word in words[: length or 1] if length or word not in _IGNORED]
        words = words[length or 1 :]
    parts: dict[str, frozenset[str]] = {}
    if databases:
        uses = atlas.uses[atlas.uses["database"].isin(databases) & (atlas.uses["label"] != "none")]
        parts["database"] = frozenset(uses["work_id"])
    if subject:
        parts["subject"] = frozenset(search_ids(atlas, " ".join(subject), language=language))
    place = cities.where(cities.isin(places), regions.where(regions.isin(places)))
    there = affiliations.assign(place=place).dropna(subset=["place"])
    return _Question(parts, _scores(atlas, [*sorted(databases), *subject], language), places, there)


_IGNORED = STOP_WORDS | QUESTION_WORDS


def _neighbours(places: frozenset[str], institutions: pd.DataFrame) -> frozenset[str]:
    """Return places with the cities around them, by the coordinates of the institutions."""
    cities = institutions.dropna(subset=["city", "lat", "lon"]).groupby("city")[["lat", "lon"]].mean()
    found = set(places)
    for centre in cities.loc[cities.index.isin(places)].itertuples():
        north = KILOMETRES_A_DEGREE * (cities["lat"] - centre.lat)
        east = KILOMETRES_A_DEGREE * (cities["lon"] - centre.lon) * math.cos(math.radians(centre.lat))
        found |= set(cities.index[north**2 + east**2 <= AROUND**2])
    return frozenset(found)


def _without_places(words: tuple[str, ...], known: Iterable[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the cities and regions that words name, the longest names first, and the other words."""
    names = {plain_words(name): name for name in sorted(known)}
    places, others, at = set(), [], 0
    while at < len(words):
        lengths = (n for n in range(LONGEST_PLACE, 0, -1) if words[at : at + n] in names)
        length = next(lengths, 0)
        if length:
            places.add(names[words[at : at + length]])
        else:
            others.append(words[at])
        at += length or 1
    return frozenset(places), tuple(others)


def _scores(atlas: Atlas, words: list[str], language: str) -> dict[str, float]:
    """Return the score of the works that answer words best."""
    if not words:
        return {}
    search = Search(atlas, " ".join(words), language=language)
    _, found = search.page("relevance", 0, MOST_WORKS)
    ids = search.opened.work_ids([address for _, address in found])
    return dict(zip(ids, (score for score, _ in found), strict=True))
