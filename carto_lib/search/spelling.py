"""Typing errors: the word of the index or of the vocabulary that a word held by no work most likely means."""

from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from carto_lib.search.analysis import LANGUAGES, terms
from carto_lib.search.index import OpenIndex


def likeliest_word(opened: OpenIndex, word: str) -> str | None:
    """Return the likeliest word meant by one that no work holds, or None."""
    vocabulary = opened.vocabulary
    if len(word) < 4 or any(map(str.isdigit, word)) or word in vocabulary.words or _is_known(opened, word):
        return None
    most = 1 if len(word) < 6 else 2
    for prefix in (word[:2], word[:1], ""):
        candidates: dict[str, Any] = dict(opened.searcher.terms_with_prefix("words", prefix))
        candidates |= {name: candidates.get(name, 0) for name in vocabulary.words if name.startswith(prefix)}
        near = process.extract(word, list(candidates), scorer=OSA.distance, score_cutoff=most, limit=20)
        if near:
            return str(min(near, key=lambda item: (item[1], -candidates[item[0]], item[0]))[0])
    return None


def _is_known(opened: OpenIndex, word: str) -> bool:
    """Tell whether a work holds the word in some field."""
    names = ("words", "names", "institutions", *(f"text_{language}" for language in LANGUAGES))
    return any(
        opened.searcher.doc_freq(name, term)
        for name in names
        for term in terms(word, name[-2:] if name.startswith("text_") else "plain")
    )
