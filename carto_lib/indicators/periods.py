"""The years of the data that a work studies, as its title and abstract print them."""

import re

import pandas as pd

_YEAR = r"(?:19[5-9]\d|20\d\d)"
_RANGE = re.compile(
    rf"(?<![\d./-])({_YEAR})\s*(?:[-\u2010-\u2015/]|to|and|through|until|till|à|et|au|jusqu['’]en)\s*"
    rf"(?:(?:the\s+)?(?:end\s+of\s+)?[a-zéû]{{3,9}}\s+)?({_YEAR}|\d\d)(?![\d.-])",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"\b(?:in|en|during|for|pour)\s+({_YEAR})(?![\d.-])", re.IGNORECASE)
LONGEST_DELAY = 30


def data_end(title: str | None, abstract: str | None, published: int) -> int | None:
    """Return the last year of the data studied, or None where the work doesn't print it.

    A span of years ("2010-2019", "between 2014 and 2023", "de 2006 à 2013") of the title is read first, then a year
    alone in the title ("in 2017"), then the spans of the abstract; the latest one not after publication is kept.

    Parameters
    ----------
    title, abstract : str or None
    published : int
        Year of publication.

    Examples
    --------
    >>> data_end("Trends in diabetes in France (2010-2019)", None, 2024)
    2019
    """
    for ends in (_spans(title), [int(year) for year in _ALONE.findall(title or "")], _spans(abstract)):
        possible = [end for end in ends if published - LONGEST_DELAY <= end <= published]
        if possible:
            return max(possible)
    return None


def _spans(text: str | None) -> list[int]:
    ends = []
    for first, last in _RANGE.findall(text or ""):
        end = int(last) if len(last) == 4 else int(first[:2] + last)
        if end > int(first):
            ends.append(end)
    return ends


def data_delays(works: pd.DataFrame) -> pd.Series:
    """Return the years from the end of the data to publication, null where unknown, indexed as `works`."""
    delays = [
        None if pd.isna(year) or (end := data_end(_text(title), _text(abstract), int(year))) is None else year - end
        for title, abstract, year in works[["title", "abstract", "year"]].itertuples(index=False, name=None)
    ]
    return pd.Series(delays, index=works.index, dtype="float64")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
