"""What works are about: their terms, in both languages, and the themes that the terms draw (TF-IDF, then NMF).

A work's terms are its topics (MeSH, keywords, OpenAlex), the notions of the lexicon that its title names, in French or
in English, and the other words of its title; how it was done (a cohort, a registry) is no term. Themes are the factors
of a non-negative factorisation of the terms' TF-IDF (Lee, Seung 1999, https://doi.org/10.1038/44565), each named by its
three heaviest terms; a work stands in the theme that weighs most in it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from carto_lib.networks.labels import GENERIC, TOPIC_SCHEMES
from carto_lib.search.analysis import STOP_WORDS, plain_words
from carto_lib.search.vocabulary import Vocabulary, read_lexicon
from carto_lib.tables import Atlas, as_table, read_table
from carto_lib.text import fold

FEWEST_THEMES, MOST_THEMES = 4, 30
WORKS_PER_THEME = 6.0
NAMED_BY = 3
TERM_WORKS = 3
TERM_SHARE = 0.3
FEATURES = 4000
ITERATIONS = 150
SHORTEST_WORD = 4
VAGUE = (
    "during", "year", "years", "annee", "annees", "factors", "facteurs", "system", "systeme", "case", "cases", "level",
    "effect", "effects", "effet", "effets", "real", "world", "large", "first", "without", "related", "following",
    "comparison", "comparaison", "insights", "report", "rapport", "adult", "adults", "adultes", "disease", "diseases",
    "maladie", "maladies", "care", "systems", "time", "status", "role", "high", "long", "term", "people", "persons",
    "personnes", "place", "suivi", "follow", "group", "period", "overview", "methods", "methode", "research",
    "recherche", "protocol", "profile", "profil", "survey", "enquete", "linked", "linkage", "general", "current",
    "management", "healthcare", "hospital", "information", "characteristics", "outcomes", "burden", "early", "findings",
    "databases", "rates", "acute", "clinical", "design", "hospitalized", "treatment", "estimation", "number",
    "epidemiology", "epidemiologie", "direct", "network", "activity", "activite", "medical", "treated", "exposure",
    "determinants", "diagnosis", "programme", "consumption", "public", "example", "increased", "evidence", "chronic",
    "according", "access", "acces", "life", "million", "millions", "major", "accomplishments", "inclusion",
    "perspective", "perspectives", "between", "among", "occupational",
)  # fmt: skip
DESIGNS = (
    "capture-recapture", "case-control", "claims-database", "clustering", "cohort-study", "data-warehouse",
    "electronic-health-records", "health-survey", "hospital-discharge-data", "machine-learning", "propensity-score",
    "randomized-trial", "record-linkage", "registries", "self-controlled-case-series", "systematic-review",
    "validation-study",
)  # fmt: skip


def write_themes(atlas: Atlas) -> None:
    """Make tables ``terms`` and ``themes`` of an atlas from its works and topics, and write them."""
    terms = find_terms(atlas)
    atlas.write("terms", terms)
    atlas.write("themes", find_themes(terms, atlas.works["work_id"]))


def find_terms(atlas: Atlas) -> pd.DataFrame:
    """Return table ``terms``: work_id, term_id, label_fr, label_en, each term of a work once."""
    vocabulary = Vocabulary({concept.concept_id: concept for concept in read_lexicon()})
    works = atlas.works[["work_id", "title"]].dropna()
    printed = _printed_words(works["title"])
    unwanted = STOP_WORDS | {fold(word) for word in (*GENERIC, *VAGUE)} | _names_of_databases(atlas)
    rows = [
        (work_id, *term)
        for work_id, title in works.itertuples(index=False, name=None)
        for term in _terms_of(title, vocabulary, printed, unwanted)
    ]
    named = pd.DataFrame([*_topics(atlas, vocabulary), *rows], columns=["work_id", "term_id", "label_fr", "label_en"])
    return as_table(named.drop_duplicates(["work_id", "term_id"], ignore_index=True), "terms")


def _topics(atlas: Atlas, vocabulary: Vocabulary) -> Iterator[tuple[str, str, str, str]]:
    """Give the topics of works, under the lexicon's notion where it has one of the same name."""
    topics = atlas.optional("topics")
    topics = topics[topics["scheme"].isin(TOPIC_SCHEMES)]
    for work_id, english, french, term_id in topics[["work_id", "label_en", "label_fr", "term_id"]].itertuples(
        index=False, name=None
    ):
        label = next(str(one) for one in (english, french, term_id) if pd.notna(one))
        words = plain_words(label)
        length, concepts = vocabulary.at(words, 0)
        if concepts and length == len(words):
            yield work_id, concepts[0].concept_id, concepts[0].label("fr"), concepts[0].label("en")
        elif words:
            yield work_id, f"word:{' '.join(words)}", str(label if pd.isna(french) else french).lower(), label.lower()


