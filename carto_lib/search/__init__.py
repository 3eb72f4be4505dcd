"""The search engine: French and English in one query, facets, evidence passages, people and structures."""

from carto_lib.search.facets import FACETS, FacetValue
from carto_lib.search.index import build_index
from carto_lib.search.people import Found, search_institutions, search_people
from carto_lib.search.plan import Expansion
from carto_lib.search.question import asks_for
from carto_lib.search.results import (
    SORTS,
    Hit,
    Message,
    SearchResults,
    UnknownDatabase,
    as_json,
    known_database,
    name_of,
    search,
    search_ids,
    similar,
)
from carto_lib.search.suggestions import Suggestion, suggest
from carto_lib.tables import Atlas

__all__ = [
    "FACETS",
    "SORTS",
    "Expansion",
    "FacetValue",
    "Found",
    "Hit",
    "Message",
    "SearchResults",
    "Suggestion",
    "UnknownDatabase",
    "as_json",
    "asks_for",
    "build_index",
    "known_database",
    "name_of",
    "search",
    "search_ids",
    "search_institutions",
    "search_people",
    "similar",
    "suggest",
]

Atlas.search = search
