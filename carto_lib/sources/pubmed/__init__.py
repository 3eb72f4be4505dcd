"""PubMed, through NCBI's E-utilities (https://www.ncbi.nlm.nih.gov/books/NBK25497/)."""

from carto_lib.sources.pubmed.parse import parse, work_type
from carto_lib.sources.pubmed.search import search

__all__ = ["parse", "search", "work_type"]
