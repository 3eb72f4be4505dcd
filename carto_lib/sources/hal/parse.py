"""HAL search documents to records: https://api.archives-ouvertes.fr/docs/search."""

import logging
import re
from typing import Any

from lxml import etree

from carto_lib.errors import SourceError
from carto_lib.sources.answers import inner_text, load_json, need, reader, refuse_error, xml_parser
from carto_lib.sources.fields import (
    Record,
    author,
    clean,
    known,
    normal_date,
    normal_doi,
    normal_hal_id,
    normal_language,
    normal_pmcid,
    normal_pmid,
    record,
    year_of,
)
from carto_lib.text import fold

logger = logging.getLogger(__name__)

TYPES = {
    "ART": "article",
    "BLOG": "other",
    "COMM": "conference",
    "COUV": "chapter",
    "CREPORT": "chapter",
    "DOUV": "book",
    "ETABTHESE": "thesis",
    "HDR": "thesis",
    "ISSUE": "book",
    "LECTURE": "other",
    "MEM": "thesis",
    "NOTICE": "other",
    "OUV": "book",
    "POSTER": "abstract",
    "PREPRINT": "preprint",
    "PROCEEDINGS": "book",
    "REPORT": "report",
    "RESREPORT": "report",
    "THESE": "thesis",
    "UNDEFINED": "preprint",
}
AUTHOR_ROLES = ("aut", "crp", "co_first_author", "co_last_author")
_TEI = "{http://www.tei-c.org/ns/1.0}"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_FACET, _JOIN = "_FacetSep_", "_JoinSep_"


@reader("hal")
def parse(body: bytes) -> list[Record]:
    """Read a page of HAL search results in JSON.

    Returns
    -------
    list of records
        One a document, in order. Authors come from the TEI of ``label_xml`` where it is given (the only place
        where an ORCID is tied to its author), else from the lists of names with ``authIdHasStructure_fs``.
        A document that has a title in English and one in its own language has both, as in PubMed.

    Raises
    ------
    SourceError
        If the answer is an error, XML, truncated, or not about documents.
    """
    content = load_json(body, "hal")
    if isinstance(content, dict) and "docs" not in content and "response" not in content and "docid" not in content:
        content = {"docs": [content]} if "halId_s" in content else content
    if isinstance(content, list):
        documents = content
    elif isinstance(content, dict) and "docs" in content:
        documents = content["docs"]
    elif isinstance(content, dict) and "docid" in content:
        documents = [content]
    else:
        documents = need(need(content, "response", dict, "hal"), "docs", list, "hal")
    return [_document(document) for document in documents]


def _document(document: Any) -> Record:
    refuse_error(document, "hal")
    identifier = re.sub(r"v\d+$", "", document.get("halId_s") or "") or normal_hal_id(document.get("uri_s"))
    if not identifier:
        keys = ", ".join(list(document)[:8]) if isinstance(document, dict) else repr(document)
        raise SourceError(f"hal answered a document without halId_s nor uri_s (it holds {keys}): ask /search with fl=")
    language = normal_language(_first(document, "language_s"))
    title, original = _titles(document, language)
    date = normal_date(document.get("publicationDate_s") or document.get("producedDate_s"))
    year = document.get("publicationDateY_i") or document.get("producedDateY_i") or year_of(date)
    tei = _tei(document.get("label_xml"))
    structures = _structures(tei)
    return record(
        "hal",
        identifier,
        title=title,
        title_original=original,
        abstract=clean(
            _first(document, "en_abstract_s")
            or _first(document, "abstract_s", f"{language}_abstract_s", "fr_abstract_s")
        ),
        year=year,
        date=date if date and date[:4] == str(year) else None,
        type=TYPES.get(document.get("docType_s", ""), "other") if document.get("docType_s") else None,
        language=language,
        journal=clean(document.get("journalTitle_s") or document.get("bookTitle_s")),
        doi=normal_doi(document.get("doiId_s")),
        pmid=normal_pmid(document.get("pubmedId_s")),
        pmcid=normal_pmcid(document.get("pubmedcentralId_s")),
        hal_id=identifier,
        nnt=_first(document, "nntId_s"),
        url=document.get("uri_s") or f"https://hal.science/{identifier}",
        authors=_tei_authors(tei, structures) if tei is not None else _listed_authors(document),
        authors_complete=True if tei is not None or document.get("authLastName_s") else None,
        keywords=_keywords(document),
        extra=_extra(document, structures),
    )


