"""``carto databases``, as typed."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from carto_lib import registry
from carto_lib.cli import app
from carto_lib.cli import databases as commands
from carto_lib.errors import RegistryError
from carto_lib.mentions import failing_examples, untried_friends
from carto_lib.registry import template
from carto_lib.settings import REGISTRY_DIR


def carto(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["databases", *arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the command a copy of the registry that it may write to."""
    copy = tmp_path / "databases"
    shutil.copytree(REGISTRY_DIR, copy)
    monkeypatch.setattr(registry.load_registry, "__defaults__", (copy,))
    monkeypatch.setattr(template.create_file, "__defaults__", ((), copy))
    monkeypatch.setattr(template.new_file, "__defaults__", (copy,))
    return copy


def test_json_is_the_list_of_all_entries() -> None:
    result = carto("--json")
    entries = json.loads(result.stdout)
    assert result.exit_code == 0
    assert [entry["id"] for entry in entries] == sorted(file.stem for file in REGISTRY_DIR.glob("*.yml"))
    snds = next(entry for entry in entries if entry["id"] == "snds")
    assert snds["period"] == {"from": 2006, "to": None}
    assert {"text": "SNDS", "kind": "short"}.items() <= next(f for f in snds["names"] if f["text"] == "SNDS").items()


def test_list_has_one_line_a_database() -> None:
    lines = carto().stdout.splitlines()
    assert len(lines) == len(list(REGISTRY_DIR.glob("*.yml")))
    assert any(line.startswith("rein ") and "registry" in line for line in lines)


def test_check_keeps_to_the_databases_named() -> None:
    result = carto("check", "nhance")
    assert result.exit_code == 0
    assert {line.split()[1] for line in result.stdout.splitlines()} == {"nhance"}
    assert "unsourced" in result.stdout
    assert "[accepté : " in result.stdout
    assert "bases lues sans erreur : 1" in result.stderr


def test_check_of_an_open_gap_fails(folder: Path) -> None:
    carto("new", "zorglub")
    result = carto("check", "zorglub")
    assert result.exit_code == 1
    assert "holder [ouvert]" in result.stdout
    assert "manques ouverts : unsourced 4" in result.stderr


def test_check_tells_the_examples_that_fail_and_what_was_read_there(folder: Path) -> None:
    carto("new", "zorglub", "--fr", "Cohorte Zorglub", "--en", "ZORG cohort", "--acronym", "ZORG")
    file = folder / "zorglub.yml"
    examples = {
        "positive": ["The survey of the count, France.", "The ZORG of Canada."],
        "negative": ["The ZORG cohort of a comic strip."],
    }
    lines = [f"  {sign}: {[{'text': text} for text in texts]}\n" for sign, texts in examples.items()]
    file.write_text(
        file.read_text(encoding="utf-8").split("examples:\n")[0] + "examples:\n" + "".join(lines), encoding="utf-8"
    )
    result = carto("check", "zorglub")
    assert result.exit_code == 1
    assert "The survey of the count, France. [à repérer, ne l'est pas : aucune forme lue]" in result.stdout
    assert "The ZORG of Canada. [à repérer, ne l'est pas : « ZORG » est refusé, contexte étranger]" in result.stdout
    assert "comic strip. [à refuser, est repéré : « ZORG cohort » est lu]" in result.stdout
    assert "exemples en échec : 3 (lu à tort : needs_anchor: true" in result.stderr
    assert "aucun manque ouvert" not in result.stderr


def test_check_of_an_unknown_database_fails() -> None:
    with pytest.raises(RegistryError, match="s'agit-il de"):
        raise carto("check", "hepater").exception or AssertionError


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    file = tmp_path / "list.jsonl"
    subjects = ("Asthma", "Sleep", "Pain", "Work")
    titles = [*(f"{subject} in the ZORG-2 study (CHIP survey)" for subject in subjects), "Nothing named"]
    lines = [json.dumps({"title": title, "doi": f"10.1234/{place}"}) for place, title in enumerate(titles)]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


GIVEN = ("new", "zorglub", "--fr", "Cohorte Zorglub", "--en", "Zorglub cohort", "--acronym", "ZORG")
FACTS = ("--holder", "Comte Z", "--since", "1959", "--source", "https://zorglub.example.org")


