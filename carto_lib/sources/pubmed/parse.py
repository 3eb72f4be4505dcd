"""PubMed XML (efetch) to records: https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html."""

from collections.abc import Sequence
from typing import Any

from lxml import etree

from carto_lib.errors import SourceError
from carto_lib.sources.answers import excerpt, inner_text, load_xml, reader
from carto_lib.sources.fields import (
    Record,
    author,
    clean,
    known,
    normal_doi,
    normal_language,
    normal_pmcid,
    partial_date,
    record,
    year_of,
)

_TYPES = (
    ("retraction_notice", {"retraction of publication", "retraction notice", "retraction", "partial-retraction"}),
    ("correction", {"published erratum", "expression of concern", "expression-of-concern", "correction", "erratum"}),
    ("preprint", {"preprint"}),
    ("thesis", {"academic dissertation"}),
    ("protocol", {"clinical trial protocol"}),
    ("editorial", {"editorial"}),
    ("letter", {"letter"}),
    ("abstract", {"meeting abstract", "meeting abstracts", "abstract"}),
    (
        "review",
        {"systematic review", "systematic-review", "review", "review-article", "meta-analysis", "scoping review"},
    ),
    ("conference", {"congress", "consensus development conference", "meeting-report", "conference paper"}),
    ("report", {"technical report"}),
    ("dataset", {"dataset"}),
    (
        "article",
        {
            *("journal article", "research-article", "brief-report", "rapid-communication", "data-paper"),
            *("methods-article", "case reports", "case-report", "clinical trial", "comparative study"),
            *("observational study", "randomized controlled trial", "multicenter study", "evaluation study"),
        },
    ),
    ("letter", {"comment", "article-commentary", "reply"}),
)
_UPDATES = {"RetractionIn": "retraction", "ErratumIn": "correction", "ExpressionOfConcernIn": "concern"}
_NOTICE_OF = ("RetractionOf", "ErratumFor", "ExpressionOfConcernFor")
_TRIAL_REGISTRIES = {"clinicaltrials.gov": "nct", "eudract": "eudract", "isrctn": "isrctn"}


def work_type(publication_types: Sequence[str]) -> str | None:
    """Return the type of a work from PubMed's publication types, the most telling first."""
    names = {name.lower() for name in publication_types}
    return next((kind for kind, known_names in _TYPES if names & known_names), "other" if names else None)


@reader("pubmed")
def parse(body: bytes) -> list[Record]:
    """Read a PubMed efetch answer.

    Parameters
    ----------
    body : bytes
        XML: a PubmedArticleSet (articles and book articles), or one article.

    Returns
    -------
    list of records
        One an article, in order; none where the set is empty (PubMed omits unknown and deleted identifiers).
        An article without abstract has its other one (a translation, or that of another index), if there is one.

    Raises
    ------
    SourceError
        If the answer holds an error, isn't PubMed XML (esearch, esummary, HTML, JSON …) or is truncated.
    """
    root = load_xml(body, "pubmed")
    if root.tag == "PubmedArticleSet":
        articles = [child for child in root if child.tag in _READERS]
    elif root.tag in _READERS:
        articles = [root]
    else:
        errors = "; ".join(filter(None, (inner_text(error) for error in root.iter("ERROR"))))
        if errors:
            raise SourceError(f"pubmed answered an error ({root.tag}), not records: {excerpt(errors)}")
        raise SourceError(
            f"pubmed answered <{excerpt(str(root.tag))[1:-1]}>, not a set of articles: parse efetch answers"
        )
    return [_READERS[article.tag](article) for article in articles]


