"""How far each field is filled: from which sources, for how many works, with which conflicts, and why if it isn't."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from carto_lib.i18n import translate
from carto_lib.schemas import columns_of
from carto_lib.tables import TableFolder

WORK_FIELDS = (
    "abstract",
    "authors",
    "doi",
    "pmid",
    "hal_id",
    "openalex_id",
    "nnt",
    "journal",
    "language",
    "type",
    "year",
)
COLUMNS = ("field", "filled", "works", "sources", "conflicts", "settled", "reason")


@dataclass(frozen=True)
class Enriched:
    """A field of an enriched table.

    Attributes
    ----------
    name : str
        Its key in the catalogue.
    table, column : str
        Where it stands: a work has it where the column isn't null.
    askable : tuple of str
        Sources that `lookups` can ask for it.
    schemes : tuple of str
        The rows that speak of it; all of them if none is named.
    settled : str
        How a conflict is settled, where a work has one value and sources may differ: most_open, largest (see
        `openness`) or side_by_side.
    """

    name: str
    table: str
    column: str
    askable: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    settled: str = ""


ENRICHED = (
    Enriched("oa_colour", "access", "oa_colour", ("openalex", "unpaywall"), settled="most_open"),
    Enriched("license", "access", "license", ("openalex", "unpaywall", "crossref"), settled="side_by_side"),
    Enriched(
        "cited_by_count", "access", "cited_by_count", ("openalex", "crossref", "opencitations"), settled="largest"
    ),
    Enriched("fwci", "access", "fwci", ("openalex",)),
    Enriched("funding", "funding", "funder", ("crossref", "openalex")),
    Enriched("mesh", "topics", "term_id", ("openalex",), ("mesh",)),
    Enriched("openalex_topics", "topics", "term_id", ("openalex",), ("openalex",)),
    Enriched("sdg", "topics", "term_id", ("openalex",), ("sdg",)),
    Enriched("keywords", "topics", "term_id", (), ("keyword",)),
    Enriched("label_fr", "topics", "label_fr"),
    Enriched("references", "references", "cited_id", ("crossref", "openalex")),
    Enriched("updates", "updates", "kind", ("crossref",)),
    Enriched("trials", "trials", "identifier", (), ("nct", "eudract", "isrctn")),
    Enriched("trial_titles", "trials", "title", ("clinicaltrials",), ("nct",)),
    Enriched("datasets", "trials", "identifier", ("datacite",), ("dataset",)),
    Enriched("hdh_projects", "trials", "identifier", (), ("hdh_project",)),
    Enriched("orcid", "authorships", "orcid", ("orcid",)),
    Enriched("author", "authorships", "author_id"),
    Enriched("institution", "affiliations", "institution_id"),
    Enriched("country", "affiliations", "country"),
)


def coverage(tables: TableFolder, language: str = "fr") -> pd.DataFrame:
    """Return one row per field: how many works have it, from where, how conflicts were settled, why it is empty.

    Parameters
    ----------
    tables : Corpus or Atlas
        A narrowed atlas gives the coverage of its works.
    language : str
        ``fr`` or ``en``.

    Returns
    -------
    DataFrame
        field; filled (number of works that have it), works (of how many); sources ("openalex 12, crossref 3": works
        that each gave, several may give the same); conflicts (works for which sources differ); settled (how);
        reason (where filled is 0).
    """
    works = len(tables.works)
    found = {**_of_works(tables), "in_doaj": _of_journals(tables)}
    found |= {field.name: _of_enriched(tables, field) for field in ENRICHED}
    askable = {"in_doaj": ("unpaywall", "openalex")} | {field.name: field.askable for field in ENRICHED}
    lookups = _columns(tables, "lookups", "work_id", "source", "status")
    rows = [
        {
            "field": translate(f"coverage.field.{name}", language),
            "filled": len(told.works),
            "works": works,
            "sources": ", ".join(f"{source} {count}" for source, count in told.most_common()),
            "conflicts": told.conflicts,
            "settled": translate(f"coverage.settled.{told.settled}", language) if told.conflicts else "",
            "reason": "" if told.works else _why(lookups, askable.get(name, ()), works, language),
        }
        for name, told in found.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dataclass
class _Told:
    """What the tables tell of a field: the works that have it, by which source, how many conflicts, settled how."""

    works: set[str]
    by_source: dict[str, set[str]]
    conflicts: int = 0
    settled: str = ""

    def most_common(self) -> list[tuple[str, int]]:
        """Return the sources and how many works each told of, most first."""
        counts = {source: len(works) for source, works in self.by_source.items()}
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _columns(tables: TableFolder, table: str, *names: str) -> list[tuple[Any, ...]]:
    """Return the rows of some columns of a table, as tuples: a corpus is small, and pandas slow to start."""
    frame = tables.optional(table)
    return list(zip(*(frame[name].tolist() for name in names), strict=True))


def _of_works(tables: TableFolder) -> dict[str, _Told]:
    told = {name: _Told(set(), {}, settled="survivorship") for name in WORK_FIELDS}
    for work_id, name, source, conflicts in _columns(tables, "provenance", "work_id", "field", "source", "conflicts"):
        if name in told:
            told[name].works.add(work_id)
            told[name].by_source.setdefault(source, set()).add(work_id)
            told[name].conflicts += not pd.isna(conflicts) and conflicts > 0
    return told


def _of_journals(tables: TableFolder) -> _Told:
    known = {
        journal: source
        for journal, in_doaj, source in _columns(tables, "journals", "journal", "in_doaj", "source")
        if not pd.isna(in_doaj)
    }
    told = _Told(set(), {})
    for work_id, journal in _columns(tables, "works", "work_id", "journal"):
        if journal in known:
            told.works.add(work_id)
            told.by_source.setdefault(known[journal], set()).add(work_id)
    return told


def _of_enriched(tables: TableFolder, field: Enriched) -> _Told:
    present = columns_of(field.table)
    names = ["work_id", field.column, *(name for name in ("source", "scheme") if name in present)]
    told = _Told(set(), {}, settled=field.settled)
    values: dict[str, set[Any]] = {}
    for work_id, value, *others in _columns(tables, field.table, *names):
        if pd.isna(value) or (field.schemes and others[-1] not in field.schemes):
            continue
        told.works.add(work_id)
        if "source" in present:
            told.by_source.setdefault(others[0], set()).add(work_id)
        if field.settled:
            values.setdefault(work_id, set()).add(value)
    told.conflicts = sum(len(one) > 1 for one in values.values())
    return told


def _why(lookups: list[tuple[str, str, str]], askable: tuple[str, ...], works: int, language: str) -> str:
    """Return why nothing fills a field: nobody was asked, those asked failed, or they know nothing of it."""
    asked = [(work_id, source, status) for work_id, source, status in lookups if source in askable]
    if not asked:
        key = "not_asked" if askable else "not_told"
        return translate(f"coverage.reason.{key}", language, works=works, sources=", ".join(askable))
    failed = {work_id for work_id, _, status in asked if status == "failed"}
    return translate(
        f"coverage.reason.{'failed' if failed else 'nothing'}",
        language,
        works=works,
        asked=len({work_id for work_id, _, _ in asked}),
        failed=len(failed),
        sources=", ".join(sorted({source for _, source, _ in asked})),
    )
