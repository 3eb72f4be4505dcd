"""Trains the model on judged texts: needs scikit-learn, never imported by what only screens."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from carto_lib.screening.model import CLASSES, Model

MIN_WORKS = 2
STRENGTH = 0.5
WRITTEN_MENTION = 0.3  # weight of a written mention: they are many, where real works that only mention are few
FOLDS = 5
WAYS_TO_FOLD = 10  # one alone moves the thresholds by chance


@dataclass(frozen=True)
class Example:
    """One judged work × database pair: its work, its features and its label (none counts as mentions).

    A ``written`` example is a sentence of ours: it teaches words, never thresholds nor probabilities.
    """

    work_id: str
    database: str
    features: dict[str, float]
    label: str
    written: bool = False

    @property
    def target(self) -> int:
        """Index of the label in the model's classes."""
        return CLASSES.index(self.label if self.label in CLASSES else "mentions")

    @property
    def weight(self) -> float:
        """What the example weighs when the model learns."""
        return WRITTEN_MENTION if self.written and self.target == CLASSES.index("mentions") else 1.0


def train(examples: Sequence[Example], precision: float = 0.985, review: float = 0.08) -> Model:
    """Return a model fitted, calibrated and given its thresholds on some examples.

    A word counts when at least ``MIN_WORKS`` works hold it. Scores for the calibration and for the thresholds
    are out of fold, folds never sharing a work, and those of real works only.

    Parameters
    ----------
    examples : sequence of Example
        Derivation examples, and written ones.
    precision : float
        Share of works on the database (uses or describes) wanted above the upper threshold.
    review : float
        Share of pairs left between the thresholds.
    """
    matrix, names, classifier = _design(examples)
    targets = np.array([example.target for example in examples])
    real = np.array([not example.written for example in examples])
    ways = [GroupKFold(n_splits=FOLDS, shuffle=True, random_state=seed) for seed in range(WAYS_TO_FOLD)]
    raw = np.mean([_out_of_fold(examples, matrix, classifier, targets, folds) for folds in ways], axis=0)[real]
    temperature = _temperature(raw, targets[real])
    on_database = 1 - softmax(raw / temperature, axis=1)[:, CLASSES.index("mentions")]
    accept, reject = _thresholds(on_database, targets[real] != CLASSES.index("mentions"), precision, review)
    classifier.fit(matrix, targets, sample_weight=[example.weight for example in examples])
    weights = {
        str(name): [round(float(weight), 4) for weight in column]
        for name, column in zip(names, classifier.coef_.T, strict=True)
    }
    version = hashlib.sha256(json.dumps(weights, sort_keys=True).encode()).hexdigest()[:8]
    intercepts = [round(float(value), 4) for value in classifier.intercept_]
    return Model(version, weights, intercepts, round(temperature, 4), round(accept, 4), round(reject, 4))


def out_of_fold(examples: Sequence[Example], temperature: float) -> np.ndarray:
    """Return the probability of each class for each example, from folds that never share a work."""
    matrix, _, classifier = _design(examples)
    targets = np.array([example.target for example in examples])
    scores = _out_of_fold(examples, matrix, classifier, targets, GroupKFold(n_splits=FOLDS))
    return softmax(scores / temperature, axis=1)


def _design(examples: Sequence[Example]) -> tuple[np.ndarray, Sequence[str], LogisticRegression]:
    works: dict[str, set[str]] = {}
    for example in examples:
        for name in example.features:
            works.setdefault(name, set()).add(example.work_id)
    kept = {name for name, holders in works.items() if len(holders) >= MIN_WORKS}
    vectorizer = DictVectorizer(sort=True)
    matrix = vectorizer.fit_transform([{k: v for k, v in e.features.items() if k in kept} for e in examples])
    return matrix, list(vectorizer.get_feature_names_out()), LogisticRegression(C=STRENGTH, max_iter=5000)


def _out_of_fold(
    examples: Sequence[Example],
    matrix: np.ndarray,
    classifier: LogisticRegression,
    targets: np.ndarray,
    folds: GroupKFold,
) -> np.ndarray:
    groups = np.array([example.work_id for example in examples])
    weights = {"sample_weight": np.array([example.weight for example in examples])}
    return cross_val_predict(
        classifier, matrix, targets, groups=groups, cv=folds, method="decision_function", params=weights
    )


def _temperature(raw: np.ndarray, targets: np.ndarray) -> float:
    def loss(temperature: float) -> float:
        return float(-log_softmax(raw / temperature, axis=1)[np.arange(len(targets)), targets].mean())

    return float(minimize_scalar(loss, bounds=(0.1, 5), method="bounded").x)


def _thresholds(probability: np.ndarray, positive: np.ndarray, precision: float, review: float) -> tuple[float, float]:
    """Return the lowest upper threshold of the wanted precision, and the lower one that the review share gives."""
    order = np.argsort(-probability, kind="stable")
    reached = np.cumsum(positive[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(reached >= precision)
    last = int(good[-1]) if len(good) else 0
    after = min(len(order) - 1, last + round(review * len(order)))
    return float(probability[order[last]]), float(probability[order[after]])
