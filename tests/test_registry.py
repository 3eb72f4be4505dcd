"""The registry: what a file may say, and how clearly a broken one is refused."""

from pathlib import Path

import pytest
import yaml

from carto_lib.errors import RegistryError
from carto_lib.i18n import catalogue
from carto_lib.mentions import failing_examples, untried_friends
from carto_lib.registry import KINDS, NameForm, Registry, load_registry, read_database
from carto_lib.registry.checks import EXAMPLES_EACH, check_registry, closed_gaps, read_accepted
from carto_lib.registry.template import NewDatabase, create_file, template_examples
from carto_lib.settings import DEMO_FILE, REGISTRY_DIR

FULL = (
    "snds sniiram dcir egb esnd pmsi cepidc constances e3n nutrinet-sante elfe epipage2 rein ckd-rein hepather oscour "
    "sidep vacsi epicov bndmr"
).split()
FILE = """\
id: essai
name: {fr: Cohorte d'essai, en: Trial cohort}
kind: cohort
names:
  - {text: Cohorte d'essai, language: fr, kind: full}
  - {text: ESSAI, kind: short, needs_anchor: true}
anchors: [France]
"""


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry()


@pytest.fixture
def write(tmp_path: Path):
    def _write(text: str, name: str = "essai.yml") -> Path:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return _write


def test_all_databases_load(registry: Registry) -> None:
    assert len(registry) >= 140
    assert list(registry) == sorted(file.stem for file in REGISTRY_DIR.glob("*.yml"))


def test_every_database_of_the_demo_is_described(registry: Registry) -> None:
    import json

    used = {
        entry if isinstance(entry, str) else entry["id"]
        for line in DEMO_FILE.read_text(encoding="utf-8").splitlines()
        for entry in json.loads(line).get("databases", [])
    }
    assert used
    assert used <= set(registry)


def test_every_database_of_the_real_publications_is_described(registry: Registry, shared: Path) -> None:
    import json

    lines = (shared / "publications" / "works.jsonl").read_text(encoding="utf-8").splitlines()
    used = {link["id"] for line in lines for link in json.loads(line)["databases"]}
    assert len(used) == 111
    assert used <= set(registry)


@pytest.mark.parametrize("database", FULL)
def test_main_databases_are_described_in_full(registry: Registry, database: str) -> None:
    entry = registry[database]
    assert entry.holder
    assert entry.period
    assert {form.language for form in entry.names} >= {"fr", "en"}
    assert len(entry.examples.positive) >= EXAMPLES_EACH
    assert len(entry.examples.negative) >= EXAMPLES_EACH
    assert all(example.written for example in (*entry.examples.positive, *entry.examples.negative))


@pytest.mark.parametrize(
    "word", ["ISIS", "RAMSES", "MEMENTO", "CRISTAL", "REIN", "EDS", "3C", "HYDRO", "EGB", "DCIR", "PMSI", "MDPH"]
)
def test_word_like_acronyms_need_an_anchor(registry: Registry, word: str) -> None:
    forms = [form for database in registry.values() for form in database.names if form.text == word]
    assert forms
    assert all(form.needs_anchor and form.case_sensitive for form in forms)


def test_unknown_database_names_the_nearest(registry: Registry) -> None:
    with pytest.raises(RegistryError, match=r"« constance ».*s'agit-il de constances"):
        registry["constance"]
    with pytest.raises(RegistryError, match="s'agit-il de oscour"):
        registry["OSCOUR"]
    with pytest.raises(RegistryError, match="voir `carto databases`"):
        registry["qqqqqq"]


def test_parts_at_any_depth(registry: Registry) -> None:
    assert {"sniiram", "pmsi", "cepidc", "dcir", "egb"} <= set(registry.parts("snds"))
    assert registry.whole("dcir") == "snds"
    assert registry.whole("elfe") == "elfe"
    assert registry.parts("elfe") == ()


