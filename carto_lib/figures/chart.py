"""A chart: what is drawn, the sentence that says it, the table that holds it."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from carto_lib.i18n import translate

if TYPE_CHECKING:
    import plotly.graph_objects as go

INK = "#1b1f24"
GRID = "#e3e6ea"
ACCENT = "#0b5f6b"
FEW = 5  # works: up to these, an axis counts one by one
GREY = "#9aa0a6"
SCALE = [[0, "#e4f0f1"], [0.5, "#6fa9b1"], [1, ACCENT]]
THOUSANDS = {"fr": "\u202f", "en": ","}
SEPARATORS = {"fr": ",\u202f", "en": ".,"}
FONT = "Source Sans 3, Source Sans Pro, Inter, sans-serif"


@dataclass(frozen=True)
class Chart:
    """One figure and its twins.

    A page sends `figure` to plotly.js under a heading of its own; a notebook shows the chart itself, or works on
    `plotly`. Building a plotly object costs a quarter of a second and 14 MB, so it is done only when asked for.

    Attributes
    ----------
    figure : dict
        ``{"data": […], "layout": {…}}`` for plotly.js, without the title.
    title, n : str
        What is counted, and of how many.
    sentence : str
        The chart in one sentence, for who can't see it.
    table : DataFrame
        The figures drawn, with columns named in the reader's language; empty where there is nothing to draw.
    """

    figure: dict[str, Any]
    title: str
    n: str
    sentence: str
    table: pd.DataFrame

    @cached_property
    def plotly(self) -> "go.Figure":
        """The plotly figure, with its title."""
        import plotly.graph_objects as go  # notebooks only: pages send the specification as it is

        title = {"text": safe(self.title), "subtitle": {"text": safe(self.n)}, "x": 0, "xanchor": "left"}
        return go.Figure(self.figure).update_layout(title=title, margin_t=72)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None, **_: object) -> dict[str, Any]:
        bundle = self.plotly._repr_mimebundle_(include, exclude) or {}
        return {**bundle, "text/plain": f"{self.title} — {self.n}\n{self.sentence}"}


def make_chart(
    key: str,
    language: str,
    data: list[dict[str, Any]],
    table: pd.DataFrame,
    layout: Mapping[str, Any],
    n: str,
    sentence: str,
) -> Chart:
    """Return a chart whose title is ``figures.<key>.title``, dressed as every chart is."""
    return dress(translate(f"figures.{key}.title", language), language, data, table, layout, n, sentence)


def dress(
    title: str,
    language: str,
    data: list[dict[str, Any]],
    table: pd.DataFrame,
    layout: Mapping[str, Any],
    n: str,
    sentence: str,
) -> Chart:
    """Return a chart under a title given, with the layout of every chart; an empty table is said in a sentence."""
    if table.empty:
        sentence = translate("figures.empty", language)
        data, layout = [], _empty_layout(sentence)
    return Chart({"data": data, "layout": {**_base_layout(language), **layout}}, title, n, sentence, table)


def _base_layout(language: str) -> dict[str, Any]:
    return {
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "separators": SEPARATORS[language],
        "margin": {"l": 64, "r": 16, "t": 16, "b": 56},
        "hoverlabel": {"align": "left"},
        "showlegend": False,
    }


def _empty_layout(sentence: str) -> dict[str, Any]:
    note = {"text": sentence, "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
    return {"annotations": [note], "xaxis": {"visible": False}, "yaxis": {"visible": False}}


def axis(title: str, *, grid: bool = False, **more: Any) -> dict[str, Any]:
    """Return an axis: its title with the unit, light grid or none, starting at zero where it measures."""
    measured = {"rangemode": "tozero", "gridcolor": GRID, "zerolinecolor": GRID} if grid else {}
    return {"title": {"text": title, "font": {"size": 13}}, "showgrid": grid, "automargin": True, **measured, **more}


def number(value: float, language: str, decimals: int = 0) -> str:
    """Return a number as its reader writes it: 12 345,6 in French, 12,345.6 in English."""
    text = f"{value:,.{decimals}f}"
    if language == "fr":
        text = text.replace(",", "\0").replace(".", ",").replace("\0", THOUSANDS["fr"])
    return text


def safe(text: object) -> str:
    """Return text from outside as plotly draws it: no markup."""
    return html.escape(str(text), quote=False)


def columns(language: str, *names: str) -> list[str]:
    """Return the headings of a table twin."""
    return [translate(f"figures.columns.{name}", language) for name in names]
