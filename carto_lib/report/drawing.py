"""Charts as pictures: SVG and PNG by Debian's Chromium where there is one, else live charts that draw themselves."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from carto_lib.errors import CartoError
from carto_lib.figures import Chart
from carto_lib.report.printing import find_browser

WIDTH = 680  # pixels, the text width of an A4 page
SLIDE_SCALE = 3
KINDS = {"svg": 1, "png": SLIDE_SCALE}


def draw(charts: Mapping[str, Chart], heights: Mapping[str, int], folder: Path | None = None) -> dict[str, str]:
    """Draw charts, all in one browser.

    Parameters
    ----------
    charts : mapping
        By name; the name is the file's.
    heights : mapping
        Of each chart, in pixels, for a width of 680.
    folder : Path, optional
        Where each chart is kept as SVG and PNG.

    Returns
    -------
    dict
        HTML by name, "" for an empty chart. Without Chromium the charts are plotly's
        own, its script in the first of them.

    Raises
    ------
    CartoError
        If the browser doesn't draw them.
    """
    full = {name: chart for name, chart in charts.items() if not chart.table.empty}
    empty = {name: "" for name in charts if name not in full}
    browser = find_browser()
    if browser is None:
        return empty | _live(full, heights)
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        _write(full, heights, place, browser)
        return empty | {name: (place / f"{name}.svg").read_text(encoding="utf-8") for name in full}


def _write(charts: Mapping[str, Chart], heights: Mapping[str, int], folder: Path, browser: str) -> None:
    import kaleido  # only reports need it

    wanted = [
        {"fig": _printed(chart), "path": str(folder / f"{name}.{kind}"), "opts": _options(kind, heights[name])}
        for name, chart in charts.items()
        for kind in KINDS
    ]
    try:
        kaleido.write_fig_from_object_sync(wanted, kopts={"mathjax": False, "path": browser})
    except (OSError, RuntimeError, TimeoutError) as error:
        raise CartoError(
            f"{browser} didn't draw the figures ({error}): check that it starts, or set CARTO_CHROMIUM"
        ) from error
    missing = [entry["path"] for entry in wanted if not Path(str(entry["path"])).is_file()]
    if missing:
        raise CartoError(f"{browser} didn't draw {', '.join(map(str, missing))}: check the folder and its free space")


def _options(kind: str, height: int) -> dict[str, Any]:
    return {"format": kind, "width": WIDTH, "height": height, "scale": KINDS[kind]}


def _printed(chart: Chart) -> dict[str, Any]:
    """Return the figure on white, as a page or a slide shows it."""
    layout = {**chart.figure["layout"], "paper_bgcolor": "#ffffff", "plot_bgcolor": "#ffffff"}
    return {"data": chart.figure["data"], "layout": layout}


def _live(charts: Mapping[str, Chart], heights: Mapping[str, int]) -> dict[str, str]:
    import plotly.io

    drawings = {}
    for place, (name, chart) in enumerate(charts.items()):
        drawings[name] = plotly.io.to_html(
            _printed(chart),
            full_html=False,
            include_plotlyjs=place == 0,
            include_mathjax=False,
            default_width=WIDTH,
            default_height=heights[name],
            validate=False,
        )
    return drawings
