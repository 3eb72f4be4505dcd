"""Structures that affiliations name."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carto_lib.enrich.institutions import Matcher, enrich_affiliations
from carto_lib.enrich.institutions.labels import find_labels
from carto_lib.enrich.institutions.matcher import Match, _shares_head
from carto_lib.enrich.institutions.names import normal_name
from carto_lib.enrich.reference import Reference, load_reference
from carto_lib.tables import to_json


@pytest.fixture(scope="module")
def embedded() -> Reference:
    """Give the facts of the repository: no network, no CARTO_REFERENCE."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CARTO_REFERENCE", raising=False)
        patch.setattr("carto_lib.enrich.reference.cache_folder", lambda: __import__("pathlib").Path("absent"))
        return load_reference()


@pytest.fixture(scope="module")
def matcher(embedded: Reference) -> Matcher:
    return Matcher(embedded)


def ids(matcher: Matcher, raw: str, scheme: str = "ror") -> set[str]:
    return {match["id"].rpartition("/")[2] for match in matcher.match(raw)["matches"] if match["scheme"] == scheme}


RENNES, CAEN, LILLE, DIJON = "05qec5a53", "027arzy69", "02ppyfa04", "0377z4z10"
INSERM, APHP, HCL, CNAM, ANSM = "02vjkv261", "00pg5jh14", "01502ca60", "03am7sg53", "01g80gk13"
CONSERVATOIRE, EPIPHARE, CESP, BICHAT = "0175hh227", "02nt00p03", "01ed4t417", "03fdnmv92"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("CHU de Rennes, Rennes, France", {RENNES}),
        ("Rennes University Hospital, France", {RENNES}),
        ("Service de cardiologie, CHRU, Lille, France", {LILLE}),
        ("Biostatistics and Bioinformatics (DIM), University Hospital, Dijon, France", {DIJON}),
        ("University Hospital, Caen, France", {CAEN}),
        ("AP-HP, Hôpital Bichat, Paris, France", {APHP, BICHAT}),
        ("HCL, Lyon, France", {HCL}),
        ("Caisse nationale d’assurance maladie des travailleurs salariés (CnamTS), Paris", {CNAM}),
        ("French National Health Insurance (CNAM), Paris, France", {CNAM}),
        (
            "Inserm U1153, Inra, Cnam, Paris 13 University, Bobigny",
            {INSERM, "00t9egj41", "01x3gbx83", CONSERVATOIRE, "0199hds37"},
        ),
        ("EPI-PHARE - Groupement d’intérêt scientifique (GIS) ANSM-CNAM", {EPIPHARE, ANSM, CNAM}),
        ("Inserm U1018, Villejuif, France", {INSERM, CESP}),
        ("Université Paris-Sud, UMRS 1018, Villejuif", {"028rypz17", CESP}),
        ("AP-HP, Paris and Université Paris Descartes, Paris, France", {APHP, "0220k9r37"}),
        ("U678 Institut National de la Santé et de la Recherche Médicale, Paris", {INSERM}),
        ("Université Paris Nanterre200 avenue de la République, Nanterre, France", set()),
        ("National Institutes of Health, Bethesda, MD, USA", set()),
        ("Hôpital Saint-Joseph, Paris", set()),
        ("CHU, France", set()),
        ("Cabinet de cardiologie, Thionville", set()),
        ("", set()),
    ],
)
def test_ror(matcher: Matcher, raw: str, expected: set[str]) -> None:
    found = ids(matcher, raw)
    assert found - {"046bx1082"} == expected


def test_chu_of_rennes_is_never_caen(matcher: Matcher) -> None:
    for raw in ("CHU Rennes", "CHU de Rennes, Caen, France", "Centre Hospitalier Universitaire, Rennes"):
        assert CAEN not in ids(matcher, raw)


def test_parents_are_not_named(matcher: Matcher) -> None:
    assert ids(matcher, "Hôpital Bichat, Paris, France") == {BICHAT}


def test_a_name_cut_by_a_comma_is_read_whole(matcher: Matcher) -> None:
    assert ids(matcher, "Centre de recherche, épidémiologie et statistique, Inserm, Paris") >= {INSERM}
    joined = ids(matcher, "Bordeaux Population Health, Research Center, Bordeaux, France", "rnsr")
    assert joined == {"201622170H"}


def test_two_names_do_not_share_a_head() -> None:
    text = " department mathematic ryerson univ toronto "
    one, other = (Match(0, 1.0, "name", 23, 35), Match(1, 1.0, "name", 31, 43))
    assert text[31:35] == "univ"
    assert _shares_head(other, one, text)
    assert not _shares_head(one, Match(2, 1.0, "name", 23, 43), text)


def test_full_reference_on_what_once_went_wrong(shared: Path) -> None:
    matcher = Matcher(load_reference(shared / "reference"))
    for raw, expected in {
        "Department of Mathematics Ryerson University Toronto Ontario Canada": {"05g13zd79"},
        "National Institutes of Health, Bethesda, MD 20892, USA": {"01cwqze88"},
        "Xiangya Hospital, Central South University, Changsha, China": {"05c1yfj14"},
        "LPT, École Normale Supérieure, Paris, France": {"05a0dhs15"},
        "Anses Laboratoire de Fougères": {"0471kz689"},
        "LIMOS - UMR CNRS 6158, F-13541 Gardanne, France": {"00t3fpp34", "02feahw73"},
        "Université de Nantes, CHU Nantes, Nantes, France": {"03gnr7b55", "05c1qsg97"},
        "Université Jean Moulin - Lyon III, Lyon, France": {"05b5c0584"},
    }.items():
        assert ids(matcher, raw) == expected, raw


