"""From a raw affiliation to its country, its city and the structures that it names."""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from carto_lib.enrich.institutions.index import MANY_CHILDREN, Index, Posting
from carto_lib.enrich.institutions.labels import COMPATIBLE, Label, find_labels
from carto_lib.enrich.institutions.names import GENERIC, normal, segments
from carto_lib.enrich.places import Places, Where
from carto_lib.enrich.reference import Reference, load_reference
from carto_lib.text import fold

THRESHOLD = 0.7
NEAR_KM, FAR_KM = 30, 60
BASE = {"curated": 0.9, "label": 0.85, "alias": 0.8, "bare": 0.75, "variant": 0.8, "word": 0.55, "acronym": 0.55}
BASE["generic"] = 0.7
METHODS = {
    "curated": "alias",
    "label": "name",
    "alias": "name",
    "bare": "name",
    "generic": "name",
    "variant": "name_variant",
    "word": "name",
    "acronym": "acronym",
}
LOCAL_KINDS = frozenset(("unit", "hospital", "company"))
BODIES = {
    "inserm": "inserm",
    "cnrs": "cnrs",
    "inra": "inrae",
    "inrae": "inrae",
    "ird": "ird",
    "cea": "cea",
    "inria": "inria",
}
HEADS = frozenset(("univ", "hop", "institut", "centre", "ecole"))
BARE_CHU = re.compile(r"(?<= )chu(?= )")


class Match(NamedTuple):
    """A structure that an affiliation names: the structure's row, the score, the method, the place in the text."""

    row: int
    score: float
    method: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """What `Matcher.read` finds in an affiliation: where it is, and the structures named, in order."""

    where: Where
    city: str | None
    country: str | None
    matches: list[Match]


@dataclass(frozen=True)
class _Text:
    """An affiliation ready to be matched: raw, in normal form, placed."""

    raw: str
    normal: str
    where: Where

    @cached_property
    def folded_words(self) -> dict[str, str]:
        """Normal word → how it is printed, for the words that hold a capital."""
        return {normal(word.lower()): word for word in re.findall(r"[^\W_]+", self.raw) if not word.islower()}


