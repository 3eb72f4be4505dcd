"""What is known of each work, one column a fact: flags (1, 0 or null where unknown), numbers, and its entities."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from carto_lib.indicators.periods import data_delays
from carto_lib.indicators.population import uses_of
from carto_lib.openness import OPEN_COLOURS, chosen_access
from carto_lib.settings import PROJECT_ROOT
from carto_lib.tables import Atlas, read_table
from carto_lib.text import fold

LEXICON_FILE = PROJECT_ROOT / "data" / "lexicon.csv"
TYPES = {
    "articles": "article",
    "preprints": "preprint",
    "theses": "thesis",
    "reports": "report",
    "protocols": "protocol",
    "reviews": "review",
}
DISEASES, DRUGS = "icd10", "atc"


def work_facts(atlas: Atlas) -> pd.DataFrame:
    """Return the facts of the works that use a database, indexed by work_id; unknown is null, never zero."""
    ids = pd.Index(sorted(uses_of(atlas)["work_id"].unique()), name="work_id")
    works = atlas.works.set_index("work_id").reindex(ids)
    parts: list[Callable[[Atlas, pd.DataFrame], dict[str, pd.Series]]] = [
        _bibliographic,
        _databases,
        _places,
        _ends,
        _authors,
        _access,
        _others,
    ]
    facts: dict[str, pd.Series] = {}
    for part in parts:
        facts |= part(atlas, works)
    frame = pd.DataFrame({name: values.reindex(ids) for name, values in facts.items()}, index=ids)
    return frame.astype("float64")


def _flag(condition: pd.Series, known: pd.Series | None = None) -> pd.Series:
    flag = condition.fillna(False).astype(float)
    return flag if known is None else flag.where(known)


def _bibliographic(atlas: Atlas, works: pd.DataFrame) -> dict[str, pd.Series]:
    kind, language = works["type"], works["language"]
    return {
        "year": works["year"].astype("float64"),
        **{name: _flag(kind == value, kind.notna()) for name, value in TYPES.items()},
        "in_french": _flag(language == "fr", language.notna()),
        "in_english": _flag(language == "en", language.notna()),
        "retracted": works["is_retracted"].astype("float64"),
        "doi_known": _flag(works["doi"].notna()),
        "abstract_known": _flag(works["abstract"].notna()),
        "year_known": _flag(works["year"].notna()),
        "authors_complete": works["authors_complete"].astype("float64"),
        "data_delay": data_delays(works),
    }


def _databases(atlas: Atlas, works: pd.DataFrame) -> dict[str, pd.Series]:
    """Count databases, then families: a part and its whole are one."""
    uses = uses_of(atlas)
    whole = read_table(atlas.file("databases"), "databases").set_index("database")["part_of"].dropna()
    family = uses["database"]
    while family.isin(whole.index).any():
        family = family.map(whole).fillna(family)
    return {
        "several_databases": _flag(uses.groupby("work_id")["database"].nunique() > 1),
        "several_families": _flag(family.groupby(uses["work_id"]).nunique() > 1),
    }


def _places(atlas: Atlas, works: pd.DataFrame) -> dict[str, pd.Series]:
    affiliations = atlas.affiliations
    affiliations = affiliations[affiliations["work_id"].isin(works.index)]
    places = affiliations[["work_id", "institution_id", "country"]].merge(
        atlas.institutions[["institution_id", "region", "sector"]], on="institution_id", how="left"
    )
    country = places.dropna(subset=["country"])
    french = (country["country"] == "FR").groupby(country["work_id"]).any()
    foreign = (country["country"] != "FR").groupby(country["work_id"]).any()
    regions = places.dropna(subset=["region"]).groupby("work_id")["region"].nunique()
    structures = places.dropna(subset=["institution_id"]).groupby("work_id")["institution_id"].nunique()
    sectors = places.dropna(subset=["sector"])
    sectors = pd.crosstab(sectors["work_id"], sectors["sector"]) > 0
    has = {
        name: sectors.get(name, pd.Series(False, index=sectors.index)) for name in ("company", "hospital", "university")
    }
    others = sectors.drop(columns="company", errors="ignore").any(axis=1)
    return {
        "international": _flag(french & foreign),
        "french": _flag(french),
        "interregional": _flag(regions > 1),
        "several_institutions": _flag(structures > 1),
        "public_private": _flag(has["company"] & others),
        **{name: _flag(values) for name, values in has.items()},
        "affiliation_known": _flag(pd.Series(works.index.isin(affiliations["work_id"]), index=works.index)),
    }


def _ends(atlas: Atlas, works: pd.DataFrame) -> dict[str, pd.Series]:
    """Tell whether the first, and the last, author has a French affiliation; the last only on complete lists."""
    affiliations = atlas.affiliations.dropna(subset=["country"])
    french = (affiliations["country"] == "FR").groupby([affiliations["work_id"], affiliations["position"]]).any()
    last = atlas.authorships.groupby("work_id")["position"].max()
    complete = works.index[works["authors_complete"].fillna(False).astype(bool)]
    last = last[last.index.isin(complete)]

    def at(work_ids: pd.Index, positions: pd.Series | int) -> pd.Series:
        key = pd.MultiIndex.from_arrays([work_ids, np.broadcast_to(positions, len(work_ids))])
        return pd.Series(french.reindex(key).to_numpy(), index=work_ids).astype("float64")

    return {
        "first_author_french": at(works.index, 1),
        "last_author_french": at(last.index, last.to_numpy()),
    }


def _authors(atlas: Atlas, works: pd.DataFrame) -> dict[str, pd.Series]:
    authorships = atlas.authorships
    complete = works["authors_complete"].fillna(False).astype(bool)
    counts = authorships.groupby("work_id").size().reindex(works.index).where(complete)
    orcid = authorships["orcid"].notna().groupby(authorships["work_id"]).any()
    return {
        "authors": counts.astype("float64"),
        "single_author": _flag(counts == 1, counts.notna()),
        "orcid_known": orcid.astype(float),
    }


def _access(atlas: Atlas, works: pd.DataFrame) -> dict[str, pd.Series]:
    access = chosen_access(atlas.optional("access"))
    colour, cited = access["oa_colour"], access["cited_by_count"].astype("float64")
    percentile = access["citation_percentile"]
    return {
        "open_access": _flag(colour.isin(OPEN_COLOURS), colour.notna()),
        **{f"oa_{name}": _flag(colour == name, colour.notna()) for name in OPEN_COLOURS},
        "citations": cited,
        "uncited": _flag(cited == 0, cited.notna()),
        "fwci": access["fwci"],
        "top_tenth": _flag(percentile >= 0.9, percentile.notna()),
    }


def _others(atlas: Atlas, works: pd.DataFrame) -> dict[str, pd.Series]:
    updates, trials = atlas.optional("updates"), atlas.optional("trials")

    def present(frame: pd.DataFrame) -> pd.Series:
        return pd.Series(works.index.isin(frame["work_id"]).astype(float), index=works.index)

    return {
        **_topics(atlas.optional("topics"), present),
        "funded": present(atlas.optional("funding")),
        "corrected": present(updates[updates["kind"] == "correction"]),
        "concerned": present(updates[updates["kind"] == "concern"]),
        "with_trial": present(trials[~trials["scheme"].isin(["dataset", "hdh_project"])]),
        "with_dataset": present(trials[trials["scheme"] == "dataset"]),
        "references_known": present(atlas.optional("references")),
    }


def _topics(topics: pd.DataFrame, present: Callable[[pd.DataFrame], pd.Series]) -> dict[str, pd.Series]:
    """Tell which works have a topic; among them, a goal of sustainable development, a disease, a drug.

    Diseases and drugs are the topics that the lexicon files under ICD-10 and ATC.
    """
    known = present(topics) > 0
    sources_of_goals = present(topics[topics["scheme"].isin(["openalex", "sdg"])]) > 0
    scheme = topics["label_en"].fillna("").map(fold).map(_lexicon())
    return {
        "with_topic": known.astype(float),
        "with_sdg": present(topics[topics["scheme"] == "sdg"]).where(sources_of_goals),
        "with_disease": present(topics[scheme == DISEASES]).where(known),
        "with_drug": present(topics[scheme == DRUGS]).where(known),
    }


@cache
def _lexicon() -> dict[str, str]:
    """Return the scheme (icd10, atc …) of each English form of the lexicon, folded."""
    lexicon = pd.read_csv(LEXICON_FILE, dtype="str").fillna("")
    forms = (
        (lexicon["en"] + "|" + lexicon["synonyms_en"]).str.split("|").map(lambda names: [fold(n) for n in names if n])
    )
    return dict(pd.DataFrame({"form": forms, "scheme": lexicon["scheme"]}).explode("form").dropna().to_numpy().tolist())


def entities(atlas: Atlas, kind: str) -> pd.DataFrame:
    """Return which entity stands in which work, each pair once: columns work_id, entity.

    Parameters
    ----------
    kind : str
        ``author``, ``institution``, ``country``, ``region``, ``city``, ``journal``, ``funder`` or ``topic``.
    """
    if kind in ("region", "city"):
        places = atlas.institutions.set_index("institution_id")[kind]
        frame = atlas.affiliations[["work_id"]].assign(entity=atlas.affiliations["institution_id"].map(places))
    else:
        table, column = _ENTITIES[kind]
        source = atlas.optional(table)
        frame = source[["work_id"]].assign(entity=source[column])
    return frame.dropna().drop_duplicates().reset_index(drop=True)


_ENTITIES = {
    "author": ("authorships", "author_id"),
    "institution": ("affiliations", "institution_id"),
    "country": ("affiliations", "country"),
    "journal": ("works", "journal"),
    "funder": ("funding", "funder"),
    "topic": ("topics", "term_id"),
}
