"""*Réseaux*: a network computed beforehand, and the publications behind each node, link and chain."""

import io
import json
from datetime import date
from typing import Any

import pandas as pd
from ipywidgets import Box
from pyarrow.parquet import read_metadata

from carto_lib.exports import NETWORK_FORMATS, Stamp
from carto_lib.networks import (
    COLLAPSE_BEYOND,
    NETWORKS,
    PERIOD_YEARS,
    WHOLE,
    Network,
    NetworkError,
    collapse,
    in_period,
    members,
    read_network,
    read_periods,
    shared_works,
)
from carto_lib.pages.page import Page
from carto_lib.pages.picture import colour_of, sigma, svg
from carto_lib.pages.selection import Selection
from carto_lib.pages.works import work_rows

READABLE = 600
WORKS_SHOWN = 20
CENTRAL_SHOWN = 10
FRACTIONAL = "fractional"
COUNTED_BY_PAIRS = ("coauthorship", "coinstitution")
COMMUNITY = "community:"
DATABASE = "database:"
MOST_WORKS = 50
MOST_SHARED = 20
NAMES_OFFERED = 1000
GROUPS_NAMED = 12
PROFILES = {
    "coauthorship": "chercheurs",
    "coinstitution": "structures",
    "database_couse": "base",
    "structure_database": "structures",
}
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}


