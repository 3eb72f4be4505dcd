"""The index of names and numbered labels that the matcher looks up: built once, kept in the user's cache."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow
import pyarrow.compute as pc
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from carto_lib.enrich.cache import cached_table
from carto_lib.enrich.institutions.labels import family
from carto_lib.enrich.institutions.names import HOSPITAL_HEAD, name_forms, normal, normal_name
from carto_lib.enrich.places import Places, country_names
from carto_lib.enrich.reference import Reference
from carto_lib.settings import PROJECT_ROOT

ALIASES_FILE = PROJECT_ROOT / "data" / "reference" / "aliases.csv"
VERSION = 16
MANY_CHILDREN = 15
PART = 30_000  # patterns an automaton: building one of 180,000 takes 100 MB more at its peak


class Posting(NamedTuple):
    """A structure (its row) under a name, the kind of that name, and what must stand near it."""

    row: int
    kind: str
    context: re.Pattern[str] | None = None


class Index:
    """Forms → postings, numbered labels → rows, and how many children each structure has.

    Postings are made when asked for: most forms are never met.
    """

    def __init__(self, reference: Reference, places: Places) -> None:
        table = cached_table(f"names-{VERSION}-{reference.fingerprint}", lambda: _build(reference, places))
        encoded = table.column("form").combine_chunks().dictionary_encode()
        numbers = encoded.indices.to_numpy()
        self._starts = np.append(np.flatnonzero(np.diff(numbers, prepend=-1)), len(numbers))
        self._rows = table.column("row").to_numpy()
        kinds = table.column("kind").combine_chunks()
        self._kinds, self._kind_of = kinds.dictionary.to_pylist(), kinds.indices.to_numpy()
        patterns: list[str] = encoded.dictionary.to_pylist()
        self._curated = _curated(reference)
        self._numbers = len(patterns)
        self._extra = list(self._curated)
        patterns += self._extra
        self._automata = [
            (start, _automaton(patterns[start : start + PART])) for start in range(0, len(patterns), PART)
        ]
        self.labels: dict[tuple[str, int], list[tuple[int, str]]] = {}
        labels = reference.table.column("labels").combine_chunks()
        for row, text in zip(pc.list_parent_indices(labels).to_pylist(), labels.flatten().to_pylist(), strict=True):
            kind, number, *body = text.split()
            self.labels.setdefault((family(kind), int(number)), []).append((row, " ".join(body)))
        self.children = Counter(reference.table.column("parents").combine_chunks().flatten().to_pylist())

    def found(self, text: str) -> Iterator[tuple[list[Posting], int, int]]:
        """Yield ``(postings, start, end)`` for every form of the index in a text in normal form."""
        for number, start, end in self._forms_in(text):
            if number >= self._numbers:
                yield self._curated[self._extra[number - self._numbers]], start + 1, end - 1
            elif (postings := self._curated.get(text[start:end])) is None or postings[0].context is None:
                first, last = self._starts[number], self._starts[number + 1]
                yield (
                    [Posting(int(self._rows[i]), self._kinds[self._kind_of[i]]) for i in range(first, last)],
                    start + 1,
                    end - 1,
                )

    def _forms_in(self, text: str) -> Iterator[tuple[int, int, int]]:
        for first, automaton in self._automata:
            for number, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
                yield first + number, start, end

    def named(self, form: str) -> list[Posting]:
        """Return the postings of exactly this form."""
        text = f" {form} "
        return [
            posting for postings, start, end in self.found(text) if end - start == len(form) for posting in postings
        ]


def _automaton(patterns: list[str]) -> AhoCorasick:
    return AhoCorasick(
        patterns, matchkind=MatchKind.Standard, store_patterns=False, implementation=Implementation.ContiguousNFA
    )


def _build(reference: Reference, places: Places) -> pyarrow.Table:
    """Return every ``(form, row, kind)``, the names that are only a place left out."""
    found: dict[tuple[str, int], str] = {}
    cities = set(map(normal, places.large_french(60_000)))
    for row in range(reference.table.num_rows):
        structure = reference.structure(row)
        for form, kind in name_forms(structure):
            core = HOSPITAL_HEAD.sub("", form).strip() if kind == "variant" and structure.kind == "hospital" else form
            if core in cities and core != normal_name(structure.city or ""):
                continue
            if " " not in form and ((form == core and places.cities_named(form)) or form in country_names()):
                continue
            found.setdefault((form, row), kind)
    reference.forget()
    keys = sorted(found)
    return pyarrow.table(
        {
            "form": [f" {form} " for form, _ in keys],
            "row": pyarrow.array([row for _, row in keys], pyarrow.int32()),
            "kind": pyarrow.array([found[key] for key in keys]).dictionary_encode(),
        }
    )


def _curated(reference: Reference) -> dict[str, list[Posting]]:
    """Return the spellings of ``data/reference/aliases.csv``; one with a context replaces what the reference says."""
    with ALIASES_FILE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["institution_id"] in reference.rows]
    curated: dict[str, list[Posting]] = {}
    for row in sorted(rows, key=lambda row: not row["context"]):
        context = re.compile(row["context"]) if row["context"] else None
        posting = Posting(reference.rows[row["institution_id"]], "curated", context)
        curated.setdefault(f" {normal_name(row['alias'])} ", []).append(posting)
    return curated
