"""Who asks for the page: the query string of the visitor's address."""

import json
import os

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect


def expected_query() -> str:
    """Return the query string that the page can be made ready for: the visitor's, or none in a warm kernel."""
    return os.environ.get("QUERY_STRING", "")


def visitor_query() -> str:
    """Return the query string of the address that the visitor opened; in a warm kernel, wait for a visitor.

    Voilà's own helper does the same and loads the whole server into the kernel to do it.
    """
    if os.environ.get("VOILA_PREHEAT") != "True":
        return expected_query()
    port, kernel = os.environ["VOILA_APP_PORT"], os.environ["VOILA_KERNEL_ID"]
    prefix = os.environ.get("VOILA_SERVER_URL", "/")
    try:
        with connect(f"ws://127.0.0.1:{port}{prefix}voila/query/{kernel}", open_timeout=10, proxy=None) as socket:
            return str(json.loads(socket.recv())["QUERY_STRING"])
    except (OSError, WebSocketException):
        return ""
