"""Which of a list's expressions are names: of a study, not of what is studied nor of who pays."""

import re
from collections.abc import Iterable, Sequence, Set

from carto_lib.mentions.rules import is_place, long_forms
from carto_lib.proposals.expressions import MIN_WORKS, frequent, printings, words
from carto_lib.text import fold

ADJACENT_SHARE = 0.2
PIECE_SHARE = 0.75
COMMON_SHARE = 0.3


class Forms:
    """The expressions of a list that others seldom print, how the list prints them, and those that are names.

    Attributes
    ----------
    frequent : dict of str to int
        Folded expression → number of texts.
    printed : dict of str to list of str
        Ways in which each is printed, the commonest first.
    acronyms : set of str
        Expressions that are acronyms, whatever they name.
    proper : set of str
        The same, and the words never in lower case that stand right beside a study's word ("cohorte Elfe").
    things : set of str
        Acronyms that stand for what is studied.
    names : list of str
        The expressions that name a study; echoes of one another left out.
    defined : dict of str to str
        What texts say that a name stands for: folded → as first printed.
    """

    def __init__(self, texts: Sequence[str], others: Sequence[str], known: Iterable[str], owned: Set[str]) -> None:
        self.texts = texts
        self.folded = [f" {fold(text)} " for text in texts]
        self.frequent = frequent(texts, others)
        self.printed = printings(self.frequent.keys(), texts)
        self.acronyms = {form for form, printed in self.printed.items() if _is_acronym(printed[0])}
        self.proper = self.acronyms | {form for form in self.frequent if self._is_a_studys_own(form)}
        self.things = {form for form in self.acronyms if any(map(_is_a_thing, _defined([form], texts).values()))}
        names = [form for form in self.frequent if self._is_name(form, owned)]
        self.defined = _defined(names, texts)
        self.names = self._without_echoes(names, [*map(fold, known), *self.defined])

    def holds_proper(self, form: str) -> bool:
        """Tell whether a form holds an acronym or proper name that is no organisation's."""
        return any(f" {name} " in f" {form} " for name in self.proper - words()["organisations"])

    def _is_name(self, form: str, owned: Set[str]) -> bool:
        run = form.split()
        others = words()["organisations"] | words()["subjects"] | words()["headings"]
        if form in others or set(run) <= others or run[-1] in words()["subject_ends"] or set(run) & words()["sentence"]:
            return False
        if form in self.things:
            return False
        if form in self.proper:
            meanings = _defined([form], self.texts)
            defined = any(set(meaning.split()) & words()["studies"] for meaning in meanings)
            return form in owned or defined or self._is_beside_a_study(form, 2)
        if len(run) < 2 or (run[0] not in words()["studies_fr"] and run[-1] not in words()["studies_en"]):
            return False
        own = [word for word in run if word not in words()["common"]]
        if set(own) <= self.things | others | words()["subject_ends"]:
            return False
        return self.holds_proper(form) or len(own) >= 2 or self.is_common_name(form)

    def is_common_name(self, form: str) -> bool:
        """Tell whether a form with one word of its own is printed with capitals in a good part of the list."""
        own = [word for word in form.split() if word not in words()["common"]]
        capitals = all(word[:1].isupper() for word in self.printed[form][0].split())
        return capitals and len(own) == 1 and self.frequent[form] >= COMMON_SHARE * len(self.texts)

    def _is_a_studys_own(self, form: str) -> bool:
        capital = len(form) >= 4 and " " not in form and all(text[:1].isupper() for text in self.printed[form])
        common = words()["common"] | words()["headings"]
        alone = capital and form not in common and not is_place(form) and self._is_beside_a_study(form, 0)
        return alone and not self._is_a_word_of_more(form)

    def _is_a_word_of_more(self, form: str) -> bool:
        """Tell whether a word mostly stands beside another one that is no common word ("Cancer Survivor")."""
        return any(
            count >= self.frequent[form] / 2
            and form in (run := other.split())
            and len(run) == 2
            and not set(run) - {form} & words()["common"]
            for other, count in self.frequent.items()
        )

    def _is_beside_a_study(self, name: str, most_between: int) -> bool:
        """Tell whether the texts put a name beside a study's word: "cohorte X", "the X family study"."""
        lists = (words()["studies"] | words()["holdings"], words()["common"])
        study, between = (f"(?:{'|'.join(sorted(listed))})" for listed in lists)
        gap = rf"(?: {between}){{0,{most_between}}}"
        beside = re.compile(rf" {study}{gap} {name} | {name}{gap} {study} ")
        named = sum(bool(beside.search(text)) for text in self.folded)
        return named >= max(MIN_WORKS, ADJACENT_SHARE * self.frequent[name])

    def _without_echoes(self, names: Sequence[str], whole: Sequence[str]) -> list[str]:
        """Return the names but the pieces of a longer or whole one, and those that only add common words to one."""
        phrases = [name for name in {*names, *whole} if name not in self.proper]
        return [
            form
            for form in names
            if not any(self._is_a_piece(form, other) for other in names)
            and not any(self._adds_nothing(form, other) for other in phrases)
            and (form in self.proper or not any(f" {form} " in f" {other} " != f" {form} " for other in whole))
        ]

    def _adds_nothing(self, form: str, other: str) -> bool:
        """Tell whether a form is another one with common words around; "French" tells phrases apart."""
        if form == other or f" {other} " not in f" {form} ":
            return False
        common = words()["common"] if self.holds_proper(other) else words()["common"] - words()["demonyms"]
        return set(f" {form} ".replace(f" {other} ", " ", 1).split()) <= common

    def _is_a_piece(self, form: str, other: str) -> bool:
        """Tell whether a form is mostly printed inside a longer name; an acronym, always inside another."""
        if form == other or f" {form} " not in f" {other} ":
            return False
        added = set(f" {other} ".replace(f" {form} ", " ", 1).split())
        specific = bool(added & words()["demonyms"]) and not self.holds_proper(form)
        if added <= words()["common"] and not specific:
            return False
        if form in self.acronyms and other not in self.acronyms:
            return False
        share = 1.0 if any(f" {acronym} " in f" {form} " for acronym in self.acronyms) else PIECE_SHARE
        return self.frequent[other] >= share * self.frequent[form]


