"""From a list of a database's known publications to the name forms that its registry file should have."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

from carto_lib.mentions.rules import reads_as_a_word
from carto_lib.proposals.expressions import MIN_LIFT, MIN_WORKS, lift, words
from carto_lib.proposals.names import Forms
from carto_lib.registry import NameForm, Registry
from carto_lib.registry.model import Language, NameKind
from carto_lib.text import fold, fold_with_offsets, original_span, strip_markup

EXCERPT = 40  # characters either side


@dataclass(frozen=True)
class Proposal:
    """A form that the list's publications print and others don't.

    Attributes
    ----------
    form : NameForm
        As printed, with the kind suggested (a person decides), its language and the address (else the title) of a
        publication of the list that prints it.
    works, listed : int
        Publications of the list that print it (a short form: in that very case), of how many.
    background, others : int
        Publications of the background that print it, of how many.
    lift : float
        Share in the list over share in the background (one work added to each side).
    owners : tuple of str
        Databases of the registry that already have this form.
    excerpt : str
        Where the first of these publications prints it.
    """

    form: NameForm
    works: int
    listed: int
    background: int
    others: int
    lift: float
    owners: tuple[str, ...] = ()
    excerpt: str = ""


def propose_names(
    records: Sequence[dict[str, Any]],
    background: Iterable[dict[str, Any]],
    registry: Registry,
    known: Sequence[NameForm] = (),
    limit: int = 15,
) -> list[Proposal]:
    """Find the names frequent in a list of publications and rare elsewhere.

    A name is an acronym or a proper name that stands beside the word of a study ("cohorte", "survey", "registry" …),
    what such an acronym is said to stand for, or an expression of a study's word and of what makes it one's own.

    Parameters
    ----------
    records : sequence of dict
        Publications of the database, with ``title``, and ``title_original``, ``abstract`` or ``keywords`` if known.
    background : iterable of dict
        Publications of other databases, in the same shape.
    registry : Registry
        To say which forms are another database's already.
    known : sequence of NameForm
        The forms that the database has: they aren't proposed again, nor a piece of them.
    limit : int
        Forms returned at most.

    Returns
    -------
    list of Proposal
        By number of publications, then by lift. An expression inside a longer one printed by the same
        publications is left out: the longest is the name. So is one that only adds common words to a name proposed.
    """
    texts = [_text(record) for record in records]
    listed = {identity for record in records for identity in _identities(record)}
    others = [_text(record) for record in background if listed.isdisjoint(_identities(record))]
    owners = {fold(name.text): database.id for database in registry.values() for name in database.names}
    forms = Forms(texts, others, [form.text for form in known if form.kind != "short"], owners.keys())
    taken = {_identity(form) for form in known}
    proposals = []
    for form in _name_forms(forms, known, [*texts, *others]):
        inside, outside = _places(form, texts), _places(form, others)
        counts = (len(inside), len(texts), len(outside), len(others))
        needed = 1 if fold(form.text) in forms.defined else MIN_WORKS
        if len(inside) < needed or lift(*counts) < MIN_LIFT or _identity(form) in taken:
            continue
        source = _source(inside, records)
        anchor = form.needs_anchor or (form.kind == "short" and bool(outside))
        sourced = form.model_copy(update={"source": source, "needs_anchor": anchor})
        owner = owners.get(fold(form.text))
        excerpt = _excerpt(form.text, texts[inside[0]])
        proposals.append(Proposal(sourced, *counts, round(lift(*counts), 1), (owner,) if owner else (), excerpt))
    return sorted(proposals, key=lambda found: (-found.works, -found.lift, found.form.text))[:limit]


def places_of(form: NameForm, records: Sequence[dict[str, Any]]) -> list[int]:
    """Return which records' title, abstract or keywords print a form, anchors set aside."""
    return _places(form, [_text(record) for record in records])


def printed_forms(forms: Iterable[NameForm], records: Sequence[dict[str, Any]]) -> list[NameForm]:
    """Return the forms that a record prints, with its address (else its title) as their source."""
    texts = [_text(record) for record in records]
    sources = [(form, _source(_places(form, texts), records)) for form in forms]
    return [form.model_copy(update={"source": source}) for form, source in sources if source]


def without_form(records: Sequence[dict[str, Any]], forms: Sequence[NameForm]) -> list[str]:
    """Return the titles of the records that print none of the forms."""
    texts = [_text(record) for record in records]
    printing = {place for form in forms for place in _places(form, texts)}
    return [str(record.get("title") or "") for place, record in enumerate(records) if place not in printing]