def _terms_of(
    title: str, vocabulary: Vocabulary, printed: Mapping[str, str], unwanted: frozenset[str]
) -> Iterator[tuple[str, str, str]]:
    words, place = plain_words(title), 0
    while place < len(words):
        length, concepts = vocabulary.at(words, place)
        for concept in concepts[:1]:
            if concept.concept_id.removeprefix("lexicon:") in DESIGNS:
                break
            yield concept.concept_id, concept.label("fr"), concept.label("en")
        word = words[place]
        if not length and len(word) >= SHORTEST_WORD and word.isalpha() and word not in unwanted:
            yield f"word:{word}", printed.get(word, word), printed.get(word, word)
        place += length or 1


def _printed_words(titles: pd.Series) -> dict[str, str]:
    """Return how each folded word is printed most often, its accents kept."""
    seen: Counter[str] = Counter()
    for title in titles:
        seen.update(re.findall(r"[^\W\d_]+", title.lower()))
    printed: dict[str, str] = {}
    for word, _ in seen.most_common():
        printed.setdefault(fold(word), word)
    return printed


def _names_of_databases(atlas: Atlas) -> frozenset[str]:
    databases = read_table(atlas.file("databases"), "databases")
    names = [*databases["database"], *databases["acronym"].dropna()]
    return frozenset(word for name in names for word in plain_words(str(name)))


def find_themes(terms: pd.DataFrame, work_ids: pd.Series) -> pd.DataFrame:
    """Return table ``themes``: the theme of each work that has terms, with its name; largest theme first, from 0.

    Parameters
    ----------
    terms : DataFrame
        As `find_terms` returns it.
    work_ids : Series
        Every work of the atlas: their number sets that of the themes.
    """
    from sklearn.decomposition import NMF  # this stage alone needs it
    from sklearn.feature_extraction.text import TfidfTransformer

    matrix, works, names = _term_matrix(terms, len(work_ids))
    count = int(np.clip(round(np.sqrt(len(work_ids) / WORKS_PER_THEME)), FEWEST_THEMES, MOST_THEMES))
    count = min(count, *matrix.shape)
    if count < 2:
        return as_table([], "themes")
    weights = TfidfTransformer(sublinear_tf=True).fit_transform(matrix)
    model = NMF(count, init="nndsvda", max_iter=ITERATIONS, tol=1e-3, random_state=0)
    shares = model.fit_transform(weights)
    heaviest = np.argsort(-model.components_, axis=1, kind="stable")[:, :NAMED_BY]
    theme, total = shares.argmax(axis=1), shares.sum(axis=1)
    found = pd.DataFrame({"work_id": works, "theme": theme, "weight": shares.max(axis=1)})
    found["weight"] = (found["weight"] / np.where(total > 0, total, 1)).round(3)
    found = found[total > 0]
    for language in ("fr", "en"):
        labels = [" · ".join(names.iloc[row][f"label_{language}"]) for row in heaviest]
        found[f"label_{language}"] = found["theme"].map(dict(enumerate(labels)))
    order = found["theme"].value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable").index
    found["theme"] = found["theme"].map({old: new for new, old in enumerate(order)})
    return as_table(found.sort_values(["theme", "work_id"], ignore_index=True), "themes")


def _term_matrix(terms: pd.DataFrame, total: int) -> tuple[Any, pd.Index, pd.DataFrame]:
    """Return works × terms as 0 or 1 (sparse), the works, and the terms' labels; too rare and too common ones out."""
    from scipy.sparse import csr_matrix

    counts = terms["term_id"].value_counts()
    kept = counts[(counts >= TERM_WORKS) & (counts <= max(TERM_WORKS, TERM_SHARE * total))]
    kept = kept.sort_index().sort_values(ascending=False, kind="stable").head(FEATURES)
    used = terms[terms["term_id"].isin(kept.index)]
    works = pd.Index(used["work_id"].unique())
    place = works.get_indexer(used["work_id"]), kept.index.get_indexer(used["term_id"])
    matrix = csr_matrix((np.ones(len(used)), place), shape=(len(works), len(kept)))
    names = used.drop_duplicates("term_id").set_index("term_id").reindex(kept.index)
    return matrix, works, names
