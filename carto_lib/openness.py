"""The one answer about a work's access and citations, where its sources differ: all stay in *access*, this chooses."""

import pandas as pd

from carto_lib.schemas import columns_of

COLOURS: tuple[str, ...] = tuple(columns_of("access")["oa_colour"]["values"])  # most open first, closed last
OPEN_COLOURS = COLOURS[:-1]
COUNTS = ("cited_by_count", "citation_percentile", "fwci")


def chosen_access(access: pd.DataFrame) -> pd.DataFrame:
    """Return what is shown and counted of each work: the most open colour, the largest count.

    A source that misses a free copy or a citing work says too little; none says too much of what it hasn't seen.

    Parameters
    ----------
    access : DataFrame
        Table *access*: one row per work and source.

    Returns
    -------
    DataFrame
        Indexed by work_id: oa_colour, cited_by_count, citation_percentile, fwci; null where no source tells.
    """
    ranks = access["oa_colour"].map({colour: rank for rank, colour in enumerate(COLOURS)}).astype("float64")
    best = ranks.groupby(access["work_id"]).min()
    counts = access.groupby("work_id")[list(COUNTS)].max()
    return counts.assign(oa_colour=best.map(dict(enumerate(COLOURS))).astype("object"))