def test_new_alone_leaves_what_is_unknown_unsourced(folder: Path) -> None:
    made = carto(*GIVEN)
    assert made.stdout.strip() == f"fichier écrit : {folder / 'zorglub.yml'}"
    assert "carto run zorglub --from publications.ris" in made.stderr
    checked = carto("check", "zorglub")
    assert {line.split()[2] for line in checked.stdout.splitlines()} >= {"holder", "period", "names"}
    assert "unsourced 6" in checked.stderr


def test_new_from_a_list_is_whole_and_says_what_the_names_find(folder: Path, listed: Path) -> None:
    made = carto(*GIVEN, *FACTS, "--from", str(listed))
    assert made.exit_code == 0, made.stderr
    assert "zorglub : 4 publications de la liste retrouvées sur 5 ; à faire lire par une personne : 0" in made.stdout
    assert "« ZORG-2 study » 4" in made.stdout
    assert made.stdout.rstrip().endswith("    - Nothing named")
    entry = registry.read_database(folder / "zorglub.yml")
    assert entry.holder is not None
    assert (entry.holder.name, entry.period and entry.period.from_) == ("Comte Z", 1959)
    assert {form.text for form in entry.names} >= {"Cohorte Zorglub", "Zorglub cohort", "ZORG", "ZORG-2"}
    checked = carto("check", "zorglub")
    assert checked.exit_code == 0
    assert "zorglub : 6 exemples sont encore ceux du modèle" in checked.stderr
    assert "aucun manque ouvert" in checked.stderr


def test_new_asks_in_a_terminal_for_what_is_not_given(
    folder: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "in_terminal", lambda: True)
    facts = ["Cohorte Zorglub", "ZORG", "Bulgrogz ; ZORGLUB study", "étude", "Cohorte", "Comte Z", "hier", "1959"]
    names = {"CHIP": "n", "CHIP survey": "a", "ZORG-2": "n", "ZORG-2 study": "n"}
    friends = ["ZORG", "a town of Syldavia; ZORG of Borduria"]
    answers = [*facts, "Champignac; Spirou", *friends, "", *names.values()]
    command = ["databases", "new", "zorglub", "--en", "Zorglub cohort", "--from", str(listed)]
    made = CliRunner().invoke(app, command, input="\n".join(answers) + "\n")
    assert made.exit_code == 0, made.stderr
    assert "« étude » n'est pas un genre ; choisissez parmi : remboursements, séjours," in made.stderr
    assert "« hier » n'est pas une année" in made.stderr
    assert "« ZORG » : le sigle même n'est pas un autre sens" in made.stderr
    assert made.stderr.startswith("5 des 5 publications n'ont pas de résumé")
    assert all(f"« {name} » (4 / 5, dont 4 que rien d'autre ne retrouve)" in made.stderr for name in names)
    entry = registry.read_database(folder / "zorglub.yml")
    assert (entry.name.en, entry.kind, entry.period and entry.period.from_) == ("Zorglub cohort", "cohort", 1959)
    assert (entry.sources, entry.anchors) == ((), ("Champignac", "Spirou"))
    assert set(entry.unsourced) == {"holder", "period", "names"}
    anchored = {form.text: form.needs_anchor for form in entry.names}
    expected = {"ZORG": True, "Cohorte Zorglub": True, "Zorglub cohort": True, "Bulgrogz": True}
    assert anchored == expected | {"ZORGLUB study": False, "CHIP survey": True}
    assert entry.short_name == "ZORG"
    assert {friend.text: friend.scope for friend in entry.false_friends} == {
        "a town of Syldavia": "text",
        "ZORG of Borduria": "name",
    }
    assert not failing_examples(registry.Registry({"zorglub": entry}), ["zorglub"])
    assert not untried_friends(registry.Registry({"zorglub": entry}), ["zorglub"])


def test_a_name_that_finds_no_further_publication_is_not_asked_for(
    folder: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "in_terminal", lambda: True)
    command = ["databases", *GIVEN, *FACTS, "--kind", "cohorte", "--from", str(listed), "--former", "ZORG-2 study"]
    made = CliRunner().invoke(app, command, input="\n\n")  # anchors, friends
    assert made.exit_code == 0, made.stderr
    assert "aucun autre nom imprimé par deux publications n'en retrouve une de plus" in made.stderr
    sources = {form.text: form.source for form in registry.read_database(folder / "zorglub.yml").names}
    assert sources["ZORG-2 study"] == "https://doi.org/10.1234/0"  # a publication prints it: better than the page
    assert sources["Cohorte Zorglub"] == "https://zorglub.example.org"


