"""Enrichment: harvested works → people, institutions and open data about them; ``corpora`` runs it all."""
