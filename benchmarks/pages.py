"""A page with three charts, ours against plain Voilà with FigureWidgets, on the same data in the same run.

    python benchmarks/pages.py [--data DIR] [--repeat 3]

Prints, for each: seconds until the first number and until the three charts are drawn, megabytes of a visitor's kernel,
and the ratios; then how long a filter takes to come round. Debian's Chromium is used, with an empty cache each time.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import psutil
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = os.environ.get("CARTO_CHROMIUM") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
CHARTS = ("uses_per_year", "regions_map", "top_institutions")
PLAIN = """import os
import plotly.graph_objects as go
from ipywidgets import VBox
from carto_lib.tables import Atlas
from carto_lib import figures
atlas = Atlas(os.environ["CARTO_DATA"] + "/atlas")
VBox([go.FigureWidget(getattr(figures, name)(atlas).plotly) for name in {charts!r}])"""
OURS = """from carto_lib.pages import OverviewPage
from carto_lib.pages import overview
overview.CHARTS = {{name: chart for name, chart in overview.CHARTS.items() if chart.__name__ in {charts!r}}}
page = OverviewPage()"""
OURS_DRAWN = "document.querySelectorAll('.chart[data-drawn]').length >= 3"
PLAIN_DRAWN = "document.querySelectorAll('.js-plotly-plot .main-svg').length >= 3"
OURS_NUMBERS = "document.querySelector('[data-slot=headline] dd')"


def notebook(path: Path, *cells: str) -> None:
    """Write a notebook of code cells."""
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    document.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(document, path)


@contextmanager
def served(command: list[str], port: int, data: Path, ready: str) -> Iterator[psutil.Process]:
    """Start a server, wait until it answers, stop it at the end."""
    environment = {**os.environ, "CARTO_DATA": str(data)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=5).close()
                break
            except urllib.error.HTTPError:
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.25)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def visit(browser: Browser, url: str, drawn: str, numbers: str | None) -> tuple[float, float]:
    """Open a page with an empty cache; return seconds until the first number and until the charts."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url, wait_until="commit", timeout=120_000)
    if numbers:
        page.wait_for_function(numbers, timeout=120_000)
    first = time.perf_counter() - start
    page.wait_for_function(drawn, timeout=120_000)
    seconds = time.perf_counter() - start
    context.close()
    return first, seconds


def kernels(server: psutil.Process) -> list[float]:
    """Return the unique memory (USS, in MB) of each kernel, largest first."""
    children = [child for child in server.children(recursive=True) if "ipykernel" in " ".join(child.cmdline())]
    return sorted((child.memory_full_info().uss / 1e6 for child in children), reverse=True)


def measure(
    browser: Browser, repeat: int, name: str, url: str, server: psutil.Process, drawn: str, numbers: str | None
) -> float:
    """Print the timings of one kind of page and return their median."""
    times = []
    for _ in range(repeat):
        time.sleep(8)  # the warm pool fills again, the machine is quiet
        times.append(visit(browser, url, drawn, numbers))
    first, last = (statistics.median(column) for column in zip(*times, strict=True))
    memory = kernels(server)
    shown = f"first number {first:5.2f} s, " if numbers else ""
    spread = f"{min(t for _, t in times):.2f}-{max(t for _, t in times):.2f}"
    print(
        f"{name:24} {shown}three charts {last:5.2f} s ({spread}, n = {repeat}); largest kernel USS {memory[0]:.0f} MB"
    )
    return last


def round_trips(browser: Browser, url: str, repeat: int) -> list[float]:
    """Return the milliseconds from a click on a filter to the page redrawn, headline and charts."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url, wait_until="commit")
    page.wait_for_function(OURS_DRAWN, timeout=120_000)
    page.wait_for_timeout(10_000)  # the kernel that takes the visitor's place is warm: the machine is quiet
    script = """() => new Promise((done) => {
      const names = ['headline', 'years', 'regions', 'works'];
      const slots = names.map((name) => document.querySelector(`[data-slot=${name}]`));
      const before = slots.map((slot) => slot.dataset.drawn);
      const start = performance.now();
      const look = () => slots.every((slot, place) => slot.dataset.drawn !== before[place])
        ? done(performance.now() - start) : setTimeout(look, 4);
      document.querySelector('#scroll-databases input, [data-name=databases]').click();
      look();
    })"""
    times = []
    for _ in range(repeat):
        times.append(float(page.evaluate(script)))
        page.wait_for_timeout(700)
    page.close()
    return sorted(times)


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[1] / "data")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    serve = "import sys; from pathlib import Path; from carto_lib.pages.serving import serve; "
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        ours, plain = Path(folder) / "ours", Path(folder) / "plain.ipynb"
        ours.mkdir()
        notebook(plain, PLAIN.format(charts=CHARTS))
        notebook(ours / "carte.ipynb", OURS.format(charts=CHARTS), "page.open()")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        results: dict[str, float] = {}
        port = free_port()
        command = [sys.executable, "-m", "voila", str(plain), "--no-browser", f"--port={port}"]
        with served(command, port, options.data, "/nothing") as server:
            url = f"http://127.0.0.1:{port}/"
            results["plain"] = measure(browser, options.repeat, "plain FigureWidgets", url, server, PLAIN_DRAWN, None)
        for warm in (False, True):
            port = free_port()
            code = f"{serve}serve(Path({str(options.data)!r}), {port}, folder=Path({str(ours)!r}), warm={warm})"
            with served([sys.executable, "-c", code], port, options.data, "/assets/LICENSE.txt") as server:
                url, name = f"http://127.0.0.1:{port}/", "ours, warm" if warm else "ours, cold"
                results[name] = measure(browser, options.repeat, name, url, server, OURS_DRAWN, OURS_NUMBERS)
                if warm:
                    times = round_trips(browser, url, 20)
        browser.close()
    for name, bound in (("ours, warm", 0.2), ("ours, cold", 0.3)):
        print(f"{name} / plain = {results[name] / results['plain']:.2f} (at most {bound})")
    print(
        f"filter to page redrawn: median {statistics.median(times):.0f} ms, p95 {times[-2]:.0f} ms (n = {len(times)})"
    )


if __name__ == "__main__":
    main()
