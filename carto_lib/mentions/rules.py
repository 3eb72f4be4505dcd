"""What lets a name count: its case, its context, and nothing longer or foreign that explains it better."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import accumulate

import yaml
from babel import Locale
from rapidfuzz.fuzz import token_set_ratio

from carto_lib.registry import Database, NameForm
from carto_lib.text import fold, fold_with_offsets, original_span

ANCHOR_WINDOW = 300
FOREIGN_WINDOW = 120
NAME_WINDOW = 100
REFUSALS = ("false_friend", "foreign", "no_anchor")
FRENCH_WORDS = ("france", "french", "francais", "francaise", "francaises", "cnam", "cnamts", "atih")
_FRENCH_TERRITORIES = {"FR", "GP", "MQ", "GF", "RE", "YT", "NC", "PF", "PM", "BL", "MF", "WF", "TF"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A place where a text prints a form of a database's name.

    Attributes
    ----------
    database : str
        Id in the registry.
    field : int
        Index, in the record, of the text read.
    start, end : int
        Place in the original text (characters).
    name : str
        The text as printed.
    form : str
        The registry's form.
    kind : str
        Kind of the form: ``full``, ``short`` or ``generic``.
    rule : str
        ``full_name``, ``short_name``, ``anchored`` or ``long_form_acronym`` where the reading is a mention;
        ``false_friend``, ``foreign`` or ``no_anchor`` where it is refused.
    """

    database: str
    field: int
    start: int
    end: int
    name: str
    form: str
    kind: str
    rule: str

    @property
    def counts(self) -> bool:
        """Whether the reading is a mention of the database."""
        return self.rule not in REFUSALS


@dataclass(frozen=True, slots=True)
class Candidate:
    """A form found in a folded field, before any rule."""

    field: int
    start: int
    end: int
    database: str
    form: NameForm


class Context:
    """One database's words, folded once: anchors, false friends, full names."""

    def __init__(self, database: Database) -> None:
        self.anchors = _any_of(map(fold, database.anchors))
        self.refused_names = _any_of([fold(friend.text) for friend in database.false_friends if friend.scope == "name"])
        self.refused_texts = _any_of([fold(friend.text) for friend in database.false_friends if friend.scope == "text"])
        self.long_names = [fold(form.text) for form in database.names if form.kind != "short"]


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    known = sorted({word for word in words if word}, key=lambda word: (-len(word), word))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, known))})\b") if known else None


_WORD = re.compile(r"(?!.*[^aeiouy]{3})[a-z]{4,}", re.IGNORECASE)  # reads as a word: REIN, not PMSI
_LETTERS = re.compile(r"\w(?:\W+\w)+")  # an acronym letter by letter: L.E.A.
_FRENCH = re.compile(rf"\b(?:{'|'.join(FRENCH_WORDS)})\b")


@cache
def _places() -> dict[str, list[str]]:
    listed: dict[str, list[str]] = yaml.safe_load(
        resources.files(__package__).joinpath("places.yml").read_text(encoding="utf-8")
    )
    return {name: [fold(word) for word in words] for name, words in listed.items()}


@cache
def _french_places() -> re.Pattern[str]:
    pattern = _any_of(_places()["french"])
    assert pattern is not None  # noqa: S101 - the packaged list isn't empty
    return pattern


@cache
def _foreign() -> re.Pattern[str]:
    countries = {
        fold(name)
        for language in ("en", "fr")
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code.isalpha() and code not in _FRENCH_TERRITORIES
    }
    pattern = _any_of(countries | set(_places()["places"]) | set(_places()["demonyms"]))
    assert pattern is not None  # noqa: S101 - the packaged list isn't empty
    return pattern


def reads_as_a_word(name: str) -> bool:
    """Tell whether a name of one word can be pronounced: REIN, not PMSI."""
    return bool(_WORD.fullmatch(name))


def is_place(folded: str) -> bool:
    """Tell whether a folded text is a country, a demonym or a large place, French or foreign."""
    return bool(_foreign().fullmatch(folded) or _french_places().fullmatch(folded) or _FRENCH.fullmatch(folded))


