"""The journal of what people say: no label lost, whoever writes and whatever is killed."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest

from carto_lib.errors import CartoError
from carto_lib.evaluation.gold import to_adjudicate
from carto_lib.journal import (
    ADJUDICATION,
    add_label,
    add_report,
    annotator_name,
    journal_file,
    read_journal,
    standing_labels,
    undo_last,
)
from carto_lib.screening.judgements import COLUMNS, journal_labels, with_journal

WRITTEN = 200


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return journal_file(tmp_path)


def write_many(file: Path, annotator: str) -> None:
    for number in range(WRITTEN):
        add_label(file, f"doi:10.1/{number}", "snds", "uses", annotator)


def test_two_processes_at_once_lose_no_label(journal: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(write_many, [journal, journal], ["Ann", "Luc"]))
    assert all(json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines())
    labels = standing_labels(read_journal(journal))
    assert {name: sum(label["annotator"] == name for label in labels) for name in ("Ann", "Luc")} == {
        "Ann": WRITTEN,
        "Luc": WRITTEN,
    }


def test_a_killed_writer_keeps_every_label_it_was_told_is_kept(journal: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from carto_lib.journal import add_label\n"
        "for n in range(9**9):\n"
        "  add_label(Path(sys.argv[1]), f'doi:10.1/{n}', 'snds', 'uses', 'Ann'); print(n, flush=True)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(journal)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(20)]
    os.kill(process.pid, signal.SIGKILL)
    told += [int(line) for line in process.stdout.read().split()]
    process.wait()
    kept = {label["work_id"] for label in standing_labels(read_journal(journal))}
    assert {f"doi:10.1/{number}" for number in told} <= kept


def test_a_line_cut_by_a_kill_costs_no_other_line(journal: Path, caplog: pytest.LogCaptureFixture) -> None:
    add_label(journal, "doi:10.1/1", "snds", "uses", "Ann")
    with journal.open("ab") as stream:
        stream.write(b'{"kind":"label","work_id":"doi:10')
    add_label(journal, "doi:10.1/2", "snds", "uses", "Ann")
    assert [entry["work_id"] for entry in read_journal(journal)] == ["doi:10.1/1", "doi:10.1/2"]
    assert "line 2: broken" in caplog.text


def test_undo_is_an_added_line_and_gives_the_former_label_back(journal: Path) -> None:
    add_label(journal, "doi:10.1/1", "snds", "uses", "Ann")
    add_label(journal, "doi:10.1/1", "snds", "mentions", "Luc")
    add_label(journal, "doi:10.1/1", "snds", "describes", "Ann")
    assert [label["label"] for label in standing_labels(read_journal(journal))] == ["mentions", "describes"]
    assert (undo_last(journal, "Ann") or {})["label"] == "describes"
    assert {label["annotator"]: label["label"] for label in standing_labels(read_journal(journal))} == {
        "Ann": "uses",
        "Luc": "mentions",
    }
    assert (undo_last(journal, "Ann") or {})["label"] == "uses"
    assert undo_last(journal, "Ann") is None
    assert len(journal.read_text(encoding="utf-8").splitlines()) == 5


def test_labels_complete_the_gold_file(journal: Path) -> None:
    row = dict.fromkeys(COLUMNS, "") | {"database": "snds", "annotator": "Zoé", "line": 2}
    gold = pd.DataFrame([row | {"work_id": "doi:10.1/1", "label": "uses"}, row | {"work_id": "doi:10.1/2"}])
    add_label(journal, "doi:10.1/1", "snds", "mentions", "Ann")  # differs from the gold file
    add_label(journal, "doi:10.1/2", "snds", "false_friend", "Ann")
    add_label(journal, "doi:10.1/3", "snds", "uses", "Ann")
    add_label(journal, "doi:10.1/3", "snds", "describes", "Luc")  # two people differ
    add_label(journal, "doi:10.1/4", "snds", "unsure", "Ann")
    add_label(journal, "doi:10.1/5", "snds", "uses", "Ann")
    add_label(journal, "doi:10.1/5", "snds", "describes", "Ann")  # the later one wins
    settled = with_journal(gold, journal).set_index("work_id")
    assert settled["label"].to_dict() == {
        "doi:10.1/1": "uses",
        "doi:10.1/2": "none",
        "doi:10.1/3": "",
        "doi:10.1/4": "",
        "doi:10.1/5": "describes",
    }
    assert settled.loc["doi:10.1/2", "reason"] == "false_friend"
    everything = pd.concat([gold, journal_labels(journal)])
    assert list(to_adjudicate(everything)["work_id"]) == ["doi:10.1/1", "doi:10.1/3"]
    add_label(journal, "doi:10.1/3", "snds", "describes", "Zoé", ADJUDICATION)
    assert with_journal(gold, journal).set_index("work_id").loc["doi:10.1/3", "label"] == "describes"


@pytest.mark.parametrize("name", ["", "   ", "ann@example.org", "x" * 61])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(CartoError, match="no e-mail"):
        annotator_name(name)


def test_a_report_is_one_line_without_e_mail_or_line_feed(journal: Path) -> None:
    add_report(journal, "wrong", "Not the SNDS\n{}\x00 write to ann@example.org" + "x" * 900, work_id="doi:10.1/1")
    [entry] = read_journal(journal)
    assert "@" not in entry["text"]
    assert len(entry["text"]) <= 500
    assert len(journal.read_text(encoding="utf-8").splitlines()) == 1
    with pytest.raises(CartoError, match="say what"):
        add_report(journal, "missing", " \n ")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "queue").write_text("a file where the folder should be")
    with pytest.raises(CartoError, match="can't write"):
        add_label(journal_file(tmp_path), "doi:10.1/1", "snds", "uses", "Ann")
