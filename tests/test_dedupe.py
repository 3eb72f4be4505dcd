"""One work from many records, whatever their order; never two works in one."""

import itertools
import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carto_lib.dedupe import dedupe
from carto_lib.dedupe.survivorship import choose
from carto_lib.schemas import schema
from carto_lib.sources import SOURCES
from carto_lib.sources.fields import record
from carto_lib.sources.files import parse_body

TITLE = "Risk of serious infections in patients treated with biologics: a nationwide cohort study"
PEOPLE = [{"name": "Alain Weill"}, {"name": "Rosemary Dray-Spira"}, {"name": "Mahmoud Zureik"}]


def paper(source="pubmed", source_id="1", **values):
    return record(source, source_id, **({"title": TITLE, "year": 2021, "type": "article", "authors": PEOPLE} | values))


def works_of(*records):
    return dedupe(pd.DataFrame(records))


FOUR = (
    paper("pubmed", "1", doi="10.1000/x", pmid="1", abstract="Short.", date="2021-03", title=TITLE + "."),
    paper("europepmc", "MED:1", pmid="1", pmcid="PMC9", abstract="A much longer abstract.", date="2021-03-04"),
    paper("openalex", "W1", doi="10.1000/x", openalex_id="W1", hal_id="hal-00000001", is_retracted=True),
    paper("hal", "hal-00000001", hal_id="hal-00000001", authors=[{"name": "Weill Alain"}, {"name": "R. Dray-Spira"}]),
)


@pytest.mark.parametrize("order", itertools.permutations(range(4)))
def test_four_sources_make_one_work_whatever_the_order(order):
    found = works_of(*(FOUR[place] for place in order))
    assert found.works["work_id"].tolist() == ["doi:10.1000/x"]
    work = found.works.iloc[0]
    assert (work["pmid"], work["pmcid"], work["openalex_id"], work["hal_id"]) == ("1", "PMC9", "W1", "hal-00000001")
    assert work["abstract"] == "A much longer abstract."
    assert work["date"] == "2021-03-04"
    assert work["is_retracted"]
    assert set(found.links["rule"]) == {"doi", "pmid", "hal_id"}
    origin = found.provenance.set_index("field")
    assert origin.loc["abstract", "source"] == "europepmc"
    assert origin.loc["abstract", "conflicts"] == 1
    assert origin.loc["title", "conflicts"] == 0
    assert origin.loc["is_retracted", "source"] == "openalex"


def test_tables_follow_their_schemas():
    found = works_of(*FOUR)
    for name in ("works", "links", "provenance"):
        schema(name).validate(getattr(found, name))
    empty = dedupe(pd.DataFrame([], columns=list(FOUR[0])))
    assert len(empty.works) == len(empty.links) == len(empty.provenance) == 0


APART = {
    "parts": ({"title": f"{TITLE}. Part 1"}, {"title": f"{TITLE}. Part 2"}),
    "Roman numerals": ({"title": f"{TITLE} II"}, {"title": f"{TITLE} III"}),
    "years in the title": (
        {"title": "Rapport annuel du registre des cancers de la Manche 2019"},
        {"title": "Rapport annuel du registre des cancers de la Manche 2020"},
    ),
    "annual reports": ({"year": 2020, "type": "report"}, {"year": 2021, "type": "report"}),
    "notice and paper": ({"type": "retraction_notice"}, {}),
    "correction and paper": ({"type": "correction"}, {}),
    "thesis and article": ({"type": "thesis"}, {}),
    "dataset and article": ({"type": "dataset"}, {}),
    "talk and article": ({"type": "conference"}, {}),
    "conference abstract and article": ({"type": "abstract", "journal": "Fundamental"}, {"journal": "Fundamental"}),
    "erratum that no source calls so": ({"title": f"Erratum: {TITLE}", "journal": "BMJ"}, {"journal": "BMJ"}),
    "thesis and preprint": ({"type": "thesis"}, {"type": "preprint"}),
    "two DOIs": ({"doi": "10.1000/a"}, {"doi": "10.1000/b"}),
    "two PMIDs": ({"pmid": "1"}, {"pmid": "2"}),
    "other people": ({"authors": [{"name": "Marie Dupont"}]}, {"authors": [{"name": "Jean Martin"}]}),
    "other journals": ({"journal": "The Lancet"}, {"journal": "Revue d'épidémiologie"}),
    "years apart": ({"year": 2012}, {}),
    "opposite words": ({"title": TITLE.replace("patients", "women")}, {"title": TITLE.replace("patients", "men")}),
    "short titles": ({"title": "Editorial", "authors": None}, {"title": "Editorial", "authors": None}),
    "unknown years and authors": (
        {"year": None, "authors": None, "title": "Health in the French regions"},
        {"year": None, "authors": None, "title": "Health in the French regions"},
    ),
}


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART)
def test_two_works_stay_two(one, other):
    found = works_of(paper(source_id="a", source="hal", **one), paper(source_id="b", source="openalex", **other))
    assert len(found.works) == 2
    assert found.links["rule"].isna().all()


