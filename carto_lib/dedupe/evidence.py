"""What tells whether two records are the same work: identifiers, titles, year, authors, journal, nature."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from carto_lib.text import TEXT_BORDER, fold_all

IDENTIFIERS = ("doi", "pmid", "pmcid", "hal_id", "openalex_id", "nnt")
GROUPS = {
    **dict.fromkeys(("article", "review", "editorial", "letter", "cohort_profile", "protocol"), "paper"),
    **dict.fromkeys(("conference", "abstract"), "talk"),
    **{kind: kind for kind in ("preprint", "thesis", "report", "dataset", "book", "chapter")},
    **{kind: kind for kind in ("retraction_notice", "correction")},
}
PREPRINT_DOI = re.compile(
    r"10\.(1101/(19|20)\d\d\.|1101/\d{6}|21203/rs|2139/ssrn|20944/|48550/arxiv|31219|31234|26434)"
)
_ROMAN = frozenset("i ii iii iv v vi vii viii ix x xi xii".split())
_SMALL_WORDS = frozenset(
    "a an and the of in on for to with by from la le les l de des du d et en un une au aux".split()
)
_TELLING = frozenset(
    "part partie protocol protocole erratum correction corrigendum retraction reply response comment reponse "
    "supplement appendix update".split()
)
LEAST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Evidence:
    """One record, as matching reads it: folded texts, no markup, no order of names."""

    source: str
    source_id: str
    identifiers: tuple[str | None, ...]
    titles: tuple[str, ...]
    year: int | None
    group: str | None
    journal: str
    issn_l: str | None
    people: tuple[frozenset[str], ...]

    @property
    def doi(self) -> str | None:
        """The DOI."""
        return self.identifiers[0]


def read_evidence(records: Iterable[Mapping[str, Any]]) -> list[Evidence]:
    """Return the evidence of each record, in order."""
    records = list(records)
    authors = [record.get("authors") or [] for record in records]
    texts: list[str] = []
    for record, people in zip(records, authors, strict=True):
        names = [_name(person) for person in people]
        texts += [*(record.get(field) or "" for field in ("title", "title_original", "journal")), *names]
    folded = iter([text.decode().strip() for text in fold_all(texts).split(TEXT_BORDER)[1:-1]] if texts else [])
    return [_evidence(record, len(people), folded) for record, people in zip(records, authors, strict=True)]


def _evidence(record: Mapping[str, Any], n_people: int, folded: Any) -> Evidence:
    title, original, journal = next(folded), next(folded), next(folded)
    people = (_words(next(folded)) for _ in range(n_people))
    doi, kind = record.get("doi"), record.get("type")
    group = GROUPS.get(kind) if kind else None
    if doi and PREPRINT_DOI.match(doi) and group in (None, "paper"):
        group = "preprint"
    year = record.get("year")
    return Evidence(
        source=record["source"],
        source_id=record["source_id"],
        identifiers=tuple(record.get(name) for name in IDENTIFIERS),
        titles=tuple(dict.fromkeys(text for text in (title, original) if text)),
        year=None if year is None else int(year),
        group=group,
        journal=journal,
        issn_l=record.get("issn_l"),
        people=tuple(words for words in people if words),
    )


def _name(person: Any) -> str:
    return person if isinstance(person, str) else str(person.get("name") or person.get("family") or "")


def _words(name: str) -> frozenset[str]:
    words = name.split()
    return frozenset(word for word in words if len(word) > 2) or frozenset(words)


def same_people(one: Evidence, other: Evidence) -> bool | None:
    """Tell whether at least half of the shorter list of authors stands in the other; None if a list is missing."""
    few, many = sorted((one.people, other.people), key=len)
    if not few:
        return None
    words = frozenset().union(*many)
    return 2 * sum(not words.isdisjoint(person) for person in few) >= len(few)


def title_likeness(one: Evidence, other: Evidence) -> float:
    """Return 100 for the same folded title, less for one with misprints, 0 for another title.

    Titles that differ by a number (“Part 1”, a year, a Roman numeral) or by a word are other titles.
    """
    return max((_likeness(a, b) for a in one.titles for b in other.titles), default=0.0)


def _likeness(a: str, b: str) -> float:
    if a == b:
        return 100.0
    if a.replace(" ", "") == b.replace(" ", ""):
        return 99.0
    score = fuzz.ratio(a, b, score_cutoff=88)
    if not score:
        return 0.0
    left, right = a.split(), b.split()
    only_left, only_right = _left_over(left, right), _left_over(right, left)
    if not _misprints(only_left, only_right):
        return 0.0
    return min(score, 98.0)


def _left_over(words: list[str], others: list[str]) -> list[str]:
    remaining = list(others)
    left = []
    for word in words:
        if word in remaining:
            remaining.remove(word)
        elif word not in _SMALL_WORDS or word in _ROMAN:
            left.append(word)
    return left


def _misprints(left: list[str], right: list[str]) -> bool:
    if len(left) != len(right) or len(left) > 3:
        return False
    remaining = list(right)
    for word in left:
        twin = next((w for w in remaining if _misprint(word, w)), None)
        if twin is None:
            return False
        remaining.remove(twin)
    return True


def _misprint(a: str, b: str) -> bool:
    if min(len(a), len(b)) < 5 or any(c.isdigit() for c in a + b):
        return False
    return OSA.distance(a, b, score_cutoff=1) <= 1


def is_subtitle_away(one: Evidence, other: Evidence) -> bool:
    """Tell whether one title is the other without its subtitle."""
    return any(_begins(a, b) or _begins(b, a) for a in one.titles for b in other.titles)


def _begins(short: str, long: str) -> bool:
    rest = long[len(short) :].split()
    if not long.startswith(f"{short} ") or len(short.split()) < LEAST_WORDS:
        return False
    return not any(word in _TELLING or word in _ROMAN or any(c.isdigit() for c in word) for word in rest)


def same_journal(one: Evidence, other: Evidence) -> bool | None:
    """Tell whether the journals are the same, one perhaps abbreviated; None if one is unknown."""
    if one.issn_l and one.issn_l == other.issn_l:
        return True
    if not one.journal or not other.journal:
        return None
    if one.journal == other.journal or fuzz.ratio(one.journal, other.journal) >= 85:
        return True
    short, long = sorted((_long_words(one.journal), _long_words(other.journal)), key=lambda w: len("".join(w)))
    letters = "".join(short)
    if letters in ("".join(long), "".join(word[0] for word in long)):
        return True
    if len(short) != len(long):
        return " ".join(long).startswith(" ".join(short))
    return all(b.startswith(a) or a.startswith(b) for a, b in zip(short, long, strict=True))


def _long_words(journal: str) -> list[str]:
    return [word for word in journal.split() if word not in _SMALL_WORDS]


def same_version(one: Evidence, other: Evidence) -> bool:
    """Tell whether two records are one text in the same state: title, year, people and journal agree.

    Conservative: what is unknown on either side asks for more of the rest.
    """
    if one.group != other.group and one.group and other.group:
        return False
    journal, people = same_journal(one, other), same_people(one, other)
    if people is False or journal is False:
        return False
    gap = None if one.year is None or other.year is None else abs(one.year - other.year)
    if gap is not None and gap > (1 if one.group != "report" and journal else 0):
        return False
    words = max((len(title.split()) for title in one.titles), default=0)
    likeness = title_likeness(one, other)
    if likeness >= 99:
        if people:
            return words >= LEAST_WORDS or gap == 0
        return words >= LEAST_WORDS and (gap == 0 or words > LEAST_WORDS + 1)
    if not people or gap is None or words < LEAST_WORDS:
        return False
    if likeness >= 90:
        return True
    whole = len(one.people) == len(other.people) > 1 or len(one.people) == 1
    return gap == 0 and bool(journal) and whole and is_subtitle_away(one, other)


def is_preprint_of(preprint: Evidence, paper: Evidence) -> bool:
    """Tell whether a preprint became this paper: same people, same title, published up to three years later."""
    if preprint.group != "preprint" or paper.group not in (None, "paper") or not same_people(preprint, paper):
        return False
    if preprint.year is None or paper.year is None or not -1 <= paper.year - preprint.year <= 3:
        return False
    return title_likeness(preprint, paper) >= 90 and len(preprint.titles[0].split()) >= LEAST_WORDS
