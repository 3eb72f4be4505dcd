"""What the quality page and ``carto evaluate`` show of a database or of all, written as ``quality.json``."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from carto_lib.errors import CartoError
from carto_lib.evaluation.capture import estimate_recall
from carto_lib.evaluation.cases import KEPT, Case, judged_cases
from carto_lib.evaluation.gold import annotators_agreement, to_adjudicate
from carto_lib.evaluation.metrics import number_needed_to_read, proportion
from carto_lib.evaluation.queries import clause_costs, measure_queries, query_drift, query_versions
from carto_lib.evaluation.screened import Screened, measure_screening, screened
from carto_lib.harvest import HARVESTED, Haul, read_journal
from carto_lib.journal import journal_file
from carto_lib.query import Document, Query
from carto_lib.registry import Registry
from carto_lib.screening import Scanner
from carto_lib.screening.judgements import every_label, journal_labels
from carto_lib.settings import GOLD_FILE
from carto_lib.tables import Atlas, Corpus, TableFolder, corpora, write_atomically

ALL = "all"
NOT_HARVESTED = {"value": None, "reason": "not_harvested"}


@dataclass(frozen=True)
class Measured:
    """What every corpus is measured with, read once: the judged cases, the screener's answers, all labels."""

    registry: Registry
    cases: Mapping[str, list[Case]]
    answers: Screened
    labels: pd.DataFrame

    @classmethod
    def read(
        cls, registry: Registry, data: Path, publications: Path | None = None, gold: Path = GOLD_FILE
    ) -> "Measured":
        """Read the gold file and other readings, the quotations where given, and the labels of a folder's journal."""
        labels = pd.concat([every_label(gold, registry), journal_labels(journal_file(data))], ignore_index=True)
        cases = judged_cases(registry, gold, publications)
        pairs = [(name, case) for name in sorted(cases) for case in cases[name]]
        return cls(registry, cases, screened(pairs, Scanner(registry)), labels)


def write_quality(data: Path, databases: Iterable[str], registry: Registry, publications: Path | None = None) -> None:
    """Measure some corpora of a data folder; each gets its ``quality.json``."""
    measured = Measured.read(registry, data, publications)
    for database in databases:
        corpus = Corpus.of(data, database)
        _write(corpus, corpus_quality(corpus, measured))


def write_atlas_quality(data: Path, registry: Registry, publications: Path | None = None) -> None:
    """Measure all databases together; the atlas gets its ``quality.json``."""
    measured = Measured.read(registry, data, publications)
    found = [corpus for corpus in corpora(data) if corpus.has("uses")]
    hauls = [haul for corpus in found for haul in read_journal(corpus)]
    queries = [
        measure_queries(name, cases, query_versions(name, registry)) for name, cases in sorted(measured.cases.items())
    ]
    quality = _tables_quality(Atlas(data / "atlas"), ALL, hauls) | measure_screening(measured.answers)
    quality |= {"queries": _pooled(queries), "drift": []} | _people(measured.labels)
    _write(Atlas(data / "atlas"), quality)


def evaluate(
    database: str,
    registry: Registry,
    data: Path,
    *,
    gold: Path = GOLD_FILE,
    publications: Path | None = None,
    query: Query | None = None,
) -> dict[str, Any]:
    """Return the quality of one database: of its corpus where there is one, of its query and screening in any case.

    Parameters
    ----------
    database : str
        Id.
    registry : Registry
        The databases.
    data : Path
        The folder of corpora, and of the labels given through the pages.
    gold : Path
        Labels.
    publications : Path, optional
        Folder of judged quotations.
    query : Query, optional
        A query to measure beside the versions kept.

    Returns
    -------
    dict
        See `corpus_quality`.

    Raises
    ------
    CartoError
        If the database has no judged work.
    """
    measured = Measured.read(registry, data, publications, gold)
    if not measured.cases.get(database):
        raise CartoError(f"no judged work for {database!r} in {gold.name}: label some first")
    return corpus_quality(Corpus.of(data, database), measured, query)


