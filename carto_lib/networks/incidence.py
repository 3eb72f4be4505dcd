"""Who or what stands in which work: the long tables (work_id, id) that every network is counted from.

Each function returns an `Incidence`: one row per work and node, never twice, and the labels of the nodes.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from carto_lib.tables import Atlas
from carto_lib.text import fold

MAX_AUTHORS = 100
MAX_TERMS = 500
MAX_CITING = 200


@dataclass(frozen=True)
class Incidence:
    """What a network is counted from.

    Attributes
    ----------
    rows : DataFrame
        Columns ``work_id``, ``id``: the node stands in the work. One row per pair.
    labels : Series
        Display name, indexed by node id.
    counts : dict
        What a reader must know of the material (works, works with an incomplete author list …).
    """

    rows: pd.DataFrame
    labels: pd.Series
    counts: dict[str, int] = field(default_factory=dict)

    def kept(self, min_works: int) -> "Incidence":
        """Keep the nodes that stand in at least `min_works` works."""
        if min_works <= 1:
            return self
        sizes = self.rows["id"].value_counts()
        names = sizes.index[sizes >= min_works]
        rows = self.rows[self.rows["id"].isin(names)]
        return Incidence(rows, self.labels[self.labels.index.isin(names)], self.counts)


def _incidence(rows: pd.DataFrame, labels: pd.Series, **counts: int) -> Incidence:
    rows = rows[["work_id", "id"]].dropna().drop_duplicates().sort_values(["work_id", "id"], ignore_index=True)
    return Incidence(rows, labels.sort_index(), {"works": int(rows["work_id"].nunique()), **counts})


def people(atlas: Atlas) -> Incidence:
    """Return the people of each work (table authorships)."""
    rows = atlas.authorships.rename(columns={"author_id": "id"})
    works = atlas.works
    listed = works[works["work_id"].isin(rows["work_id"])]
    incomplete = int((~listed["authors_complete"].fillna(True).astype(bool)).sum())
    return _incidence(rows, atlas.authors.set_index("author_id")["name"], works_incomplete=incomplete)


def structures(atlas: Atlas) -> Incidence:
    """Return the institutions of each work: all affiliations, those printed for the whole work (position 0) too."""
    rows = atlas.affiliations.rename(columns={"institution_id": "id"})
    missing = int(rows.groupby("work_id")["id"].count().eq(0).sum())
    institutions = atlas.institutions.set_index("institution_id")
    return _incidence(rows, institutions["name"], works_unmatched=missing)


def databases(atlas: Atlas) -> Incidence:
    """Return the databases that each work uses (label uses, accepted)."""
    uses = atlas.uses
    rows = uses[(uses["label"] == "uses") & (uses["decision"] == "accepted")].rename(columns={"database": "id"})
    known = atlas.databases.set_index("database")
    return _incidence(rows, known["acronym"].fillna(known["name_fr"]))


def keywords(atlas: Atlas) -> Incidence:
    """Return the terms of each work: its MeSH headings and keywords (table topics), else its authors' keywords.

    Only the `MAX_TERMS` most frequent terms are kept.
    """
    topics = atlas.optional("topics")
    topics = topics[topics["scheme"].isin(["mesh", "keyword"])]
    if topics.empty:
        rows = _author_keywords(atlas)
    else:
        rows = pd.DataFrame(
            {
                "work_id": topics["work_id"],
                "id": topics["scheme"] + ":" + topics["term_id"],
                "label": topics["label_fr"].fillna(topics["label_en"]).fillna(topics["term_id"]),
            }
        )
    labels = rows.sort_values(["id", "label"]).drop_duplicates("id").set_index("id")["label"]
    frequent = rows.drop_duplicates(["work_id", "id"])["id"].value_counts().reset_index()
    frequent = frequent.sort_values(["count", "id"], ascending=[False, True]).head(MAX_TERMS)["id"]
    rows = rows[rows["id"].isin(frequent)]
    return _incidence(rows, labels[labels.index.isin(frequent)])


def _author_keywords(atlas: Atlas) -> pd.DataFrame:
    texts = atlas.works.set_index("work_id")["keywords"].dropna().map(json.loads).explode().dropna()
    rows = texts.rename("label").reset_index()
    rows["id"] = "keyword:" + rows["label"].astype(str).map(fold).astype(str)
    return rows[rows["id"] != "keyword:"]


def references(atlas: Atlas) -> Incidence:
    """Return the works that cite each reference: here the "work" in common is the cited one, the nodes are ours.

    References cited by more than `MAX_CITING` works say too little of what two of them share: they are left out.
    """
    cited = atlas.optional("references").rename(columns={"work_id": "id", "cited_id": "work_id"})
    citing = cited.groupby("work_id")["id"].transform("nunique")
    rows = cited[citing <= MAX_CITING]
    titles = atlas.works.set_index("work_id")["title"]
    common = int(cited.loc[citing > MAX_CITING, "work_id"].nunique())
    return _incidence(rows, titles[titles.index.isin(rows["id"])], references_left_out=common)


INCIDENCES: dict[str, Callable[[Atlas], Incidence]] = {
    "coauthorship": people,
    "coinstitution": structures,
    "database_couse": databases,
    "keywords": keywords,
    "coupling": references,
}


def structures_and_databases(atlas: Atlas) -> tuple[Incidence, Incidence]:
    """Return both sides of the bipartite network, with ids that can't be confused (``database:…``)."""
    right = databases(atlas)
    rows = right.rows.assign(id="database:" + right.rows["id"])
    labels = right.labels.rename(index=lambda name: f"database:{name}")
    return structures(atlas), Incidence(rows, labels, right.counts)