TOGETHER = {
    "case and accents": {"title": TITLE.upper()},
    "a misprint": {"title": TITLE.replace("infections", "infectoins")},
    "a hyphen": {"title": TITLE.replace("nationwide", "nation-wide")},
    "year of the issue": {"year": 2022, "journal": "BMJ"},
    "names the other way": {"authors": [{"name": "Weill A"}, {"name": "Dray-Spira R"}, {"name": "Zureik M"}]},
    "no author": {"authors": None},
    "a letter for one source": {"type": "letter"},
    "without its subtitle": {
        "title": "Risk of serious infections in patients treated with biologics",
        "journal": "BMJ",
    },
    "abbreviated journal": {"journal": "B M J"},
    "the original title": {"title": "Risque d'infections graves sous biothérapie", "title_original": TITLE},
}


@pytest.mark.parametrize("other", TOGETHER.values(), ids=TOGETHER)
def test_one_work_written_otherwise_is_one(other):
    found = works_of(paper("hal", "hal-1", journal="BMJ"), paper("openalex", "W1", **other))
    assert len(found.works) == 1
    assert set(found.links["rule"]) == {"title"}


def test_a_doi_is_the_same_however_it_is_written_and_the_title_translated():
    lines = [
        {"title": TITLE, "doi": "https://doi.org/10.1000/ABC", "year": 2021},
        {"title": "Risque d'infections graves sous biothérapie en France", "doi": "doi:10.1000/abc.", "year": 2020},
    ]
    records = [parse_body(json.dumps(line).encode(), "jsonl")[0] for line in lines]
    found = works_of(*(item | {"source_id": str(place)} for place, item in enumerate(records)))
    assert found.works["work_id"].tolist() == ["doi:10.1000/abc"]


def test_preprint_is_linked_not_joined():
    preprint = paper("openalex", "W1", type="preprint", doi="10.1101/2020.01.01.20000001", year=2020)
    article = paper("pubmed", "1", doi="10.1000/x", pmid="1")
    found = works_of(preprint, article)
    versions = found.works.set_index("work_id")["version_of"]
    assert versions["doi:10.1101/2020.01.01.20000001"] == "doi:10.1000/x"
    assert pd.isna(versions["doi:10.1000/x"])


def test_what_the_source_says_of_versions_wins():
    preprint = paper("europepmc", "PPR:1", type="preprint", title="Another early title of it", version_of="pmid:1")
    found = works_of(preprint, paper("pubmed", "1", doi="10.1000/x", pmid="1"))
    assert found.works["version_of"].dropna().tolist() == ["doi:10.1000/x"]


def test_retraction_notice_is_not_a_retracted_work():
    notice = paper("pubmed", "9", pmid="9", type="retraction_notice", title=f"Retraction: {TITLE}", is_retracted=False)
    same = paper("openalex", "W9", pmid="9", is_retracted=True, title=f"Retraction: {TITLE}")
    found = works_of(notice, same, paper("pubmed", "1", pmid="1", is_retracted=True))
    flags = found.works.set_index("work_id")["is_retracted"]
    assert not flags["pmid:9"]
    assert flags["pmid:1"]


