"""Mentions: exact places, forms and rules, on a small registry and on the real one."""

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carto_lib.mentions import MentionFinder, find_mentions, read_works, unknown_forms
from carto_lib.mentions.rules import long_forms
from carto_lib.registry import Database, Registry, load_registry
from carto_lib.tables import empty_table


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry()


@pytest.fixture(scope="module")
def finder(registry: Registry) -> MentionFinder:
    return MentionFinder(registry)


def found(finder: MentionFinder, *texts: str) -> dict[str, str]:
    return {reading.database: reading.rule for reading in finder.find(*texts)}


@pytest.mark.parametrize(
    ("text", "databases"),
    [
        ("Données du Système  national des données\nde santé (SNDS®)", {"snds"}),
        ("using the French national health insurance database (SNIIRAM)", {"sniiram"}),
        ("la cohorte CKD‐REIN suit des patients", {"ckd-rein"}),
        ("the CKD-REIN cohort and the French REIN registry", {"ckd-rein", "rein"}),
        ("EPIPAGE-\n\n2 cohort study in France", {"epipage2"}),
        ("EPIPAGE-2 cohort study", {"epipage2"}),
        ("Survivors of leukaemia enrolled in L.E.A. were examined", {"lea"}),
        ("Survivors of leukaemia in row l e a of the table", set()),
        ("the FRANCE TAVI (French Transcatheter Aortic Valve Implantation) registry", {"france-tavi"}),
        ("the ELFE (French follow-up of births) cohort of children", {"elfe"}),
        ("HIV notification, from the déclaration obligatoire in France", set()),
        ("the Epipage and Epipage 2 infants", {"epipage2"}),
        ("linked SNDS and REIN registry data in France", {"snds", "rein"}),
        ("PMSI", set()),
        ("PMSI data in France", {"pmsi"}),
        ("National Hospitalization Database (PMSI)", {"pmsi"}),
        ("un cancer du rein en France", set()),
        ("the Ramipril Efficacy In Nephropathy (REIN) trial in France", set()),
        ("Smart Network Data Services (SNDS) of a mail provider", set()),
        ("EGb761 extract, France", set()),
        ("dendritic cell immunoreceptor (DCIR) in French patients", set()),
        ("Taiwan’s National Health Insurance Database", set()),
        ("snds of a sound library", set()),
        ("LA TRANSPLANTATION DU REIN EN FRANCE", set()),
        ("DONNEES DU PMSI EN FRANCE", {"pmsi"}),
        ("RAMSES was used in a French hospital", set()),
        ("ISIS claimed the attacks in Paris, France", set()),
        ("3C and Hi-C capture chromosome conformation in France", set()),
        ("Ehlers-Danlos (EDS) patients in France", set()),
        ("AGRICAN (AGRIculture & CANcer) follows farmers", {"agrican"}),
        ("the French nationwide health care databases", {"snds"}),
        ("the national hospital discharge summary database of France", {"pmsi"}),
    ],
)
def test_names_and_look_alikes(finder: MentionFinder, text: str, databases: set[str]) -> None:
    assert set(found(finder, text)) == databases


def test_the_rule_says_why(finder: MentionFinder) -> None:
    rules = {reading.rule for reading in finder.find("Programme de médicalisation des systèmes d'information (PMSI)")}
    assert rules == {"full_name", "long_form_acronym"}
    (refused,) = finder.read("Ramipril Efficacy In Nephropathy (REIN) trial")
    assert (refused.database, refused.rule, refused.counts) == ("rein", "false_friend", False)
    (foreign,) = finder.read("a hospital discharge database in Italy")
    assert (foreign.database, foreign.rule) == ("pmsi", "foreign")


def zorg(**fields: Any) -> MentionFinder:
    """Return a finder of one database, with a full form and an acronym."""
    texts = {"full": "ZORG cohort", "short": "ZORG"}
    names = [{"text": text, "kind": kind} | fields.pop(kind, {}) for kind, text in texts.items()]
    fixed = {"id": "zorg", "name": {"fr": "Zorg", "en": "Zorg"}, "kind": "cohort"}
    entry = Database.model_validate(fixed | {"names": names} | fields)
    return MentionFinder(Registry({"zorg": entry}))


def test_a_false_friend_of_scope_name_refuses_any_form_within_it_and_one_of_scope_text_the_acronym_only() -> None:
    friend = {"what": "another"}
    named = zorg(false_friends=[{"text": "Dutch ZORG cohort", "scope": "name"} | friend])
    assert found(named, "The Dutch ZORG cohort") == {}
    assert found(named, "The ZORG cohort, not a Dutch one") == {"zorg": "full_name"}
    anywhere = zorg(false_friends=[{"text": "nursing homes", "scope": "text"} | friend])
    assert found(anywhere, "ZORG in nursing homes") == {}
    assert found(anywhere, "The ZORG cohort in nursing homes") == {"zorg": "full_name"}


