"""Runs over several databases: planned without network, in parallel as one after the other, resumed, scheduled."""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PROJECT_ROOT
from typer.testing import CliRunner

from carto_lib import runner
from carto_lib.cli import app
from carto_lib.harvest import harvest
from carto_lib.plan import plan_run
from carto_lib.registry import load_registry
from carto_lib.tables import Corpus
from carto_lib.transport import Session
from tests.server import FakeApis

NAMES = ["pmsi", "rein", "snds"]


@pytest.fixture
def apis(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApis]:
    with FakeApis() as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        yield served


def carto(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["run", *arguments])


def test_a_plan_counts_what_a_harvest_then_asks(apis: FakeApis, tmp_path: Path) -> None:
    registry = load_registry()
    databases = [registry[name] for name in ("snds", "rein")]
    before = plan_run(databases, tmp_path)
    assert not list(tmp_path.iterdir()), "a plan writes nothing"
    assert not apis.counts, "a plan asks nothing"
    assert all(source.guessed and source.requests >= 2 for source in before.sources.values())
    session = Session(tmp_path / "answers")
    harvest(databases[0], Corpus.of(tmp_path, "snds"), session=session)
    asked = dict(apis.counts)
    alone = plan_run(databases[:1], tmp_path)
    assert {name: source.recorded for name, source in alone.sources.items()} == asked
    assert sum(source.requests + source.guessed for source in alone.sources.values()) == 0
    both = plan_run(databases, tmp_path)
    assert {name: source.recorded for name, source in both.sources.items()} == asked
    assert all(source.requests >= 1 and source.guessed for source in both.sources.values())
    narrower = plan_run(databases[:1], tmp_path, since=2020)
    assert all(source.guessed and source.requests for source in narrower.sources.values())
    assert dict(apis.counts) == asked


def test_a_dry_run_says_requests_time_and_quota(tmp_path: Path, socket_disabled: None) -> None:
    result = carto("snds", "rein", "--dry-run", "--data", str(tmp_path), "--enrich", "crossref")
    assert result.exit_code == 0, result.output
    rows = {line.split()[0]: line for line in result.output.splitlines()}
    assert {"pubmed", "europepmc", "openalex", "hal", "crossref", "bases"} <= set(rows)
    assert "100 requêtes" in rows["openalex"] and "≥" in rows["openalex"]
    assert "bases : 2 ; durée : " in result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--since", "2020", "--until", "2010"], "--since 2020 is after --until 2010"),
        (["--since", "-5"], "--since -5 is no year"),
        (["--until", "99999"], "--until 99999 is no year"),
        (["-j", "0"], "-j"),
        (["-j", "two"], "-j"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: list[str], message: str, tmp_path: Path) -> None:
    result = carto("snds", "--data", str(tmp_path), *options)
    assert result.exit_code == 2
    assert message in result.output


def _ask(store: Path, number: int) -> str:
    params = {"q": "snds", "sort": "docid asc", "rows": "5", "fl": "docid", "cursorMark": "*"}
    return Session(store).get("hal", "search/", params, f"q{number}").answer_id


def test_processes_that_ask_the_same_at_once_ask_once_and_keep_the_pace(tmp_path: Path, apis: FakeApis) -> None:
    apis.delay = 0.3
    with get_context("fork").Pool(4) as pool:
        answers = pool.starmap(_ask, [(tmp_path / "answers", number) for number in range(4)])
    assert len(set(answers)) == 1
    assert apis.counts["hal"] == 1


def tables(data: Path) -> dict[str, str]:
    files = sorted((data / "corpora").glob("*/*.parquet"))
    return {str(file.relative_to(data)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def run(data: Path, environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "carto_lib.cli", "run", *NAMES, "--data", str(data), *options]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=900
    )


def test_in_parallel_with_one_failing_the_tables_are_those_of_one_after_the_other(tmp_path: Path) -> None:
    outcomes = {}
    with FakeApis() as apis:
        for jobs in ("1", "2"):
            data = tmp_path / jobs
            (data / "corpora").mkdir(parents=True)
            (data / "corpora" / "rein").write_text("a file where the corpus should be")
            outcomes[jobs] = run(data, apis.environment, "-j", jobs)
    for jobs, outcome in outcomes.items():
        assert outcome.returncode == 1, outcome.stderr
        assert re.search(r"carto : rein : .+", outcome.stderr)
        assert f"2 / 3 corpus : {tmp_path / jobs}" in outcome.stderr
        assert "Traceback" not in outcome.stderr
        assert not (tmp_path / jobs / "runs" / "done.json").exists()
    one, two = tables(tmp_path / "1"), tables(tmp_path / "2")
    assert len(one) > 30 and {name.split("/")[1] for name in one} == {"pmsi", "snds"}
    assert one == two


def test_a_run_killed_between_databases_goes_on_with_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, ran = runner.RunOptions(data=tmp_path), []

    def one(name: str, _: runner.RunOptions) -> str:
        ran.append(name)
        if name == "rein" and ran.count("rein") == 1:
            raise KeyboardInterrupt
        return "no answer" if name == "snds" else ""

    monkeypatch.setattr(runner, "_run_one", one)
    with pytest.raises(KeyboardInterrupt):
        runner.run_each(NAMES, options)
    assert json.loads((tmp_path / "runs" / "done.json").read_text())["done"] == ["pmsi"]
    assert runner.run_each(NAMES, options) == {"snds": "no answer"}
    assert ran == ["pmsi", "rein", "rein", "snds"]
    runner.run_each(NAMES, options)
    assert ran[4:] == NAMES, "a run that ended starts again from the first database"


def scheduled_commands() -> list[list[str]]:
    """Return the harvests of the GitHub workflow and of the crontab line of the documentation, without --dry-run."""
    workflow = yaml.safe_load((PROJECT_ROOT / ".github" / "workflows" / "monthly.yml").read_text(encoding="utf-8"))
    assert re.fullmatch(r"\d+ \d+ 1 \* \*", workflow[True]["schedule"][0]["cron"])  # YAML reads "on" as true
    lines = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    text = (PROJECT_ROOT / "docs" / "moisson-mensuelle.md").read_text(encoding="utf-8")
    (cron,) = re.findall(r"```cron\n(.*)\n```", text)
    lines += re.split(r"&&|;", cron)
    commands = [shlex.split(line) for line in lines]
    return [command[1:] for command in commands if command[1:2] == ["run"] and "--dry-run" not in command]


def test_the_schedules_harvest_the_whole_matrix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = load_registry()
    few = type(registry)({name: registry[name] for name in ("rein", "snds")})
    monkeypatch.setattr("carto_lib.registry.load_registry", lambda: few)
    commands = scheduled_commands()
    assert len(commands) == 2
    for command in commands:
        assert "--all" in command
        where = [] if "--data" in command else ["--data", str(tmp_path)]
        result = CliRunner().invoke(app, [*command, *where, "--dry-run"])
        assert result.exit_code == 0, result.output
        assert "bases : 2 ;" in result.output
