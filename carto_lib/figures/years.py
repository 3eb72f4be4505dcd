"""Charts over time."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from carto_lib.figures.chart import FEW, Chart, axis, columns, make_chart, number, safe
from carto_lib.figures.counting import kept_pairs, pairs_of
from carto_lib.figures.style import INCOMPLETE, LIGHT, SEVERAL, Style, database_names, database_style, database_styles
from carto_lib.i18n import translate
from carto_lib.tables import Atlas

DATABASES_SHOWN = 7
OTHERS, SEVERAL_DATABASES, NO_USE = "others", "several", "no_use"


def uses_per_year(atlas: Atlas, language: str = "fr", current_year: int | None = None) -> Chart:
    """Draw the works of a view per year, by the database they use; each work counts once.

    Parameters
    ----------
    atlas : Atlas
        The atlas, or a view of it.
    language : str
        ``"fr"`` or ``"en"``.
    current_year : int, optional
        The year drawn hatched because it isn't over; today's by default.

    Returns
    -------
    Chart
        Stacked bars: works that use one database, by database, then several, then those whose use isn't confirmed.
    """
    current = current_year or date.today().year
    counts, total = _count_segments(atlas)
    unknown = total - int(counts.to_numpy().sum())
    order = _order(counts)
    names = _segment_names(atlas, language)
    styles = database_styles(atlas) | {SEVERAL_DATABASES: Style(SEVERAL), NO_USE: Style(LIGHT)}
    traces = [_bars(segment, counts.loc[segment], names, styles, current, language) for segment in order]
    subtitle = translate("figures.years.subtitle", language, n=number(total, language))
    if unknown:
        subtitle += translate("figures.years.unknown", language, n=number(unknown, language))
    if current in counts.columns:
        subtitle += translate("figures.years.current", language, year=current)
    few = counts.size and int(counts.sum().max()) <= FEW
    layout = {
        "barmode": "stack",
        "bargap": 0.15,
        "xaxis": axis(translate("figures.axis.year", language), tickformat="d"),
        "yaxis": axis(translate("figures.axis.count", language), grid=True, **({"dtick": 1} if few else {})),
        "showlegend": True,
        "legend": {"traceorder": "normal", "orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"},
        "margin": {"l": 64, "r": 16, "t": 16, "b": 128},
    }
    table = _table(counts.loc[order], unknown, names, language)
    return make_chart("years", language, traces, table, layout, subtitle, _sentence(counts, language))


def _count_segments(atlas: Atlas) -> tuple[pd.DataFrame, int]:
    """Return the dated works of each segment (rows) and year (columns), and how many works there are in all.

    A work stands in one segment: the one database it uses, others, several or no_use.
    """
    pairs = pairs_of(atlas, "database")
    kept = kept_pairs(atlas, pairs, "database")
    work, value = pairs.work[kept], pairs.value[kept]
    several, others, no_use = (len(pairs.names) + place for place in range(3))
    used = np.bincount(work, minlength=len(atlas.mask))
    segment = np.full(len(atlas.mask), no_use)
    segment[work] = value
    segment[used > 1] = several
    alone = np.bincount(value[used[work] == 1], minlength=len(pairs.names))
    largest = np.lexsort((np.arange(len(alone)), -alone))[:DATABASES_SHOWN]
    segment[(segment < several) & ~np.isin(segment, largest)] = others
    names = [*pairs.names, SEVERAL_DATABASES, OTHERS, NO_USE]
    years = atlas.works["year"].astype("float64").to_numpy()
    dated, shown = ~np.isnan(years), segment[atlas.mask]
    if not dated.any():
        return pd.DataFrame(index=pd.Index([], dtype=object)), len(years)
    first, width = int(years[dated].min()), int(years[dated].max() - years[dated].min()) + 1
    place = shown[dated] * width + (years[dated] - first).astype(int)
    counts = np.bincount(place, minlength=len(names) * width).reshape(len(names), width)
    found = np.flatnonzero(counts.sum(axis=1))
    return pd.DataFrame(counts[found], index=[names[row] for row in found], columns=range(first, first + width)), len(
        years
    )


def _order(counts: pd.DataFrame) -> list[str]:
    """Return the segments: databases by size, then others, several and no confirmed use."""
    sizes = counts.sum(axis=1)
    last = [OTHERS, SEVERAL_DATABASES, NO_USE]
    named = sorted((name for name in sizes.index if name not in last), key=lambda name: (-sizes[name], name))
    return named + [name for name in last if name in sizes.index]


def _segment_names(atlas: Atlas, language: str) -> dict[str, str]:
    special = {name: translate(f"figures.years.{name}", language) for name in (OTHERS, SEVERAL_DATABASES, NO_USE)}
    return database_names(atlas, language) | special


def _bars(
    segment: str, counts: pd.Series, names: dict[str, str], styles: dict[str, Style], current: int, language: str
) -> dict[str, Any]:
    style = database_style(styles, segment)
    years = [int(year) for year in counts.index]
    works = translate("figures.units.works", language)
    return {
        "type": "bar",
        "name": safe(names.get(segment, segment)),
        "x": years,
        "y": [int(value) for value in counts],
        "customdata": [[year, segment] for year in years],
        "marker": {
            "color": style.colour,
            "pattern": {"shape": [INCOMPLETE if year == current else style.pattern for year in years], "size": 6},
        },
        "hovertemplate": "%{fullData.name}, %{x}<br>%{y} " + works + "<extra></extra>",
    }


def _table(counts: pd.DataFrame, unknown: int, names: dict[str, str], language: str) -> pd.DataFrame:
    if counts.empty and not unknown:
        return pd.DataFrame()
    year, total = columns(language, "year", "works")
    table = counts.T.rename(columns=names)
    table.columns.name = None
    table.insert(0, total, table.sum(axis=1))
    table = table.rename_axis(year).reset_index()
    table[year] = table[year].astype(str)
    if unknown:
        table.loc[len(table), [year, total]] = [translate("figures.years.unknown_year", language), unknown]
    return table


def _sentence(counts: pd.DataFrame, language: str) -> str:
    if counts.empty:
        return translate("figures.empty", language)
    years = counts.sum()
    return translate(
        "figures.years.sentence",
        language,
        n=number(int(years.sum()), language),
        first=int(years.index[0]),
        last=int(years.index[-1]),
        peak=int(years.idxmax()),
        most=number(int(years.max()), language),
    )