def _titles(document: dict[str, Any], language: str | None) -> tuple[str | None, str | None]:
    """Return the English title (else the document's own) and, where it is another, the one in its own language."""
    titles = {name[:2]: _first(document, name) for name in document if name.endswith("_title_s") and len(name) == 10}
    english = titles.get("en")
    own = titles.get(language or "") or _first(document, "title_s") or next(iter(titles.values()), None)
    if not own and document.get("label_s"):
        return clean(document["label_s"]), None
    title = english or own
    subtitle = _first(document, "en_subTitle_s" if english else f"{language}_subTitle_s") or _first(
        document, "subTitle_s"
    )
    if title and subtitle and len(document.get("title_s") or [title]) == 1 and "http" not in subtitle:
        title = f"{title}: {subtitle}"
    return clean(title), clean(own) if english and language not in (None, "en") and own != english else None


def _extra(document: dict[str, Any], structures: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    labels = document.get("en_domainAllCodeLabel_fs") or []
    domains = [label.split(_FACET) for label in labels] or [[code] for code in document.get("domain_s") or ()]
    is_open = document.get("openAccess_bool")
    projects = [
        *(("Agence nationale de la recherche", award) for award in document.get("anrProjectReference_s") or ()),
        *(("European Commission", award) for award in document.get("europeanProjectReference_s") or ()),
        *((funder, None) for funder in document.get("funding_s") or ()),
    ]
    return known(
        publication_types=[document["docType_s"]] if document.get("docType_s") else None,
        topics=[{"scheme": "hal", "id": d[0], "label": d[-1], "score": None} for d in domains],
        grants=[{"funder": clean(funder), "award": award, "country": None} for funder, award in projects],
        oa=known(is_open=is_open, url=document.get("fileMain_s"), license=document.get("licence_s")),
        structures=[facts for facts in structures.values() if facts["affiliated"]],
        related=document.get("relatedDocId_i"),
    )


def _tei(text: str | None) -> etree._Element | None:
    if not text:
        return None
    try:
        return etree.fromstring(text.encode(), xml_parser())
    except etree.XMLSyntaxError as error:
        logger.warning(
            "hal: a label_xml can't be read (%s): its authors are taken from the lists, without ORCID", error
        )
        return None


def _structures(tei: etree._Element | None) -> dict[str, dict[str, Any]]:
    """Return the structures of a TEI by reference: name, acronym, address, country and identifiers."""
    if tei is None:
        return {}
    cited = {place.get("ref") for place in tei.iter(f"{_TEI}affiliation")}
    found = {}
    for org in tei.iter(f"{_TEI}org"):
        names = {name.get("type", "full"): inner_text(name) for name in org.iterfind(f"{_TEI}orgName")}
        numbers = {number.get("type", "").lower(): number.text for number in org.iterfind(f"{_TEI}idno")}
        country = org.find(f"{_TEI}desc/{_TEI}address/{_TEI}country")
        reference = f"#{org.get(_XML_ID)}"
        found[reference] = {
            "id": reference.removeprefix("#struct-"),
            "name": names.get("full"),
            "acronym": names.get("acronym"),
            "kind": org.get("type"),
            "address": inner_text(org.find(f"{_TEI}desc/{_TEI}address/{_TEI}addrLine")),
            "country": None if country is None else country.get("key"),
            "affiliated": reference in cited,
            **{key: numbers.get(key) for key in ("rnsr", "ror", "idref")},
        }
    return found


def _tei_authors(tei: etree._Element, structures: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    statement = tei.find(f".//{_TEI}biblFull/{_TEI}titleStmt")
    people = statement.findall(f"{_TEI}author") if statement is not None else []
    return [
        _tei_author(person, structures)
        for person in [p for p in people if p.get("role", "aut") in AUTHOR_ROLES] or people
    ]


def _tei_author(person: etree._Element, structures: dict[str, dict[str, Any]]) -> dict[str, Any]:
    given = clean(" ".join(filter(None, map(inner_text, person.iterfind(f"{_TEI}persName/{_TEI}forename")))))
    family = inner_text(person.find(f"{_TEI}persName/{_TEI}surname"))
    numbers = {
        (number.get("type", "").lower(), number.get("notation")): number.text or ""
        for number in person.iterfind(f"{_TEI}idno")
    }
    idref = next((text.rsplit("/", 1)[-1] for (kind, _), text in numbers.items() if kind == "idref"), None)
    places = [structures.get(place.get("ref", "")) for place in person.iterfind(f"{_TEI}affiliation")]
    return author(
        name=" ".join(filter(None, (given, family))),
        given=given,
        family=family,
        orcid=next((text for (kind, _), text in numbers.items() if kind == "orcid"), None),
        idref=idref,
        idhal=numbers.get(("idhal", "string")),
        corresponding=person.get("role") == "crp",
        affiliations=[_place_text(place) for place in places if place],
    )


def _place_text(place: dict[str, Any]) -> str:
    name = f"{place['name']} ({place['acronym']})" if place["acronym"] else place["name"]
    return ", ".join(filter(None, (name, place["address"], place["country"])))


def _listed_authors(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the authors from HAL's parallel lists, with the structures tied to each by identifier or name.

    Given and family names are left out where they aren't those of the whole name: the lists don't agree.
    """
    identities = [text.split(_FACET) for text in document.get("authFullNameFormIDPersonIDIDHal_fs") or ()]
    names = document.get("authFullName_s") or [identity[0] for identity in identities]
    given, family = document.get("authFirstName_s") or [], document.get("authLastName_s") or []
    if not names and len(given) == len(family):
        names = [f"{first} {last}".strip() for first, last in zip(given, family, strict=True)]
    aligned = len(given) == len(family) == len(names)
    roles = document.get("authQuality_s") or []
    places = _listed_places(document)
    people = []
    for rank, name in enumerate(names):
        identity = identities[rank] if len(identities) == len(names) else []
        role = roles[rank] if len(roles) == len(names) else "aut"
        agree = aligned and all(fold(part[rank] or "") in fold(name) for part in (given, family))
        person = author(
            name=clean(name),
            given=given[rank] if agree else None,
            family=family[rank] if agree else None,
            idhal=identity[2] if len(identity) > 2 else None,
            corresponding=role == "crp",
            affiliations=places.get(identity[1] if len(identity) > 1 else name) or places.get(name, []),
        )
        people.append((role, person))
    return [person for role, person in people if role in AUTHOR_ROLES] or [person for _, person in people]


def _listed_places(document: dict[str, Any]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for text in document.get("authIdHasStructure_fs") or ():
        person, joined, place = text.partition(_JOIN)
        if joined:
            form, _, name = person.partition(_FACET)
            structure = place.partition(_FACET)[2]
            places.setdefault(form, []).append(structure)
            places.setdefault(name, []).append(structure)
    return places


def _keywords(document: dict[str, Any]) -> list[str]:
    words = [*(document.get("keyword_s") or ())]
    for name in document:
        if name.endswith("_keyword_s"):
            words += document[name]
    return list(dict.fromkeys(word for word in map(clean, words) if word))


def _first(document: dict[str, Any], *names: str) -> str | None:
    for name in names:
        value = document.get(name)
        if value:
            return value[0] if isinstance(value, list) else value
    return None
