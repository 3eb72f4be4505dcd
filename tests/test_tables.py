"""Tables: schemas held, files written whole or not at all, narrowing."""

import errno

import pandas as pd
import pytest
from small_atlas import small_atlas

from carto_lib import tables
from carto_lib.errors import TableError
from carto_lib.tables import Atlas, Corpus, as_table, corpora, map_tables, read_table, write_atomically, write_table


@pytest.fixture
def atlas(tmp_path):
    folder = Atlas(tmp_path / "atlas")
    folder.write("works", [{"work_id": f"doi:{i}", "year": 2018 + i, "language": "fr"} for i in range(3)])
    folder.write(
        "uses",
        [
            {"work_id": "doi:0", "database": "snds", "label": "uses"},
            {"work_id": "doi:1", "database": "rein", "label": "uses"},
            {"work_id": "doi:2", "database": "snds", "label": "none"},
        ],
    )
    folder.write("databases", [{"database": "snds"}, {"database": "rein"}])
    folder.write("authorships", [{"work_id": f"doi:{i}", "position": 1, "author_id": f"name:{i}"} for i in range(3)])
    folder.write("authors", [{"author_id": f"name:{i}"} for i in range(3)])
    return folder


def test_same_rows_same_bytes(tmp_path):
    rows = [{"work_id": "doi:2", "year": 2020}, {"work_id": "doi:1", "is_retracted": True}]
    write_table(rows, tmp_path / "a.parquet", "works")
    write_table(pd.DataFrame(rows[::-1]), tmp_path / "b.parquet", "works")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_missing_stays_missing():
    works = as_table([{"work_id": "doi:1", "title": None, "year": None}], "works")
    assert works["title"].isna().all()
    assert works["year"].isna().all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"work_id": "a"}, {"work_id": "a"}], "not unique"),
        ([{"work_id": None}], "null"),
        ([{"work_id": "a", "year": "soon"}], "works"),
    ],
)
def test_wrong_rows_are_refused(rows, message):
    with pytest.raises(TableError, match=message):
        as_table(rows, "works")


def test_a_value_out_of_its_list_is_refused():
    with pytest.raises(TableError, match="perhaps"):
        as_table([{"work_id": "a", "database": "snds", "label": "perhaps"}], "uses")


def test_rows_are_counted_unread(atlas):
    assert (atlas.count("works"), atlas.count("topics")) == (3, 0)


def test_unknown_and_missing_tables_are_named(tmp_path):
    with pytest.raises(TableError, match="unknown table 'work'"):
        as_table([], "work")
    with pytest.raises(TableError, match="lancez `carto run`"):
        _ = Atlas(tmp_path).works


def test_a_truncated_table_is_named(atlas):
    content = atlas.file("works").read_bytes()
    atlas.file("works").write_bytes(content[: len(content) // 2])
    with pytest.raises(TableError, match=r"works\.parquet can't be read"):
        read_table(atlas.file("works"), "works")


def test_a_full_disk_keeps_the_former_table(atlas, monkeypatch):
    before = atlas.file("works").read_bytes()

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tables.pyarrow.parquet, "write_table", full)
    with pytest.raises(TableError, match="free some space"):
        atlas.write("works", [{"work_id": "doi:9"}])
    assert atlas.file("works").read_bytes() == before
    assert not list(atlas.path.glob(".works*"))


def test_a_folder_without_rights_is_named(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(TableError, match="can't write"):
        write_atomically(tmp_path / "file" / "x.parquet", lambda file: file.write(b""))


def test_every_table_follows_a_selection(atlas):
    snds = atlas.select(databases=["snds"])
    assert list(snds.works["work_id"]) == ["doi:0"]
    assert list(snds.authors["author_id"]) == ["name:0"]
    assert set(snds.uses["database"]) == {"snds"}
    assert list(atlas.select(years=(2019, 2020)).works["work_id"]) == ["doi:1", "doi:2"]
    assert list(atlas.select(years=(2019, 2020)).select(databases=["rein"]).works["work_id"]) == ["doi:1"]
    assert len(atlas.works) == 3


def test_an_unknown_database_is_named(atlas):
    with pytest.raises(TableError, match="no database sndz"):
        atlas.select(databases=["sndz"])


def test_corpora_are_listed(tmp_path):
    assert corpora(tmp_path) == []
    Corpus.of(tmp_path, "snds").write("works", [])
    assert [corpus.database for corpus in corpora(tmp_path)] == ["snds"]


def test_a_mapped_copy_reads_as_its_table_until_the_table_changes(tmp_path):
    atlas = small_atlas(tmp_path)
    names = ("works", "uses", "authorships", "affiliations", "institutions", "trials")
    read = {name: Atlas(atlas.path).table(name) for name in names if atlas.has(name)}
    map_tables(atlas, names)
    copies = {file.stem: file for file in (atlas.path / "mapped").iterdir()}
    assert copies.keys() == read.keys()
    for name, frame in read.items():
        pd.testing.assert_frame_equal(Atlas(atlas.path).table(name), frame)
    some = read_table(atlas.file("works"), "works", ["year", "work_id"])
    pd.testing.assert_frame_equal(some, read["works"][["year", "work_id"]])
    atlas.write("works", read["works"].head(1))
    assert len(Atlas(atlas.path).works) == 1
    copies["uses"].write_bytes(copies["uses"].read_bytes()[:100])
    pd.testing.assert_frame_equal(Atlas(atlas.path).uses, read["uses"])
    map_tables(atlas, names)
    assert len(Atlas(atlas.path).works) == 1


def test_a_mapped_copy_is_what_is_read(tmp_path, monkeypatch):
    atlas = small_atlas(tmp_path)
    map_tables(atlas, ["works"])
    monkeypatch.setattr("pyarrow.parquet.ParquetFile", None)
    assert len(Atlas(atlas.path).works) == 5
