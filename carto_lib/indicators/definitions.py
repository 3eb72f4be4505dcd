"""The indicators: what each measures, on which fact, with which formula."""

from dataclasses import dataclass

from carto_lib.i18n import translate


@dataclass(frozen=True)
class Indicator:
    """One indicator and where its words are.

    Attributes
    ----------
    name : str
        Its id, as in table ``indicators``.
    kind : str
        How it is computed: ``count``, ``share``, ``mean``, ``median``, ``distinct``, ``new``, ``new_share``, ``gini``,
        ``hhi``, ``growth``, ``cumulative``, ``last_year``, ``parts``, ``related``, ``review`` or ``none``.
    fact : str
        The column of facts it reads (a flag, a number), or the entity it counts.
    among : str
        The works it is counted among: a key of ``indicators.denominators``.
    table : str
        The table its facts come from; where that stage hasn't run, the indicator is null and says so.
    caveat : str
        A key of ``indicators.caveats``.
    """

    name: str
    kind: str
    fact: str
    among: str
    table: str
    caveat: str

    @property
    def is_proportion(self) -> bool:
        """Whether its values are read as percentages."""
        return self.kind in ("share", "new_share", "review", "growth")

    def title(self, language: str = "fr") -> str:
        """Return its name as a reader says it."""
        return translate(f"indicators.titles.{self.name}", language)

    def definition(self, language: str = "fr") -> str:
        """Return what it measures, in one sentence."""
        return translate(f"indicators.definitions.{self.name}", language)

    def formula(self, language: str = "fr") -> str:
        """Return how it is computed, interval included."""
        return translate(f"indicators.formulas.{self.kind}", language)

    def denominator(self, language: str = "fr") -> str:
        """Return what it is counted among."""
        return translate(f"indicators.denominators.{self.among}", language)

    def source(self, language: str = "fr") -> str:
        """Return where its facts come from."""
        return translate(f"indicators.sources.{self.table}", language)

    def warning(self, language: str = "fr") -> str:
        """Return what a reader must keep in mind."""
        return translate(f"indicators.caveats.{self.caveat}", language)


def _share(table: str, among: str, caveat: str, *names: str) -> list[Indicator]:
    return [Indicator(name, "share", name, among, table, caveat) for name in names]


_ALL = [
    Indicator("works", "count", "", "works", "uses", "recall"),
    Indicator("works_with_parts", "parts", "", "works", "uses", "parts"),
    Indicator("related_works", "related", "", "relations", "uses", "recall"),
    Indicator("review_share", "review", "", "relations", "uses", "review"),
    Indicator("growth", "growth", "", "previous_year", "uses", "small_years"),
    Indicator("cumulative_works", "cumulative", "", "works", "uses", "recall"),
    Indicator("last_year", "last_year", "", "dated", "works", "recall"),
    *_share("uses", "works", "parts", "several_databases", "several_families"),
    *_share("affiliations", "country_known", "partial_affiliations", "international", "french"),
    *_share("institutions", "region_known", "partial_affiliations", "interregional"),
    *_share("institutions", "institution_known", "partial_affiliations", "several_institutions"),
    *_share("institutions", "sector_known", "sectors", "public_private", "company", "hospital", "university"),
    *_share("affiliations", "first_country_known", "first_last", "first_author_french"),
    *_share("affiliations", "last_country_known", "first_last", "last_author_french"),
    *_share("access", "access_known", "access", "open_access", "oa_diamond", "oa_gold", "oa_hybrid", "oa_green"),
    *_share("access", "access_known", "access", "oa_bronze"),
    *_share("funding", "works", "lower_bound", "funded"),
    Indicator("funders", "distinct", "funder", "entities", "funding", "lower_bound"),
    *_share("works", "language_known", "sample", "in_french", "in_english"),
    *_share("works", "type_known", "sample", "articles", "preprints", "theses", "reports", "protocols", "reviews"),
    *_share("works", "retraction_known", "lower_bound", "retracted"),
    *_share("updates", "works", "lower_bound", "corrected", "concerned"),
    Indicator("mean_authors", "mean", "authors", "complete_authors", "authorships", "complete"),
    Indicator("median_authors", "median", "authors", "complete_authors", "authorships", "complete"),
    *_share("authorships", "complete_authors", "complete", "single_author"),
    Indicator("mean_citations", "mean", "citations", "citations_known", "access", "citations"),
    Indicator("median_citations", "median", "citations", "citations_known", "access", "citations"),
    *_share("access", "citations_known", "citations", "uncited"),
    Indicator("normalised_citations", "mean", "fwci", "fwci_known", "access", "normalised"),
    *_share("access", "percentile_known", "normalised", "top_tenth"),
    Indicator("people", "distinct", "author", "entities", "authorships", "homonyms"),
    Indicator("new_people", "new", "author", "entities", "authorships", "homonyms"),
    Indicator("new_people_share", "new_share", "author", "people", "authorships", "homonyms"),
    Indicator("structures", "distinct", "institution", "entities", "affiliations", "partial_affiliations"),
    Indicator("countries", "distinct", "country", "entities", "affiliations", "partial_affiliations"),
    Indicator("regions", "distinct", "region", "entities", "institutions", "partial_affiliations"),
    Indicator("cities", "distinct", "city", "entities", "institutions", "partial_affiliations"),
    Indicator("journals", "distinct", "journal", "entities", "works", "sample"),
    Indicator("gini_structures", "gini", "institution", "entities", "affiliations", "concentration"),
    Indicator("hhi_structures", "hhi", "institution", "entities", "affiliations", "concentration"),
    Indicator("gini_people", "gini", "author", "entities", "authorships", "concentration"),
    Indicator("hhi_journals", "hhi", "journal", "entities", "works", "concentration"),
    Indicator("topics", "distinct", "topic", "entities", "topics", "topics"),
    *_share("topics", "works", "topics", "with_topic"),
    *_share("topics", "topics_known", "topics", "with_sdg", "with_disease", "with_drug"),
    *_share("trials", "works", "lower_bound", "with_trial", "with_dataset"),
    *_share("works", "works", "sample", "doi_known", "abstract_known", "year_known", "authors_complete"),
    *_share("affiliations", "works", "sample", "affiliation_known"),
    *_share("references", "works", "sample", "references_known"),
    *_share("authorships", "authors_known", "sample", "orcid_known"),
    Indicator("data_delay", "median", "data_delay", "delay_known", "works", "delay"),
    Indicator("guidelines", "none", "", "none", "works", "no_source"),
]

INDICATORS: dict[str, Indicator] = {indicator.name: indicator for indicator in _ALL}