class Matcher:
    """Recognise institutions in affiliations.

    Parameters
    ----------
    reference : Reference, optional
        Default: `load_reference`.

    Examples
    --------
    >>> Matcher().match("CHU de Rennes, Rennes, France")["matches"][0]["name"]  # doctest: +SKIP
    'Centre Hospitalier Universitaire de Rennes'
    """

    def __init__(self, reference: Reference | None = None) -> None:
        self.places = Places()
        self.reference = reference or load_reference(places=self.places)
        self.index = Index(self.reference, self.places)
        columns = {name: self.reference.column(name) for name in ("country", "lat", "lon", "kind", "status")}
        self._country, self._kind, self._status = columns["country"], columns["kind"], columns["status"]
        self._place = list(zip(columns["lat"], columns["lon"], strict=True))
        pairs = [
            (row, self.reference.rows[twin])
            for row, twin in enumerate(self.reference.column("twin"))
            if twin and self._status[row] == "active"
        ]
        self._twin = dict(pairs)
        self._ids: list[str] = self.reference.column("institution_id")

    def match(self, raw: str) -> dict[str, Any]:
        """Return ``{country, city, matches: [{scheme, id, name, score, method}]}`` of an affiliation.

        ``country`` is ISO 3166-1 alpha-2, or None; ``matches`` holds the structures that the text names,
        never their parents, each with a score between 0 and 1, and none below the threshold.
        """
        reading = self.read(raw)
        matches = []
        for match in reading.matches:
            structure = self.reference.structure(match.row)
            matches.append(
                {
                    "scheme": structure.scheme,
                    "id": structure.public_id,
                    "name": structure.name,
                    "score": match.score,
                    "method": match.method,
                }
            )
        return {"country": reading.country, "city": reading.city, "matches": matches}

    def read(self, raw: str) -> Reading:
        """Return the places and structures of an affiliation."""
        parts = segments(raw)
        where = self.places.locate(raw, parts)
        text = _Text(raw, f" {' , '.join(map(normal, parts))} ", where)
        found = [*self._by_name(text), *self._by_label(text)]
        found += self._by_bare_chu(text, found)
        found += self._twins(found)
        matches = self._resolve(found, text.normal)
        country = where.country or self._country_of(matches) or where.guess
        city = where.city.name if where.city else self._city_of(matches)
        return Reading(where, city, country, matches)

    def _by_name(self, text: _Text) -> Iterator[Match]:
        for postings, start, end in self.index.found(text.normal):
            for posting, score in self._best(postings, text.normal[start:end], text):
                yield Match(posting.row, score, METHODS[posting.kind], start, end)
        yield from self._by_name_across(text)

    def _by_name_across(self, text: _Text) -> Iterator[Match]:
        """Yield the structures whose full name the text cuts with a comma: "Xiangya Hospital, Central South …"."""
        commas = [place for place, letter in enumerate(text.normal) if letter == ","]
        if not commas:
            return
        joined = text.normal.replace(" , ", " ")
        breaks = [place - 1 - 2 * rank for rank, place in enumerate(commas)]
        for postings, start, end in self.index.found(joined):
            form = joined[start:end]
            first, last = bisect_right(breaks, start), bisect_left(breaks, end)
            full = [posting for posting in postings if posting.kind in ("label", "alias")]
            if first < last and form.count(" ") >= 2 and full:
                for posting, score in self._best(full, form, text):
                    yield Match(posting.row, score, METHODS[posting.kind], start + 2 * first, end + 2 * last)

    def _best(self, postings: list[Posting], form: str, text: _Text) -> list[tuple[Posting, float]]:
        """Return, for each scheme, the structure that the name means here, if one stands out."""
        scored: dict[str, dict[int, tuple[float, Posting]]] = {}
        for posting in postings:
            score = self._score(posting, form, text)
            if posting.kind == "acronym" and len(postings) == 1 and len(form) > 4:
                score += 0.1
            if score >= THRESHOLD:
                rows = scored.setdefault(self._ids[posting.row][:4], {})
                rows[posting.row] = max(rows.get(posting.row, (0, posting)), (score, posting), key=lambda pair: pair[0])
        chosen = []
        for rows in scored.values():
            candidates = sorted(rows.values(), key=lambda pair: (-pair[0], pair[1].row))
            near = [pair for pair in candidates if candidates[0][0] - pair[0] <= 0.04]
            alive = [pair for pair in near if self._status[pair[1].row] == "active"]
            if len(near) > 1 and len(alive) == 1:
                candidates = alive
            if len(candidates) == 1 or candidates[0][0] - candidates[1][0] > 0.04:
                chosen.append((candidates[0][1], min(1.0, round(candidates[0][0], 2))))
        return chosen

    def _score(self, posting: Posting, form: str, text: _Text) -> float:
        row, kind = posting.row, posting.kind
        where = text.where
        if posting.context and not posting.context.search(f"{text.normal} {' '.join(segments(text.raw))}"):
            return 0
        score = BASE[kind]
        country = self._country[row]
        if where.countries:
            if country not in where.countries:
                return 0
            score += 0.05
        elif where.country is None and country != "FR" and kind != "label":
            return 0
        if kind == "generic" and not (country in where.countries and _fills(form, text)):
            return 0
        short = kind in ("acronym", "word")
        national = self.index.children[self._ids[row]] >= MANY_CHILDREN or (
            self._kind[row] == "agency" and country == "FR"
        )
        if short:
            printed = text.folded_words.get(form.split()[0])
            if printed is None:
                return 0
            unit = self._ids[row].startswith("rnsr:")
            if kind == "acronym" and sum(letter.isupper() or letter.isdigit() for letter in printed) < 2:
                if unit:
                    return 0
                score -= 0.05
            if (unit or (self._kind[row] == "unit" and len(form) <= 3)) and not self._supported(row, text):
                return 0
            if national:
                score += 0.2
        elif form.count(" ") >= 3:
            score += 0.1
        elif self._ids[row].startswith("rnsr:") and not self._stands(row, form, text):
            return 0
        distance = self._distance(row, where)
        if distance is not None:
            if distance < NEAR_KM:
                score += 0.2
            elif (
                distance > FAR_KM
                and kind != "curated"
                and (short or (self._kind[row] in LOCAL_KINDS and form.count(" ") < 4) or kind == "variant")
            ):
                score -= 0.1 if national else 0.35
            elif distance > FAR_KM:
                score -= 0.05
        return score - (0.05 if self._status[row] != "active" else 0)

    def _stands(self, row: int, form: str, text: _Text) -> bool:
        """Tell whether a short title fills its segment, or has its acronym or its number beside it."""
        if _fills(form, text):
            return True
        structure = self.reference.structure(row)
        words = set(text.normal.split())
        numbers = (label.split()[1] for label in structure.labels)
        acronym = fold(structure.acronym or "")
        return bool(acronym and acronym in words) or any(number in text.normal for number in numbers)

    def _supported(self, row: int, text: _Text) -> bool:
        """Tell whether a unit's acronym is backed by a tutelle, or by half of the words of the unit's title."""
        structure = self.reference.structure(row)
        words = set(text.normal.split())
        title = [word for word in normal(fold(structure.name)).split() if word not in GENERIC]
        if title and sum(word in words for word in title) >= max(2, len(title) / 2):
            return True
        named = (self.reference.get(parent) for parent in structure.parents)
        parents = {fold(parent.acronym) for parent in named if parent and parent.acronym} & words
        if any(find_labels(text.normal)):
            return not structure.labels and "inria" in parents
        return bool(parents)

    def _distance(self, row: int, where: Where) -> float | None:
        """Return the kilometres between a structure and the nearest city printed, None if either is unknown."""
        lat, lon = self._place[row]
        cities = [city for city in where.cities if city.country == self._country[row]]
        if lat is None or not cities:
            return None
        scale = math.cos(math.radians(lat))
        return min(111.2 * math.hypot(city.lat - lat, (city.lon - lon) * scale) for city in cities)

    def _by_label(self, text: _Text) -> Iterator[Match]:
        if text.where.countries and "FR" not in text.where.countries:
            return
        for label in find_labels(text.normal):
            scored: dict[str, list[tuple[float, int]]] = {}
            for kin, penalty in self._families(label):
                for row, body in self.index.labels.get((kin, label.number), ()):
                    score = self._label_score(row, body, label, text) - penalty
                    scored.setdefault(self._ids[row][:4], []).append((score, row))
            for candidates in scored.values():
                best: dict[int, float] = {}
                for score, row in candidates:
                    best[row] = max(score, best.get(row, 0))
                ranked = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
                if ranked[0][1] >= THRESHOLD and (len(ranked) == 1 or ranked[0][1] - ranked[1][1] > 0.04):
                    yield Match(ranked[0][0], min(1.0, round(ranked[0][1], 2)), "number", label.start, label.end)

    @staticmethod
    def _families(label: Label) -> Iterator[tuple[str, float]]:
        yield label.family, 0
        for one, other in COMPATIBLE:
            if one == label.family:
                yield other, 0.05

    def _label_score(self, row: int, body: str, label: Label, text: _Text) -> float:
        score = 0.75
        words = text.normal
        structure = self.reference.structure(row)
        bodies = {BODIES.get(known.split(" ", 2)[2]) for known in structure.labels if known.count(" ") > 1}
        named = BODIES.get(label.body or ("inserm" if label.family == "u" else ""))
        if named and bodies and named not in bodies:
            score -= 0.3
        elif body and (label.body == body or f" {body} " in words):
            score += 0.15
        acronym = normal(fold(structure.acronym or ""))
        if acronym and f" {acronym} " in words:
            return score + 0.25  # tells units that follow one another under one number
        distance = self._distance(row, text.where)
        if distance is not None:
            score += 0.15 if distance < NEAR_KM else -0.3 if distance > FAR_KM else 0
        return score - (0.05 if self._status[row] != "active" else 0)

    def _by_bare_chu(self, text: _Text, found: list[Match]) -> Iterator[Match]:
        """Yield the university hospital of the city printed, where "CHU" stands with no name of its own."""
        for chu in BARE_CHU.finditer(text.normal):
            if any(match.start <= chu.start() < match.end for match in found):
                continue
            for city in text.where.cities[:2]:
                form = f"chu {normal(' '.join(segments(city.name)))}"
                row = self._chu_row(form)
                if row is not None and city.country == self._country[row]:
                    yield Match(row, 0.85, "hospital_city", chu.start(), chu.end())
                    break

    def _twins(self, found: list[Match]) -> Iterator[Match]:
        """Yield the ROR record of each RNSR unit found, and the RNSR unit of each ROR record."""
        for match in found:
            twin = self._twin.get(match.row)
            if twin is not None:
                yield match._replace(row=twin)

    def _chu_row(self, form: str) -> int | None:
        rows = {posting.row for posting in self.index.named(form)}
        return rows.pop() if len(rows) == 1 else None

    def _resolve(self, found: list[Match], text: str) -> list[Match]:
        """Keep the longest of nested names, one match a structure, in the order of the text."""
        kept: list[Match] = []
        for match in sorted(found, key=lambda match: (match.start - match.end, match.start, -match.score)):
            scheme = self._ids[match.row][:4]
            inside = any(
                (other.method != "number" or match.method == "number")  # "UMR CNRS 6158" names the CNRS too
                and other.start <= match.start
                and match.end <= other.end
                and (other.end - other.start > match.end - match.start)
                for other in kept
            )
            if match.method.startswith("name") and any(_shares_head(match, other, text) for other in kept):
                continue
            if not inside or (
                match.method == "number"
                and not any(self._ids[other.row][:4] == scheme and other.method == "number" for other in kept)
            ):
                kept.append(match)
        best: dict[int, Match] = {}
        for match in kept:
            if match.row not in best or match.score > best[match.row].score:
                best[match.row] = match._replace(
                    start=min(match.start, best[match.row].start if match.row in best else match.start)
                )
        return sorted(
            self._latest(list(best.values())), key=lambda match: (match.start, match.end, self._ids[match.row])
        )

    def _latest(self, matches: list[Match]) -> list[Match]:
        """Keep one of successive RNSR units of one acronym or title: the one numbered, else the one still open."""
        seen: set[str] = set()
        kept = []
        ranked = sorted(
            matches, key=lambda match: (match.method != "number", self._status[match.row] != "active", -match.score)
        )
        for match in ranked:
            structure = self.reference.structure(match.row)
            if structure.scheme == "rnsr":
                keys = {fold(text) for text in (structure.acronym, structure.name) if text}
                if keys & seen:
                    continue
                seen |= keys
            kept.append(match)
        return kept

    def _country_of(self, matches: list[Match]) -> str | None:
        countries = {self._country[match.row] for match in matches}
        return countries.pop() if len(countries) == 1 else None

    def _city_of(self, matches: list[Match]) -> str | None:
        """Return the city of the units, hospitals and universities named, when they agree."""
        local = [match for match in matches if self._kind[match.row] in ("unit", "hospital", "university")]
        cities = {self.reference.structure(match.row).city for match in local}
        return cities.pop() if len(cities) == 1 else None


def _fills(form: str, text: _Text) -> bool:
    """Tell whether a form is all that a segment of the text says."""
    return f", {form} ," in f",{text.normal},"


def _shares_head(match: Match, other: Match, text: str) -> bool:
    """Tell whether two overlapping names, neither inside the other, claim one head: "Ryerson [University] Toronto"."""
    if not other.method.startswith("name"):
        return False
    start, end = max(match.start, other.start), min(match.end, other.end)
    nested = (start, end) in ((match.start, match.end), (other.start, other.end))
    return start < end and not nested and not HEADS.isdisjoint(text[start:end].split())
