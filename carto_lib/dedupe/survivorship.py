"""What a work says, out of what its records say: one rule a field, none depends on the order of the records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from carto_lib.tables import to_json
from carto_lib.text import fold

PRIORITY = {
    name: rank
    for rank, name in enumerate(
        ("pubmed", "nbib", "crossref", "europepmc", "hal", "thesesfr", "datacite", "openalex", "ris", "bibtex")
    )
}
TEXT_FIELDS = ("title", "title_original", "abstract", "journal")
PLAIN_FIELDS = (
    *("title", "title_original", "abstract", "type", "language", "journal", "issn_l", "doi", "pmid", "pmcid"),
    *("hal_id", "openalex_id", "nnt", "version_of", "url", "keywords"),
)
ORIGIN_FIELDS = ("authors", "affiliations")

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """A field's value, the record that it comes from, and how many other values were set aside."""

    value: Any
    record: Record
    conflicts: int


def settle(records: Sequence[Record]) -> dict[str, Choice]:
    """Return the choice for each field that at least one record fills.

    Text and identifiers: the first source of `PRIORITY` (a title in capitals last); the longest abstract and list
    of keywords; the most precise date of the year kept; type “other” last; retracted if any source says so of
    this work (a retraction notice never is); names printed: all of them.
    """
    choices = {field: choice for field in (*PLAIN_FIELDS, *ORIGIN_FIELDS) if (choice := choose(records, field))}
    year = choose(records, "year")
    if year:
        choices["year"] = year
        dated = [record for record in records if record.get("date") and record["date"][:4] == str(year.value)]
        date = choose(dated, "date")
        if date:
            choices["date"] = date
    for field, rule in (("is_retracted", any), ("authors_complete", any)):
        flag = _flag(records, field, rule)
        if flag:
            choices[field] = flag
    kind = choices.get("type")
    if kind and kind.value == "retraction_notice" and "is_retracted" in choices:
        choices["is_retracted"] = Choice(False, kind.record, choices["is_retracted"].conflicts)
    names = _names_printed(records)
    if names:
        choices["names_printed"] = names
    return choices


def choose(records: Sequence[Record], field: str) -> Choice | None:
    """Return the best value of a field, or None where no record has one."""
    filled = [record for record in records if record.get(field) is not None]
    if not filled:
        return None
    best = min(filled, key=lambda record: (*_quality(field, record[field]), *_rank(record)))
    value = best[field]
    if len(filled) == 1:
        return Choice(value, best, 0)
    values = {_comparable(field, record[field]) for record in filled}
    return Choice(value, best, len(values) - 1)


def _rank(record: Record) -> tuple[int, str, str]:
    return PRIORITY.get(record["source"], len(PRIORITY)), record["source"], record["source_id"]


def _quality(field: str, value: Any) -> tuple[float, ...]:
    """Return what comes before the source's rank: smaller is better."""
    if field == "abstract":
        return (-len(value),)
    if field == "date":
        return (-len(value),)
    if field == "title":
        return (value.isupper(),)
    if field == "type":
        return (value == "other",)
    if field == "keywords":
        return (-len(value),)
    if field == "authors":
        return -min(len(value), 100), -sum("orcid" in p for p in value), -sum("affiliations" in p for p in value)
    return ()


def _comparable(field: str, value: Any) -> str:
    if field in TEXT_FIELDS:
        return fold(value)
    if field == "authors":
        return str(len(value))
    return value if isinstance(value, str) else to_json(value)


def _flag(records: Sequence[Record], field: str, rule: Callable[[list[bool]], bool]) -> Choice | None:
    told = [record for record in records if record.get(field) is not None]
    if not told:
        return None
    value = rule([bool(record[field]) for record in told])
    same = [record for record in told if bool(record[field]) == value]
    return Choice(value, min(same, key=_rank), int(len(same) < len(told)))


def _names_printed(records: Sequence[Record]) -> Choice | None:
    told = [record for record in records if record.get("names_printed")]
    if not told:
        return None
    names: dict[str, set[str]] = {}
    for record in told:
        for database, forms in record["names_printed"].items():
            names.setdefault(database, set()).update(forms)
    return Choice({database: sorted(forms) for database, forms in sorted(names.items())}, min(told, key=_rank), 0)
