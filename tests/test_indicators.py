"""Indicators counted by hand: denominators, intervals, and nulls with their reason."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_atlas import small_atlas

from carto_lib.indicators import INDICATORS, compute_indicators, is_small, wilson
from carto_lib.tables import Atlas


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return compute_indicators(small_atlas(tmp_path_factory.mktemp("indicators")))


def row(table, name, database="all", year="all"):
    found = table[(table["name"] == name) & (table["database"] == database) & (table["year"] == year)]
    assert len(found) == 1
    return found.iloc[0]


def test_a_work_of_two_databases_counts_once_in_all(table):
    assert row(table, "works")["value"] == 4
    assert row(table, "works", "snds")["value"] == 2
    assert row(table, "works", "pmsi")["value"] == 2
    assert row(table, "works", year="2021")["value"] == 2
    assert row(table, "works", year="unknown")["value"] == 1


def test_parts_are_counted_with_their_whole_without_doubling(table):
    assert row(table, "works_with_parts", "snds")["value"] == 3
    assert row(table, "works_with_parts", "pmsi")["value"] == 2
    assert row(table, "several_databases")["numerator"] == 1
    assert row(table, "several_families")["numerator"] == 0


def test_a_part_of_a_part_is_of_the_same_family(tmp_path):
    atlas = small_atlas(tmp_path)
    names = atlas.databases.assign(part_of=[None, "sniiram", None])
    sniiram = {"database": "sniiram", "name_fr": "SNIIRAM", "name_en": "SNIIRAM", "part_of": "snds"}
    atlas.write("databases", [*names.astype(object).where(names.notna(), None).to_dict("records"), sniiram])
    assert row(compute_indicators(Atlas(atlas.path)), "several_families")["numerator"] == 0


def test_related_and_waiting_works_are_apart_from_uses(table):
    assert row(table, "related_works", "snds")["value"] == 4
    assert row(table, "review_share", "snds")["numerator"] == 1
    assert row(table, "review_share", "snds")["denominator"] == 4


def test_shares_are_among_the_works_where_the_fact_is_known(table):
    french = row(table, "in_french")
    assert (french["numerator"], french["denominator"]) == (2, 3)
    assert french["low"] < french["value"] < french["high"]
    abroad = row(table, "international")
    assert (abroad["numerator"], abroad["denominator"]) == (1, 2)
    assert row(table, "interregional")["numerator"] == 1
    assert row(table, "public_private")["numerator"] == 1
    assert row(table, "retracted")["denominator"] == 2


def test_affiliations_of_the_whole_work_are_nobodys(table):
    first = row(table, "first_author_french")
    assert (first["numerator"], first["denominator"]) == (2, 2)
    assert (
        row(table, "last_author_french")["reason"] == "no_value" or row(table, "last_author_french")["denominator"] == 0
    )


def test_author_counts_leave_incomplete_lists_out(table):
    mean = row(table, "mean_authors")
    assert (mean["value"], mean["denominator"]) == (2, 3)
    assert row(table, "median_authors")["value"] == 2


def test_growth_newcomers_and_running_totals(table):
    growth = row(table, "growth", year="2021")
    assert (growth["value"], growth["denominator"]) == (1, 1)
    assert row(table, "growth", year="2020")["reason"] == "no_previous_year"
    assert row(table, "new_people", year="2021")["value"] == 2
    assert row(table, "new_people_share", year="2021")["denominator"] == 4
    assert row(table, "cumulative_works", year="2021")["value"] == 3


def test_concentration(table):
    assert row(table, "hhi_structures")["value"] == pytest.approx((4 + 1 + 1) / 16)
    assert row(table, "gini_structures")["value"] == pytest.approx(1 / 6)
    assert row(table, "gini_structures", year="2021")["reason"] == "all_years_only"


def test_what_is_not_known_is_null_with_a_reason_never_zero(table):
    for name in ("open_access", "funded", "corrected", "with_trial", "mean_citations", "topics", "references_known"):
        assert pd.isna(row(table, name)["value"]), name
        assert row(table, name)["reason"] == "no_table", name
    assert row(table, "guidelines")["reason"] == "no_source"
    assert row(table, "data_delay")["reason"] == "no_value"
    assert (table["value"].isna() == table["reason"].notna()).all()


def test_small_numbers_are_flagged(table):
    assert is_small(table)[table["name"] == "works"].all()


def test_at_least_forty_indicators_each_said_in_both_languages():
    assert len(INDICATORS) >= 40
    for indicator in INDICATORS.values():
        for language in ("fr", "en"):
            said = [
                getattr(indicator, part)(language)
                for part in ("title", "definition", "formula", "denominator", "source", "warning")
            ]
            assert all(said)


@given(st.integers(0, 500), st.integers(0, 500))
def test_wilson_holds_the_proportion_and_stays_within_bounds(first, second):
    k, n = min(first, second), max(first, second)
    low, high = (float(bound[0]) for bound in wilson(np.array([k]), np.array([n])))
    if n == 0:
        assert np.isnan(low)
        assert np.isnan(high)
    else:
        assert 0 <= low <= k / n + 1e-12
        assert k / n - 1e-12 <= high <= 1


def test_wilson_gives_published_values():
    low, high = wilson(np.array([81]), np.array([263]))  # Newcombe 1998, table I, method 3
    assert (round(float(low[0]), 4), round(float(high[0]), 4)) == (0.2553, 0.3662)