def test_a_full_form_may_need_an_anchor_and_the_country_is_none_unless_it_is_listed() -> None:
    finder = zorg(full={"needs_anchor": True}, short={"needs_anchor": True}, anchors=["Nancy"])
    assert found(finder, "The ZORG cohort, of Nancy") == {"zorg": "anchored"}
    assert found(finder, "A ZORG cohort of flax, in France") == {}
    listed = zorg(full={"needs_anchor": True}, short={"needs_anchor": True}, anchors=["Nancy", "France"])
    assert found(listed, "A ZORG cohort of flax, in France") == {"zorg": "anchored"}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("La {} (ZORG) suit", "Zone d'Observation, de Recherche et de Gestion"),
        ("ZORG ({}) suit", "Zone d'observation, recherche, gestion"),
        ("½ de la {} (ZORG)", "Zone – Orientale – Rurale : Groupe"),
    ],
)
def test_a_long_form_is_given_as_printed(text: str, read: str) -> None:
    assert long_forms(text.format(read), "ZORG") == [read]


def test_places_are_those_of_the_original_text(finder: MentionFinder) -> None:
    text = "Œuvre — données du Syste\u0300me national des donne\u0301es de sante\u0301, et CKD‐REIN."
    for reading in finder.find(text):
        assert text[reading.start : reading.end] == reading.name
    assert [reading.name for reading in finder.find(text)] == [
        "Syste\u0300me national des donne\u0301es de sante\u0301",
        "CKD‐REIN",
    ]


def test_the_abstract_gives_context_to_the_title(finder: MentionFinder) -> None:
    title = "From GAZEL to CONSTANCES: an epidemiological laboratory"
    assert found(finder, title) == {}
    assert found(finder, title, "Two longitudinal cohorts.") == {"constances": "anchored", "gazel": "anchored"}


def test_the_title_gives_context(finder: MentionFinder) -> None:
    assert found(finder, "Stroke in France", "Data came from the PMSI.") == {"pmsi": "anchored"}
    assert found(finder, "Stroke in Norway", "Data came from the PMSI.") == {}


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(alphabet="SNDS RE-I\nFrance,é()\x00", max_size=60), max_size=6))
def test_a_batch_reads_as_each_text_alone(finder: MentionFinder, texts: list[str]) -> None:
    together = dict(finder.read_all([[text] for text in texts]))
    assert together == {index: readings for index, text in enumerate(texts) if (readings := finder.read(text))}


def works(**columns: object) -> pd.DataFrame:
    return pd.DataFrame([{"work_id": "doi:1", **columns}], columns=empty_table("works").columns)


def test_mentions_of_a_work(registry: Registry) -> None:
    frame = works(
        title="Stroke in France",
        abstract="We used the SNDS. The SNDS is large.",
        keywords=json.dumps(["stroke", "SNDS"]),
        names_printed=json.dumps({"pmsi": ["PMSI", "no such form"], "unknown-base": ["X"]}),
    )
    table = find_mentions(frame, registry)
    rows = {(row.database, row.field, row.start, row.end, row.rule) for row in table.itertuples()}
    assert ("snds", "abstract", 12, 16, "short_name") in rows
    assert ("snds", "abstract", 22, 26, "short_name") in rows
    assert ("snds", "keywords", 7, 11, "short_name") in rows
    assert ("pmsi", "names_printed", 0, 4, "printed") in rows
    assert ("pmsi", "names_printed", 5, 17, "printed") in rows
    assert set(table["database"]) == {"snds", "pmsi"}
    unknown = unknown_forms(frame, registry)
    assert unknown.values.tolist() == [["doi:1", "pmsi", "no such form"], ["doi:1", "unknown-base", "X"]]


def test_a_work_without_text_has_no_mention(registry: Registry) -> None:
    assert read_works(works(), registry) == []
    assert find_mentions(works(), registry).empty


def test_no_mention_in_computer_science(finder: MentionFinder, shared) -> None:
    import gzip
    from itertools import islice

    file = shared / "load" / "loadtest_paperlists" / "paperlists_slim.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        rows = [json.loads(line) for line in islice(stream, 20000)]
    texts = [[row.get("title") or "", row.get("abstract") or ""] for row in rows]
    mentions = [reading for _, readings in finder.read_all(texts) for reading in readings if reading.counts]
    assert len(mentions) <= 1, mentions