def _name_forms(forms: Forms, known: Iterable[NameForm], texts: Sequence[str]) -> Iterator[NameForm]:
    """Yield the forms of the names: a proper name in each case in which it is printed."""
    known = list(known)
    proper = [fold(form.text) for form in known if form.kind == "short"]
    anchored = {fold(form.text) for form in known if form.kind == "short" and form.needs_anchor}
    anchored |= {name for name in forms.proper if _may_be_a_word(forms.printed[name][0], texts)}
    for name in dict.fromkeys([*forms.names, *(name for name in proper if name in forms.printed)]):
        if name not in forms.proper and name not in proper:
            common = not forms.holds_proper(name) and forms.is_common_name(name)
            kind: NameKind = "full" if common or forms.holds_proper(name) else "generic"
            text = forms.printed[name][0]
            anchor = common or kind == "generic" or _only_adds_a_study(name, anchored)
            yield NameForm(text=text, kind=kind, language=_language(name), needs_anchor=anchor)
            continue
        for printed in forms.printed[name]:
            if all(word[:1].isupper() or word[:1].isdigit() for word in printed.split()):
                yield NameForm(text=printed, kind="short", needs_anchor=_may_be_a_word(printed, texts))
    for name, printed in forms.defined.items():
        if name not in forms.names:
            yield NameForm(text=printed, kind="full", language=_language(name))


def _only_adds_a_study(form: str, anchored: Set[str]) -> bool:
    """Tell whether a form is a name that needs an anchor with common words around: "ICARE study"."""
    for name in anchored:
        if f" {name} " in f" {form} ":
            form = f" {form} ".replace(f" {name} ", " ").strip()
    return set(form.split()) <= words()["common"]


def _text(record: dict[str, Any]) -> str:
    values = (record.get(field) for field in ("title", "title_original", "abstract", "keywords"))
    parts = (" ; ".join(value) if isinstance(value, list) else value for value in values if value)
    return strip_markup(" . ".join(map(str, parts)))


def _identities(record: dict[str, Any]) -> set[str]:
    """Return the DOI and the folded title of a record: a work of the list is no background."""
    return {fold(str(record[field])) for field in ("doi", "title") if record.get(field)}


def _identity(form: NameForm) -> str:
    """Return what makes two forms the same for the matcher: the case counts in a short one."""
    return form.text if form.kind == "short" else fold(form.text)


def _source(places: Sequence[int], records: Sequence[dict[str, Any]]) -> str | None:
    printing = [records[place] for place in places]
    titles = (record.get("title") for record in printing)
    return next(filter(None, (*map(_address, printing), *titles)), None)


def _address(record: dict[str, Any]) -> str | None:
    return f"https://doi.org/{record['doi']}" if record.get("doi") else record.get("url")


def _language(form: str) -> Language:
    run = set(form.split())
    french = run & words()["studies_fr"] or run & (words()["links_fr"] - words()["links_en"])
    return "fr" if french and not run & (words()["studies_en"] - words()["studies_fr"]) else "en"


def _places(form: NameForm, texts: Sequence[str]) -> list[int]:
    """Return the places of the texts in which a form of that kind is read."""
    if form.case_sensitive:
        exact = re.compile(rf"(?<!\w){re.escape(form.text)}(?!\w)")
        return [place for place, text in enumerate(texts) if exact.search(text)]
    folded = f" {fold(form.text)} "
    return [place for place, text in enumerate(texts) if folded in f" {fold(text)} "]


def _excerpt(form: str, text: str) -> str:
    """Return the words of a text around a form, however the text prints it."""
    folded, offsets = fold_with_offsets(text)
    name = fold(form)
    place = f" {folded} ".find(f" {name} ")
    if place < 0:
        return ""
    first, last = original_span(text, offsets, place, place + len(name))
    start = text.rfind(" ", 0, max(0, first - EXCERPT)) + 1
    end = text.find(" ", last + EXCERPT)
    return text[start : end if end >= 0 else len(text)]


def _may_be_a_word(printed: str, texts: Iterable[str]) -> bool:
    """Tell whether a name reads as a word (ICARE, not PMSI), or is printed as one: in lower case, or one capital."""
    word = re.compile(rf"(?<!\w){re.escape(printed.lower())}(?!\w)")
    one_capital = sum(map(str.isupper, printed)) == len(printed.split()) and not printed.isupper()
    return one_capital or reads_as_a_word(printed) or any(word.search(text) for text in texts)
