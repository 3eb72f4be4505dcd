"""What became of the publications that a person gave in a file: found, to be read, or missed, and why."""

import pandas as pd
from rapidfuzz.fuzz import token_set_ratio

from carto_lib.mentions import MentionFinder
from carto_lib.registry import Registry
from carto_lib.tables import Corpus
from carto_lib.text import fold

ANSWER = ["label", "decision", "reason", "evidence"]
OUTCOMES = ("found", "review", "missed")


def listed_works(corpus: Corpus, registry: Registry) -> pd.DataFrame:
    """Return the works of a corpus that came from files, with the screening's answer for its database.

    Parameters
    ----------
    corpus : Corpus
        Its tables *records*, *links*, *works*, *mentions* and *uses*.
    registry : Registry
        The databases, to read again the texts where no form counts.

    Returns
    -------
    DataFrame
        ``work_id``, ``title``, `ANSWER`, ``has_abstract``, ``names`` (forms that count, as printed), ``refused`` (forms
        read but refused) and ``outcome``: ``found`` where the work is accepted as using or describing the database,
        ``review`` where a person must read it, else ``missed``. The missed come first, then those whose title is
        nearest to a name of the database: a name to add is likeliest there.
    """
    of_file = corpus.records["query_id"].str.startswith(f"{corpus.database}.file.", na=False)
    key = ["source", "source_id"]
    listed = corpus.records.loc[of_file, key].merge(corpus.links[[*key, "work_id"]], on=key)
    works = corpus.works[corpus.works["work_id"].isin(listed["work_id"])][["work_id", "title", "abstract"]]
    uses = corpus.uses[corpus.uses["database"] == corpus.database]
    answers = works.merge(uses[["work_id", *ANSWER]], on="work_id", how="left")
    finder = MentionFinder(registry)
    texts = answers[["title", "abstract"]].fillna("")
    readings = [finder.read(*pair) for pair in texts.itertuples(index=False)]
    answers["refused"] = [
        list(dict.fromkeys(r.name for r in some if r.database == corpus.database and not r.counts)) for some in readings
    ]
    answers["has_abstract"] = answers.pop("abstract").fillna("") != ""
    read = corpus.mentions[corpus.mentions["database"] == corpus.database].groupby("work_id")["name"].unique()
    answers["names"] = [list(read.get(work_id, ())) for work_id in answers["work_id"]]
    about = answers["label"].isin(["uses", "describes"])
    answers["outcome"] = "missed"
    answers.loc[answers["decision"] == "review", "outcome"] = "review"
    answers.loc[about & (answers["decision"] == "accepted"), "outcome"] = "found"
    rank = answers["outcome"].map({outcome: -place for place, outcome in enumerate(OUTCOMES)})
    names = [fold(form.text) for form in registry[corpus.database].names]
    near = [max(token_set_ratio(fold(title), name) for name in names) for title in answers["title"].fillna("")]
    ranked = answers.assign(rank=rank, near=near).sort_values(["rank", "near", "title"], ascending=[True, False, True])
    return ranked.drop(columns=["rank", "near"]).reset_index(drop=True)
