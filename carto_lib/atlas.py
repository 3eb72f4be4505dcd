"""Corpora → atlas: every work once, whatever the number of databases it uses."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from carto_lib.dedupe import dedupe
from carto_lib.enrich.people import enrich_people
from carto_lib.enrich.rectifications import apply_rectifications
from carto_lib.errors import TableError
from carto_lib.i18n import translate
from carto_lib.registry import Database
from carto_lib.tables import Atlas, Corpus, as_table, corpora, table_specs

UNITED = ("mentions", "affiliations", "topics", "funding", "access", "references", "trials", "updates", "lookups")
RELATIONS = ("uses", "describes", "mentions")


def build_atlas(
    data: Path, registry: Mapping[str, Database], log: Callable[[str], object] = lambda message: None
) -> Atlas:
    """Unite the corpora of a data folder into ``<data>/atlas``.

    Records are deduplicated again over all corpora, so that a work found for two databases, perhaps through
    two sources, stands once; the tables of each corpus follow their works to their final identifiers.

    Parameters
    ----------
    data : Path
        The data folder; every ``corpora/<id>`` in it is read.
    registry : mapping of str to Database
        Gives the names of the databases.
    log : callable
        Is told the name of each table as it is written.

    Returns
    -------
    Atlas
        The tables written; search index, networks and indicators are made from it by later stages.

    Raises
    ------
    TableError
        If there is no corpus, or one lacks a table.
    """
    found = [corpus for corpus in corpora(data) if corpus.has("uses")]
    if not found:
        raise TableError(translate("runs.no_corpus", folder=data / "corpora"))
    atlas = Atlas(data / "atlas")
    records = unite_records(found)
    deduped = dedupe(records)
    final_ids = [_final_ids(corpus, deduped.links) for corpus in found]
    tables = {"works": deduped.works, "provenance": deduped.provenance, "links": deduped.links, "records": records}
    tables |= {name: _unite(name, found, final_ids) for name in UNITED}
    tables["uses"] = _unite_uses(found, final_ids)
    tables["institutions"] = _unite_institutions(found, tables["affiliations"])
    tables["authorships"], tables["authors"] = enrich_people(
        deduped.works, records, deduped.links, deduped.provenance, _unite_claims(found, final_ids)
    )
    tables["journals"] = _unite_journals(found, deduped.works)
    tables = apply_rectifications(tables)
    tables["databases"] = describe_databases(tables["uses"], registry)
    for name, table in tables.items():
        log(name)
        atlas.write(name, table)
    return atlas


def unite_records(found: list[Corpus]) -> pd.DataFrame:
    """Return the records of all corpora, each source's record once."""
    united = pd.concat([corpus.records for corpus in found], ignore_index=True)
    return united.sort_values(["source", "source_id", "query_id"], kind="stable").drop_duplicates(
        ["source", "source_id"], ignore_index=True
    )


def _final_ids(corpus: Corpus, links: pd.DataFrame) -> dict[str, str]:
    """Map a corpus's work identifiers to those of the atlas, through the records that both hold."""
    pairs = corpus.links.merge(links, on=["source", "source_id"], suffixes=("", "_final"))
    return dict(zip(pairs["work_id"], pairs["work_id_final"], strict=True))


def _unite(name: str, found: list[Corpus], final_ids: list[dict[str, str]]) -> pd.DataFrame:
    key = table_specs()[name]["key"]
    frames = []
    for corpus, ids in zip(found, final_ids, strict=True):
        frame = corpus.optional(name)
        if len(frame):
            frames.append(frame.assign(work_id=frame["work_id"].map(ids), corpus=corpus.database))
    if not frames:
        return as_table([], name)
    united = pd.concat(frames, ignore_index=True)
    if name == "affiliations":
        united = _one_corpus_per_work(united)
    return as_table(united.drop_duplicates(key, ignore_index=True), name)


