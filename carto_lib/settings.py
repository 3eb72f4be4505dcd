"""Where things are and what the environment says: the only place that reads environment variables."""

import os
import shutil
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
REGISTRY_DIR = PROJECT_ROOT / "data" / "databases"
QUERIES_DIR = PROJECT_ROOT / "data" / "queries"
DEMO_FILE = PROJECT_ROOT / "data" / "demo" / "works.jsonl"
LEXICON_FILE = PROJECT_ROOT / "data" / "lexicon.csv"
GOLD_FILE = PROJECT_ROOT / "data" / "gold" / "labels.csv"
RECTIFICATIONS_FILE = PROJECT_ROOT / "data" / "rectifications.csv"
ACCEPTED_GAPS_FILE = PROJECT_ROOT / "data" / "accepted_gaps.csv"
NOTEBOOKS_DIR = PROJECT_ROOT / "notebooks"
DASHBOARDS_DIR = PROJECT_ROOT / "dashboards"


def data_dir() -> Path:
    """Return the folder of corpora and atlas: ``CARTO_DATA``, else ``data/`` of the project."""
    return Path(os.environ.get("CARTO_DATA") or PROJECT_ROOT / "data")


def reference_dir() -> Path | None:
    """Return the folder of local reference data (``CARTO_REFERENCE``), or None."""
    value = os.environ.get("CARTO_REFERENCE")
    return Path(value) if value else None


def shared_dir() -> Path | None:
    """Return the folder of real data that stays out of the repository (``CARTO_SHARED``), or None."""
    value = os.environ.get("CARTO_SHARED")
    return Path(value) if value else None


def contact_email() -> str | None:
    """Return the contact address sent to polite APIs (``CARTO_EMAIL``), never stored."""
    return os.environ.get("CARTO_EMAIL") or None


def api_key(source: str) -> str | None:
    """Return the key of a source (``CARTO_OPENALEX_KEY``, ``CARTO_PUBMED_KEY`` …), never stored."""
    return os.environ.get(f"CARTO_{source.upper()}_KEY") or None


def base_url(source: str, default: str) -> str:
    """Return a source's address: ``CARTO_<SOURCE>_URL`` (a mirror, a local server), else its own."""
    return (os.environ.get(f"CARTO_{source.upper()}_URL") or default).rstrip("/")


def chromium() -> Path | None:
    """Return the browser that prints reports (``CARTO_CHROMIUM``, else the machine's Chromium or Chrome), or None."""
    asked = os.environ.get("CARTO_CHROMIUM")
    names = (asked,) if asked else ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)), None)
    return Path(found) if found else None
