"""Maps without borders: a tile for each French region, a bubble for each city.

No base map is fetched and none is shipped: tiles are a drawing, cities stand at their coordinates.
"""

import math
from typing import Any

import pandas as pd

from carto_lib.figures.chart import ACCENT, SCALE, Chart, columns, make_chart, number, safe
from carto_lib.figures.counting import count_works, french_cities, stamp_of
from carto_lib.i18n import translate
from carto_lib.tables import Atlas

TILES = {
    "Hauts-de-France": (2, 0),
    "Normandie": (1, 1),
    "Île-de-France": (2, 1),
    "Grand Est": (3, 1),
    "Bretagne": (0, 2),
    "Pays de la Loire": (1, 2),
    "Centre-Val de Loire": (2, 2),
    "Bourgogne-Franche-Comté": (3, 2),
    "Nouvelle-Aquitaine": (1, 3),
    "Auvergne-Rhône-Alpes": (3, 3),
    "Occitanie": (2, 4),
    "Provence-Alpes-Côte d'Azur": (3, 4),
    "Corse": (4, 4),
    "Guadeloupe": (0, 5),
    "Martinique": (1, 5),
    "Guyane": (2, 5),
    "La Réunion": (3, 5),
    "Mayotte": (4, 5),
}
WIDTH, HEIGHT = 5, 6
LONGITUDES, LATITUDES = (-5.6, 10.0), (41.0, 51.6)
MIDDLE_LATITUDE = 46.5
LARGEST_BUBBLE = 48
CITIES_NAMED = 8
NAME_GAP = 0.7
TILE_LETTERS = 10


def regions_map(atlas: Atlas, language: str = "fr") -> Chart:
    """Draw the 18 French regions as tiles, coloured by the works that name a structure of theirs.

    A work counts once in each of its regions.
    """
    found, located = count_works(atlas, "region")
    counts = found.set_index("value")["works"]
    table = pd.DataFrame({"region": list(TILES), "works": [int(counts.get(name, 0)) for name in TILES]})
    table = table.sort_values(["works", "region"], ascending=[False, True], ignore_index=True)
    subtitle = translate(
        "figures.regions.subtitle", language, n=number(located, language), all=number(_works(atlas), language)
    )
    sentence = _first_three("regions", table, "region", located, language)
    table = table.set_axis(columns(language, "region", "works"), axis=1)
    layout = {
        "xaxis": {"visible": False, "fixedrange": True, "constrain": "domain"},
        "yaxis": {"visible": False, "fixedrange": True, "autorange": "reversed", "scaleanchor": "x"},
        "margin": {"l": 8, "r": 8, "t": 16, "b": 8},
    }
    table = table if located else table.iloc[:0]
    return make_chart("regions", language, [_tiles(counts, language)], table, layout, subtitle, sentence)


def _tiles(counts: pd.Series, language: str) -> dict[str, Any]:
    z: list[list[int | None]] = [[None] * WIDTH for _ in range(HEIGHT)]
    text = [[""] * WIDTH for _ in range(HEIGHT)]
    names = [[""] * WIDTH for _ in range(HEIGHT)]
    for name, (column, row) in TILES.items():
        value = int(counts.get(name, 0))
        z[row][column] = value
        text[row][column] = f"{_wrapped(name)}<br><b>{number(value, language)}</b>"
        names[row][column] = name
    return {
        "type": "heatmap",
        "z": z,
        "zmin": 0,
        "zmax": max(1, int(counts.max()) if len(counts) else 1),
        "text": text,
        "texttemplate": "%{text}",
        "textfont": {"size": 10},
        "customdata": names,
        "colorscale": SCALE,
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
        "hoverongaps": False,
        "hovertemplate": "%{customdata}<br>%{z} " + translate("figures.units.works", language) + "<extra></extra>",
    }


def _wrapped(name: str) -> str:
    words = name.replace("-", "-\0").replace(" ", " \0").split("\0")
    lines = [""]
    for word in words:
        if lines[-1] and len((lines[-1] + word).strip()) > TILE_LETTERS:
            lines.append("")
        lines[-1] += word
    return "<br>".join(line.strip() for line in lines)


def cities_map(atlas: Atlas, language: str = "fr") -> Chart:
    """Draw the cities of metropolitan France as bubbles whose area is the works that name a structure there."""
    found, located = count_works(atlas, "city")
    table = found.rename(columns={"value": "city"}).merge(french_cities(atlas.path, stamp_of(atlas.path)), on="city")
    drawn = table[table["lat"].between(*LATITUDES) & table["lon"].between(*LONGITUDES)].reset_index(drop=True)
    subtitle = translate(
        "figures.cities.subtitle",
        language,
        n=number(located, language),
        all=number(_works(atlas), language),
        cities=number(len(drawn), language),
    )
    layout = {
        "xaxis": {"visible": False, "range": list(LONGITUDES), "constrain": "domain"},
        "yaxis": {
            "visible": False,
            "range": list(LATITUDES),
            "scaleanchor": "x",
            "scaleratio": round(1 / math.cos(math.radians(MIDDLE_LATITUDE)), 3),
        },
        "margin": {"l": 8, "r": 8, "t": 16, "b": 8},
    }
    sentence = _first_three("cities", drawn, "city", located, language)
    shown = drawn[["city", "works", "lat", "lon"]].set_axis(columns(language, "city", "works", "lat", "lon"), axis=1)
    data = [_bubbles(drawn, language)] if len(drawn) else []
    return make_chart("cities", language, data, shown, layout, subtitle, sentence)


def _named(drawn: pd.DataFrame) -> set[str]:
    """Return the largest cities that stand far enough from a larger one for their names not to collide."""
    kept: list[tuple[str, float, float]] = []
    for name, lat, lon in drawn[["city", "lat", "lon"]].itertuples(index=False, name=None):
        if len(kept) < CITIES_NAMED and all(abs(lat - y) > NAME_GAP or abs(lon - x) > 3 * NAME_GAP for _, y, x in kept):
            kept.append((name, lat, lon))
    return {name for name, _, _ in kept}


def _bubbles(drawn: pd.DataFrame, language: str) -> dict[str, Any]:
    named = _named(drawn)
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [round(value, 4) for value in drawn["lon"]],
        "y": [round(value, 4) for value in drawn["lat"]],
        "text": [safe(name) if name in named else "" for name in drawn["city"]],
        "textposition": "top center",
        "textfont": {"size": 12},
        "customdata": [[safe(name), int(works)] for name, works in zip(drawn["city"], drawn["works"], strict=True)],
        "marker": {
            "size": [int(works) for works in drawn["works"]],
            "sizemode": "area",
            "sizeref": 2.0 * float(drawn["works"].max()) / LARGEST_BUBBLE**2,
            "sizemin": 3,
            "color": ACCENT,
            "opacity": 0.65,
            "line": {"color": "#ffffff", "width": 1},
        },
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]} "
        + translate("figures.units.works", language)
        + "<extra></extra>",
    }


def _works(atlas: Atlas) -> int:
    return len(atlas.works)


def _first_three(key: str, table: pd.DataFrame, column: str, works: int, language: str) -> str:
    if table.empty or not works:
        return translate("figures.empty", language)
    named = zip(table[column][:3], table["works"][:3], strict=True)
    first = ", ".join(f"{name} ({number(count, language)})" for name, count in named)
    return translate(f"figures.{key}.sentence", language, first=first, n=number(works, language))
