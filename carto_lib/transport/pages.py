"""A page fetched live: only what robots.txt allows, at its pace, kept beside the answers."""

import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import requests

from carto_lib.errors import SourceError
from carto_lib.i18n import translate
from carto_lib.tables import write_atomically
from carto_lib.transport.session import TIMEOUT, USER_AGENT, wait_turn

PACE = 2.0  # seconds between two requests to a site that asks for none
LARGEST = 30_000_000  # bytes


def fetch_page(url: str, folder: Path) -> Path:
    """Fetch a web page, unless the site's robots.txt refuses it, and return the file where it is kept.

    Parameters
    ----------
    url : str
        An ``http`` or ``https`` address.
    folder : Path
        Where pages are kept, under their host and a fingerprint of their address.

    Raises
    ------
    SourceError
        If the site refuses or can't be reached, or what it sends is no HTML page.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(f"{url!r} is no web address: give http://… or https://…, or a saved page")
    root = f"{parts.scheme}://{parts.netloc}"
    robots = _robots(root)
    if not robots.can_fetch(USER_AGENT, url):
        raise SourceError(f"{parts.hostname} asks robots not to fetch {url} (robots.txt): save the page by hand")
    host = re.sub(r"[^\w.-]", "_", parts.netloc)
    folder.mkdir(parents=True, exist_ok=True)
    wait_turn(folder / f"{host}.turn", float(robots.crawl_delay(USER_AGENT) or PACE))
    answer = _get(url)
    kind = answer.headers.get("Content-Type", "")
    if "html" not in kind or len(answer.content) > LARGEST:
        raise SourceError(f"{url} is no HTML page of a usual size ({kind or 'unknown kind'}): check the address")
    file = folder / f"{host}-{sha256(url.encode()).hexdigest()[:12]}.html"
    write_atomically(file, lambda stream: stream.write(answer.content))
    return file


def _robots(root: str) -> RobotFileParser:
    """Read robots.txt as RFC 9309 asks: absent (4xx) allows everything, unreachable (5xx) nothing."""
    robots = RobotFileParser()
    try:
        answer = requests.get(f"{root}/robots.txt", headers={"User-Agent": USER_AGENT}, timeout=TIMEOUT)
    except requests.RequestException as error:
        raise SourceError(translate("runs.site_unreachable", url=root, cause=type(error).__name__)) from None
    if answer.status_code >= 500:
        raise SourceError(translate("runs.site_refuses", url=f"{root}/robots.txt", code=answer.status_code))
    robots.parse(answer.text.splitlines() if answer.status_code < 400 else [])
    return robots


def _get(url: str) -> requests.Response:
    try:
        answer = requests.get(url, headers={"User-Agent": USER_AGENT}, timeout=TIMEOUT)
    except requests.RequestException as error:
        raise SourceError(translate("runs.site_unreachable", url=url, cause=type(error).__name__)) from None
    if answer.status_code >= 400:
        raise SourceError(translate("runs.site_refuses", url=url, code=answer.status_code))
    return answer
