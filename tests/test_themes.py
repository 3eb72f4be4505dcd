"""Terms in both languages, themes, bursts, the years of the data, intervals of ranks: on cases counted by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carto_lib.figures.counting import newcomers
from carto_lib.figures.rankings import rank_intervals
from carto_lib.indicators.bursts import find_bursts
from carto_lib.indicators.periods import data_delays, data_end
from carto_lib.tables import Atlas
from carto_lib.themes import find_terms, find_themes, write_themes

SUBJECTS = {
    "Stroke mortality after thrombolysis": 6,
    "Mortalité par accident vasculaire cérébral et thrombolyse": 6,
    "Vaccination of infants against measles": 8,
    "Bariatric surgery and obesity": 8,
}


@pytest.fixture
def atlas(tmp_path):
    atlas = Atlas(tmp_path / "atlas")
    titles = [title for title, times in SUBJECTS.items() for _ in range(times)]
    works = [{"work_id": f"doi:10.1/{n}", "title": title, "year": 2010 + n % 5} for n, title in enumerate(titles)]
    atlas.write("works", works)
    atlas.write("databases", [{"database": "snds", "acronym": "SNDS", "name_fr": "SNDS", "name_en": "SNDS"}])
    atlas.write("topics", [{"work_id": "doi:10.1/0", "scheme": "mesh", "term_id": "D1", "label_en": "Obesity"}])
    return atlas


def test_a_notion_is_the_same_term_in_both_languages(atlas):
    terms = find_terms(atlas)
    stroke = terms[terms["label_en"] == "stroke"]
    assert len(stroke) == 12
    assert set(stroke["label_fr"]) == {"accident vasculaire cérébral"}
    first = terms[terms["work_id"] == "doi:10.1/0"]
    assert "obésité" in set(first["label_fr"])
    assert not terms.duplicated(["work_id", "term_id"]).any()


def test_works_on_the_same_subject_share_a_theme_whatever_their_language(atlas):
    themes = find_themes(find_terms(atlas), atlas.works["work_id"]).set_index("work_id")["theme"]
    assert len({themes[f"doi:10.1/{n}"] for n in range(12, 20)}) == 1
    assert len({themes[f"doi:10.1/{n}"] for n in range(20, 28)}) == 1
    assert themes["doi:10.1/13"] != themes["doi:10.1/21"]
    stroke = themes[[f"doi:10.1/{n}" for n in range(1, 12)]]
    assert not {themes["doi:10.1/13"], themes["doi:10.1/21"]} & set(stroke)


def test_the_same_works_give_the_same_tables(atlas):
    write_themes(atlas)
    first = [atlas.file(name).read_bytes() for name in ("terms", "themes")]
    write_themes(atlas)
    assert first == [atlas.file(name).read_bytes() for name in ("terms", "themes")]


def test_an_atlas_without_repeated_terms_has_no_theme(atlas):
    atlas.write("works", [{"work_id": "doi:10.1/1", "title": "Nothing twice"}, {"work_id": "doi:10.1/2"}])
    write_themes(Atlas(atlas.path))
    assert Atlas(atlas.path).themes.empty


def test_a_burst_is_found_where_it_was_put():
    totals = np.full(12, 100)
    counts = np.vstack([np.full(12, 5), [5, 5, 5, 5, 25, 30, 28, 5, 5, 5, 5, 5]])
    found = find_bursts(counts, totals)
    assert found[["term", "start", "end"]].to_numpy().tolist() == [[1, 4, 6]]
    assert found["weight"].iloc[0] > 0


@given(st.lists(st.integers(0, 20), min_size=2, max_size=15), st.integers(20, 200))
def test_bursts_stay_within_the_years(counts, total):
    found = find_bursts(np.array([counts]), np.full(len(counts), total))
    assert ((found["start"] >= 0) & (found["start"] <= found["end"]) & (found["end"] < len(counts))).all()


@pytest.mark.parametrize(
    ("title", "abstract", "published", "end"),
    [
        ("Trends in diabetes in France (2010-2019)", None, 2024, 2019),
        ("Étude entre 2014 et 2022 dans le SNDS", None, 2024, 2022),
        ("Outcomes from 2010 through December 2018", None, 2021, 2018),
        ("Activité 2012-13", None, 2015, 2013),
        ("Pregnancies in France in 2018", "We used 2001-2003 as reference.", 2024, 2018),
        ("Stroke in France", "Patients admitted between 2008 and 2014 were included.", 2021, 2014),
        ("Objectives 2020-2030 for health", None, 2019, None),
        ("ICD-10 codes 2010", None, 2019, None),
        ("Phone 01-2010-2019-33", None, 2020, None),
        (None, None, 2020, None),
    ],
)
def test_the_years_of_the_data_are_read_where_they_are_printed(title, abstract, published, end):
    assert data_end(title, abstract, published) == end


def test_a_delay_needs_both_years():
    works = pd.DataFrame({"title": ["In 2012", "In 2012", pd.NA], "abstract": [None] * 3, "year": [2015, pd.NA, 2015]})
    assert data_delays(works).tolist()[0] == 3
    assert data_delays(works)[1:].isna().all()


@given(st.lists(st.integers(1, 300), min_size=1, max_size=60))
def test_a_rank_stands_within_its_interval(counts):
    ordered = np.array(sorted(counts, reverse=True))
    first, last = rank_intervals(ordered, ordered)
    best = 1 + np.array([(ordered > count).sum() for count in ordered])
    worst = np.array([(ordered >= count).sum() for count in ordered])
    assert ((first >= 1) & (first <= best) & (worst <= last) & (last <= len(ordered))).all()


def test_counts_surely_apart_have_ranks_apart():
    first, last = rank_intervals(np.array([400, 20, 18, 2]), np.array([400, 20, 18, 2]))
    assert first.tolist() == [1, 2, 2, 4]
    assert last.tolist() == [1, 3, 3, 4]


def test_a_newcomer_is_new_once(tmp_path):
    atlas = Atlas(tmp_path / "atlas")
    atlas.write(
        "works", [{"work_id": f"doi:10.1/{n}", "title": "t", "year": year} for n, year in enumerate((2010, 2012, 2012))]
    )
    signed = [("doi:10.1/0", "a"), ("doi:10.1/1", "a"), ("doi:10.1/1", "b"), ("doi:10.1/2", "b")]
    atlas.write(
        "authorships",
        [{"work_id": w, "position": n, "author_id": f"name:{a}", "name": a} for n, (w, a) in enumerate(signed)],
    )
    new, seen, years = newcomers(atlas, "author")
    assert (years, new.tolist(), seen.tolist()) == ([2010, 2011, 2012], [1, 0, 1], [1, 0, 2])
