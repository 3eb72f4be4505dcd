"""The data dictionary says what the schemas say."""

import pytest
from conftest import PROJECT_ROOT

from carto_lib.enrich.places import country_names, regions
from carto_lib.enrich.updates import KINDS
from carto_lib.errors import TableError
from carto_lib.exports.dictionary import data_dictionary
from carto_lib.i18n import LANGUAGES
from carto_lib.schemas import vocabulary
from carto_lib.sources.fields import WORK_TYPES
from carto_lib.tables import as_table, table_specs


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_and_value_stands_in_the_dictionary(language):
    text = data_dictionary(language)
    for table, spec in table_specs().items():
        section = text.split(f"## {table}\n")[1].split("\n## ")[0]
        for name, column in spec["columns"].items():
            assert f"| {name} |" in section or f"| **{name}** |" in section
            assert all(f"`{value}` (" in section for value in column.get("values", ()))


def test_the_committed_dictionary_is_up_to_date():
    written = (PROJECT_ROOT / "docs" / "dictionnaire.md").read_text(encoding="utf-8")
    assert written == data_dictionary(), "run: python -m carto_lib.exports.dictionary > docs/dictionnaire.md"


def test_vocabularies_are_those_of_their_producers():
    specs = table_specs()
    assert tuple(specs["updates"]["columns"]["kind"]["values"]) == KINDS
    assert set(specs["works"]["columns"]["type"]["values"]) == set(WORK_TYPES)
    assert set(specs["institutions"]["columns"]["region"]["values"]) == set(regions().values())


@pytest.mark.parametrize(
    ("table", "column", "row"),
    [
        ("access", "oa_colour", {"work_id": "a", "source": "b", "oa_colour": "purple"}),
        ("works", "language", {"work_id": "a", "language": "fre"}),
        ("institutions", "country", {"institution_id": "a", "country": "UK"}),
    ],
)
def test_a_value_outside_its_vocabulary_is_refused(table, column, row):
    with pytest.raises(TableError, match=column):
        as_table([row], table)


@pytest.mark.parametrize(("name", "least", "known"), [("country", 249, {"FR", "RE", "XK"}), ("language", 183, {"fr"})])
def test_shared_vocabularies_are_whole_and_named_in_both_languages(name, least, known):
    codes = vocabulary(name)
    assert len(codes) >= least
    assert known <= set(codes)
    for language in LANGUAGES:
        assert all(f"`{code}` (" in data_dictionary(language) for code in codes)


def test_every_country_that_an_affiliation_can_name_is_a_country():
    assert set(country_names().values()) <= set(vocabulary("country"))
