"""A part of a page whose HTML the kernel rewrites, and whose controls report back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

STATIC = Path(__file__).parent / "static"
Handler = Callable[[str, str, bool], object]


class Fragment(anywidget.AnyWidget):
    """HTML shown in the page's element of the same slot.

    An element with ``data-event`` reports its name, its ``data-value`` (or its typed value) and whether it is checked;
    ``address`` is put in the browser's address bar.
    """

    _esm = STATIC / "fragment.js"
    slot = traitlets.Unicode().tag(sync=True)
    html = traitlets.Unicode().tag(sync=True)
    address = traitlets.Unicode().tag(sync=True)

    def __init__(self, slot: str, html: str = "", **traits: Any) -> None:
        super().__init__(slot=slot, html=html, **traits)
        self._handlers: dict[str, Handler] = {}
        self.on_msg(self._receive)

    def on(self, event: str, handler: Handler) -> None:
        """Call ``handler(value, extra, checked)``'s first arguments when a control of that name is used.

        Parameters
        ----------
        event : str
            The control's ``data-event``.
        handler : callable
            Given the value, the control's ``name``, and whether it is checked.
        """
        self._handlers[event] = handler

    def _receive(self, _: object, content: dict[str, Any], __: object) -> None:
        handler = self._handlers.get(str(content.get("event")))
        if handler is not None:
            handler(str(content.get("value", "")), str(content.get("name", "")), bool(content.get("checked")))
        self.send({"answered": content.get("event")})

    def download(self, name: str, content: str, media_type: str = "text/plain;charset=utf-8") -> None:
        """Give the visitor's browser a text file to save."""
        self.send({"download": {"name": name, "text": content, "type": media_type}})