def _one_corpus_per_work(affiliations: pd.DataFrame) -> pd.DataFrame:
    """Keep each work's affiliations from the corpus that has most of them: rows of two corpora would mix ranks."""
    counts = affiliations.groupby(["work_id", "corpus"], as_index=False).size()
    best = counts.sort_values(["size", "corpus"], ascending=[False, True]).drop_duplicates("work_id")
    return affiliations.merge(best[["work_id", "corpus"]], on=["work_id", "corpus"])


def _unite_claims(found: list[Corpus], final_ids: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """Return the ORCIDs that the corpora know, by work: some were looked up, no record holds them."""
    claims: dict[str, list[dict[str, str]]] = {}
    for corpus, ids in zip(found, final_ids, strict=True):
        known = corpus.optional("authorships").dropna(subset=["orcid", "name"])
        for work_id, name, orcid in known[["work_id", "name", "orcid"]].itertuples(index=False):
            if work_id in ids:
                claims.setdefault(ids[work_id], []).append({"name": name, "orcid": orcid})
    return claims


def _unite_uses(found: list[Corpus], final_ids: list[dict[str, str]]) -> pd.DataFrame:
    """Unite the uses; where two corpora judge the same pair, the database's own corpus has the last word."""
    frames = []
    for corpus, ids in zip(found, final_ids, strict=True):
        frame = corpus.uses
        frames.append(frame.assign(work_id=frame["work_id"].map(ids), own=frame["database"] == corpus.database))
    united = pd.concat(frames, ignore_index=True)
    united["person"] = united["decided_by"] == "person"
    united["relation"] = united["label"].isin(RELATIONS)
    united = united.sort_values(
        ["work_id", "database", "person", "own", "relation", "score"],
        ascending=[True, True, False, False, False, False],
        kind="stable",
    )
    return as_table(united.drop_duplicates(["work_id", "database"]), "uses")


def _unite_institutions(found: list[Corpus], affiliations: pd.DataFrame) -> pd.DataFrame:
    frames = [corpus.optional("institutions") for corpus in found]
    united = pd.concat(frames, ignore_index=True).drop_duplicates("institution_id", ignore_index=True)
    counts = affiliations.dropna(subset=["institution_id"]).groupby("institution_id")["work_id"].nunique()
    united["works"] = united["institution_id"].map(counts).fillna(0).astype("Int64")
    return as_table(united, "institutions")


def _unite_journals(found: list[Corpus], works: pd.DataFrame) -> pd.DataFrame:
    frames = [corpus.optional("journals") for corpus in found]
    united = pd.concat(frames, ignore_index=True).drop_duplicates("journal", ignore_index=True)
    united["works"] = united["journal"].map(works["journal"].value_counts()).fillna(0).astype("Int64")
    return as_table(united, "journals")


def describe_databases(uses: pd.DataFrame, registry: Mapping[str, Database]) -> pd.DataFrame:
    """Return one row per database that has a row in `uses`, with how many works are in relation with it and use it.

    ``part_of`` is the nearest database above it that has a row too, so that no link of the hierarchy is lost; where
    none has, the one just above.
    """
    related = uses[uses["label"].isin(RELATIONS)]
    used = uses[(uses["label"] == "uses") & (uses["decision"] == "accepted")]
    works, users = related["database"].value_counts(), used["database"].value_counts()
    rows = []
    present = set(uses["database"])
    for name in sorted(present):
        database = registry[name]
        whole = database.part_of
        while whole is not None and whole not in present:
            whole = registry[whole].part_of
        rows.append(
            {
                "database": name,
                "name_fr": database.name.fr,
                "name_en": database.name.en,
                "acronym": database.short_name,
                "kind": database.kind,
                "part_of": whole or database.part_of,
                "holder": database.holder.name if database.holder else None,
                "works": int(works.get(name, 0)),
                "uses": int(users.get(name, 0)),
            }
        )
    return as_table(rows, "databases")
