"""An indicator over the years, with its interval."""

from datetime import date
from typing import Any

import pandas as pd

from carto_lib.figures.chart import ACCENT, Chart, axis, columns, dress, number
from carto_lib.figures.style import database_names, database_style, database_styles
from carto_lib.i18n import translate
from carto_lib.indicators.definitions import INDICATORS, Indicator
from carto_lib.indicators.population import is_small
from carto_lib.tables import Atlas

BAND = 0.18


def indicator_series(
    atlas: Atlas, name: str, database: str = "all", language: str = "fr", current_year: int | None = None
) -> Chart:
    """Draw an indicator year by year: its value, its 95% interval, small numbers hollow.

    Parameters
    ----------
    atlas : Atlas
        Needs table indicators.
    name : str
        A key of `carto_lib.indicators.INDICATORS`.
    database : str
        A database, or ``all``.
    language : str
        ``"fr"`` or ``"en"``.
    current_year : int, optional
        Left out because it isn't over; today's by default.

    Raises
    ------
    KeyError
        If no indicator has that name.
    """
    indicator = INDICATORS[name]
    table = atlas.indicators
    rows = table[(table["name"] == name) & (table["database"] == database)]
    rows = rows[rows["year"].str.isdigit() & rows["value"].notna()].assign(year=lambda frame: frame["year"].astype(int))
    rows = rows[rows["year"] < (current_year or date.today().year)].sort_values("year")
    percent = indicator.is_proportion
    unit = " (%)" if percent else ""
    label = database_names(atlas, language).get(database, translate("figures.series.all", language))
    title = f"{indicator.title(language)} — {label}"
    colour = ACCENT if database == "all" else database_style(database_styles(atlas), database).colour
    layout = {
        "xaxis": axis(translate("figures.axis.year", language), tickformat="d"),
        "yaxis": axis(indicator.title(language) + unit, grid=True, **({"tickformat": ".0%"} if percent else {})),
    }
    n = translate(
        "figures.series.n", language, among=indicator.denominator(language), n=_total(rows, indicator, language)
    )
    data = [_band(rows, colour), _line(rows, colour, percent, language)]
    twin = rows[["year", "value", "low", "high", "numerator", "denominator"]].reset_index(drop=True)
    twin.columns = pd.Index(columns(language, "year", "value", "low", "high", "numerator", "denominator"))
    return dress(title, language, data, twin, layout, n, _sentence(rows, indicator, percent, language))


def _total(rows: pd.DataFrame, indicator: Indicator, language: str) -> str:
    return number(float(rows["denominator"].fillna(0).sum()), language)


def _band(rows: pd.DataFrame, colour: str) -> dict[str, Any]:
    known = rows.dropna(subset=["low", "high"])
    years = [int(year) for year in known["year"]]
    edges = [*known["high"].round(6), *known["low"].round(6)[::-1]]
    return {
        "type": "scatter",
        "x": years + years[::-1],
        "y": [float(value) for value in edges],
        "fill": "toself",
        "fillcolor": colour,
        "opacity": BAND,
        "mode": "none",
        "hoverinfo": "skip",
    }


def _line(rows: pd.DataFrame, colour: str, percent: bool, language: str) -> dict[str, Any]:
    value = "%{y:.1%}" if percent else "%{y:,.2~f}"
    small = translate("indicators.reasons.small", language)
    hollow = is_small(rows)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [int(year) for year in rows["year"]],
        "y": [round(float(number), 6) for number in rows["value"]],
        "customdata": [
            [int(year), f"n = {number(float(n or 0), language)}", small if flag else ""]
            for year, n, flag in zip(rows["year"], rows["denominator"].fillna(0), hollow, strict=True)
        ],
        "line": {"color": colour},
        "marker": {
            "size": 8,
            "color": ["#ffffff" if flag else colour for flag in hollow],
            "line": {"color": colour, "width": 2},
        },
        "hovertemplate": "%{x}<br>" + value + "<br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
    }


def _sentence(rows: pd.DataFrame, indicator: Indicator, percent: bool, language: str) -> str:
    if rows.empty:
        return translate("figures.empty", language)

    def said(value: float) -> str:
        return (
            f"{number(100 * value, language, 1)} %"
            if percent
            else number(value, language, 0 if value == round(value) else 1)
        )

    first, last = rows.iloc[0], rows.iloc[-1]
    return translate(
        "figures.series.sentence",
        language,
        title=indicator.title(language),
        first=int(first["year"]),
        start=said(first["value"]),
        last=int(last["year"]),
        end=said(last["value"]),
    )