class Record:
    """The texts of one record and what the rules ask of them."""

    def __init__(self, texts: Sequence[str], folded: dict[int, str]) -> None:
        self.texts = texts
        self.folded = folded
        self._offsets: dict[int, list[int]] = {}
        self._acronyms: dict[str, list[str]] = {}
        self._refused: dict[Context, bool] = {}

    def folded_field(self, field: int) -> str:
        """Return a field folded."""
        if field not in self.folded:
            self.folded[field] = fold(self.texts[field])
        return self.folded[field]

    def refuses(self, context: Context) -> bool:
        """Tell whether some words anywhere in the record refuse every short form of a database."""
        if context not in self._refused:
            pattern, fields = context.refused_texts, range(len(self.texts))
            refused = pattern is not None and any(pattern.search(self.folded_field(field)) for field in fields)
            self._refused[context] = refused
        return self._refused[context]

    def span(self, candidate: Candidate) -> tuple[int, int]:
        """Return where a candidate stands in its original text."""
        if candidate.field not in self._offsets:
            self._offsets[candidate.field] = fold_with_offsets(self.texts[candidate.field])[1]
        return original_span(
            self.texts[candidate.field], self._offsets[candidate.field], candidate.start, candidate.end
        )

    def in_capitals(self, candidate: Candidate) -> bool:
        """Tell whether a candidate stands in a sentence of capitals only, where case says nothing."""
        start, end = self.span(candidate)
        text = self.texts[candidate.field]
        near = [c for c in text[max(0, start - 60) : start] + text[end : end + 60] if c.isalpha()]
        return len(near) >= 3 and not any(c.islower() for c in near)

    def around(self, candidate: Candidate, size: int) -> str:
        """Return the folded words within `size` characters of a candidate, whole words only."""
        text = self.folded_field(candidate.field)
        low = text.rfind(" ", 0, max(0, candidate.start - size)) + 1
        high = text.find(" ", min(len(text), candidate.end + size))
        return text[low : high if high >= 0 else len(text)]

    def definitions(self, acronym: str) -> list[str]:
        """Return what the record says that an acronym stands for (``long form (ACR)`` or ``ACR (long form)``).

        A long form is the run of words whose initials spell the acronym, as Schwartz and Hearst read it
        (A simple algorithm for identifying abbreviation definitions in biomedical text, PSB 2003).
        """
        if acronym not in self._acronyms:
            self._acronyms[acronym] = [
                long_form for text in self.texts if acronym in text for long_form in long_forms(text, acronym)
            ]
        return self._acronyms[acronym]


def long_forms(text: str, acronym: str) -> list[str]:
    """Return what a text says that an acronym stands for, as printed (see `Record.definitions`)."""
    found = []
    for match in re.finditer(rf"[(\[][“\"']?{re.escape(acronym)}s?[”\"']?\s*[)\],;:]", text):
        start = max(0, match.start() - 200)
        words = list(re.finditer(r"\w+", text[start : match.start()]))[-2 * len(acronym) - 5 :]
        first = _first_word(acronym, [word[0] for word in words])
        if first is not None:
            found.append(text[start + words[first].start() : start + words[-1].end()])
    within = re.findall(rf"(?<!\w){re.escape(acronym)}\s*[(\[:=]([^()\[\]]{{5,150}})[)\]]", text)
    return found + [form.strip() for form in within if _first_word(acronym, re.findall(r"\w+", form)) is not None]


def _first_word(acronym: str, words: list[str]) -> int | None:
    """Return where the shortest run of last words that spells the acronym from right to left begins, or None."""
    letters = [letter for letter in fold(acronym) if letter != " "]
    folded = [fold(word) for word in words]
    text = " ".join(folded)
    place = len(text)
    for index in range(len(letters) - 1, -1, -1):
        place -= 1
        while place >= 0 and (text[place] != letters[index] or (index == 0 and place > 0 and text[place - 1] != " ")):
            place -= 1
        if place < 0:
            return None
    starts = [0, *accumulate(len(word) + 1 for word in folded[:-1])]
    return bisect_right(starts, place) - 1 if " " in text[place:] else None


def _same_case(printed: str, form: str) -> bool:
    return [c for c in printed if c.isalnum()] == [c for c in form if c.isalnum()]


def _explained_otherwise(candidate: Candidate, record: Record, context: Context, printed: str) -> bool | None:
    """Tell whether the record defines the acronym: False = as this database, True = as something else."""
    definitions = record.definitions(printed)
    if not definitions:
        return None
    for long_form in map(fold, definitions):
        known = max((token_set_ratio(long_form, name) for name in context.long_names), default=0.0)
        if known >= 70 or _FRENCH.search(long_form) or (context.anchors and context.anchors.search(long_form)):
            return False
    return True


