"""Names of persons: which part is the family name, which the given names, whatever the order printed."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from carto_lib.text import fold

PARTICLES = frozenset("da das de del della den der des di do dos du el la le les ten van vanden von zu".split())
COMPOUND_GIVEN = frozenset({"anne", "jean", "marie", "pierre"})
_COLLECTIVE = re.compile(
    r"\b(?:group|groupe|investigators|consortium|network|réseau|team|équipe|committee|comité|collaborat\w+|registry)\b",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"(?:[A-ZÀ-Þ]\.?[-‐‑]?){1,3}")
_LOOSE_HYPHEN = re.compile(r"\s+(?=[-‐‑]\w)|(?<=\w[-‐‑])\s+")
_DEGREES = re.compile(r"(?:,?\s+(?:M\.?D\.?|Ph\.?\s?D\.?|PharmD|MSc|MPH))+$|^(?:Pr|Dr|Prof)\.?\s+", re.IGNORECASE)
_ITERATIONS = 6
_PLAIN = 2.0  # what a name of plain order weighs in the vote of its list, in log-odds

_folded = lru_cache(maxsize=1 << 18)(fold)


@dataclass(frozen=True)
class PersonName:
    """A name taken apart: folded family name, folded given names or initials, and how to print it."""

    family: str
    given: tuple[str, ...]
    display: str

    @property
    def block(self) -> tuple[str, str]:
        """Family name and first initial: names in different blocks are never the same person's."""
        return self.family, self.given[0][0] if self.given else ""

    @property
    def has_full_given(self) -> bool:
        """Whether a given name is spelt out."""
        return any(len(token) > 1 for token in self.given)


@dataclass(frozen=True)
class _Printed:
    tokens: tuple[str, ...]
    given_first: bool | None  # None: the string alone doesn't tell
    split: int  # how many tokens stand before the border when the order is known
    inverted: bool = False  # a comma tells: the list's other names may stand in another order


def parse_names(authors: Sequence[dict[str, Any]], given_counts: "NameCounts") -> list[PersonName]:
    """Take apart the names of one work's authors, read together since one list has one order.

    Parameters
    ----------
    authors : sequence of dict
        ``name``, and ``given`` and ``family`` where the source tells them apart.
    given_counts : NameCounts
        What the whole corpus knows of given and family names.

    Returns
    -------
    list of PersonName
        One per author, in order.
    """
    printed = [_read(author) for author in authors]
    odds = given_counts.prior + sum(given_counts.odds(name) for name in printed if name is not None)
    names = []
    for author, name in zip(authors, printed, strict=True):
        if name is None:
            names.append(_person(author.get("given") or "", author.get("family") or author.get("name") or ""))
            continue
        given_first = odds >= 0 if name.given_first is None else name.given_first
        split = given_counts.border(name, given_first)
        before, after = " ".join(name.tokens[:split]), " ".join(name.tokens[split:])
        names.append(_person(before, after) if given_first else _person(after, before))
    return names


def is_collective(author: dict[str, Any]) -> bool:
    """Tell whether an author is a group, as its source says or as its name shows."""
    return bool(author.get("collective")) or bool(_COLLECTIVE.search(str(author.get("name") or "")))


def _read(author: dict[str, Any]) -> _Printed | None:
    """Return the tokens of a printed name and what they tell of its order; None where the source tells."""
    if author.get("family"):
        return None
    printed = _LOOSE_HYPHEN.sub("", str(author.get("name") or "")).strip(" ,;*")
    text = _DEGREES.sub("", printed).strip(" ,;*")
    if " " not in text:  # "Gaye-Seye MD": those are initials
        text = printed
    if "," in text:
        family, _, given = (part.strip() for part in text.partition(","))
        tokens = (*family.split(), *given.split())
        return _Printed(tokens, False, len(family.split()), inverted=True)
    tokens = tuple(text.split())
    if len(tokens) < 2:
        return _Printed(tokens, False, len(tokens))
    return _Printed(tokens, *_order(tokens))


def _order(tokens: tuple[str, ...]) -> tuple[bool | None, int]:
    """Return whether given names come first, and the border, from initials, capitals and particles.

    Where the order stays open (None), the border is the one that holds if the given names come first.
    """
    particles = [token.lower().rstrip("'’") in PARTICLES for token in tokens]
    capitals = [
        token.isupper() and (len(token) > 2 or particle) for token, particle in zip(tokens, particles, strict=True)
    ]
    if any(c and not p for c, p in zip(capitals, particles, strict=True)) and not all(capitals):
        initials_only = all(_INITIALS.fullmatch(t) for t, c in zip(tokens, capitals, strict=True) if c)
        if not initials_only and (capitals[0] or capitals[-1]):
            return (False, _run(capitals)) if capitals[0] else (True, len(tokens) - _run(capitals[::-1]))
    initials = [
        bool(_INITIALS.fullmatch(token)) and not (p and token.islower())
        for token, p in zip(tokens, particles, strict=True)
    ]
    if initials[-1] and not initials[0]:
        return False, len(tokens) - _run(initials[::-1])
    if initials[0] and not initials[-1]:
        return True, _run(initials)
    if any(initials[1:-1]):
        return True, len(tokens) - 1 - initials[-2::-1].index(True)
    if particles[0]:
        return False, len(tokens) - 1
    if any(particles[:-1]):
        return None, particles.index(True)
    return None, 1


