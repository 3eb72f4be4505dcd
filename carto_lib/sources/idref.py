"""IdRef and Sudoc (ABES): RDF of a notice (``…/{PPN}.rdf``) and answers of https://data.idref.fr/sparql."""

from typing import Any

from lxml import etree

from carto_lib.errors import SourceError
from carto_lib.sources.answers import dicts, inner_text, load_json, load_xml, need, reader
from carto_lib.sources.fields import Record, author, known, normal_date, normal_language, normal_orcid, record, year_of

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TYPES = {"Article": "article", "Book": "book", "Thesis": "thesis", "Periodical": "other", "Chapter": "chapter"}
_SUBJECT_VARIABLES = ("pub", "uri", "concept", "subject")


@reader("idref")
def parse(body: bytes) -> list[Record]:
    """Read an IdRef answer.

    Returns
    -------
    list of records
        RDF: one, the notice's own subject. A person or a concept isn't a work: ``title`` is the (French) name,
        ``extra`` the facts, for a person with the works that IdRef ties to it. A Sudoc notice is a work; its
        contributors are known by IdRef identifier only. SPARQL: one a distinct subject of the rows
        (rows without subject are about the one asked for).

    Raises
    ------
    SourceError
        If the answer is neither RDF nor SPARQL results, or is truncated.
    """
    if body.lstrip()[:1] in (b"{", b"["):
        return _rows(need(need(load_json(body, "idref"), "results", dict, "idref"), "bindings", list, "idref"))
    root = load_xml(body, "idref")
    if root.tag != f"{_RDF}RDF":
        raise SourceError(f"idref answered <{root.tag}>, not RDF: ask the notice's address with .rdf")
    by_address = {child.get(f"{_RDF}about"): child for child in root}
    for child in root:
        topic = _values(child, "primaryTopic")
        if topic and topic[0] in by_address:
            return [_notice(by_address[topic[0]], root)]
    subjects = [child for child in root if _name(child) in ("Person", "Concept", "Organization", *_TYPES)]
    if not subjects:
        raise SourceError("idref answered RDF without a person, a concept nor a document: is it a notice?")
    return [_notice(subjects[0], root)]


def _notice(subject: etree._Element, root: etree._Element) -> Record:
    address, kind = subject.get(f"{_RDF}about", ""), _name(subject)
    number = address.removesuffix("/id").rsplit("/", 1)[-1]
    if kind in _TYPES:
        return _document(subject, number, address, kind)
    labels = [(label.get(_XML_LANG), inner_text(label)) for label in _children(subject, "prefLabel")]
    french = [text for language, text in labels if language in (None, "fr")]
    name = next(iter(_values(subject, "name")), None) or next(iter(french or [text for _, text in labels]), None)
    citations = (
        (child.get(f"{_RDF}about"), _values(child, "bibliographicCitation")) for child in root if child is not subject
    )
    return record(
        "idref",
        number,
        title=name,
        url=f"https://www.idref.fr/{number}",
        extra=known(
            kind=kind.lower(),
            given=next(iter(_values(subject, "givenName")), None),
            family=next(iter(_values(subject, "familyName")), None),
            names=[{"language": language, "text": text} for language, text in labels],
            other_names=_values(subject, "altLabel"),
            note=_values(subject, "note"),
            same_as=_values(subject, "sameAs"),
            orcid=next(
                filter(None, (normal_orcid(link) for link in _values(subject, "sameAs") if "orcid" in link)), None
            ),
            broader=_values(subject, "broader"),
            works=[{"url": place, "citation": citation[0]} for place, citation in citations if citation],
        ),
    )


def _document(subject: etree._Element, number: str, address: str, kind: str) -> Record:
    date = normal_date(next(iter(_values(subject, "date")), None))
    languages = [link.rsplit("/", 1)[-1] for link in _values(subject, "language")]
    notes = " ".join(_values(subject, "note")).lower()
    contributors = {
        link: _name(child)
        for child in subject
        if isinstance(child.tag, str) and "id.loc.gov/vocabulary/relators" in child.tag
        for link in [child.get(f"{_RDF}resource")]
        if link
    }
    return record(
        "idref",
        f"sudoc:{number}",
        title=next(iter(_values(subject, "title")), None),
        abstract=next(iter(_values(subject, "abstract")), None),
        date=date,
        year=year_of(date),
        type="thesis" if "thèse" in notes else _TYPES[kind],
        language=normal_language(languages[0]) if languages else None,
        issn_l=next(iter(_values(subject, "hasIssnL")), None),
        url=address,
        extra=known(
            contributors=[
                {"idref": link.removesuffix("/id").rsplit("/", 1)[-1], "role": role}
                for link, role in contributors.items()
            ],
            isbn=_values(subject, "isbn13"),
            publisher=next(iter(_values(subject, "publisher")), None),
            subjects=_values(subject, "subject"),
        ),
    )


def _rows(rows: list[dict[str, Any]]) -> list[Record]:
    subjects: dict[str, list[dict[str, str]]] = {}
    for row in dicts(rows):
        values = {name: str(cell.get("value")) for name, cell in row.items() if isinstance(cell, dict)}
        subject = next((values[name] for name in _SUBJECT_VARIABLES if values.get(name)), "")
        subjects.setdefault(subject, []).append(values)
    return [_subject(address, found) for address, found in subjects.items()]


def _subject(address: str, rows: list[dict[str, str]]) -> Record:
    first = rows[0]
    date = normal_date(first.get("date"))
    label = first.get("title") or first.get("prefLabel") or first.get("label")
    kind = first.get("type", "").rsplit("/", 1)[-1]
    return record(
        "idref",
        address or str(label),
        title=label,
        date=date,
        year=year_of(date),
        type=_TYPES.get(kind),
        url=address or None,
        authors=[author(name=name) for name in dict.fromkeys(row["author"] for row in rows if row.get("author"))],
        extra=known(rows=rows),
    )


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if _name(child) == name]


def _values(element: etree._Element, name: str) -> list[str]:
    found = (inner_text(child) or child.get(f"{_RDF}resource") for child in _children(element, name))
    return [value for value in found if value]
