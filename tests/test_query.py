"""The query language: what it reads, what it refuses, and what each source is asked."""

from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carto_lib.errors import QueryError
from carto_lib.query import CHANNELS, Clause, Query, Term, build_query, parse_query
from carto_lib.query.sources import LONGEST, length
from carto_lib.registry import REGISTRY_DIR, Database, load_registry

TEXT = """
full: "Système national des données de santé" OR "French National Health Data System"
short-anchored: "SNDS" AND ("France" OR "Assurance maladie" OR country:FR)
"""
SNDS = parse_query(TEXT, "snds", 1)


def database(**changes: object) -> Database:
    names = [
        {"text": "Réseau Épidémiologie et Information en Néphrologie", "kind": "full"},
        {"text": "REIN", "kind": "short", "needs_anchor": True},
        {"text": "Rein", "kind": "short", "needs_anchor": True},
        {"text": "registre (REIN)", "kind": "short"},
        {"text": "French renal registry", "kind": "generic"},
    ]
    described = {"id": "rein", "name": {"fr": "REIN", "en": "REIN"}, "kind": "registry", "names": names}
    return Database.model_validate(described | {"anchors": ["dialyse", "France"]} | changes)


def test_a_query_is_read_and_written_back() -> None:
    assert parse_query(str(SNDS), "snds", 1) == SNDS
    assert SNDS.names == ("full", "short-anchored")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("le système national des données de SANTE (SNDS)", ("full",)),
        ("We used the SNDS in France.", ("short-anchored",)),
        ("We used the SNDS.", ()),
        ("SNDSX in France", ()),
        ("l'assurance-maladie et son S.N.D.S., le SNDS", ("short-anchored",)),
        ("", ()),
    ],
)
def test_it_runs_on_local_text(text: str, found: tuple[str, ...]) -> None:
    assert SNDS.matches(text) == found


def test_a_country_is_looked_for_in_the_affiliations() -> None:
    assert SNDS.matches("We used the SNDS.", "Inserm, Villejuif, France") == ("short-anchored",)
    assert SNDS.matches("We used the SNDS.", "Utrecht, The Netherlands") == ()


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('full "SNDS"', 1, 1),
        ('full: SNDS"', 1, 7),
        ('full: "SNDS" XOR "PMSI"', 1, 14),
        ('full: ("SNDS" OR "PMSI"', 1, 24),
        ('full: "SNDS" AND', 1, 17),
        ('full: "SNDS" OR AND "PMSI"', 1, 17),
        ('full: "SNDS" AND country:ZZ', 1, 26),
        ('full: "…"', 1, 7),
        ('full: "SNDS"\n\nother: "PMSI" "DCIR"', 3, 15),
        ('full: "SNDS") OR "A"', 1, 13),
    ],
)
def test_an_error_shows_where(text: str, line: int, column: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text, "snds", 1)
    message = str(caught.value)
    assert message.startswith(f"line {line}, column {column}: expected")
    assert message.splitlines()[2].index("^") == column - 1


