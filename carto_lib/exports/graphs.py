"""Networks as GEXF, GraphML and VOSviewer JSON."""

import io
import json
from typing import IO, TYPE_CHECKING, Any

import pandas as pd

from carto_lib.exports.content import Stamp, clean
from carto_lib.networks import NETWORKS, Network
from carto_lib.tables import Atlas

if TYPE_CHECKING:
    import networkx


def view_network(atlas: Atlas, name: str = "coauthorship") -> Network:
    """Return a network of a view, counted anew so that it holds the works of the view only."""
    return NETWORKS[name](atlas)


def to_networkx(network: Network, stamp: Stamp) -> "networkx.Graph":
    """Return the networkx graph: every column of nodes and edges that is known is an attribute."""
    import networkx

    graph = networkx.Graph(name=network.name, description=clean(str(stamp)))
    for node in network.nodes.to_dict("records"):
        graph.add_node(node["id"], **_known(node, "id"))
    for edge in network.edges.to_dict("records"):
        graph.add_edge(edge["source"], edge["target"], **_known(edge, "source", "target"))
    return graph


def _known(row: dict[Any, Any], *left_out: str) -> dict[str, Any]:
    return {
        str(name): clean(value) if isinstance(value, str) else float(value) if isinstance(value, float) else int(value)
        for name, value in row.items()
        if name not in left_out and not pd.isna(value)
    }


def write_gexf(network: Network, stamp: Stamp, file: IO[bytes]) -> None:
    """Write GEXF 1.2 (Gephi), with the stamp as its description and the day of the export as its date."""
    import networkx
    from lxml import etree

    content = io.BytesIO()
    networkx.write_gexf(to_networkx(network, stamp), content, prettyprint=False)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)  # our own text, of any size
    root = etree.fromstring(content.getvalue(), parser)
    space = etree.QName(root).namespace
    meta = root.find(f"{{{space}}}meta")
    meta.set("lastmodifieddate", stamp.date)
    for tag, text in (("creator", f"Carto {stamp.version}"), ("description", clean(str(stamp)))):
        found = meta.find(f"{{{space}}}{tag}")
        part = found if found is not None else etree.SubElement(meta, f"{{{space}}}{tag}")
        part.text = text
    file.write(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def write_graphml(network: Network, stamp: Stamp, file: IO[bytes]) -> None:
    """Write GraphML; the stamp is the graph's description."""
    import networkx

    networkx.write_graphml(to_networkx(network, stamp), file)


def write_vosviewer(network: Network, stamp: Stamp, file: IO[bytes]) -> None:
    """Write VOSviewer's JSON (https://app.vosviewer.com/docs/file-types/json-file-type/); clusters count from 1."""
    number = {name: place for place, name in enumerate(network.nodes["id"], 1)}
    items = [
        {
            "id": number[node["id"]],
            "label": clean(str(node["label"])),
            "description": clean(str(node["id"])),
            **({"x": node["x"], "y": node["y"]} if not pd.isna(node["x"]) else {}),
            "cluster": int(node["community"]) + 1,
            "weights": {"Works": node["size"], "Links": int(node["degree"]), "Total link strength": node["strength"]},
        }
        for node in network.nodes.to_dict("records")
    ]
    ends = network.edges[["source", "target", "weight"]].itertuples(index=False, name=None)
    links = [{"source_id": number[a], "target_id": number[b], "strength": weight} for a, b, weight in ends]
    content = {
        "info": {"title": f"Carto: {network.name}", "description": str(stamp)},
        "network": {"items": items, "links": links},
    }
    file.write(json.dumps(content, ensure_ascii=False).encode("utf-8"))
