"""Clinical trials and data sets that works name, in their metadata or in their text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from carto_lib.enrich.facts import Facts, first_of_each
from carto_lib.tables import as_table

_PATTERNS = {
    "nct": re.compile(r"\bNCT\s?0?(\d{8})\b"),
    "eudract": re.compile(r"\b(20\d{2}-\d{6}-\d{2})\b"),
    "isrctn": re.compile(r"\bISRCTN\s?(\d{8})\b"),
}
_PREFIXES = {"nct": "NCT", "eudract": "", "isrctn": "ISRCTN"}


def trials_in(text: str) -> Iterator[tuple[str, str]]:
    """Give the trial identifiers of a text as (scheme, identifier): ClinicalTrials.gov, EudraCT, ISRCTN."""
    for scheme, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            yield scheme, _PREFIXES[scheme] + match[1]


def enrich_trials(facts: Iterable[Facts], works: pd.DataFrame, projects: Sequence[dict[str, Any]] = ()) -> pd.DataFrame:
    """Return the table *trials*: identifiers from the sources' own lists first, then from titles and abstracts.

    A trial's title comes from its own registry, whoever named the trial; projects of the
    Health Data Hub come as the rows that `link_projects` gives.
    """
    rows = []
    titles = {}
    for fact in facts:
        for trial in fact.extra.get("trials") or ():
            known = next(trials_in(trial["identifier"]), (trial["scheme"], trial["identifier"]))
            if trial.get("title"):
                titles[known[1]] = trial["title"]
            rows.append(fact.row(scheme=known[0], identifier=known[1]))
        rows += [fact.row(scheme="dataset", identifier=data) for data in fact.extra.get("datasets") or ()]
    for work in works.itertuples():
        text = " ".join(part for part in (work.title, work.abstract) if isinstance(part, str))
        rows += [
            {"work_id": work.work_id, "scheme": scheme, "identifier": identifier, "source": "text"}
            for scheme, identifier in trials_in(text)
        ]
    for row in rows:
        row["title"] = titles.get(row["identifier"])
    return as_table(first_of_each([*rows, *projects], ("work_id", "scheme", "identifier")), "trials")
