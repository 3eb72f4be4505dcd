"""Take works, tables and networks away, in formats that other tools read; nothing is capped, everything is stamped."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import IO

from carto_lib.errors import CartoError
from carto_lib.exports.bibliography import write_bibtex, write_ris
from carto_lib.exports.content import Stamp, exported_works
from carto_lib.exports.datapackage import table_schema, write_datapackage, write_package_zip
from carto_lib.exports.feed import write_atom
from carto_lib.exports.graphs import to_networkx, view_network, write_gexf, write_graphml, write_vosviewer
from carto_lib.exports.tabular import neutralised, write_csv, write_json
from carto_lib.networks import NETWORKS, Network
from carto_lib.tables import Atlas, write_atomically

__all__ = [
    "FORMATS",
    "NETWORK_FORMATS",
    "ExportError",
    "Stamp",
    "export",
    "exported_works",
    "neutralised",
    "table_schema",
    "to_networkx",
    "write_datapackage",
]


class ExportError(CartoError):
    """An export's format or network is unknown."""


WORK_FORMATS: dict[str, Callable[[Atlas, Stamp, IO[bytes]], None]] = {
    "bibtex": write_bibtex,
    "ris": write_ris,
    "csv": write_csv,
    "json": write_json,
    "datapackage": write_package_zip,
    "atom": write_atom,
}
NETWORK_FORMATS: dict[str, Callable[[Network, Stamp, IO[bytes]], None]] = {
    "gexf": write_gexf,
    "graphml": write_graphml,
    "vosviewer": write_vosviewer,
}
FORMATS = (*WORK_FORMATS, *NETWORK_FORMATS)


def export(
    atlas: Atlas,
    format: str,
    file: str | Path | IO[bytes],
    *,
    query: str = "",
    network: str = "coauthorship",
    on: str | None = None,
) -> int:
    """Write every work of a view, or the network they make.

    Parameters
    ----------
    atlas : Atlas
        The atlas, or a view of it: what is exported.
    format : str
        One of `FORMATS`.
    file : path, or binary file
        A path is written atomically.
    query : str
        How the view was made, for the stamp.
    network : str
        For gexf, graphml and vosviewer: one of `carto_lib.networks.NETWORKS`.
    on : str, optional
        Day of the export (YYYY-MM-DD), today by default.

    Returns
    -------
    int
        Number of works behind the export.

    Raises
    ------
    ExportError
        If the format or the network is unknown.
    """
    if format not in FORMATS:
        raise ExportError(f"unknown format {format!r}: the formats are {', '.join(FORMATS)}")
    if network not in NETWORKS:
        raise ExportError(f"unknown network {network!r}: the networks are {', '.join(NETWORKS)}")
    stamp = Stamp.of(atlas, query, on or date.today().isoformat())

    def write(stream: IO[bytes]) -> None:
        if format in WORK_FORMATS:
            WORK_FORMATS[format](atlas, stamp, stream)
        else:
            NETWORK_FORMATS[format](view_network(atlas, network), stamp, stream)

    if isinstance(file, str | Path):
        write_atomically(Path(file), write)
    else:
        write(file)
    return stamp.works
