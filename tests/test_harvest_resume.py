"""A harvest killed at any point goes on where it stopped, and a replay needs no network."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pandas as pd
import pytest

from carto_lib.harvest import harvest
from carto_lib.registry import load_registry
from carto_lib.settings import PROJECT_ROOT
from carto_lib.tables import Corpus
from carto_lib.transport import Session

HARVEST = """
import sys
from carto_lib.harvest import failures, harvest
from carto_lib.registry import load_registry
from carto_lib.tables import Corpus
from carto_lib.transport import Session

data = sys.argv[1]
hauls = harvest(load_registry()["snds"], Corpus.of(data, "snds"), session=Session(data + "/answers", first_wait=0.05))
sys.exit("; ".join(failures(hauls)) or None)
"""
KILLS = (1, 6, 14, 22, 30)


@dataclass
class Server:
    """The fake APIs in a process of their own."""

    environment: dict[str, str]

    def counts(self) -> dict[str, int]:
        address = self.environment["CARTO_PUBMED_URL"].rsplit("/", 1)[0]
        with urlopen(f"{address}/_counts") as answer:  # noqa: S310
            return json.load(answer)

    def total(self) -> int:
        return sum(self.counts().values())


def serve(*options: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "tests.server", "--delay", "0.03", *options]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Server(json.loads(process.stdout.readline()))
        process.kill()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Give a server that answers well."""
    yield from serve()


@pytest.fixture
def failing_server() -> Iterator[Server]:
    """Give a server that throttles, fails, truncates and sends HTML again and again."""
    yield from serve("--faults", "--period", "6")


def start(server: Server, data: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **server.environment}
    return subprocess.Popen([sys.executable, "-c", HARVEST, str(data)], cwd=PROJECT_ROOT, env=environment)


def kill_after(server: Server, data: Path, requests: int) -> None:
    """Kill a harvest once the server has received this number of its requests."""
    goal = server.total() + requests
    with start(server, data) as process:
        while server.total() < goal:
            assert process.poll() is None, "the harvest ended before it could be killed"
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


@pytest.fixture(scope="module")
def undisturbed(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Give the folder of a harvest left alone, and how many requests it took."""
    data = tmp_path_factory.mktemp("undisturbed")
    before = server.total()
    assert start(server, data).wait(timeout=180) == 0
    return data, server.total() - before


def table(data: Path) -> bytes:
    return Corpus.of(data, "snds").file("records").read_bytes()


def test_the_harvest_is_large_enough_to_mean_something(undisturbed: tuple[Path, int]) -> None:
    records = pd.read_parquet(Corpus.of(undisturbed[0], "snds").file("records"))
    pages = records.groupby("source")["answer_id"].nunique()
    assert (pages.reindex(["pubmed", "europepmc", "openalex", "hal"]) >= 3).all()
    assert len(records) >= 200
    named = records["title"].str.contains("SNDS") | records["abstract"].str.contains("SNDS")
    assert (named & ~records["abstract"].str.contains("Smart Network")).sum() >= 30


@pytest.mark.parametrize("requests", KILLS)
def test_a_killed_harvest_goes_on_to_the_same_table(
    requests: int, server: Server, undisturbed: tuple[Path, int], tmp_path: Path
) -> None:
    reference, needed = undisturbed
    before = server.total()
    kill_after(server, tmp_path, requests)
    assert not Corpus.of(tmp_path, "snds").has("records")
    assert start(server, tmp_path).wait(timeout=180) == 0
    assert table(tmp_path) == table(reference)
    assert server.total() - before <= needed + 4  # at most the request that each source had under way


def test_a_harvest_killed_five_times_over_on_a_failing_server_ends_the_same(
    failing_server: Server, undisturbed: tuple[Path, int], tmp_path: Path
) -> None:
    for _ in KILLS:
        kill_after(failing_server, tmp_path, 4)
    assert start(failing_server, tmp_path).wait(timeout=180) == 0
    assert table(tmp_path) == table(undisturbed[0])


def test_a_replay_gives_the_same_table_without_any_socket(
    undisturbed: tuple[Path, int], tmp_path: Path, socket_disabled: None
) -> None:
    corpus = Corpus.of(tmp_path, "snds")
    harvest(load_registry()["snds"], corpus, session=Session(undisturbed[0] / "answers", replay=True))
    assert corpus.file("records").read_bytes() == table(undisturbed[0])
