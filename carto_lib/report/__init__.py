"""A printed report on one database: what `notebooks/report.ipynb` shows, and the HTML and PDF made of it.

>>> Report("snds", 2023, data="data").publications()                  # doctest: +SKIP
"""

from carto_lib.report.content import Report
from carto_lib.report.printing import FORMATS, NO_BROWSER, find_browser, to_html, to_pdf

__all__ = ["FORMATS", "NO_BROWSER", "Report", "find_browser", "to_html", "to_pdf"]
