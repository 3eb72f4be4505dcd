"""Take the project's own screenshots: the README's, and every page at three widths, light and dark, in both languages.

    python scripts/screenshots.py [--readme | --only PAGE …]

Writes ``docs/images/<page>.png`` for the README, and ``docs/captures/*.webp`` with their index.
"""

import argparse
import base64
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES, CAPTURES = ROOT / "docs" / "images", ROOT / "docs" / "captures"
PORT = 8899
ADDRESS = f"http://127.0.0.1:{PORT}"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
README = {
    "carte": ("/", ".js-plotly-plot path"),
    "recherche": ("/recherche?q=diab%C3%A8te+SNDS", "mark"),
    "reseaux": ("/reseaux", "canvas"),
}
EVERY = {
    "carte": "/",
    "recherche": "/recherche?q=diab%C3%A8te+SNDS",
    "reseaux": "/reseaux",
    "base": "/base?focus=constances",
    "structures": "/structures",
    "structure": "/structures?focus=Inserm",
    "chercheurs": "/chercheurs",
    "chercheur": "/chercheurs?focus=Alain+Weill",
    "themes": "/themes",
    "comparaison": "/comparaison",
    "qualite": "/qualite",
    "annotation": "/annotation?annotator=Ann",
    "a_propos": "/a_propos",
}
WIDTHS = {360: 2600, 1000: 2200, 1600: 2200}
QUALITY = 45
DRAWN = "document.querySelectorAll('.chart[data-drawn]').length >= document.querySelectorAll('.chart').length"
PATIENCE = 180  # seconds


def wait_for_server() -> None:
    """Wait until the pages answer."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            urlopen(f"{ADDRESS}/a_propos", timeout=PATIENCE)  # noqa: S310 - our own address
            return
        except OSError:  # refused, reset, or too slow
            time.sleep(1)
    raise SystemExit(f"the pages didn't answer at {ADDRESS} within {PATIENCE} s: run `carto demo --no-serve` first")


def take_readme(browser: Browser) -> None:
    """Write ``docs/images/<page>.png``, 1600 pixels wide, in French, light."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, (path, drawn) in README.items():
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.goto(ADDRESS + path, timeout=PATIENCE * 1000)
        page.wait_for_selector(drawn, state="attached", timeout=PATIENCE * 1000)
        page.wait_for_timeout(5000)
        page.screenshot(path=IMAGES / f"{name}.png")
        page.close()


def take_every(browser: Browser, names: list[str]) -> None:
    """Write these pages × language × width × mode, from their top, as WebP, and the index."""
    CAPTURES.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = EVERY[name]
        for language in ("fr", "en"):
            page = browser.new_page(viewport={"width": 1600, "height": 900})
            page.set_default_timeout(PATIENCE * 1000)
            page.goto(f"{ADDRESS}{path}{'&' if '?' in path else '?'}lang={language}&mode=light", wait_until="commit")
            page.wait_for_selector("header[data-drawn]", state="attached")
            page.wait_for_function(DRAWN)
            if name == "reseaux":
                page.wait_for_selector("canvas", state="attached")
            page.wait_for_timeout(1000)
            session = page.context.new_cdp_session(page)
            for width, tallest in WIDTHS.items():
                page.set_viewport_size({"width": width, "height": 900})
                for mode in ("light", "dark"):
                    page.evaluate(f"document.documentElement.dataset.mode !== '{mode}' && {TOGGLE}")
                    page.wait_for_timeout(700)
                    capture(page, session, CAPTURES / f"{name}-{width}-{mode}-{language}.webp", width, tallest)
            page.close()
    write_index()


TOGGLE = "document.querySelector('[data-mode-toggle]').click()"


def capture(page: Page, session: CDPSession, file: Path, width: int, tallest: int) -> None:
    """Write what the page shows, whole up to a height."""
    height = min(tallest, int(page.evaluate("document.documentElement.scrollHeight")))
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 0.75 if width > 360 else 1}
    asked = {"format": "webp", "quality": QUALITY, "clip": clip, "captureBeyondViewport": True}
    file.write_bytes(base64.b64decode(session.send("Page.captureScreenshot", asked)["data"]))


def write_index() -> None:
    """Write the index: a section a page, a row a width, a column a language and mode."""
    lines = ["# Captures d'écran · Screenshots", ""]
    lines += ["Ce qui y a été vu : [jugements.md](jugements.md).", ""]
    lines.append("Chaque page sur le corpus embarqué, à trois largeurs, claire et sombre, en français et en anglais")
    lines.append(
        "(`make screenshots`). *Each page on the embedded corpus, at three widths, light and dark, in both languages.*"
    )
    columns = [(language, mode) for language in ("fr", "en") for mode in ("light", "dark")]
    for name, path in EVERY.items():
        lines += ["", f"## {name} · `{path}`", ""]
        lines.append("| | " + " | ".join(f"{language}, {mode}" for language, mode in columns) + " |")
        lines.append("| --- " * (len(columns) + 1) + "|")
        for width in WIDTHS:
            cells = [f"![{name} {width}]({name}-{width}-{mode}-{language}.webp)" for language, mode in columns]
            lines.append(f"| {width} px | " + " | ".join(cells) + " |")
    (CAPTURES / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Serve the atlas, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme", action="store_true", help="only the README's three")
    parser.add_argument("--only", nargs="+", choices=EVERY, metavar="PAGE", help="only these pages' captures")
    options = parser.parse_args()
    server = subprocess.Popen([sys.executable, "-m", "carto_lib.cli", "serve", "--no-warm", "--port", str(PORT)])
    try:
        wait_for_server()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            if not options.only:
                take_readme(browser)
            if not options.readme:
                take_every(browser, options.only or list(EVERY))
            browser.close()
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
