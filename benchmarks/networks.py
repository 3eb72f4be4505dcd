"""Co-authorship network of a large set of real records: ours, then the same with networkx, in the same run.

Run ``python benchmarks/networks.py [FILE]``; FILE defaults to the 95,562 conference papers under ``CARTO_SHARED``
(JSON lines with ``author`` separated by ``;`` and ``title``, gzipped). Prints seconds and ratios.
"""

import gzip
import json
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import networkx
import pandas as pd

from carto_lib import networks
from carto_lib.networks.count import count_edges
from carto_lib.networks.incidence import MAX_AUTHORS, people
from carto_lib.networks.measure import communities, graph_of
from carto_lib.tables import Atlas, empty_table

DEFAULT = Path("load") / "loadtest_paperlists" / "paperlists_slim.jsonl.gz"


def timed(what: str, work: Callable[[], Any]) -> tuple[Any, float]:
    start, processor = time.perf_counter(), time.process_time()
    result = work()
    seconds = time.perf_counter() - start
    print(f"{what:<60}{seconds:8.2f} s ({time.process_time() - processor:.2f} s of processor)", flush=True)
    return result, seconds


def atlas_of(file: Path, folder: Path, works_read: int | None = None) -> Atlas:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in islice(lines, works_read)]
    works, authorships = [], []
    for number, record in enumerate(records):
        work_id = f"title:{number:016x}"
        works.append({"work_id": work_id, "title": record.get("title"), "year": _year(record)})
        names = [name.strip() for name in (record.get("author") or "").split(";") if name.strip()]
        authorships += [
            {"work_id": work_id, "position": place, "author_id": f"name:{name}", "name": name}
            for place, name in enumerate(names, 1)
        ]
    atlas = Atlas(folder)
    atlas.write("works", works)
    atlas.write("authorships", authorships)
    people_known = pd.DataFrame(authorships).drop_duplicates("author_id")[["author_id", "name"]]
    atlas.write("authors", people_known)
    for table in ("uses", "topics", "databases"):
        atlas.write(table, empty_table(table))
    return atlas


def shared_folder() -> Path:
    return Path(os.environ.get("CARTO_SHARED") or Path(__file__).resolve().parents[2] / "shared")


def _year(record: dict[str, Any]) -> int | None:
    value = str(record.get("year") or "")
    return int(value) if value.isdigit() else None


def networkx_graph(rows: pd.DataFrame) -> networkx.Graph:
    weights: Counter[tuple[str, str]] = Counter()
    works: dict[tuple[str, str], list[str]] = {}
    for work_id, part in rows.groupby("work_id")["id"]:
        if len(part) <= MAX_AUTHORS:
            for pair in combinations(part, 2):
                weights[pair] += 1
                works.setdefault(pair, []).append(work_id)
    graph = networkx.Graph()
    graph.add_nodes_from(rows["id"].unique())
    graph.add_edges_from((a, b, {"weight": n, "works": works[a, b]}) for (a, b), n in weights.items())
    return graph


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else shared_folder() / DEFAULT
    with tempfile.TemporaryDirectory() as folder:
        atlas = atlas_of(file, Path(folder))
        print(f"{len(atlas.works)} works, {len(atlas.authorships)} authorships, {len(atlas.authors)} people")
        whole, total = timed(
            "Carto: whole (edges, works, communities, labels, positions)",
            lambda: networks.build_coauthorship_network(atlas),
        )
        print(f"  {whole!r}; positioned: {int(whole.nodes['x'].notna().sum())}; at most 60 s: {total <= 60}")
        incidence = people(atlas)
        counted, build = timed(
            "Carto: build (edges with their works)",
            lambda: count_edges(incidence, incidence, atlas, fractional=False, max_nodes=MAX_AUTHORS)[0],
        )
        graph, convert = timed("Carto: graph", lambda: graph_of(whole.nodes, counted))
        found, leiden = timed("Carto: communities (Leiden)", lambda: communities(graph))
        peer, peer_build = timed("networkx: build (edges with their works)", lambda: networkx_graph(incidence.rows))
        parts, louvain = timed(
            "networkx: communities (Louvain)",
            lambda: networkx.community.louvain_communities(peer, weight="weight", seed=1),
        )
        ours = graph.modularity(found, weights="weight")
        theirs = networkx.community.modularity(peer, parts, weight="weight")
        same = peer.number_of_edges() == len(counted)
        print(f"same number of edges: {same} ({len(counted)}); modularity: Carto {ours:.4f}, networkx {theirs:.4f}")
        print(f"build: {peer_build / (build + convert):.1f} times faster; communities: {louvain / leiden:.1f} times;")
        print(f"build and communities together: {(peer_build + louvain) / (build + convert + leiden):.1f} times faster")
        print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
