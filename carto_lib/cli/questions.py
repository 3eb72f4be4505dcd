"""What ``carto databases new`` asks in a terminal."""

import sys
from typing import TYPE_CHECKING, Any

import typer

from carto_lib.errors import CartoError
from carto_lib.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from carto_lib.proposals import Proposal
    from carto_lib.registry import NameForm
    from carto_lib.registry.template import NewDatabase

SEPARATOR = ";"
FIRST_YEAR, LAST_YEAR = 1900, 2100


def in_terminal() -> bool:
    """Tell whether a person can be asked."""
    return sys.stdin.isatty()


def ask(given: dict[str, str]) -> dict[str, str]:
    """Ask for what isn't given, until the answer may be one; an empty answer leaves it out."""
    refused = {"kind": lambda answer: not kind_of(answer), "since": lambda answer: not _is_year(answer)}
    kinds = ", ".join(translate(f"registry.kinds.{kind}") for kind in _kinds())
    answers = dict(given)
    for name in (name for name, value in given.items() if not value):
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
        If the first year is none.
    """
    from carto_lib.registry.template import NewDatabase

    if said["since"] and not _is_year(said["since"]):
        raise CartoError(translate("registry.ask_again.since", "fr", answer=said["since"]))
    acronym = said["acronym"] or database.upper()
    french = said["french"] or acronym
    former, anchors = (
        tuple(filter(None, map(str.strip, said[name].split(SEPARATOR)))) for name in ("former", "anchors")
    )
    return NewDatabase(
        database,
        french,
        said["english"] or french,
        acronym,
        kind_of(said["kind"] or "cohort") or said["kind"],
        source=said["source"],
        holder=said["holder"],
        since=int(said["since"]) if said["since"] else None,
        former=former,
        anchors=anchors,
    )


def keep(proposals: "list[Proposal]", described: "NewDatabase", records: list[dict[str, Any]]) -> "list[NameForm]":
    """Ask of each name learnt whether it is the database's, and return those that are.

    A name isn't asked for where all the publications that print it print one that the database has already (one that
    needs no anchor, if it needs none itself).
    """
    from carto_lib.proposals import places_of

    kept: list[NameForm] = []
    printing: dict[bool, set[int]] = {True: set(), False: set()}  # anchored forms included, or not

    def note(form: "NameForm", places: "Iterable[int]") -> None:
        printing[True] |= set(places)
        printing[False] |= set() if form.needs_anchor else set(places)

    for form in described.forms:
        note(form, places_of(form, records))
    for proposal in proposals:
        if set(proposal.places) <= printing[proposal.form.needs_anchor]:
            continue
        answer = _is_it(proposal, ", ".join(described.context))
        if answer != "n":
            form = proposal.form.model_copy(update={"needs_anchor": proposal.form.needs_anchor or answer == "a"})
            note(form, proposal.places)
            kept.append(form)
    return kept


def _is_it(proposal: "Proposal", anchors: str) -> str:
    form = proposal.form
    key, answers = ("name_near", ("o", "n")) if form.needs_anchor else ("name", ("o", "n", "a"))
    counts = {"works": proposal.works, "listed": proposal.listed}
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


def _is_year(answer: str) -> bool:
    return answer.isdigit() and FIRST_YEAR <= int(answer) <= LAST_YEAR


def _kinds() -> tuple[str, ...]:
    from carto_lib.registry import KINDS

    return KINDS


def _prompt(question: str) -> str:
    return str(typer.prompt(question, default="", show_default=False, prompt_suffix=" : ", err=True)).strip()