def _run(flags: Sequence[bool]) -> int:
    count = 0
    while count < len(flags) and flags[count]:
        count += 1
    return count


def _person(given: str, family: str) -> PersonName:
    given_tokens: list[str] = []
    for token in re.split(r"[\s\-‐‑.]+", given):
        compact = token.isupper() and 1 < len(token) <= 3
        given_tokens.extend(_folded(letter) for letter in (token if compact else [token]))
    family_text = family.title() if family.isupper() else family
    given_text = given.title() if given.isupper() and len(given) > 3 else given
    return PersonName(
        family=re.sub(r"[^a-z0-9]", "", _folded(family)),
        given=tuple(re.sub(r"[^a-z0-9]", "", token) for token in given_tokens if re.sub(r"[^a-z0-9]", "", token)),
        display=" ".join(f"{given_text} {family_text}".split()),
    )


class NameCounts:
    """How often each word is a given name and a family name in a corpus, learned from names whose order is plain.

    Names that don't tell their order ("Weill Alain" or "Alain Weill") vote, all those of one list together, and the
    counts are learned again from the outcome, a few times (hard expectation–maximisation). ``Jean-…`` and the like
    are given names from the start.
    """

    def __init__(self, lists: Sequence[Sequence[dict[str, Any]]]) -> None:
        self.given: Counter[str] = Counter()
        self.family: Counter[str] = Counter()
        self.prior = 0.0
        ambiguous: list[list[_Printed]] = []
        for authors in lists:
            undecided = []
            for author in authors:
                printed = _read(author)
                if printed is None:
                    self._learn(str(author.get("given") or "").split(), str(author["family"]).split(), 1)
                elif printed.given_first is None:
                    undecided.append(printed)
                else:
                    before, after = printed.tokens[: printed.split], printed.tokens[printed.split :]
                    self._learn(*((before, after) if printed.given_first else (after, before)), 1)
            if undecided:
                ambiguous.append(undecided)
        certain = Counter(self.given), Counter(self.family)
        for _ in range(_ITERATIONS):
            votes = [self.prior + sum(self.odds(name) for name in names) >= 0 for names in ambiguous]
            self.prior = max(-1.0, min(1.0, math.log((votes.count(True) + 1) / (votes.count(False) + 1))))
            self.given, self.family = Counter(certain[0]), Counter(certain[1])
            for given_first, names in zip(votes, ambiguous, strict=True):
                for name in names:
                    first, last = name.tokens[:1], name.tokens[-1:]
                    self._learn(*((first, last) if given_first else (last, first)), 1)

    def _learn(self, given: Sequence[str], family: Sequence[str], weight: int) -> None:
        for token in given:
            if len(token.strip(".-")) > 1:
                self.given[_folded(token)] += weight
        for token in family:
            self.family[_folded(token)] += weight

    def odds(self, name: _Printed) -> float:
        """Return the log-odds that the first word of a name is its given name rather than the last."""
        if name.given_first is not None:
            return 0.0 if len(name.tokens) < 2 or name.inverted else _PLAIN if name.given_first else -_PLAIN
        return self._is_given(name.tokens[0]) - self._is_given(name.tokens[-1])

    def border(self, name: _Printed, given_first: bool) -> int:
        """Return how many words stand before the border, where words known as given names stay on their side."""
        split, words = name.split, len(name.tokens)
        if name.given_first is None and not given_first:
            split = words - 1
        if words < 2 or name.inverted or any(token.lower() in PARTICLES for token in name.tokens):
            return split
        spelt = name.given_first is None or bool(_INITIALS.fullmatch(name.tokens[-1]))
        while spelt and not given_first and split > 1 and self._is_given(name.tokens[split - 1]) > 0:
            split -= 1
        while name.given_first is None and given_first and split < words - 1 and self._is_given(name.tokens[split]) > 0:
            split += 1
        return split

    def _is_given(self, token: str) -> float:
        word = _folded(token)
        first, hyphen, _ = word.partition(" ")  # a printed word has no blank: there was a hyphen
        if hyphen and first in COMPOUND_GIVEN:
            return 3.0
        return math.log((self.given[word] + 0.5) / (self.family[word] + 0.5))
