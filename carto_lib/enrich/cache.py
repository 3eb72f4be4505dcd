"""Prepared reference data, kept in the user's cache so that the next load takes no time."""

import logging
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pyarrow
import pyarrow.parquet

from carto_lib.errors import TableError
from carto_lib.tables import write_atomically

logger = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Return the folder of prepared and downloaded reference data."""
    return platformdirs.user_cache_path("carto") / "reference"


def cached_table(key: str, build: Callable[[], pyarrow.Table]) -> pyarrow.Table:
    """Return a prepared table from the cache, building and keeping it the first time.

    Parameters
    ----------
    key : str
        Names what the table was made from and by which version: another key is another table.
    build : callable
        Makes the table.
    """
    file = cache_folder() / f"{key}.parquet"
    try:
        return pyarrow.parquet.read_table(file)
    except FileNotFoundError:
        pass
    except (pyarrow.ArrowInvalid, OSError) as error:
        logger.warning("prepared reference %s can't be read (%s): made again", file, error)
    table = build()
    try:
        write_atomically(file, lambda target: pyarrow.parquet.write_table(table, target, compression="zstd"))
    except TableError as error:
        logger.warning("prepared reference not kept: %s", error)
    return table
