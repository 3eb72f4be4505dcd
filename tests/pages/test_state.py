"""The state and its address."""

from hypothesis import given
from hypothesis import strategies as st

from carto_lib.pages.state import FILTERS, State

codes = st.text("abcdefghijklmnopqrstuvwxyzé -'&=%", min_size=1, max_size=12)


@given(st.lists(codes, max_size=4, unique=True), st.tuples(st.integers(1900, 2100), st.integers(1900, 2100)), codes)
def test_an_address_gives_its_state_back(databases: list[str], years: tuple[int, int], query: str) -> None:
    state = State(databases=tuple(databases), years=tuple(sorted(years)), query=query, language="en", offset=20)
    again = State.from_query(state.query_string())
    assert {name: getattr(again, name) for name in (*FILTERS, "query", "language", "offset")} == {
        name: getattr(state, name) for name in (*FILTERS, "query", "language", "offset")
    }
    assert again.ignored == ()


@given(st.text(max_size=200))
def test_any_address_is_read(query: str) -> None:
    State.from_query(query)


def test_what_is_not_understood_is_named() -> None:
    state = State.from_query("base=snds&years=2010&lang=de&types=article")
    assert state.types == ("article",)
    assert state.ignored == ("base=snds", "years=2010", "lang=de")


def test_the_default_state_has_an_empty_address() -> None:
    assert State().query_string() == ""


def test_a_filter_starts_the_list_again() -> None:
    state = State(offset=50)
    state.toggle("databases", "snds")
    assert (state.databases, state.offset) == (("snds",), 0)
    state.toggle("databases", "snds")
    assert state.databases == ()


def test_several_filters_change_in_one_step() -> None:
    state = State(databases=("snds",), years=(2010, 2012))
    seen: list[str] = []
    state.observe(lambda _: seen.append(state.query_string()))
    state.clear()
    assert set(seen) == {""}
