"""Indicators: each with its definition, formula, denominator, source and caveat, in French and English."""

from carto_lib.indicators.compute import compute_indicators
from carto_lib.indicators.definitions import INDICATORS, Indicator
from carto_lib.indicators.population import is_small, uses_of, using_works, wilson

__all__ = ["INDICATORS", "Indicator", "compute_indicators", "is_small", "uses_of", "using_works", "wilson"]
