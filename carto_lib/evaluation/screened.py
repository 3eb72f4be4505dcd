"""How good the screening is on judged pairs: from grouped cross-validation, and on the locked validation part."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from carto_lib.evaluation.cases import KEPT, PARTS, Case
from carto_lib.evaluation.crossval import Answer, cross_validated
from carto_lib.evaluation.metrics import count, proportion, reliability
from carto_lib.evaluation.split import part_of
from carto_lib.screening import Scanner
from carto_lib.screening.training import FOLDS

CROSS_VALIDATION, VALIDATION = MEASURES = ("cross_validation", "validation")

Pair = tuple[str, Case]
Row = tuple[str, Case, Answer]


@dataclass(frozen=True)
class Screened:
    """The answer to each judged pair; ``unseen`` tells whether those of the derivation part come from cross-validation.

    It is false where the judged works are too few: those answers are then the model's own, which learned from some.
    """

    rows: tuple[Row, ...]
    unseen: bool

    def of(self, database: str) -> "Screened":
        """Return the answers about one database."""
        return Screened(tuple(row for row in self.rows if row[0] == database), self.unseen)


def screened(pairs: Sequence[Pair], scanner: Scanner) -> Screened:
    """Return the answer to each judged pair (database, case); all databases at once, for they share one model."""
    answers = scanner.scan_all([case.record() for _, case in pairs])
    rows: list[Row] = [
        (name, case, next((use for use in answer["uses"] if use["database"] == name), None))
        for (name, case), answer in zip(pairs, answers, strict=True)
    ]
    derivation = [row for row in rows if part_of(row[1].work_id) == "derivation"]
    unseen = cross_validated([row[:2] for row in derivation], [row[2] for row in derivation], scanner)
    if unseen is not None:
        derivation = [(name, case, answer) for (name, case, _), answer in zip(derivation, unseen, strict=True)]
    validation = [row for row in rows if part_of(row[1].work_id) == "validation"]
    return Screened((*derivation, *validation), unseen is not None)


def measure_screening(answers: Screened) -> dict[str, Any]:
    """Return the quality of the screening on some answers.

    Returns
    -------
    dict
        ``works``: labels by part. ``screening``: ``cross_validation`` (the derivation part) and ``validation``, each
        with ``n``, ``method``, ``error_rate``, sensitivity and precision of the works on the database
        (``on_database``), of those with a quotation (``quotations``), of the label uses (``uses``), by label
        (``labels``), ``review``, ``look_alikes`` (accepted, by kind), ``reliability``, ``confusion`` and ``errors``
        with their text.
    """
    by_part = {part: [row for row in answers.rows if part_of(row[1].work_id) == part] for part in PARTS}
    labels = {part: Counter(case.truth[name] for name, case, _ in by_part[part]) for part in PARTS}
    folds = (
        f"grouped cross-validation, {FOLDS} folds" if answers.unseen else "in sample: too few works to cross-validate"
    )
    return {
        "works": {part: dict(sorted(labels[part].items())) for part in PARTS},
        "screening": {
            name: {"method": method} | _figures(by_part[part])
            for name, part, method in zip(MEASURES, PARTS, (folds, "locked part, never tuned on"), strict=True)
        },
    }


def _figures(rows: Sequence[Row]) -> dict[str, Any]:
    quoted = [row for row in rows if row[1].kind != "embedded"]
    errors = [_error(*row) for row in rows if (row[1].truth[row[0]] in KEPT) != _accepted(row[2])]
    review = sum(answer is not None and answer["decision"] == "review" for *_, answer in rows)
    scored = [
        (answer["score"], case.truth[name] == "uses")
        for name, case, answer in rows
        if answer and answer["decided_by"] == "model"
    ]
    confusion = Counter((case.truth[name], _label(answer)) for name, case, answer in rows)
    return {
        "n": len(rows),
        "error_rate": proportion(len(errors), len(rows)),
        "on_database": _shares(rows, KEPT),
        "quotations": {"n": len(quoted), **_shares(quoted, KEPT)},
        "uses": _shares(rows, ("uses",)),
        "labels": {label: _label_shares(rows, label) for label in ("uses", "describes", "mentions", "none")},
        "review": proportion(review, len(rows)),
        "look_alikes": _look_alikes(rows),
        "reliability": reliability(scored),
        "confusion": [{"truth": t, "answer": a, "n": n} for (t, a), n in sorted(confusion.items())],
        "errors": errors,
    }


def _shares(rows: Sequence[Row], labels: tuple[str, ...]) -> dict[str, Any]:
    return count((case.truth[name] in labels, _accepted(answer, labels)) for name, case, answer in rows).figures()


def _label_shares(rows: Sequence[Row], label: str) -> dict[str, Any]:
    return count((case.truth[name] == label, _label(answer) == label) for name, case, answer in rows).figures()


def _look_alikes(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return, by kind of hard case, how many of those that are no use were accepted."""
    wrong = [(case.kind, _accepted(answer)) for name, case, answer in rows if case.truth[name] == "none"]
    kinds = sorted({kind for kind, _ in wrong} - {"embedded", "passage"})
    return [
        {
            "kind": kind,
            "accepted": sum(said for own, said in wrong if own == kind),
            "n": [k for k, _ in wrong].count(kind),
        }
        for kind in kinds
    ]


def _error(name: str, case: Case, answer: Answer) -> dict[str, Any]:
    said = {"work_id": case.work_id, "database": name, "title": case.title, "text": case.text}
    return said | {"truth": case.truth[name], "answer": answer}


def _accepted(answer: Answer, labels: tuple[str, ...] = KEPT) -> bool:
    return answer is not None and answer["decision"] == "accepted" and answer["label"] in labels


def _label(answer: Answer) -> str:
    return str(answer["label"]) if answer else "none"
