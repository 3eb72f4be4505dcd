"""A network drawn: by ipysigma where the browser has WebGL, as a static SVG elsewhere and for export."""

import networkx
import pandas as pd
from ipysigma import Sigma
from markupsafe import Markup, escape

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a900", "#7a5195")
OTHER = "#9aa0a6"
HEIGHT = 620
NODE_PIXELS = (3.0, 16.0)
EDGE_PIXELS = (2.0, 6.0)
LABEL_CELL = 190  # pixels a side, for one name: wider than most, so that names seldom cover one another
CAMERA = {"ratio": 1.15, "x": 0.56, "y": 0.5, "angle": 0}  # room at the right, where names are written
SVG_SIZE = 1000
SVG_MARGIN = 60
LABELS = 40
LETTER = 16  # pixels


def colour_of(community: int) -> str:
    """Return a community's colour: one of eight, grey beyond."""
    return COLOURS[community] if community < len(COLOURS) else OTHER


def sigma(nodes: pd.DataFrame, edges: pd.DataFrame) -> Sigma:
    """Return the widget that draws nodes where they were placed beforehand.

    Parameters
    ----------
    nodes, edges : DataFrame
        As in tables ``nodes`` and ``edges``, every node with a position.
    """
    graph = networkx.Graph()
    columns = (nodes[name] for name in ("id", "label", "size", "x", "y", "community"))
    for node, label, size, x, y, community in zip(*columns, strict=True):
        graph.add_node(node, label=label, size=float(size), x=float(x), y=float(y), color=colour_of(community))
    for source, target, weight in zip(edges["source"], edges["target"], edges["weight"], strict=True):
        graph.add_edge(source, target, weight=float(weight), size=float(weight))
    return Sigma(
        graph,
        height=HEIGHT,
        clickable_edges=True,
        hide_info_panel=True,
        hide_search=True,
        node_size_range=NODE_PIXELS,
        edge_size_range=EDGE_PIXELS,
        default_edge_color="#c3c9d0",
        label_font="Source Sans Pro",
        label_density=1,
        label_grid_cell_size=LABEL_CELL,
        camera_state=CAMERA,
        default_node_label_size=13,
    )


def svg(nodes: pd.DataFrame, edges: pd.DataFrame, title: str) -> str:
    """Return the same picture as an SVG whose nodes answer to ``data-event="node"``.

    At most 40 nodes are named, the largest first, where no name covers another.

    Parameters
    ----------
    nodes, edges : DataFrame
        As for `sigma`.
    title : str
        What the picture shows, for readers who don't see it.
    """
    span = max(nodes["x"].max() - nodes["x"].min(), nodes["y"].max() - nodes["y"].min()) or 1.0
    scale = (SVG_SIZE - 2 * SVG_MARGIN) / span
    middle = [(nodes[axis].max() + nodes[axis].min()) / 2 for axis in ("x", "y")]
    x = SVG_SIZE / 2 + (nodes["x"] - middle[0]) * scale
    y = SVG_SIZE / 2 - (nodes["y"] - middle[1]) * scale
    place = {name: (round(a, 1), round(b, 1)) for name, a, b in zip(nodes["id"], x, y, strict=True)}
    radius = dict(zip(nodes["id"], _spread(nodes["size"], NODE_PIXELS), strict=True))
    named = _named(nodes, place, radius)
    lines = [
        Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke-width="{}"/>').format(*place[a], *place[b], width)
        for a, b, width in zip(edges["source"], edges["target"], _spread(edges["weight"], EDGE_PIXELS), strict=True)
    ]
    circles, words = [], []
    for node, label, community in zip(nodes["id"], nodes["label"], nodes["community"], strict=True):
        at, size = place[node], radius[node]
        circles.append(
            Markup(
                '<circle cx="{}" cy="{}" r="{}" fill="{}" data-event="node" data-value="{}"><title>{}</title></circle>'
            ).format(*at, size, colour_of(community), node, label)
        )
        if node in named:
            words.append(Markup('<text x="{}" y="{}">{}</text>').format(at[0] + size + 2, at[1] + 4, label))
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}" '
        'role="img" aria-label="{title}" font-family="Source Sans Pro, sans-serif" font-size="{letter}">'
        '<g stroke="#c3c9d0">{lines}</g>{circles}<g fill="#1b1f24" stroke="#fff" stroke-width="3" paint-order="stroke" '
        'class="words">{words}</g></svg>'
    ).format(
        size=SVG_SIZE,
        letter=LETTER,
        title=escape(title),
        lines=Markup("").join(lines),
        circles=Markup("").join(circles),
        words=Markup("").join(words),
    )


def _named(nodes: pd.DataFrame, place: dict[str, tuple[float, float]], radius: dict[str, float]) -> set[str]:
    """Return the nodes whose names are written: the largest first, as long as no name covers another."""
    boxes: list[tuple[float, float, float, float]] = []
    named: set[str] = set()
    for node, label in nodes.nlargest(2 * LABELS, "size")[["id", "label"]].itertuples(index=False, name=None):
        left, middle = place[node][0] + radius[node] + 2, place[node][1]
        box = (left, middle - LETTER, left + LETTER * 0.55 * len(label), middle + LETTER / 2)
        free = all(box[2] < a or box[0] > c or box[3] < b or box[1] > d for a, b, c, d in boxes)
        if free and box[2] <= SVG_SIZE and len(named) < LABELS:
            boxes.append(box)
            named.add(node)
    return named


def _spread(values: pd.Series, pixels: tuple[float, float]) -> list[float]:
    """Return widths in pixels, linear between the least and the greatest value."""
    low, high = values.min(), values.max()
    share = (values - low) / (high - low) if high > low else values * 0
    return [round(pixels[0] + float(part) * (pixels[1] - pixels[0]), 2) for part in share]
