"""The pages of a small atlas, served from it as a user serves them, and Debian's Chromium."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from annotation_corpus import make_corpus
from pages_atlas import make_atlas

CHROMIUM = Path(os.environ.get("CARTO_CHROMIUM") or "/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(data: Path, *, warm: bool) -> Iterator[str]:
    port = free_port()
    code = "import sys; from pathlib import Path; from carto_lib.pages.serving import serve; " + (
        f"serve(Path(sys.argv[1]), {port}, warm={warm})"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(data)], stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/assets/SourceSansPro-Regular.ttf", timeout=5).close()  # noqa: S310 - our own server
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, "the server stopped"
                time.sleep(0.25)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    make_atlas(folder / "atlas")
    make_corpus(folder)
    return folder


@pytest.fixture(scope="session")
def site(data: Path) -> Iterator[str]:
    yield from serve(data, warm=False)


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM.is_file():
        message = f"no browser at {CHROMIUM}: install Debian's chromium, or set CARTO_CHROMIUM"
        if os.environ.get("CARTO_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()
