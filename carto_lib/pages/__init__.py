"""What Voilà shows: one class a page, loaded when it is asked for, so that a page costs only what it shows."""

from importlib import import_module
from typing import Any

_PAGES = {
    "AboutPage": "about",
    "AnnotationPage": "annotation",
    "DatabasePage": "databases",
    "ComparisonPage": "comparison",
    "InstitutionsPage": "profiles",
    "NetworksPage": "networks",
    "OverviewPage": "overview",
    "PeoplePage": "profiles",
    "QualityPage": "quality",
    "SearchPage": "search",
    "TopicsPage": "themes",
}

__all__ = sorted(_PAGES)


def __getattr__(name: str) -> Any:
    if name not in _PAGES:
        raise AttributeError(f"carto_lib.pages has no {name}: it has {', '.join(_PAGES)}")
    return getattr(import_module(f"carto_lib.pages.{_PAGES[name]}"), name)
