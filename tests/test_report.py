"""Reports: sections that count, refusals in one sentence, one file that asks for nothing, pictures kept apart."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from small_atlas import small_atlas
from typer.testing import CliRunner

from carto_lib import figures
from carto_lib.cli import app
from carto_lib.errors import CartoError
from carto_lib.i18n import LANGUAGES
from carto_lib.report import Report, find_browser, to_pdf
from carto_lib.report.drawing import draw
from carto_lib.report.printing import in_page

HOSTILE = '<script>alert(1)</script> & "x"'
OUTSIDE = re.compile(r"""(?:src|href)=["'](?!data:|https?://|#)|<link|@import|url\((?!["']?data:)""")


@pytest.fixture
def data(tmp_path) -> Path:
    atlas = small_atlas(tmp_path)
    works = atlas.works.copy()
    works.loc[works["work_id"] == "doi:10.1/2", "title"] = HOSTILE
    atlas.write("works", works)
    return tmp_path


@pytest.fixture
def no_browser(monkeypatch, tmp_path):
    monkeypatch.setenv("CARTO_CHROMIUM", str(tmp_path / "nowhere"))


@pytest.fixture
def browser() -> str:
    found = find_browser()
    if found is None:
        if os.environ.get("CARTO_REQUIRE_BROWSER"):
            pytest.fail("no Chromium")
        pytest.skip("no Chromium: reports are HTML only")
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cover_counts_the_works_of_the_database(data, language):
    cover = Report("snds", data=data, language=language).cover().data
    numbers = [int(value) for value in re.findall(r"<dd>(\d+)</dd></div>", cover)]
    assert numbers == [4, 2, 4, 3, 0]  # works, confirmed uses, people, structures, works of unknown year
    assert "SNDS" in cover


def test_a_yearly_report_keeps_its_year_and_says_what_it_leaves_out(data):
    report = Report("pmsi", 2020, data=data)
    assert list(report.atlas.works["work_id"]) == ["doi:10.1/1"]
    assert len(report.every_year.works) == 2
    assert "<dd>1</dd></div></dl>" in report.cover().data.replace("\n", "")  # one work of unknown year
    assert "ne retient que 2020" in report.method().data


def test_what_cannot_be_reported_is_refused_in_a_sentence(data):
    with pytest.raises(CartoError, match="nothing-like-it"):
        Report("nothing-like-it", data=data)
    with pytest.raises(CartoError, match=r"no work on constances in .*atlas: run `carto run constances`"):
        Report("constances", data=data)
    with pytest.raises(CartoError, match=r"no work of 1950 on snds in .*: those known are of 2019 to 2021"):
        Report("snds", 1950, data=data)


def test_works_are_listed_latest_first_with_hostile_titles_as_text(data):
    listed = Report("snds", data=data).publications().data
    assert "<script>" not in listed
    assert "&lt;script&gt;alert(1)" in listed
    assert listed.index("&lt;script&gt;") < listed.index("Diabète")
    assert "Rétractée" in listed


def test_the_network_of_a_report_is_counted(data):
    part = Report("snds", data=data, pictures=data).network().data
    assert "4 personnes dessinées sur 4" in part
    assert part.count("<circle") == 4
    assert (data / "network.svg").read_text(encoding="utf-8").startswith("<svg")


def test_what_the_last_run_changed_is_told(data):
    assert "Aucune moisson" in Report("snds", data=data).changes().data
    runs = data / "corpora" / "snds" / "runs"
    runs.mkdir(parents=True)
    changes = {"new": ["doi:10.1/1"], "changed": {}, "retracted": ["doi:10.1/2"], "gone": []}
    (runs / "changes.json").write_text(json.dumps(changes), encoding="utf-8")
    told = Report("snds", data=data).changes().data
    assert [int(n) for n in re.findall(r"n = (\d+)", told)] == [1, 0, 1, 0]
    assert "doi:10.1/2" in told
    (runs / "changes.json").write_text("{", encoding="utf-8")
    with pytest.raises(CartoError, match=r"changes\.json can't be read"):
        Report("snds", data=data).changes()


def test_without_a_browser_the_report_is_html_and_says_so(data, no_browser):
    output = data / "out"
    options = ["report", "snds", "--data", str(data), "-o", str(output), "--language", "en"]
    result = CliRunner().invoke(app, options)
    assert result.exit_code == 0, result.output
    assert "Chromium is absent" in result.stderr
    assert [Path(line).name for line in result.stdout.split()] == ["snds.html"]
    page = (output / "snds.html").read_text(encoding="utf-8")
    assert "Plotly.newPlot" in page  # the charts draw themselves, from the script that the file holds
    assert page.count("<h2>") == 10
    assert "<script>alert" not in page
    assert not (output / "snds.pdf").exists()
    refused = CliRunner().invoke(app, [*options, "--format", "pdf"])
    assert isinstance(refused.exception, CartoError)


def test_formats_and_languages_unknown_are_usage_errors(data):
    for options in (["--format", "docx"], ["--language", "de"], ["--year", "-3"]):
        assert CliRunner().invoke(app, ["report", "snds", "--data", str(data), *options]).exit_code == 2


def test_charts_are_drawn_once_and_kept_for_slides(data, browser):
    report = Report("snds", data=data)
    charts = {"years": report.charts["years"], "topics": figures.topics_bars(report.whole.select(years=(1900, 1901)))}
    drawn = draw(charts, {"years": 300, "topics": 300}, data / "pictures")
    assert drawn["years"].startswith("<svg")
    assert drawn["topics"] == ""
    assert (data / "pictures" / "years.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in (data / "pictures").iterdir()) == ["years.png", "years.svg"]


def test_the_printed_page_holds_all_it_needs(data, browser):
    report = Report("snds", data=data)
    page = data / "page.html"
    text = in_page(report.cover().data + report.publications().data, 'SNDS "2020"', "fr")
    assert not OUTSIDE.search(text)
    page.write_text(text, encoding="utf-8")
    to_pdf(page, data / "page.pdf")
    assert (data / "page.pdf").read_bytes().startswith(b"%PDF")
    if shutil.which("pdftotext"):
        words = subprocess.run(["pdftotext", data / "page.pdf", "-"], capture_output=True, text=True, check=True).stdout
        assert "alert(1)" in words
        assert "1/1" in words.replace(" ", "")
