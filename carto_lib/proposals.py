"""From a list of a database's known publications to the name forms that its registry file should have."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from carto_lib.mentions.rules import long_forms
from carto_lib.registry import Registry
from carto_lib.text import fold, strip_markup

LONGEST_FORM = 9
MIN_WORKS = 2
MIN_SHARE = 0.05
MIN_LIFT = 4.0
_BREAKS = re.compile(r"[:;?!()\[\]«»“”\"]|[.,]\s")
_LINKS = ENGLISH_STOP_WORDS | set(
    "au aux avec ce ces cette chez d dans de des du en entre est et ete l la le les leur n ont ou par pour que qui "
    "s sont sur un une donnees resultats data results using".split()
)
_STUDIES_FR = set(
    "cohorte etude enquete registre base bases systeme reseau observatoire echantillon entrepot programme dispositif "
    "panel fichier plateforme biobanque".split()
)
_STUDIES_EN = set(
    "cohort cohorts study survey registry register database databases system network observatory sample warehouse "
    "program programme platform biobank panel surveillance consortium".split()
)
_HOLDINGS = {"data", "donnees", "participants", "volunteers", "volontaires"}
STUDY_WORDS = _STUDIES_FR | _STUDIES_EN
_DEMONYMS = set("france french francais francaise francaises european europeen europeenne".split())
_DESIGN = set(
    "population based prospective retrospective longitudinal nationwide national nationale observational clinical "
    "multicentre multicenter multicentric large general generale birth familial familiale family open ongoing new "
    "randomised randomized controlled control case cross sectional year years follow up pilot previous present "
    "prospectif transversale".split()
)
_COMMON = STUDY_WORDS | _DEMONYMS | _DESIGN | _LINKS
_ADJACENT_SHARE = 0.2
_PIECE_SHARE = 0.5
Kind = Literal["full", "short", "generic"]


@dataclass(frozen=True)
class Proposal:
    """A form that the list's publications print and others don't.

    Attributes
    ----------
    text : str
        The form, as most often printed.
    kind : {"full", "short", "generic"}
        The kind suggested (a person decides).
    works, listed : int
        Publications of the list that print it (a short form: in that very case), of how many.
    background, others : int
        Publications of the background that print it, of how many.
    lift : float
        Share in the list over share in the background (one work added to each side).
    language : {"fr", "en", "mul"}
        The form's language; ``mul`` for a short form.
    needs_anchor : bool
        A short form that others print too, or that is also a word in lower case.
    source : str or None
        Address of the first publication of the list that prints it.
    owners : tuple of str
        Databases of the registry that already have this form.
    """

    text: str
    kind: Kind
    works: int
    listed: int
    background: int
    others: int
    lift: float
    language: str = "mul"
    needs_anchor: bool = False
    source: str | None = None
    owners: tuple[str, ...] = ()


def propose_names(
    records: Sequence[dict[str, Any]], background: Iterable[dict[str, Any]], registry: Registry, limit: int = 15
) -> list[Proposal]:
    """Find the names frequent in a list of publications and rare elsewhere.

    A name is an acronym that stands beside the word of a study ("cohorte", "survey", "registry" …), what such an
    acronym is said to stand for, or an expression of a study's word and of another that makes it one's own.

    Parameters
    ----------
    records : sequence of dict
        Publications of the database, with ``title``, and ``title_original``, ``abstract`` or ``keywords`` if known.
    background : iterable of dict
        Publications of other databases, in the same shape.
    registry : Registry
        To say which forms are another database's already.
    limit : int
        Forms returned at most.

    Returns
    -------
    list of Proposal
        By number of publications, then by lift. An expression inside a longer one printed by the same
        publications is left out: the longest is the name. So is one that only adds common words to a name proposed.
    """
    texts = [text_of(record) for record in records]
    listed = {identity for record in records for identity in _identities(record)}
    others = [text_of(record) for record in background if listed.isdisjoint(_identities(record))]
    forms = _Forms(texts, others)
    owners = {fold(name.text): database.id for database in registry.values() for name in database.names}
    names = [form for form in forms.candidates if _is_name(form, forms, owners.keys())]
    defined = _defined(names, texts)
    proposals = []
    for form, printed in ({form: forms.printed[form] for form in _without_echoes(names, forms)} | defined).items():
        kind: Kind = "full" if form in defined or form in forms.own else "generic"
        kind = "short" if form in forms.acronyms else kind
        inside, outside = _print_it(printed, kind, texts), _print_it(printed, kind, others)
        lift = ((len(inside) + 1) / (len(texts) + 1)) / ((len(outside) + 1) / (len(others) + 1))
        proposal = Proposal(
            printed,
            kind,
            len(inside),
            len(texts),
            len(outside),
            len(others),
            round(lift, 1),
            language="mul" if kind == "short" else "fr" if set(form.split()) & _STUDIES_FR else "en",
            needs_anchor=kind == "short" and (bool(outside) or _is_common_word(printed, [*texts, *others])),
            source=next(filter(None, (_address(records[place]) for place in inside)), None),
            owners=(owners[form],) if form in owners else (),
        )
        if proposal.works >= MIN_WORKS and lift >= MIN_LIFT:
            proposals.append(proposal)
    return sorted(proposals, key=lambda found: (-found.works, -found.lift, found.text))[:limit]


def without_form(records: Sequence[dict[str, Any]], forms: Iterable[str]) -> list[str]:
    """Return the titles of the records that print none of the forms, case, accents and hyphens set aside."""
    wanted = [f" {fold(form)} " for form in forms]
    return [
        str(record.get("title") or "")
        for record in records
        if not any(form in f" {fold(text_of(record))} " for form in wanted)
    ]


def text_of(record: dict[str, Any]) -> str:
    """Return the title, abstract and keywords of a record as one text."""
    values = (record.get(field) for field in ("title", "title_original", "abstract", "keywords"))
    parts = (" ; ".join(value) if isinstance(value, list) else value for value in values if value)
    return strip_markup(" . ".join(map(str, parts)))


class _Forms:
    """The expressions of a list that others seldom print, and how the list prints them."""

    def __init__(self, texts: Sequence[str], others: Sequence[str]) -> None:
        self.texts = texts
        self.folded = [f" {fold(text)} " for text in texts]
        self.candidates = _candidates(texts, others)
        self.printed = most_printed(self.candidates.keys(), texts)
        self.acronyms = {form for form, printed in self.printed.items() if _is_acronym(printed)}
        self.own = {form for form, printed in self.printed.items() if _has_own_word(printed)}


def _has_own_word(printed: str) -> bool:
    """Tell whether a form holds a word printed with a capital that isn't any study's."""
    words = (fold(word) for word in printed.split() if any(map(str.isupper, word)))
    return any(not set(word.split()) <= _COMMON for word in words)


def _is_acronym(printed: str) -> bool:
    """Tell whether every word of a form is an acronym, or a number beside one ("ANRS CO6")."""
    words = printed.split()
    capitals = [sum(map(str.isupper, word)) >= 2 for word in words]
    return any(capitals) and all(odd or any(map(str.isdigit, word)) for word, odd in zip(words, capitals, strict=True))


def _candidates(texts: Sequence[str], others: Sequence[str]) -> dict[str, int]:
    """Return the folded expressions often printed in the texts and seldom in others, with their number of texts."""
    vectorizer = CountVectorizer(analyzer=expressions, binary=True, min_df=MIN_WORKS)
    try:
        inside = np.asarray(vectorizer.fit_transform(texts).sum(axis=0)).ravel()
    except ValueError:
        return {}
    outside = np.asarray(vectorizer.transform(others).sum(axis=0)).ravel() if others else np.zeros_like(inside)
    lift = ((inside + 1) / (len(texts) + 1)) / ((outside + 1) / (len(others) + 1))
    enough = max(MIN_WORKS, MIN_SHARE * len(texts))
    return {
        form: int(inside[i])
        for form, i in vectorizer.vocabulary_.items()
        if inside[i] >= enough and lift[i] >= MIN_LIFT and may_be_name(form)
    }


def _identities(record: dict[str, Any]) -> set[str]:
    """Return the DOI and the folded title of a record: a work of the list is no background."""
    return {fold(str(record[field])) for field in ("doi", "title") if record.get(field)}


def _address(record: dict[str, Any]) -> str | None:
    return f"https://doi.org/{record['doi']}" if record.get("doi") else record.get("url")


def expressions(text: str, longest: int = LONGEST_FORM) -> Iterator[str]:
    """Yield every folded run of at most `longest` words that no sign of a sentence cuts."""
    for part in _BREAKS.split(text):
        words = fold(part).split()
        for start in range(len(words)):
            for end in range(start + 1, min(start + longest, len(words)) + 1):
                yield " ".join(words[start:end])


def may_be_name(form: str) -> bool:
    """Tell whether a folded expression neither begins nor ends with a link word, nor begins with a number."""
    words = form.split()
    edges = {words[0], words[-1]}
    return not edges & _LINKS and len(form) > 2 and not words[0].isdigit()


def most_printed(forms: Set[str], texts: Iterable[str]) -> dict[str, str]:
    """Return each folded form as the texts print it most often (with its case, accents and hyphens)."""
    printed: dict[str, Counter[str]] = {form: Counter() for form in forms}
    for words in (part.split() for text in texts for part in _BREAKS.split(text)):
        folded = [fold(word) for word in words]
        for start in range(len(words)):
            for end in range(start + 1, min(start + LONGEST_FORM, len(words)) + 1):
                form = " ".join(filter(None, folded[start:end]))
                if form in printed:
                    printed[form][" ".join(words[start:end]).strip(" .,'’")] += 1
    return {form: counts.most_common(1)[0][0] if counts else form for form, counts in printed.items()}


def _is_name(form: str, forms: _Forms, known: Set[str]) -> bool:
    """Tell whether an acronym is a study's, or an expression holds a study's word and what makes it one's own."""
    if form in forms.acronyms:
        return form in known or _beside_a_study(form, forms) or _stands_for_a_study(form, forms.texts)
    words = form.split()
    if len(words) < 2 or (words[0] not in _STUDIES_FR and words[-1] not in _STUDIES_EN):
        return False
    return form in forms.own or len([word for word in words if word not in _COMMON]) >= 2


