"""A first file for a new database: valid at once, commented so that its holder can complete it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from carto_lib.registry.model import KINDS, Database, NameForm
from carto_lib.registry.refusals import refusal
from carto_lib.settings import REGISTRY_DIR
from carto_lib.text import fold

LONG_NAME = 6  # words
TEMPLATE = """\
# Après chaque modification : carto databases check {id}
# Une ligne qui commence par # ne compte pas : retirez ce seul signe, sans toucher aux espaces, pour la remplir.
id: {id}
name: {{fr: {french}, en: {english}}}
kind: {kind}   # {kinds}
{holder}
{period}
#part_of: snds             # la base qui contient celle-ci
#linked_with: [snds]       # appariements publiés

# Les formes du nom dans les articles, chacune avec la page où elle se lit ; language : fr, en ou mul (les deux).
#   full    : désigne la base à elle seule ; casse, accents et traits d'union ne comptent pas
#   short   : sigle ou nom propre, dans cette casse
#   generic : expression banale ou que d'autres pays emploient ; compte près d'une ancre ou de la France
#   needs_anchor: true : ne compte que près d'une ancre (moins de 300 caractères, ou dans le titre)
names:
{forms}

# Les mots qui montrent qu'il s'agit de vous : pays, ville, organisme, maladie (mots entiers ; casse, accents : égal).
anchors: [France, French, français, française]

# Ce que votre sigle désigne d'autre. scope text : ces mots, où qu'ils soient, refusent les formes short ;
# scope name : refuse toute forme prise dans ces mots. L'exemple imprime ces mots et le sigle : il doit être refusé.
#false_friends:
#  - {{text: "", scope: text, what: "", example: "{acronym} …"}}

# Trois phrases (au moins) où la base doit être trouvée, trois où elle ne doit pas l'être ; ce sont des tests. Celles-ci
# viennent du modèle : changez-les pour dire ce qui trompe chez vous. written : phrase écrite pour le test, non citée.
examples:
  positive:
{positive}
  negative:
{negative}

#acknowledgement: ""          # la phrase que le responsable demande d'imprimer
#links: {{site: "", authors: ""}}   # authors : la page où le responsable dit ce qu'il demande aux auteurs

# Les pages publiques d'où viennent le responsable, la période et les appariements.
sources: [{sources}]
# Ce qui n'a pas encore de page publique : retirez-en un champ dès qu'elle est dans sources.
unsourced: [{unsourced}]
"""
EXAMPLES = {
    "positive": (
        "Nous avons analysé, en France, les données de 3 000 participants ({french}).",
        "Data came from 3,000 French participants ({english}).",
        "In France, we used {acronym} to estimate incidence.",
    ),
    "negative": (
        "In Canada, {acronym} was measured in 40 patients.",
        "A cohort of 3,000 French adults was followed for ten years.",
        "Les remboursements de soins de 2019 ont été analysés en France.",
    ),
}


@dataclass(frozen=True)
class NewDatabase:
    """What a holder says of a new database.

    Attributes
    ----------
    id, french, english, acronym, kind : str
        Its identifier, its names as printed, and one of `carto_lib.registry.KINDS`.
    source : str
        The public page that gives these names, and the holder and first year where they are given.
    holder : str
        The organisation that answers for it.
    since : int or None
        First year covered.
    """

    id: str
    french: str
    english: str
    acronym: str
    kind: str
    source: str = ""
    holder: str = ""
    since: int | None = None

    @property
    def forms(self) -> list[NameForm]:
        """The forms that its names make; the acronym with an anchor, a plain expression as generic."""
        source = self.source or None
        named = {self.french: "fr", self.english: "en"}
        forms = [
            NameForm.model_validate({"text": text, "language": language, "kind": self._kind(text), "source": source})
            for text, language in named.items()
            if text != self.acronym
        ]
        return [*forms, NameForm(text=self.acronym, kind="short", needs_anchor=True, source=source)]

    def _kind(self, text: str) -> str:
        own = f" {fold(self.acronym)} " in f" {fold(text)} " or len(text.split()) >= LONG_NAME
        return "full" if own else "generic"


def create_file(new: NewDatabase, more: Mapping[NameForm, str] | None = None, folder: Path = REGISTRY_DIR) -> Path:
    """Write the commented first file of a database and return its path.

    Parameters
    ----------
    new : NewDatabase
        What its holder says.
    more : mapping of NameForm to str, optional
        Other forms of its name, each with a comment.
    folder : Path
        Of the registry.

    Raises
    ------
    RegistryError
        If the id is ill-formed, the kind unknown, or the file already there (it is never overwritten).
    """
    if new.kind not in KINDS:
        raise refusal("not_a_kind", kind=new.kind, kinds=", ".join(KINDS))
    file = new_file(new.id, folder)
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(_text(new, more or {}))
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


def has_own_examples(database: Database) -> bool:
    """Tell whether a database has an example that isn't of the first file's."""
    patterns = [re.escape(text) for texts in EXAMPLES.values() for text in texts]
    template = re.compile("|".join(re.sub(r"\\{\w+\\}", ".+", pattern) for pattern in patterns))
    examples = (*database.examples.positive, *database.examples.negative)
    return not examples or not all(template.fullmatch(example.text) for example in examples)


def as_line(form: NameForm, comment: str = "") -> str:
    """Write a form as a line of ``names:``."""
    fields = [f"text: {_quoted(form.text)}", f"language: {form.language}", f"kind: {form.kind}"]
    fields += ["needs_anchor: true"] if form.needs_anchor and form.kind != "generic" else []
    fields += [f"source: {_quoted(form.source)}"] if form.source else []
    return f"  - {{{', '.join(fields)}}}" + (f"  # {comment}" if comment else "")


def _text(new: NewDatabase, more: Mapping[NameForm, str]) -> str:
    names = {"french": new.french, "english": new.english, "acronym": new.acronym}
    examples = {
        sign: "\n".join(f"    - {{text: {_quoted(text.format(**names))}, written: true}}" for text in texts)
        for sign, texts in EXAMPLES.items()
    }
    facts = {"holder": new.holder, "period": new.since, "names": new.source}
    period = f"period: {{from: {new.since}}}" if new.since else "#period: {from: }"
    return TEMPLATE.format(
        id=new.id,
        french=_quoted(new.french),
        english=_quoted(new.english),
        acronym=new.acronym.replace('"', ""),
        kind=new.kind,
        kinds=" | ".join(KINDS),
        holder=f"holder: {{name: {_quoted(new.holder)}}}" if new.holder else '#holder: {name: ""}   # le responsable',
        period=f"{period}   # première année couverte ; {{from: 2010, to: 2020}} si la base est close",
        forms="\n".join([*map(as_line, new.forms), *(as_line(form, comment) for form, comment in more.items())]),
        sources=_quoted(new.source) if new.source else "",
        unsourced=", ".join(name for name, value in facts.items() if not (value and new.source)),
        **examples,
    )


def _quoted(text: str) -> str:
    """Return a YAML string: JSON strings are."""
    return json.dumps(text, ensure_ascii=False)