def test_a_base_without_an_acronym_gets_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It once got its identifier in capitals, sourced to the page."""
    monkeypatch.setattr(commands, "in_terminal", lambda: True)
    answers = [
        "Réseau Zorglub",
        "Zorglub network",
        "",
        "",
        "surveillance",
        "Comte Z",
        "1984",
        "https://zorglub.example",
    ]
    made = CliRunner().invoke(app, ["databases", "new", "zorglub"], input="\n".join(answers) + "\n")
    assert made.exit_code == 0, made.stderr
    assert "homonymes" not in made.stderr
    entry = registry.read_database(folder / "zorglub.yml")
    assert [form.text for form in entry.names] == ["Réseau Zorglub", "Zorglub network"]
    assert carto("check", "zorglub").exit_code == 0


def test_a_name_of_one_word_is_read_as_an_acronym(folder: Path) -> None:
    carto("new", "zorglub", "--fr", "Spirou", "--friends", "bande dessinée")
    entry = registry.read_database(folder / "zorglub.yml")
    assert [(form.text, form.kind, form.needs_anchor) for form in entry.names] == [("Spirou", "short", True)]
    refused = carto("new", "champignac", "--fr", "Comte de Champignac", "--friends", "bande dessinée")
    assert "donnez aussi --acronym" in str(refused.exception)


def test_new_names_five_publications_a_reason(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    subjects = ("Asthma", "Sleep", "Pain", "Work", "Gout", "Stroke")
    titles = [*(f"{subject} in adults" for subject in subjects), "Sleep in the Zorglubian study"]
    file.write_text("\n".join(["title", *titles]), encoding="utf-8")
    said = carto(*GIVEN, "--from", str(file)).stdout
    assert sum(f"    - {title}" in said for title in titles) == 5
    assert titles[-1] in said  # the nearest to a name: to be looked at first
    assert "… et 2 autres" in said


def test_a_name_inside_the_acronym_leaves_the_new_file_clean(folder: Path, tmp_path: Path) -> None:
    """It once counted without an anchor where the acronym didn't: the file's own example was read."""
    file = tmp_path / "list.csv"
    titles = ["Adherence in the ANRS ZO8 ZORG-COPILOTE cohort", "Pain in the ANRS ZO8 cohort"]
    file.write_text("\n".join(["title", *titles]), encoding="utf-8")
    command = ["--acronym", "ANRS ZO8 ZORG-COPILOTE", "--former", "ZORG; ANRS ZO8; ZORG cohort", *FACTS]
    made = carto("new", "zorglub", *command, "--kind", "cohort", "--from", str(file))
    assert "2 publications de la liste retrouvées sur 2" in made.stdout
    entry = registry.read_database(folder / "zorglub.yml")
    assert entry.name.en == entry.name.fr == "ANRS ZO8 ZORG-COPILOTE"
    assert next(form.source for form in entry.names if form.text == "ANRS ZO8") == titles[0]
    assert carto("check", "zorglub").exit_code == 0


@pytest.mark.parametrize(
    ("option", "said"),
    [(("--since", "hier"), "« hier » n'est pas une année"), (("--kind", "étude"), "n'est pas un genre")],
)
def test_new_refuses_what_would_make_a_broken_file(folder: Path, option: tuple[str, str], said: str) -> None:
    made = carto(*GIVEN, *option)
    assert said in str(made.exception)
    assert not (folder / "zorglub.yml").exists()


def test_propose_writes_lines_to_copy_beside_the_names_of_the_file(folder: Path, listed: Path) -> None:
    carto(*GIVEN)
    proposed = carto("propose", "zorglub", "--from", str(listed))
    assert proposed.exit_code == 0
    source = 'source: "https://doi.org/10.1234/0"}  # 4 / 5 publications, ailleurs 0 / 544'
    assert f'  - {{text: "ZORG-2", language: mul, kind: short, {source}' in proposed.stdout
    assert f'  - {{text: "ZORG-2 study", language: en, kind: full, {source}' in proposed.stdout
    assert "1 / 5 publications n'impriment aucun nom du fichier" in proposed.stdout


def test_usage_error_exits_with_2() -> None:
    assert carto("propose", "snds").exit_code == 2
    assert carto("--nope").exit_code == 2
