"""Name communities by what sets their works apart: class-based TF-IDF over topics, else over words of titles.

The score of a term in a community is ``tf · log(1 + A / f)`` with tf its works in the community, f its works in all
and A the mean number of terms a community holds (Grootendorst 2022, https://arxiv.org/abs/2203.05794, section 3.3).
"""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from carto_lib.tables import Atlas

TERMS_SHOWN = 3
TOPIC_SCHEMES = ("mesh", "keyword", "openalex")
LABELLED_COMMUNITIES = 500
GENERIC = (
    "study", "étude", "etude", "cohort", "cohorte", "data", "données", "analysis", "analyse", "france",
    "french", "français", "française", "nationwide", "national", "nationale", "population", "based", "using",
    "from", "results", "résultats", "among", "after", "between", "with", "pour", "dans", "chez", "selon",
    "entre", "depuis", "risk", "risque", "patients", "association", "associated", "health", "santé", "database",
    "base", "bases", "trends", "evaluation", "évaluation", "avec", "leur", "leurs", "ainsi", "comme",
    "observational", "retrospective", "prospective", "cross", "sectional", "impact", "partir", "people",
    "personnes", "adults", "adultes", "individuals", "self", "healthcare", "soins", "care", "administrative",
    "databases", "claims", "registry", "registre", "registries", "registres", "cohorts", "cohortes", "year",
    "years", "année", "années", "real", "world", "case",
)  # fmt: skip


def label_communities(members: pd.DataFrame, atlas: Atlas) -> pd.Series:
    """Return the label of each community: its most distinctive terms.

    Parameters
    ----------
    members : DataFrame
        Columns ``work_id``, ``community``: the works of each community.

    Returns
    -------
    Series
        "term, term, term" indexed by community; null for communities beyond the `LABELLED_COMMUNITIES` largest or
        without any term.
    """
    members = members[members["community"] < LABELLED_COMMUNITIES].drop_duplicates()
    counts = members.merge(terms(atlas, members["work_id"].unique()), on="work_id")
    counts = counts.groupby(["community", "term"], as_index=False).size()
    if counts.empty:
        return pd.Series(dtype="str", name="community_label")
    everywhere = counts.groupby("term")["size"].transform("sum")
    mean_terms = counts["size"].sum() / counts["community"].nunique()
    counts["score"] = counts["size"] * np.log1p(mean_terms / everywhere)
    best = counts.sort_values(["community", "score", "term"], ascending=[True, False, True])
    return best.groupby("community").head(TERMS_SHOWN).groupby("community")["term"].agg(", ".join)


def terms(atlas: Atlas, work_ids: Any, language: str = "fr") -> pd.DataFrame:
    """Return the terms of works (``work_id``, ``term``): topics where a work has any, else the words of its title."""
    named = topic_terms(atlas, language)
    named = named[named["work_id"].isin(work_ids)]
    works = atlas.works
    works = works[works["work_id"].isin(work_ids) & ~works["work_id"].isin(named["work_id"])]
    return pd.concat([named, title_terms(works)], ignore_index=True)


def topic_terms(atlas: Atlas, language: str = "fr") -> pd.DataFrame:
    """Return the topics of works (``work_id``, ``term``), in the reader's language where it is known."""
    topics = atlas.optional("topics")
    topics = topics[topics["scheme"].isin(TOPIC_SCHEMES)]
    other = "en" if language == "fr" else "fr"
    labels = topics[f"label_{language}"].fillna(topics[f"label_{other}"]).fillna(topics["term_id"])
    return pd.DataFrame({"work_id": topics["work_id"], "term": labels.str.lower()}).drop_duplicates()


def title_terms(works: pd.DataFrame) -> pd.DataFrame:
    """Return the words of works' titles (``work_id``, ``term``), French and English stop words left out."""
    words = works["title"].fillna("").map(_words)
    return pd.DataFrame({"work_id": works["work_id"], "term": words}).explode("term").dropna().drop_duplicates()


def _words(title: str) -> list[str]:
    return [word for word in _analyzer().analyze(title) if len(word) > 3 and not word.isdigit()]


@cache
def _analyzer() -> Any:
    import tantivy  # its stop words are French and English

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
    for language in ("french", "english"):
        builder = builder.filter(tantivy.Filter.stopword(language))
    return builder.filter(tantivy.Filter.custom_stopword(list(GENERIC))).build()
