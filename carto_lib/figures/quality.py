"""What the evaluation measured, drawn: the flow of works, the calibration, the confusion, the channels, the queries.

Each takes the content of a ``quality.json`` (see `carto_lib.evaluation.quality`) and computes nothing but layout.
"""

import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

from carto_lib.figures.chart import ACCENT, GREY, SCALE, Chart, axis, dress, number, safe
from carto_lib.i18n import catalogue, translate

Quality = Mapping[str, Any]
LABELS = ("uses", "describes", "mentions", "none")
PART = "validation"
SHOWN_SETS = 12
WRAP = 20
BOX = (0.46, 0.9)  # width and height of a box, columns and rows being 0.5 and 1 apart


def flow_diagram(quality: Quality, language: str = "fr") -> Chart:
    """Draw how records become works kept (PRISMA 2020, Page et al., BMJ 2021;372:n71)."""
    flow = quality["flow"]
    steps = _flow_steps(flow, language)
    rows = max(row for _, row, *_ in steps) + 1
    shapes, notes, centres = [], [], []
    for column, row, title, lines, _ in steps:
        x, y = (0.25, 0.75)[column], rows - row - 0.5
        shapes.append(_box(x, y))
        wrapped = "<br>".join(textwrap.wrap(safe(title), WRAP))
        detail = "<br>".join("<br>".join(textwrap.wrap(safe(line), WRAP + 2)) for line in lines)
        notes.append(
            {"x": x, "y": y, "text": f"<b>{wrapped}</b><br>{detail}", "showarrow": False, "font": {"size": 12}}
        )
        centres.append((x, y))
    mains = [place for place, step in enumerate(steps) if step[0] == 0]
    arrows = [(centres[first], centres[then]) for first, then in pairwise(mains)]
    arrows += [(centres[mains[steps[place][1]]], centres[place]) for place in range(len(steps)) if steps[place][0]]
    layout = {
        "xaxis": {"visible": False, "range": [0, 1], "fixedrange": True},
        "yaxis": {"visible": False, "range": [0, rows], "fixedrange": True},
        "shapes": shapes,
        "annotations": [*(_arrow(*ends) for ends in arrows), *notes],
        "margin": {"l": 0, "r": 0, "t": 8, "b": 8},
        "hovermode": False,
    }
    anchor = {"type": "scatter", "mode": "markers", "x": [0.5], "y": [rows / 2], "marker": {"opacity": 0}}
    kept = sum(flow["included"].values())
    table = pd.DataFrame(
        [(title, n, " ; ".join(lines)) for _, _, title, lines, n in steps],
        columns=_columns(language, "step", "works", "detail"),
    )
    said = {"identified": flow["identified"], "screened": flow["screened"], "kept": kept}
    sentence = translate("quality.flow.sentence", language, **{k: number(v, language) for k, v in said.items()})
    table = table if flow["screened"] else table.head(0)
    return dress(_title("flow", language), language, [anchor], table, layout, _n(flow["screened"], language), sentence)


def _flow_steps(flow: Mapping[str, Any], language: str) -> list[tuple[int, int, str, list[str], int]]:
    """Return the boxes: column, row, title, lines, count."""

    def box(column: int, row: int, key: str, n: int, parts: Mapping[str, int]) -> tuple[int, int, str, list[str], int]:
        step = translate(f"quality.flow.{key}", language)
        title = translate("quality.flow.box", language, step=step, n=number(n, language))
        lines = [
            translate("quality.flow.part", language, name=_name(name, language), n=number(count, language))
            for name, count in parts.items()
        ]
        return column, row, title, lines, n

    machine, person = flow["excluded_by_machine"], flow["excluded_by_person"]
    waiting = {name: flow[name] for name in ("doubtful", "unlabelled") if flow[name]}
    kept = sum(flow["included"].values())
    left = flow["screened"] - sum(machine.values()) - flow["unread"]
    unread = {"unread": flow["unread"]} if flow["unread"] else {}
    return [
        box(0, 0, "identified", flow["identified"], flow["sources"]),
        box(1, 0, "duplicates", flow["duplicates"], {}),
        box(0, 1, "screened", flow["screened"], {}),
        box(1, 1, "excluded_by_machine", sum(machine.values()) + flow["unread"], machine | unread),
        box(0, 2, "assessed", left, {}),
        box(1, 2, "excluded_by_person", sum(person.values()), person),
        box(0, 3, "included", kept, flow["included"] | {"by_person": flow["included_by_person"]}),
        box(1, 3, "waiting", sum(waiting.values()), waiting),
    ]