def test_defaults_follow_the_kind(write) -> None:
    entry = read_database(write(FILE))
    full, short = entry.names
    assert (full.case_sensitive, full.needs_anchor) == (False, False)
    assert (short.case_sensitive, short.needs_anchor) == (True, True)
    generic = NameForm(text="claims database", kind="generic")
    assert (generic.case_sensitive, generic.needs_anchor) == (False, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("kind: cohort", "kind: cohorte"),
            r"essai\.yml, ligne 3, champ « kind » : « cohorte » n'est pas l'une.*'registry'",
        ),
        (("kind: cohort\n", ""), r"essai\.yml, ligne 1, champ « kind » : ce champ manque"),
        (("kind: short", "kind: shor"), r"ligne 6, champ « names\.1\.kind ».*« shor »"),
        (("kind: short", "knd: short"), r"ligne 6, champ « names\.1\.k"),
        (("anchors: [France]", "anchors: []"), r"« ESSAI » demande une ancre"),
        (("anchors: [France]", "anchors: [France\n"), r"essai\.yml, ligne \d+ : le YAML est cassé"),
        (("kind: cohort", "kind: cohort\nkind: survey"), r"ligne 4 : le champ « kind » est donné deux fois"),
        (("id: essai", "id: autre"), r"« autre » doit être le nom du fichier, « essai »"),
        (("text: ESSAI", "text: Cohorte d'essai"), r"est donné deux fois dans « names »"),
        (
            ("kind: cohort", "kind: cohort\nperiod: {from: 2010, to: 2001}"),
            r"ligne 4.*finit en 2001, avant de commencer en 2010",
        ),
        (("kind: cohort", "kind: cohort\nunsourced: [hodler]"), r"« hodler », qui n'est pas un champ"),
        (
            ("anchors", "false_friends: [{text: essai, what: un essai}]\nanchors"),
            r"« essai » se lit comme le nom « ESSAI »",
        ),
        (("kind: cohort", "kind: cohort\nholder: {name: X, ror: ror.org/1}"), r"ligne 4, champ « holder\.ror »"),
        (("kind: cohort", "kind: cohort\nhosted_by_hdh: {since: 2022-13-45, act: A}"), r"essai\.yml.*"),
    ],
)
def test_broken_file_is_refused_with_its_line(write, change: tuple[str, str], said: str) -> None:
    assert change[0] in FILE
    with pytest.raises(RegistryError, match=said):
        read_database(write(FILE.replace(*change)))


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "\t", "\x00", "juste une phrase"])
def test_file_that_is_no_entry_is_refused(write, text: str) -> None:
    with pytest.raises(RegistryError, match=r"essai\.yml"):
        read_database(write(text))


def test_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "essai.yml"
    file.write_bytes(FILE.replace("Cohorte d'essai", "Étude").encode("latin-1"))
    with pytest.raises(RegistryError, match="UTF-8"):
        read_database(file)


def test_relations_point_to_databases(write, tmp_path: Path) -> None:
    write(FILE + "part_of: nulle-part\n")
    with pytest.raises(RegistryError, match=r"essai\.yml, champ part_of : « nulle-part »"):
        load_registry(tmp_path)
    write(FILE + "part_of: deux\n")
    write(FILE.replace("id: essai", "id: deux") + "part_of: essai\n", "deux.yml")
    with pytest.raises(RegistryError, match="une partie d'elle-même"):
        load_registry(tmp_path)


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="aucun fichier de base"):
        load_registry(tmp_path)


def test_checks_see_what_is_missing_and_shared(write, tmp_path: Path) -> None:
    write(FILE + "unsourced: [holder]\n")
    write(FILE.replace("id: essai", "id: deux").replace("Cohorte d'essai,", "Autre cohorte,"), "deux.yml")
    found = {(finding.gap, finding.database, finding.subject) for finding in check_registry(load_registry(tmp_path))}
    assert ("unsourced", "essai", "holder") in found
    assert ("untested", "deux", "0 exemples à repérer (positive) sur 3") in found
    assert ("overlapping", "essai", "« ESSAI » est aussi un nom de deux") in found


def test_an_accepted_gap_has_its_reason_and_a_closed_one_is_told(write, tmp_path: Path) -> None:
    write(FILE + "unsourced: [holder, period]\n")
    file = tmp_path / "accepted_gaps.csv"
    file.write_text("database,gap,subject,reason\nessai,unsourced,holder,no page\nessai,unsourced,kind,old\n")
    accepted = read_accepted(file)
    findings = check_registry(load_registry(tmp_path), accepted)
    reasons = {finding.subject: finding.reason for finding in findings if finding.gap == "unsourced"}
    assert (reasons["holder"], reasons["period"]) == ("no page", None)
    assert closed_gaps(accepted, findings) == [("essai", "unsourced", "kind")]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("database,gap\n", "ligne 1 : on attend les colonnes"),
        ("database,gap,subject,reason\na,unsourced,holder,\n", "ligne 2 : une valeur manque"),
        ("database,gap,subject,reason\na,unsourced,holder,x\na,unsourced,holder,y\n", "ligne 3.*donné deux fois"),
    ],
)
def test_broken_accepted_gaps_are_named(tmp_path: Path, lines: str, message: str) -> None:
    file = tmp_path / "accepted_gaps.csv"
    file.write_text(lines)
    with pytest.raises(RegistryError, match=message):
        read_accepted(file)


