"""Formats of reference data: ROR (schemas 1 and 2) and RNSR records become `Structure`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from carto_lib.errors import ReferenceDataError
from carto_lib.text import fold

ROR_PREFIX = "https://ror.org/"
OVERSEAS = {"GP": "01", "MQ": "02", "GF": "03", "RE": "04", "YT": "06"}
RESEARCH_BODY = re.compile(r"\b(cnrs|inserm|inrae?|inria|ird|cea|ined|ifremer|cirad|irstea|ifsttar|brgm|cnes|onera)\b")
KINDS = {
    "healthcare": "hospital",
    "education": "university",
    "company": "company",
    "government": "agency",
    "facility": "unit",
    "nonprofit": "association",
}
SECTORS = {
    "hospital": "hospital",
    "university": "university",
    "company": "company",
    "agency": "agency",
    "unit": "public_research",
    "association": "association",
}


class Structure(NamedTuple):
    """An institution as reference files describe it.

    ``names`` are ``(text, kind)`` with kind label, alias or acronym; ``labels`` are numbered labels
    such as ``"umr 1018 inserm"``; ``parents`` hold ``institution_id``. ``founded`` and ``closed`` are years of the
    structure: neither ROR nor RNSR dates a relation.
    """

    institution_id: str
    name: str
    acronym: str | None
    names: tuple[tuple[str, str], ...]
    kind: str
    sector: str
    parents: tuple[str, ...]
    city: str | None
    region: str | None
    country: str | None
    lat: float | None
    lon: float | None
    founded: int | None
    closed: int | None
    status: str
    labels: tuple[str, ...]
    twin: str | None

    @property
    def scheme(self) -> str:
        """``ror`` or ``rnsr``."""
        return self.institution_id.partition(":")[0]

    @property
    def public_id(self) -> str:
        """The identifier as its scheme writes it: the full ROR address, or the RNSR number."""
        number = self.institution_id.partition(":")[2]
        return ROR_PREFIX + number if self.scheme == "ror" else number


def _kind(types: Iterable[str]) -> str:
    found = {KINDS.get(kind.lower(), "other") for kind in types}
    for kind in ("hospital", "university", "agency", "unit", "company", "association"):
        if kind in found:
            return kind
    return "other"


def _sector(kind: str, name: str) -> str:
    if RESEARCH_BODY.search(fold(name)):
        return "public_research"
    return SECTORS.get(kind, "other")


def _ror_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields common to both schemas of ROR."""
    if "names" in record:
        place = record["locations"][0]["geonames_details"]
        display = next(name["value"] for name in record["names"] if "ror_display" in name["types"])
        names = [(name["value"], _name_kind(name["types"])) for name in record["names"]]
        region = place.get("country_subdivision_name")
        return {
            "name": display,
            "names": names,
            "city": place["name"],
            "country": place["country_code"],
            "lat": place["lat"],
            "lon": place["lng"],
            "region": region,
        }
    address = record["addresses"][0]
    names = [(record["name"], "label"), *((label["label"], "label") for label in record["labels"])]
    names += [(alias, "alias") for alias in record["aliases"]] + [(text, "acronym") for text in record["acronyms"]]
    admin = (address.get("geonames_city") or {}).get("geonames_admin1") or {}
    return {
        "name": record["name"],
        "names": names,
        "city": address["city"],
        "country": record["country"]["country_code"],
        "lat": address["lat"],
        "lon": address["lng"],
        "region": admin.get("name"),
    }


def _name_kind(types: list[str]) -> str:
    if "acronym" in types:
        return "acronym"
    return "label" if "label" in types or "ror_display" in types else "alias"


def ror_structure(record: Mapping[str, Any], where: str) -> Structure:
    """Return a ROR record, of schema 1 or 2, as a `Structure`.

    Parameters
    ----------
    record : mapping
        One organisation (https://ror.readme.io/docs/ror-data-structure).
    where : str
        File and line, quoted in errors.

    Raises
    ------
    ReferenceDataError
        If a field of the schema is missing.
    """
    try:
        fields = _ror_fields(record)
        number = record["id"].removeprefix(ROR_PREFIX)
        kind = _kind(record["types"])
        relations = [(link["type"].lower(), link["id"].removeprefix(ROR_PREFIX)) for link in record["relationships"]]
        status = record["status"]
    except (KeyError, IndexError, TypeError, AttributeError, StopIteration) as error:
        raise ReferenceDataError(
            f"{where}: no ROR record of schema 1 or 2 ({error!r} is missing); "
            "download ROR again or update CARTO_REFERENCE"
        ) from error
    acronyms = [text for text, name_kind in fields["names"] if name_kind == "acronym" and not LABEL.search(fold(text))]
    country = fields["country"]
    return Structure(
        institution_id=f"ror:{number}",
        name=fields["name"],
        acronym=acronyms[0].strip() if acronyms else None,
        names=tuple((text.strip(), name_kind) for text, name_kind in fields["names"]),
        kind=kind,
        sector=_sector(kind, " ".join(acronyms[:2]) or fields["name"]),
        parents=tuple(f"ror:{link}" for relation, link in relations if relation == "parent"),
        city=fields["city"],
        region=fields["region"] if country == "FR" else None,
        country="FR" if country in OVERSEAS else country,
        lat=fields["lat"],
        lon=fields["lon"],
        founded=record.get("established"),
        closed=None,
        status=status,
        labels=_labels_in_names(text for text, _ in fields["names"]),
        twin=None,
    )