class NetworksPage(Page):
    """One network at a time; people by default, those with too few works left out until asked for."""

    name = "reseaux"
    filtered = False

    def prepare(self) -> None:
        """Read the tables, and the networks that the atlas has."""
        super().prepare()
        files = {name: self.atlas.network_file(name, "nodes") for name in NETWORKS}
        self.names = {name: read_metadata(file).num_rows for name, file in files.items() if file.is_file()}
        self.years = self.atlas.works.set_index("work_id")["year"].dropna()
        self._networks: dict[tuple[str, bool], Network] = {}
        self._periods: dict[str, pd.DataFrame] = {}
        self._in_period: tuple[tuple[str, bool, int], Network] | None = None
        self._box = Box()
        self._drawn: tuple[Any, ...] | None = None
        self._still = False
        self.network("coauthorship")

    def network(self, name: str, fractional: bool = False) -> Network:
        """Return a network, read once."""
        key = (name, fractional)
        if key not in self._networks:
            self._networks[key] = self.network(name).fractional() if fractional else read_network(self.atlas, name)
        return self._networks[key]

    @property
    def current(self) -> Network:
        """The network that the address asks for, people's by default."""
        name = self.state.network if self.state.network in self.names else "coauthorship"
        return self.network(name, self.state.counting == FRACTIONAL and name in COUNTED_BY_PAIRS)

    @property
    def periods(self) -> pd.DataFrame:
        """What the network held in each period, computed beforehand."""
        name = self.current.name
        if name not in self._periods:
            self._periods[name] = read_periods(self.atlas, name)
        return self._periods[name]

    def timed(self) -> Network:
        """Return the network of the period asked for, of all years by default."""
        network, period = self.current, self.state.period
        if period not in set(self.periods["period"]):
            return network
        key = (network.name, network is self.network(network.name), period)
        if self._in_period is None or self._in_period[0] != key:
            self._in_period = key, in_period(network, period, self.years)
        return self._in_period[1]

    def minimum(self) -> int:
        """Return the number of works under which a node is left out: as the visitor asked, else what is readable."""
        sizes = self.timed().nodes["size"]
        if self.state.minimum:
            return min(self.state.minimum, int(sizes.max()) if len(sizes) else 1)
        return next((step for step in range(1, 50) if (sizes >= step).sum() <= READABLE), 1)

    def widgets(self) -> dict[str, Any]:
        """Return the drawing."""
        return {"network": self._box}

    def draw(self, selection: Selection) -> None:
        """Draw the network if it changed, then say what is chosen in it."""
        first = "controls" not in self.fragments
        shown = self.shown()
        self.show("controls", self.controls(shown))
        self.show("panel", self.panel(shown))
        self.show("under", self.under(shown))
        self.show("still", self.still(shown))
        if first:
            self._listen()
        key = (shown.name, self.state.counting, self.state.period, tuple(shown.nodes["id"]), len(shown.edges))
        if key != self._drawn:
            self._drawn = key
            self._box.children = [self.drawing(shown)] if len(shown.nodes) else []
        elif self._box.children:
            self._point_at(self._box.children[0], shown)

    def shown(self) -> Network:
        """Return what is drawn: nodes with enough works, a position and a link of enough works.

        Beyond 5,000 such nodes each community is one node, until one of them, or one of its nodes, is asked for.
        """
        network = self.timed()
        kept = network.nodes[network.nodes["size"] >= self.minimum()]
        if len(kept) > COLLAPSE_BEYOND:
            opened = self._community_asked()
            network = collapse(network) if opened is None else members(network, opened)
            kept = network.nodes
        kept = kept[kept["x"].notna()].nlargest(COLLAPSE_BEYOND, "size").sort_values("id")
        return network.drawn(kept, network.edges[shared_works(network.edges) >= self.state.weight])

    def _community_asked(self) -> int | None:
        """Return the community that the focus names or belongs to."""
        focus = self.state.focus
        number = focus.removeprefix(COMMUNITY)
        if focus.startswith(COMMUNITY) and number.isascii() and number.isdigit():
            return int(number)
        found = self.current.nodes.loc[self.current.nodes["id"] == focus, "community"]
        return int(found.iloc[0]) if len(found) else None

    def drawing(self, shown: Network) -> Any:
        """Return the widget that draws the nodes where they were placed beforehand."""
        widget = sigma(shown.nodes, shown.edges)
        self._point_at(widget, shown)
        widget.observe(self._chosen_node, "selected_node")
        widget.observe(self._chosen_edge, "selected_edge")
        return widget

    def _point_at(self, widget: Any, shown: Network) -> None:
        """Show in the drawing the node, or the link, that the address names."""
        focus, other = self.state.focus, self.state.other
        ids = set(shown.nodes["id"])
        link = {focus, other} <= ids and len(shown.edges[_joins(shown.edges, focus, other)]) > 0
        widget.selected_edge = (focus, other) if other and link else None
        widget.selected_node = focus if focus in ids and not other else None

    def still(self, shown: Network) -> str:
        """Return the static picture where the browser asked for it, for lack of WebGL."""
        picture = self._picture(shown) if self._still and len(shown.nodes) else ""
        return self.view.html("network_still", picture=picture)

    def _picture(self, shown: Network) -> str:
        title = self.view.text(f"network.names.{shown.name}")
        return svg(shown.nodes, shown.edges, title)

    def controls(self, shown: Network) -> str:
        """Return the questions, the choice of the network, its thresholds, its period, and what to find."""
        network = self.timed()
        most = int(network.nodes["size"].max()) if len(network.nodes) else 1
        shared = shared_works(network.edges)
        largest = shown.nodes.nlargest(NAMES_OFFERED, "size")["label"]
        return self.view.html(
            "network_controls",
            names=list(self.names.items()),
            current=network.name,
            minimum=self.minimum(),
            most=max(1, min(most, MOST_WORKS)),
            weight=max(1, self.state.weight),
            most_shared=max(1, min(int(shared.max()), MOST_SHARED)) if len(shared) else 1,
            periods=[(int(first), int(first) + PERIOD_YEARS - 1) for first in sorted(set(self.periods["period"]))],
            period=self.state.period,
            counting=self.state.counting == FRACTIONAL if network.name in COUNTED_BY_PAIRS else None,
            question=self.state.sort,
            focus=self._label(self.state.focus),
            offered=sorted(set(largest.dropna())),
        )

    def under(self, shown: Network) -> str:
        """Return what is drawn and of how many, what to know before trusting it, and how to take it away."""
        count, number = self.view.count, self.view.number
        nodes, links = len(shown.nodes), count("network.links", len(shown.edges))
        return self.view.html(
            "network_under",
            drawn=f"{count('network.nodes', nodes)} / {number(len(self.timed().nodes))}, {links}.",
            collapsed=nodes > 0 and str(shown.nodes["id"].iloc[0]).startswith(COMMUNITY),
            formats=(*NETWORK_FORMATS, *PICTURES) if nodes else (),
            notes=self.current.notes(self.state.language),
        )

    def panel(self, shown: Network) -> str:
        """Return what the visitor looks at: the groups, or a node, a link or a chain with its publications."""
        network, focus, other = self.timed(), self.state.focus, self.state.other
        if self.state.sort == "path" and not other:
            return self.view.html("network_path", focus=self._label(focus))
        try:
            if focus and other:
                return self._chain(focus, other)
            if focus.startswith(COMMUNITY):
                return self._community(shown, self._community_asked())
            if focus:
                return self._node(network.node(focus))
        except NetworkError as error:
            return self.view.html("network_unknown", message=str(error))
        central = network.most_central(limit=CENTRAL_SHOWN)
        groups = shown.nodes.groupby("community").agg(label=("community_label", "first"), people=("id", "size"))
        links = len(network.edges) and self._between()
        return self.view.html(
            "network_groups",
            question=self.state.sort,
            groups=[
                (f"{COMMUNITY}{key}", colour_of(key), row.label, int(row.people))
                for key, row in groups.head(GROUPS_NAMED).iterrows()
            ],
            evolution=self._evolution(groups.head(GROUPS_NAMED)),
            central=[
                (row.id, row.label, int(row.size_), int(row.degree))
                for row in central.rename(columns={"size": "size_"}).itertuples()
            ],
            apart=links or [],
        )

    def _evolution(self, groups: pd.DataFrame) -> dict[str, Any]:
        """Return nodes, new nodes, links and works of each period, then the nodes of each group."""
        table = self.periods
        whole = table[table["community"] == WHOLE].sort_values("period")
        starts = [int(first) for first in whole["period"]]
        inside = table.pivot(index="community", columns="period", values="nodes").reindex(columns=starts).fillna(0)
        return {
            "periods": [(first, first + PERIOD_YEARS - 1) for first in starts],
            "whole": [(name, [int(n) for n in whole[name]]) for name in ("works", "nodes", "new_nodes", "edges")],
            "groups": [
                (row.label, [int(n) for n in inside.loc[key]]) for key, row in groups.iterrows() if key in inside.index
            ],
        }

    def _between(self) -> list[tuple[str, str]]:
        """Return the pairs of large groups that no link joins."""
        network = self.timed()
        groups = network.nodes.drop_duplicates("community").sort_values("community").head(6)
        labels = dict(zip(groups["community"], groups["community_label"], strict=True))
        of_node = network.nodes.set_index("id")["community"]
        ends = pd.DataFrame({"a": network.edges["source"].map(of_node), "b": network.edges["target"].map(of_node)})
        joined = set(zip(ends.min(axis=1), ends.max(axis=1), strict=True))
        pairs = [(a, b) for a in labels for b in labels if a < b and (a, b) not in joined]
        return [(str(labels[a]), str(labels[b])) for a, b in pairs]

    def _community(self, shown: Network, community: int | None) -> str:
        rows = self.current.rows
        inside = self.current.nodes.loc[self.current.nodes["community"] == community]
        ids = sorted(set(rows.loc[rows["id"].isin(inside["id"]), "work_id"]))
        if inside.empty:
            return self.view.html("network_unknown", message=self.state.focus)
        return self.view.html(
            "network_community",
            label=inside["community_label"].iloc[0],
            members=len(inside),
            largest=[(one.id, one.label) for one in inside.nlargest(12, "size").itertuples()],
            total=len(ids),
            rows=work_rows(self.atlas, ids[:WORKS_SHOWN], self.acronyms),
        )

    def _node(self, node: str) -> str:
        network = self.timed()
        neighbours = network.neighbours(node)
        row = network.nodes[network.nodes["id"] == node].iloc[0]
        ids = network.works_of(node)
        return self.view.html(
            "network_node",
            label=row["label"],
            group=row["community_label"],
            profile=_profile(network.name, node),
            shown=WORKS_SHOWN,
            neighbours=[(one.id, one.label, len(one.works)) for one in neighbours.head(12).itertuples()],
            degree=len(neighbours),
            databases=[(one, self.acronyms.get(one, one)) for one in json.loads(row["databases"])],
            total=len(ids),
            rows=work_rows(self.atlas, ids[:WORKS_SHOWN], self.acronyms),
        )

    def _chain(self, focus: str, other: str) -> str:
        chain = self.timed().people_between(focus, other)
        steps = [
            (step.label, step.id, work_rows(self.atlas, list(step.works)[:5], self.acronyms), len(step.works))
            for step in chain.itertuples()
        ]
        return self.view.html("network_chain", steps=steps)

    def _label(self, node: str) -> str:
        found = self.current.nodes.loc[self.current.nodes["id"] == node, "label"]
        return str(found.iloc[0]) if len(found) else node

    def _listen(self) -> None:
        controls, panel, under = (self.fragments[slot] for slot in ("controls", "panel", "under"))
        state = self.state
        anew = {"minimum": 0, "weight": 0, "period": 0, "focus": "", "other": "", "sort": ""}
        controls.on("network", lambda value, *_: state.narrow(network=value, **anew))
        for name in ("minimum", "weight", "period"):
            controls.on(name, lambda value, name, *_: state.narrow(**{name: int(value) if value.isdigit() else 0}))
        controls.on("find", lambda value, *_: state.narrow(focus=self._named(value), other=""))
        panel.on("from", lambda value, *_: state.narrow(focus=self._named(value)))
        panel.on("reach", lambda value, *_: state.narrow(other=self._named(value)))
        controls.on("counting", lambda _value, _name, checked: state.narrow(counting=FRACTIONAL if checked else ""))
        under.on("export", lambda value, *_: self._export(value))
        self.fragments["still"].on("still", lambda *_: self._draw_still())
        for fragment in (controls, panel, self.fragments["still"]):
            fragment.on("ask", self._ask)
            fragment.on("node", lambda value, *_: state.narrow(focus=value, other=""))

    def _ask(self, question: str, *_: Any) -> None:
        """Ask a question of the network; the person in focus is where a chain starts from."""
        self.state.narrow(sort=question, focus=self.state.focus if question == "path" else "", other="")

    def _named(self, name: str) -> str:
        try:
            return self.current.node(name) if name.strip() else ""
        except NetworkError:
            return name.strip()

    def _draw_still(self) -> None:
        self._still = True
        self.draw(self.selection)

    def _export(self, kind: str) -> None:
        """Give the nodes and links drawn, in an exchange format or as a picture."""
        shown = self.shown()
        name = f"carto-{shown.name}"
        under = self.fragments["under"]
        if kind in PICTURES:
            under.download(f"{name}.{kind}", self._picture(shown), PICTURES[kind])
        elif kind in NETWORK_FORMATS:
            content = io.BytesIO()
            stamp = Stamp.of(self.atlas, self.state.query_string(), date.today().isoformat())
            NETWORK_FORMATS[kind](shown, stamp, content)
            end = "json" if kind == "vosviewer" else kind
            under.download(f"{name}.{end}", content.getvalue().decode("utf-8"))

    def _chosen_node(self, change: dict[str, Any]) -> None:
        if change["new"]:
            self.state.narrow(focus=str(change["new"]), other="")

    def _chosen_edge(self, change: dict[str, Any]) -> None:
        if change["new"]:
            source, target = change["new"]
            self.state.narrow(focus=str(source), other=str(target))


def _joins(edges: pd.DataFrame, one: str, other: str) -> pd.Series:
    """Tell which edges join two nodes."""
    return edges["source"].isin((one, other)) & edges["target"].isin((one, other))


def _profile(network: str, node: str) -> tuple[str, str] | None:
    """Return the page of a node and its name there; None for terms and works."""
    if node.startswith(DATABASE):
        return "base", node.removeprefix(DATABASE)
    page = PROFILES.get(network)
    return (page, node) if page else None
