"""The first file of a new database answers its own examples, whatever its names."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from carto_lib.mentions import failing_examples, untried_friends
from carto_lib.registry import KINDS, NameForm, Registry
from carto_lib.registry.template import NewDatabase

PIECES = st.sampled_from(["ZORG", "CO8", "ANRS", "Spirou", "COPILOTE", "Paris", "Zo-2"])
ACRONYMS = st.lists(PIECES, min_size=1, max_size=3, unique=True).map(" ".join)
WORDS = st.sampled_from(["cohorte", "study", "de", "santé", "sommeil", "Zorg", "ZORG", "CO8", "registre"])
NAMES = st.lists(WORDS, min_size=2, max_size=7).map(" ".join)


@settings(deadline=None, max_examples=200)
@given(
    ACRONYMS | st.just(""),
    NAMES | st.just(""),
    NAMES | st.just(""),
    st.lists(ACRONYMS | NAMES, max_size=3),
    st.sampled_from(KINDS),
    st.lists(st.sampled_from(["sommeil", "Lyon", "lien social"]), max_size=2),
    st.lists(st.sampled_from(["systemic response", "maladie de Fantasio"]), max_size=2, unique=True),
    st.lists(ACRONYMS | NAMES, max_size=2),
)
def test_a_new_file_is_clean(
    acronym: str,
    french: str,
    english: str,
    former: list[str],
    kind: str,
    anchors: list[str],
    friends: list[str],
    kept: list[str],
) -> None:
    assume(acronym or french)
    new = NewDatabase(
        "zorglub",
        french or acronym,
        english or acronym or french,
        acronym,
        kind,
        former=tuple(former),
        anchors=tuple(anchors),
        friends=tuple(friends) if acronym else (),
    )
    registry = Registry({"zorglub": new.as_database(NameForm(text=text, kind="full") for text in kept)})
    assert not failing_examples(registry, ["zorglub"])
    assert not untried_friends(registry, ["zorglub"])
