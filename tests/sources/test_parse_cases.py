"""Small answers written by hand, one a difficulty: they run where no recorded answer is at hand."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from carto_lib.cli import app
from carto_lib.errors import SourceError
from carto_lib.sources import SOURCES
from carto_lib.sources.fields import normal_language


def parse(source: str, answer: Any) -> list[dict[str, Any]]:
    body = answer if isinstance(answer, str) else json.dumps(answer)
    return SOURCES[source].parse(body.encode("utf-8", "surrogatepass"))


def article(inside: str, beside: str = "", data: str = "") -> dict[str, Any]:
    """Return the record of one PubMed article."""
    (record,) = parse(
        "pubmed",
        f"\n<?xml version='1.0'?><PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article>{inside}"
        f"</Article>{beside}</MedlineCitation><PubmedData>{data}</PubmedData></PubmedArticle></PubmedArticleSet>",
    )
    return record


def test_pubmed_titles() -> None:
    found = article(
        "<ArticleTitle>[Use of the <i>SNDS</i> in CO<sub>2</sub> studies].</ArticleTitle>"
        "<VernacularTitle>Usage du SNDS.</VernacularTitle><Language>fre</Language>"
    )
    assert (found["title"], found["title_original"]) == ("Use of the SNDS in CO2 studies.", "Usage du SNDS.")
    assert found["language"] == "fr"
    assert (
        article("<ArticleTitle>Same.</ArticleTitle><VernacularTitle>Same.</VernacularTitle>")["title_original"] is None
    )


@pytest.mark.parametrize(
    ("inside", "beside", "expected"),
    [
        ("", "", None),
        ("<Abstract><AbstractText>One.</AbstractText></Abstract>", "", "One."),
        (
            '<Abstract><AbstractText Label="AIM">A &lt; B.</AbstractText>'
            '<AbstractText Label="UNLABELLED">C.</AbstractText></Abstract>',
            "",
            "AIM: A < B.\nC.",
        ),
        ("", '<OtherAbstract Language="fre"><AbstractText>Résumé.</AbstractText></OtherAbstract>', "Résumé."),
        (
            "<Abstract><AbstractText>One.</AbstractText></Abstract>",
            '<OtherAbstract Language="fre"><AbstractText>Résumé.</AbstractText></OtherAbstract>',
            "One.",
        ),
    ],
)
def test_pubmed_abstracts(inside: str, beside: str, expected: str | None) -> None:
    assert article(f"<ArticleTitle>T</ArticleTitle>{inside}", beside)["abstract"] == expected


def test_pubmed_authors() -> None:
    people = article(
        """<AuthorList CompleteYN="N"><Author ValidYN="N"><LastName>Wiell</LastName></Author>
        <Author ValidYN="Y"><LastName>de La Tour</LastName><ForeName>Ada</ForeName>
          <Identifier Source="ORCID">http://orcid.org/0000-0002-1825-0097</Identifier>
          <AffiliationInfo><Affiliation>Cnam, Paris. ada@cnam.fr.</Affiliation></AffiliationInfo>
          <AffiliationInfo><Affiliation>Inserm, France.</Affiliation></AffiliationInfo></Author>
        <Author><CollectiveName>EPI-PHARE group</CollectiveName></Author></AuthorList>"""
    )
    assert people["authors_complete"] is False
    first, group = people["authors"]
    assert first["family"] == "de La Tour"
    assert first["orcid"] == "0000-0002-1825-0097"
    assert len(first["affiliations"]) == 2
    assert "@" not in json.dumps(first)
    assert group == {"name": "EPI-PHARE group", "collective": True}


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("<Year>2019</Year><Month>Mar</Month><Day>4</Day>", "2019-03-04"),
        ("<Year>2019</Year><Season>Spring</Season>", "2019"),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998-12"),
        ("<MedlineDate>Summer 2000</MedlineDate>", "2000"),
        ("<MedlineDate>no date</MedlineDate>", None),
    ],
)
def test_pubmed_dates(date: str, expected: str | None) -> None:
    found = article(f"<Journal><JournalIssue><PubDate>{date}</PubDate></JournalIssue></Journal>")
    assert found["date"] == expected
    assert found["year"] == (int(expected[:4]) if expected else None)


@pytest.mark.parametrize(
    ("kinds", "retracted", "kind"),
    [
        (["Journal Article", "Retracted Publication"], True, "article"),
        (["Retraction of Publication"], False, "retraction_notice"),
        (["Journal Article", "Retraction Notice"], False, "retraction_notice"),
        (["Journal Article", "Published Erratum"], False, "correction"),
        (["Meeting Abstract"], False, "abstract"),
        (["Journal Article", "Meta-Analysis"], False, "review"),
        (["Journal Article", "Preprint"], False, "preprint"),
    ],
)
def test_retracted_papers_and_notices_differ(kinds: list[str], retracted: bool, kind: str) -> None:
    types = "".join(f"<PublicationType>{name}</PublicationType>" for name in kinds)
    found = article(f"<PublicationTypeList>{types}</PublicationTypeList>")
    assert (found["is_retracted"], found["type"]) == (retracted, kind)


def test_europepmc_headings_and_names() -> None:
    result = {
        "source": "MED",
        "id": "7",
        "title": "[Étude].",
        "abstractText": "<h4>Unlabelled</h4>First.<h4>Methods:</h4>x &lt; <i>y</i>.",
        "pubTypeList": {"pubType": ["meeting-report"]},
        "authorList": {"author": {"collectiveName": "SFR group"}},
    }
    (found,) = parse("europepmc", {"resultList": {"result": [result]}})
    assert found["abstract"] == "First.\nMethods: x < y."
    assert (found["title"], found["type"], found["pmid"]) == ("Étude.", "conference", "7")
    assert found["authors"] == [{"name": "SFR group", "collective": True}]


def test_openalex_without_place_nor_authors() -> None:
    work = {"id": "https://openalex.org/W1", "title": None, "primary_location": None, "authorships": [], "ids": None}
    (found,) = parse("openalex", {"results": [work], "meta": {}})
    assert (found["openalex_id"], found["title"], found["journal"], found["authors"]) == ("W1", None, None, None)
    people = [{"raw_author_name": f"A {n}", "author": None} for n in range(100)]
    (cut,) = parse("openalex", {"results": [work | {"authorships": people}], "meta": {}})
    assert cut["authors_complete"] is False


def test_hal_lists_that_disagree_give_no_family_name() -> None:
    document = {
        "halId_s": "hal-01234567",
        "title_s": ["Une étude", "A study"],
        "language_s": ["fr"],
        "authFullName_s": ["Ada Seze", "Jean Petit"],
        "authFirstName_s": ["Ada", "Marie"],
        "authLastName_s": ["Seze", "Grand"],
    }
    (found,) = parse("hal", {"response": {"docs": [document]}})
    assert found["authors"] == [{"name": "Ada Seze", "given": "Ada", "family": "Seze"}, {"name": "Jean Petit"}]
    assert parse("hal", {"response": {"docs": [{"halId_s": "hal-1"}]}})[0]["authors"] is None


def test_crossref_trials_and_original_title() -> None:
    work = {"DOI": "10.1000/X", "title": ["T"], "original-title": ["T"], "type": "journal-article"}
    work["clinical-trial-number"] = [{"clinical-trial-number": "nct00000001"}]
    (found,) = parse("crossref", {"message-type": "work", "message": work})
    assert (found["doi"], found["title_original"]) == ("10.1000/x", None)
    assert found["extra"]["trials"] == [{"scheme": "nct", "identifier": "NCT00000001"}]


def test_thesesfr_detail_names_things_its_own_way() -> None:
    detail = {
        "nnt": "2022UCFAC034",
        "titrePrincipal": "Une étude du SNDS",
        "titres": {"fr": "Une étude du SNDS", "en": "A study of the SNDS"},
        "resumes": {"fr": "Résumé.", "en": "Abstract."},
        "mapSujets": {"fr": [{"keyword": "SNDS", "type": "sujet", "query": "x"}]},
        "etabSoutenance": {"nom": "Rennes"},
        "partenairesRecherche": [{"nom": "Irset", "type": "laboratoire"}],
        "membresJury": [{"nom": "Petit", "prenom": "Jean", "ppn": "1"}],
        "auteurs": [{"nom": "Seze", "prenom": "Ada", "ppn": "2"}],
        "langues": ["fr"],
        "dateSoutenance": "07/12/2022",
    }
    (found,) = parse("thesesfr", detail)
    assert (found["title"], found["title_original"]) == ("A study of the SNDS", "Une étude du SNDS")
    assert (found["abstract"], found["date"], found["keywords"]) == ("Abstract.", "2022-12-07", ["SNDS"])
    assert found["affiliations"] == ["Rennes", "Irset"]
    assert found["extra"]["jury"][0]["name"] == "Jean Petit"


@pytest.mark.parametrize(
    ("general", "special", "kind"),
    [
        ("Text", "Journal article", "article"),
        ("Dataset", "Text", "dataset"),
        ("Text", "Poster", "other"),
        ("", "", None),
    ],
)
def test_datacite_types(general: str, special: str, kind: str | None) -> None:
    types = {"resourceTypeGeneral": general, "resourceType": special}
    assert parse("datacite", {"doi": "10.5072/a", "types": types})[0]["type"] == kind


def test_halves_of_characters_and_bottomless_json_are_no_crash() -> None:
    (found,) = parse("crossref", '{"message-type": "work", "message": {"DOI": "10.1000/x", "title": ["a \\ud83d b"]}}')
    assert found["title"] == "a ? b"
    with pytest.raises(SourceError, match="crossref"):
        parse("crossref", "[" * 100_000)


def test_a_429_body_is_not_a_record() -> None:
    with pytest.raises(SourceError, match="rate limit"):
        parse("pubmed", {"error": "API rate limit exceeded", "api-key": "203.0.113.7", "count": "4", "limit": "3"})


def test_the_command_gives_every_author_all_its_keys() -> None:
    answer = {"results": [{"id": "https://openalex.org/W1", "authorships": [{"raw_author_name": "A B"}]}], "meta": {}}
    outcome = CliRunner().invoke(app, ["parse", "openalex"], input=json.dumps(answer))
    (line,) = outcome.stdout.splitlines()
    expected = {"name": "A B", "given": None, "family": None, "orcid": None, "affiliations": []}
    assert json.loads(line)["authors"] == [expected]


@pytest.mark.parametrize(
    ("given", "code"),
    [("fr", "fr"), ("fr-FR", "fr"), ("FRE", "fr"), ("fra", "fr"), ("English", "en"), ("xx", None), ("zz_ZZ", None),
     ("und", None), ("", None), (None, None)],
)  # fmt: skip
def test_a_language_is_of_iso_639_1_or_unknown(given: str | None, code: str | None) -> None:
    assert normal_language(given) == code
