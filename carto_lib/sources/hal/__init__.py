"""HAL (https://api.archives-ouvertes.fr/docs/search)."""

from carto_lib.sources.hal.parse import parse
from carto_lib.sources.hal.search import search

__all__ = ["parse", "search"]
