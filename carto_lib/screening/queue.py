"""The order in which a person reads: what the model doubts first, then what most likely uses the database.

Doubt is that of uncertainty sampling (Lewis & Gale 1994); the likelihood learns from the labels given so far.
"""

import pandas as pd

from carto_lib.tables import as_table

REASONS = ("review", "unlabelled", "sampled")
TEXTS = ("title", "title_original", "abstract", "keywords")


def reading_order(uses: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """Return the table *queue*: the pairs that no person judged, whose column ``rank`` is the order of reading.

    The rows stand by key, as in every table. First come the pairs whose score lies between the model's two thresholds,
    the most doubtful first; then those seen and not judged, then the other decisions to check, the likeliest uses
    first. Equal ones stand by identifier.

    Parameters
    ----------
    uses : DataFrame
        Table *uses*; the labels that a person gave there teach the order of the rest.
    works : DataFrame
        Table *works*: the texts.
    """
    judged = (uses["decided_by"] == "person") & (uses["reason"].fillna("") != "unlabelled")
    chance = _chances(uses, works, judged)
    waiting = uses[~judged]
    machine = waiting["screener_decision"].fillna(waiting["decision"])
    reason = pd.Series("sampled", index=waiting.index)
    reason[waiting["reason"].fillna("") == "unlabelled"] = "unlabelled"
    reason[machine == "review"] = "review"
    doubt = (1 - (2 * waiting["score"] - 1).abs()).round(4)
    chance = chance[waiting.index].round(4)
    rows = waiting[["work_id", "database"]].assign(reason=reason, doubt=doubt, chance=chance)
    rows = rows.assign(first=reason.map(REASONS.index), worth=doubt.where(reason == "review", chance))
    rows = rows.sort_values(["first", "worth", "work_id", "database"], ascending=[True, False, True, True])
    return as_table(rows.assign(rank=range(1, len(rows) + 1)), "queue")


def _chances(uses: pd.DataFrame, works: pd.DataFrame, judged: pd.Series) -> pd.Series:
    """Return the chance of use of each pair, learned database by database."""
    from carto_lib.screening.active import learned_chances

    fields = [name for name in TEXTS if name in works]
    texts = works.set_index("work_id")[fields].fillna("").agg("\n".join, axis=1)
    chances = uses["score"].astype(float).copy()
    for _, pairs in uses.groupby("database"):
        own = judged[pairs.index]
        truth = [label == "uses" if known else None for label, known in zip(pairs["label"], own, strict=True)]
        chances[pairs.index] = learned_chances(
            list(texts.reindex(pairs["work_id"]).fillna("")), truth, chances[pairs.index].to_numpy()
        )
    return chances
