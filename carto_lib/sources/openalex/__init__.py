"""OpenAlex (https://developers.openalex.org)."""

from carto_lib.sources.openalex.lookup import LOOKUP_SIZE, lookup
from carto_lib.sources.openalex.parse import parse
from carto_lib.sources.openalex.search import search

__all__ = ["LOOKUP_SIZE", "lookup", "parse", "search"]
