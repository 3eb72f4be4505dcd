"""Topics: MeSH descriptors, OpenAlex topics and sustainable development goals, authors' keywords."""

from collections.abc import Iterable, Mapping

import pandas as pd

from carto_lib.enrich.facts import Facts, first_of_each
from carto_lib.tables import as_table
from carto_lib.text import fold


def enrich_topics(facts: Iterable[Facts], french: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the table *topics*.

    A descriptor given without its number (Europe PMC) takes the one that another record gives its label, else its
    folded label stands for it.

    Parameters
    ----------
    facts : iterable of Facts
    french : mapping of str to str, optional
        French labels by folded English label; where there is none ``label_fr`` stays null.
    """
    labels = french or {}
    facts = list(facts)
    descriptors = {
        fold(t["label"]): t["id"]
        for fact in facts
        for t in fact.extra.get("mesh") or ()
        if t.get("id") and t.get("label")
    }
    rows = []
    for fact in facts:
        terms: list[tuple[str, str, str | None, float | None]] = [
            ("mesh", t.get("id") or descriptors.get(fold(label), fold(label)), label, 1.0 if t.get("major") else 0.5)
            for t in fact.extra.get("mesh") or ()
            if (label := t.get("label") or t.get("id"))
        ]
        terms += [
            (t["scheme"], t.get("id") or fold(t["label"]), t.get("label"), t.get("score"))
            for t in fact.extra.get("topics") or ()
            if t.get("id") or t.get("label")
        ]
        terms += [("keyword", fold(word), word, None) for word in fact.keywords if fold(word)]
        for scheme, term_id, label, score in terms:
            translated = labels.get(fold(label)) if label else None
            rows.append(fact.row(scheme=scheme, term_id=term_id, label_en=label, label_fr=translated, score=score))
    return as_table(first_of_each(rows, ("work_id", "scheme", "term_id")), "topics")