def test_a_number_is_that_of_the_body_that_gave_it(shared: Path) -> None:
    matcher = Matcher(load_reference(shared / "reference"))
    lineage = "UMR_A1260, INRA, Nutrition, obésité et risque thrombotique NORT, 27 Bd Jean Moulin, 13385 Marseille"
    assert ids(matcher, lineage, "rnsr") == {"197417835D"}  # not the unit that took its number in 2018
    assert ids(matcher, "UMR_A1260, INRA, C2VN, 13385 Marseille", "rnsr") == {"201822670T"}
    assert ids(matcher, "INRA, U1062, INSERM, Marseille, France", "rnsr") == set()  # INRA's UMR 1062 is another
    assert ids(matcher, "Institut de recherche pour le développement [IRD] : UR206, Paris", "rnsr") == set()


def test_rnsr_by_number_and_by_title(matcher: Matcher) -> None:
    assert ids(matcher, "U1018, Villejuif", "rnsr") == {"201019083D"}
    assert ids(matcher, "Bordeaux Population Health Research Center, Bordeaux, France", "rnsr") == {"201622170H"}


def test_every_match_has_method_and_score_above_the_threshold(matcher: Matcher) -> None:
    for match in matcher.match("CESP, Inserm U1018, Université Paris-Saclay, AP-HP, Villejuif, France")["matches"]:
        assert match["method"] in {"alias", "name", "name_variant", "acronym", "number", "hospital_city"}
        assert 0.7 <= match["score"] <= 1


@given(st.text(max_size=120))
@settings(max_examples=150, deadline=None)
def test_any_text_gets_an_answer(matcher: Matcher, raw: str) -> None:
    answer = matcher.match(raw)
    assert set(answer) == {"country", "city", "matches"}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("INSERM UMR_S 1136", ("umr", 1136)),
        ("Inserm, U-1018", ("u", 1018)),
        ("Inserm 1027", ("u", 1027)),
        ("UMR CNRS 5118", ("umr", 5118)),
        ("EA4184", ("ea", 4184)),
        ("Inserm CIC1401", ("cic", 1401)),
        ("CIC-EC 1433", ("cic", 1433)),
        ("UMS 011, Inserm", ("ums", 11)),
        ("Inserm Unité 687", ("u", 687)),
    ],
)
def test_numbered_labels(raw: str, expected: tuple[str, int]) -> None:
    assert [(label.family, label.number) for label in find_labels(normal_name(raw))] == [expected]


def test_a_postcode_is_no_label() -> None:
    assert not list(find_labels(normal_name("31059 Toulouse")))


@pytest.mark.parametrize(
    "raw",
    [
        "CHU de Rennes",
        "Centre Hospitalier Régional et Universitaire de Rennes",
        "CHRU Rennes",
        "Centre Hospitalier Universitaire (CHU) de Rennes",
    ],
)
def test_spellings_of_a_hospital_are_one(raw: str) -> None:
    assert normal_name(raw) == normal_name("CHU Rennes")


def _corpus() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    works = pd.DataFrame({"work_id": ["doi:1", "doi:2"]})
    rich = [
        {"name": "A", "affiliations": ["Inserm U1018, Villejuif. a@b.fr"]},
        {"name": "B", "affiliations": ["Nowhere"]},
    ]
    rows = [
        {"source": "hal", "source_id": "h1", "authors": to_json([{"name": "A"}]), "affiliations": None},
        {"source": "pubmed", "source_id": "1", "authors": to_json(rich), "affiliations": None},
        {"source": "jsonl", "source_id": "2", "authors": None, "affiliations": to_json(["CHU de Rennes, Rennes"])},
    ]
    links = pd.DataFrame(
        {"work_id": ["doi:1", "doi:1", "doi:2"], "source": ["hal", "pubmed", "jsonl"], "source_id": ["h1", "1", "2"]}
    )
    return works, pd.DataFrame(rows), links


def test_tables(embedded: Reference) -> None:
    affiliations, institutions = enrich_affiliations(*_corpus(), reference=embedded)
    assert not affiliations["raw"].str.contains("@").any()
    printed = affiliations[affiliations["work_id"] == "doi:2"].iloc[0]
    assert (printed["position"], printed["institution_rank"], printed["institution_id"]) == (0, 1, f"ror:{RENNES}")
    unknown = affiliations[affiliations["raw"] == "Nowhere"].iloc[0]
    assert (unknown["position"], unknown["institution_rank"]) == (2, 0)
    assert pd.isna(unknown["institution_id"])
    by_id = institutions.set_index("institution_id")
    assert by_id.loc[f"ror:{CESP}", "rnsr"] == "201019083D"
    assert f"ror:{INSERM}" in by_id.loc[f"ror:{CESP}", "parents"]
    assert by_id.loc[f"ror:{RENNES}", "region"] == "Bretagne"
    assert by_id.loc["ror:03mkjjy25", "works"] == 0


def test_tables_do_not_depend_on_the_order_of_records(embedded: Reference) -> None:
    works, records, links = _corpus()
    one = enrich_affiliations(works, records, links, reference=embedded)
    other = enrich_affiliations(works[::-1], records[::-1], links[::-1], reference=embedded)
    for left, right in zip(one, other, strict=True):
        pd.testing.assert_frame_equal(left, right)


def test_provenance_says_whose_authors(embedded: Reference) -> None:
    provenance = pd.DataFrame({"work_id": ["doi:1"], "field": ["authors"], "source": ["hal"], "source_id": ["h1"]})
    affiliations, _ = enrich_affiliations(*_corpus(), reference=embedded, provenance=provenance)
    assert set(affiliations["work_id"]) == {"doi:2"}