def _beside_a_study(acronym: str, forms: _Forms) -> bool:
    """Tell whether the texts name an acronym beside a study's word: "cohorte X", "the X family study"."""
    study, between = (f"(?:{'|'.join(sorted(words))})" for words in (STUDY_WORDS | _HOLDINGS, _COMMON))
    beside = re.compile(rf" {study}(?: {between}){{0,2}} {acronym} | {acronym}(?: {between}){{0,2}} {study} ")
    named = sum(bool(beside.search(text)) for text in forms.folded)
    return named >= max(MIN_WORKS, _ADJACENT_SHARE * forms.candidates[acronym])


def _stands_for_a_study(acronym: str, texts: Sequence[str]) -> bool:
    """Tell whether the texts define an acronym by a name that holds a study's word."""
    return any(set(form.split()) & STUDY_WORDS for form in _defined([acronym], texts))


def _defined(names: Iterable[str], texts: Sequence[str]) -> dict[str, str]:
    """Return what the texts say that the names of one word stand for: folded form → as first printed."""
    wanted = {name for name in names if " " not in name}
    found: dict[str, str] = {}
    for text in texts:
        for acronym in {word for word in re.findall(r"[\w-]+", text) if fold(word) in wanted}:
            for printed in long_forms(text, acronym):
                found.setdefault(fold(printed), printed)
    return found


