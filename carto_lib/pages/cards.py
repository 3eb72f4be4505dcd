"""A chart as a card: its title and number, its figure, its sentence, its table."""

import json
from typing import Any

import pandas as pd

from carto_lib.figures import Chart
from carto_lib.pages.render import Renderer, is_number

TABLE_ROWS = 200
HEIGHT = 360
NO_CARD: dict[str, str | int] = {"figure": "", "head": "", "foot": "", "height": 0}


def card_parts(view: Renderer, slot: str, chart: Chart, *, pick: bool = False) -> dict[str, str | int]:
    """Return ``figure`` (JSON text), ``head``, ``foot`` (HTML) and ``height`` of a card; no figure for an empty table.

    Parameters
    ----------
    view : Renderer
        The visitor's language.
    slot : str
        The card's place in the page.
    chart : Chart
        What to show.
    pick : bool
        Whether a line of the table can be chosen, as a mark of the figure can be clicked.
    """
    table = chart.table.head(TABLE_ROWS)
    numeric = [column for column in table.columns if pd.api.types.is_numeric_dtype(table[column])]
    rows = [
        [(str(row[0]), row[0]), *((_cell(view, value), value) for value in row[1:])]
        for row in table.itertuples(index=False, name=None)
    ]
    head = view.html("head", title=chart.title, subtitle=chart.n, empty="" if rows else view.text("chart.empty"))
    foot = view.html(
        "foot",
        slot=slot,
        title=chart.title,
        sentence=chart.sentence,
        columns=list(table.columns),
        numeric=numeric,
        rows=rows,
        pick=pick,
    )
    if not rows:
        return {"figure": "", "head": head, "foot": "", "height": 0}
    height = chart.figure["layout"].get("height", HEIGHT)
    return {"figure": json.dumps(chart.figure), "head": head, "foot": foot, "height": height}


def _cell(view: Renderer, value: Any) -> str:
    if pd.isna(value):
        return "—"
    return view.number(value) if is_number(value) else str(value)
