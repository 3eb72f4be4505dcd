"""One query language, compiled to each source's syntax and run on local text to measure it.

A query is a list of clauses, one a line; a work answers the query if it answers one clause. A clause is a name and
groups joined by AND; a group is terms joined by OR; a term is a quoted phrase looked for in title, abstract and
keywords, or what its prefix says: ``country:FR``, ``institution:"…"`` (affiliations), ``author:"Weill A"``,
``cites:28756037`` (the PMID of a work cited)::

    full: "Système national des données de santé" OR "French National Health Data System"
    short: "SNDS" AND ("France" OR "Assurance maladie" OR country:FR)

So the sensitivity and the cost of each clause can be computed apart. A clause with an author, an institution or a
citation is a channel of its own, asked only where the source knows that field.
"""

from carto_lib.query.clauses import Clause, Document, Folded, Term
from carto_lib.query.query import Query, Search, anchor_terms, build_query, parse_query
from carto_lib.query.sources import CHANNELS
from carto_lib.query.versions import LEARNED, Version, current_query, keep_version, read_versions

__all__ = [
    "CHANNELS",
    "LEARNED",
    "Clause",
    "Document",
    "Folded",
    "Query",
    "Search",
    "Term",
    "Version",
    "anchor_terms",
    "build_query",
    "current_query",
    "keep_version",
    "parse_query",
    "read_versions",
]
