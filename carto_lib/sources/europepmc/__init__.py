"""Europe PMC (https://europepmc.org/RestfulWebService)."""

from carto_lib.sources.europepmc.parse import parse
from carto_lib.sources.europepmc.search import search

__all__ = ["parse", "search"]
