"""ROR organisations, version 2: https://ror.readme.io/docs/data-structure."""

from typing import Any

from carto_lib.errors import SourceError
from carto_lib.sources.answers import dicts, load_json, need, reader
from carto_lib.sources.fields import Record, known, record


@reader("ror")
def parse(body: bytes) -> list[Record]:
    """Read a ROR answer: one organisation, a page of them, or the answer to ``?affiliation=``.

    Returns
    -------
    list of records
        One an organisation, which isn't a work: ``source_id`` and ``url`` are its ROR address, ``title`` its
        displayed name, ``year`` null; ``extra`` holds names, types, places, identifiers, relations, status and,
        for an affiliation, ``score`` and ``chosen``.

    Raises
    ------
    SourceError
        If the answer is an error, of version 1, or truncated.
    """
    content = load_json(body, "ror")
    if isinstance(content, dict) and content.get("errors"):
        raise SourceError(f"ror answered an error, not organisations: {content['errors']}")
    found = need(content, "items", list, "ror") if "items" in content or "id" not in content else [content]
    return [_organisation(item) for item in found]


def _organisation(item: dict[str, Any]) -> Record:
    facts = next(iter(dicts(item.get("organization"))), item)
    identifier, names = need(facts, "id", str, "ror"), dicts(need(facts, "names", list, "ror"))
    shown = next((name for name in names if "ror_display" in name.get("types", ())), names[0])
    return record(
        "ror",
        identifier,
        title=shown.get("value"),
        language=shown.get("lang"),
        url=identifier,
        extra=known(
            names=[
                {"text": name.get("value"), "language": name.get("lang"), "types": name.get("types")} for name in names
            ],
            kinds=facts.get("types"),
            status=facts.get("status"),
            established=facts.get("established"),
            places=[place.get("geonames_details") for place in dicts(facts.get("locations"))],
            identifiers=[
                {"scheme": number.get("type"), "preferred": number.get("preferred"), "all": number.get("all")}
                for number in dicts(facts.get("external_ids"))
            ],
            relations=dicts(facts.get("relationships")),
            links=dicts(facts.get("links")),
            score=item.get("score"),
            chosen=item.get("chosen"),
        ),
    )
