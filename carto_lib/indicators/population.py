"""What is counted: accepted uses, and the works behind them, each once whatever its number of databases."""

import numpy as np
import pandas as pd

from carto_lib.tables import Atlas

WILSON_Z = 1.959963984540054
SMALL_NUMBER = 10


def uses_of(atlas: Atlas) -> pd.DataFrame:
    """Return the accepted uses (work_id, database): label ``uses``, decision ``accepted``."""
    uses = atlas.uses
    kept = (uses["label"] == "uses") & (uses["decision"] == "accepted")
    return uses.loc[kept, ["work_id", "database"]].reset_index(drop=True)


def using_works(atlas: Atlas) -> pd.DataFrame:
    """Return the works that use at least one database (rows of table works)."""
    return atlas.works[atlas.works["work_id"].isin(uses_of(atlas)["work_id"])].reset_index(drop=True)


def wilson(numerator: "pd.Series | np.ndarray", denominator: "pd.Series | np.ndarray") -> tuple[np.ndarray, np.ndarray]:
    """Return the 95% Wilson interval of proportions (Wilson 1927); null where the denominator is 0."""
    k, n = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        p, z2 = k / n, WILSON_Z**2
        centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = WILSON_Z * np.sqrt(p * (1 - p) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return np.where(k == 0, np.where(n > 0, 0.0, np.nan), centre - half), np.where(
        (k == n) & (n > 0), 1.0, centre + half
    )


def is_small(indicators: pd.DataFrame) -> pd.Series:
    """Tell which values rest on fewer than 10 works (or other units), too few to be read without care."""
    return (indicators["denominator"] < SMALL_NUMBER) & indicators["value"].notna()
