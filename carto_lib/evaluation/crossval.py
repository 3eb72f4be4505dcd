"""What the model answers on works that it hasn't seen: grouped cross-validation, whose folds never share a work."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from carto_lib.evaluation.cases import Case
from carto_lib.screening import Scanner
from carto_lib.screening.features import pair_features
from carto_lib.screening.model import CLASSES
from carto_lib.screening.training import FOLDS, Example, out_of_fold

Answer = dict[str, Any] | None


def cross_validated(
    pairs: Sequence[tuple[str, Case]], answers: Sequence[Answer], scanner: Scanner
) -> list[Answer] | None:
    """Return the answers on pairs (database, case), the model's replaced by those of models trained without the work.

    Parameters
    ----------
    pairs : sequence of (str, Case)
        Derivation pairs of every database.
    answers : sequence of dict or None
        What the screener says of each (None: nothing read); those decided by a rule stay.
    scanner : Scanner
        Its model gives the thresholds and the temperature.

    Returns
    -------
    list of dict or None
        In the same order; None where the works are too few, or a label lacks, to train without some of them.
    """
    examples: dict[int, Example] = {}
    texts = [[case.title, case.text] for _, case in pairs]
    for index, readings in scanner.finder.read_all(texts):
        database, case = pairs[index]
        answer = answers[index]
        counted = [reading for reading in readings if reading.counts]
        if answer and answer["decided_by"] == "model":
            features = pair_features(texts[index], counted, database)
            examples[index] = Example(case.work_id, database, features, case.truth[database])
    works: dict[int, set[str]] = defaultdict(set)
    for example in examples.values():
        works[example.target].add(example.work_id)
    if len(works) < len(CLASSES) or min(map(len, works.values())) < FOLDS:
        return None
    result = list(answers)
    model = scanner.screener.model
    for index, chances in zip(examples, out_of_fold(list(examples.values()), model.temperature), strict=True):
        uses, describes, mentions = (float(chances[CLASSES.index(name)]) for name in CLASSES)
        on_database = 1 - mentions
        decision = (
            "accepted" if on_database >= model.accept else "review" if on_database >= model.reject else "rejected"
        )
        label = "mentions" if decision == "rejected" else "uses" if uses >= describes else "describes"
        result[index] = (answers[index] or {}) | {"label": label, "decision": decision, "score": round(uses, 4)}
    return result
