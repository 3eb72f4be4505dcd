"""Bars in order of size: structures, people, topics, databases, kinds and languages of works."""

from typing import Any

import numpy as np
import pandas as pd
from babel import Locale

from carto_lib.figures.chart import ACCENT, GREY, Chart, axis, columns, make_chart, number, safe
from carto_lib.figures.counting import count_works, display_names
from carto_lib.figures.style import database_names, database_style, database_styles
from carto_lib.i18n import catalogue, translate
from carto_lib.indicators.population import uses_of, wilson
from carto_lib.networks.labels import title_terms
from carto_lib.tables import Atlas

SHOWN = 15


def top_institutions(atlas: Atlas, language: str = "fr", limit: int = SHOWN) -> Chart:
    """Draw the structures named in most works, with the 95% interval of their share.

    Counts works, not authors: a structure counts once a work, whether it is printed for an author or for the work.
    """
    counts, works = count_works(atlas, "institution")
    return _ranking("institutions", counts, works, display_names(atlas, "institution"), language, limit)


def top_authors(atlas: Atlas, language: str = "fr", limit: int = SHOWN) -> Chart:
    """Draw the people who signed most works, with the 95% interval of their share."""
    counts, works = count_works(atlas, "author")
    return _ranking("authors", counts, works, display_names(atlas, "author"), language, limit)


def topics_bars(atlas: Atlas, language: str = "fr", limit: int = SHOWN) -> Chart:
    """Draw the topics of most works; where no work of the view has any, the words of titles."""
    counts, works = count_works(atlas, f"topic_{language}")
    if not works:
        counts, works = _counted(title_terms(atlas.works), "term")
    return _ranking("topics", counts, works, pd.Series(dtype="object"), language, limit)


def types(atlas: Atlas, language: str = "fr") -> Chart:
    """Draw the kinds of works."""
    pairs = atlas.works[["work_id", "type"]].fillna({"type": "unknown"})
    texts = catalogue(language)
    names = {kind: texts.get(f"figures.kinds.{kind}", kind) for kind in pairs["type"].unique()}
    return _ranking("types", *_counted(pairs, "type"), pd.Series(names, dtype="object"), language, SHOWN)


def languages(atlas: Atlas, language: str = "fr") -> Chart:
    """Draw the languages of works."""
    pairs = atlas.works[["work_id", "language"]].fillna({"language": "unknown"})
    known = Locale(language).languages
    unknown = translate("figures.kinds.unknown", language)
    names = {code: unknown if code == "unknown" else known.get(code, code) for code in pairs["language"].unique()}
    return _ranking("languages", *_counted(pairs, "language"), pd.Series(names, dtype="object"), language, SHOWN)


def databases_bars(atlas: Atlas, language: str = "fr", limit: int = SHOWN) -> Chart:
    """Draw the databases used by most works, each in its colour."""
    uses = uses_of(atlas)
    names = pd.Series(database_names(atlas, language), dtype="object")
    styles = database_styles(atlas)
    colours = {name: database_style(styles, name).colour for name in names.index}
    return _ranking("databases", *_counted(uses, "database"), names, language, limit, colours)


def open_access(atlas: Atlas, language: str = "fr") -> Chart:
    """Draw the open access colours of works whose access is known."""
    access = atlas.optional("access").dropna(subset=["oa_colour"]).sort_values(["work_id", "source"])
    pairs = access[access["work_id"].isin(atlas.works["work_id"])].drop_duplicates("work_id")
    texts = catalogue(language)
    names = {kind: texts.get(f"figures.kinds.{kind}", kind) for kind in pairs["oa_colour"].unique()}
    pairs = pairs[["work_id", "oa_colour"]]
    return _ranking("open_access", *_counted(pairs, "oa_colour"), pd.Series(names, dtype="object"), language, SHOWN)


def _counted(pairs: pd.DataFrame, column: str) -> tuple[pd.DataFrame, int]:
    """Return the works of each value (columns value, works), and of all; `pairs` holds each (work_id, value) once."""
    counts = pairs.groupby(column).size().rename("works").rename_axis("value").reset_index()
    return counts.sort_values(["works", "value"], ascending=[False, True]), int(pairs["work_id"].nunique())


def _ranking(
    key: str,
    counts: pd.DataFrame,
    works: int,
    names: pd.Series,
    language: str,
    limit: int,
    colours: dict[str, str] | None = None,
) -> Chart:
    """Draw the first values of `counts` (columns value, works), counted among a number of works."""
    shown = counts.head(limit)
    low, high = wilson(shown["works"], np.full(len(shown), works))
    named = shown["value"].map(names).fillna(shown["value"])
    shown = shown.assign(low=low * works, high=high * works, name=named)
    title, unit = translate(f"figures.{key}.axis", language), translate("figures.units.works", language)
    table = (
        shown[["name", "works", "low", "high"]]
        .round(1)
        .set_axis([title, *columns(language, "works", "low", "high")], axis=1)
    )
    subtitle = translate(
        f"figures.{key}.subtitle",
        language,
        n=number(works, language),
        shown=len(shown),
        all=number(len(counts), language),
    )
    layout = {
        "xaxis": axis(translate("figures.axis.works", language), grid=True),
        "yaxis": axis("", autorange="reversed", type="category"),
        "margin": {"l": 16, "r": 16, "t": 16, "b": 56},
    }
    sentence = _sentence(key, shown, works, language)
    bars = [_bars(shown, unit, colours, language)]
    return make_chart(key, language, bars, table.reset_index(drop=True), layout, subtitle, sentence)


def _bars(shown: pd.DataFrame, unit: str, colours: dict[str, str] | None, language: str) -> dict[str, Any]:
    labels = _distinct([_short(str(name)) for name in shown["name"]])
    interval = translate("figures.units.interval", language)
    return {
        "type": "bar",
        "orientation": "h",
        "y": labels,
        "x": [int(value) for value in shown["works"]],
        "customdata": [
            [str(value), safe(name), round(low, 1), round(high, 1)]
            for value, name, low, high in zip(shown["value"], shown["name"], shown["low"], shown["high"], strict=True)
        ],
        "marker": {"color": [colours.get(value, GREY) for value in shown["value"]] if colours else ACCENT},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [round(value, 2) for value in shown["high"] - shown["works"]],
            "arrayminus": [round(value, 2) for value in shown["works"] - shown["low"]],
            "color": "#5f6772",
            "thickness": 1,
            "width": 3,
        },
        "hovertemplate": "%{customdata[1]}<br>%{x} " + unit + f"<br>{interval}<extra></extra>",
    }


def _short(name: str, longest: int = 42) -> str:
    return safe(name if len(name) <= longest else name[: longest - 1].rstrip() + "…")


def _distinct(labels: list[str]) -> list[str]:
    """Keep two bars of the same short name apart: the second gets an unseen space."""
    seen: dict[str, int] = {}
    out = []
    for label in labels:
        out.append(label + "\u200b" * seen.get(label, 0))
        seen[label] = seen.get(label, 0) + 1
    return out


def _sentence(key: str, shown: pd.DataFrame, works: int, language: str) -> str:
    if shown.empty:
        return translate("figures.empty", language)
    first = ", ".join(
        f"{name} ({number(n, language)})" for name, n in zip(shown["name"][:3], shown["works"][:3], strict=True)
    )
    return translate(f"figures.{key}.sentence", language, first=first, n=number(works, language))
