"""`carto scan` on folders: the same rows on one machine and on Spark, resumed part by part, bad input said."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pytest
from typer.testing import CliRunner

from carto_lib.cli import app
from carto_lib.errors import CartoError, FileFormatError
from carto_lib.screening import batches, engines
from carto_lib.screening.engines import LocalEngine

TEXTS: list[dict[str, Any]] = [
    {"id": 1, "title": "A cohort study in the SNDS, France", "abstract": None, "year": 2019},
    {"id": 2, "title": None, "abstract": "Smart Network Data Services (SNDS) filter mail.", "year": None},
    {"id": 3, "title": "Dialysis", "abstract": "French REIN registry data, linked to the SNDS.", "year": 2021},
    {"id": 4, "title": "Étude « PMSI » : données françaises du PMSI-MCO", "abstract": "", "year": None},
    {"id": 5, "title": None, "abstract": None, "year": 2020},
]


def spark_engine() -> None:
    """Skip where Spark can't run; fail where the CI requires everything."""
    lacks = [name for name, there in {"java": shutil.which("java"), "pyspark": _has_pyspark()}.items() if not there]
    if lacks and os.environ.get("CARTO_REQUIRE_SHARED"):
        pytest.fail(f"Spark needs {', '.join(lacks)}")
    if lacks:
        pytest.skip(f"Spark needs {', '.join(lacks)}")


def _has_pyspark() -> bool:
    return importlib.util.find_spec("pyspark") is not None


ENGINES = pytest.mark.parametrize("engine", ["local", "spark"])


@pytest.fixture
def engine_ready(request: pytest.FixtureRequest) -> None:
    if request.node.callspec.params.get("engine") == "spark":
        spark_engine()


def write_lines(folder: Path, texts: list[dict[str, Any]] = TEXTS) -> Path:
    (folder / "deep").mkdir(parents=True)
    for name, part in {"a.jsonl": texts[:2], "deep/b.jsonl": texts[2:]}.items():
        lines = [json.dumps(text, ensure_ascii=False) + "\n" for text in part]
        (folder / name).write_text("".join(lines), encoding="utf-8")
    (folder / "_SUCCESS").touch()
    return folder


def write_rows(folder: Path) -> Path:
    (folder / "deep").mkdir(parents=True)
    pd.DataFrame(TEXTS[:1]).to_parquet(folder / "a.parquet")  # no abstract at all, no year lacking: other types
    pd.DataFrame(TEXTS[1:]).to_parquet(folder / "deep" / "b.parquet")
    return folder


def read_answers(folder: Path) -> list[dict[str, Any]]:
    """Return the answers of every part, in order of id, as JSON writes them."""
    answers: list[dict[str, Any]] = []
    for part in [path for path in folder.rglob("*") if path.is_file() and path.name[0] not in "._"]:
        if part.suffix == ".parquet":
            answers += pyarrow.parquet.read_table(part, partitioning=None).to_pylist()
        else:
            answers += map(json.loads, part.read_text(encoding="utf-8").splitlines())
    return sorted(answers, key=lambda answer: answer["id"])


def carto(*arguments: str) -> Any:
    result = CliRunner().invoke(app, ["scan", *arguments])
    if isinstance(result.exception, CartoError):
        raise result.exception
    return result


@ENGINES
@pytest.mark.parametrize("write", [write_lines, write_rows])
@pytest.mark.usefixtures("engine_ready")
def test_both_engines_give_the_rows_of_one_process(
    engine: str, write: Callable[[Path], Path], tmp_path: Path, registry_scanner: Any
) -> None:
    folder, output = write(tmp_path / "texts"), tmp_path / "answers"
    result = carto(str(folder), "--engine", engine, "-o", str(output))
    assert result.exit_code == 0, result.output
    expected = registry_scanner.scan_all(TEXTS)
    assert read_answers(output) == json.loads(json.dumps(expected))
    assert [bool(answer["uses"]) for answer in expected] == [True, True, True, True, False]


@ENGINES
@pytest.mark.usefixtures("engine_ready")
def test_a_broken_line_is_one_sentence_on_both(engine: str, tmp_path: Path) -> None:
    folder = write_lines(tmp_path / "texts")
    with (folder / "a.jsonl").open("a") as file:
        file.write('{"id": 9, "title": 5}\n')
    with pytest.raises(FileFormatError, match=r"line 3.*'title' is '?5'?: a text or null is expected"):
        carto(str(folder), "--engine", engine, "-o", str(tmp_path / "answers"))
    assert not read_answers(tmp_path / "answers")


