"""Counts to figures with intervals; where counts are too few, the counts and the reason alone."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from carto_lib.errors import CartoError

MIN_WORKS = 5


def wilson(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion.

    Wilson 1927, Probable inference, the law of succession, and statistical inference (JASA 22:209).

    Raises
    ------
    ValueError
        If there is no trial, or more successes than trials.

    >>> [round(bound, 3) for bound in wilson(98, 100)]
    [0.93, 0.994]
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"no interval for {successes} of {trials}")
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share, spread = successes / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def proportion(successes: int, trials: int) -> dict[str, Any]:
    """Return a proportion with its count, its 95% interval, or the reason why it isn't given.

    Returns
    -------
    dict
        ``k``, ``n``, ``value``, ``low``, ``high``; below ``MIN_WORKS`` trials the last three are None and
        ``reason`` says so.
    """
    result: dict[str, Any] = {"k": successes, "n": trials, "value": None, "low": None, "high": None}
    if trials < MIN_WORKS:
        return result | {"reason": f"n = {trials}: under {MIN_WORKS}, counts only"}
    low, high = wilson(successes, trials)
    return result | {"value": round(successes / trials, 4), "low": round(low, 4), "high": round(high, 4)}


@dataclass(frozen=True)
class Counts:
    """True and false positives and negatives."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn)

    def figures(self) -> dict[str, Any]:
        """Return sensitivity and precision, each with its counts and its interval."""
        return {
            "sensitivity": proportion(self.tp, self.tp + self.fn),
            "precision": proportion(self.tp, self.tp + self.fp),
        }


def count(pairs: Iterable[tuple[bool, bool]]) -> Counts:
    """Return the counts of (true, found) pairs."""
    outcomes = list(pairs)
    return Counts(
        sum(true and found for true, found in outcomes),
        sum(found and not true for true, found in outcomes),
        sum(true and not found for true, found in outcomes),
        sum(not true and not found for true, found in outcomes),
    )


def reliability(scored: Sequence[tuple[float, bool]], bins: int = 5) -> list[dict[str, Any]]:
    """Return how often what was given a probability is true, by bins of equal width.

    Parameters
    ----------
    scored : sequence of (float, bool)
        The probability given, and whether it was true.
    bins : int
        Number of bins; an empty one is left out.

    Returns
    -------
    list of dict
        ``from``, ``to``, ``mean`` (of the probabilities) and the figures of `proportion`.
    """
    rows = []
    for place in range(bins):
        inside = [(score, true) for score, true in scored if min(int(score * bins), bins - 1) == place]
        if inside:
            mean = round(sum(score for score, _ in inside) / len(inside), 4)
            share = proportion(sum(true for _, true in inside), len(inside))
            rows.append({"from": place / bins, "to": (place + 1) / bins, "mean": mean, **share})
    return rows


def number_needed_to_read(uses: int, retrieved: int) -> float | None:
    """Return how many records are read for one use found; it holds only at the prevalence of a real harvest."""
    return round(retrieved / uses, 2) if uses else None


def agreement(first: Sequence[str], second: Sequence[str]) -> dict[str, Any]:
    """Return how far two annotators agree on the same pairs.

    Returns
    -------
    dict
        ``n``, ``agreed`` (observed share), ``kappa`` (Cohen 1960) and ``ac1`` (Gwet 2008, Computing inter-rater
        reliability in the presence of high agreement, Br J Math Stat Psychol 61:29).

    Raises
    ------
    CartoError
        If they didn't label the same number of pairs, or none.
    """
    from sklearn.metrics import cohen_kappa_score  # a second to import, for few calls

    if not first or len(first) != len(second):
        raise CartoError(f"agreement needs two labels for each pair, got {len(first)} and {len(second)}")
    labels = sorted(set(first) | set(second))
    observed = float(np.mean([a == b for a, b in zip(first, second, strict=True)]))
    if len(labels) == 1:
        return {"n": len(first), "agreed": 1.0, "kappa": None, "ac1": 1.0}
    used = np.array([(list(first).count(label) + list(second).count(label)) / (2 * len(first)) for label in labels])
    chance = float((used * (1 - used)).sum() / (len(labels) - 1))
    return {
        "n": len(first),
        "agreed": round(observed, 4),
        "kappa": round(float(cohen_kappa_score(first, second)), 4),
        "ac1": round((observed - chance) / (1 - chance), 4),
    }
