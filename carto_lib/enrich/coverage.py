"""How far each field is filled: from which sources, for how many works, with which conflicts, and why if it isn't."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from carto_lib.i18n import translate
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
    kept : callable, optional
        The rows that speak of it.
    single : bool
        A work has one value: two sources that differ are a conflict.
    """

    name: str
    table: str
    column: str
    askable: tuple[str, ...] = ()
    kept: Callable[[pd.DataFrame], pd.Series] | None = None
    single: bool = False


def _scheme(*names: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda frame: frame["scheme"].isin(names)


ENRICHED = (
    Enriched("oa_colour", "access", "oa_colour", ("openalex", "unpaywall"), single=True),
    Enriched("license", "access", "license", ("openalex", "unpaywall", "crossref"), single=True),
    Enriched("cited_by_count", "access", "cited_by_count", ("openalex", "crossref", "opencitations"), single=True),
    Enriched("fwci", "access", "fwci", ("openalex",)),
    Enriched("funding", "funding", "funder", ("crossref", "openalex")),
    Enriched("mesh", "topics", "term_id", ("openalex",), _scheme("mesh")),
    Enriched("openalex_topics", "topics", "term_id", ("openalex",), _scheme("openalex")),
    Enriched("sdg", "topics", "term_id", ("openalex",), _scheme("sdg")),
    Enriched("keywords", "topics", "term_id", (), _scheme("keyword")),
    Enriched("label_fr", "topics", "label_fr"),
    Enriched("references", "references", "cited_id", ("crossref", "openalex")),
    Enriched("updates", "updates", "kind", ("crossref",)),
    Enriched("trials", "trials", "identifier", (), _scheme("nct", "eudract", "isrctn")),
    Enriched("trial_titles", "trials", "title", ("clinicaltrials",), _scheme("nct")),
    Enriched("datasets", "trials", "identifier", ("datacite",), _scheme("dataset")),
    Enriched("hdh_projects", "trials", "identifier", (), _scheme("hdh_project")),
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
    rows = [*_of_works(tables, language), _of_journals(tables, language)]
    rows += [_of_enriched(tables, field, language) for field in ENRICHED]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(
    name: str, filled: int, works: int, sources: pd.Series, conflicts: int, settled: str, reason: str, language: str
) -> dict[str, object]:
    counts = sources.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return {
        "field": translate(f"coverage.field.{name}", language),
        "filled": filled,
        "works": works,
        "sources": ", ".join(f"{source} {count}" for source, count in counts.items()),
        "conflicts": conflicts,
        "settled": translate(f"coverage.settled.{settled}", language) if conflicts else "",
        "reason": "" if filled else reason,
    }


def _of_works(tables: TableFolder, language: str) -> Iterator[dict[str, object]]:
    provenance, works = tables.provenance, len(tables.works)
    none = translate("coverage.reason.not_told", language, works=works)
    for name in WORK_FIELDS:
        told = provenance[provenance["field"] == name]
        conflicts = int((told["conflicts"].fillna(0) > 0).sum())
        yield _row(name, len(told), works, told["source"], conflicts, "survivorship", none, language)


def _of_journals(tables: TableFolder, language: str) -> dict[str, object]:
    journals, works = tables.optional("journals"), tables.works
    known = journals[journals["in_doaj"].notna()]
    served = works["journal"].isin(known["journal"])
    reason = _why(tables, ("unpaywall", "openalex"), language)
    source = works.loc[served, "journal"].map(known.set_index("journal")["source"])
    return _row("in_doaj", int(served.sum()), len(works), source, 0, "side_by_side", reason, language)


def _of_enriched(tables: TableFolder, field: Enriched, language: str) -> dict[str, object]:
    frame = tables.optional(field.table)
    if field.kept is not None:
        frame = frame[field.kept(frame)]
    frame = frame[frame[field.column].notna()]
    each = frame.drop_duplicates(["work_id", "source"]) if "source" in frame else frame.drop_duplicates("work_id")
    differing = frame.groupby("work_id")[field.column].nunique() if field.single else pd.Series(dtype=int)
    return _row(
        field.name,
        frame["work_id"].nunique(),
        len(tables.works),
        each["source"] if "source" in each else pd.Series(dtype=str),
        int((differing > 1).sum()),
        "side_by_side",
        _why(tables, field.askable, language),
        language,
    )


def _why(tables: TableFolder, askable: tuple[str, ...], language: str) -> str:
    """Return why nothing fills a field: nobody was asked, those asked failed, or they know nothing of it."""
    works = len(tables.works)
    lookups = tables.optional("lookups")
    asked = lookups[lookups["source"].isin(askable)]
    if asked.empty:
        key = "not_asked" if askable else "not_told"
        return translate(f"coverage.reason.{key}", language, works=works, sources=", ".join(askable))
    failed = asked[asked["status"] == "failed"]
    return translate(
        f"coverage.reason.{'failed' if len(failed) else 'nothing'}",
        language,
        works=works,
        asked=asked["work_id"].nunique(),
        failed=failed["work_id"].nunique(),
        sources=", ".join(sorted(set(asked["source"]))),
    )
