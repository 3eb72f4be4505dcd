"""The order in which a person reads: what the model doubts most first (uncertainty sampling, Lewis & Gale 1994)."""

import pandas as pd

from carto_lib.tables import as_table

REASONS = ("review", "unlabelled", "sampled")


def reading_order(uses: pd.DataFrame) -> pd.DataFrame:
    """Return the table *queue*: the pairs that no person judged, in the order of reading.

    First the pairs whose score lies between the model's two thresholds, then those seen and not judged, then the other
    decisions to check; within each, the closest to a probability of one half first, and equal ones by identifier.

    Parameters
    ----------
    uses : DataFrame
        Table *uses*.
    """
    judged = (uses["decided_by"] == "person") & (uses["reason"].fillna("") != "unlabelled")
    waiting = uses[~judged]
    machine = waiting["screener_decision"].fillna(waiting["decision"])
    reason = pd.Series("sampled", index=waiting.index)
    reason[waiting["reason"].fillna("") == "unlabelled"] = "unlabelled"
    reason[machine == "review"] = "review"
    doubt = (1 - (2 * waiting["score"] - 1).abs()).round(4)
    rows = waiting[["work_id", "database"]].assign(reason=reason, doubt=doubt, first=reason.map(REASONS.index))
    rows = rows.sort_values(["first", "doubt", "work_id", "database"], ascending=[True, False, True, True])
    return as_table(rows.assign(rank=range(1, len(rows) + 1)), "queue")
