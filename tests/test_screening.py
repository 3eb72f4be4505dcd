"""Screening: what each rule decides, judgements beside the machine's answer, scanning line for line."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from carto_lib.cli import app
from carto_lib.errors import FileFormatError
from carto_lib.mentions import read_works
from carto_lib.registry import Registry, load_registry
from carto_lib.screening import Scanner, read_judgements, scan, screen, screen_corpora
from carto_lib.tables import Corpus, empty_table

HEADER = "work_id,database,label,reason,annotator,labelled_on,origin,note\n"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry()


def answer(registry: Registry, **record: object) -> dict[str, dict]:
    return {use["database"]: use for use in scan({"id": 1, **record}, registry)["uses"]}


def test_a_use_is_accepted_with_its_evidence(registry: Registry) -> None:
    use = answer(
        registry,
        title="Risk of stroke in France: a nationwide cohort study",
        abstract="Background. Data were extracted from the French National Health Data System (SNDS), 2015–2019.",
        year=2021,
    )["snds"]
    assert (use["label"], use["decision"]) == ("uses", "accepted")
    assert use["score"] > 0.8
    assert use["passage"].startswith("Data were extracted")
    assert use["names"] == ["French National Health Data System", "SNDS"]
    assert use["features"]


def test_two_databases_in_one_work(registry: Registry) -> None:
    uses = answer(
        registry, title="Dialysis in France", abstract="We linked the REIN registry with the SNDS.", year=2020
    )
    assert {"rein", "snds"} <= uses.keys()


def test_a_false_friend_is_refused_with_its_reason(registry: Registry) -> None:
    use = answer(registry, title="Ramipril Efficacy In Nephropathy (REIN) trial", abstract=None)["rein"]
    assert (use["label"], use["reason"], use["decision"]) == ("none", "false_friend", "rejected")


def test_a_work_older_than_the_database(registry: Registry) -> None:
    start = registry["rein"].period.from_
    text = {"title": "Dialysis in France", "abstract": "We used REIN to count French patients on dialysis."}
    use = answer(registry, **text, year=start - 1)["rein"]
    assert (use["label"], use["reason"], use["decision"]) == ("none", "too_early", "rejected")
    assert answer(registry, **text, year=None)["rein"]["reason"] != "too_early"


def test_a_base_named_in_full_before_it_began_is_announced_and_read_by_a_person(registry: Registry) -> None:
    start = registry["rein"].period.from_
    use = answer(registry, title="Setting up the French REIN registry", abstract=None, year=start - 1)["rein"]
    assert (use["label"], use["reason"], use["decision"]) == ("describes", "too_early", "review")


def test_a_protocol_is_labelled_apart(registry: Registry) -> None:
    use = answer(registry, title="Cohort profile: the French CONSTANCES cohort", abstract=None)["constances"]
    assert (use["label"], use["reason"]) == ("describes", "cohort_profile")


def works(*titles: str) -> pd.DataFrame:
    rows = [{"work_id": f"doi:{n}", "title": title, "year": 2020} for n, title in enumerate(titles)]
    return pd.DataFrame(rows, columns=empty_table("works").columns)


def gold(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "labels.csv"
    file.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def test_a_person_decides_and_the_machine_stands_beside(registry: Registry, tmp_path: Path) -> None:
    frame = works("A cohort study in the SNDS, France", "A trial", "Another")
    judged = read_judgements(
        gold(tmp_path, "doi:0,snds,mentions,,a,2026-01-01,x,", "doi:1,snds,,,a,2026-01-01,x,", "doi:9,snds,uses,,a,,x,")
    )
    table = screen(frame, read_works(frame, registry), registry, judged, database="snds").set_index("work_id")
    assert list(table.index) == ["doi:0", "doi:1", "doi:2"]
    first = table.loc["doi:0"]
    assert (first["label"], first["decided_by"], first["screener_label"]) == ("mentions", "person", "uses")
    assert first["screener_decision"] == "accepted"
    second = table.loc["doi:1"]
    assert (second["label"], second["reason"], second["decision"]) == ("none", "unlabelled", "review")
    third = table.loc["doi:2"]
    assert (third["label"], third["reason"], third["decided_by"]) == ("none", "no_mention", "rule")


def test_tables_of_a_corpus_are_the_same_twice(registry: Registry, tmp_path: Path) -> None:
    corpus = Corpus.of(tmp_path, "snds")
    corpus.write("works", works("A cohort study in the SNDS, France", "A trial"))
    contents = []
    for _ in range(2):
        screen_corpora([corpus], registry)
        contents.append([corpus.file(name).read_bytes() for name in ("mentions", "uses")])
    assert contents[0] == contents[1]
    assert corpus.uses["decision"].tolist() == ["accepted", "rejected"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["doi:1,snds,used,,a,,x,"], "line 2.*'used'"),
        (["doi:1,nope,uses,,a,,x,"], "line 2.*'nope'"),
        (["doi:1,snds,uses"], "line 2.*columns expected"),
        ([",snds,uses,,a,,x,"], "line 2.*empty"),
        (["doi:1,snds,uses,,a,,x,", "doi:1,snds,none,,b,,x,"], "lines 2 and 3.*both 'uses' and 'none'"),
        (["doi:1,snds,uses,maybe,a,,x,"], "line 2.*'maybe'"),
    ],
)
def test_bad_labels_are_named(registry: Registry, tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(FileFormatError, match=message):
        read_judgements(gold(tmp_path, *lines), registry)


def test_adjudication_settles_a_pair(tmp_path: Path) -> None:
    file = gold(tmp_path, "doi:1,snds,uses,,a,,x,", "doi:1,snds,none,,b,,x,", "doi:1,snds,describes,,c,,adjudication,")
    with pytest.raises(FileFormatError):
        read_judgements(gold(tmp_path, "doi:1,snds,uses,,a,,x,", "doi:1,snds,none,,b,,x,"))
    file = gold(tmp_path, "doi:1,snds,describes,,c,,adjudication,", "doi:1,snds,uses,,a,,x,", "doi:1,snds,none,,b,,x,")
    assert read_judgements(file)["label"].tolist() == ["describes"]


def test_the_gold_file_is_sound(registry: Registry) -> None:
    assert len(read_judgements(registry=registry)) > 500


def test_scan_answers_line_for_line(tmp_path: Path) -> None:
    lines = [
        {"id": "a", "title": "A cohort study in the SNDS, France", "abstract": None},
        {"id": "b", "title": None, "abstract": "Nothing here", "year": None},
        {"id": 3, "title": "x", "abstract": "", "text": "French REIN registry data were used.", "year": "2020"},
    ]
    result = CliRunner().invoke(app, ["scan"], input="".join(json.dumps(line) + "\n" for line in lines))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", "b", 3]
    assert [[use["database"] for use in answer["uses"]] for answer in answers] == [["snds"], [], ["rein"]]
    file = tmp_path / "in.parquet"
    pd.DataFrame(lines).astype({"id": str}).drop(columns="year").to_parquet(file)
    out = tmp_path / "out.parquet"
    assert CliRunner().invoke(app, ["scan", str(file), "-o", str(out)]).exit_code == 0
    assert pd.read_parquet(out)["id"].tolist() == ["a", "b", "3"]
    assert pd.read_parquet(out)["uses"].iloc[0][0]["database"] == "snds"


def test_scan_answers_half_a_surrogate_pair() -> None:
    result = CliRunner().invoke(app, ["scan"], input='{"id": "\\ud800", "title": "\\ud83d SNDS data in France"}\n')
    answer = json.loads(result.stdout)
    assert (answer["id"], answer["uses"][0]["database"]) == ("\ud800", "snds")


def test_a_long_text_full_of_names_is_read_once_and_for_all(registry: Registry) -> None:
    text = "We used the SNDS and the REIN registry in France. " * 2000
    assert answer(registry, title="Dialysis", text=text).keys() == {"snds", "rein"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": 1', "line 2: broken JSON"),
        ("", "line 2: empty line"),
        ("[1]", "line 2: an object"),
        ('{"id": 1, "title": 5}', "line 2: 'title'"),
        ('{"id": 1, "year": "soon"}', "line 2: 'year' is 'soon'"),
    ],
)
def test_scan_names_the_broken_line(line: str, message: str) -> None:
    result = CliRunner().invoke(app, ["scan"], input='{"id": 0}\n' + line + "\n")
    assert isinstance(result.exception, FileFormatError)
    assert message in str(result.exception)


def test_look_alikes_are_never_accepted(registry: Registry, shared: Path) -> None:
    from carto_lib.evaluation.cases import read_cases

    cases = [case for case in read_cases(shared / "publications") if case.kind in ("false_friend", "foreign")]
    assert len(cases) > 50
    answers = Scanner(registry).scan_all([case.record() for case in cases])
    accepted = [
        (case.title, use["database"], use["names"])
        for case, answer in zip(cases, answers, strict=True)
        for use in answer["uses"]
        if use["decision"] == "accepted" and case.truth.get(use["database"]) == "none"
    ]
    assert accepted == []