def _without_echoes(names: Sequence[str], forms: _Forms) -> list[str]:
    """Return the names but those that are a piece of a longer one, or that only add common words to one."""
    phrases = [name for name in names if name not in forms.acronyms]
    return [
        form
        for form in names
        if not any(_is_a_piece(form, other, forms) for other in names)
        and not any(_adds_nothing(form, other) for other in phrases)
    ]


def _is_a_piece(form: str, other: str, forms: _Forms) -> bool:
    """Tell whether a form is mostly printed inside a longer name; an acronym, always inside a longer acronym."""
    if form == other or f" {form} " not in f" {other} " or _adds_nothing(other, form):
        return False
    if form in forms.acronyms and other not in forms.acronyms:
        return False
    share = 1.0 if any(f" {acronym} " in f" {form} " for acronym in forms.acronyms) else _PIECE_SHARE
    return forms.candidates[other] >= share * forms.candidates[form]


def _adds_nothing(form: str, other: str) -> bool:
    if form == other or f" {other} " not in f" {form} ":
        return False
    added = f" {form} ".replace(f" {other} ", " ", 1).split()
    return set(added) <= _COMMON


def _print_it(printed: str, kind: Kind, texts: Sequence[str]) -> list[int]:
    """Return the places of the texts in which a form of that kind is read."""
    if kind == "short":
        exact = re.compile(rf"(?<!\w){re.escape(printed)}(?!\w)")
        return [place for place, text in enumerate(texts) if exact.search(text)]
    form = f" {fold(printed)} "
    return [place for place, text in enumerate(texts) if form in f" {fold(text)} "]


def _is_common_word(printed: str, texts: Iterable[str]) -> bool:
    """Tell whether a text prints the form in lower case, as a word of the language."""
    word = re.compile(rf"(?<!\w){re.escape(printed.lower())}(?!\w)")
    return any(word.search(text) for text in texts)
