"""The shape of the project: one source of dependencies, thin notebooks, equal catalogues, documented commands."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import PROJECT_ROOT
from typer.testing import CliRunner

from carto_lib.cli import app
from carto_lib.i18n import LANGUAGES, catalogue
from carto_lib.tables import table_specs

NOTEBOOKS = sorted((PROJECT_ROOT / "notebooks").rglob("*.ipynb"))
DASHBOARDS = sorted((PROJECT_ROOT / "dashboards").glob("*.ipynb"))


def code_cells(path: Path) -> list[dict]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


def code_lines(path: Path) -> int:
    lines = (line.strip() for cell in code_cells(path) for line in "".join(cell["source"]).splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


@pytest.mark.parametrize("name", ["environment.yml", "binder/environment.yml"])
def test_conda_environment_has_the_pins_of_pyproject(name):
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = re.findall(r'^      - "(.+)"$', (PROJECT_ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert pins == project["dependencies"]


def test_every_dependency_is_locked():
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (PROJECT_ROOT / "constraints.txt").read_text(), re.MULTILINE))
    extras = [pin for pins in project["optional-dependencies"].values() for pin in pins]
    wanted = {re.split(r"[\[><=; ]", pin)[0].lower() for pin in [*project["dependencies"], *extras]}
    assert wanted <= locked


@pytest.mark.parametrize("path", [*NOTEBOOKS, *DASHBOARDS], ids=lambda path: path.stem)
def test_notebooks_are_thin_and_stored_without_outputs(path):
    cells = code_cells(path)
    assert code_lines(path) <= (30 if path in DASHBOARDS else 60)
    assert not any(cell["outputs"] or cell["execution_count"] for cell in cells)
    assert not any(re.search(r"^\s*(def|class) ", "".join(cell["source"]), re.MULTILINE) for cell in cells)


@pytest.mark.parametrize("path", sorted((PROJECT_ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_have_one_parameters_cell(path):
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in code_cells(path)) == 1


def test_catalogues_have_the_same_keys_and_places():
    french, english = (catalogue(language) for language in LANGUAGES)
    assert french.keys() == english.keys()
    places = re.compile(r"\{(\w+)")
    different = [key for key in french if set(places.findall(french[key])) != set(places.findall(english[key]))]
    assert not different


def test_every_column_is_described_in_both_languages():
    for table, spec in table_specs().items():
        assert set(spec["key"]) <= set(spec["columns"]), table
        for name, column in spec["columns"].items():
            assert column["fr"] and column["en"] and column["type"] in {"str", "int", "float", "bool", "json"}, name


def test_every_command_is_documented_with_an_example():
    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    names |= {group.name for group in app.registered_groups}
    wanted = {"databases", "run", "atlas", "demo", "serve", "scan", "match", "parse", "search", "evaluate", "export"}
    assert wanted | {"status"} <= names
    for readme in ("README.md", "README.en.md"):
        text = (PROJECT_ROOT / readme).read_text(encoding="utf-8")
        assert not [name for name in names if f"carto {name}" not in text]
    for name in names:
        shown = CliRunner().invoke(app, [name, "--help"]).stdout
        assert "Exemple" in shown, name
        assert f"carto {name}" in shown, name


def test_reading_tables_loads_neither_scikit_learn_nor_the_pipeline():
    code = "import sys, carto_lib.pages, carto_lib.tables; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"sklearn", "pandera", "papermill", "carto_lib.harvest", "carto_lib.screening", "carto_lib.enrich"}
    assert not heavy & set(loaded)


def test_every_benchmark_that_make_runs_is_there():
    line = next(line for line in (PROJECT_ROOT / "Makefile").read_text().splitlines() if line.startswith("BENCHMARKS"))
    names = line.partition(":=")[2].split()
    assert names
    assert [name for name in names if not (PROJECT_ROOT / "benchmarks" / f"{name}.py").is_file()] == []


def test_no_file_holds_a_path_of_a_machine():
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    pattern = re.compile("/(" + "|".join(["wo" + "rk", "ro" + "ot", "ho" + "me"]) + ")/[a-z]")
    texts = {".py", ".md", ".yml", ".toml", ".ipynb", ".sh", ".css", ".js", ".csv", ".txt", ""}
    found = [
        name
        for name in listed.stdout.splitlines()
        if Path(name).suffix in texts
        and (PROJECT_ROOT / name).is_file()
        and pattern.search((PROJECT_ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found
