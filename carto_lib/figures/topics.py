"""Topics over time: the themes of each year, and the terms that burst."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from carto_lib.figures.chart import ACCENT, SCALE, Chart, axis, columns, make_chart, number, safe
from carto_lib.figures.counting import count_by_year, count_works
from carto_lib.i18n import translate
from carto_lib.indicators.bursts import find_bursts
from carto_lib.tables import Atlas

ROW_HEIGHT = 26
BURSTS_SHOWN = 20
BURST_WORKS = 5


def themes_map(atlas: Atlas, language: str = "fr", current_year: int | None = None) -> Chart:
    """Draw the works of each theme in each year as a heat map, the largest theme at the top.

    Parameters
    ----------
    atlas : Atlas
        Needs table themes; a work stands in one theme.
    current_year : int, optional
        The year that isn't over; today's by default.
    """
    counts, names, years = count_by_year(atlas, f"theme_{language}")
    order = [row for row in np.argsort(-counts.sum(axis=1), kind="stable") if counts[row].sum()]
    shown = pd.DataFrame(counts[order], index=names[order], columns=years)
    dated, every = int(counts.sum()), count_works(atlas, f"theme_{language}")[1]
    subtitle = translate(
        "figures.themes.subtitle",
        language,
        n=number(dated, language),
        unknown=number(every - dated, language),
        all=number(len(atlas.works), language),
    )
    if years and years[-1] >= (current_year or date.today().year):
        subtitle += translate("figures.themes.current", language, year=years[-1])
    twin = shown.rename(columns=str).rename_axis(columns(language, "theme")[0]).reset_index()
    twin.insert(1, columns(language, "works")[0], shown.sum(axis=1).to_numpy())
    layout = {
        "xaxis": axis(translate("figures.axis.year", language), tickformat="d"),
        "yaxis": axis("", autorange="reversed", type="category", dtick=1, tickfont={"size": 13}),
        "margin": {"l": 16, "r": 16, "t": 8, "b": 48},
        "height": ROW_HEIGHT * len(shown) + 72,
    }
    first = ", ".join(f"{name} ({number(int(row.sum()), language)})" for name, row in shown.head(3).iterrows())
    sentence = translate("figures.themes.sentence", language, n=number(dated, language), first=first)
    return make_chart("themes", language, [_heat(shown, language)], twin, layout, subtitle, sentence)


def _heat(shown: pd.DataFrame, language: str) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "x": [int(year) for year in shown.columns],
        "y": [safe(name) for name in shown.index],
        "z": shown.where(shown > 0).astype(object).where(shown > 0, None).to_numpy().tolist(),
        "colorscale": SCALE,
        "showscale": False,
        "xgap": 1,
        "ygap": 2,
        "texttemplate": "%{z}",
        "textfont": {"size": 11},
        "hoverongaps": False,
        "hovertemplate": "%{y}<br>%{x} : %{z} " + translate("figures.units.works", language) + "<extra></extra>",
    }


def topic_bursts(atlas: Atlas, language: str = "fr") -> Chart:
    """Draw when terms were in at least twice their usual share of the works, strongest first.

    Only terms of 5 dated works or more are read.
    """
    counts, names, years = count_by_year(atlas, f"term_{language}")
    often = np.flatnonzero(counts.sum(axis=1) >= BURST_WORKS)
    totals = np.bincount(_years_of(atlas, years), minlength=len(years))
    found = find_bursts(counts[often], totals)
    shown = found.head(BURSTS_SHOWN).copy()
    shown["name"] = names[often[shown["term"].astype(int)]]
    rows = [(often[int(term)], int(start), int(end)) for term, start, end in shown.to_numpy()[:, :3]]
    shown["first"], shown["last"] = [years[start] for _, start, _ in rows], [years[end] for _, _, end in rows]
    shown["works"] = [int(counts[term, start : end + 1].sum()) for term, start, end in rows]
    shown["all"] = [int(counts[term].sum()) for term, _, _ in rows]
    twin = shown[["name", "first", "last", "works", "all", "weight"]].round({"weight": 1})
    twin = twin.astype({"first": str, "last": str}).set_axis(
        columns(language, "term", "start", "end", "works_in_burst", "works", "weight"), axis=1
    )
    n = translate(
        "figures.bursts.subtitle", language, n=number(int(totals.sum()), language), terms=number(len(often), language)
    )
    layout = {
        "xaxis": axis(translate("figures.axis.year", language), tickformat="d", range=_range(years)),
        "yaxis": axis("", autorange="reversed", type="category", dtick=1, tickfont={"size": 13}),
        "margin": {"l": 16, "r": 16, "t": 8, "b": 48},
        "height": ROW_HEIGHT * len(shown) + 72,
    }
    said = zip(shown["name"][:3], shown["first"][:3], shown["last"][:3], strict=True)
    first = ", ".join(
        f"{name} ({start}\u2013{end})" if start < end else f"{name} ({start})" for name, start, end in said
    )
    sentence = translate("figures.bursts.sentence", language, n=number(len(found), language), first=first)
    return make_chart("bursts", language, [_spans(shown, language)], twin, layout, n, sentence)


def _range(years: list[int]) -> list[float]:
    return [years[0] - 0.7, years[-1] + 0.7] if years else [0, 1]


def _years_of(atlas: Atlas, years: list[int]) -> np.ndarray:
    known = atlas.works["year"].dropna().to_numpy(dtype=int)
    return known - years[0] if years else known[:0]


def _spans(shown: pd.DataFrame, language: str) -> dict[str, Any]:
    words = translate("figures.bursts.hover", language)
    return {
        "type": "bar",
        "orientation": "h",
        "y": [safe(name) for name in shown["name"]],
        "base": [int(year) - 0.5 for year in shown["first"]],
        "x": [int(last) - int(first) + 1 for first, last in zip(shown["first"], shown["last"], strict=True)],
        "customdata": shown[["name", "first", "last", "works", "all"]].astype(str).map(safe).to_numpy().tolist(),
        "marker": {"color": ACCENT},
        "hovertemplate": words + "<extra></extra>",
    }
