"""The enrichment of corpora: every kind of open data in turn, then what people asked to have corrected."""

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from carto_lib.enrich.access import enrich_access
from carto_lib.enrich.citations import enrich_references
from carto_lib.enrich.facts import facts_of
from carto_lib.enrich.funding import enrich_funding
from carto_lib.enrich.institutions import enrich_affiliations
from carto_lib.enrich.journals import enrich_journals
from carto_lib.enrich.lookups import look_up
from carto_lib.enrich.people import claims_of, enrich_people
from carto_lib.enrich.projects import link_projects, load_projects
from carto_lib.enrich.rectifications import apply_rectifications
from carto_lib.enrich.topics import enrich_topics
from carto_lib.enrich.trials import enrich_trials
from carto_lib.enrich.updates import enrich_updates
from carto_lib.settings import LEXICON_FILE
from carto_lib.tables import Corpus
from carto_lib.text import fold
from carto_lib.transport import Session

TABLES = (
    "authorships",
    "authors",
    "affiliations",
    "institutions",
    "access",
    "funding",
    "topics",
    "references",
    "trials",
    "updates",
    "journals",
    "lookups",
)


@cache
def french_labels() -> dict[str, str]:
    """Return the French labels of the bilingual lexicon by folded English label; synonyms count as labels."""
    labels: dict[str, str] = {}
    with LEXICON_FILE.open(encoding="utf-8", newline="") as file:
        for term in csv.DictReader(file):
            for english in (term["en"], *term["synonyms_en"].split("|")):
                if english:
                    labels.setdefault(fold(english), term["fr"])
    return labels


def enrich_corpora(
    corpora: Sequence[Corpus], session: Session | None = None, lookups: Iterable[str] = (), projects: Path | None = None
) -> None:
    """Write the enriched tables of some corpora.

    Parameters
    ----------
    corpora : sequence of Corpus
        Each holds records, links and works; reference data are loaded once for all.
    session : Session, optional
        Needed as soon as there are lookups.
    lookups : iterable of str
        Sources to ask about the works that they haven't spoken of (`lookups.ASKED_BY`); none: no network.
    projects : Path, optional
        The Health Data Hub's public register of projects, downloaded as CSV.

    Raises
    ------
    FileFormatError
        If the register can't be read.
    SourceError
        If there is no session for the lookups, or a source can't be asked in this way.
    """
    asked = tuple(lookups)
    register = load_projects(projects) if projects else []
    for corpus in corpora:
        works, records, links, provenance = corpus.works, corpus.records, corpus.links, corpus.provenance
        facts = list(facts_of(records, links))
        told, became = look_up(works, facts, asked, session)
        facts += told
        tables = {
            "works": works,
            "access": enrich_access(facts),
            "funding": enrich_funding(facts),
            "topics": enrich_topics(facts, french_labels()),
            "references": enrich_references(facts),
            "trials": enrich_trials(facts, works, link_projects(register, works)),
            "updates": enrich_updates(facts),
            "journals": enrich_journals(facts, works),
            "lookups": became,
        }
        tables["authorships"], tables["authors"] = enrich_people(works, records, links, provenance, claims_of(facts))
        tables["affiliations"], tables["institutions"] = enrich_affiliations(
            works, records, links, provenance=provenance
        )
        for name, table in apply_rectifications(tables).items():
            corpus.write(name, table)
