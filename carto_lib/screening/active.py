"""What the labels given so far say of the works not read yet: the part of the reading order that learns."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

STRENGTH = 10.0  # of the classifier: few labels, many words


def learned_chances(texts: Sequence[str], truth: Sequence[bool | None], prior: np.ndarray) -> np.ndarray:
    """Return the chance that each work is a use: the mean of the screener's own and of what the labels teach.

    Active learning with certainty sampling (Cormack & Grossman 2014, Evaluation of machine-learning protocols for
    technology-assisted review in electronic discovery, SIGIR): a linear model over the words of the works read.

    Parameters
    ----------
    texts : sequence of str
        The works' texts.
    truth : sequence of bool or None
        What a person said (True = uses the database), None where nobody has.
    prior : array of float, shape (n_works,)
        The screener's probability of use.

    Returns
    -------
    array of float, shape (n_works,)
        The prior alone as long as the labels are all the same.
    """
    read = [place for place, said in enumerate(truth) if said is not None]
    said = [bool(truth[place]) for place in read]
    if len(set(said)) < 2:
        return prior
    try:
        matrix = _vectors(tuple(texts))
    except ValueError:  # no word at all
        return prior
    classifier = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000).fit(matrix[read], said)
    chances: np.ndarray = (prior + classifier.predict_proba(matrix)[:, 1]) / 2
    return chances


@lru_cache(maxsize=2)
def _vectors(texts: tuple[str, ...]) -> csr_matrix:
    """Return the weighed words and pairs of words of texts, kept while the same works get more labels."""
    return TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), strip_accents="unicode").fit_transform(texts)
