"""Charts over time."""

from datetime import date
from typing import Any

import pandas as pd

from carto_lib.figures.chart import Chart, axis, columns, make_chart, number, safe
from carto_lib.figures.style import INCOMPLETE, LIGHT, SEVERAL, Style, database_names, database_style, database_styles
from carto_lib.i18n import translate
from carto_lib.indicators.population import uses_of
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
    works = _works_by_segment(atlas)
    dated = works.dropna(subset=["year"]).astype({"year": int})
    counts = dated.groupby(["segment", "year"]).size().unstack(fill_value=0)
    if len(dated):
        counts = counts.reindex(columns=range(dated["year"].min(), dated["year"].max() + 1), fill_value=0)
    order = _order(works)
    names = _segment_names(atlas, language)
    styles = database_styles(atlas) | {SEVERAL_DATABASES: Style(SEVERAL), NO_USE: Style(LIGHT)}
    traces = [_bars(segment, counts.loc[segment], names, styles, current, language) for segment in order if len(dated)]
    unknown = len(works) - len(dated)
    subtitle = translate("figures.years.subtitle", language, n=number(len(works), language))
    if unknown:
        subtitle += translate("figures.years.unknown", language, n=number(unknown, language))
    if current in counts.columns:
        subtitle += translate("figures.years.current", language, year=current)
    layout = {
        "barmode": "stack",
        "bargap": 0.15,
        "xaxis": axis(translate("figures.axis.year", language), tickformat="d"),
        "yaxis": axis(translate("figures.axis.count", language), grid=True),
        "showlegend": True,
        "legend": {"traceorder": "normal", "orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"},
        "margin": {"l": 64, "r": 16, "t": 16, "b": 128},
    }
    table = _table(counts.loc[order] if len(dated) else counts, unknown, names, language)
    return make_chart("years", language, traces, table, layout, subtitle, _sentence(dated, language))


def _works_by_segment(atlas: Atlas) -> pd.DataFrame:
    """Return each work once: work_id, year, segment (the one database it uses, others, several or no_use)."""
    uses = uses_of(atlas)
    grouped = uses.groupby("work_id")["database"].agg(["size", "first"])
    segment = grouped["first"].where(grouped["size"] == 1, SEVERAL_DATABASES)
    shown = segment[segment != SEVERAL_DATABASES].value_counts()
    kept = {*sorted(shown.index, key=lambda name: (-shown[name], name))[:DATABASES_SHOWN], SEVERAL_DATABASES}
    segment = segment.where(segment.isin(kept), OTHERS)
    works = atlas.works[["work_id", "year"]]
    return works.assign(segment=works["work_id"].map(segment).fillna(NO_USE))


def _order(works: pd.DataFrame) -> list[str]:
    """Return the segments of dated works: databases by size, then others, then several."""
    counts = works.dropna(subset=["year"])["segment"].value_counts()
    last = [OTHERS, SEVERAL_DATABASES, NO_USE]
    named = sorted((name for name in counts.index if name not in last), key=lambda name: (-counts[name], name))
    return named + [name for name in last if name in counts.index]


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


def _sentence(dated: pd.DataFrame, language: str) -> str:
    if dated.empty:
        return translate("figures.empty", language)
    years = dated["year"].value_counts().sort_index()
    return translate(
        "figures.years.sentence",
        language,
        n=number(len(dated), language),
        first=int(dated["year"].min()),
        last=int(dated["year"].max()),
        peak=int(years.idxmax()),
        most=number(int(years.max()), language),
    )
