"""Names → people: authorships with an author each, and the table of authors."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from carto_lib.enrich.facts import Facts
from carto_lib.enrich.people.identity import IDENTIFIERS, Person, Signature, agree, identify
from carto_lib.enrich.people.names import NameCounts, PersonName, is_collective, parse_names
from carto_lib.tables import as_table, to_json
from carto_lib.text import fold

__all__ = ["claims_of", "enrich_people"]

Claims = Mapping[str, list[dict[str, Any]]]


def enrich_people(
    works: pd.DataFrame,
    records: pd.DataFrame,
    links: pd.DataFrame,
    provenance: pd.DataFrame,
    claims: Claims | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the authorships of works and the persons behind them.

    Parameters
    ----------
    works, records, links, provenance : DataFrame
        Tables of those names.
    claims : mapping of str to list of dict, optional
        By work, persons (``orcid`` and ``name``, or ``given`` and ``family``) known to have signed it: each gives its
        ORCID to the only author without one whose name agrees.

    Returns
    -------
    (DataFrame, DataFrame)
        Tables *authorships* and *authors*. A collective author has no ``author_id``: it isn't a person.
    """
    lists = author_lists(records, links, provenance)
    counts = NameCounts([authors for _, authors in lists])
    printed: list[dict[str, Any]] = []
    signatures: list[Signature] = []
    for work_id, authors in lists:
        persons = [author for author in authors if not is_collective(author)]
        names = dict(zip(map(id, persons), parse_names(persons, counts), strict=True))
        orcids = _claimed(names, persons, (claims or {}).get(work_id, ()), counts)
        circle = {"-".join(name.block) for name in names.values()}
        for position, author in enumerate(authors, 1):
            name = names.get(id(author))
            if id(author) in orcids:
                author = author | {"orcid": orcids[id(author)]}
            printed.append(_printed(work_id, position, author, name))
            if name is not None and name.family:
                signatures.append(_signature(work_id, position, author, name, circle))
    people = identify(signatures)
    dated = works.dropna(subset=["year"])
    years = dict(zip(dated["work_id"], dated["year"], strict=True))
    authors_rows, owner = _describe(people, years)
    for row in printed:
        row["author_id"] = owner.get((row["work_id"], row["position"]))
    return as_table(printed, "authorships"), as_table(authors_rows, "authors")


def claims_of(facts: Iterable[Facts]) -> Claims:
    """Return, by work, the persons who claim it in the ORCID registry."""
    claims: dict[str, list[dict[str, Any]]] = {}
    for fact in facts:
        if found := fact.extra.get("claims"):
            claims.setdefault(fact.work_id, []).extend(found)
    return claims


def _claimed(
    names: Mapping[int, PersonName],
    persons: list[dict[str, Any]],
    claims: Iterable[dict[str, Any]],
    counts: NameCounts,
) -> dict[int, str]:
    """Return the ORCIDs claimed, by author: one claimer for one author, both alone to agree."""
    held = {author.get("orcid") for author in persons}
    found: dict[int, list[str]] = {}
    for claim in claims:
        if claim["orcid"] in held:
            continue
        (claimer,) = parse_names([claim], counts)
        agreeing = [
            id(author)
            for author in persons
            if not author.get("orcid")
            and names[id(author)].family == claimer.family
            and agree(names[id(author)].given, claimer.given)
        ]
        if len(agreeing) == 1:
            found.setdefault(agreeing[0], []).append(claim["orcid"])
    return {author: orcids[0] for author, orcids in found.items() if len(set(orcids)) == 1}


def author_lists(
    records: pd.DataFrame, links: pd.DataFrame, provenance: pd.DataFrame
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return each work's authors, from the record that *provenance* names; that record's affiliations follow them."""
    chosen = provenance[provenance["field"] == "authors"][["work_id", "source", "source_id"]]
    linked = chosen.merge(links, on=["work_id", "source", "source_id"]).merge(
        records[["source", "source_id", "authors"]], on=["source", "source_id"]
    )
    lists = zip(linked["work_id"], linked["authors"], strict=True)
    return sorted((work_id, json.loads(authors)) for work_id, authors in lists if isinstance(authors, str))


def _printed(work_id: str, position: int, author: dict[str, Any], name: PersonName | None) -> dict[str, Any]:
    return {
        "work_id": work_id,
        "position": position,
        "name": author.get("name") or (name.display if name else None),
        "orcid": author.get("orcid"),
        "corresponding": author.get("corresponding"),
    }


def _signature(work_id: str, position: int, author: dict[str, Any], name: PersonName, circle: set[str]) -> Signature:
    places = {fold(text) for text in author.get("affiliations") or ()}
    return Signature(
        work_id=work_id,
        position=position,
        name=name,
        identifiers=(author.get("orcid"), author.get("idref"), author.get("idhal")),
        company=frozenset((circle - {"-".join(name.block)}) | places),
    )


def _describe(people: list[Person], years: dict[str, int]) -> tuple[list[dict[str, Any]], dict[tuple[str, int], str]]:
    """Return the rows of *authors*, and whose each authorship is."""
    slugs = Counter(_slug(person) for person in people if not any(person.identifiers))
    rows: list[dict[str, Any]] = []
    owner: dict[tuple[str, int], str] = {}
    for person in people:
        author_id = _author_id(person, slugs)
        known = [years[work_id] for work_id in person.works if work_id in years]
        forms = Counter(signature.name.display for signature in person.signatures)
        rows.append(
            {
                "author_id": author_id,
                "name": max(forms, key=lambda form: (len(form.replace(".", "")), forms[form], form)),
                **dict(zip(IDENTIFIERS, person.identifiers, strict=True)),
                "variants": to_json(sorted(forms)),
                "works": len(person.works),
                "first_year": min(known, default=None),
                "last_year": max(known, default=None),
                "method": "; ".join(sorted(person.methods)) or "single name",
            }
        )
        owner |= {(signature.work_id, signature.position): author_id for signature in person.signatures}
    return rows, owner


def _slug(person: Person) -> str:
    longest = max(person.givens, key=lambda given: (len("".join(given)), given))
    return "-".join([person.signatures[0].name.family, *longest])


def _author_id(person: Person, slugs: Counter[str]) -> str:
    for scheme, identifier in zip(IDENTIFIERS, person.identifiers, strict=True):
        if identifier:
            return f"{scheme}:{identifier}"
    slug = _slug(person)
    if slugs[slug] == 1:
        return f"name:{slug}"
    first = person.signatures[0]
    return f"name:{slug}~{hashlib.sha256(f'{first.work_id} {first.position}'.encode()).hexdigest()[:12]}"
