"""From a list of a database's known publications to the name forms that its registry file should have."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from carto_lib.registry import Registry
from carto_lib.text import fold, strip_markup

LONGEST_FORM = 9
MIN_WORKS = 2
MIN_SHARE = 0.05
MIN_LIFT = 4.0
_BREAKS = re.compile(r"[:;?!()\[\]«»“”\"]|[.,]\s")
_FRENCH_LINKS = {
    "au",
    "aux",
    "avec",
    "ce",
    "ces",
    "cette",
    "chez",
    "dans",
    "de",
    "des",
    "du",
    "en",
    "entre",
    "et",
    "l",
    "la",
    "le",
}
_FRENCH_LINKS |= {
    "les",
    "leur",
    "ou",
    "par",
    "pour",
    "que",
    "qui",
    "s",
    "sur",
    "un",
    "une",
    "d",
    "n",
    "est",
    "sont",
    "ont",
    "été",
}
_LINKS = ENGLISH_STOP_WORDS | _FRENCH_LINKS | {"data", "results", "using", "donnees", "resultats", "ete"}


@dataclass(frozen=True)
class Proposal:
    """A form that the list's publications print and others don't.

    Attributes
    ----------
    text : str
        The form, as most often printed.
    kind : {"full", "short", "generic"}
        The kind suggested (a person decides).
    works, listed : int
        Publications of the list that print it, of how many.
    background, others : int
        Publications of the background that print it, of how many.
    lift : float
        Share in the list over share in the background (one work added to each side).
    owners : tuple of str
        Databases of the registry that already have this form.
    """

    text: str
    kind: str
    works: int
    listed: int
    background: int
    others: int
    lift: float
    owners: tuple[str, ...]


def propose_names(
    records: Sequence[dict[str, Any]], background: Iterable[dict[str, Any]], registry: Registry, limit: int = 15
) -> list[Proposal]:
    """Find the expressions frequent in a list of publications and rare elsewhere.

    Parameters
    ----------
    records : sequence of dict
        Publications of the database, with ``title``, and ``title_original``, ``abstract`` or ``keywords`` if known.
    background : iterable of dict
        Publications of other databases, in the same shape.
    registry : Registry
        To say which forms are another database's already.
    limit : int
        Forms returned at most.

    Returns
    -------
    list of Proposal
        By number of publications, then by lift. An expression inside a longer one printed by the same
        publications is left out: the longest is the name.
    """
    texts = [_text(record) for record in records]
    listed = {identity for record in records for identity in _identities(record)}
    others = [_text(record) for record in background if listed.isdisjoint(_identities(record))]
    vectorizer = CountVectorizer(analyzer=expressions, binary=True, min_df=MIN_WORKS)
    try:
        inside = np.asarray(vectorizer.fit_transform(texts).sum(axis=0)).ravel()
    except ValueError:
        return []
    outside = np.asarray(vectorizer.transform(others).sum(axis=0)).ravel() if others else np.zeros_like(inside)
    lift = ((inside + 1) / (len(texts) + 1)) / ((outside + 1) / (len(others) + 1))
    enough = max(MIN_WORKS, MIN_SHARE * len(texts))
    candidates = {
        form: (int(inside[i]), int(outside[i]), float(lift[i]))
        for form, i in vectorizer.vocabulary_.items()
        if inside[i] >= enough and lift[i] >= MIN_LIFT and may_be_name(form)
    }
    owners = {fold(name.text): database.id for database in registry.values() for name in database.names}
    proposals = []
    for form, (works, elsewhere, ratio) in candidates.items():
        printed = as_printed(form, texts)
        kind = _kind(printed)
        if kind and not _inside_longer(form, works, candidates):
            owner = (owners[form],) if form in owners else ()
            proposals.append(Proposal(printed, kind, works, len(texts), elsewhere, len(others), round(ratio, 1), owner))
    return sorted(proposals, key=lambda found: (-found.works, -found.lift, found.text))[:limit]


def _identities(record: dict[str, Any]) -> set[str]:
    """Return the DOI and the folded title of a record: a work of the list is no background."""
    return {fold(str(record[field])) for field in ("doi", "title") if record.get(field)}


def _text(record: dict[str, Any]) -> str:
    values = (record.get(field) for field in ("title", "title_original", "abstract", "keywords"))
    parts = (" ; ".join(value) if isinstance(value, list) else value for value in values if value)
    return strip_markup(" . ".join(map(str, parts)))


def expressions(text: str, longest: int = LONGEST_FORM) -> Iterator[str]:
    """Yield every folded run of at most `longest` words that no sign of a sentence cuts."""
    for part in _BREAKS.split(text):
        words = fold(part).split()
        for start in range(len(words)):
            for end in range(start + 1, min(start + longest, len(words)) + 1):
                yield " ".join(words[start:end])


def may_be_name(form: str) -> bool:
    """Tell whether a folded expression neither begins nor ends with a link word."""
    words = form.split()
    edges = {words[0], words[-1]}
    return not edges & _LINKS and len(form) > 2 and not form.replace(" ", "").isdigit()


def as_printed(form: str, texts: Sequence[str]) -> str:
    """Return the form as the texts print it most often (with its case, accents and hyphens)."""
    length = len(form.split())
    printed: Counter[str] = Counter()
    for part in (part for text in texts for part in _BREAKS.split(text)):
        words = part.split()
        folded = [fold(word) for word in words]
        for start in range(len(words)):
            for end in range(start + 1, min(start + length, len(words)) + 1):
                if " ".join(filter(None, folded[start:end])) == form:
                    printed[" ".join(words[start:end]).strip(" .,'")] += 1
    return printed.most_common(1)[0][0] if printed else form


def _kind(printed: str) -> str | None:
    """Suggest a kind: an acronym or proper name is short; a long phrase with a capital, full; no capital, generic."""
    words = printed.split()
    capitals = sum(any(character.isupper() for character in word) for word in words)
    odd_case = any(sum(character.isupper() for character in word) >= 2 for word in words)
    if len(words) == 1:
        return "short" if odd_case else None
    if odd_case or capitals >= 2:
        return "full"
    return "generic" if len(words) >= 3 else None


def _inside_longer(form: str, works: int, candidates: dict[str, tuple[int, int, float]]) -> bool:
    return any(
        len(other) > len(form) and f" {form} " in f" {other} " and count >= works
        for other, (count, _, _) in candidates.items()
    )