def _box(x: float, y: float) -> dict[str, Any]:
    width, height = BOX
    place = {"x0": x - width / 2, "x1": x + width / 2, "y0": y - height / 2 + 0.05, "y1": y + height / 2 - 0.05}
    return {"type": "rect", **place, "line": {"color": GREY, "width": 1}, "layer": "below"}


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> dict[str, Any]:
    width, height = BOX
    (x, y), (to_x, to_y) = start, end
    down = x == to_x
    tip = {"x": to_x, "y": to_y + height / 2 - 0.05} if down else {"x": to_x - width / 2, "y": to_y}
    tail = {"ax": x, "ay": y - height / 2 + 0.05} if down else {"ax": x + width / 2, "ay": y}
    arrow = {"axref": "x", "ayref": "y", "text": "", "showarrow": True, "arrowhead": 2, "arrowwidth": 1.2}
    return {**tip, **tail, **arrow, "arrowcolor": GREY}


def reliability_curve(quality: Quality, language: str = "fr") -> Chart:
    """Draw, by bin of the probability given, how often the work truly uses the database, with 95% intervals."""
    bins = quality["screening"][PART]["reliability"]
    rows = [(one["mean"], one["k"] / one["n"], one["low"], one["high"], one["k"], one["n"]) for one in bins]
    known = [row for row in rows if row[2] is not None]
    few = [row for row in rows if row[2] is None]
    diagonal: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "hoverinfo": "skip"}
    diagonal["line"] = {"color": GREY, "dash": "dot", "width": 1}
    data = [diagonal, _points(known, ACCENT, "lines+markers", True), _points(few, "rgba(0,0,0,0)", "markers", False)]
    layout = {
        "xaxis": axis(translate("quality.reliability.given", language), grid=True, range=[0, 1.02], tickformat=".0%"),
        "yaxis": axis(
            translate("quality.reliability.observed", language), grid=True, range=[0, 1.05], tickformat=".0%"
        ),
    }
    cells = []
    for one, (mean, share, low, high, k, n) in zip(bins, rows, strict=True):
        span = f"{number(100 * one['from'], language)}–{number(100 * one['to'], language)} %"
        estimates = [_percent(value, language) for value in (None if low is None else share, low, high)]
        cells.append((span, _percent(mean, language), k, n, *estimates))
    table = pd.DataFrame(cells, columns=_columns(language, "from_to", "mean", "k", "n", "share", "low", "high"))
    total = sum(row[-1] for row in rows)
    worst = max((abs(mean - share) for mean, share, low, *_ in known), default=0.0)
    said = {"n": number(total, language), "gap": _percent(worst, language)}
    sentence = translate("quality.reliability.sentence", language, **said)
    return dress(
        _title("reliability", language), language, data, table, layout, _n(total, language, "scored"), sentence
    )


def _points(rows: list[tuple[Any, ...]], colour: str, mode: str, bars: bool) -> dict[str, Any]:
    points: dict[str, Any] = {
        "type": "scatter",
        "mode": mode,
        "x": [row[0] for row in rows],
        "y": [round(row[1], 4) for row in rows],
        "customdata": [[f"{row[4]} / {row[5]}"] for row in rows],
        "marker": {"size": 9, "color": colour, "line": {"color": ACCENT, "width": 2}},
        "line": {"color": ACCENT, "width": 2},
        "hovertemplate": "%{x:.0%} → %{y:.0%}<br>%{customdata[0]}<extra></extra>",
    }
    if bars:
        points["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [round(row[3] - row[1], 4) for row in rows],
            "arrayminus": [round(row[1] - row[2], 4) for row in rows],
            "color": GREY,
            "thickness": 1,
        }
    return points


