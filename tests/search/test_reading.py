"""What is told of a query: its mistakes, and the query as it was read."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carto_lib.search.reading import write_query
from carto_lib.search.syntax import Word, parse

PIECES = st.sampled_from(
    ["diabète", "tabac*", '"insuffisance rénale"', "auteur:weill", "author:(Weill OU Zureik)", "année:2015..2020",
     "year:2020..2015", "ET", "OU", "SAUF", "AND", "-grossesse", "(", ")", '"', "auter:x", "nope:x", "base:snds",
     "10.1136/bmj.k322", "id:\"title:0a\"", "année:20x", "l'asthme", "covid-19"]
)  # fmt: skip


@example("SAUF ( diabète diabète", "fr")
@example("a) :b", "fr")
@given(st.lists(PIECES, max_size=8).map(" ".join) | st.text(max_size=40), st.sampled_from(["fr", "en"]))
def test_a_reading_has_no_mistake_and_is_read_as_itself(query: str, language: str) -> None:
    node, _ = parse(query)
    if node is None:
        return
    text = write_query(node, language)
    again, problems = parse(text)
    assert problems == []
    assert again is not None
    assert write_query(again, language) == text


@pytest.mark.parametrize(
    ("query", "reading"),
    [
        ("auter:weill diabète", "auteur:weill diabète"),
        ("annee:2020..2015 (tabac OU", "année:2015..2020 ET tabac"),
        ('"insuffisance rénale" ET', '"insuffisance rénale"'),
        ("(tabac AND alcool) NOT cannabis", "(tabac ET alcool) SAUF cannabis"),
        ("auteur:(Weill OR Zureik) -covid", "(auteur:Weill OU auteur:Zureik) SAUF covid"),
    ],
)
def test_reading(query: str, reading: str) -> None:
    node, _ = parse(query)
    assert node is not None
    assert write_query(node, "fr") == reading


@pytest.mark.parametrize(
    ("query", "doi"),
    [
        ("https://doi.org/10.1136/bmj.k322", "10.1136/bmj.k322"),
        ("doi:10.1016/S0140-6736(08)60380-3", "10.1016/S0140-6736(08)60380-3"),
        ("(10.1136/bmj.k322).", "10.1136/bmj.k322"),
    ],
)
def test_a_doi_is_read_whole(query: str, doi: str) -> None:
    node, _ = parse(query)
    while not isinstance(node, Word):
        (node,) = node.parts
    assert (node.text, node.field) == (doi, "identifier")
