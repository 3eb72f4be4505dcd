"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parents[1]


def shared_dir() -> Path:
    """Return the folder of real data (``CARTO_SHARED``, default ``../shared``)."""
    return Path(os.environ.get("CARTO_SHARED") or PROJECT_ROOT.parent / "shared")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real data, or skip where it is absent (fail where the CI requires it)."""
    folder = shared_dir()
    if not folder.is_dir():
        message = f"no real data at {folder}: set CARTO_SHARED"
        if os.environ.get("CARTO_REQUIRE_SHARED"):
            pytest.fail(message)
        pytest.skip(message)
    return folder
