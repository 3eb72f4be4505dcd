"""Scanning on Spark (optional extra ``spark``): the same pure function as on one machine, through ``mapInArrow``."""

import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pyarrow

from carto_lib.errors import CartoError, FileFormatError
from carto_lib.screening.batches import BATCH, LINE, columns_read, scan_batches
from carto_lib.screening.engines import check_parts
from carto_lib.screening.scanning import SCANNED, answer_type

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

LOCAL = {"spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false"}
COMMON = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH),
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
}


class SparkEngine:
    """Answers texts with the Spark that submitted this command (``spark-submit``), else with a local one.

    Raises
    ------
    CartoError
        If pyspark or Java is missing.
    """

    def __init__(self) -> None:
        self.session = _start()

    def __enter__(self) -> "SparkEngine":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.stop()

    def answer(self, places: Iterable[str]) -> Iterator[pyarrow.RecordBatch]:
        """Yield the answers to the texts of files or folders, brought back to this process in Spark's order.

        Raises
        ------
        FileFormatError
            If a place can't be read, or a text isn't one.
        """
        from pyspark.sql.pandas.types import to_arrow_schema

        for place in places:
            with _explained(place):
                answers = self._answers(place)
                schema = to_arrow_schema(answers.schema)
                rows = answers.toLocalIterator()
                while batch := [row.asDict(recursive=True) for row in islice(rows, BATCH)]:
                    yield pyarrow.RecordBatch.from_pylist(batch, schema=schema)

    def answer_folder(self, place: str, output: str) -> None:
        """Write the answers to the texts of a file or folder as a folder of parts, by Spark's own writers.

        Parameters
        ----------
        place, output : str
            Paths, or addresses that Spark understands (``hdfs://…``, ``s3a://…``); the output must not exist yet.

        Raises
        ------
        FileFormatError
            If a place can't be read or written, or a text isn't one; no answer is then left.
        """
        with _explained(place):
            answers = self._answers(place)
            save = answers.write.text if answers.columns == [LINE] else answers.write.parquet
            save(output)

    def _answers(self, place: str) -> "DataFrame":
        from pyspark.sql.pandas.types import from_arrow_type
        from pyspark.sql.types import StringType, StructType

        reader = self.session.read.option("recursiveFileLookup", True)
        files = [row.path for row in reader.format("binaryFile").load(place).select("path").toLocalIterator()]
        parts = [file for file in files if not PurePosixPath(file).name.startswith((".", "_"))]
        if not check_parts([PurePosixPath(part).name for part in parts], place):
            lines = self.session.read.option("recursiveFileLookup", True).text(place, lineSep="\n").toDF(LINE)
            return lines.mapInArrow(scan_batches, StructType().add(LINE, StringType()))
        rows = self._rows(place, parts)
        answer = StructType().add("id", rows.schema["id"].dataType).add("uses", from_arrow_type(answer_type()))
        return rows.mapInArrow(scan_batches, answer)

    def _rows(self, place: str, parts: list[str]) -> "DataFrame":
        """Return the rows of Parquet parts, whose types may differ: a part without any year or abstract says so little.

        Spark reads such a column as whole numbers, and refuses to merge it with texts.
        """
        reader = self.session.read.option("recursiveFileLookup", True).option("mergeSchema", True)
        try:
            table = reader.parquet(place)
            return table.select(*columns_read(table.columns, place))
        except _spark_errors():
            rows = [self._typed(part) for part in parts]
        return reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), rows)

    def _typed(self, part: str) -> "DataFrame":
        from pyspark.sql.functions import col

        table = self.session.read.parquet(part)
        types = dict.fromkeys((*SCANNED, "type"), "string") | {"year": "double"}
        names = columns_read(table.columns, part)
        return table.select(*[col(name).cast(types[name]) if name in types else col(name) for name in names])


def _start() -> "SparkSession":
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise CartoError("the Spark engine needs pyspark: pip install 'carto-sante[spark]'") from error
    builder = SparkSession.builder.appName("carto scan")
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # spark-submit didn't start this process
        if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
            raise CartoError("Spark needs Java 17 or newer: install it (Debian: apt install default-jre-headless)")
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = builder.master("local[*]").config(map=dict(LOCAL))
    # PySpark 4.3 warns at each call that not all of it supports pandas 3: nothing here goes through pandas
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    return builder.config(map=dict(COMMON)).getOrCreate()


@contextmanager
def _explained(place: str) -> Iterator[None]:
    """Say in one sentence what Spark says in a hundred lines."""
    try:
        yield
    except _spark_errors() as error:
        ours = re.search(r"FileFormatError: ((?:line|row) \d+)(: .*)", str(error))
        if ours:
            raise FileFormatError(f"{place}, {ours[1]} of one of Spark's partitions{ours[2]}") from None
        said = re.sub(r"^\[[A-Z_.]+\]\s*", "", _root(error).strip().splitlines()[0])
        raise FileFormatError(f"Spark can't answer the texts of {place} ({said[:300]}): check them") from None


def _spark_errors() -> tuple[type[Exception], ...]:
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JJavaError


def _root(error: Exception) -> str:
    """Return the message of the first cause: Spark's own says no more than which call failed."""
    cause = getattr(error, "java_exception", None)
    said = str(error)
    while cause is not None:
        said, cause = str(cause.getMessage() or said), cause.getCause()
    return said or type(error).__name__
