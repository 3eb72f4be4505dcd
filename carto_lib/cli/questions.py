"""What ``carto databases new`` asks in a terminal."""

import sys
from typing import TYPE_CHECKING, Any

import typer

from carto_lib.errors import CartoError
from carto_lib.i18n import translate

if TYPE_CHECKING:
    from carto_lib.proposals import Proposal
    from carto_lib.registry import NameForm
    from carto_lib.registry.template import NewDatabase

SEPARATOR = ";"
FIRST_YEAR, LAST_YEAR = 1900, 2100
OF_ACRONYM = ("anchors", "friends")


def in_terminal() -> bool:
    """Tell whether a person can be asked."""
    return sys.stdin.isatty()


def ask(given: dict[str, str]) -> dict[str, str]:
    """Ask for what isn't given, until the answer may be one; an empty answer leaves it out.

    What makes an acronym ambiguous isn't asked of a database that has none.
    """
    kinds = ", ".join(translate(f"registry.kinds.{kind}") for kind in _kinds())
    answers = dict(given)
    refused = {
        "kind": lambda answer: not kind_of(answer),
        "since": lambda answer: not _is_year(answer),
        "friends": lambda answer: _acronym(answers) in _parts(answer),
    }
    for name in given:
        if given[name] or (name in OF_ACRONYM and not _acronym(answers)):
            continue
        while True:
            answers[name] = _prompt(translate(f"registry.ask.{name}", "fr", kinds=kinds))
            if not answers[name] or name not in refused or not refused[name](answers[name]):
                break
            print(translate(f"registry.ask_again.{name}", "fr", answer=answers[name], kinds=kinds), file=sys.stderr)
    return answers


def describe(database: str, said: dict[str, str]) -> "NewDatabase":
    """Return what was said of a database, what wasn't said made up from the rest.

    Raises
    ------
    CartoError
        If the first year is none, or other meanings are given of no acronym.
    """
    from carto_lib.registry.template import NewDatabase

    if said["since"] and not _is_year(said["since"]):
        raise CartoError(translate("registry.ask_again.since", "fr", answer=said["since"]))
    named = said["french"] or said["english"]
    acronym = _acronym(said) or ("" if named else database.upper())
    if said["friends"] and not acronym:
        raise CartoError(translate("registry.friends_of_none", "fr"))
    return NewDatabase(
        database,
        said["french"] or acronym or named,
        said["english"] or acronym or named,
        acronym,
        kind_of(said["kind"] or "cohort") or said["kind"],
        source=said["source"],
        holder=said["holder"],
        since=int(said["since"]) if said["since"] else None,
        former=_parts(said["former"]),
        anchors=_parts(said["anchors"]),
        friends=_parts(said["friends"]),
    )


def keep(proposals: "list[Proposal]", described: "NewDatabase", records: list[dict[str, Any]]) -> "list[NameForm]":
    """Ask of each name learnt whether it is the database's, and return those that are.

    A name isn't asked for where it would find no publication that the others don't.
    """
    kept: list[NameForm] = []
    asked = False
    found = _found(described, kept, records)
    for proposal in proposals:
        form = proposal.form
        alone = form if form.kind == "generic" else form.model_copy(update={"needs_anchor": False})
        gain = len(_found(described, [*kept, alone], records) - found)
        if not gain:
            continue
        asked = True
        answer = _is_it(proposal, gain, ", ".join(described.context))
        if answer != "n":
            kept.append(form.model_copy(update={"needs_anchor": True}) if answer == "a" else alone)
            found = _found(described, kept, records)
    if not asked:
        print(translate("registry.none_to_keep", "fr"), file=sys.stderr)
    return kept


def _found(described: "NewDatabase", kept: "list[NameForm]", records: list[dict[str, Any]]) -> set[int]:
    """Return the places of the records where some name of the database counts."""
    from carto_lib.mentions import MentionFinder
    from carto_lib.registry import Registry

    finder = MentionFinder(Registry({described.id: described.as_database(kept)}))
    texts = [(record.get("title") or "", record.get("abstract") or "") for record in records]
    return {place for place, readings in finder.read_all(texts) if any(reading.counts for reading in readings)}


def _is_it(proposal: "Proposal", gain: int, anchors: str) -> str:
    form = proposal.form
    key, answers = ("name_near", ("o", "n")) if form.kind == "generic" else ("name", ("o", "n", "a"))
    counts = {"works": proposal.works, "listed": proposal.listed, "gain": gain}
    question = translate(
        f"registry.ask.{key}", "fr", text=form.text, excerpt=proposal.excerpt, anchors=anchors, **counts
    )
    answer = ""
    while answer not in answers:
        answer = _prompt(question).lower()[:1]
    return answer


def kind_of(answer: str) -> str | None:
    """Return the kind that a word says, in French or as the registry writes it; None if it is no kind."""
    said = {translate(f"registry.kinds.{kind}"): kind for kind in _kinds()} | {kind: kind for kind in _kinds()}
    return said.get(answer.strip().lower())


def _acronym(said: dict[str, str]) -> str:
    """Return the acronym said, else a name of one word."""
    names = (said["french"], said["english"])
    return said["acronym"] or next((name for name in names if name and " " not in name), "")


def _parts(answer: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, answer.split(SEPARATOR))))


def _is_year(answer: str) -> bool:
    return answer.isdigit() and FIRST_YEAR <= int(answer) <= LAST_YEAR


def _kinds() -> tuple[str, ...]:
    from carto_lib.registry import KINDS

    return KINDS


def _prompt(question: str) -> str:
    return str(typer.prompt(question, default="", show_default=False, prompt_suffix=" : ", err=True)).strip()