def corpus_quality(corpus: Corpus, measured: Measured, query: Query | None = None) -> dict[str, Any]:
    """Return the quality of one corpus.

    Returns
    -------
    dict
        ``flow`` (PRISMA 2020 counts), ``channels``, ``recall``, ``nnr``, ``costs`` (of each clause), ``works`` and
        ``screening`` (see `carto_lib.evaluation.screened`), ``queries`` and ``drift`` (see
        `carto_lib.evaluation.queries`), ``agreement`` and ``disputed``; a figure that can't be given is null beside a
        ``reason``: ``not_harvested`` or ``refused``.
    """
    name = corpus.database
    cases = measured.cases.get(name, [])
    labels = measured.labels[measured.labels["database"] == name]
    versions = query_versions(name, measured.registry, query)
    quality = _tables_quality(corpus, name, read_journal(corpus)) if corpus.has("uses") else _no_tables(name)
    if quality["harvested"]:
        quality["costs"] = clause_costs(versions[-1][0], _documents(corpus))
    quality |= measure_screening(measured.answers.of(name))
    quality |= {
        "queries": measure_queries(name, cases, versions),
        "drift": query_drift(name, cases, versions),
    }
    return quality | _people(labels)


def _no_tables(database: str) -> dict[str, Any]:
    """Return what stands for the figures of a corpus that isn't there."""
    nothing: dict[str, Any] = {"database": database, "harvested": False, "flow": None, "channels": [], "costs": []}
    return nothing | {"recall": NOT_HARVESTED, "nnr": NOT_HARVESTED}


def _documents(corpus: Corpus) -> list[tuple[Document, bool]]:
    """Return the works of a corpus as a query reads them, each with whether it was kept."""
    outcomes = _outcomes(corpus.uses)
    kept = set(outcomes.index[outcomes["decision"] == "accepted"])
    works = corpus.works[["work_id", "title", "title_original", "abstract", "keywords"]].fillna("")
    printed = corpus.optional("affiliations").groupby("work_id")["raw"].agg("\n".join).to_dict()
    authors = corpus.optional("authorships").groupby("work_id")["name"].agg(list).to_dict()
    return [
        (Document("\n".join(texts), printed.get(work_id, ""), authors.get(work_id, ())), work_id in kept)
        for work_id, *texts in works.itertuples(index=False)
    ]


def _tables_quality(tables: TableFolder, database: str, hauls: list[Haul]) -> dict[str, Any]:
    """Return what the tables and the journals of harvest say: flow, channels, recall, NNR."""
    uses = tables.table("uses")
    if database != ALL:
        uses = uses[uses["database"] == database]
    outcomes = _outcomes(uses)
    kept = outcomes.index[outcomes["decision"] == "accepted"]
    links = tables.optional("links")
    links = links[links["work_id"].isin(kept)]
    found = {str(source): set(rows["work_id"]) for source, rows in links.groupby("source")}
    live = any(haul.source in HARVESTED and haul.records for haul in hauls)
    screened = len(tables.table("works"))
    return {
        "database": database,
        "harvested": live,
        "flow": _flow(outcomes, screened, hauls),
        "channels": _channels(found),
        "costs": [],
        "recall": _recall(found) if live else NOT_HARVESTED,
        "nnr": (
            {"value": number_needed_to_read(len(kept), screened), "k": len(kept), "n": screened}
            if live
            else NOT_HARVESTED
        ),
    }


def _outcomes(uses: pd.DataFrame) -> pd.DataFrame:
    """Return one row a work: what became of it, the best of its pairs."""
    order = {"accepted": 0, "review": 1, "rejected": 2}
    labels = {"uses": 0, "describes": 1, "mentions": 2, "none": 3}
    ranked = uses.assign(first=uses["decision"].map(order), then=uses["label"].map(labels))
    ranked = ranked.sort_values(["work_id", "first", "then", "database"]).drop_duplicates("work_id")
    return ranked.set_index("work_id")[["decision", "label", "reason", "decided_by"]]


