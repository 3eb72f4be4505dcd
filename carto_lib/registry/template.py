"""A first file for a new database: valid at once, commented so that its holder can complete it."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from carto_lib.registry import parse_database
from carto_lib.registry.model import KINDS, Database, NameForm, NameKind
from carto_lib.registry.refusals import refusal
from carto_lib.settings import REGISTRY_DIR
from carto_lib.text import fold

LONG_NAME = 6  # words
TEMPLATE = """\
# Une ligne qui commence par # ne compte pas : retirez ce seul signe, sans toucher aux espaces, pour la remplir.
id: {id}
name: {{fr: {french}, en: {english}}}
kind: {kind}
{holder}
{period}
#part_of: snds
#linked_with: [snds]

# full : suffit ; short : dans cette casse ; generic : près de la France ; needs_anchor : près d'une ancre seulement.
names:
{forms}

# Les mots (entiers) près desquels compte une forme qui a besoin d'une ancre.
anchors: [{anchors}]

# scope text : ces mots, où qu'ils soient, refusent le sigle ; name : refuse toute forme prise dans ces mots.
{friends}

# Des tests, écrits par le modèle : changez-les pour dire ce qui trompe chez vous.
examples:
  positive:
{positive}
  negative:
{negative}

#acknowledgement: ""
#links: {{site: "", authors: ""}}

# Les pages d'où viennent ces faits ; ce qui n'en a pas encore.
sources: [{sources}]
unsourced: [{unsourced}]
"""
EXAMPLES = {
    "positive": (
        "Nous avons analysé, en France ({anchor}), les données de 3 000 participants ({french}).",
        "Data came from 3,000 French participants ({english}, {anchor}).",
        "In France, we used {acronym} ({anchor}) to estimate incidence.",
    ),
    "negative": (
        "In Canada, {not_named} was measured in 40 patients.",
        "A cohort of 3,000 French adults was followed for ten years.",
        "Les remboursements de soins de 2019 ont été analysés en France.",
    ),
}
FRIEND = "In France, {friend} was measured in 40 patients ({anchor})."
NOTHING = "blood pressure"
WHAT = "autre sens du sigle"
FRANCE = ("France", "French", "français", "française")
ANCHORS = {  # by kind, the words of a study beside which a name that others share is the database's; else France
    "registry": ("registry", "registre", "register", "study", "étude"),
    "cohort": ("cohort", "cohorte", "cohorts", "study", "étude"),
    "survey": ("survey", "enquête", "study", "étude"),
    "surveillance": ("surveillance",),
    "warehouse": ("data warehouse", "entrepôt"),
}


@dataclass(frozen=True)
class NewDatabase:
    """What a holder says of a new database.

    Attributes
    ----------
    id, french, english, acronym, kind : str
        Its identifier, its names as printed (the acronym may be empty), and one of `carto_lib.registry.KINDS`.
    source : str
        The public page that gives these names, and the holder and first year where they are given.
    holder : str
        The organisation that answers for it.
    since : int or None
        First year covered.
    former : tuple of str
        Names that it had before, or has besides.
    anchors : tuple of str
        Words that its publications print beside its name; those of its kind where none is given.
    friends : tuple of str
        What else the acronym stands for, or names that hold it.
    """

    id: str
    french: str
    english: str
    acronym: str
    kind: str
    source: str = ""
    holder: str = ""
    since: int | None = None
    former: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    friends: tuple[str, ...] = ()

    @property
    def context(self) -> tuple[str, ...]:
        """Its anchors: the words given, else those of its kind."""
        return self.anchors or ANCHORS.get(self.kind, FRANCE)

    @property
    def forms(self) -> list[NameForm]:
        """The forms that its names make, the acronym first: one word needs an anchor, as does a plain expression."""
        source = self.source or None
        said = [(self.acronym, "mul")] if self.acronym else []
        said += [(self.french, "fr"), (self.english, "en")]
        named: dict[str, str] = {}
        for name, language in [*said, *((name, "mul") for name in self.former)]:
            for text in [name] if name == self.acronym else _without_brackets(name):
                named.setdefault(text, language)
        forms = []
        for text, language in named.items():
            kind = "short" if text == self.acronym else self._kind(text)
            form = {"text": text, "language": language, "kind": kind, "needs_anchor": kind != "full", "source": source}
            forms.append(NameForm.model_validate(form))
        return forms

    def as_database(self, more: Iterable[NameForm] = ()) -> Database:
        """Return the database that its file would describe (see `create_file`)."""
        return parse_database(_text(self, more), Path(f"{self.id}.yml"))

    def _kind(self, text: str) -> NameKind:
        if " " not in text:
            return "short"
        own = any(sum(map(str.isupper, word)) >= 2 for word in text.split())
        return "full" if own or _holds(text, self.acronym) or len(text.split()) >= LONG_NAME else "generic"


def create_file(new: NewDatabase, more: Iterable[NameForm] = (), folder: Path = REGISTRY_DIR) -> Path:
    """Write the commented first file of a database and return its path.

    Parameters
    ----------
    new : NewDatabase
        What its holder says.
    more : iterable of NameForm
        Other forms of its name; one that its names make too stands for that one.
    folder : Path
        Of the registry.

    Raises
    ------
    RegistryError
        If the id is ill-formed, the kind unknown, what is said contradictory, or the file already there (it is never
        overwritten).
    """
    if new.kind not in KINDS:
        raise refusal("not_a_kind", kind=new.kind, kinds=", ".join(KINDS))
    file = new_file(new.id, folder)
    text = _text(new, more)
    parse_database(text, file)
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise refusal("unwritable", file=file, why=error.strerror) from error
    return file


def new_file(database: str, folder: Path = REGISTRY_DIR) -> Path:
    """Return the path of a new database's file.

    Raises
    ------
    RegistryError
        If the id is ill-formed, or the file already there.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", database):
        raise refusal("not_an_id", id=database)
    file = folder / f"{database}.yml"
    if file.exists():
        raise refusal("exists", id=database, file=file)
    return file


