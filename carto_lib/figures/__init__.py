"""Charts from an atlas or a view of it: each with its title, its n, a sentence and a table that say the same.

>>> uses_per_year(atlas.select(databases=["snds"]))        # doctest: +SKIP
"""

from carto_lib.figures.chart import Chart
from carto_lib.figures.comparison import small_multiples
from carto_lib.figures.maps import cities_map, regions_map
from carto_lib.figures.people import data_delay, new_authors
from carto_lib.figures.quality import (
    channels_upset,
    confusion_matrix,
    flow_diagram,
    query_versions,
    reliability_curve,
)
from carto_lib.figures.rankings import (
    countries,
    databases_bars,
    languages,
    open_access,
    sectors,
    top_authors,
    top_institutions,
    topics_bars,
    types,
)
from carto_lib.figures.series import indicator_series
from carto_lib.figures.style import database_names, database_styles
from carto_lib.figures.topics import themes_map, topic_bursts
from carto_lib.figures.years import uses_per_year

__all__ = [
    "Chart",
    "channels_upset",
    "cities_map",
    "confusion_matrix",
    "countries",
    "data_delay",
    "database_names",
    "database_styles",
    "databases_bars",
    "flow_diagram",
    "indicator_series",
    "languages",
    "new_authors",
    "open_access",
    "query_versions",
    "regions_map",
    "reliability_curve",
    "sectors",
    "small_multiples",
    "themes_map",
    "top_authors",
    "top_institutions",
    "topic_bursts",
    "topics_bars",
    "types",
    "uses_per_year",
]