def _flow(outcomes: pd.DataFrame, screened: int, hauls: list[Haul]) -> dict[str, Any]:
    sources: Counter[str] = Counter()
    for haul in hauls:
        sources[haul.source] += haul.records
    identified = sources.total() or screened  # tables without the journal of their harvest
    rejected = outcomes[outcomes["decision"] == "rejected"]
    why = rejected["reason"].fillna(rejected["label"])
    by_person = rejected["decided_by"] == "person"
    accepted = outcomes[outcomes["decision"] == "accepted"]
    review = outcomes[outcomes["decision"] == "review"]
    return {
        "sources": dict(sorted(sources.items())),
        "identified": identified,
        "duplicates": identified - screened,
        "screened": screened,
        "excluded_by_machine": _counts(why[~by_person]),
        "excluded_by_person": _counts(why[by_person]),
        "unread": screened - len(outcomes),
        "doubtful": int((review["reason"].fillna("") != "unlabelled").sum()),
        "unlabelled": int((review["reason"].fillna("") == "unlabelled").sum()),
        "included": _counts(accepted["label"]),
        "included_by_person": int((accepted["decided_by"] == "person").sum()),
    }


def _counts(values: pd.Series) -> dict[str, int]:
    return {str(value): int(count) for value, count in sorted(values.value_counts().items())}


def _channels(found: Mapping[str, set[str]]) -> list[dict[str, Any]]:
    """Return the works kept that each set of channels found, largest first."""
    of_work: dict[str, list[str]] = {}
    for channel in sorted(found):
        for work in found[channel]:
            of_work.setdefault(work, []).append(channel)
    sets = Counter(tuple(channels) for channels in of_work.values())
    ranked = sorted(sets.items(), key=lambda item: (-item[1], item[0]))
    return [{"channels": list(channels), "works": works} for channels, works in ranked]


def _recall(found: Mapping[str, set[str]]) -> dict[str, Any]:
    try:
        estimate = estimate_recall(found)
    except CartoError as error:
        return {"value": None, "reason": "refused", "detail": str(error)}
    (low, high), (lowest, highest) = estimate.recall, estimate.interval
    shares = {"low": low, "high": high, "interval_low": lowest, "interval_high": highest}
    return {name: round(share, 4) for name, share in shares.items()} | {
        "found": estimate.found,
        "models": len(estimate.plausible),
    }


def _pooled(queries: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the figures of each version of the queries, over all databases; who lacks one keeps the one before."""
    pooled = []
    for version in sorted({one["version"] for versions in queries for one in versions}):
        own = [[one for one in versions if one["version"] <= version][-1] for versions in queries]
        shares = {
            name: proportion(sum(one[name]["k"] for one in own), sum(one[name]["n"] for one in own))
            for name in ("sensitivity", "precision")
        }
        pooled.append({"version": version, "n": sum(one["n"] for one in own), **shares})
    return pooled


def _people(labels: pd.DataFrame) -> dict[str, Any]:
    return {"agreement": annotators_agreement(labels), "disputed": len(to_adjudicate(labels))}


def _write(tables: TableFolder, quality: Mapping[str, Any]) -> None:
    text = json.dumps(quality, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_atomically(tables.quality_file, lambda stream: stream.write(text.encode()))


def quality_table(found: Iterable[TableFolder]) -> pd.DataFrame:
    """Return the main figures of some ``quality.json``, one row a database, for a notebook.

    Returns
    -------
    DataFrame
        Index database; columns works, kept, review (waiting), then ``k / n`` of sensitivity, precision (validation).
    """
    rows = []
    for tables in found:
        quality = json.loads(tables.quality_file.read_text(encoding="utf-8"))
        flow, shares = quality["flow"], quality["screening"]["validation"]["on_database"]
        counts = {name: f"{shares[name]['k']} / {shares[name]['n']}" for name in ("sensitivity", "precision")}
        waiting = flow["doubtful"] + flow["unlabelled"]
        kept = sum(flow["included"].get(label, 0) for label in KEPT)
        row = {"database": quality["database"], "works": flow["screened"], "kept": kept, "review": waiting}
        rows.append(row | counts)
    return pd.DataFrame(rows).set_index("database")
