"""What became of the publications that a person gave in a file: found, to be read, or missed, and why."""

import pandas as pd

from carto_lib.tables import Corpus

COLUMNS = ["work_id", "title", "label", "decision", "reason"]
OUTCOMES = ("found", "review", "missed")


def listed_works(corpus: Corpus) -> pd.DataFrame:
    """Return the works of a corpus that came from files, with the screening's answer for its database.

    Parameters
    ----------
    corpus : Corpus
        Its tables *records*, *links*, *works* and *uses*.

    Returns
    -------
    DataFrame
        `COLUMNS` and ``outcome``: ``found`` where the work is accepted as using or describing the database,
        ``review`` where a person must read it, else ``missed``. The missed come first, then by title.
    """
    of_file = corpus.records["query_id"].str.startswith(f"{corpus.database}.file.", na=False)
    key = ["source", "source_id"]
    listed = corpus.records.loc[of_file, key].merge(corpus.links[[*key, "work_id"]], on=key)
    works = corpus.works[corpus.works["work_id"].isin(listed["work_id"])][["work_id", "title"]]
    uses = corpus.uses[corpus.uses["database"] == corpus.database]
    answers = works.merge(uses[["work_id", "label", "decision", "reason"]], on="work_id", how="left")
    about = answers["label"].isin(["uses", "describes"])
    answers["outcome"] = "missed"
    answers.loc[answers["decision"] == "review", "outcome"] = "review"
    answers.loc[about & (answers["decision"] == "accepted"), "outcome"] = "found"
    rank = answers["outcome"].map({outcome: -place for place, outcome in enumerate(OUTCOMES)})
    return answers.assign(rank=rank).sort_values(["rank", "title"]).drop(columns="rank").reset_index(drop=True)
