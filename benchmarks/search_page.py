"""The Recherche page in Chromium: milliseconds from the Enter key to the results, and from a letter to suggestions.

Run ``python benchmarks/search_page.py [--data DIR] [--repeat 30]``. DIR holds the atlas (default: the project's
own, made by `carto demo`; ``search/speed.py --folder DIR/atlas`` makes one of 95,562 records). The queries are words of
its titles.
"""

import argparse
import random
import sys
import time
from pathlib import Path

import numpy as np
from pages import CHROMIUM, FLAGS, free_port, served
from playwright.sync_api import Page, sync_playwright

from carto_lib.settings import data_dir
from carto_lib.tables import Atlas
from carto_lib.text import fold

PATIENCE = 120_000  # milliseconds
MOST = 300  # milliseconds
FROM_KEY = """([slot, most]) => {
  const part = document.querySelector(`[data-slot=${slot}]`);
  const before = part.dataset.drawn;
  window.answered = new Promise((done) => document.addEventListener("keydown", () => {
    const start = performance.now();
    const look = () => part.dataset.drawn !== before
      ? requestAnimationFrame(() => done(performance.now() - start))
      : performance.now() - start > most ? done(NaN) : setTimeout(look, 2);
    look();
  }, { once: true, capture: true }));
}"""


def queries(atlas: Atlas, count: int) -> list[str]:
    """Return queries of two words of one title."""
    chance = random.Random(3)
    titles = atlas.works["title"].sample(count, random_state=3)
    long_words = [[word for word in title.split() if word.isalpha() and len(word) > 4] for title in titles]
    return [" ".join(chance.sample(words, min(2, len(words)))) or "diabetes" for words in long_words]


def timed(page: Page, slot: str, key: str) -> float:
    """Return the milliseconds from a key to a part of the page drawn again (NaN: it wasn't)."""
    page.evaluate(FROM_KEY, [slot, 2000])
    page.keyboard.press(key)
    return float(page.evaluate("window.answered"))


def measure(page: Page, names: list[str], asked: list[str]) -> tuple[list[float], list[float]]:
    """Return the times of the suggestions for each name, and of the results of each query."""
    suggested, answered = [], []
    box = page.locator("#query")
    for name, query in zip(names, asked, strict=True):
        box.fill(name[0])
        page.wait_for_timeout(500)
        suggested.append(timed(page, "suggestions", name[1]))
        box.fill(query)
        page.wait_for_timeout(500)
        answered.append(timed(page, "results", "Enter"))
        page.wait_for_timeout(300)
    return suggested, answered


def described(times: list[float]) -> str:
    """Return the median, the 95th percentile and what was not answered."""
    known = [value for value in times if value == value]
    middle, high = np.percentile(known, [50, 95])
    return f"median {middle:.0f} ms, p95 {high:.0f} ms (n = {len(known)} of {len(times)}; at most {MOST})"


def main() -> None:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_dir())
    parser.add_argument("--repeat", type=int, default=30)
    options = parser.parse_args()
    atlas = Atlas(options.data / "atlas")
    names = [fold(name) for name in atlas.authors["name"].sample(options.repeat, random_state=3)]
    port = free_port()
    command = [str(Path(sys.executable).with_name("carto")), "serve", "--port", str(port)]
    with (
        served(command, port, options.data, "/assets/LICENSE.txt"),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        time.sleep(8)  # the warm pool fills
        page.goto(f"http://127.0.0.1:{port}/recherche", wait_until="commit", timeout=PATIENCE)
        page.wait_for_function("document.querySelector('[data-slot=results]')?.dataset.drawn", timeout=PATIENCE)
        suggested, answered = measure(page, names, queries(atlas, options.repeat))
        browser.close()
    print(f"{len(atlas.works):,} works")
    print(f"Enter to results drawn, facets included: {described(answered)}")
    print(f"letter to suggestions drawn: {described(suggested)}")


if __name__ == "__main__":
    main()
