"""`carto match`."""

import json
import subprocess
import sys

import pytest

from carto_lib.cli import main


def run(arguments: list[str], text: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from carto_lib.cli import main; main()", "match", *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def test_one_line_out_for_each_line_in() -> None:
    lines = [
        {"id": 1, "affiliation": "CHU de Rennes, Rennes, France"},
        {"id": "x", "affiliation": None},
        {"id": 3, "affiliation": ""},
    ]
    done = run([], "".join(json.dumps(line) + "\n" for line in lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [answer["id"] for answer in answers] == [1, "x", 3]
    assert answers[0]["matches"][0]["id"] == "https://ror.org/05qec5a53"
    assert answers[0]["country"] == "FR"
    assert answers[1] == {"id": "x", "country": None, "city": None, "matches": []}


@pytest.mark.parametrize("line", ["{oops", "[1]", '{"id": 1}', '{"id": 1, "affiliation": 3}'])
def test_a_broken_line_is_one_sentence(line: str) -> None:
    done = run([], '{"id": 1, "affiliation": "Paris"}\n' + line + "\n")
    assert done.returncode == 1
    assert "line 2" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["carto", "match", "absent.jsonl"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 1
    assert "absent.jsonl" in capsys.readouterr().err
