"""Recall without a full gold set: capture–recapture over search channels.

Log-linear models of the channels' overlaps (Fienberg 1972, The multiple recapture census for closed populations,
Biometrika 59:591) are fitted by Poisson regression, with and without interactions between channels; the estimate
is a range across models, never one number, because models disagree (facts of published comparisons).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from carto_lib.errors import CartoError

DEPENDENT = frozenset({"pubmed", "europepmc", "openalex"})
MAX_AIC_GAP = 4.0


@dataclass(frozen=True)
class ModelEstimate:
    """One log-linear model: its interactions, how many works it says were missed with a 95% interval, and its AIC.

    The interval is that of the model's intercept, the logarithm of the missing count (Wald).
    """

    interactions: tuple[tuple[str, str], ...]
    missed: float
    low: float
    high: float
    aic: float


@dataclass(frozen=True)
class RecallEstimate:
    """What capture–recapture says.

    Attributes
    ----------
    found : int
        Distinct works found by the channels together.
    models : tuple of ModelEstimate
        Every model that could be fitted, best AIC first.
    low, high : float
        Range of the number of works in the population over the models within 4 AIC of the best (`plausible`).
    """

    found: int
    models: tuple[ModelEstimate, ...]
    low: float
    high: float

    @property
    def plausible(self) -> tuple[ModelEstimate, ...]:
        """Return the models within 4 AIC of the best."""
        return tuple(model for model in self.models if model.aic <= self.models[0].aic + MAX_AIC_GAP)

    @property
    def recall(self) -> tuple[float, float]:
        """Return the range of the channels' recall across models."""
        return self.found / self.high, self.found / self.low

    @property
    def interval(self) -> tuple[float, float]:
        """Return the range of the recall across models and within their 95% intervals."""
        models = self.plausible
        most, least = max(model.high for model in models), min(model.low for model in models)
        return self.found / (self.found + most), self.found / (self.found + least)


def estimate_recall(channels: Mapping[str, set[str]]) -> RecallEstimate:
    """Return the recall of channels estimated from their overlaps.

    Parameters
    ----------
    channels : mapping of str to set of str
        Works (ids) that each channel found; at least two channels, one of them independent of PubMed.

    Raises
    ------
    CartoError
        If there are fewer than two channels, an empty one, no overlap, or only channels that ingest one another
        (PubMed, Europe PMC and OpenAlex, two or three): their overlap overstates recall.
    """
    names = sorted(channels)
    empty = [name for name in names if not channels[name]]
    if len(names) < 2 or empty:
        raise CartoError(f"capture–recapture needs two channels that found works; empty: {', '.join(empty) or 'none'}")
    if set(names) <= DEPENDENT:
        raise CartoError(
            f"no estimate from {' and '.join(names)} alone: they ingest one another, which overstates recall; "
            "add an independent list, such as the holder's own bibliography (--from)"
        )
    found = set().union(*channels.values())
    if sum(map(len, channels.values())) == len(found):
        raise CartoError("no work is in two channels: their overlap is empty, recall can't be estimated")
    histories = np.array([[index >> bit & 1 for bit in range(len(names))] for index in range(1, 2 ** len(names))])
    seen = {tuple(int(work in channels[name]) for name in names): 0 for work in found}
    for work in found:
        seen[tuple(int(work in channels[name]) for name in names)] += 1
    counts = np.array([seen.get(tuple(map(int, history)), 0) for history in histories], dtype=float)
    fitted = [_fit(histories, counts, names, chosen) for chosen in _interaction_sets(len(names))]
    models = sorted((model for model in fitted if model is not None), key=lambda model: (model.aic, model.interactions))
    if not models:
        raise CartoError("no log-linear model could be fitted: too few works in several channels")
    sizes = [len(found) + model.missed for model in models if model.aic <= models[0].aic + MAX_AIC_GAP]
    return RecallEstimate(len(found), tuple(models), min(sizes), max(sizes))


def _interaction_sets(channels: int) -> list[tuple[tuple[int, int], ...]]:
    """Return the sets of two-way interactions that leave a degree of freedom to estimate the missing cell."""
    pairs = list(combinations(range(channels), 2))
    largest = min(len(pairs), 2**channels - 2 - channels, 3)
    return [chosen for size in range(largest + 1) for chosen in combinations(pairs, size)]


def _fit(
    histories: np.ndarray, counts: np.ndarray, names: list[str], chosen: tuple[tuple[int, int], ...]
) -> ModelEstimate | None:
    from scipy.optimize import minimize  # half a second to import, for harvests alone

    columns = [np.ones(len(histories)), *histories.T, *(histories[:, a] * histories[:, b] for a, b in chosen)]
    design = np.column_stack(columns).astype(float)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        linear = np.clip(design @ weights, -30, 30)
        expected = np.exp(linear)
        return float(expected.sum() - counts @ linear), design.T @ (expected - counts)

    start = np.zeros(design.shape[1])
    start[0] = np.log(max(1.0, counts.mean()))
    result = minimize(loss, start, jac=True, method="BFGS")
    missed = float(np.exp(np.clip(result.x[0], -30, 30)))
    if not np.isfinite(missed) or missed > 50 * counts.sum():
        return None
    interactions = tuple((names[a], names[b]) for a, b in chosen)
    spread = _spread(design, np.exp(np.clip(design @ result.x, -30, 30)))
    aic = 2 * design.shape[1] + 2 * float(result.fun)
    return ModelEstimate(interactions, missed, missed / spread, missed * spread, aic)


def _spread(design: np.ndarray, expected: np.ndarray) -> float:
    """Return the factor between the missing count and each end of its 95% interval."""
    covariance = np.linalg.pinv(design.T @ (expected[:, None] * design))
    return float(np.exp(np.clip(1.96 * np.sqrt(max(covariance[0, 0], 0.0)), 0, 30)))
