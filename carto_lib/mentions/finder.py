"""One pass over the text for every form of every database."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation

from carto_lib.mentions.rules import Candidate, Context, Reading, Record, confirm, judge, keep_longest, prefer_acronym
from carto_lib.registry import NameForm, Registry
from carto_lib.text import TEXT_BORDER, fold, fold_all

TWINS = (
    ("database", "databases", "data base", "data bases", "dataset", "datasets", "data"),
    ("healthcare", "health care"),
    ("hospitalisation", "hospitalization"),
    ("medico administrative", "medicoadministrative"),
    ("nationwide", "nation wide", "national"),
    ("bases", "base"),
)
BATCH_CHARACTERS = 1_000_000
MOST_PLACES = 100  # places read of a database in one text: a longer text teaches nothing more


def spellings(form: NameForm) -> set[str]:
    """Return the folded spellings under which a form is looked for.

    Long names are also read with their usual twins ("database", "databases", "data base" …; "health care",
    "healthcare" …); an acronym with a hyphen or a space is also read in one word, one of capitals also with full
    stops ("L.E.A.").
    """
    folded = fold(form.text)
    found = {folded}
    if form.kind == "short":
        joined = folded.replace(" ", "")
        dotted = {" ".join(folded)} if form.text.isalpha() and form.text.isupper() else set()
        return found | dotted | ({joined} if len(joined) >= 5 else set())
    for twins in TWINS:
        for known in list(found):
            for twin in twins:
                if f" {twin} " in (padded := f" {known} "):
                    found |= {padded.replace(f" {twin} ", f" {other} ").strip() for other in twins}
    return found


class MentionFinder:
    """Looks for every name of a registry in texts.

    >>> from carto_lib.registry import load_registry
    >>> finder = MentionFinder(load_registry())
    >>> [(m.database, m.name) for m in finder.find("Données du SNDS et de la cohorte CKD‐REIN")]
    [('snds', 'SNDS'), ('ckd-rein', 'cohorte CKD‐REIN')]
    """

    def __init__(self, registry: Registry) -> None:
        forms: dict[str, list[tuple[str, NameForm]]] = defaultdict(list)
        for database in registry.values():
            own = {fold(form.text) for form in database.names}
            for form in database.names:
                for spelling in spellings(form):
                    if spelling == fold(form.text) or spelling not in own:
                        forms[spelling].append((database.id, form))
        self._spellings = sorted(forms)
        self._forms = [forms[spelling] for spelling in self._spellings]
        patterns = [f" {spelling} ".encode() for spelling in self._spellings]
        self._automaton = BytesAhoCorasick(patterns, implementation=Implementation.DFA)
        self._contexts = {database.id: Context(database) for database in registry.values()}

    def find(self, *texts: str) -> list[Reading]:
        """Return the mentions in the texts of one record (the first is its title, when there are several)."""
        return [reading for reading in self.read(*texts) if reading.counts]

    def read(self, *texts: str) -> list[Reading]:
        """Return the mentions and the refused readings in the texts of one record, in order."""
        return next((readings for _, readings in self.read_all([texts])), [])

    def read_all(self, records: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[Reading]]]:
        """Yield, for each record where a name is read, its index and its readings.

        Parameters
        ----------
        records : sequence of sequences of str
            Each record's texts; the first one (the title) also gives context to the others.
        """
        batch: list[int] = []
        size = 0
        for index, texts in enumerate(records):
            batch.append(index)
            size += sum(map(len, texts))
            if size > BATCH_CHARACTERS:
                yield from self._read_batch(records, batch)
                batch, size = [], 0
        if batch:
            yield from self._read_batch(records, batch)

    def _read_batch(self, records: Sequence[Sequence[str]], batch: list[int]) -> Iterator[tuple[int, list[Reading]]]:
        fields = [(index, field) for index in batch for field in range(len(records[index]))]
        blob = fold_all(records[index][field] for index, field in fields)
        hits = self._automaton.find_matches_as_indexes(blob, overlapping=True)
        if not hits:
            return
        borders = np.flatnonzero(np.frombuffer(blob, dtype=np.uint8) == TEXT_BORDER[0])
        places = np.searchsorted(borders, [hit[1] for hit in hits]) - 1
        for index, group in groupby(zip(places.tolist(), hits, strict=True), key=lambda item: fields[item[0]][0]):
            folded: dict[int, str] = {}
            candidates: list[Candidate] = []
            places_read: Counter[tuple[str, int]] = Counter()
            for place, (pattern, start, end) in group:
                first = int(borders[place]) + 2
                field = fields[place][1]
                if field not in folded:
                    folded[field] = blob[first : int(borders[place + 1]) - 1].decode()
                text = records[index][field]
                for database, form in self._forms[pattern]:
                    plain = form.text.isalnum() and end - start - 2 == len(form.text)
                    possible = not form.case_sensitive or form.text in text or not plain
                    if possible and places_read[database, field] < MOST_PLACES:
                        places_read[database, field] += 1
                        candidates.append(Candidate(field, start + 1 - first, end - 1 - first, database, form))
            if not candidates:
                continue
            readings = self._judge(candidates, Record(records[index], folded))
            if readings:
                yield index, readings

    def _judge(self, candidates: list[Candidate], record: Record) -> list[Reading]:
        readings = []
        for candidate in candidates:
            rule = judge(candidate, record, self._contexts[candidate.database])
            if rule is not None:
                start, end = record.span(candidate)
                name = record.texts[candidate.field][start:end]
                form = candidate.form
                readings.append(
                    Reading(candidate.database, candidate.field, start, end, name, form.text, form.kind, rule)
                )
        return prefer_acronym(confirm(keep_longest(readings), record.texts), record.texts)
