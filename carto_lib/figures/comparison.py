"""Small multiples: the same indicator, year by year, for several databases on one scale."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from carto_lib.figures.chart import Chart
from carto_lib.figures.series import indicator_series
from carto_lib.tables import Atlas

HEADROOM = 1.05


def small_multiples(
    atlas: Atlas, name: str, databases: Iterable[str], language: str = "fr", current_year: int | None = None
) -> list[Chart]:
    """Draw an indicator year by year, one chart a database, all with the same axes.

    Parameters
    ----------
    atlas : Atlas
        Needs table indicators.
    name : str
        A key of `carto_lib.indicators.INDICATORS`.
    databases : iterable of str
    language : str
        ``"fr"`` or ``"en"``.
    current_year : int, optional
        Left out because it isn't over; today's by default.

    Returns
    -------
    list of Chart
        In the order of the databases; intervals that go beyond the highest value are cut by the frame.
    """
    charts = [indicator_series(atlas, name, database, language, current_year) for database in databases]
    lines = [chart.figure["data"][1] for chart in charts if chart.figure["data"]]
    years = [year for line in lines for year in line["x"]]
    values = [value for line in lines for value in line["y"]]
    if not values:
        return charts
    axes: dict[str, dict[str, Any]] = {
        "xaxis": {"range": [min(years) - 0.5, max(years) + 0.5]},
        "yaxis": {"range": [min(0.0, *values) * HEADROOM, max(values) * HEADROOM or 1.0], "rangemode": "normal"},
    }
    return [replace(chart, figure=_framed(chart.figure, axes)) for chart in charts]


def _framed(figure: dict[str, Any], axes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    layout = figure["layout"]
    return figure | {"layout": layout | {name: layout[name] | axis for name, axis in axes.items()}}
