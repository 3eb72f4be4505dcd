"""A word is marked wherever its stem was looked for: the quick pattern that picks candidates leaves none out."""

import tantivy
from hypothesis import example, given
from hypothesis import strategies as st

from carto_lib.search.analysis import STOP_WORDS, readings
from carto_lib.search.highlight import marked_spans
from carto_lib.search.plan import Plan

LETTERS = "abcdefghijklmnopqrstuvwxyzéèêëàâîïôöùûüçœæ"


@given(st.text(LETTERS, min_size=1, max_size=12))
@example("dying")
@example("skies")
@example("cœur")
@example("œdème")
@example("yeux")
@example("études")
def test_a_word_is_marked_where_its_stem_was_looked_for(word: str) -> None:
    plain, stems = readings(word)
    plan = Plan(tantivy.Query.empty_query(), [], marked_stems=set(stems))
    expected = [] if plain in STOP_WORDS else [(2, 2 + len(word))]
    assert marked_spans(f"« {word} »", plan) == expected
