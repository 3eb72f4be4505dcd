"""One work by its identifier, and the works most like it."""

import json
import re
from typing import Any

import tantivy

from carto_lib.search.index import STEMMED, OpenIndex

Query = tantivy.Query
MUST, SHOULD, MUST_NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


def identified(opened: OpenIndex, identifier: str) -> Query:
    """Return the query of the work with a work_id, DOI, PMID, PMCID, HAL or OpenAlex identifier."""
    text = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|(?:doi|pmid|pmcid|hal|openalex):)", "", identifier.strip().lower())
    schema = opened.schema
    names = [Query.term_query(schema, "identifier", text), Query.term_query(schema, "work_id", identifier.strip())]
    return Query.boolean_query([(SHOULD, name) for name in names])


def likeness(opened: OpenIndex, own: Query) -> Query | None:
    """Return the query of the works that share one's rarest words, databases and authors; None if it isn't there."""
    found = opened.searcher.search(own, 1).hits
    if not found:
        return None
    document = opened.searcher.doc(found[0][1])
    shown = json.loads(document["shown"][0])
    text = " ".join(filter(None, (shown["title"], shown["title_original"], document["abstract"][0])))
    fields: dict[str, Any] = {name: [text] for name in STEMMED}
    fields["authors"] = [". ".join(shown["authors"])]
    like = Query.more_like_this_document_fields_query(
        opened.schema, fields, min_doc_frequency=2, min_term_frequency=1, max_query_terms=40
    )
    clauses = [(MUST, like), (MUST_NOT, own)]
    for badge in shown["badges"]:
        named = Query.term_query(opened.schema, "database", badge["database"])
        clauses.append((SHOULD, Query.const_score_query(named, 1.0)))
    return Query.boolean_query(clauses)