@pytest.mark.parametrize(("text", "said"), [("", "no clause"), ('a: "x"\na: "y"', "'a' stands twice")])
def test_a_query_needs_distinct_clauses(text: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        parse_query(text, "snds", 1)


def test_what_each_source_is_asked() -> None:
    assert SNDS.compile("pubmed") == (
        '(("Système national des données de santé"[tiab] OR "French National Health Data System"[tiab])) OR '
        '(("SNDS"[tiab]) AND ("France"[tiab] OR "Assurance maladie"[tiab] OR "France"[ad]))'
    )
    assert '((TITLE_ABS:"SNDS" OR KW:"SNDS")) AND' in SNDS.compile("europepmc")
    assert 'AFF:"France"' in SNDS.compile("europepmc")
    assert '(METHODS:"SNDS") AND (METHODS:"France"' in SNDS.compile("europepmc", "methods")
    assert 'title_t:("SNDS") OR abstract_t:("SNDS") OR keyword_t:("SNDS")' in SNDS.compile("hal")
    assert "structCountry_s:fr" in SNDS.compile("hal")


def test_openalex_is_asked_apart_for_texts_and_for_countries() -> None:
    asked = [parse_qs(search.text) for search in SNDS.searches("openalex")]
    assert [query["search.title_and_abstract.exact"] for query in asked] == [
        ['("Système national des données de santé" OR "French National Health Data System")'],
        ['("SNDS") AND ("France" OR "Assurance maladie")'],
        ['("SNDS")'],
    ]
    assert [query.get("filter") for query in asked] == [None, None, ["authorships.institutions.country_code:fr"]]


def test_identifiers_name_the_version_and_the_channel() -> None:
    ids = [search.query_id for search in SNDS.searches("europepmc")]
    assert ids == ["snds.v1.europepmc.text", "snds.v1.europepmc.methods"]


@pytest.mark.parametrize(("source", "channel"), [("scopus", "text"), ("pubmed", "methods")])
def test_an_unknown_source_or_channel_is_refused(source: str, channel: str) -> None:
    with pytest.raises(QueryError, match="choose among"):
        SNDS.compile(source, channel)
    if channel == "text":
        with pytest.raises(QueryError, match="choose among"):
            SNDS.searches(source)


def test_no_phrase_can_act_as_an_operator() -> None:
    query = Query("x", 1, (Clause("full", ((Term('a" OR (b) AND [c]:d&filter=e~2*'),),)),))
    assert query.compile("pubmed") == '(("a OR b AND c d filter e 2"[tiab]))'
    assert parse_qs(query.searches("openalex")[0].text) == {
        "search.title_and_abstract.exact": ['("a OR b AND c d filter e 2")']
    }


def test_version_0_is_the_names_alone() -> None:
    query = build_query(database(), version=0)
    assert str(query) == (
        'full: "Réseau Épidémiologie et Information en Néphrologie"\nshort: "REIN" OR "registre (REIN)"'
    )


def test_version_1_anchors_what_needs_it() -> None:
    query = build_query(database())
    anchors = '("dialyse" OR "France" OR country:FR)'
    assert str(query).splitlines() == [
        'full: "Réseau Épidémiologie et Information en Néphrologie"',
        f'generic-anchored: "French renal registry" AND {anchors}',
        'short: "registre (REIN)"',
        f'short-anchored: "REIN" AND {anchors}',
    ]
    assert query.matches("Data came from REIN, a registry of dialyse") == ("short-anchored",)


def test_a_database_without_a_name_or_an_unknown_version_is_refused() -> None:
    with pytest.raises(QueryError, match="no version 7"):
        build_query(database(), version=7)
    generic = database(names=[{"text": "French renal registry", "kind": "generic"}])
    with pytest.raises(QueryError, match="'rein' has no name"):
        build_query(generic, version=0)


PHRASES = st.lists(st.from_regex(r"[A-Za-zé]{1,12}( [A-Za-zé]{1,12}){0,6}", fullmatch=True), min_size=1, unique=True)


@settings(deadline=None)
@given(PHRASES, PHRASES)
def test_any_query_is_read_back_and_matches_its_own_phrases(forms: list[str], anchors: list[str]) -> None:
    groups = (tuple(map(Term, forms)), (*map(Term, anchors), Term("FR", "country")))
    query = Query("x", 1, (Clause("c", groups),))
    assert parse_query(str(query), "x", 1) == query
    for form in forms:
        assert query.matches(f"…{form}, {anchors[0]}!") == ("c",)
        assert query.matches(f"({form})", "Paris, France.") == ("c",)


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(0, 60))
def test_long_queries_are_cut_without_losing_a_pair(forms: int, anchors: int) -> None:
    groups = [tuple(Term(f"long form of a name number {n}") for n in range(forms))]
    if anchors:
        groups.append((*(Term(f"anchor {n}") for n in range(anchors)), Term("FR", "country")))
    query = Query("x", 1, (Clause("c", tuple(groups)),))
    for source in CHANNELS:
        searches = query.searches(source)
        assert all(length(source, search.text) <= LONGEST[source] for search in searches)
    asked = [parse_qs(search.text) for search in query.searches("openalex")]
    for form in {0, forms - 1}:
        holding = [
            q for q in asked if f'"long form of a name number {form}"' in q["search.title_and_abstract.exact"][0]
        ]
        assert holding
        for anchor in {0, anchors - 1} if anchors else ():
            assert any(f'"anchor {anchor}"' in q["search.title_and_abstract.exact"][0] for q in holding)


def test_a_phrase_too_long_for_a_request_is_refused() -> None:
    query = Query("x", 1, (Clause("c", ((Term("word " * 1500),),)),))
    with pytest.raises(QueryError, match="'c' is too long"):
        query.searches("openalex")


def test_the_real_registry_compiles_for_every_source() -> None:
    if not any(REGISTRY_DIR.glob("*.yml")):
        pytest.skip("the registry holds no database yet")
    for entry in load_registry().values():
        if not any(name.kind != "generic" for name in entry.names):
            continue
        for version in (0, 1):
            query = build_query(entry, version)
            assert parse_query(str(query), entry.id, version) == query
            for source in CHANNELS:
                for search in query.searches(source):
                    assert search.text.count("(") == search.text.count(")")
                    assert search.text.count('"') % 2 == 0
