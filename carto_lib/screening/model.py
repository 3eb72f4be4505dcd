"""The linear model: a table of weights, read in an instant, trained apart (`carto_lib.screening.training`)."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

MODEL_FILE = "model.json"
CLASSES = ("uses", "describes", "mentions")


@dataclass(frozen=True)
class Model:
    """A multinomial logistic regression over `CLASSES`, with two thresholds.

    Attributes
    ----------
    version : str
        Fingerprint of the weights.
    weights : mapping of str to sequence of float
        Weight of each feature for each class; a feature absent from it weighs nothing.
    intercepts : sequence of float
        One for each class.
    temperature : float
        What scores are divided by before the softmax, so that probabilities are calibrated on out-of-fold
        scores (Guo et al. 2017, On calibration of modern neural networks).
    accept, reject : float
        Probabilities that the work is on the database (uses or describes it) at or above which it is accepted,
        and below which it is rejected; a person reads what lies between.
    """

    version: str
    weights: Mapping[str, Sequence[float]]
    intercepts: Sequence[float]
    temperature: float
    accept: float
    reject: float

    def raw(self, features: Mapping[str, float]) -> list[float]:
        """Return the score of each class."""
        scores = list(self.intercepts)
        for name, value in features.items():
            for index, weight in enumerate(self.weights.get(name, ())):
                scores[index] += weight * value
        return scores

    def probabilities(self, features: Mapping[str, float]) -> dict[str, float]:
        """Return the calibrated probability of each class."""
        scores = [score / self.temperature for score in self.raw(features)]
        top = max(scores)
        parts = [math.exp(score - top) for score in scores]
        return {name: part / sum(parts) for name, part in zip(CLASSES, parts, strict=True)}

    def strongest(self, features: Mapping[str, float], label: str, count: int = 5) -> list[tuple[str, float]]:
        """Return the features that weigh most for or against a label, with their weights."""
        index = CLASSES.index(label)
        weighed = {name: self.weights[name][index] * value for name, value in features.items() if name in self.weights}
        ranked = sorted(weighed.items(), key=lambda item: (-abs(item[1]), item[0]))
        return [(name, round(weight, 3)) for name, weight in ranked[:count] if weight]


@cache
def load_model() -> Model:
    """Return the model that comes with Carto."""
    content = json.loads(resources.files(__package__).joinpath(MODEL_FILE).read_text(encoding="utf-8"))
    return Model(**content)
