"""Mentions to uses: rules first, then a linear model, two thresholds, a review queue; each decision explains itself.

A decision says whether the work is kept as one *on* the database: ``accepted`` where it uses or describes it,
``rejected`` where it doesn't (a passing mention keeps its label, and its evidence), ``review`` where a person
should read it.
"""

from carto_lib.screening.decide import Decision, Screener
from carto_lib.screening.judgements import read_judgements
from carto_lib.screening.scanning import Scanner, scan
from carto_lib.screening.table import screen, screen_corpora

__all__ = ["Decision", "Scanner", "Screener", "read_judgements", "scan", "screen", "screen_corpora"]
