"""Runs of words that may be a name, and how texts print them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache
from importlib import resources

import numpy as np
import yaml
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from carto_lib.text import fold

LONGEST_FORM = 9
MIN_WORKS = 2
MIN_SHARE = 0.05
MIN_LIFT = 4.0
_BREAKS = re.compile(r"[:;?!()\[\]«»“”\"]|[.,]\s")


@cache
def words() -> Mapping[str, frozenset[str]]:
    """Return the packaged word lists (``words.yml``), with ``links``, ``studies`` and ``common`` made of them."""
    text = resources.files(__package__).joinpath("words.yml").read_text(encoding="utf-8")
    lists = {name: frozenset(map(str, listed)) for name, listed in yaml.safe_load(text).items()}
    lists["links"] = lists["links_fr"] | lists["links_en"] | ENGLISH_STOP_WORDS
    lists["studies"] = lists["studies_fr"] | lists["studies_en"]
    lists["common"] = lists["studies"] | lists["demonyms"] | lists["design"] | lists["links"]
    return lists


def expressions(text: str, longest: int = LONGEST_FORM) -> Iterator[str]:
    """Yield every folded run of at most `longest` words that no sign of a sentence cuts."""
    for part in _BREAKS.split(text):
        run = fold(part).split()
        for start in range(len(run)):
            for end in range(start + 1, min(start + longest, len(run)) + 1):
                yield " ".join(run[start:end])


def may_be_name(form: str) -> bool:
    """Tell whether a folded expression neither begins nor ends with a link word, nor begins with a number."""
    run = form.split()
    edges = {run[0], run[-1]}
    return not edges & words()["links"] and len(form) > 2 and not run[0].isdigit()


def printings(forms: Set[str], texts: Iterable[str]) -> dict[str, list[str]]:
    """Return the ways in which texts print each folded form (case, accents, hyphens), the commonest first."""
    printed: dict[str, Counter[str]] = {form: Counter() for form in forms}
    for run in (part.split() for text in texts for part in _BREAKS.split(text)):
        folded = [fold(word) for word in run]
        for start in range(len(run)):
            for end in range(start + 1, min(start + LONGEST_FORM, len(run)) + 1):
                form = " ".join(filter(None, folded[start:end]))
                if form in printed:
                    printed[form][" ".join(run[start:end]).strip(" .,'’")] += 1
    return {form: [text for text, _ in counts.most_common()] or [form] for form, counts in printed.items()}


def frequent(texts: Sequence[str], others: Sequence[str]) -> dict[str, int]:
    """Return the expressions often printed in the texts and seldom in others, with their number of texts."""
    vectorizer = CountVectorizer(analyzer=expressions, binary=True, min_df=MIN_WORKS)
    try:
        inside = np.asarray(vectorizer.fit_transform(texts).sum(axis=0)).ravel()
    except ValueError:
        return {}
    outside = np.asarray(vectorizer.transform(others).sum(axis=0)).ravel() if others else np.zeros_like(inside)
    enough = max(MIN_WORKS, MIN_SHARE * len(texts))
    return {
        form: int(inside[i])
        for form, i in vectorizer.vocabulary_.items()
        if inside[i] >= enough
        and lift(int(inside[i]), len(texts), int(outside[i]), len(others)) >= MIN_LIFT
        and may_be_name(form)
    }


def lift(inside: int, texts: int, outside: int, others: int) -> float:
    """Return the share of texts over the share of others, one text added to each side."""
    return ((inside + 1) / (texts + 1)) / ((outside + 1) / (others + 1))
