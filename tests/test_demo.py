"""The embedded corpus through the four notebooks: counts, rules of the sample, the same bytes when run again."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import papermill
import pytest
from conftest import PROJECT_ROOT

from carto_lib import exports, indicators
from carto_lib.networks import read_network
from carto_lib.screening import read_judgements
from carto_lib.tables import Atlas, corpora

DEMO = PROJECT_ROOT / "data" / "demo" / "works.jsonl"
GOLD = PROJECT_ROOT / "data" / "gold" / "labels.csv"


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Run `carto demo --no-serve` with no reference data but those embedded, and no network."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {key: value for key, value in os.environ.items() if key != "CARTO_REFERENCE"}
    environment["PYTHONPATH"] = str(PROJECT_ROOT / "tests" / "data" / "no_network")
    command = [sys.executable, "-m", "carto_lib.cli", "demo", "--no-serve", "--data", str(folder)]
    outcome = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert outcome.returncode == 0, outcome.stderr[-2000:]
    return folder


@pytest.fixture(scope="module")
def atlas(data) -> Atlas:
    return Atlas(data / "atlas")


@pytest.mark.parametrize("readme", ["README.md", "README.en.md"])
def test_the_notebook_lines_of_the_readme_run_on_it(atlas, readme):
    _, _, code = (PROJECT_ROOT / readme).read_text(encoding="utf-8").partition("```python\n")
    code = code.partition("```")[0]
    lines = code.replace('"data/atlas"', repr(str(atlas.path))).splitlines()
    place = next(number for number, line in enumerate(lines) if "people_between" in line)
    lines[place] = f"chain = {lines[place]}"
    lines[-1] = f"found = {lines[-1]}"
    names = {}
    exec("\n".join(lines), names)  # noqa: S102 - our own README
    assert len(names["chain"]) > 2
    assert len(names["found"])


@pytest.fixture(scope="module")
def gold() -> pd.DataFrame:
    return pd.read_csv(GOLD, dtype=str, keep_default_na=False)


def test_every_record_is_in_the_atlas_once(atlas):
    lines = DEMO.read_text(encoding="utf-8").splitlines()
    databases = {name for line in lines for name in json.loads(line)["databases"]}
    assert len(atlas.records) == len(lines) == 544
    assert len(atlas.works) == 542  # two works stand twice in the sample, in French and in English or on two pages
    assert set(atlas.databases["database"]) >= databases
    assert len(databases) == 111


def test_judged_pairs_are_decided_by_a_person_with_the_screener_beside(atlas):
    uses = atlas.uses.set_index(["work_id", "database"])
    links = atlas.links.set_index("source_id")["work_id"]
    judged = read_judgements(GOLD)
    judged = judged[judged["label"] != ""]
    found = 0
    for row in judged.itertuples():
        work_id = links.get(row.work_id.removeprefix("x:"), row.work_id)
        if (work_id, row.database) in uses.index:
            use = uses.loc[(work_id, row.database)]
            assert use["decided_by"] == "person"
            assert use["label"] == row.label
            assert use["screener_decision"] in {"accepted", "review", "rejected"}
            found += 1
    assert found >= len(judged) - 2


def test_an_unjudged_candidate_is_no_use(atlas, gold):
    unjudged = gold[(gold["label"] == "") & (gold["origin"] == "demo")]
    uses = atlas.uses.merge(unjudged[["work_id", "database"]], on=["work_id", "database"])
    assert len(uses) > 90
    assert set(uses["label"]) == {"none"}
    assert set(uses["decision"]) == {"review"}


def test_printed_names_give_mentions_with_their_offsets(atlas):
    printed = atlas.mentions[atlas.mentions["field"] == "names_printed"]
    assert len(printed) > 600
    assert (printed["end"] - printed["start"] == printed["name"].str.len()).all()


def test_affiliations_of_the_work_are_nobody_s(atlas):
    assert set(atlas.affiliations["position"]) == {0}
    assert atlas.institutions["works"].gt(0).sum() > 200
    assert not atlas.authorships["position"].eq(0).any()


def test_unknown_years_stay_unknown(atlas):
    assert atlas.works["year"].isna().sum() == 105


def test_no_abstract_and_no_address_is_embedded(atlas):
    assert atlas.works["abstract"].isna().all()
    for name in ("records", "authorships", "affiliations", "authors"):
        assert not atlas.table(name).astype(str).apply(lambda column: column.str.contains("@")).any().any(), name


def test_networks_have_positions_and_communities(atlas):
    for name in ("coauthorship", "coinstitution"):
        network = read_network(atlas, name)
        assert len(network.nodes) > 100
        assert network.nodes["community"].notna().all()
        assert network.nodes[["x", "y"]].notna().all().all()


def test_every_folder_describes_itself(data):
    for folder in [*(corpus.path for corpus in corpora(data)), data / "atlas"]:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        for resource in package["resources"]:
            content = (folder / resource["path"]).read_bytes()
            assert resource["bytes"] == len(content)
            assert resource["hash"].removeprefix("sha256:") == hashlib.sha256(content).hexdigest()


def test_the_atlas_answers_what_a_notebook_asks(atlas):
    snds = atlas.select(databases=["snds"], years=(2015, 2025))
    assert 50 < len(snds.works) < 200
    network = read_network(atlas, "coauthorship")
    assert len(network.people_between("Alain Weill", "Marie Zins")) >= 2


def test_the_notebooks_run_again_to_the_same_outputs_and_bytes(data):
    """Validate the executed notebooks with nbval, which runs them again: same outputs, same tables."""
    before = digests(data)
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-cell-timeout=300", "-p", "no:cacheprovider", "-q"]
    notebooks = [str(data / "runs" / f"{name}.ipynb") for name in ("1_harvest", "2_screen", "3_enrich", "4_atlas")]
    outcome = subprocess.run([*command, *notebooks], cwd=data, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    assert digests(data) == before


@pytest.mark.parametrize(
    "notebook", sorted((PROJECT_ROOT / "notebooks" / "explore").glob("*.ipynb")), ids=lambda p: p.stem
)
def test_the_notebooks_to_explore_from_run(notebook, data, tmp_path):
    executed = papermill.execute_notebook(
        str(notebook), str(tmp_path / "out.ipynb"), {"data": str(data)}, kernel_name="python3", progress_bar=False
    )
    shown = [output for cell in executed.cells for output in cell.get("outputs", []) if "data" in output]
    assert len(shown) >= 3


def test_the_exercises_of_the_notebooks_to_explore_from_can_be_done(atlas, tmp_path):
    found = atlas.search("anticoagulants", limit=500)
    selection = atlas.keep(hit.work_id for hit in found.hits)
    assert exports.export(selection, "gexf", tmp_path / "reseau.gexf") == len(selection.works) > 0
    assert set(selection.select(databases=["egb"]).works["work_id"]) <= set(selection.works["work_id"])
    assert indicators.INDICATORS["international"].definition()
    assert len(atlas.search("B01AF", limit=5).hits) > 0


def digests(data: Path) -> dict[str, str]:
    files = [*data.glob("corpora/*/*.parquet"), *data.glob("atlas/**/*.parquet"), *data.glob("**/datapackage.json")]
    return {str(file.relative_to(data)): hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files)}
