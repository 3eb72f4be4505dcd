"""Bars in order of size: structures, people, topics, databases, kinds and languages of works."""

from typing import Any

import numpy as np
import pandas as pd
from babel import Locale

from carto_lib.figures.chart import ACCENT, FEW, GREY, Chart, axis, columns, make_chart, number, safe
from carto_lib.figures.counting import count_works, display_names
from carto_lib.figures.style import database_names, database_style, database_styles
from carto_lib.i18n import catalogue, translate
from carto_lib.indicators.population import WILSON_Z, wilson
from carto_lib.openness import chosen_access
from carto_lib.tables import Atlas

SHOWN = 15
BAR_HEIGHT = 22


def top_institutions(atlas: Atlas, language: str = "fr", limit: int = SHOWN, beside: str = "") -> Chart:
    """Draw the structures named in most works, with the 95% intervals of their works and of their rank.

    Counts works, not authors: a structure counts once a work, whether it is printed for an author or for the work.
    `beside` is the structure whose works these are: the others are then its partners.
    """
    counts, works = count_works(atlas, "institution")
    return _ranking("institutions", counts, works, display_names(atlas, "institution"), language, limit, beside=beside)


def top_authors(atlas: Atlas, language: str = "fr", limit: int = SHOWN, beside: str = "") -> Chart:
    """Draw the people who signed most works; `beside` is the person whose works these are, and isn't drawn."""
    counts, works = count_works(atlas, "author")
    return _ranking("authors", counts, works, display_names(atlas, "author"), language, limit, beside=beside)


def topics_bars(atlas: Atlas, language: str = "fr", limit: int = SHOWN) -> Chart:
    """Draw the terms of most works: topics, notions named in titles, words of titles."""
    counts, works = count_works(atlas, f"term_{language}")
    return _ranking("topics", counts, works, pd.Series(dtype="object"), language, limit)


def countries(atlas: Atlas, language: str = "fr") -> Chart:
    """Draw the countries of affiliations; a work counts once in each of its countries."""
    counts, works = count_works(atlas, "country")
    return _ranking("countries", counts, works, pd.Series(dict(Locale(language).territories)), language, SHOWN)


def sectors(atlas: Atlas, language: str = "fr") -> Chart:
    """Draw the sectors of structures, public and private; a work counts once in each of its sectors."""
    counts, works = count_works(atlas, "sector")
    texts = catalogue(language)
    names = {sector: texts.get(f"figures.sectors.names.{sector}", sector) for sector in counts["value"]}
    return _ranking("sectors", counts, works, pd.Series(names, dtype="object"), language, SHOWN)


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


def databases_bars(atlas: Atlas, language: str = "fr", limit: int = SHOWN, beside: str = "") -> Chart:
    """Draw the databases used by most works, each in its colour; `beside` is left out, the others are used with it."""
    counts, works = count_works(atlas, "database")
    names = pd.Series(database_names(atlas, language), dtype="object")
    styles = database_styles(atlas)
    colours = {name: database_style(styles, name).colour for name in names.index}
    return _ranking("databases", counts, works, names, language, limit, colours, beside)


def open_access(atlas: Atlas, language: str = "fr") -> Chart:
    """Draw the open access colours of works whose access is known."""
    access = chosen_access(atlas.optional("access")).dropna(subset=["oa_colour"]).reset_index()
    pairs = access[access["work_id"].isin(atlas.works["work_id"])]
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
    beside: str = "",
) -> Chart:
    """Draw the first values of `counts` (columns value, works), counted among a number of works, without `beside`."""
    if beside:
        key, counts = f"{key}_beside", counts[counts["value"] != beside]
    shown = counts.head(limit)
    low, high = wilson(shown["works"], np.full(len(shown), works))
    first, last = rank_intervals(shown["works"].to_numpy(), counts["works"].to_numpy())
    named = shown["value"].map(names).fillna(shown["value"])
    shown = shown.assign(low=low * works, high=high * works, name=named, first=first, last=last)
    shown["ranks"] = [f"{number(a, language)}\u2013{number(b, language)}" for a, b in zip(first, last, strict=True)]
    title, unit = translate(f"figures.{key}.axis", language), translate("figures.units.works", language)
    table = (
        shown[["name", "works", "low", "high", "ranks"]]
        .round(1)
        .set_axis([title, *columns(language, "works", "low", "high", "ranks")], axis=1)
    )
    subtitle = translate(
        f"figures.{key}.subtitle",
        language,
        n=number(works, language),
        shown=len(shown),
        all=number(len(counts), language),
    )
    few = len(shown) and int(shown["works"].max()) <= FEW
    layout = {
        "xaxis": axis(translate("figures.axis.works", language), grid=True, **({"dtick": 1} if few else {})),
        "yaxis": axis("", autorange="reversed", type="category", dtick=1, tickfont={"size": 13}),
        "margin": {"l": 16, "r": 16, "t": 8, "b": 48},
        "height": BAR_HEIGHT * len(shown) + 64,
    }
    sentence = _sentence(key, shown, works, language)
    bars = [_bars(shown, unit, colours, language)]
    return make_chart(key, language, bars, table.reset_index(drop=True), layout, subtitle, sentence)


def rank_intervals(shown: np.ndarray, everyone: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95% interval of each rank: from the first to the last that the counts can't tell apart.

    A count differs from another when the score test of two Poisson counts says so,
    ``(a - b)² > z² (a + b)``; the interval is then one more than the counts surely greater, up to those not surely
    less (Goldstein, Spiegelhalter 1996, https://doi.org/10.2307/2983325, on reading league tables).

    Parameters
    ----------
    shown : array of int
        Counts to be ranked.
    everyone : array of int
        Every count, those included.
    """
    ordered = np.sort(everyone)
    middle = shown + WILSON_Z**2 / 2
    half = WILSON_Z * np.sqrt(2 * shown + WILSON_Z**2 / 4)
    greater = len(ordered) - np.searchsorted(ordered, middle + half, side="right")
    not_less = len(ordered) - np.searchsorted(ordered, middle - half, side="left")
    return greater + 1, not_less


def _bars(shown: pd.DataFrame, unit: str, colours: dict[str, str] | None, language: str) -> dict[str, Any]:
    labels = _distinct([_short(str(name)) for name in shown["name"]])
    interval = translate("figures.units.interval", language)
    return {
        "type": "bar",
        "orientation": "h",
        "y": labels,
        "x": [int(value) for value in shown["works"]],
        "customdata": [
            [str(value), safe(name), round(low, 1), round(high, 1), ranks]
            for value, name, low, high, ranks in shown[["value", "name", "low", "high", "ranks"]].to_numpy(object)
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