def test_works_named_by_title_alone_keep_distinct_names():
    found = works_of(paper("hal", "a", type="thesis", hal_id=None), paper("openalex", "b"))
    assert found.works["work_id"].is_unique
    assert found.works["work_id"].str.startswith("title:").all()


def test_the_latest_of_two_answers_about_one_record_counts():
    old = paper(abstract="Long former abstract.", retrieved_at="2026-01-01", pmid="1")
    new = paper(abstract="New.", retrieved_at="2026-02-01", pmid="1")
    for records in ((old, new), (new, old)):
        assert works_of(*records).works["abstract"].tolist() == ["New."]


TITLES = st.sampled_from(
    [TITLE, TITLE + " II", TITLE.upper(), "Editorial", "Étude ELFE: suivi des enfants à deux mois"]
)
NONE_OR = lambda *values: st.sampled_from([None, *values])  # noqa: E731
RECORDS = st.lists(
    st.builds(
        paper,
        source=st.sampled_from(["pubmed", "hal", "openalex", "jsonl"]),
        source_id=st.integers(0, 30).map(str),
        title=TITLES,
        doi=NONE_OR("10.1000/a", "10.1000/b", "10.1101/2020.01.01.20000001"),
        pmid=NONE_OR("1", "2"),
        year=NONE_OR(2020, 2021),
        type=NONE_OR("article", "preprint", "thesis", "retraction_notice"),
        authors=NONE_OR(PEOPLE, [{"name": "Marie Dupont"}]),
        journal=NONE_OR("BMJ", "The Lancet"),
        abstract=NONE_OR("a", "bb", "cc"),
        is_retracted=NONE_OR(True, False),
    ),
    max_size=12,
    unique_by=lambda item: (item["source"], item["source_id"]),
)


@settings(max_examples=150, deadline=None)
@given(RECORDS, st.randoms())
def test_order_does_not_matter(records, random):
    shuffled = list(records)
    random.shuffle(shuffled)
    columns = list(paper())
    one, other = dedupe(pd.DataFrame(records, columns=columns)), dedupe(pd.DataFrame(shuffled, columns=columns))
    for name in ("works", "links", "provenance"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert len(one.links) == len(records)
    assert set(one.links["work_id"]) == set(one.works["work_id"])


@settings(max_examples=100, deadline=None)
@given(RECORDS)
def test_works_taken_as_records_stay_the_same_works(records):
    """Idempotence on identifiers: what has been joined isn't joined again, nor split."""
    identified = [item | {"pmid": item["source_id"], "doi": None} for item in records]
    first = dedupe(pd.DataFrame(identified, columns=list(paper())))
    again = first.works.assign(source="works", source_id=first.works["work_id"], authors=None)
    second = dedupe(again)
    assert second.works["work_id"].tolist() == first.works["work_id"].tolist()


@settings(max_examples=150, deadline=None)
@given(RECORDS, st.integers(0, 12), st.sampled_from(["title", "abstract", "type", "journal", "doi", "year"]))
def test_settling_parts_then_the_whole_is_settling_the_whole(records, cut, field):
    parts = [choose(part, field) for part in (records[:cut], records[cut:])]
    winners = [choice.record for choice in parts if choice]
    whole, partial = choose(records, field), choose(winners, field)
    assert (whole and (whole.value, whole.record["source_id"])) == (
        partial and (partial.value, partial.record["source_id"])
    )


def test_recorded_answers_give_works_once(shared):
    records = []
    for source in ("pubmed", "europepmc", "openalex", "hal"):
        for path in sorted((shared / "recorded" / source).glob("*.[jx]*")):
            if not path.name.endswith(".meta.json"):
                try:
                    records += SOURCES[source].parse(path.read_bytes())
                except Exception as error:
                    assert source in str(error)
    frame = pd.DataFrame(records)
    found = dedupe(frame)
    assert len(found.links) == len(frame.drop_duplicates(["source", "source_id"]))
    for field in ("doi", "pmid", "hal_id", "openalex_id"):
        known = found.works[field].dropna()
        assert known.is_unique, known[known.duplicated()].tolist()
    text = frame.assign(authors=frame["authors"].map(json.dumps), extra=frame["extra"].map(json.dumps))
    pd.testing.assert_frame_equal(dedupe(text).works, found.works)
