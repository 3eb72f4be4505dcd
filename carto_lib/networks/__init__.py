"""Networks of people, structures, databases, terms and works, computed beforehand.

>>> network = build_coauthorship_network(atlas, min_works=2)          # doctest: +SKIP
>>> network.people_between("Alain Weill", "Marie Zins")               # doctest: +SKIP
"""

from carto_lib.networks.build import (
    COLLAPSE_BEYOND,
    NETWORKS,
    build_coauthorship_network,
    build_coinstitution_network,
    build_coupling_network,
    build_database_couse_network,
    build_keyword_network,
    build_structure_database_network,
    read_network,
    read_periods,
    write_networks,
)
from carto_lib.networks.collapse import collapse, members
from carto_lib.networks.model import Network, NetworkError
from carto_lib.networks.periods import PERIOD_YEARS, WHOLE, in_period, shared_works

__all__ = [
    "COLLAPSE_BEYOND",
    "NETWORKS",
    "PERIOD_YEARS",
    "WHOLE",
    "Network",
    "NetworkError",
    "build_coauthorship_network",
    "build_coinstitution_network",
    "build_coupling_network",
    "build_database_couse_network",
    "build_keyword_network",
    "build_structure_database_network",
    "collapse",
    "in_period",
    "members",
    "read_network",
    "read_periods",
    "shared_works",
    "write_networks",
]