def confusion_matrix(quality: Quality, language: str = "fr") -> Chart:
    """Draw what people said in rows, what the screener says in columns, in works × database pairs."""
    screening = quality["screening"][PART]
    counts = {(one["truth"], one["answer"]): one["n"] for one in screening["confusion"]}
    values = [[counts.get((truth, answer), 0) for answer in LABELS] for truth in LABELS]
    names = [_name(label, language) for label in LABELS]
    heat = {
        "type": "heatmap",
        "z": values,
        "x": names,
        "y": names,
        "texttemplate": "%{z}",
        "textfont": {"size": 16},
        "colorscale": SCALE,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": "%{y} → %{x}<br>n = %{z}<extra></extra>",
    }
    layout = {
        "xaxis": axis(translate("quality.confusion.screener", language), side="bottom"),
        "yaxis": axis(translate("quality.confusion.person", language), autorange="reversed"),
    }
    table = pd.DataFrame(values, columns=names)
    table.insert(0, translate("quality.confusion.person", language), names)
    same = sum(counts.get((label, label), 0) for label in LABELS)
    total = screening["n"]
    if not total:
        table = table.head(0)
    sentence = translate("quality.confusion.sentence", language, same=number(same, language), n=number(total, language))
    return dress(_title("confusion", language), language, [heat], table, layout, _n(total, language, "pairs"), sentence)


def channels_upset(quality: Quality, language: str = "fr") -> Chart:
    """Draw which channels found the works kept, alone and together (UpSet, Lex et al. 2014, IEEE TVCG 20:1983)."""
    sets = quality["channels"]
    total = sum(one["works"] for one in sets)
    several = sum(one["works"] for one in sets if len(one["channels"]) > 1)
    sizes = {
        name: sum(one["works"] for one in sets if name in one["channels"]) for one in sets for name in one["channels"]
    }
    channels = sorted(sizes, key=lambda name: (sizes[name], name))
    labels = [f"{safe(name)} ({number(sizes[name], language)})" for name in channels]
    shown = sets[:SHOWN_SETS]
    heights = [sorted(channels.index(name) for name in one["channels"]) for one in shown]
    every = [(place, height) for place in range(len(shown)) for height in range(len(channels))]
    found = [(place, height) for place, own in enumerate(heights) for height in own]
    data = [_set_bars(shown, language), _dots(every, GREY, 0.25), *map(_joined, range(len(shown)), heights)]
    layout = {
        "xaxis": {"visible": False, "range": [-0.6, len(shown) - 0.4]},
        "yaxis": axis("", domain=[0, 0.35], tickvals=list(range(len(channels))), ticktext=labels, zeroline=False),
        "yaxis2": axis(translate("quality.channels.works", language), grid=True, domain=[0.42, 1]),
    }
    layout["yaxis"]["range"] = [-0.6, len(channels) - 0.4]
    rows = [(" + ".join(one["channels"]), one["works"]) for one in sets]
    table = pd.DataFrame(rows, columns=_columns(language, "channels", "works"))
    said = {
        "n": number(total, language),
        "several": number(several, language),
        "channels": len(channels) if len(channels) > 1 else ", ".join(channels),
    }
    key = "quality.channels.sentence" if len(channels) > 1 else "quality.channels.alone"
    data.append(_dots(found, ACCENT, 1))
    n = _n(total, language, "kept")
    return dress(_title("channels", language), language, data, table, layout, n, translate(key, language, **said))


