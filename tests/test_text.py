"""Text: folding keeps its promises on any string, markup and addresses go, plain text stays."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carto_lib import text

ODD = st.text(alphabet=st.sampled_from(list("aZé9œß®™-\u2010\u00ad\u0301´` \n\t.,(’\x00αﬁ字")), max_size=60)


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("Système  national des données\nde santé (SNDS®)", "systeme national des donnees de sante snds"),
        ("CKD‐REIN, CKD-REIN", "ckd rein ckd rein"),
        ("Etude Epide´miologique aupre`s de femmes", "etude epidemiologique aupres de femmes"),
        ("systèmes d’infor-\n  mation", "systemes d information"),
        ("EPIPAGE-\n\n2", "epipage2"),
        ("e\u0301tude cœur ﬁn", "etude coeur fin"),
        ("使用SNDS数据", "snds"),
        ("a\x00b", "a b"),
        ("", ""),
    ],
)
def test_fold(raw: str, folded: str) -> None:
    assert text.fold(raw) == folded


@given(ODD)
def test_offsets_follow_the_folded_text(raw: str) -> None:
    folded, offsets = text.fold_with_offsets(raw)
    assert folded == text.fold(raw)
    assert len(offsets) == len(folded)
    assert offsets == sorted(offsets)
    assert text.fold(folded) == folded


@given(st.lists(ODD, max_size=5))
def test_folding_many_is_folding_each(raws: list[str]) -> None:
    parts = text.fold_all(raws).split(text.TEXT_BORDER)[1:-1]
    assert [part.decode().strip() for part in parts] == ([text.fold(raw) for raw in raws] or [""])


def test_long_and_short_texts_fold_alike() -> None:
    raws = ["Système  national (SNDS®) …", "", "CKD‐REIN,  A\x00B"] * 50
    parts = text.fold_all(raws).split(text.TEXT_BORDER)[1:-1]
    assert [part.decode().strip() for part in parts] == [text.fold(raw) for raw in raws]


def test_original_span_keeps_the_accents() -> None:
    raw = "le Syste\u0300me national de sante\u0301, "
    folded, offsets = text.fold_with_offsets(raw)
    start = folded.index("systeme")
    first, last = text.original_span(raw, offsets, start, len(folded))
    assert raw[first:last] == "Syste\u0300me national de sante\u0301"


def test_title_key_is_the_documented_hash() -> None:
    expected = hashlib.sha256(b"evaluation du pmsi 2020").hexdigest()[:16]
    assert text.title_key(" Évaluation du — PMSI ", 2020) == expected
    assert text.title_key("X", None) == hashlib.sha256(b"x ").hexdigest()[:16]


def test_title_key_agrees_with_the_gold_set() -> None:
    import csv
    import json

    from carto_lib.settings import DEMO_FILE, GOLD_FILE

    with GOLD_FILE.open(encoding="utf-8") as file:
        judged = {row["work_id"] for row in csv.DictReader(file) if row["work_id"].startswith("title:")}
    with DEMO_FILE.open(encoding="utf-8") as file:
        demo = [json.loads(line) for line in file]
    made = {f"title:{text.title_key(row['title'], row['year'])}" for row in demo}
    assert len(judged & made) > 100


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("<p>Risk of <i>H. pylori</i></p><p>Next</p>", "Risk of H. pylori Next"),
        ("<jats:title>Methods</jats:title><jats:p>We used it</jats:p>", "Methods We used it"),
        ("p < 0.05 and BMI <25 kg/m<sup>2</sup>, a<b", "p < 0.05 and BMI <25 kg/m2, a<b"),
        ("x &lt;i&gt;in vivo&lt;/i&gt; &amp; p &lt; 0.05", "x in vivo & p < 0.05"),
        ("<mml:math><mml:mi>H</mml:mi><mml:mn>2</mml:mn></mml:math>O", "H2O"),
        ("<inline-formula><tex-math>\\frac12</tex-math></inline-formula>half", "half"),
        ("n<sub>i</sub> <AbstractText Label='A'>B</AbstractText>", "ni B"),
        ("age <65 years or >75 years", "age <65 years or >75 years"),
        ("AT&T and R&D; caf&eacute;", "AT&T and R&D; café"),
        ("<!-- note -->A<script>alert(1)</script>B", "A B"),
        ("A \x1b[31mred\x07 title\x9b2J&#27;", "A [31mred title 2J"),
    ],
)
def test_strip_markup(raw: str, plain: str) -> None:
    assert text.strip_markup(raw) == plain


@given(st.text(alphabet="ab <>&;12=", max_size=40))
def test_plain_text_without_a_tag_keeps_its_words(raw: str) -> None:
    kept = text.strip_markup(raw)
    assert set(kept) <= set(raw)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("CESP, Villejuif, France. Electronic address: a.b@inserm.fr.", "CESP, Villejuif, France."),
        ("Inserm, Paris (e-mail: x_y@aphp.fr)", "Inserm, Paris"),
        ("Univ Lille; a@b.fr, c@d.org", "Univ Lille"),
        ("Department of Health at Work, Paris", "Department of Health at Work, Paris"),
        ("Adresse électronique : x@y.fr", ""),
    ],
)
def test_strip_emails(raw: str, clean: str) -> None:
    assert text.strip_emails(raw) == clean


def test_detect_language() -> None:
    assert text.detect_language("Étude de la mortalité après une hospitalisation en France") == "fr"
    assert text.detect_language("Cancer incidence among women of the cohort, a nationwide study") == "en"
    assert text.detect_language("SNDS") is None


def test_passage_is_the_sentence() -> None:
    raw = "We read Smith et al. 2010. Data came from the SNDS (2015–2019). Results follow."
    start = raw.index("SNDS")
    assert text.passage(raw, start, start + 4) == "Data came from the SNDS (2015–2019)."
    long = "word " * 200 + "SNDS" + " word" * 200
    start = long.index("SNDS")
    shortened = text.passage(long, start, start + 4, longest=100)
    assert "SNDS" in shortened
    assert shortened.startswith("…")
    assert shortened.endswith("…")
    assert len(shortened) < 120


@given(st.text(alphabet="aB. !?\n(", max_size=60), st.data())
def test_passage_holds_the_place(raw: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    assert " ".join(raw[start:end].split()) in text.passage(raw, start, end) or raw[start:end].isspace()
