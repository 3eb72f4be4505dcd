"""A chart as a card: its title and number, its figure, its sentence, its table."""

import json
from typing import Any

import pandas as pd

from carto_lib.figures import Chart
from carto_lib.pages.render import Renderer, is_number

TABLE_ROWS = 200


def card_parts(view: Renderer, slot: str, chart: Chart, *, pick: bool = False) -> dict[str, str]:
    """Return ``figure`` (JSON text), ``head`` and ``foot`` (HTML) of a card; no figure where the table is empty.

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
        [str(row[0]), *(_cell(view, value) for value in row[1:])] for row in table.itertuples(index=False, name=None)
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
    return {"figure": json.dumps(chart.figure) if rows else "", "head": head, "foot": foot if rows else ""}


def _cell(view: Renderer, value: Any) -> str:
    if pd.isna(value):
        return "—"
    return view.number(value) if is_number(value) else str(value)