def _set_bars(sets: list[dict[str, Any]], language: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": list(range(len(sets))),
        "y": [one["works"] for one in sets],
        "text": [number(one["works"], language) for one in sets],
        "textposition": "outside",
        "cliponaxis": False,
        "width": 0.6,
        "marker": {"color": ACCENT},
        "customdata": [[" + ".join(map(safe, one["channels"]))] for one in sets],
        "hovertemplate": "%{customdata[0]}<br>n = %{y}<extra></extra>",
        "yaxis": "y2",
    }


def _dots(places: list[tuple[int, int]], colour: str, opacity: float) -> dict[str, Any]:
    marker = {"size": 12, "color": colour, "opacity": opacity}
    x, y = [place for place, _ in places], [height for _, height in places]
    return {"type": "scatter", "mode": "markers", "x": x, "y": y, "marker": marker, "hoverinfo": "skip"}


def _joined(place: int, heights: list[int]) -> dict[str, Any]:
    line = {"color": ACCENT, "width": 3}
    ends = [heights[0], heights[-1]]
    return {"type": "scatter", "mode": "lines", "x": [place, place], "y": ends, "line": line, "hoverinfo": "skip"}


def query_versions(quality: Quality, language: str = "fr") -> Chart:
    """Draw the sensitivity and the precision of each version of the query, with 95% intervals."""
    queries = quality["queries"]
    versions = [one["version"] for one in queries] or [0]
    data, rows = [], []
    for measure, colour, shift in (("sensitivity", ACCENT, -0.08), ("precision", "#D55E00", 0.08)):
        name = translate(f"quality.measures.{measure}", language)
        known = [(one["version"], one[measure]) for one in queries if one[measure]["value"] is not None]
        data.append(_measured(known, name, colour, shift))
        for one in queries:
            share = one[measure]
            percents = [_percent(share[key], language) for key in ("value", "low", "high")]
            rows.append((one["version"], name, f"{share['k']} / {share['n']}", *percents))
    ticks: dict[str, Any] = {"tickvals": versions, "range": [min(versions) - 0.5, max(versions) + 0.5]}
    layout = {
        "xaxis": axis(translate("quality.queries.version", language), **ticks),
        "yaxis": axis("", grid=True, range=[0, 1.05], tickformat=".0%"),
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.14},
    }
    table = pd.DataFrame(rows, columns=_columns(language, "version", "measure", "counts", "share", "low", "high"))
    total = max((one["n"] for one in queries), default=0)
    said = {
        f"{measure}_{place}": f"{one[measure]['k']} / {one[measure]['n']}"
        for place, one in zip(("first", "last"), (queries[:1] + queries[-1:]), strict=False)
        for measure in ("sensitivity", "precision")
    }
    sentence = translate("quality.queries.sentence", language, **said) if said else ""
    table = table if total else table.head(0)
    return dress(_title("queries", language), language, data, table, layout, _n(total, language, "pairs"), sentence)


def _measured(known: list[tuple[int, Mapping[str, Any]]], name: str, colour: str, shift: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+lines",
        "name": name,
        "x": [version + shift for version, _ in known],
        "y": [share["value"] for _, share in known],
        "customdata": [[f"{share['k']} / {share['n']}"] for _, share in known],
        "marker": {"size": 10, "color": colour},
        "line": {"color": colour, "dash": "dot"},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [round(share["high"] - share["value"], 4) for _, share in known],
            "arrayminus": [round(share["value"] - share["low"], 4) for _, share in known],
            "color": colour,
        },
        "hovertemplate": name + " %{y:.1%}<br>%{customdata[0]}<extra></extra>",
    }


def _columns(language: str, *names: str) -> list[str]:
    return [translate(f"quality.columns.{name}", language) for name in names]


def _title(key: str, language: str) -> str:
    return translate(f"quality.{key}.title", language)


def _n(count: int, language: str, what: str = "works") -> str:
    return translate(f"quality.n.{what}", language, n=number(count, language))


def _name(value: str, language: str) -> str:
    return catalogue(language).get(f"quality.names.{value}", value)


def _percent(value: float | None, language: str) -> str:
    return "—" if value is None else f"{number(100 * value, language, 1)} %"