def template_examples(database: Database) -> int:
    """Return how many of a database's examples are still those of its first file."""
    patterns = [re.escape(text) for texts in EXAMPLES.values() for text in texts]
    template = re.compile("|".join(re.sub(r"\\{\w+\\}", ".+", pattern) for pattern in patterns))
    examples = (*database.examples.positive, *database.examples.negative)
    return sum(bool(template.fullmatch(example.text)) for example in examples)


def as_line(form: NameForm, comment: str = "") -> str:
    """Write a form as a line of ``names:``."""
    fields = [f"text: {_quoted(form.text)}", f"language: {form.language}", f"kind: {form.kind}"]
    fields += ["needs_anchor: true"] if form.needs_anchor and form.kind != "generic" else []
    fields += [f"source: {_quoted(form.source)}"] if form.source else []
    return f"  - {{{', '.join(fields)}}}" + (f"  # {comment}" if comment else "")


def _text(new: NewDatabase, more: Iterable[NameForm]) -> str:
    names = {"french": new.french, "english": new.english, "anchor": new.context[0]}
    names |= {"acronym": new.acronym or new.english, "not_named": new.acronym or NOTHING}
    examples = {
        sign: "\n".join(f"    - {{text: {_quoted(text.format(**names))}, written: true}}" for text in texts)
        for sign, texts in EXAMPLES.items()
    }
    facts = {"holder": new.holder, "period": new.since, "names": new.source}
    return TEMPLATE.format(
        id=new.id,
        french=_quoted(new.french),
        english=_quoted(new.english),
        kind=new.kind,
        holder=f"holder: {{name: {_quoted(new.holder)}}}" if new.holder else '#holder: {name: ""}',
        period=f"period: {{from: {new.since}}}" if new.since else "#period: {from: }",
        forms="\n".join(map(as_line, _forms(new, more))),
        friends=_friends(new),
        anchors=", ".join(map(_quoted, new.context)),
        sources=_quoted(new.source) if new.source else "",
        unsourced=", ".join(name for name, value in facts.items() if not (value and new.source)),
        **examples,
    )


def _forms(new: NewDatabase, more: Iterable[NameForm]) -> list[NameForm]:
    """Return each form once; a piece of the acronym is read as the acronym is, or it would be read where that isn't."""
    as_acronym = {"kind": "short", "case_sensitive": True, "needs_anchor": True}
    forms = {form.text: form for form in (*new.forms, *more)}.values()
    return [form.model_copy(update=as_acronym) if _holds(new.acronym, form.text) else form for form in forms]


def _friends(new: NewDatabase) -> str:
    """Write its false friends: a name that holds the acronym is one by itself, other words wherever they stand."""
    if not new.friends:
        example = _quoted(f"{new.acronym or new.french} …")
        return f'#false_friends:\n#  - {{text: "", scope: text, what: "", example: {example}}}'
    lines = ["false_friends:"]
    for friend in new.friends:
        holds = _holds(friend, new.acronym)
        example = FRIEND.format(friend=friend if holds else f"{friend} ({new.acronym})", anchor=new.context[0])
        fields = {"text": friend, "scope": "name" if holds else "text", "what": WHAT, "example": example}
        lines.append(f"  - {{{', '.join(f'{name}: {_quoted(value)}' for name, value in fields.items())}}}")
    return "\n".join(lines)


def _holds(text: str, name: str) -> bool:
    return f" {fold(name)} " in f" {fold(text)} "


def _without_brackets(name: str) -> list[str]:
    """Return a name's parts: before its brackets, and within."""
    parts = re.fullmatch(r"(.+?)\s*\((.+)\)", name)
    return [parts[1], parts[2]] if parts else [name]


def _quoted(text: str) -> str:
    """Return a YAML string: JSON strings are."""
    return json.dumps(text, ensure_ascii=False)
