"""A holder's page saved as HTML: identifiers and citation lines, hostile pages, robots.txt and pace."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from carto_lib.errors import FileFormatError, SourceError
from carto_lib.sources.files import parse_body, parse_file
from carto_lib.sources.files.pages import parse_page
from carto_lib.transport.pages import fetch_page

PAGE = """<!DOCTYPE html><html><head><title>Nos publications</title><script>var x = "10.9999/script";</script></head>
<body><nav><ul><li><a href="/2019">2019</a> Toutes les publications de notre cohorte, année après année</li></ul></nav>
<h2>Publications 2019</h2>
<div class="list"><ul>
<li>Dupont A, Martin B. Sleep and work in a French cohort: an example. J Sleep. 2019;12:1-9.
  <a href="https://doi.org/10.1234/ABC.5">doi</a> <a href="https://pubmed.ncbi.nlm.nih.gov/31234567/">PubMed</a></li>
<li>Durand C., « Dormir à l'hôpital, une étude de cas », Revue d'essai, 2018, p. 3-9. contact@exemple.fr</li>
<li><a href="https://hal.science/hal-01234567v2">Le sommeil des soignants dans une cohorte</a> (2017)</li>
<li><a href="/contact">Nous écrire</a></li>
</ul></div>
<table><tr><td>2021</td><td><strong>Night shifts and the heart in twelve clinics</strong></td>
<td><a href="https://www.example.org/doi/full/10.5555/night.1">lien</a></td></tr></table>
<p>Moreau D, Petit E (2020). The dreams of the example cohort over ten years. Dream Journal, 4(2), 10-20.</p>
<p>Bienvenue sur le site de notre cohorte.</p></body></html>"""
PUBMED = """<html><head><link rel="canonical" href="https://pubmed.ncbi.nlm.nih.gov/?term=elfe"></head><body>
<article class="full-docsum"><div class="docsum-content"><a class="docsum-title" href="/31234567/">Sleep of
<b>Elfe</b> children.</a><span class="docsum-authors">Dupont A.</span><span>Sleep. 2019 May. PMID: 31234567</span></div>
</article></body></html>"""


def test_each_publication_of_a_page_is_read_once(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(PAGE, encoding="utf-8")
    found = {record["title"]: record for record in parse_file(file)}
    assert list(found) == [
        "Sleep and work in a French cohort: an example",
        "Dormir à l'hôpital, une étude de cas",
        "Le sommeil des soignants dans une cohorte",
        "Night shifts and the heart in twelve clinics",
        "The dreams of the example cohort over ten years",
    ]
    first, second, third, fourth, fifth = found.values()
    assert (first["doi"], first["pmid"], first["year"]) == ("10.1234/abc.5", "31234567", 2019)
    assert (second["doi"], second["year"]) == (None, 2018)
    assert (third["hal_id"], third["year"]) == ("hal-01234567", 2017)
    assert (fourth["doi"], fourth["year"]) == ("10.5555/night.1", 2021)
    assert fifth["year"] == 2020
    assert {record["source"] for record in found.values()} == {"html"}
    assert "@" not in str(list(found.values()))


def test_a_site_with_an_adapter_is_read_by_it() -> None:
    (record,) = parse_page(PUBMED.encode())
    assert (record["title"], record["pmid"], record["year"]) == ("Sleep of Elfe children.", "31234567", 2019)


def test_hostile_pages_give_text_or_one_sentence() -> None:
    deep = b"<div>" * 20_000 + b"<li>Dupont A. A study of the sleep of clinics. J. 2019 10.1234/deep</li>"
    assert parse_page(deep) is not None
    with pytest.raises(FileFormatError, match="no record of format html"):
        parse_body(b"<html><body><p>Nothing here</p></body></html>", "html")
    with pytest.raises(FileFormatError, match="too large"):
        parse_page(b" " * 30_000_001)
    marked = "<li><b>&lt;script&gt;alert(1)&lt;/script&gt; in a title of some words</b> 10.1234/x</li>"
    (record,) = parse_page(marked.encode())
    assert "script" not in record["title"]


@settings(deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for record in parse_page(b"<html><li>" + body):
        assert record["title"] or record["doi"] or record["pmid"] or record["hal_id"]


def serve(httpserver: HTTPServer, robots: str, status: int = 200) -> str:
    httpserver.expect_request("/robots.txt").respond_with_data(robots, status=status, content_type="text/plain")
    httpserver.expect_request("/publications").respond_with_data(PAGE, content_type="text/html; charset=utf-8")
    httpserver.expect_request("/list.pdf").respond_with_data(b"%PDF", content_type="application/pdf")
    return httpserver.url_for("/publications")


def test_a_page_is_fetched_at_the_pace_of_robots_txt(httpserver: HTTPServer, tmp_path: Path) -> None:
    url = serve(httpserver, "User-agent: *\nCrawl-delay: 1\nDisallow: /private\n")
    start = time.monotonic()
    files = {fetch_page(url, tmp_path) for _ in range(2)}
    assert time.monotonic() - start >= 1
    assert len(files) == 1 and len(parse_file(files.pop())) == 5
    asked = [request for request, _ in httpserver.log if request.path == "/publications"]
    assert len(asked) == 2 and all("Carto/" in request.headers["User-Agent"] for request in asked)


@pytest.mark.parametrize(
    ("robots", "status", "message"),
    [
        ("User-agent: *\nDisallow: /publications\n", 200, "asks robots not to fetch"),
        ("", 503, "a répondu HTTP 503"),
    ],
)
def test_robots_txt_is_obeyed(robots: str, status: int, message: str, httpserver: HTTPServer, tmp_path: Path) -> None:
    url = serve(httpserver, robots, status)
    with pytest.raises(SourceError, match=message):
        fetch_page(url, tmp_path)
    assert [request.path for request, _ in httpserver.log] == ["/robots.txt"]


def test_what_is_no_page_is_refused(httpserver: HTTPServer, tmp_path: Path) -> None:
    url = serve(httpserver, "", 404)
    assert fetch_page(url, tmp_path).is_file(), "no robots.txt: everything is allowed"
    for address, message in [
        (httpserver.url_for("/list.pdf"), "no HTML page"),
        ("ftp://example.org/x", "no web address"),
        ("http://127.0.0.1:9/x", "est injoignable"),
    ]:
        with pytest.raises(SourceError, match=message):
            fetch_page(address, tmp_path / "other")