def test_every_gap_of_the_registry_is_accepted_with_its_reason(registry: Registry) -> None:
    accepted = read_accepted()
    findings = check_registry(registry, accepted)
    assert [finding for finding in findings if finding.reason is None] == []
    assert closed_gaps(accepted, findings) == []


def test_no_form_belongs_to_two_databases(registry: Registry) -> None:
    assert [finding for finding in check_registry(registry) if finding.gap == "overlapping"] == []


def test_template_loads_as_it_is_and_is_never_overwritten(tmp_path: Path) -> None:
    file = create_file(NewDatabase("ma-base", 'Base : "la mienne"', "My base", "MB", "registry"), folder=tmp_path)
    entry = load_registry(tmp_path)["ma-base"]
    assert entry.name.fr == 'Base : "la mienne"'
    assert entry.kind == "registry"
    assert [form.text for form in entry.names] == ["MB", 'Base : "la mienne"', "My base"]
    assert set(entry.unsourced) == {"holder", "period", "names"}
    before = file.read_bytes()
    with pytest.raises(RegistryError, match="déjà au registre"):
        create_file(NewDatabase("ma-base", "x", "y", "Z", "registry"), folder=tmp_path)
    assert file.read_bytes() == before


def test_template_with_one_name_only(tmp_path: Path) -> None:
    create_file(NewDatabase("seule", "SEULE", "SEULE", "SEULE", "cohort"), folder=tmp_path)
    assert [form.text for form in load_registry(tmp_path)["seule"].names] == ["SEULE"]


def test_a_plain_expression_is_generic_until_someone_says_otherwise() -> None:
    former = ("COEX-1", "Old example (EXO)", "GAZEL Youth study")
    new = NewDatabase("coex", "Cohorte de primo-infection", "COEX cohort", "COEX", "cohort", former=former)
    assert {form.text: (form.kind, form.needs_anchor) for form in new.forms} == {
        "Cohorte de primo-infection": ("generic", True),
        "COEX cohort": ("full", False),
        "COEX-1": ("short", True),
        "Old example": ("generic", True),
        "EXO": ("short", True),
        "GAZEL Youth study": ("full", False),
        "COEX": ("short", True),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_template_with_every_fact_is_whole_and_says_that_its_examples_are_its_own(tmp_path: Path, kind: str) -> None:
    page = "https://example.org/coex"
    new = NewDatabase("coex", "Cohorte Exemple", "Example cohort", "COEX", kind, page, "Organisme", 1994)
    create_file(new, folder=tmp_path)
    registry = load_registry(tmp_path)
    assert check_registry(registry, untried=untried_friends(registry, registry)) == []
    assert failing_examples(registry, registry) == []
    assert {form.source for form in registry["coex"].names} == {page} == set(registry["coex"].sources)
    assert template_examples(registry["coex"]) == 6
    assert not any(template_examples(entry) for entry in load_registry().values())


@pytest.mark.parametrize("line", ["false_friends:", "  - {text:", "part_of:", "linked_with:", "holder:", "period:"])
def test_a_line_of_the_template_without_its_sign_is_yaml_that_asks_to_be_filled(tmp_path: Path, line: str) -> None:
    file = create_file(NewDatabase("coex", "Cohorte Exemple", "Example cohort", "COEX", "cohort"), folder=tmp_path)
    text = file.read_text(encoding="utf-8")
    assert f"\n#{line}" in text
    uncommented = text.replace(f"\n#{line}", f"\n{line}")
    if line.startswith("  -"):
        uncommented = uncommented.replace("\n#false_friends:", "\nfalse_friends:")
    assert isinstance(yaml.safe_load(uncommented), dict)


def test_facts_without_a_page_are_unsourced(write, tmp_path: Path) -> None:
    write(FILE + "holder: {name: Organisme}\n")
    found = {(finding.gap, finding.subject) for finding in check_registry(load_registry(tmp_path))}
    assert ("unsourced", "sources") in found


@pytest.mark.parametrize(("database", "kind"), [("Ma Base", "cohort"), ("../x", "cohort"), ("ok", "cohorte")])
def test_template_refuses_bad_values(tmp_path: Path, database: str, kind: str) -> None:
    with pytest.raises(RegistryError):
        create_file(NewDatabase(database, "x", "y", "Z", kind), folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_kind_has_a_label(language: str) -> None:
    labels = {key.removeprefix("databases.kind.") for key in catalogue(language) if key.startswith("databases.kind.")}
    assert labels == set(KINDS)