@pytest.fixture(scope="module")
def registry_scanner() -> Any:
    return batches._scanner()


def test_many_batches_on_several_processes_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 3)
    file = tmp_path / "texts.jsonl"
    texts = [TEXTS[number % len(TEXTS)] | {"id": number} for number in range(25)]
    file.write_text("".join(json.dumps(text) + "\n" for text in texts), encoding="utf-8")
    with LocalEngine(jobs=2) as engine, LocalEngine(jobs=1) as alone:
        lines = list(batches.as_lines(engine.answer([file])))
        assert lines == list(batches.as_lines(alone.answer([file])))
    assert [json.loads(line)["id"] for line in lines] == list(range(25))
    with file.open("a") as stream:
        stream.write("[1]\n")
    with LocalEngine(jobs=2) as engine, pytest.raises(FileFormatError, match=r"^texts\.jsonl, line 26: an object"):
        list(engine.answer([file]))


def test_a_killed_scan_goes_on_part_by_part(tmp_path: Path) -> None:
    texts, output, undisturbed = tmp_path / "texts", tmp_path / "answers", tmp_path / "undisturbed"
    texts.mkdir()
    for part in range(8):
        lines = [json.dumps(text | {"id": f"{part}-{n}"}) + "\n" for n in range(400) for text in TEXTS]
        (texts / f"{part}.jsonl").write_text("".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "carto_lib.cli", "scan", str(texts), "-o", str(output), "-j", "2"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while len(list(output.glob("*.jsonl"))) < 2:
            assert process.poll() is None, "the scan ended before it could be killed"
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    before = {path.name: path.stat().st_mtime_ns for path in output.glob("*.jsonl")}
    assert 2 <= len(before) < 8
    with LocalEngine(jobs=1) as engine:
        assert engine.answer_folder(texts, output) == (8 - len(before), len(before))
        engine.answer_folder(texts, undisturbed)
    assert {name: (output / name).stat().st_mtime_ns for name in before} == before
    for part in sorted(undisturbed.glob("*.jsonl")):
        assert (output / part.name).read_bytes() == part.read_bytes()
    (texts / "0.jsonl").write_text('{"id": "new"}\n', encoding="utf-8")
    with LocalEngine(jobs=1) as engine:
        assert engine.answer_folder(texts, output) == (1, 7)


def test_answers_of_another_registry_are_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts, output = write_lines(tmp_path / "texts"), tmp_path / "answers"
    carto(str(texts), "-o", str(output))
    monkeypatch.setattr(engines, "registry_fingerprint", lambda: "another")
    with pytest.raises(CartoError, match="another registry or version"):
        carto(str(texts), "-o", str(output))


def test_bad_folders_are_one_sentence(tmp_path: Path) -> None:
    texts = write_lines(tmp_path / "texts")
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").touch()
    for arguments, message in [
        ([str(tmp_path / "absent"), "-o", "x"], "absent n'existe pas"),
        ([str(other), "-o", str(tmp_path / "x")], "holds no part"),
        ([str(texts), "-o", str(other)], "holds something else than answers"),
        ([str(texts), "-o", str(texts / "answers")], "inside the texts' folder"),
        ([str(texts), "--engine", "spark", "-o", str(other)], "exists already"),
    ]:
        with pytest.raises(CartoError, match=message):
            carto(*arguments)
    write_rows(other / "rows")
    write_lines(other / "lines")
    with pytest.raises(FileFormatError, match="both JSON lines and Parquet"):
        carto(str(other), "-o", str(tmp_path / "x"))
    assert carto("--engine", "spark").exit_code == 2
    assert carto("--engine", "hadoop").exit_code == 2
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_text('{"id": 1}\n{"id": "a"}\n')
    with pytest.raises(FileFormatError, match="'id' is of several types"):
        carto(str(mixed), "-o", str(tmp_path / "mixed.parquet"))


def test_without_pyspark_the_remedy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(CartoError, match=r"pip install 'carto-sante\[spark\]'"):
        carto(str(write_lines(tmp_path / "texts")), "--engine", "spark", "-o", str(tmp_path / "answers"))


def test_the_help_names_the_extra_that_spark_needs() -> None:
    shown = "".join(CliRunner().invoke(app, ["scan", "--help"]).stdout.replace("│", " ").split())
    assert "carto-sante[spark]" in shown
