"""`carto run snds` against local servers: killed at five points, then replayed without sockets, the same bytes."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pandas as pd
import pytest
from conftest import PROJECT_ROOT

CARTO = [sys.executable, "-m", "carto_lib.cli"]
PATIENCE = 300  # seconds


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "tests.server", "--delay", "0.05"]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.kill()


def asked(server: dict[str, str]) -> int:
    address = server["CARTO_PUBMED_URL"].rsplit("/", 1)[0]
    with urlopen(f"{address}/_counts") as answer:  # noqa: S310
        return sum(json.load(answer).values())


@contextmanager
def running(data: Path, environment: dict[str, str], *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Give a run in a session of its own, so that a kill takes its kernels too."""
    command = [*CARTO, "run", "snds", "--data", str(data), *options]
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, start_new_session=True, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def run(data: Path, environment: dict[str, str], *options: str) -> None:
    with running(data, environment, *options) as process:
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors.decode()[-2000:]


def kill_when(reached: Callable[[], bool], data: Path, environment: dict[str, str]) -> None:
    with running(data, environment) as process:
        deadline = time.monotonic() + PATIENCE
        while not reached():
            assert process.poll() is None, "the run ended before the point where it should be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)


def tables(data: Path) -> dict[str, str]:
    files = sorted((data / "corpora" / "snds").glob("*.parquet"))
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module")
def undisturbed(server, tmp_path_factory) -> Path:
    data = tmp_path_factory.mktemp("undisturbed")
    run(data, server)
    return data


def test_a_run_fills_the_tables(undisturbed):
    corpus = undisturbed / "corpora" / "snds"
    records = pd.read_parquet(corpus / "records.parquet")
    uses = pd.read_parquet(corpus / "uses.parquet")
    assert len(records) >= 200
    assert (records["source"].value_counts() > 0).sum() == 4
    assert ((uses["database"] == "snds") & uses["label"].isin(["uses", "describes", "mentions"])).sum() >= 30
    assert {path.stem for path in (corpus / "runs").glob("*.ipynb")} == {"1_harvest", "2_screen", "3_enrich"}
    for name in ("works", "links", "mentions", "authorships", "authors", "affiliations", "institutions"):
        assert len(pd.read_parquet(corpus / f"{name}.parquet")) > 0, name


def test_a_run_killed_at_five_points_gives_the_same_bytes(server, undisturbed, tmp_path):
    before = asked(server)
    corpus = tmp_path / "corpora" / "snds"
    points = [
        lambda: asked(server) >= before + 2,
        lambda: asked(server) >= before + 12,
        lambda: (corpus / "records.parquet").is_file(),
        lambda: (corpus / "mentions.parquet").is_file(),
        lambda: (corpus / "access.parquet").is_file() or (corpus / "authors.parquet").is_file(),
    ]
    for point in points:
        kill_when(point, tmp_path, server)
    run(tmp_path, server)
    assert tables(tmp_path) == tables(undisturbed)
    assert not list(corpus.glob(".*.parquet.*")) or tables(tmp_path)


def test_a_replay_needs_no_socket(server, undisturbed, tmp_path):
    before = asked(server)
    blocked = {**server, "PYTHONPATH": str(PROJECT_ROOT / "tests" / "data" / "no_network")}
    run(tmp_path, blocked, "--replay", str(undisturbed / "answers"))
    assert tables(tmp_path) == tables(undisturbed)
    assert asked(server) == before


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["sndz"], 1, "sndz"),
        ([], 2, "give one or more databases"),
        (["snds", "--sources", "scholar"], 2, "unknown source scholar"),
        (["snds", "--since", "2025", "--until", "2000"], 2, "is after --until 2000"),
        (["snds", "--from", "absent.bib"], 1, "absent.bib n'existe pas"),
        (["snds", "--replay", "absent"], 1, "absent n'existe pas"),
    ],
)
def test_bad_input_is_one_sentence(options, code, message, tmp_path):
    command = [*CARTO, "run", *options, "--data", str(tmp_path)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == code
    assert message in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not outcome.stdout
