"""Open sources asked about the works of a corpus, on their recorded answers, served by a local server."""

import json
import re
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from carto_lib.atlas import build_atlas
from carto_lib.coverage import coverage
from carto_lib.dedupe import dedupe_corpus
from carto_lib.enrich.corpora import enrich_corpora
from carto_lib.enrich.lookups import ASKED_BY, look_up
from carto_lib.errors import SourceError
from carto_lib.harvest import _row
from carto_lib.i18n import translate
from carto_lib.registry import load_registry
from carto_lib.sources import SOURCES
from carto_lib.tables import Atlas, Corpus, as_table
from carto_lib.transport import POLICIES, Session

SERVED = {
    "crossref": "works_list_2022_three_items.json",
    "openalex": "works_list_sample5.json",
    "unpaywall": "doi_10.1016_j.envint.2020.105730.json",
    "opencitations": "index_v2_count.json",
    "datacite": "doi_dryad_dataset.json",
    "orcid": "expanded_search_sandbox.json",
    "thesesfr": "recherche_one_these_soutenue.json",
    "clinicaltrials": "biomcp_search_phelan_limit5_20260811.json",
}
FILLED = (
    *("oa_colour", "license", "cited_by_count", "fwci", "funding", "mesh", "openalex_topics", "sdg", "keywords"),
    *("label_fr", "references", "updates", "trials", "in_doaj", "orcid", "author", "institution", "country"),
)


