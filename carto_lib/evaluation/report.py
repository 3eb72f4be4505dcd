"""How good a database's query and screening are on judged works."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from carto_lib.errors import CartoError, FileFormatError
from carto_lib.evaluation.cases import Case, identify, of_part, read_cases, read_json_lines
from carto_lib.evaluation.metrics import count, proportion, reliability
from carto_lib.evaluation.split import part_of
from carto_lib.query import build_query
from carto_lib.registry import Registry
from carto_lib.screening import Scanner, read_judgements
from carto_lib.settings import DEMO_FILE, GOLD_FILE, shared_dir

KEPT = ("uses", "describes")
PARTS = ("derivation", "validation")
QUERY_VERSIONS = (0, 1)


def judged_cases(
    registry: Registry, gold: Path = GOLD_FILE, publications: Path | None = None, database: str | None = None
) -> dict[str, list[Case]]:
    """Return the judged works with a text to read: embedded titles and printed forms, and quotations where given.

    Parameters
    ----------
    registry : Registry
        The databases.
    gold : Path
        Labels (see `carto_lib.screening.read_judgements`); their texts are those of the embedded corpus.
    publications : Path, optional
        Folder of judged quotations, kept out of the repository.
    database : str, optional
        Only what was judged for this database.

    Returns
    -------
    dict of str to list of Case
        The cases of each database that has some, in order of work; the truth of a case is that database's label alone.

    Raises
    ------
    FileFormatError
        If a label is about a work that is in neither.
    """
    judged = read_judgements(gold, registry)
    if database is not None:
        judged = judged[judged["database"] == database]
    texts = {identify(row): row for row in read_json_lines(DEMO_FILE)}
    quotations = read_cases(publications) if publications else []
    quoted = {case.work_id for case in quotations}
    cases: dict[tuple[str, str], Case] = {}
    for row in judged[judged["label"] != ""].to_dict("records"):
        work, name = texts.get(row["work_id"]), row["database"]
        if work is None and row["work_id"] not in quoted:
            raise FileFormatError(
                f"{gold.name}, line {row['line']}: unknown work {row['work_id']!r}: it is not in {DEMO_FILE.name}"
            )
        if work is not None:
            printed = "\n".join(work["names_printed"].get(name, []))
            cases[name, row["work_id"]] = Case(
                row["work_id"], work["title"], work["year"], "embedded", printed, {name: row["label"]}
            )
    for case in quotations:
        for name, label in case.truth.items():
            if database in (None, name):
                former = cases.get((name, case.work_id))
                text = "\n\n".join(filter(None, [former.text if former else "", case.text]))
                cases[name, case.work_id] = Case(case.work_id, case.title, case.year, case.kind, text, {name: label})
    by_database: dict[str, list[Case]] = {}
    for name, work_id in sorted(cases):
        by_database.setdefault(name, []).append(cases[name, work_id])
    return by_database


def evaluate(
    database: str, registry: Registry, gold: Path = GOLD_FILE, publications: Path | None = None
) -> dict[str, Any]:
    """Return the quality of a database's query and screening on judged works.

    Parameters
    ----------
    database : str
        Id.
    registry : Registry
        The databases.
    gold : Path
        Labels.
    publications : Path, optional
        Folder of judged quotations.

    Returns
    -------
    dict
        ``works`` (labels by part), ``screening`` by part (sensitivity, precision, review share, confusion,
        reliability, errors),
        ``queries`` by version and clause on the validation part, ``recall`` and ``nnr`` (null, with the reason,
        until a harvest).

    Raises
    ------
    CartoError
        If the database has no judged work.
    """
    entry = registry[database]
    cases = judged_cases(registry, gold, publications, entry.id).get(entry.id, [])
    if not cases:
        raise CartoError(f"no judged work for {entry.id!r} in {gold.name}: label some first")
    return {
        "database": entry.id,
        **measure_screening([(entry.id, case) for case in cases], Scanner(registry)),
        "queries": measure_queries(entry.id, cases, registry),
        "recall": {"value": None, "reason": "not measured yet: needs a live harvest over independent channels"},
        "nnr": {"value": None, "reason": "not measured yet: holds only at the prevalence of a real harvest"},
    }


def measure_screening(pairs: Sequence[tuple[str, Case]], scanner: Scanner) -> dict[str, Any]:
    """Return the quality of the screening of some pairs (database, case): ``works`` and ``screening``, by part."""
    by_part = {part: [pair for pair in pairs if part_of(pair[1].work_id) == part] for part in PARTS}
    labels = {part: Counter(case.truth[name] for name, case in by_part[part]) for part in PARTS}
    return {
        "works": {part: dict(sorted(labels[part].items())) for part in PARTS},
        "screening": {part: _screening(by_part[part], scanner) for part in PARTS},
    }


def measure_queries(database: str, cases: list[Case], registry: Registry) -> list[dict[str, Any]]:
    """Return the figures of each version of a database's query, on the validation part of its cases."""
    return [_query(database, version, of_part(cases, "validation"), registry) for version in QUERY_VERSIONS]


