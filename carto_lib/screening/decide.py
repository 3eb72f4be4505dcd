"""One record's readings to decisions, by rules then by the model."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from carto_lib.mentions import REFUSALS, Reading
from carto_lib.registry import Registry
from carto_lib.screening.features import kind_of, pair_features
from carto_lib.screening.model import Model, load_model
from carto_lib.text import passage

_NAMED_IN_FULL = ("long_form_acronym", "full_name")
_RULE_ORDER = (*_NAMED_IN_FULL, "short_name", "anchored", "printed", *REFUSALS)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a record does with a database, and why (the columns of table *uses*)."""

    database: str
    label: str
    reason: str | None
    score: float
    decision: str
    decided_by: str
    evidence: str | None
    names: tuple[str, ...]
    rule: str | None
    features: tuple[tuple[str, float], ...] = field(default=())


class Screener:
    """Decides from readings; the same for a table of works and for a scanned text."""

    def __init__(self, registry: Registry, model: Model | None = None) -> None:
        self.registry = registry
        self.model = model or load_model()

    def decide(
        self, texts: Sequence[str], readings: Sequence[Reading], year: int | None = None, work_type: str | None = None
    ) -> Iterator[Decision]:
        """Yield a decision for each database read in a record.

        Parameters
        ----------
        texts : sequence of str
            The record's texts, title first.
        readings : sequence of Reading
            What `MentionFinder.read` returned for them.
        year : int, optional
            Year of publication, held against the database's period.
        work_type : str, optional
            Type of the work.
        """
        groups: dict[str, list[Reading]] = defaultdict(list)
        for reading in readings:
            groups[reading.database].append(reading)
        counted = [reading for reading in readings if reading.counts]
        for database in sorted(groups):
            own = [reading for reading in groups[database] if reading.counts]
            if own:
                yield self._judge(texts, own, counted, database, year, work_type)
            else:
                yield self._refuse(texts, groups[database], database)

    def _refuse(self, texts: Sequence[str], readings: list[Reading], database: str) -> Decision:
        best = min(readings, key=lambda reading: _RULE_ORDER.index(reading.rule))
        evidence = passage(texts[best.field], best.start, best.end)
        return Decision(database, "none", best.rule, 0.0, "rejected", "rule", evidence, _names(readings), best.rule)

    def _judge(
        self,
        texts: Sequence[str],
        own: list[Reading],
        counted: list[Reading],
        database: str,
        year: int | None,
        work_type: str | None,
    ) -> Decision:
        best = min(own, key=lambda reading: (not reading.field, _RULE_ORDER.index(reading.rule), reading.start))
        evidence = passage(texts[best.field], best.start, best.end)
        period = self.registry[database].period
        if year is not None and period is not None and year < period.from_:
            announced = best.rule in _NAMED_IN_FULL
            label, decision = ("describes", "review") if announced else ("none", "rejected")
            return Decision(database, label, "too_early", 0.0, decision, "rule", evidence, _names(own), best.rule)
        features = pair_features(texts, counted, database, work_type)
        label, decision, score = self._label(features)
        kind = kind_of(texts[0], work_type)
        if kind in ("protocol", "cohort_profile") and label == "uses":
            label = "describes"
        strongest = tuple(self.model.strongest(features, label))
        return Decision(database, label, kind, score, decision, "model", evidence, _names(own), best.rule, strongest)

    def _label(self, features: dict[str, float]) -> tuple[str, str, float]:
        chances = self.model.probabilities(features)
        kept = 1 - chances["mentions"]
        label = max(("uses", "describes"), key=chances.__getitem__)
        if kept >= self.model.accept:
            decision = "accepted"
        elif kept >= self.model.reject:
            decision = "review"
        else:
            label, decision = "mentions", "rejected"
        return label, decision, round(chances["uses"], 4)


def _names(readings: Sequence[Reading]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(reading.name.split()) for reading in readings))
