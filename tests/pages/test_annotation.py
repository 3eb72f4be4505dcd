"""The annotation and quality pages without a browser: the order, the labels kept, what is escaped, what is measured."""

import json
from pathlib import Path

import pytest
from annotation_corpus import make_corpus
from pages_atlas import make_atlas

from carto_lib.journal import add_label, journal_file, read_journal, standing_labels
from carto_lib.pages import AnnotationPage, QualityPage, SearchPage
from carto_lib.pages.fragment import Fragment
from carto_lib.tables import Corpus


@pytest.fixture
def data(tmp_path: Path) -> Path:
    make_atlas(tmp_path / "atlas", works=6)
    make_corpus(tmp_path)
    return tmp_path


def use(fragment: Fragment, event: str, value: str = "", name: str = "") -> None:
    fragment._receive(None, {"event": event, "value": value, "name": name}, None)


def opened(data: Path, annotator: str = "Ann") -> AnnotationPage:
    page = AnnotationPage(data)
    assert page.failure is None
    page.open()
    use(page.fragments["controls"], "annotator", annotator)
    return page


def settling(data: Path, annotator: str) -> AnnotationPage:
    """Open the page at the one disagreement that waits there."""
    page = opened(data, annotator)
    assert "arbitrer : n = 1" in page.fragments["controls"].html
    use(page.fragments["controls"], "settle", "adjudication")
    return page


def press(page: AnnotationPage, label: str) -> None:
    work_id, database = page.current or ("", "")
    use(page.fragments["choices"], "label", f"{database} {work_id}", label)


def labels(data: Path) -> dict[tuple[str, str], str]:
    entries = standing_labels(read_journal(journal_file(data)))
    return {(entry["work_id"], entry["annotator"]): entry["label"] for entry in entries}


def test_the_doubtful_come_first_then_the_likeliest_of_those_decided(data: Path) -> None:
    page = opened(data)
    seen = []
    while page.current is not None:
        seen.append(page.current[0].rpartition("/")[2])
        press(page, "uses")
    assert seen == ["0", "2", "1", "3"]
    assert "Tout est lu" in page.fragments["record"].html


def test_nothing_is_read_before_a_name_and_an_e_mail_is_refused(data: Path) -> None:
    page = opened(data, "ann@example.org")
    assert page.current is None
    assert "sans adresse" in page.fragments["controls"].html
    press(page, "uses")
    assert labels(data) == {}


def test_a_label_is_kept_at_once_and_another_kernel_goes_on(data: Path) -> None:
    page = opened(data)
    press(page, "mentions")
    assert labels(data) == {("doi:10.1234/0", "Ann"): "mentions"}
    again = opened(data)  # as after a killed kernel
    assert again.current == ("doi:10.1234/2", "snds")
    assert "1 couples publication" in again.fragments["controls"].html


def test_a_second_press_labels_nothing_else(data: Path) -> None:
    page = opened(data)
    former = page.current
    press(page, "uses")
    use(page.fragments["choices"], "label", f"{former[1]} {former[0]}", "none")
    assert labels(data) == {("doi:10.1234/0", "Ann"): "uses"}


def test_undo_brings_the_work_back(data: Path) -> None:
    page = opened(data)
    press(page, "uses")
    use(page.fragments["choices"], "undo")
    assert page.current == ("doi:10.1234/0", "snds")
    assert labels(data) == {}


def test_a_disagreement_is_settled_by_a_third_person(data: Path) -> None:
    for annotator, label in (("Ann", "uses"), ("Luc", "mentions")):
        add_label(journal_file(data), "doi:10.1234/1", "snds", label, annotator)
    page = settling(data, "Zoé")
    assert page.current == ("doi:10.1234/1", "snds")
    assert "Luc" in page.fragments["record"].html
    press(page, "describes")
    assert page.current is None
    assert read_journal(journal_file(data))[-1]["origin"] == "adjudication"


def test_two_readings_of_the_gold_set_that_differ_are_settled_here(data: Path, monkeypatch) -> None:
    header = "work_id,database,label,reason,annotator,labelled_on,origin,note\n"
    rows = "doi:10.1234/3,snds,{0},,{1},,,\ndoi:10.9999/elsewhere,snds,{0},,{1},,,\n"
    (data / "gold.csv").write_text(header + rows.format("none", "Ann"), encoding="utf-8")
    (data / "readings.csv").write_text(header + rows.format("uses", "Luc"), encoding="utf-8")
    monkeypatch.setattr(AnnotationPage, "gold", data / "gold.csv")
    uses = Corpus.of(data, "snds").uses
    judged = uses["work_id"] == "doi:10.1234/3"
    Corpus.of(data, "snds").write("uses", uses.assign(decided_by=uses["decided_by"].mask(judged, "person")))
    queue = Corpus.of(data, "snds").queue
    Corpus.of(data, "snds").write("queue", queue[queue["work_id"] != "doi:10.1234/3"])
    page = settling(data, "Zoé")
    assert page.current == ("doi:10.1234/3", "snds")
    assert "Ann : Faux ami" in page.fragments["record"].html
    press(page, "uses")
    assert page.current is None
    assert "arbitrer" not in opened(data, "Luc").fragments["controls"].html


def test_texts_from_outside_are_escaped_and_the_passage_marked(data: Path) -> None:
    html = opened(data).fragments["record"].html
    assert "<script" not in html
    assert "<img" not in html
    assert "We used the <mark>SNDS</mark> of France." in html
    assert html.count("<mark>") == 1


def test_a_report_from_any_page_is_in_the_same_journal(data: Path) -> None:
    page = SearchPage(data)
    page.open()
    use(page.fragments["report"], "missing", "10.1000/missing")
    use(page.fragments["report"], "wrong", "<b>not</b> the SNDS, tell ann@example.org")
    missing, wrong = read_journal(journal_file(data))
    assert (missing["kind"], missing["text"], missing["page"]) == ("missing", "10.1000/missing", "recherche")
    assert (wrong["kind"], "@" in wrong["text"]) == ("wrong", False)
    assert "enregistré" in page.fragments["report"].html


def test_quality_shows_counts_of_few_works_and_no_recall_of_a_sample(data: Path) -> None:
    page = QualityPage(data)
    page.open()
    assert "Pas encore mesuré" in page.fragments["recall"].html
    page.state.narrow(databases=("snds",))
    quality = json.loads(Corpus.of(data, "snds").quality_file.read_text(encoding="utf-8"))
    flow = quality["flow"]
    assert (flow["screened"], flow["included"], flow["doubtful"], flow["unlabelled"]) == (4, {"uses": 2}, 1, 1)
    assert "SNDS" in page.fragments["scope"].html
    sensitivity = quality["screening"]["validation"]["on_database"]["sensitivity"]
    assert f"{sensitivity['k']} / {sensitivity['n']}" in page.fragments["measures"].html
    assert json.loads(page.charts["flow"].figure)["layout"]["annotations"]
    page.state.narrow(databases=("pmsi",))
    assert "carto run pmsi" in page.fragments["scope"].html
    assert page.charts["flow"].figure == ""