def _article(element: etree._Element) -> Record:
    citation, article = element.find("MedlineCitation"), element.find("MedlineCitation/Article")
    if citation is None or article is None:
        raise SourceError("pubmed answered a PubmedArticle without MedlineCitation or Article: its shape changed")
    data = element.find("PubmedData")
    identifiers = _article_ids(data)
    title, original = _titles(article)
    types = [kind.text or "" for kind in article.iterfind("PublicationTypeList/PublicationType")]
    notes = _comments(citation)
    date = _date(article)
    people = article.find("AuthorList")
    pmid = citation.findtext("PMID") or ""
    doi = identifiers.get("doi") or next(
        (place.text for place in article.iterfind("ELocationID") if place.get("EIdType") == "doi"), None
    )
    return record(
        "pubmed",
        pmid,
        title=title,
        title_original=original,
        abstract=_abstract(article) or _abstract(citation, "OtherAbstract/AbstractText"),
        date=date,
        year=year_of(date),
        type=work_type(types),
        language=normal_language(article.findtext("Language")),
        journal=clean(article.findtext("Journal/Title") or citation.findtext("MedlineJournalInfo/MedlineTA")),
        issn_l=citation.findtext("MedlineJournalInfo/ISSNLinking"),
        doi=normal_doi(doi),
        pmid=pmid,
        pmcid=normal_pmcid(identifiers.get("pmc")),
        is_retracted="Retracted Publication" in types or "RetractionIn" in notes,
        version_of=next(iter(notes.get("UpdateIn", ())), None),
        url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
        authors=_authors(people),
        authors_complete=people is None or people.get("CompleteYN", "Y") == "Y",
        keywords=[text for text in map(inner_text, citation.iterfind("KeywordList/Keyword")) if text],
        extra=known(
            publication_types=types,
            mesh=_mesh(citation),
            grants=_grants(article),
            trials=_trials(article),
            references=_references(data, notes),
            updates=[
                {"kind": kind, "notice_id": notice} for name, kind in _UPDATES.items() for notice in notes.get(name, ())
            ],
            notice_of=[paper for name in _NOTICE_OF for paper in notes.get(name, ()) if paper],
            preprints=[preprint for preprint in notes.get("UpdateOf", ()) if preprint],
        ),
    )


def _book(element: etree._Element) -> Record:
    book = element.find("BookDocument")
    if book is None:
        raise SourceError("pubmed answered a PubmedBookArticle without BookDocument: its shape changed")
    pmid = book.findtext("PMID") or ""
    identifiers = _article_ids(book)
    chapter, whole = inner_text(book.find("ArticleTitle")), inner_text(book.find("Book/BookTitle"))
    types = [kind.text or "" for kind in book.iterfind("PublicationType")]
    lists = book.findall("AuthorList") or book.findall("Book/AuthorList")
    dates = (book.find("ContributionDate"), book.find("Book/PubDate"))
    date = next((date for date in map(_parts_date, dates) if date), None)
    return record(
        "pubmed",
        pmid,
        title=chapter or whole,
        abstract=_abstract(book),
        date=date,
        year=year_of(date),
        type="chapter" if chapter and chapter != whole else "book",
        language=normal_language(book.findtext("Language")),
        journal=whole if chapter and chapter != whole else None,
        doi=normal_doi(identifiers.get("doi")),
        pmid=pmid,
        is_retracted="Retracted Publication" in types,
        url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
        authors=[person for people in lists if people.get("Type") != "editors" for person in _authors(people)],
        keywords=[text for text in map(inner_text, book.iterfind("KeywordList/Keyword")) if text],
        extra=known(publication_types=types, bookshelf_id=identifiers.get("bookaccession")),
    )


_READERS = {"PubmedArticle": _article, "PubmedBookArticle": _book}


def _titles(article: etree._Element) -> tuple[str | None, str | None]:
    """Return the English title without the brackets of a translation, and the vernacular one."""
    title = inner_text(article.find("ArticleTitle"))
    original = inner_text(article.find("VernacularTitle"))
    if title and title.startswith("[") and title.rstrip(".").endswith("]"):
        title = title.rstrip(".")[1:-1].strip(" .") + "."
    return title or original, original


def _abstract(article: etree._Element, path: str = "Abstract/AbstractText") -> str | None:
    parts = []
    for part in article.iterfind(path):
        text, label = inner_text(part), part.get("Label")
        if text:
            parts.append(f"{label}: {text}" if label and label != "UNLABELLED" else text)
    return "\n".join(parts) or None


def _date(article: etree._Element) -> str | None:
    """Return the date of the issue, or that of the on-line article where it is more precise within the same year."""
    issue = _parts_date(article.find("Journal/JournalIssue/PubDate"))
    electronic = _parts_date(article.find("ArticleDate"))
    if not issue or (electronic and electronic[:4] == issue[:4] and len(electronic) > len(issue)):
        return electronic or issue
    return issue


def _parts_date(element: etree._Element | None) -> str | None:
    if element is None:
        return None
    year = element.findtext("Year")
    if year:
        return partial_date(year.strip(), element.findtext("Month"), element.findtext("Day"))
    return medline_date(element.findtext("MedlineDate"))


