"""What the sources say of works becomes tables; what they don't say stays absent."""

import json

import pytest

from carto_lib.enrich.access import enrich_access
from carto_lib.enrich.citations import enrich_references
from carto_lib.enrich.corpora import french_labels
from carto_lib.enrich.facts import Facts, facts_of
from carto_lib.enrich.funding import enrich_funding
from carto_lib.enrich.journals import enrich_journals
from carto_lib.enrich.topics import enrich_topics
from carto_lib.enrich.trials import enrich_trials, trials_in
from carto_lib.enrich.updates import enrich_updates
from carto_lib.tables import as_table

EXTRA = {
    "oa": {"colour": "gold", "url": "https://example.org/a.pdf", "license": "cc-by"},
    "cited_by_count": 0,
    "grants": [
        {"funder": "Agence nationale de la recherche", "award": "ANR-10", "funder_id": None, "country": None},
        {"funder": "AGENCE NATIONALE DE LA RECHERCHE", "award": "anr-10", "funder_id": "https://ror.org/00rbzpz17"},
    ],
    "mesh": [{"id": "D003920", "label": "Diabetes Mellitus", "major": True}],
    "topics": [{"scheme": "sdg", "id": "3", "label": "Good health", "score": 0.8}],
    "references": ["doi:10.1/x", "doi:10.1/x", "pmid:7"],
    "updates": [{"kind": "retraction", "notice_id": "pmid:9", "date": "2021-02-03"}, {"kind": "comment"}],
    "trials": [{"scheme": "ClinicalTrials.gov", "identifier": "NCT01234567"}],
}


@pytest.fixture
def corpus():
    rows = [
        {"source": "openalex", "source_id": "W1", "extra": json.dumps(EXTRA), "keywords": '["Diabète"]'},
        {
            "source": "pubmed",
            "source_id": "1",
            "extra": json.dumps({"oa": {"colour": "purple"}}),
            "retrieved_at": "2026-01-02",
        },
        {"source": "hal", "source_id": "h", "extra": None},
    ]
    records = as_table(rows, "records")
    links = as_table(
        [
            {
                "source": r["source"],
                "source_id": r["source_id"],
                "work_id": "doi:10.1/h" if r["source"] == "hal" else "doi:10.1/a",
            }
            for r in rows
        ],
        "links",
    )
    works = as_table(
        [
            {
                "work_id": "doi:10.1/a",
                "title": "Essai NCT01234567, ISRCTN 12345678",
                "journal": "Rev",
                "issn_l": "1234-5678",
            },
            {"work_id": "doi:10.1/h", "title": "Sans fait"},
        ],
        "works",
    )
    return list(facts_of(records, links)), works


def test_access_keeps_sources_side_by_side(corpus):
    access = enrich_access(corpus[0]).set_index("source")
    assert access.loc["openalex", "oa_colour"] == "gold"
    assert access.loc["openalex", "cited_by_count"] == 0
    assert access["oa_colour"].isna()["pubmed"]
    assert access["cited_by_count"].isna()["pubmed"]
    assert set(access["work_id"]) == {"doi:10.1/a"}


def test_a_funder_spelt_twice_counts_once_and_keeps_its_identifier(corpus):
    funding = enrich_funding(corpus[0])
    assert len(funding) == 1
    assert funding.loc[0, "funder_id"] == "https://ror.org/00rbzpz17"


def test_a_funders_country_is_a_code_or_nothing():
    printed = ("United States", "France", "gb", "International", None)
    grants = [{"funder": f"Funder {number}", "country": country} for number, country in enumerate(printed)]
    funding = enrich_funding([Facts("doi:a", "pubmed", None, {"grants": grants}, [])])
    assert funding["country"].fillna("").tolist() == ["US", "FR", "GB", "", ""]


def test_topics_have_french_labels_where_one_is_known(corpus):
    topics = enrich_topics(corpus[0], {"diabetes mellitus": "diabète"}).set_index("scheme")
    assert topics.loc["mesh", "label_fr"] == "diabète"
    assert topics["label_fr"].isna()["sdg"]
    assert topics.loc["keyword", "term_id"] == "diabete"


def test_references_updates_and_journals(corpus):
    facts, works = corpus
    assert list(enrich_references(facts)["cited_id"]) == ["doi:10.1/x", "pmid:7"]
    updates = enrich_updates(facts)
    assert updates[["kind", "notice_id", "date"]].to_numpy().tolist() == [["retraction", "pmid:9", "2021-02-03"]]
    journals = enrich_journals(facts, works)
    assert journals[["journal", "issn_l", "works"]].to_numpy().tolist() == [["Rev", "1234-5678", 1]]
    assert journals["in_doaj"].isna().all()


def test_trials_come_from_lists_and_text(corpus):
    trials = enrich_trials(*corpus)
    assert trials[["scheme", "identifier", "source"]].to_numpy().tolist() == [
        ["isrctn", "ISRCTN12345678", "text"],
        ["nct", "NCT01234567", "openalex"],
    ]
    assert list(trials_in("2015-001234-56 et NCT 01234567, pas NCT123")) == [
        ("nct", "NCT01234567"),
        ("eudract", "2015-001234-56"),
    ]


def test_a_descriptor_without_number_takes_the_one_known_for_its_label():
    facts = [
        Facts("doi:a", "europepmc", None, {"mesh": [{"id": None, "label": "Asthma"}, {"label": "Humans"}]}, []),
        Facts("doi:b", "pubmed", None, {"mesh": [{"id": "D001249", "label": "Asthma"}]}, []),
    ]
    topics = enrich_topics(facts)
    assert set(topics["term_id"]) == {"D001249", "humans"}


def test_french_labels_come_from_the_lexicon():
    facts = [Facts("doi:a", "pubmed", None, {"mesh": [{"id": "D055723", "label": "Acute Renal Failure"}]}, [])]
    assert list(enrich_topics(facts, french_labels())["label_fr"]) == ["insuffisance rénale aiguë"]
