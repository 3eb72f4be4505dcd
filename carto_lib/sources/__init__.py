"""Sources: one module an API, with ``parse(answer) → records`` and, for those harvested, ``search(query) → answers``.

Every ``parse`` takes the body of one recorded answer and returns records: dictionaries with the columns of the
table *records*, whose ``authors``, ``affiliations``, ``keywords`` and ``extra`` are still lists and dictionaries.
An answer that is an error, another page or truncated raises a `SourceError` that says so.
"""

from types import ModuleType

from carto_lib.sources import (
    clinicaltrials,
    crossref,
    datacite,
    europepmc,
    hal,
    idref,
    openalex,
    opencitations,
    orcid,
    pubmed,
    ror,
    thesesfr,
    unpaywall,
)

SOURCES: dict[str, ModuleType] = {
    "pubmed": pubmed,
    "europepmc": europepmc,
    "openalex": openalex,
    "crossref": crossref,
    "hal": hal,
    "ror": ror,
    "orcid": orcid,
    "unpaywall": unpaywall,
    "datacite": datacite,
    "clinicaltrials": clinicaltrials,
    "opencitations": opencitations,
    "thesesfr": thesesfr,
    "idref": idref,
}
