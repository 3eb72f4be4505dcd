"""Versions of a query: kept, dated, numbered; the command that shows them."""

import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from carto_lib.cli import app
from carto_lib.errors import QueryError
from carto_lib.query import Clause, Term, current_query, keep_version, read_versions
from carto_lib.registry import load_registry

REGISTRY = load_registry()
REIN = REGISTRY["rein"]
LEARNED = Clause("learned", ((Term("kidney failure registry of France"),),))
DAY, LATER = date(2026, 1, 2), date(2026, 3, 4)


def test_versions_are_kept_dated_and_numbered_on(tmp_path: Path) -> None:
    assert (read_versions("rein", tmp_path), current_query(REIN, tmp_path).version) == ([], 1)
    first = keep_version(REIN, [], "names, anchored", DAY, tmp_path)
    assert first is not None
    assert (first.query.version, [one.query.version for one in read_versions("rein", tmp_path)]) == (1, [0, 1])
    assert keep_version(REIN, [], "names, anchored", LATER, tmp_path) is None  # nothing changed
    second = keep_version(REIN, [LEARNED], "learned", LATER, tmp_path)
    assert second is not None
    kept = read_versions("rein", tmp_path)
    assert [(one.query.version, one.kept_on) for one in kept] == [(0, DAY), (1, DAY), (2, LATER)]
    assert kept[-1].query == second.query == current_query(REIN, tmp_path)


def test_a_changed_registry_makes_the_next_version_with_what_was_learned(tmp_path: Path) -> None:
    keep_version(REIN, [LEARNED], "learned", DAY, tmp_path)
    renamed = REIN.model_copy(update={"names": REIN.names[:1]})
    query = current_query(renamed, tmp_path)
    assert (query.version, query.clauses[-1]) == (3, LEARNED)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("- version: 1", r"rein\.yml: expected a list"),
        ("[", r"rein\.yml: expected a list"),
        (yaml.dump([{"version": 0, "kept_on": DAY, "made": "x", "query": 'full: "REIN'}]), r"rein\.yml: .*line 1"),
    ],
)
def test_a_broken_file_of_versions_is_named(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "rein.yml").write_text(content, encoding="utf-8")
    with pytest.raises(QueryError, match=said):
        read_versions("rein", tmp_path)


def test_the_command_shows_each_version_and_what_a_source_is_asked() -> None:
    result = CliRunner().invoke(app, ["queries", "snds", "--json"])
    kept = read_versions("snds")
    assert [row["version"] for row in json.loads(result.stdout)] == [one.query.version for one in kept]
    asked = CliRunner().invoke(app, ["queries", "snds", "--source", "pubmed"]).stdout
    assert asked.strip() == current_query(REGISTRY["snds"]).compile("pubmed", "text")
    assert f"version {current_query(REIN).version}" in CliRunner().invoke(app, ["queries", "rein"]).stdout
