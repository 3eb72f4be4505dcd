"""The set-up: one sentence where Python's venv is missing, pip's settings handed to uv, nothing done twice."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT_ROOT


@pytest.fixture
def project(tmp_path) -> Path:
    (tmp_path / "scripts").mkdir()
    shutil.copy(PROJECT_ROOT / "scripts" / "bootstrap.py", tmp_path / "scripts")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(PROJECT_ROOT / name, tmp_path)
    return tmp_path


def load(project: Path):
    spec = importlib.util.spec_from_file_location("bootstrap", project / "scripts" / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_venv_the_debian_package_is_named(project, tmp_path):
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    environment = {**os.environ, "PYTHONPATH": str(hook)}
    command = [sys.executable, str(project / "scripts" / "bootstrap.py")]
    outcome = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert outcome.returncode == 1
    assert outcome.stdout.count("\n") == 1
    assert "python3-venv" in outcome.stdout
    assert not (project / ".venv").exists()


def test_what_is_installed_is_not_installed_again(project):
    bootstrap = load(project)
    bootstrap.STAMP.parent.mkdir()
    bootstrap.STAMP.write_text(bootstrap.fingerprint("test"))
    command = [sys.executable, str(project / "scripts" / "bootstrap.py"), "test"]
    assert subprocess.run(command, timeout=20, check=False).returncode == 0
    assert not (project / ".venv" / "pyvenv.cfg").exists()


def test_a_changed_dependency_is_installed(project):
    bootstrap = load(project)
    before = bootstrap.fingerprint("")
    with (project / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert bootstrap.fingerprint("") != before
    assert bootstrap.fingerprint("") != bootstrap.fingerprint("test")


def test_uv_takes_the_settings_of_pip(project, monkeypatch):
    bootstrap = load(project)
    monkeypatch.setattr(bootstrap, "BIN", Path(sys.executable).parent)
    monkeypatch.setenv("PIP_INDEX_URL", "https://registry.example.org/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels /more")
    settings = bootstrap.uv_settings()
    assert settings["UV_DEFAULT_INDEX"] == "https://registry.example.org/simple"
    assert settings["UV_FIND_LINKS"] == "/wheels,/more"
