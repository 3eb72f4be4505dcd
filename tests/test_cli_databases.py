"""``carto databases``, as typed."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from carto_lib import registry
from carto_lib.cli import app
from carto_lib.errors import RegistryError
from carto_lib.registry import template
from carto_lib.settings import REGISTRY_DIR


def carto(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["databases", *arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the command a copy of the registry that it may write to."""
    copy = tmp_path / "databases"
    shutil.copytree(REGISTRY_DIR, copy)
    monkeypatch.setattr(registry.load_registry, "__defaults__", (copy,))
    monkeypatch.setattr(template.create_file, "__defaults__", (copy,))
    return copy


def test_json_is_the_list_of_all_entries() -> None:
    result = carto("--json")
    entries = json.loads(result.stdout)
    assert result.exit_code == 0
    assert [entry["id"] for entry in entries] == sorted(file.stem for file in REGISTRY_DIR.glob("*.yml"))
    snds = next(entry for entry in entries if entry["id"] == "snds")
    assert snds["period"] == {"from": 2006, "to": None}
    assert {"text": "SNDS", "kind": "short"}.items() <= next(f for f in snds["names"] if f["text"] == "SNDS").items()


def test_list_has_one_line_a_database() -> None:
    lines = carto().stdout.splitlines()
    assert len(lines) == len(list(REGISTRY_DIR.glob("*.yml")))
    assert any(line.startswith("rein ") and "registry" in line for line in lines)


def test_check_keeps_to_the_databases_named() -> None:
    result = carto("check", "nhance")
    assert result.exit_code == 0
    assert {line.split()[1] for line in result.stdout.splitlines()} == {"nhance"}
    assert "unsourced" in result.stdout
    assert "[accepté : " in result.stdout
    assert "bases lues sans erreur : 1" in result.stderr


def test_check_of_an_open_gap_fails(folder: Path) -> None:
    carto("new", "zorglub")
    result = carto("check", "zorglub")
    assert result.exit_code == 1
    assert "holder [ouvert]" in result.stdout
    assert "manques ouverts : unsourced 4" in result.stderr


def test_check_tells_the_examples_that_fail(folder: Path) -> None:
    carto("new", "zorglub", "--fr", "Cohorte Zorglub", "--en", "Zorglub cohort")
    with (folder / "zorglub.yml").open("a", encoding="utf-8") as file:
        file.write("\nexamples:\n  positive:\n    - {text: The Zorglub survey of France., written: true}\n")
    result = carto("check", "zorglub")
    assert result.exit_code == 1
    assert "The Zorglub survey of France. [à repérer, ne l'est pas]" in result.stdout
    assert "exemples en échec : 1" in result.stderr


def test_check_of_an_unknown_database_fails() -> None:
    with pytest.raises(RegistryError, match="s'agit-il de"):
        raise carto("check", "hepater").exception or AssertionError


def test_new_then_check_then_propose(folder: Path, tmp_path: Path) -> None:
    made = carto("new", "zorglub", "--fr", "Cohorte Zorglub", "--en", "Zorglub cohort", "--acronym", "ZORG")
    assert made.stdout.strip() == str(folder / "zorglub.yml")
    assert "propose zorglub" in made.stderr
    assert "untested" in carto("check", "zorglub").stdout
    listed = tmp_path / "list.jsonl"
    titles = [f"{subject} in the ZORG-2 study" for subject in ("Asthma", "Sleep", "Pain", "Work")] + ["Nothing named"]
    listed.write_text("".join(json.dumps({"title": title}) + "\n" for title in titles), encoding="utf-8")
    proposed = carto("propose", "zorglub", "--from", str(listed))
    assert proposed.exit_code == 0
    assert '  - {text: "ZORG-2", language: mul, kind: short}  # 4 / 5 publications, ailleurs 0 / 544' in proposed.stdout
    assert '  - {text: "ZORG-2 study", language: en, kind: full}' in proposed.stdout
    assert "1 / 5 publications" in proposed.stderr
    assert "Nothing named" in proposed.stderr


def test_usage_error_exits_with_2() -> None:
    assert carto("propose", "snds").exit_code == 2
    assert carto("--nope").exit_code == 2
