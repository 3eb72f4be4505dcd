"""*Réseaux*: a network computed beforehand, and the publications behind each node, link and chain."""

import io
import json
from datetime import date
from typing import Any

import pandas as pd
from ipywidgets import Box
from pyarrow.parquet import read_metadata

from carto_lib.exports import NETWORK_FORMATS, Stamp
from carto_lib.networks import COLLAPSE_BEYOND, NETWORKS, Network, NetworkError, collapse, members, read_network
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
        self._networks: dict[tuple[str, bool], Network] = {}
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

    def minimum(self) -> int:
        """Return the number of works under which a node is left out: as the visitor asked, else what is readable."""
        sizes = self.current.nodes["size"]
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
        self.show("still", self.still(shown))
        if first:
            self._listen()
        key = (shown.name, self.minimum(), self.state.counting, self._opened(shown))
        if key != self._drawn:
            self._drawn = key
            self._box.children = [self.drawing(shown)] if len(shown.nodes) else []

    def shown(self) -> Network:
        """Return what is drawn: nodes with enough works, a position and a link.

        Beyond 5,000 such nodes each community is one node, until one of them, or one of its nodes, is asked for.
        """
        network = self.current
        kept = network.nodes[network.nodes["size"] >= self.minimum()]
        if len(kept) > COLLAPSE_BEYOND:
            opened = self._community_asked()
            network = collapse(network) if opened is None else members(network, opened)
            kept = network.nodes
        kept = kept[kept["x"].notna()].nlargest(COLLAPSE_BEYOND, "size").sort_values("id")
        edges = network.edges
        edges = edges[edges["source"].isin(kept["id"]) & edges["target"].isin(kept["id"])]
        linked = kept["id"].isin(edges["source"]) | kept["id"].isin(edges["target"])
        return Network(network.name, kept[linked], edges, network.counts, lambda: network.rows)

    def _community_asked(self) -> int | None:
        """Return the community that the focus names or belongs to."""
        focus = self.state.focus
        number = focus.removeprefix(COMMUNITY)
        if focus.startswith(COMMUNITY) and number.isascii() and number.isdigit():
            return int(number)
        found = self.current.nodes.loc[self.current.nodes["id"] == focus, "community"]
        return int(found.iloc[0]) if len(found) else None

    def _opened(self, shown: Network) -> int:
        """Return what tells one drawing of a network from another: the nodes it holds."""
        return hash(tuple(shown.nodes["id"]))

    def drawing(self, shown: Network) -> Any:
        """Return the widget that draws the nodes where they were placed beforehand."""
        widget = sigma(shown.nodes, shown.edges)
        widget.observe(self._chosen_node, "selected_node")
        widget.observe(self._chosen_edge, "selected_edge")
        return widget

    def still(self, shown: Network) -> str:
        """Return the static picture where the browser asked for it, for lack of WebGL."""
        picture = self._picture(shown) if self._still and len(shown.nodes) else ""
        return self.view.html("network_still", picture=picture)

    def _picture(self, shown: Network) -> str:
        title = self.view.text(f"network.names.{shown.name}")
        return svg(shown.nodes, shown.edges, title)

    def controls(self, shown: Network) -> str:
        """Return the choice of the network, the threshold, what to find, and what to take away."""
        network = self.current
        count, number = self.view.count, self.view.number
        nodes = len(shown.nodes)
        links = count("network.links", len(shown.edges))
        collapsed = nodes > 0 and str(shown.nodes["id"].iloc[0]).startswith(COMMUNITY)
        return self.view.html(
            "network_controls",
            names=list(self.names.items()),
            current=network.name,
            minimum=self.minimum(),
            most=max(1, min(int(network.nodes["size"].max()), MOST_WORKS)) if len(network.nodes) else 1,
            drawn=f"{count('network.nodes', nodes)} / {number(len(network.nodes))}, {links}.",
            collapsed=collapsed,
            counting=self.state.counting == FRACTIONAL if network.name in COUNTED_BY_PAIRS else None,
            formats=(*NETWORK_FORMATS, *PICTURES) if nodes else (),
            notes=network.notes(self.state.language),
            focus=self._label(self.state.focus),
            other=self._label(self.state.other),
        )

    def panel(self, shown: Network) -> str:
        """Return what the visitor looks at: the groups, or a node, a link or a chain with its publications."""
        network, focus, other = self.current, self.state.focus, self.state.other
        question = self.state.sort
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
            question=question,
            groups=[(colour_of(key), row.label, int(row.people)) for key, row in groups.head(12).iterrows()],
            central=[
                (row.id, row.label, int(row.size_), int(row.degree))
                for row in central.rename(columns={"size": "size_"}).itertuples()
            ],
            apart=links or [],
        )

    def _between(self) -> list[tuple[str, str]]:
        """Return the pairs of large groups that no link joins."""
        network = self.current
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
        network = self.current
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
        chain = self.current.people_between(focus, other)
        steps = [
            (step.label, step.id, work_rows(self.atlas, list(step.works)[:5], self.acronyms), len(step.works))
            for step in chain.itertuples()
        ]
        return self.view.html("network_chain", steps=steps)

    def _label(self, node: str) -> str:
        found = self.current.nodes.loc[self.current.nodes["id"] == node, "label"]
        return str(found.iloc[0]) if len(found) else node

    def _listen(self) -> None:
        controls, panel = self.fragments["controls"], self.fragments["panel"]
        state = self.state
        controls.on("network", lambda value, *_: state.narrow(network=value, minimum=0, focus="", other="", sort=""))
        controls.on("minimum", lambda value, *_: state.narrow(minimum=int(value) if value.isdigit() else 0))
        controls.on("find", lambda value, *_: state.narrow(focus=self._named(value), other=""))
        controls.on("reach", lambda value, *_: state.narrow(other=self._named(value)))
        controls.on("counting", lambda _value, _name, checked: state.narrow(counting=FRACTIONAL if checked else ""))
        controls.on("export", lambda value, *_: self._export(value))
        self.fragments["still"].on("still", lambda *_: self._draw_still())
        for fragment in (controls, panel, self.fragments["still"]):
            fragment.on("ask", lambda value, *_: state.narrow(sort=value, focus="", other=""))
            fragment.on("node", lambda value, *_: state.narrow(focus=value, other=""))

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
        controls = self.fragments["controls"]
        if kind in PICTURES:
            controls.download(f"{name}.{kind}", self._picture(shown), PICTURES[kind])
        elif kind in NETWORK_FORMATS:
            content = io.BytesIO()
            stamp = Stamp.of(self.atlas, self.state.query_string(), date.today().isoformat())
            NETWORK_FORMATS[kind](shown, stamp, content)
            end = "json" if kind == "vosviewer" else kind
            controls.download(f"{name}.{end}", content.getvalue().decode("utf-8"))

    def _chosen_node(self, change: dict[str, Any]) -> None:
        if change["new"]:
            self.state.narrow(focus=str(change["new"]), other="")

    def _chosen_edge(self, change: dict[str, Any]) -> None:
        if change["new"]:
            source, target = change["new"]
            self.state.narrow(focus=str(source), other=str(target))


def _profile(network: str, node: str) -> tuple[str, str] | None:
    """Return the page of a node and its name there; None for terms and works."""
    if node.startswith(DATABASE):
        return "base", node.removeprefix(DATABASE)
    page = PROFILES.get(network)
    return (page, node) if page else None