@pytest.fixture
def server(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    for source in POLICIES:
        monkeypatch.setenv(f"CARTO_{source.upper()}_URL", httpserver.url_for(f"/{source}"))
    monkeypatch.setenv("CARTO_EMAIL", "reader@example.org")
    return httpserver


def serve(server: HTTPServer, source: str, body: bytes, status: int = 200) -> list[Request]:
    """Make a source answer one body to everything; return the requests as they come."""
    asked: list[Request] = []

    def handle(request: Request) -> Response:
        asked.append(request)
        return Response(body, status, content_type="application/json")

    pattern = re.compile(f"/{source}(/.*)?")
    server.expect_request(pattern).respond_with_handler(handle)
    return asked


def session(folder: Path) -> Session:
    return Session(folder / "answers", attempts=1, first_wait=0)


def works_of(*works: dict) -> object:
    return as_table([{"title": "t"} | work for work in works], "works")


def recorded(shared: Path, source: str) -> tuple[bytes, list[dict]]:
    body = (shared / "recorded" / source / SERVED[source]).read_bytes()
    return body, SOURCES[source].parse(body)


@pytest.mark.parametrize("source", ["crossref", "openalex", "unpaywall"])
def test_a_source_tells_of_the_works_asked_by_doi(source, shared, server, tmp_path):
    body, records = recorded(shared, source)
    doi = next(record["doi"] for record in records if record["doi"])
    asked = serve(server, source, body)
    works = works_of({"work_id": f"doi:{doi}", "doi": doi})
    facts, lookups = look_up(works, [], [source], session(tmp_path))
    assert doi in asked[0].url.replace("%2F", "/") or doi in str(asked[0].args)
    assert lookups[["work_id", "source", "status"]].to_numpy().tolist() == [[f"doi:{doi}", source, "answered"]]
    assert lookups["retrieved_at"].notna().all()
    assert {fact.work_id for fact in facts} == {f"doi:{doi}"}
    assert facts[0].extra == next(record for record in records if record["doi"] == doi)["extra"]


def test_opencitations_counts_and_its_zero_is_no_zero(shared, server, tmp_path):
    body, _ = recorded(shared, "opencitations")
    asked = serve(server, "opencitations", body)
    works = works_of({"work_id": "doi:10.1/a", "doi": "10.1/a"})
    facts, _ = look_up(works, [], ["opencitations"], session(tmp_path))
    assert asked[0].path == "/opencitations/index/v2/citation-count/doi:10.1/a"
    assert facts[0].extra == {"cited_by_count": 37}
    server.clear()
    serve(server, "opencitations", b'[{"count": "0"}]')
    facts, lookups = look_up(works, [], ["opencitations"], session(tmp_path / "again"))
    assert not facts
    assert list(lookups["status"]) == ["unknown"]


def test_datacite_tells_the_data_sets_of_a_work(shared, server, tmp_path):
    body, (dataset,) = recorded(shared, "datacite")
    article = next(item["id"] for item in dataset["extra"]["related"] if item["scheme"] == "DOI").lower()
    serve(server, "datacite", body)
    works = works_of({"work_id": "doi:x", "doi": article}, {"work_id": "doi:y", "doi": "10.1/other"})
    facts, lookups = look_up(works, [], ["datacite"], session(tmp_path))
    assert [(fact.work_id, fact.extra) for fact in facts] == [("doi:x", {"datasets": [dataset["doi"]]})]
    assert list(lookups["status"]) == ["answered", "unknown"]


def test_a_thesis_is_asked_by_its_number(shared, server, tmp_path):
    body, (thesis,) = recorded(shared, "thesesfr")
    asked = serve(server, "thesesfr", body)
    works = works_of({"work_id": "title:1", "nnt": thesis["nnt"]})
    facts, _ = look_up(works, [], ["thesesfr"], session(tmp_path))
    assert asked[0].path == f"/thesesfr/theses/these/{thesis['nnt']}"
    assert facts[0].extra == (thesis["extra"] or {})


def test_trials_get_the_title_of_their_registry(shared, server, tmp_path):
    body, studies = recorded(shared, "clinicaltrials")
    number, title = studies[0]["source_id"], studies[0]["title"]
    serve(server, "clinicaltrials", body)
    works = works_of({"work_id": "pmid:1", "title": f"A trial ({number})"})
    facts, _ = look_up(works, [], ["clinicaltrials"], session(tmp_path))
    assert facts[0].extra["trials"] == [{"scheme": "nct", "identifier": number, "title": title}]


def test_orcid_gives_its_identifier_to_the_author_who_claims_the_work(shared, server, tmp_path):
    body, persons = recorded(shared, "orcid")
    facts_of_first = persons[0]["extra"]
    serve(server, "orcid", body)
    corpus = Corpus(tmp_path / "c")
    name = f"{facts_of_first['family']}, {facts_of_first['given'][0]}."
    author = {"source": "file", "source_id": "1", "title": "t", "year": 2020, "doi": "10.1/a"}
    corpus.write("records", [_row(author | {"authors": [{"name": name}, {"name": "Zins, Marie"}]})])
    dedupe_corpus(corpus)
    enrich_corpora([corpus], session(tmp_path), ["orcid"])
    assert list(corpus.authorships["orcid"].fillna("")) == [facts_of_first["orcid"], ""]
    assert f"orcid:{facts_of_first['orcid']}" in set(corpus.authors["author_id"])


@pytest.mark.parametrize("status", [500, 400])
def test_a_source_that_is_down_leaves_a_gap_that_the_next_run_fills(status, shared, server, tmp_path):
    body, records = recorded(shared, "unpaywall")
    doi = records[0]["doi"]
    works = works_of({"work_id": "doi:a", "doi": "10.1/a"}, {"work_id": "doi:b", "doi": doi})
    asked = serve(server, "unpaywall", b"down", status)
    facts, lookups = look_up(works, [], ["unpaywall"], session(tmp_path))
    assert not facts
    assert len(asked) == 1
    assert list(lookups["status"]) == ["failed", "failed"]
    assert lookups["reason"].str.contains(str(status)).all()
    server.clear()
    serve(server, "unpaywall", body)
    facts, lookups = look_up(works, [], ["unpaywall"], session(tmp_path))
    assert [fact.work_id for fact in facts] == ["doi:b"]
    assert list(lookups["status"]) == ["unknown", "answered"]


def test_an_unknown_identifier_is_no_failure(server, tmp_path):
    serve(server, "unpaywall", b"{}", 404)
    works = works_of({"work_id": "doi:a", "doi": "10.1/a"})
    _, lookups = look_up(works, [], ["unpaywall"], session(tmp_path))
    assert list(lookups["status"]) == ["unknown"]


def test_an_answer_that_changed_shape_names_the_field_missing(server, tmp_path):
    serve(server, "crossref", json.dumps({"message-type": "work-list", "message": {"results": []}}).encode())
    works = works_of({"work_id": "doi:a", "doi": "10.1/a"})
    facts, lookups = look_up(works, [], ["crossref"], session(tmp_path))
    assert not facts
    assert "'items'" in lookups["reason"].iloc[0]


def test_wrong_uses_are_refused(tmp_path):
    works = works_of({"work_id": "doi:a", "doi": "10.1/a"})
    with pytest.raises(SourceError, match="session"):
        look_up(works, [], ["crossref"], None)
    with pytest.raises(SourceError, match="choose among openalex"):
        look_up(works, [], ["pubmed"], None)


def test_an_atlas_of_recorded_answers_shows_its_fields_filled(shared, server, tmp_path):
    """Records → works → lookups → tables → atlas → coverage, every answer real."""
    corpus = Corpus.of(tmp_path, "snds")
    rows = {}
    for source in ("pubmed", "europepmc"):
        for path in sorted((shared / "recorded" / source).iterdir()):
            try:
                found = [] if ".meta." in path.name else SOURCES[source].parse(path.read_bytes())
            except SourceError:
                continue
            rows |= {(one["source"], one["source_id"]): one for one in found[:3] if one["title"]}
    dois: dict[str, str | None] = {}
    numbers = set()
    for source in ("crossref", "openalex", "unpaywall"):
        body, records = recorded(shared, source)
        dois |= {record["doi"]: record["journal"] for record in records if record["doi"]}
        serve(server, source, body)
    body, (thesis,) = recorded(shared, "thesesfr")
    serve(server, "thesesfr", body)
    numbers.add(thesis["nnt"])
    for doi, journal in dois.items():
        rows["file", doi] = {"source": "file", "source_id": doi, "title": f"Work {doi}", "doi": doi, "journal": journal}
    for number in numbers:
        rows["file", number] = {"source": "file", "source_id": number, "title": "Une thèse", "nnt": number}
    serve(server, "opencitations", b"down", 500)
    corpus.write("records", [_row(row) for row in rows.values()])
    dedupe_corpus(corpus)
    asked = ["openalex", "crossref", "unpaywall", "thesesfr", "opencitations"]
    enrich_corpora([corpus], session(tmp_path), asked)
    assert set(asked) <= set(ASKED_BY)
    used = [
        {"work_id": work, "database": "snds", "label": "uses", "decision": "accepted"}
        for work in corpus.works["work_id"]
    ]
    corpus.write("uses", used)
    corpus.write("mentions", [])
    atlas = build_atlas(tmp_path, load_registry())
    assert set(atlas.works["work_id"]) == set(corpus.works["work_id"])
    for tables in (corpus, atlas):
        shows_its_fields_filled(tables)


def shows_its_fields_filled(tables: Corpus | Atlas) -> None:
    access = tables.access.set_index("source")
    assert access.loc[["openalex"], "oa_colour"].notna().any()
    assert access.loc[["openalex"], "cited_by_count"].max() > 0
    assert access.loc[["unpaywall"], "oa_url"].notna().any()
    assert "opencitations" not in access.index
    assert (tables.lookups.set_index("source").loc["opencitations", "status"] == "failed").all()
    for table in ("funding", "topics", "references", "updates", "trials", "journals", "access"):
        assert tables.table(table)["source"].notna().any(), table
    assert tables.topics["label_fr"].notna().any()
    assert tables.journals["in_doaj"].notna().any()
    told = coverage(tables, "en").set_index("field")
    assert (told["works"] == len(tables.works)).all()
    for name in FILLED:
        field = translate(f"coverage.field.{name}", "en")
        assert told.loc[field, "filled"] > 0, field
        assert told.loc[field, "reason"] == ""
    for field in ("Open access colour", "Funders", "MeSH descriptors", "Cited references", "Licence"):
        assert told.loc[field, "sources"]
    assert told.loc["Projects of the Health Data Hub's public register", "reason"].startswith("0 of ")
    assert coverage(tables, "fr")["filled"].tolist() == told["filled"].tolist()
