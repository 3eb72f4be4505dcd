"""The vocabulary that makes search bilingual: lexicon of health terms, names of databases, bilingual topics."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from carto_lib.errors import FileFormatError
from carto_lib.search.analysis import plain_words
from carto_lib.settings import PROJECT_ROOT

LEXICON_FILE = PROJECT_ROOT / "data" / "lexicon.csv"
LONGEST = 8
_COLUMNS = ("term_id", "scheme", "codes", "en", "fr", "synonyms_en", "synonyms_fr", "narrower", "source")


_CODE = re.compile(r"[A-Z]\d\d(?:\.?\d{1,2}|[A-Z](?:[A-Z](?:\d\d)?)?)?")


@dataclass(frozen=True)
class Concept:
    """One notion, with every form under which a query or a work may name it.

    Attributes
    ----------
    concept_id : str
        ``lexicon:…``, ``database:…`` or ``topic:…``.
    labels : dict of str to str
        Name shown, by language.
    forms : tuple of str
        Every form in both languages, the labels first.
    codes : tuple of str
        ATC or ICD-10 codes that a query may hold.
    narrower : tuple of str
        Concepts that this one covers.
    source : str
        Where the forms come from.
    """

    concept_id: str
    labels: dict[str, str]
    forms: tuple[str, ...]
    codes: tuple[str, ...] = ()
    narrower: tuple[str, ...] = ()
    source: str = ""

    @property
    def database(self) -> str | None:
        """The database that the concept names, if any."""
        scheme, _, name = self.concept_id.partition(":")
        return name if scheme == "database" else None

    def label(self, language: str) -> str:
        """Return the name shown in a language."""
        return self.labels.get(language) or next(iter(self.labels.values()))


@dataclass
class Vocabulary:
    """Concepts by identifier, and by each of their forms read as plain words."""

    concepts: dict[str, Concept]
    by_words: dict[tuple[str, ...], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        by_words: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for concept in self.concepts.values():
            for form in concept.forms:
                words = plain_words(form)
                if 0 < len(words) <= LONGEST and concept.concept_id not in by_words[words]:
                    by_words[words].append(concept.concept_id)
        self.by_words = dict(by_words)
        self.words: frozenset[str] = frozenset(word for words in self.by_words for word in words)
        self.databases = [concept.database for concept in self.concepts.values() if concept.database]

    def coded(self, text: str) -> list[Concept]:
        """Return the concepts that an ATC or ICD-10 code names: those of the nearest code above, else just below."""
        code = text.upper().strip(",;.")
        if not _CODE.fullmatch(code):
            return []
        spans = [(low, high, concept) for concept in self.concepts.values() for low, high in map(_span, concept.codes)]
        above = [
            (low == high, len(low), -_width(low, high), concept)
            for low, high, concept in spans
            if (code.startswith(low) if low == high else low <= code[: len(low)] <= high)
        ]
        if above:
            best = max(entry[:3] for entry in above)
            return [entry[3] for entry in above if entry[:3] == best]
        below = [(len(low), concept) for low, high, concept in spans if low == high and low.startswith(code)]
        return [concept for length, concept in below if length == min(below, key=lambda entry: entry[0])[0]]

    def at(self, words: tuple[str, ...], start: int) -> tuple[int, list[Concept]]:
        """Return how many words from `start` name a concept (the most possible, 0 if none), and which."""
        for length in range(min(LONGEST, len(words) - start), 0, -1):
            found = self.by_words.get(words[start : start + length])
            if found:
                return length, [self.concepts[name] for name in found]
        return 0, []

    def database(self, name: str) -> str | None:
        """Return the database of which `name` is the identifier or a name form, or None."""
        if f"database:{name.strip().lower()}" in self.concepts:
            return name.strip().lower()
        found = (self.concepts[item].database for item in self.by_words.get(plain_words(name), ()))
        return next((item for item in found if item), None)

    def write(self, path: Path) -> None:
        """Write the concepts as JSON."""
        rows = [asdict(concept) for concept in self.concepts.values()]
        path.write_text(json.dumps(rows, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Vocabulary":
        """Read what `write` wrote."""
        rows = json.loads(path.read_text(encoding="utf-8"))
        return cls({row["concept_id"]: _concept(row) for row in rows})


def _span(code: str) -> tuple[str, str]:
    low, _, high = code.partition("-")
    return low, high or low


def _width(low: str, high: str) -> int:
    return int(high[1:3]) - int(low[1:3]) if low != high else 0


def _concept(row: dict[str, Any]) -> Concept:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Concept(**values)


def read_lexicon(path: Path = LEXICON_FILE) -> list[Concept]:
    """Read the lexicon of health terms and drug names.

    Parameters
    ----------
    path : Path
        CSV with the columns term_id, scheme, codes, en, fr, synonyms_en, synonyms_fr, narrower, source;
        several values in a cell are parted by ``|``.

    Raises
    ------
    FileFormatError
        If a column is missing, a term stands twice, has no source, or names an unknown narrower term.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise FileFormatError(f"{path.name}, line 1: expected the columns {', '.join(_COLUMNS)}")
        rows = [(number, {key: value or "" for key, value in row.items()}) for number, row in enumerate(reader, 2)]
    known = {row["term_id"] for _, row in rows}
    concepts: dict[str, Concept] = {}
    for number, row in rows:
        narrower = _values(row["narrower"])
        unknown = [term for term in narrower if term not in known]
        if row["term_id"] in concepts or not (row["term_id"] and row["en"] and row["fr"] and row["source"]) or unknown:
            wrong = f"unknown narrower term {', '.join(unknown)}" if unknown else "a term twice, or an empty cell"
            raise FileFormatError(f"{path.name}, line {number} ({row['term_id']!r}): {wrong}: correct this line")
        concepts[row["term_id"]] = Concept(
            concept_id=f"lexicon:{row['term_id']}",
            labels={"fr": row["fr"], "en": row["en"]},
            forms=_distinct(row["en"], row["fr"], *_values(row["synonyms_en"]), *_values(row["synonyms_fr"])),
            codes=_values(row["codes"]),
            narrower=tuple(f"lexicon:{term}" for term in narrower),
            source=row["source"],
        )
    return list(concepts.values())


def _values(cell: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in cell.split("|") if value.strip())


def _distinct(*forms: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form for form in forms if form))


def database_concepts(registry: Mapping[str, Any]) -> list[Concept]:
    """Return each database of a registry as a concept: its names and its full and short name forms."""
    return [
        Concept(
            concept_id=f"database:{entry.id}",
            labels={"fr": entry.name.fr, "en": entry.name.en},
            forms=_distinct(
                entry.name.fr, entry.name.en, *(form.text for form in entry.names if form.kind != "generic"), entry.id
            ),
            source="registry",
        )
        for entry in registry.values()
    ]


def topic_concepts(pairs: Iterable[tuple[str, str]]) -> list[Concept]:
    """Return each bilingual topic label (English, French) as a concept, where the labels differ."""
    return [
        Concept(
            concept_id=f"topic:{english}", labels={"en": english, "fr": french}, forms=(english, french), source="MeSH"
        )
        for english, french in sorted(set(pairs))
        if plain_words(english) != plain_words(french)
    ]
