"""Twenty visitors at once on an atlas of 100,000 works: errors, seconds, megabytes, and a filter's round trip.

    python benchmarks/load.py [--works 100000] [--visitors 20] [--no-browser]

Titles, years and authors are those of the real records under ``CARTO_SHARED`` (load/), where it is set; databases,
structures and places are made up, so the figures shown mean nothing. First the page alone, in this process: how long a
filter takes to redraw every panel, and what the page weighs. Then the pages served, and real browsers: each visitor
opens the landing page, ticks a filter, and every panel must follow.
"""

import argparse
import gzip
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from indicators import made_up_atlas
from pages import CHROMIUM, FLAGS, OURS_DRAWN, OURS_NUMBERS, free_port, kernels, round_trips, served
from playwright.sync_api import sync_playwright

from carto_lib.pages import OverviewPage
from carto_lib.tables import Atlas
from carto_lib.themes import write_themes

REAL = Path("load") / "loadtest_paperlists" / "paperlists_slim.jsonl.gz"
CITIES = (
    ("Paris", "Île-de-France", 48.85, 2.35),
    ("Rennes", "Bretagne", 48.11, -1.68),
    ("Lyon", "Auvergne-Rhône-Alpes", 45.76, 4.84),
    ("Toulouse", "Occitanie", 43.6, 1.44),
    ("Lille", "Hauts-de-France", 50.63, 3.06),
)
FILTERS = ({"databases": ("base000",)}, {"years": (2015, 2020)}, {"types": ("article",)}, {"regions": ("Bretagne",)})


def make_atlas(folder: Path, count: int) -> None:
    """Write an atlas of that many works, with all that the landing page reads."""
    atlas = made_up_atlas(folder, count)
    records = real_records(count)
    titles = [record.get("title") or "" for record in records] or [f"Title {number}" for number in range(count)]
    works = atlas.works.assign(title=(titles * (count // len(titles) + 1))[:count])
    atlas.write("works", works)
    people = atlas.authorships["author_id"].unique()
    atlas.write("authors", pd.DataFrame({"author_id": people, "name": [f"Person {one}" for one in people]}))
    signed = atlas.authorships
    atlas.write("authorships", signed.assign(name="Person " + signed["author_id"]))
    place = pd.DataFrame(CITIES, columns=["city", "region", "lat", "lon"])
    known = atlas.institutions.drop(columns=["city", "region", "lat", "lon"])
    spread = place.iloc[np.arange(len(known)) % len(place)].reset_index(drop=True)
    atlas.write("institutions", pd.concat([known.assign(name="Institut " + known["institution_id"]), spread], axis=1))
    names = atlas.databases["database"]
    atlas.write("databases", atlas.databases.assign(name_fr=names, name_en=names, acronym=names.str.upper()))
    uses = atlas.uses.assign(decided_by="rule", evidence="We used the base of France.", score=0.9, version="1")
    atlas.write("uses", uses)
    write_themes(Atlas(folder))


def real_records(count: int) -> list[dict[str, str]]:
    """Return real records where they are at hand."""
    file = Path(os.environ.get("CARTO_SHARED", ".")) / REAL
    if not file.is_file():
        return []
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]


def alone(data: Path, repeat: int) -> None:
    """Print how long the page takes to follow a filter, all panels redrawn, and the memory of the process."""
    start = time.perf_counter()
    page = OverviewPage(data)
    if page.failure is not None:
        raise SystemExit(str(page.failure))
    print(f"page made ready: {time.perf_counter() - start:.1f} s")
    page.state.observe(lambda _: page.refresh())
    times = []
    for turn in range(repeat):
        for change in FILTERS:
            start = time.perf_counter()
            page.state.narrow(**change)
            times.append(1000 * (time.perf_counter() - start))
            page.state.clear()
        if turn == 0:
            print("first of each filter: " + ", ".join(f"{one:.0f} ms" for one in times))
    times.sort()
    print(
        f"a filter, all panels: median {statistics.median(times):.0f} ms, "
        f"p95 {times[int(0.95 * (len(times) - 1))]:.0f} ms (n = {len(times)}, at most 300)"
    )
    print(f"process: {psutil.Process().memory_full_info().uss / 1e6:.0f} MB (at most 250 for a visitor)")


def crowd(data: Path, visitors: int, repeat: int) -> None:
    """Serve the pages and open them in as many tabs at once; print errors, seconds, memory, round trips."""
    code = "import sys; from pathlib import Path; from carto_lib.pages.serving import serve; "
    port = free_port()
    code += f"serve(Path({str(data)!r}), {port})"
    with served([sys.executable, "-c", code], port, data, "/assets/LICENSE.txt") as server, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        url, errors, tabs = f"http://127.0.0.1:{port}/", [], []
        start = time.perf_counter()
        for _ in range(visitors):
            tab = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            tab.on("pageerror", lambda error: errors.append(str(error)))
            tab.on("response", lambda answer: answer.status >= 400 and errors.append(f"{answer.status} {answer.url}"))
            tab.set_default_timeout(600_000)
            tab.evaluate("address => { location.href = address }", url)
            tabs.append(tab)
        first, drawn = [], []
        for tab in tabs:
            tab.wait_for_function(OURS_NUMBERS, timeout=600_000)
            first.append(time.perf_counter() - start)
        for tab in tabs:
            tab.wait_for_function(OURS_DRAWN, timeout=600_000)
            tab.wait_for_selector("[data-slot=rail][data-drawn]", state="attached")
            drawn.append(time.perf_counter() - start)
        followed = sum(follow(tab) for tab in tabs)
        memory = kernels(server)[:visitors]
        print(f"{visitors} visitors at once: {followed} served and filtered, {len(errors)} errors {errors[:3]}")
        print(f"numbers seen by all after {max(first):.1f} s, charts after {max(drawn):.1f} s")
        print(
            f"a visitor's kernel: median {statistics.median(memory):.0f} MB, largest {memory[0]:.0f} MB (at most 250)"
        )
        for tab in tabs:
            tab.context.close()
        times = round_trips(browser, url, repeat)
        print(
            f"a filter in the browser: median {statistics.median(times):.0f} ms, p95 {times[-2]:.0f} ms (n = {repeat})"
        )
        browser.close()


def follow(tab) -> bool:
    """Tick the first filter and tell whether the headline followed."""
    before = tab.locator("[data-slot=headline] dd").first.inner_text()
    tab.locator("[data-name=databases]").first.check()
    changed = f"document.querySelector('[data-slot=headline] dd').textContent.trim() !== {json.dumps(before)}"
    tab.wait_for_function(changed, polling=200)
    return True


def main() -> None:
    """Make the atlas, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--works", type=int, default=100_000)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--data", type=Path, help="a folder to keep the atlas in, used again if it holds one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder)
        if not (data / "atlas" / "themes.parquet").is_file():
            start = time.perf_counter()
            make_atlas(data / "atlas", options.works)
            print(f"atlas of {options.works} works made: {time.perf_counter() - start:.0f} s")
        alone(data, options.repeat)
        if not options.no_browser:
            crowd(data, options.visitors, 4 * options.repeat)


if __name__ == "__main__":
    main()