LABEL = re.compile(
    r"\b(?:inserm|cnrs|inrae?)?[ _-]*(umr[ _-]?[st]?|ums|usr|uar|upr|fre|erl|ulr|urp|ur|ea|eri|cic|u)"
    r"[ _-]{0,2}(?:inserm|cnrs|inrae?)?[ _-]{0,2}"
    r"(\d{2,5})\b"
)


def _labels_in_names(names: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in names:
        text = fold(name)
        match = LABEL.fullmatch(text) or (LABEL.match(text) if len(text) < 40 else None)
        if match:
            body = RESEARCH_BODY.search(text)
            found[f"{re.sub('[^a-z]', '', match[1])} {int(match[2])} {body[0] if body else ''}".strip()] = None
    return tuple(found)


def rnsr_structure(record: Mapping[str, Any], bodies: Mapping[str, str], where: str) -> Structure:
    """Return an RNSR record as a `Structure`; its tutelles are looked up among ROR names.

    Parameters
    ----------
    record : mapping
        One structure of the RNSR (fields ``num_nat_struct``, ``intitule``, ``sigle``, ``ville_postale`` …).
    bodies : mapping
        Folded names of French ROR organisations → ``institution_id``.
    where : str
        File and rank, quoted in errors.

    Raises
    ------
    ReferenceDataError
        If a field of the schema is missing.
    """
    try:
        number, title, sigle = record["num_nat_struct"], record["intitule"], record["sigle"]
        town, closed = record["ville_postale"], record["an_fermeture"]
        links = record.get("etabAssoc") or []
        links = links if isinstance(links, list) else [links]
        labels = tuple(dict.fromkeys(filter(None, map(_rnsr_label, links))))
        names = [(link["etab"]["libelle"], link["etab"]["sigle"]) for link in links]
    except (KeyError, TypeError) as error:
        raise ReferenceDataError(
            f"{where}: not an RNSR record ({error!r} is missing); download RNSR again or update CARTO_REFERENCE"
        ) from error
    parents = [bodies.get(fold(name)) or bodies.get(fold(short)) for name, short in names]
    return Structure(
        institution_id=f"rnsr:{number}",
        name=title or sigle or number,
        acronym=sigle or None,
        names=tuple((text, kind) for text, kind in _rnsr_names(title or "", sigle or "") if text),
        kind="unit",
        sector="public_research",
        parents=tuple(dict.fromkeys(filter(None, parents))),
        city=re.sub(r"\s+cedex.*$", "", town or "", flags=re.IGNORECASE).strip().title() or None,
        region=None,
        country="FR",
        lat=None,
        lon=None,
        founded=_year(record.get("annee_creation")),
        closed=_year(closed),
        status=f"closed {closed}" if closed else "active",
        labels=labels,
        twin=None,
    )


def _year(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"\d{4}", text) else None


def _rnsr_names(title: str, sigle: str) -> Iterator[tuple[str, str]]:
    """Yield a title, the same without the number and acronym at its ends, "Inria …" alone, and the acronym."""
    yield title, "label"
    core = re.sub(r"^(?:UMR|U|EA|FRE|UPR|USR)[ _-]?[ST]?[ _-]?\d+(?: -| :)?\s*", "", title)
    core = re.sub(r"\s*[-–(]\s*(?:UMR|U|EA|FRE|UPR|USR)[ _-]?[ST]?[ _-]?\d*\)?$", "", core)
    core = re.sub(rf"^{re.escape(sigle)}\b\s*[-:]?\s*|\s*[-–(]\s*{re.escape(sigle)}\)?$", "", core) if sigle else core
    if core != title and len(core) > 12:
        yield core, "alias"
    inria = re.match(r"Centre de Recherche (Inria .+)", title)
    if inria:
        yield inria[1], "alias"
    if not LABEL.fullmatch(fold(sigle)):
        yield sigle, "acronym"


def _rnsr_label(link: Mapping[str, Any]) -> str | None:
    kind, number = re.sub("[^a-z]", "", fold(link["label"] or "")), re.sub(r"\D", "", link["numero"] or "")
    return f"{kind} {int(number)} {fold(link['etab']['sigle'])}" if kind and number else None
