"""Carto: cartography of the research done with French health databases.

What a notebook needs stands here and is loaded when touched, so that pages don't load the pipeline.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import carto_lib.exports as exports
    import carto_lib.figures as figures
    import carto_lib.indicators as indicators
    import carto_lib.networks as networks
    import carto_lib.search as search
    from carto_lib.errors import CartoError
    from carto_lib.registry import load_registry
    from carto_lib.tables import Atlas, Corpus

__all__ = ["Atlas", "CartoError", "Corpus", "exports", "figures", "indicators", "load_registry", "networks", "search"]

_HOMES = {
    "Atlas": "carto_lib.tables",
    "Corpus": "carto_lib.tables",
    "CartoError": "carto_lib.errors",
    "load_registry": "carto_lib.registry",
}


def __getattr__(name: str) -> Any:
    if name == "Atlas":
        import_module("carto_lib.search")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in __all__:
        return import_module(f"carto_lib.{name}")
    raise AttributeError(f"module 'carto_lib' has no attribute {name!r}")