def _is_acronym(printed: str) -> bool:
    """Tell whether every word of a form is an acronym, or a number beside one ("ANRS CO6")."""
    run = printed.split()
    capitals = [sum(map(str.isupper, word)) >= 2 for word in run]
    return any(capitals) and all(odd or any(map(str.isdigit, word)) for word, odd in zip(run, capitals, strict=True))


def _is_a_thing(printed: str) -> bool:
    """Tell whether what an acronym stands for is what is studied: whom, or a name in lower case without a study."""
    run = set(fold(printed).split())
    study = run & (words()["studies"] - words()["vague"])
    return bool(run & words()["subject_words"]) or (printed == printed.lower() and not study)


def _defined(names: Iterable[str], texts: Sequence[str]) -> dict[str, str]:
    """Return what the texts say that the names of one word stand for, unless it is an organisation."""
    wanted = {name for name in names if " " not in name}
    found: dict[str, str] = {}
    for text in texts:
        for acronym in {word for word in re.findall(r"[\w-]+", text) if fold(word) in wanted}:
            for printed in long_forms(text, acronym):
                if _may_be_defined(printed):
                    found.setdefault(fold(printed), printed)
    return found


def _may_be_defined(printed: str) -> bool:
    run = set(fold(printed).split())
    organisation = bool(run & words()["organisation_words"]) and not run & words()["studies"]
    sentence = words()["sentence"] - words()["within"]
    return not organisation and not run & sentence and not re.search(r"[()\d]", printed)
