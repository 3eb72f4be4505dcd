"""Evaluation: figures against values worked out by hand, and populations of known size."""

import json
import random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from carto_lib.cli import app
from carto_lib.errors import CartoError, FileFormatError
from carto_lib.evaluation.capture import estimate_recall
from carto_lib.evaluation.cases import adjudicated, judged_cases, shared_publications
from carto_lib.evaluation.gold import annotators_agreement, export_gold, to_adjudicate
from carto_lib.evaluation.metrics import Counts, agreement, count, number_needed_to_read, proportion, wilson
from carto_lib.evaluation.quality import evaluate
from carto_lib.evaluation.split import part_of
from carto_lib.registry import load_registry
from carto_lib.screening.judgements import COLUMNS, every_label, other_readings, read_judgements, read_labels
from carto_lib.settings import GOLD_FILE


def test_wilson_of_known_values() -> None:
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_proportion(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1


def test_few_works_get_counts_only() -> None:
    few = proportion(4, 4)
    assert (few["k"], few["n"], few["value"]) == (4, 4, None)
    assert "under 5" in few["reason"]
    assert proportion(5, 5)["low"] < 0.6


def test_counts() -> None:
    counts = count([(True, True), (True, False), (False, True), (False, False), (True, True)])
    assert counts == Counts(2, 1, 1, 1)
    assert counts.figures()["precision"]["k"] == 2
    assert number_needed_to_read(330, 596) == 1.81
    assert number_needed_to_read(0, 5) is None


def test_agreement_of_known_values() -> None:
    first = ["uses"] * 9 + ["none"]
    second = ["uses"] * 8 + ["none", "uses"]
    result = agreement(first, second)
    assert result["agreed"] == 0.8
    assert result["kappa"] == pytest.approx(-0.1111, abs=1e-4)
    assert result["ac1"] == pytest.approx((0.8 - 0.18) / (1 - 0.18), abs=1e-4)
    assert agreement(["a"], ["a"])["kappa"] is None
    with pytest.raises(CartoError, match="two labels for each pair"):
        agreement(["a"], [])


def channels(size: int, rates: dict[str, float], seed: int) -> dict[str, set[str]]:
    rng = random.Random(seed)
    return {name: {str(work) for work in range(size) if rng.random() < rate} for name, rate in rates.items()}


def test_agreement_of_a_published_example() -> None:
    """Gwet 2008 (Br J Math Stat Psychol 61:29): 118, 5, 2 and 0 of 125; Cohen's kappa is -0.02, AC1 0.94."""
    first = ["yes"] * 118 + ["yes"] * 5 + ["no"] * 2
    second = ["yes"] * 118 + ["no"] * 5 + ["yes"] * 2
    result = agreement(first, second)
    assert result["agreed"] == 0.944
    assert result["kappa"] == pytest.approx(-0.0234, abs=1e-4)
    assert result["ac1"] == pytest.approx(0.9408, abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_a_population_of_known_size_is_recovered(seed: int) -> None:
    lists = channels(1000, {"pubmed": 0.6, "hal": 0.4, "holder": 0.3}, seed)
    result = estimate_recall(lists)
    assert result.low * 0.95 <= 1000 <= result.high * 1.05
    (low, high), (lowest, highest) = result.recall, result.interval
    assert 0 < lowest <= low <= high <= highest <= 1
    true = len(set().union(*lists.values())) / 1000
    assert lowest <= true <= highest


def test_dependent_channels_need_their_interaction() -> None:
    rng = random.Random(1)
    lists: dict[str, set[str]] = {"pubmed": set(), "europepmc": set(), "hal": set()}
    for work in map(str, range(2000)):
        in_pubmed = rng.random() < 0.5
        if in_pubmed:
            lists["pubmed"].add(work)
        if rng.random() < (0.9 if in_pubmed else 0.2):
            lists["europepmc"].add(work)
        if rng.random() < 0.4:
            lists["hal"].add(work)
    result = estimate_recall(lists)
    assert ("europepmc", "pubmed") in result.models[0].interactions
    assert result.low * 0.95 <= 2000 <= result.high * 1.05


def test_lists_that_ingest_one_another_are_refused() -> None:
    lists = channels(100, {"pubmed": 0.6, "europepmc": 0.7}, 1)
    with pytest.raises(CartoError, match="ingest one another"):
        estimate_recall(lists)
    with pytest.raises(CartoError, match="ingest one another"):
        estimate_recall(lists | {"openalex": {"1", "2"}})
    with pytest.raises(CartoError, match="two channels"):
        estimate_recall({"pubmed": {"1"}})
    with pytest.raises(CartoError, match="overlap is empty"):
        estimate_recall({"pubmed": {"1"}, "hal": {"2"}})


def test_the_split_is_a_hash() -> None:
    parts = [part_of(f"doi:10.1/{n}") for n in range(1000)]
    assert 400 < parts.count("derivation") < 600
    assert part_of("doi:10.1/1") == part_of("doi:10.1/1")


def test_a_database_is_evaluated_on_the_embedded_corpus(tmp_path) -> None:
    publications = shared_publications()
    result = evaluate("pmsi", load_registry(), tmp_path, publications=publications)
    validation = result["screening"]["validation"]
    assert validation["n"] >= 50
    assert validation["on_database"]["precision"]["low"] > 0.8
    sensitivity, precision = (validation["on_database"][name] for name in ("sensitivity", "precision"))
    missed, wrong = sensitivity["n"] - sensitivity["k"], precision["n"] - precision["k"]
    assert len(validation["errors"]) == missed + wrong
    assert validation["error_rate"]["k"] == missed + wrong
    unseen = result["screening"]["cross_validation"]
    assert unseen["method"].startswith("grouped cross-validation" if publications else "in sample: too few")
    assert unseen["n"] == sum(result["works"]["derivation"].values())
    assert result["recall"] == result["nnr"] == {"value": None, "reason": "not_harvested"}
    versions = [query["version"] for query in result["queries"]]
    assert versions[:3] == [0, 1, 2]
    assert result["queries"][1]["sensitivity"]["k"] >= result["queries"][0]["sensitivity"]["k"]
    for drift, before, after in zip(result["drift"], result["queries"], result["queries"][1:], strict=False):
        found = before["sensitivity"]["k"] + len(drift["gained"]) - len(drift["lost"])
        assert found == after["sensitivity"]["k"]
        assert (drift["from"], drift["to"]) == (before["version"], after["version"])


def test_unknown_works_and_unjudged_databases_are_named(tmp_path) -> None:
    header = "work_id,database,label,reason,annotator,labelled_on,origin,note\n"
    file = tmp_path / "gold.csv"
    file.write_text(header + "doi:10.0/none,snds,uses,,a,,x,\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"gold.csv, line 2: unknown work 'doi:10.0/none'"):
        evaluate("snds", load_registry(), tmp_path, gold=file)
    file.write_text(header + "doi:10.2337/dc22-1148,snds,uses,,a,,x,\n", encoding="utf-8")
    with pytest.raises(CartoError, match="no judged work for 'pmsi'"):
        evaluate("pmsi", load_registry(), tmp_path, gold=file)


LABELS = [
    ("doi:1", "snds", "uses", "a"),
    ("doi:1", "snds", "uses", "b"),
    ("doi:2", "snds", "none", "a"),
    ("doi:2", "snds", "uses", "b"),
    ("doi:3", "pmsi", "", "a"),
    ("doi:3", "pmsi", "uses", "b"),
]


def labels() -> pd.DataFrame:
    rows = [dict(zip(("work_id", "database", "label", "annotator"), row, strict=True)) for row in LABELS]
    return pd.DataFrame(rows, columns=list(COLUMNS)).fillna("")


def test_annotators_agree_on_what_both_labelled() -> None:
    (result,) = annotators_agreement(labels())
    assert (result["first"], result["second"], result["n"], result["agreed"]) == ("a", "b", 2, 0.5)


def test_disagreements_wait_for_adjudication() -> None:
    assert to_adjudicate(labels()).values.tolist() == [["doi:2", "snds", "a: none, b: uses"]]
    settled = pd.concat([labels(), labels().iloc[[2]].assign(origin="adjudication")])
    assert to_adjudicate(settled).empty


def test_labels_survive_a_round_trip_through_ris(tmp_path) -> None:
    file = tmp_path / "gold.ris"
    export_gold(labels(), {"doi:1": "Étude A"}, file)
    assert "Étude A" in file.read_text(encoding="utf-8")
    assert read_labels(file)[list(COLUMNS)].values.tolist() == labels().values.tolist()
    export_gold(labels(), {"doi:1": "Étude A"}, tmp_path / "gold.csv")
    assert read_labels(tmp_path / "gold.csv")[list(COLUMNS)].values.tolist() == labels().values.tolist()
    with pytest.raises(CartoError, match=r"'gold\.txt'"):
        export_gold(labels(), {}, tmp_path / "gold.txt")
    file.write_text("TY  - JOUR\nID  - doi:1\nER  - \n", encoding="utf-8")
    with pytest.raises(FileFormatError, match="record 1"):
        read_labels(file)
    file.write_text("TY  - JOUR\nID  - doi:1\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"gold\.ris, line 1.*doesn't end"):
        read_labels(file)


def test_the_command_takes_labels_in_and_out_through_ris(tmp_path) -> None:
    known = read_labels(GOLD_FILE)
    luc = known[known["label"] == "uses"].head(1).assign(annotator="luc", label="mentions", origin="file")
    export_gold(luc, {}, tmp_path / "luc.ris")

    def run(*asked: str) -> dict:
        said = CliRunner().invoke(app, ["labels", "--data", str(tmp_path), "--json", *asked])
        assert said.exit_code == 0, said.output
        return json.loads(said.stdout)

    first = run("--from", str(tmp_path / "luc.ris"), "-o", str(tmp_path / "all.ris"))
    assert first["imported"] == 1
    run("--gold", str(tmp_path / "all.ris"), "-o", str(tmp_path / "all.csv"))
    columns = list(COLUMNS)
    together = read_labels(tmp_path / "all.csv")[columns].fillna("")
    assert len(together) == len(known) + 1
    assert together[together["annotator"] == "luc"].values.tolist() == luc[columns].fillna("").values.tolist()
    rest = together[together["annotator"] != "luc"].values.tolist()
    assert sorted(rest) == sorted(known[columns].fillna("").values.tolist())


def test_other_readings_measure_agreement_and_settle_nothing(tmp_path) -> None:
    gold = tmp_path / "gold.csv"
    one = labels().iloc[[0]]
    export_gold(one, {}, gold)
    assert other_readings(gold).empty
    export_gold(one.assign(annotator="z", label="mentions"), {}, tmp_path / "readings.csv")
    assert list(read_judgements(gold)["label"]) == list(one["label"])
    said = CliRunner().invoke(app, ["labels", "--data", str(tmp_path), "--gold", str(gold), "--json"])
    result = json.loads(said.stdout)
    assert (result["imported"], result["agreement"][0]["n"], result["agreement"][0]["agreed"]) == (0, 1, 0.0)
    assert result["disputed"][0]["labels"] == "a: uses, z: mentions"


def test_what_readers_settled_holds_over_what_was_recorded(tmp_path) -> None:
    work = "doi:10.2337/dc22-1148"
    gold = tmp_path / "gold.csv"
    row = labels().iloc[[0]].assign(work_id=work)
    export_gold(row, {}, gold)
    assert [case.truth for case in judged_cases(load_registry(), gold)["snds"]] == [{"snds": "uses"}]
    settled = row.assign(annotator="all", origin="adjudication", label="mentions")
    export_gold(pd.concat([row, settled]), {}, gold)
    assert [case.truth for case in judged_cases(load_registry(), gold)["snds"]] == [{"snds": "mentions"}]
    export_gold(settled.assign(work_id="doi:2"), {}, tmp_path / "readings.csv")
    assert adjudicated(gold) == {(work, "snds"): "mentions", ("doi:2", "snds"): "mentions"}


def test_the_gold_set_was_read_again_and_its_readers_agree() -> None:
    results = annotators_agreement(every_label(registry=load_registry()))
    assert len(results) >= 10
    assert min(result["kappa"] for result in results) > 0.6


def test_one_annotator_cannot_say_two_things(tmp_path) -> None:
    file = tmp_path / "gold.csv"
    twice = pd.concat([labels().iloc[[2]], labels().iloc[[2]].assign(label="uses")])
    export_gold(twice, {}, file)
    with pytest.raises(FileFormatError, match="lines 2 and 3: a says both 'none' and 'uses'"):
        read_labels(file)
