"""Newcomers of each year, and the time from the end of the data to the paper."""

from datetime import date

import numpy as np
import pandas as pd

from carto_lib.figures.chart import ACCENT, Chart, axis, columns, make_chart, number
from carto_lib.figures.counting import newcomers
from carto_lib.figures.style import INCOMPLETE, LIGHT
from carto_lib.i18n import translate
from carto_lib.indicators.periods import data_delays
from carto_lib.indicators.population import wilson
from carto_lib.tables import Atlas

FEWEST = 3


def new_authors(atlas: Atlas, language: str = "fr", current_year: int | None = None) -> Chart:
    """Draw, year by year, the people who sign for the first time in these works, under all who sign.

    Everybody is new in the first year drawn.
    """
    new, seen, years = newcomers(atlas, "author")
    current = current_year or date.today().year
    share = np.divide(new, seen, out=np.zeros(len(seen)), where=seen > 0)
    low, high = wilson(new, seen)
    twin = pd.DataFrame({"year": [str(year) for year in years], "new": new, "people": seen})
    twin = twin.assign(share=(100 * share).round(1), low=(100 * low).round(1), high=(100 * high).round(1))
    twin = twin[twin["people"] > 0].reset_index(drop=True)
    twin.columns = pd.Index(columns(language, "year", "new", "people", "share", "low_share", "high_share"))
    total = int(new.sum())
    subtitle = translate("figures.newcomers.subtitle", language, n=number(total, language))
    if current in years:
        subtitle += translate("figures.years.current", language, year=current)
    pattern = {"shape": [INCOMPLETE if year == current else "" for year in years], "size": 6}
    data = [
        {
            "type": "bar",
            "name": translate(f"figures.newcomers.{name}", language),
            "x": years,
            "y": [int(value) for value in values],
            "marker": {"color": colour, "pattern": pattern},
            "hovertemplate": "%{x}<br>%{y} %{fullData.name}<extra></extra>",
        }
        for name, values, colour in (("new", new, ACCENT), ("known", seen - new, LIGHT))
    ]
    layout = {
        "barmode": "stack",
        "bargap": 0.15,
        "xaxis": axis(translate("figures.axis.year", language), tickformat="d"),
        "yaxis": axis(translate("figures.axis.people", language), grid=True),
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    }
    sentence = _newcomers_said(new, seen, years, language)
    return make_chart("newcomers", language, data, twin, layout, subtitle, sentence)


def _newcomers_said(new: np.ndarray, seen: np.ndarray, years: list[int], language: str) -> str:
    start = int(np.argmax(seen > 0)) if seen.any() else 0
    later = seen[start + 1 :].sum()
    share = number(100 * new[start + 1 :].sum() / later, language, 1) if later else "0"
    first = years[start] if years else ""
    return translate(
        "figures.newcomers.sentence", language, n=number(int(new.sum()), language), share=share, first=first
    )


def data_delay(atlas: Atlas, language: str = "fr") -> Chart:
    """Draw how many years pass from the last year of the data to publication, where the work prints it."""
    delays = data_delays(atlas.works).dropna().astype(int)
    counts = delays.value_counts().sort_index()
    if len(counts):
        counts = counts.reindex(range(int(counts.index.max()) + 1), fill_value=0)
    twin = pd.DataFrame({"delay": [str(year) for year in counts.index], "works": counts.to_numpy(dtype=int)})
    twin.columns = pd.Index(columns(language, "delay", "works"))
    dated = int(atlas.works["year"].notna().sum())
    subtitle = translate(
        "figures.delay.subtitle", language, n=number(len(delays), language), all=number(dated, language)
    )
    works = translate("figures.units.works", language)
    years = translate("figures.units.years", language)
    data = [
        {
            "type": "bar",
            "x": [int(year) for year in counts.index],
            "y": [int(value) for value in counts],
            "marker": {"color": ACCENT},
            "hovertemplate": f"%{{x}} {years}<br>%{{y}} {works}<extra></extra>",
        }
    ]
    layout = {
        "bargap": 0.15,
        "xaxis": axis(translate("figures.axis.delay", language), tickformat="d", dtick=1),
        "yaxis": axis(translate("figures.axis.count", language), grid=True),
    }
    few = "few" if len(delays) < FEWEST else "sentence"
    median = number(float(delays.median()), language, 1) if len(delays) else ""
    sentence = translate(f"figures.delay.{few}", language, n=number(len(delays), language), median=median)
    return make_chart("delay", language, data, twin if len(delays) else twin.iloc[:0], layout, subtitle, sentence)
