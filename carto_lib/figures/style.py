"""The same database in the same colour on every page: Okabe–Ito's colour-blind-safe set, then patterns, then grey.

Okabe, Ito (2008), https://jfly.uni-koeln.de/color/
"""

from dataclasses import dataclass

from carto_lib.figures.chart import GREY
from carto_lib.tables import Atlas, read_table

OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442")
PATTERNS = ("", ".", "x")
INCOMPLETE = "/"
SEVERAL = "#4b5563"
LIGHT = "#d5d9de"


@dataclass(frozen=True)
class Style:
    """A fill: colour and pattern."""

    colour: str
    pattern: str = ""


def database_styles(atlas: Atlas) -> dict[str, Style]:
    """Return the style of each database that has one of its own; the others are drawn grey.

    Databases take styles by number of uses in the whole atlas (not in the view), so a filter changes no colour.
    """
    frame = read_table(atlas.file("databases"), "databases")
    ranked = frame.sort_values(["uses", "database"], ascending=[False, True])["database"]
    styles = [Style(colour, pattern) for pattern in PATTERNS for colour in OKABE_ITO]
    return dict(zip(ranked, styles, strict=False))


def database_style(styles: dict[str, Style], database: str) -> Style:
    """Return a database's style, grey where it has none of its own."""
    return styles.get(database, Style(GREY))


def database_names(atlas: Atlas, language: str) -> dict[str, str]:
    """Return each database's short name: its acronym, else its name in the reader's language, else its id."""
    frame = read_table(atlas.file("databases"), "databases")
    names = frame["acronym"].fillna(frame[f"name_{language}"]).fillna(frame["database"])
    return dict(zip(frame["database"], names, strict=True))
