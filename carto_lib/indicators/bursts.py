"""Terms that are suddenly in many works: bursts of activity over the years.

The two-state automaton of Kleinberg (2003, https://doi.org/10.1023/A:1024940629314), in its form for batches: a term is
either at its usual share of the year's works or at twice it; entering a burst costs ``ln(years)``; the cheapest path
says when the term bursts.
"""

import numpy as np
import pandas as pd

RATIO = 2.0
ENTRY_COST = 1.0
HIGHEST_SHARE = 0.9999


def find_bursts(counts: np.ndarray, totals: np.ndarray) -> pd.DataFrame:
    """Return the bursts of several terms.

    Parameters
    ----------
    counts : array of int, terms × years
        Works of each term in each year.
    totals : array of int, years
        Works of each year.

    Returns
    -------
    DataFrame
        Columns ``term`` (row of `counts`), ``start``, ``end`` (columns of `counts`, both in the burst), ``weight``
        (how much likelier the burst makes the counts, in nats), strongest first.
    """
    terms, years = counts.shape
    if not terms or not years:
        return pd.DataFrame(columns=["term", "start", "end", "weight"])
    usual = np.clip(counts.sum(axis=1) / max(1, totals.sum()), 1e-9, HIGHEST_SHARE)[:, None]
    raised = np.minimum(usual * RATIO, HIGHEST_SHARE)
    cost = np.stack([-(counts * np.log(p) + (totals - counts) * np.log1p(-p)) for p in (usual, raised)])
    path = _cheapest_path(cost, ENTRY_COST * np.log(max(2, years)))
    rows = []
    edges = np.diff(np.pad(path, ((0, 0), (1, 1))).astype(int), axis=1)
    for term, start in np.argwhere(edges == 1):
        end = start + int(np.argmax(edges[term, start:] == -1)) - 1
        gain = cost[0, term, start : end + 1] - cost[1, term, start : end + 1]
        rows.append((int(term), int(start), end, float(gain.sum())))
    found = pd.DataFrame(rows, columns=["term", "start", "end", "weight"])
    return found.sort_values(["weight", "term"], ascending=[False, True], ignore_index=True)


def _cheapest_path(cost: np.ndarray, entry: float) -> np.ndarray:
    """Return, terms × years, whether the cheapest way through the two states (2 × terms × years) is in the burst."""
    _, terms, years = cost.shape
    came_from = np.zeros((2, terms, years), dtype=int)
    low, high = cost[0, :, 0], cost[1, :, 0] + entry
    for year in range(1, years):
        came_from[0, :, year] = high < low
        came_from[1, :, year] = high <= low + entry
        low, high = np.minimum(low, high) + cost[0, :, year], np.minimum(low + entry, high) + cost[1, :, year]
    state = (high < low).astype(int)
    path = np.zeros((terms, years), dtype=bool)
    for year in range(years - 1, -1, -1):
        path[:, year] = state == 1
        state = came_from[state, np.arange(terms), year]
    return path
