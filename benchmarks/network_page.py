"""The Networks page with 5,000 people drawn: seconds from the page's first text to the drawing, in Chromium.

Run ``python benchmarks/network_page.py [--people 5000] [--repeat 3]``. The people are those of the first of the 95,562
conference papers under ``CARTO_SHARED``; the drawing is there when sigma has written the names of its nodes.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from networks import DEFAULT, atlas_of, shared_folder
from pages import CHROMIUM, FLAGS, free_port, served
from playwright.sync_api import Browser, sync_playwright

from carto_lib.networks import read_network, write_networks
from carto_lib.tables import Atlas, empty_table

FIRST_TEXT = "document.querySelector('[data-slot=controls]')?.innerText.length > 0"
DRAWN = """() => {
  const names = document.querySelector('[data-slot=network] canvas.sigma-labels');
  return names?.width > 0
    && names.getContext('2d').getImageData(0, 0, names.width, names.height).data.some((value) => value > 0);
}"""
PATIENCE = 300_000  # milliseconds


def atlas_of_people(file: Path, folder: Path, people: int) -> Atlas:
    """Write the atlas of the first works that at most `people` signed, with its networks: more would be collapsed."""
    works = people // 10
    while (atlas := atlas_of(file, folder, works)).count("authors") <= people:
        works += people // 50
    atlas = atlas_of(file, folder, works - people // 50)
    for table in ("affiliations", "institutions", "provenance"):
        atlas.write(table, empty_table(table))
    write_networks(atlas)
    return atlas


def visit(browser: Browser, url: str) -> tuple[float, float]:
    """Open the page with an empty cache; return seconds until the first text and until the drawing."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url, wait_until="commit", timeout=PATIENCE)
    page.wait_for_function(FIRST_TEXT, timeout=PATIENCE)
    first = time.perf_counter() - start
    page.wait_for_function(DRAWN, timeout=PATIENCE)
    seconds = time.perf_counter() - start
    context.close()
    return first, seconds


def main() -> None:
    """Draw, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        atlas = atlas_of_people(shared_folder() / DEFAULT, Path(folder) / "atlas", options.people)
        network = read_network(atlas, "coauthorship")
        placed = int(network.nodes["x"].notna().sum())
        print(f"{len(atlas.works)} works, {len(network.nodes)} people ({placed} placed), {len(network.edges)} links")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        port = free_port()
        code = f"from pathlib import Path; from carto_lib.pages.serving import serve; serve(Path({folder!r}), {port})"
        with served([sys.executable, "-c", code], port, Path(folder), "/assets/LICENSE.txt"):
            times = []
            for _ in range(options.repeat):
                time.sleep(8)  # the warm pool fills again
                times.append(visit(browser, f"http://127.0.0.1:{port}/reseaux?minimum=1"))
        browser.close()
    after = [drawn - first for first, drawn in times]
    first = statistics.median(first for first, _ in times)
    print(
        f"first text {first:.2f} s; drawn {statistics.median(after):.2f} s later "
        f"({min(after):.2f}-{max(after):.2f}, n = {len(after)}; at most 3 s)"
    )


if __name__ == "__main__":
    main()
