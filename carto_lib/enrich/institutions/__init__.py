"""Institutions: the structures that affiliations name, matched to ROR and RNSR."""

from carto_lib.enrich.institutions.matcher import Match, Matcher, Reading
from carto_lib.enrich.institutions.table import enrich_affiliations

__all__ = ["Match", "Matcher", "Reading", "enrich_affiliations"]
