"""What the model sees of a work and a database: words of the title and of the sentences that name it, and how."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from itertools import pairwise

import yaml

from carto_lib.mentions import Reading
from carto_lib.text import fold, passage

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NUMBER = re.compile(r"\b\d+\w*\b")
KINDS = ("protocol", "cohort_profile", "review", "editorial")
FOR = ("worked_on", "presented")
AGAINST = ("not_yet", "elsewhere", "for_example", "without", "about_access")


@cache
def cue(name: str) -> re.Pattern[str]:
    """Return the pattern of a list of ``cues.yml``, for folded text."""
    lists = yaml.safe_load(resources.files(__package__).joinpath("cues.yml").read_text(encoding="utf-8"))
    return re.compile(rf"\b(?:{'|'.join(lists[name])})\b")


def kind_of(title: str, work_type: str | None) -> str | None:
    """Return ``protocol``, ``cohort_profile``, ``review`` or ``editorial`` where the work is one, else None."""
    if work_type in KINDS:
        return work_type
    folded = fold(title)
    return next((kind for kind in KINDS if cue(kind).search(folded)), None)


def masked(text: str, readings: Sequence[Reading], database: str) -> str:
    """Return a text folded, its database names ``xthis`` or ``xother``, years ``xyear``, numbers ``xnumber``."""
    parts, done = [], 0
    for reading in sorted(readings, key=lambda reading: (reading.start, -reading.end)):
        if reading.start >= done:
            parts += [text[done : reading.start], " xthis " if reading.database == database else " xother "]
            done = reading.end
    folded = fold("".join([*parts, text[done:]]))
    return _NUMBER.sub("xnumber", _YEAR.sub("xyear", folded))


def _grams(folded: str, prefix: str) -> set[str]:
    words = folded.split()
    return {f"{prefix}{word}" for word in words} | {f"{prefix}{left} {right}" for left, right in pairwise(words)}


def _manners(words: str) -> dict[str, float]:
    """Return how a sentence speaks of the database; ``plainly`` where nothing in it says that it isn't used."""
    found = [manner for manner in (*FOR, *AGAINST) if cue(manner).search(words)]
    plainly = [] if set(found) & set(AGAINST) else ["plainly"]
    return {f"is:{manner}": 1.0 for manner in (*found, *plainly)}


def pair_features(
    texts: Sequence[str], readings: Sequence[Reading], database: str, work_type: str | None = None
) -> dict[str, float]:
    """Return the features of a work × database pair.

    Parameters
    ----------
    texts : sequence of str
        The work's texts, title first.
    readings : sequence of Reading
        Mentions in those texts, of this database and others.
    database : str
        Id.
    work_type : str, optional
        Type of the work.

    Returns
    -------
    dict
        ``t:…`` words of the title, ``s:…`` words of the sentences that name the database, ``is:…`` facts.
    """
    own = [reading for reading in readings if reading.database == database]
    title = masked(texts[0], [reading for reading in readings if reading.field == 0], database)
    features = dict.fromkeys(_grams(title, "t:"), 1.0)
    for reading in own:
        if reading.field:
            sentence = passage(texts[reading.field], reading.start, reading.end)
            inside = _within(sentence, readings)
            words = masked(sentence, inside, database)
            features |= dict.fromkeys(_grams(words, "s:"), 1.0) | _manners(words)
    in_title = [reading for reading in own if reading.field == 0]
    features |= _manners(title) if in_title else {}
    share = max((reading.end - reading.start for reading in in_title), default=0) / max(1, len(texts[0]))
    facts = {f"rule {reading.rule}" for reading in own} | {f"kind {reading.kind}" for reading in own}
    facts |= {"in title"} if in_title else {"not in title"}
    facts |= {"named in text"} if len(in_title) < len(own) else set()
    facts |= {f"type {work_type}"} if work_type else set()
    facts |= {f"kind of work {kind}"} if (kind := kind_of(texts[0], work_type)) else set()
    facts |= {"with another database"} if any(reading.database != database for reading in readings) else set()
    return features | dict.fromkeys((f"is:{fact}" for fact in facts), 1.0) | {"is:share of title": share}


def _within(sentence: str, readings: Sequence[Reading]) -> list[Reading]:
    """Return readings placed in a sentence cut out of its text, by their names."""
    named = {(" ".join(reading.name.split()), reading.database): reading for reading in readings}
    return [
        replace(reading, field=0, start=match.start(), end=match.end())
        for (name, _), reading in named.items()
        for match in re.finditer(re.escape(name), sentence)
    ]
