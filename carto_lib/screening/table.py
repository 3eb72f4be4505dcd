"""Works and what was read in them to the table *uses*."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from carto_lib.journal import journal_file
from carto_lib.mentions import MentionFinder, WorkReadings, mentions_table, read_works
from carto_lib.registry import Registry
from carto_lib.screening.decide import Decision, Screener
from carto_lib.screening.judgements import read_judgements, with_journal
from carto_lib.screening.queue import reading_order
from carto_lib.tables import Corpus, as_table

_NOTHING_READ = {"label": "none", "reason": "no_mention", "score": 0.0, "decision": "rejected", "decided_by": "rule"}


def screen(
    works: pd.DataFrame,
    readings: Iterable[WorkReadings],
    registry: Registry,
    judgements: pd.DataFrame,
    database: str | None = None,
    screener: Screener | None = None,
) -> pd.DataFrame:
    """Return the table *uses*: a decision for each work × database read or judged.

    Parameters
    ----------
    works : DataFrame
        Table *works*.
    readings : iterable of WorkReadings
        What `carto_lib.mentions.read_works` found in them.
    registry : Registry
        The databases.
    judgements : DataFrame
        Table of `read_judgements`. A judged pair is decided by a person, the screener's own answer beside it;
        an empty label is no use: label ``none``, reason ``unlabelled``, to review.
    database : str, optional
        A database for which every work gets an answer, even where nothing is read (reason ``no_mention``).
    screener : Screener, optional
        The registry's, when several tables are screened.
    """
    screener = screener or Screener(registry)
    facts = works.set_index("work_id")[["year", "type"]]
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    if database is not None:
        for work_id in works["work_id"]:
            rows[work_id, database] = {"work_id": work_id, "database": database, **_NOTHING_READ}
    for work in readings:
        year, kind = facts.loc[work.work_id, "year"], facts.loc[work.work_id, "type"]
        decisions = screener.decide(
            work.texts, work.readings, None if pd.isna(year) else int(year), kind if isinstance(kind, str) else None
        )
        for decision in decisions:
            rows[work.work_id, decision.database] = _row(work.work_id, decision)
    for row in rows.values():
        row["version"] = screener.model.version
    known = judgements[judgements["work_id"].isin(facts.index) & judgements["database"].isin(list(registry))]
    for judged in known.to_dict("records"):
        pair = (judged["work_id"], judged["database"])
        rows[pair] = _judged(rows.get(pair), judged) | {"version": screener.model.version}
    return as_table(rows.values(), "uses")


def _row(work_id: str, decision: Decision) -> dict[str, Any]:
    fields = ("database", "label", "reason", "score", "decision", "decided_by", "evidence")
    return {"work_id": work_id} | {name: getattr(decision, name) for name in fields}


def _judged(row: dict[str, Any] | None, judged: dict[str, Any]) -> dict[str, Any]:
    own = row or {"work_id": judged["work_id"], "database": judged["database"], **_NOTHING_READ}
    label = judged["label"]
    if label:
        reason = judged["reason"] or (own["reason"] if label == own["label"] else None)
        decision = "accepted" if label in ("uses", "describes") else "rejected"
    else:
        label, reason, decision = "none", "unlabelled", "review"
    screened = {f"screener_{name}": own[name] for name in ("label", "reason", "decision")}
    return own | screened | {"label": label, "reason": reason, "decision": decision, "decided_by": "person"}


def screen_corpora(corpora: Iterable[Corpus], registry: Registry, judgements: pd.DataFrame | None = None) -> None:
    """Write the tables *mentions*, *uses* and *queue* of some corpora.

    Parameters
    ----------
    corpora : iterable of Corpus
        Databases' tables; *works* must be there.
    registry : Registry
        The databases.
    judgements : DataFrame, optional
        Default: those of ``data/gold/labels.csv``. The labels of the data folder's own journal are added.
    """
    gold = read_judgements() if judgements is None else judgements
    finder, screener = MentionFinder(registry), Screener(registry)
    for corpus in corpora:
        judged = with_journal(gold, journal_file(corpus.path.parents[1]))
        read = read_works(corpus.works, registry, finder)
        corpus.write("mentions", mentions_table(read))
        corpus.write("uses", screen(corpus.works, read, registry, judged, corpus.database, screener))
        corpus.write("queue", reading_order(corpus.uses, corpus.works))