def _screening(pairs: Sequence[tuple[str, Case]], scanner: Scanner) -> dict[str, Any]:
    answers = scanner.scan_all([case.record() for _, case in pairs])
    rows = [
        (name, case.truth[name], case, next((use for use in answer["uses"] if use["database"] == name), None))
        for (name, case), answer in zip(pairs, answers, strict=True)
    ]
    quoted = [row for row in rows if row[2].kind != "embedded"]
    confusion = Counter((truth, use["label"] if use else "none") for _, truth, _, use in rows)
    kept, kept_quoted = (count((truth in KEPT, _accepted(use)) for _, truth, _, use in some) for some in (rows, quoted))
    uses = count((truth == "uses", _accepted(use, ("uses",))) for _, truth, _, use in rows)
    errors = [
        {
            "work_id": case.work_id,
            "database": name,
            "title": case.title,
            "text": case.text,
            "truth": truth,
            "answer": use,
        }
        for name, truth, case, use in rows
        if (truth in KEPT) != _accepted(use)
    ]
    review = sum(use is not None and use["decision"] == "review" for *_, use in rows)
    scored = [(use["score"], truth == "uses") for _, truth, _, use in rows if use and use["decided_by"] == "model"]
    return {
        "n": len(pairs),
        "on_database": kept.figures(),
        "quotations": {"n": len(quoted), **kept_quoted.figures()},
        "uses": uses.figures(),
        "review": proportion(review, len(pairs)),
        "reliability": reliability(scored),
        "confusion": [{"truth": t, "answer": a, "n": n} for (t, a), n in sorted(confusion.items())],
        "errors": errors,
    }


def _accepted(use: dict[str, Any] | None, labels: tuple[str, ...] = KEPT) -> bool:
    return use is not None and use["decision"] == "accepted" and use["label"] in labels


def _query(database: str, version: int, cases: list[Case], registry: Registry) -> dict[str, Any]:
    """Return a query's figures on local text, and clause by clause what each brings and costs."""
    query = build_query(registry[database], version)
    matched = [set(query.matches(f"{case.title}\n{case.text}")) for case in cases]
    true = [case.truth[database] in KEPT for case in cases]
    clauses = []
    for name in query.names:
        hits = [name in names for names in matched]
        alone = sum(t and names == {name} for t, names in zip(true, matched, strict=True))
        clauses.append({"clause": name, **count(zip(true, hits, strict=True)).figures(), "only_by_this_clause": alone})
    whole = count((t, bool(names)) for t, names in zip(true, matched, strict=True))
    return {"version": version, "n": len(cases), **whole.figures(), "clauses": clauses}


def label_table(result: dict[str, Any]) -> pd.DataFrame:
    """Return the confusion table of the validation part: truth in rows, answer in columns."""
    rows = pd.DataFrame(result["screening"]["validation"]["confusion"], columns=["truth", "answer", "n"])
    return rows.pivot_table(index="truth", columns="answer", values="n", fill_value=0, aggfunc="sum")


def shared_publications() -> Path | None:
    """Return the folder of judged quotations (``CARTO_SHARED``/publications), or None where it is absent."""
    folder = shared_dir()
    return folder / "publications" if folder and (folder / "publications").is_dir() else None
