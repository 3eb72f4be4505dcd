"""Every recorded answer either gives as many records as it holds, or an error that says why not."""

import json
import re
from pathlib import Path

import pytest
from conftest import shared_dir

from carto_lib.errors import CartoError, QuotaSpent, SourceError
from carto_lib.sources import SOURCES
from carto_lib.sources.fields import RECORD_FIELDS
from carto_lib.tables import table_specs

RECORDED = shared_dir() / "recorded"
NOT_RECORDS = {
    "pubmed": r"biomcp_e|efetch_400|efetch_doi_url|efetch_wrong|einfo|elink|epost|esearch|espell|esummary|rate_limit",
    "europepmc": r"error_|_503_|\.xml$",
    "openalex": r"^(author|concept|funder|institution|publisher|source|topic|error)_",
    "crossref": r"^(agency|funders?_(?!works)|openurl)|_40[04]|abstract_xml|elife01567|multiple_titles",
    "hal": r"^oaipmh|^ref_author",
    "orcid": r"error|_bad_|locked|not_found",
    "idref": r"idref_doc_1",
}
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}")


def answers() -> list[Path]:
    return sorted(path for path in RECORDED.glob("*/*") if not path.name.endswith(".meta.json"))


def answers_of_sources() -> list[Path]:
    return [path for path in answers() if path.parent.name in SOURCES]


def count_independently(source: str, body: bytes) -> int:
    """Count what an answer holds without the parsers: by its marks, or by the length of its list."""
    text = body.decode()
    if source == "pubmed":
        return len(re.findall(r"<Pubmed(?:Book)?Article>", text))
    if source == "idref" and text.startswith("<"):
        return 1
    content = json.loads(text)
    if source == "orcid" and "affiliation-group" in content:
        return text.count("employment-summary")
    if isinstance(content, list):
        return len(content)
    content = content.get("message", content)
    for path in (
        "results/bindings",
        "response/docs",
        "resultList/result",
        "results",
        "docs",
        "items",
        "studies",
        "theses",
        "data",
        "group",
        "expanded-result",
        "result",
    ):
        found = content
        for name in path.split("/"):
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, list):
            if source == "idref":
                return len({(row.get("pub") or row.get("uri") or {}).get("value") for row in found})
            return len(found)
    return 0 if "num-found" in content else 1


@pytest.mark.parametrize("path", answers_of_sources(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_answer_gives_its_records_or_says_why_not(path: Path) -> None:
    source, body = path.parent.name, path.read_bytes()
    pattern = NOT_RECORDS.get(source)
    if pattern and re.search(pattern, path.name):
        with pytest.raises(SourceError, match=source):
            SOURCES[source].parse(body)
        return
    records = SOURCES[source].parse(body)
    assert len(records) == count_independently(source, body)
    types = set(re.findall(r"\w+", table_specs()["records"]["columns"]["type"]["en"].split("(")[1]))
    for record in records:
        assert tuple(record) == RECORD_FIELDS
        assert record["source"] == source
        assert record["source_id"]
        assert record["type"] is None or record["type"] in types
        assert not (record["year"] and record["date"]) or record["date"].startswith(str(record["year"]))
        assert not EMAIL.search(json.dumps([record["authors"], record["affiliations"], record["extra"]]))


def test_columns_are_those_of_the_table() -> None:
    assert tuple(table_specs()["records"]["columns"]) == RECORD_FIELDS


@pytest.mark.parametrize("source", SOURCES)
def test_no_recorded_body_crashes_any_parser(source: str, shared: Path) -> None:
    paths = answers()
    assert len(paths) > 300
    for path in paths:
        body = path.read_bytes()
        for part in (body, body[: len(body) // 2]):
            try:
                SOURCES[source].parse(part)
            except CartoError as error:
                assert str(error).startswith(source)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"<!DOCTYPE html><html><body>Bad gateway</body></html>",
        b"Service Unavailable",
        b'{"a": [1, {"b"',
        b"<PubmedArticleSet><PubmedArticle>",
        b"\xff\xfe\x00",
        b"null",
        b"3",
        b'["x"]',
        b"{}",
    ],
)
def test_what_is_not_an_answer_is_refused(source: str, body: bytes) -> None:
    with pytest.raises(SourceError):
        SOURCES[source].parse(body)


@pytest.mark.parametrize("source", ["pubmed", "idref"])
def test_entities_are_never_expanded(source: str) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    body = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x>&l11;</x>'.encode()
    with pytest.raises(SourceError):
        SOURCES[source].parse(body)


def test_files_are_never_read_through_xml() -> None:
    body = b'<!DOCTYPE PubmedArticleSet [<!ENTITY e SYSTEM "file:///etc/hostname">]><PubmedArticleSet>&e;</PubmedArticleSet>'
    with pytest.raises(SourceError, match="entities"):
        SOURCES["pubmed"].parse(body)


def test_spent_budget_is_not_any_error(shared: Path) -> None:
    body = (shared / "recorded/openalex/error_429_budget_exhausted.json").read_bytes()
    with pytest.raises(QuotaSpent, match="budget"):
        SOURCES["openalex"].parse(body)
