"""What people asked to have corrected or removed."""

import json

import pandas as pd
import pytest

from carto_lib.enrich.people import enrich_people
from carto_lib.enrich.rectifications import COLUMNS, Rectification, apply_rectifications, load_rectifications
from carto_lib.errors import FileFormatError
from carto_lib.tables import as_table


@pytest.fixture
def tables():
    authors = [[{"name": "Alain Weill"}, {"name": "Marie Zins"}], [{"name": "A. Weill"}, {"name": "Marie Zins"}]]
    records = as_table(
        [{"source": "jsonl", "source_id": str(i), "authors": json.dumps(names)} for i, names in enumerate(authors)],
        "records",
    )
    links = as_table([{"source": "jsonl", "source_id": str(i), "work_id": f"doi:{i}"} for i in range(2)], "links")
    works = as_table([{"work_id": f"doi:{i}", "year": 2010 + i, "title": f"T{i}"} for i in range(2)], "works")
    authorships, people = enrich_people(works, records, links, links.assign(field="authors"))
    affiliations = as_table(
        [
            {
                "work_id": f"doi:{i}",
                "position": 1,
                "rank": 1,
                "institution_rank": 1,
                "raw": "Cnam, Paris",
                "institution_id": "ror:a",
            }
            for i in range(2)
        ],
        "affiliations",
    )
    institutions = as_table(
        [{"institution_id": "ror:a", "works": 2}, {"institution_id": "ror:b", "works": 0}], "institutions"
    )
    return {
        "works": works,
        "records": records,
        "links": links,
        "authorships": authorships,
        "authors": people,
        "affiliations": affiliations,
        "institutions": institutions,
    }


def ask(kind, subject="", value="", work_id="", field=""):
    return [Rectification(kind, subject, value, work_id, field)]


def test_a_removed_person_leaves_every_table(tables):
    rectified = apply_rectifications(tables, ask("remove_person", "name:weill-alain"))
    text = "".join(frame.to_csv() for frame in rectified.values())
    assert "Weill" not in text
    assert "weill" not in text
    assert text.count("Marie Zins") >= 2
    assert len(rectified["authorships"]) == 4


def test_merge_and_split_authors(tables):
    merged = apply_rectifications(tables, ask("merge_authors", "name:zins-marie", "name:weill-alain"))
    assert list(merged["authors"]["author_id"]) == ["name:weill-alain"]
    split = apply_rectifications(tables, ask("split_author", "name:weill-alain", "name:weill-andre", "doi:1"))
    counts = split["authors"].set_index("author_id")["works"]
    assert counts["name:weill-alain"] == counts["name:weill-andre"] == 1


def test_institutions_are_corrected(tables):
    merged = apply_rectifications(tables, ask("merge_institutions", "ror:a", "ror:b"))
    assert dict(zip(merged["institutions"]["institution_id"], merged["institutions"]["works"], strict=True)) == {
        "ror:a": 0,
        "ror:b": 2,
    }
    unset = apply_rectifications(tables, ask("set_institution", "Cnam, Paris", ""))
    assert unset["affiliations"]["institution_id"].isna().all()


def test_a_removed_work_leaves_every_table(tables):
    rectified = apply_rectifications(tables, ask("remove_work", work_id="doi:0"))
    assert set(rectified["works"]["work_id"]) == {"doi:1"}
    assert len(rectified["records"]) == 1


def test_a_field_is_set(tables):
    rectified = apply_rectifications(tables, ask("set_field", value="2001", work_id="doi:0", field="year"))
    assert rectified["works"].set_index("work_id").loc["doi:0", "year"] == 2001
    with pytest.raises(FileFormatError, match="no field 'colour'"):
        apply_rectifications(tables, ask("set_field", value="x", work_id="doi:0", field="colour"))


def test_a_wrong_line_is_named(tmp_path):
    path = tmp_path / "rectifications.csv"
    path.write_text(",".join(COLUMNS) + "\nremove_person,x,,,,,\nforget,x,,,,,\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match="line 3: unknown kind 'forget'"):
        load_rectifications(path)
    path.write_text("kind,subject\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match="lacks value, work_id"):
        load_rectifications(path)
    assert load_rectifications(tmp_path / "absent.csv") == []


def test_nothing_asked_changes_nothing(tables):
    for name, table in apply_rectifications(tables, []).items():
        pd.testing.assert_frame_equal(table, tables[name])
