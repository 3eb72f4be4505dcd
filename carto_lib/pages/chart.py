"""The one chart widget: a card's title, its plotly figure, its sentence and its table."""

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from carto_lib.pages.fragment import STATIC


class ChartView(anywidget.AnyWidget):
    """A plotly figure drawn with ``Plotly.react`` in the page's card of the same slot.

    The page loads plotly.js once and draws the first figures itself, from its HTML; the widget brings the next ones.
    """

    _esm = STATIC / "chart.js"
    slot = traitlets.Unicode().tag(sync=True)
    head = traitlets.Unicode().tag(sync=True)
    foot = traitlets.Unicode().tag(sync=True)
    figure = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int().tag(sync=True)

    def __init__(self, slot: str, **traits: Any) -> None:
        super().__init__(slot=slot, **traits)
        self._handlers: list[Callable[[str], object]] = []
        self.on_msg(self._receive)

    def on_pick(self, handler: Callable[[str], object]) -> None:
        """Call ``handler(value)`` when a mark is clicked, or its line of the table is chosen.

        The value is the mark's ``customdata`` (its first element where it is a list), else its label.
        """
        self._handlers.append(handler)

    def _receive(self, _: object, content: dict[str, Any], __: object) -> None:
        if "pick" in content:
            for handler in self._handlers:
                handler(str(content["pick"]))
        self.send({"answered": "pick"})