def judge(candidate: Candidate, record: Record, context: Context) -> str | None:
    """Return the rule that lets a candidate count or refuses it; None where the case isn't the form's."""
    form = candidate.form
    start, end = record.span(candidate)
    printed = record.texts[candidate.field][start:end]
    if form.case_sensitive and not _same_case(printed, form.text):
        return None
    if _LETTERS.fullmatch(printed) and "." not in printed:
        return None
    if form.case_sensitive and form.needs_anchor and reads_as_a_word(form.text) and record.in_capitals(candidate):
        return "no_anchor"
    if _in_a_false_friend(candidate, record, context) or (form.kind == "short" and record.refuses(context)):
        return "false_friend"
    if form.kind == "short" and len(form.text) <= 12:
        otherwise = _explained_otherwise(candidate, record, context, printed)
        if otherwise is not None:
            return "false_friend" if otherwise else "long_form_acronym"
    if not form.needs_anchor:
        return "full_name" if form.kind == "full" else "short_name"
    return _anchored(candidate, record, context)


def _in_a_false_friend(candidate: Candidate, record: Record, context: Context) -> bool:
    if context.refused_names is None:
        return False
    near = max(0, candidate.start - NAME_WINDOW), candidate.end + NAME_WINDOW
    matches = context.refused_names.finditer(record.folded_field(candidate.field), *near)
    return any(match.start() < candidate.end and candidate.start < match.end() for match in matches)


def _anchored(candidate: Candidate, record: Record, context: Context) -> str:
    near = record.around(candidate, FOREIGN_WINDOW)
    if not _FRENCH.search(near) and _foreign().search(near):
        return "foreign"
    field = record.folded_field(candidate.field)
    window = record.around(candidate, ANCHOR_WINDOW)
    name = field[candidate.start : candidate.end]
    anchors = context.anchors
    if candidate.form.kind != "generic":
        window = window.replace(name, " ")
    words = "\n".join([window, *map(record.folded_field, [0] if candidate.field else range(1, len(record.texts)))])
    if anchors is not None and anchors.search(words):
        return "anchored"
    in_france = candidate.form.kind == "generic" and (_FRENCH.search(words) or _french_places().search(words))
    return "anchored" if in_france else "no_anchor"


def keep_longest(readings: list[Reading]) -> list[Reading]:
    """Return the readings without those that a longer mention explains.

    A mention inside a longer one is dropped (REIN in CKD-REIN); a refused reading is dropped where a mention
    covers it; a shared name right before "(ACRONYM)" names the acronym's database only.
    """
    kept: list[Reading] = []
    for reading in sorted(readings, key=lambda r: (not r.counts, r.start - r.end, r.field, r.start, r.database)):
        covering = [
            other
            for other in kept
            if other.field == reading.field and other.start <= reading.start and reading.end <= other.end
        ]
        longer = [
            other for other in covering if other.counts and (other.start, other.end) != (reading.start, reading.end)
        ]
        same = [other for other in covering if other.database == reading.database]
        if not longer and not same:
            kept.append(reading)
    return sorted(kept, key=lambda r: (r.field, r.start, r.end, r.database))


def prefer_acronym(readings: list[Reading], texts: Sequence[str]) -> list[Reading]:
    """Return the readings where a shared name followed by "(ACRONYM)" is left to the acronym's database."""
    result = []
    for reading in readings:
        named = {
            other.database
            for other in readings
            if other.kind == "short"
            and other.counts
            and other.field == reading.field
            and 0 < other.start - reading.end <= 25
            and "(" in (gap := texts[reading.field][reading.end : other.start])
            and not set(gap) & set(").;")
        }
        shared = reading.kind == "generic" or any(
            other.database != reading.database
            and (other.field, other.start, other.end) == (reading.field, reading.start, reading.end)
            for other in readings
        )
        if not (shared and named and reading.database not in named):
            result.append(reading)
    return result


def confirm(readings: list[Reading], texts: Sequence[str]) -> list[Reading]:
    """Return the readings where names without an anchor confirm one another.

    A name right before "(ACRONYM)" of the same database confirms both; a mention of another database near
    a name is an anchor for it.
    """
    confirmed: set[str] = set()
    for name in readings:
        for acronym in readings:
            if acronym.database == name.database and acronym.kind == "short" and name.kind != "short":
                gap = texts[name.field][name.end : acronym.start] if acronym.field == name.field else ""
                if 0 < len(gap) <= 25 and "(" in gap and ")" not in gap and acronym.rule == "no_anchor":
                    confirmed.add(name.database)
    sure = [reading for reading in readings if reading.counts]
    result = []
    for reading in readings:
        if reading.rule == "no_anchor" and reading.database in confirmed:
            reading = replace(reading, rule="long_form_acronym" if reading.kind == "short" else "anchored")
        elif reading.rule == "no_anchor" and _near_another(reading, sure):
            reading = replace(reading, rule="anchored")
        result.append(reading)
    return result


def _near_another(reading: Reading, sure: list[Reading]) -> bool:
    return any(
        other.database != reading.database
        and (other.field != reading.field or abs(other.start - reading.start) <= ANCHOR_WINDOW)
        for other in sure
    )