def medline_date(text: str | None) -> str | None:
    """Return a date from a text of PubMed's; a season only makes it less precise.

    >>> medline_date("1998 Dec-1999 Jan"), medline_date("Summer 2000"), medline_date("2019 Mar 4"), medline_date("")
    ('1998-12', '2000', '2019-03-04', None)
    """
    words = (text or "").replace("-", " ").split()
    years = [place for place, word in enumerate(words) if len(word) == 4 and word.isdigit()]
    return partial_date(*words[years[0] : years[0] + 3]) if years else None


def _authors(people: etree._Element | None) -> list[dict[str, Any]]:
    """Return the authors, without the misprinted names (``ValidYN="N"``) that an erratum corrects in the same list."""
    elements = people.iterfind("Author") if people is not None else ()
    return [_author(element) for element in elements if element.get("ValidYN") != "N"]


def _author(element: etree._Element) -> dict[str, Any]:
    orcid, affiliations = None, []
    texts: dict[str, str | None] = {}
    for child in element:
        if child.tag == "AffiliationInfo":
            affiliations += [text for text in map(inner_text, child.iterfind("Affiliation")) if text]
        elif child.tag == "Affiliation":
            affiliations.append(inner_text(child) or "")
        elif child.tag == "Identifier":
            orcid = child.text if child.get("Source") == "ORCID" else orcid
        else:
            texts[child.tag] = inner_text(child)
    collective = texts.get("CollectiveName")
    if collective:
        return author(name=collective, collective=True, orcid=orcid, affiliations=affiliations)
    given, family = texts.get("ForeName") or texts.get("Initials"), texts.get("LastName")
    if family and texts.get("Suffix"):
        family = f"{family} {texts['Suffix']}"
    name = " ".join(filter(None, (given, family)))
    return author(name=name, given=given, family=family, orcid=orcid, affiliations=affiliations)


def _article_ids(parent: etree._Element | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in parent.iterfind("ArticleIdList/ArticleId") if parent is not None else ():
        kind, value = item.get("IdType"), (item.text or "").strip()
        if kind and value:
            found[kind] = value
    return found


def _comments(citation: etree._Element) -> dict[str, list[str | None]]:
    """Return the linked notes: ``{RefType: ["pmid:…" or None]}`` (a notice may have no PMID)."""
    notes: dict[str, list[str | None]] = {}
    for note in citation.iterfind("CommentsCorrectionsList/CommentsCorrections"):
        pmid = note.findtext("PMID")
        notes.setdefault(note.get("RefType", ""), []).append(f"pmid:{pmid}" if pmid else None)
    return notes


def _mesh(citation: etree._Element) -> list[dict[str, Any]]:
    headings = []
    for heading in citation.iterfind("MeshHeadingList/MeshHeading"):
        descriptor = heading[0]
        major = any(term.get("MajorTopicYN") == "Y" for term in heading)
        headings.append({"id": descriptor.get("UI"), "label": descriptor.text, "major": major})
    return headings


def _grants(article: etree._Element) -> list[dict[str, Any]]:
    return [
        {
            "funder": clean(agency),
            "award": clean(grant.findtext("GrantID")),
            "country": clean(grant.findtext("Country")),
        }
        for grant in article.iterfind("GrantList/Grant")
        if (agency := grant.findtext("Agency"))
    ]


def _trials(article: etree._Element) -> list[dict[str, str]]:
    found = []
    for bank in article.iterfind("DataBankList/DataBank"):
        name = bank.findtext("DataBankName") or ""
        scheme = _TRIAL_REGISTRIES.get(name.lower())
        for number in bank.iterfind("AccessionNumberList/AccessionNumber"):
            identifier = (number.text or "").strip()
            found.append(
                {"scheme": scheme or "dataset", "identifier": identifier if scheme else f"{name}:{identifier}"}
            )
    return found


def _references(data: etree._Element | None, notes: dict[str, list[str | None]]) -> list[str]:
    cited = [pmid for pmid in notes.get("Cites", ()) if pmid]
    for reference in data.iter("Reference") if data is not None else ():
        identifiers = _article_ids(reference)
        if pmid := identifiers.get("pubmed"):
            cited.append(f"pmid:{pmid}")
        elif doi := normal_doi(identifiers.get("doi")):
            cited.append(f"doi:{doi}")
    return list(dict.fromkeys(cited))
