"""Take the README's screenshots of the project's own pages: serve the atlas, open each page in Debian's Chromium."""

import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PORT = 8899
ADDRESS = f"http://127.0.0.1:{PORT}"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SHOTS = {
    "carte": ("/", ".js-plotly-plot path"),
    "recherche": ("/recherche?q=diab%C3%A8te+SNDS", "mark"),
    "reseaux": ("/reseaux", "canvas"),
}
PATIENCE = 120  # seconds


def wait_for_server() -> None:
    """Wait until the pages answer."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            urlopen(f"{ADDRESS}/a_propos", timeout=PATIENCE)  # noqa: S310 - our own address
            return
        except URLError:
            time.sleep(1)
    raise SystemExit(f"the pages didn't answer at {ADDRESS} within {PATIENCE} s: run `carto demo --no-serve` first")


def main() -> None:
    """Write ``docs/images/<page>.png``, 1600 pixels wide, in French, light."""
    images = ROOT / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen([sys.executable, "-m", "carto_lib.cli", "serve", "--port", str(PORT)])
    try:
        wait_for_server()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            for name, (path, drawn) in SHOTS.items():
                page = browser.new_page(viewport={"width": 1600, "height": 1000})
                page.goto(ADDRESS + path, timeout=PATIENCE * 1000)
                page.wait_for_selector(drawn, state="attached", timeout=PATIENCE * 1000)
                page.wait_for_timeout(5000)
                page.screenshot(path=images / f"{name}.png")
                page.close()
            browser.close()
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
