"""theses.fr: https://theses.fr/api/v1 (a list of theses, or the detail of one, which name things differently)."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from carto_lib.errors import SourceError, UnknownIdentifier
from carto_lib.sources.answers import dicts, load_json, need, reader
from carto_lib.sources.fields import (
    Record,
    author,
    clean,
    known,
    normal_doi,
    normal_language,
    partial_date,
    record,
    year_of,
)

if TYPE_CHECKING:
    from carto_lib.transport import Answer, Session


@reader("thesesfr")
def parse(body: bytes) -> list[Record]:
    """Read a theses.fr answer.

    Returns
    -------
    list of records
        One a thesis. Each fact is read under its name in the list (``titreEN``, ``sujets``, ``examinateurs``,
        ``partenairesDeRecherche`` …) and in the detail (``titres.en``, ``mapSujets``, ``membresJury``,
        ``partenairesRecherche`` …). The jury stands in ``extra``, as its members aren't authors. Affiliations are
        the institution of the defence and the research partners, printed for the work. Not defended: no year.

    Raises
    ------
    SourceError
        If the answer is an error or is truncated.
    """
    content = load_json(body, "thesesfr")
    theses = content if isinstance(content, list) else None
    if theses is None:
        alone = "titrePrincipal" in content or "nnt" in content
        theses = [content] if alone else need(content, "theses", list, "thesesfr")
    if theses and not dicts(theses):
        raise SourceError("thesesfr answered a list that holds no thesis")
    return [_thesis(thesis) for thesis in dicts(theses)]


def _thesis(thesis: dict[str, Any]) -> Record:
    number = thesis.get("nnt") or thesis.get("id") or thesis.get("numSujet")
    if not number:
        need(thesis, "nnt", str, "thesesfr")
    day = str(thesis.get("dateSoutenance") or "").replace("-", "/").split("/")
    date = partial_date(*(day if len(day[0]) == 4 else reversed(day)))
    titles = next(iter(dicts(thesis.get("titres"))), {})
    main = clean(thesis.get("titrePrincipal") or titles.get("fr"))
    english = clean(thesis.get("titreEN") or titles.get("en"))
    words = [item.get("libelle") for item in dicts(thesis.get("sujets"))]
    words += [item.get("keyword") for found in (thesis.get("mapSujets") or {}).values() for item in dicts(found)]
    places = [thesis.get("etabSoutenanceN"), (thesis.get("etabSoutenance") or {}).get("nom")]
    for name in ("partenairesDeRecherche", "partenairesRecherche", "etabCotutelle"):
        places += [place.get("nom") for place in dicts(thesis.get(name))]
    summaries = next(iter(dicts(thesis.get("resumes"))), {})
    return record(
        "thesesfr",
        str(number),
        title=english or main,
        title_original=main,
        abstract=clean(summaries.get("en") or summaries.get("fr") or thesis.get("resume")),
        date=date,
        year=year_of(date),
        type="thesis",
        language=normal_language(next(iter(thesis.get("langues") or ()), None)),
        doi=normal_doi(thesis.get("doi")),
        nnt=thesis.get("nnt"),
        url=f"https://theses.fr/{number}",
        authors=_people(thesis.get("auteurs")),
        authors_complete=True if thesis.get("auteurs") else None,
        affiliations=list(dict.fromkeys(text for text in map(clean, places) if text)),
        keywords=list(dict.fromkeys(word for word in map(clean, words) if word)),
        extra=known(
            status=thesis.get("status"),
            discipline=_name(thesis.get("discipline")),
            directors=_people(thesis.get("directeurs")),
            jury=_people(thesis.get("examinateurs")) or _people(thesis.get("membresJury")),
            president=_people(thesis.get("president")) or _people(thesis.get("presidentJury")),
            reviewers=_people(thesis.get("rapporteurs")),
            schools=[
                item.get("nom")
                for item in dicts(thesis.get("ecolesDoctorale")) or dicts(thesis.get("ecolesDoctorales"))
            ],
            topics=[
                {"scheme": "rameau", "id": item.get("ppn"), "label": item.get("libelle"), "score": None}
                for item in dicts(thesis.get("sujetsRameau"))
            ],
        ),
    )


def _people(people: Any) -> list[dict[str, Any]]:
    return [
        author(
            name=" ".join(filter(None, (clean(person.get("prenom")), clean(person.get("nom"))))),
            given=clean(person.get("prenom")),
            family=clean(person.get("nom")),
            idref=person.get("ppn"),
        )
        for person in dicts(people)
    ]


def _name(value: Any) -> str | None:
    return clean(value.get("fr") or value.get("en") if isinstance(value, dict) else value)


LOOKUP_SIZE = 1


def lookup(identifiers: Sequence[str], session: "Session") -> "Iterator[Answer]":
    """Ask for theses by national number, one request each.

    Parameters
    ----------
    identifiers : sequence of str
        NNTs.
    session : Session

    Raises
    ------
    SourceError
        If theses.fr fails; an unknown number is only absent.
    """
    for number in identifiers:
        with suppress(UnknownIdentifier):
            yield session.get("thesesfr", f"theses/these/{quote(number, safe='')}", {}, "lookup", parse)
