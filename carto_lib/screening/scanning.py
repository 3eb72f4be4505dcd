"""Records without tables: what ``carto scan`` answers, batch by batch."""

from collections.abc import Mapping, Sequence
from typing import Any

from carto_lib.errors import FileFormatError
from carto_lib.mentions import MentionFinder
from carto_lib.registry import Registry
from carto_lib.screening.decide import Decision, Screener

SCANNED = ("title", "abstract", "text")


class Scanner:
    """A finder and a screener made once for many batches (a pure function of each batch)."""

    def __init__(self, registry: Registry) -> None:
        self.finder = MentionFinder(registry)
        self.screener = Screener(registry)

    def scan_all(self, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return ``{id, uses: [{database, label, decision, score, names, passage, rule, …}]}`` for each record.

        Parameters
        ----------
        records : sequence of mappings
            ``id``, ``title``, ``abstract``, ``text``, ``year``, ``type``; null or absent
            where unknown; other keys are ignored.

        """
        texts = [[record.get(name) or "" for name in SCANNED] for record in records]
        uses: list[list[dict[str, Any]]] = [[] for _ in records]
        for index, readings in self.finder.read_all(texts):
            record = records[index]
            decisions = self.screener.decide(texts[index], readings, record.get("year"), record.get("type"))
            uses[index] = [_answer(decision) for decision in decisions]
        return [{"id": record.get("id"), "uses": found} for record, found in zip(records, uses, strict=True)]


def checked(record: Any, place: str) -> dict[str, Any]:
    """Return a record whose fields have the types that scanning needs.

    Raises
    ------
    FileFormatError
        If it is no object, a text is no text or a year no whole number: the place is named.
    """
    if not isinstance(record, dict):
        raise FileFormatError(f"{place}: an object {{id, title, abstract…}} is expected, got {str(record)[:40]!r}")
    for name in SCANNED:
        if not isinstance(record.get(name), str | None):
            raise FileFormatError(f"{place}: {name!r} is {str(record[name])[:40]!r}: a text or null is expected")
    year = record.get("year")
    if year is None or (isinstance(year, int) and not isinstance(year, bool)):
        return record
    try:
        return record | {"year": int(year) if str(year).strip() else None}
    except (TypeError, ValueError) as error:
        raise FileFormatError(f"{place}: 'year' is {year!r}: a whole number or null is expected") from error


def answer_type() -> Any:
    """Return the Arrow type of ``uses`` in an answer."""
    import pyarrow

    text, number = pyarrow.string(), pyarrow.float64()
    features = pyarrow.list_(pyarrow.struct([("feature", text), ("weight", number)]))
    names = ("database", "label", "reason", "decision", "decided_by")
    fields = [*((name, text) for name in names), ("score", number), ("names", pyarrow.list_(text))]
    return pyarrow.list_(pyarrow.struct([*fields, ("passage", text), ("rule", text), ("features", features)]))


def _answer(decision: Decision) -> dict[str, Any]:
    return {
        "database": decision.database,
        "label": decision.label,
        "reason": decision.reason,
        "decision": decision.decision,
        "decided_by": decision.decided_by,
        "score": decision.score,
        "names": list(decision.names),
        "passage": decision.evidence,
        "rule": decision.rule,
        "features": [{"feature": name, "weight": weight} for name, weight in decision.features],
    }


def scan(record: Mapping[str, Any], registry: Registry) -> dict[str, Any]:
    """Return what one record does with each database it names (see `Scanner.scan_all`; use that for many)."""
    return Scanner(registry).scan_all([checked(dict(record), "record")])[0]
