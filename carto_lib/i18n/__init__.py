"""The catalogue of user-facing text: French by default, English beside it, one file an area in each."""

from functools import cache
from importlib import resources
from typing import Any

import yaml

LANGUAGES = ("fr", "en")


def _flatten(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            flat |= _flatten(value, f"{name}.")
        else:
            flat[name] = str(value)
    return flat


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return every text of a language as ``{"area.key": text}``.

    Parameters
    ----------
    language : str
        ``"fr"`` or ``"en"``.
    """
    texts: dict[str, str] = {}
    folder = resources.files(__name__) / language
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yml"):
            content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
            texts |= _flatten(content, f"{file.name.removesuffix('.yml')}.")
    return texts


def translate(key: str, language: str = "fr", **values: object) -> str:
    """Return the text of a key (``"area.key"``) with ``{name}`` places filled by ``values``.

    Raises
    ------
    KeyError
        If the key is in no catalogue; a test holds both languages to the same keys.
    """
    text = catalogue(language)[key]
    return text.format(**values) if values else text
