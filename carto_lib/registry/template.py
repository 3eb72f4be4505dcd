"""A first file for a new database: valid at once, commented so that its holder can complete it."""

import json
import re
from pathlib import Path

from carto_lib.registry.model import KINDS
from carto_lib.registry.refusals import refusal
from carto_lib.settings import REGISTRY_DIR

TEMPLATE = """\
# Une base du registre. Après chaque modification : carto databases check {id}
# Une ligne qui commence par # ne compte pas : retirez le # de celles que vous remplissez.
id: {id}                    # le nom de ce fichier : minuscules, chiffres et traits d'union
name: {{fr: {french}, en: {english}}}
kind: {kind}                # {kinds}
# holder: {{name: "Organisme responsable", ror: "https://ror.org/0xxxxxx00"}}   # ror : facultatif
# period: {{from: 2010}}      # première année couverte ; {{from: 2010, to: 2020}} si la base est close
# part_of: snds             # la base qui contient celle-ci
# linked_with: [snds]       # appariements publiés

# Les formes sous lesquelles les articles impriment le nom ; une ligne chacune, avec la page où elle se lit (source).
#   kind full    : désigne la base à elle seule ; casse, accents et traits d'union ne comptent pas
#   kind short   : sigle ou nom propre, dans cette casse ; needs_anchor: true si c'est aussi un mot courant
#   kind generic : expression que d'autres pays emploient (ancre obligatoire)
names:
{forms}

# Les mots dont un, au moins, doit se trouver près d'une forme qui a besoin d'une ancre : pays, organisme, sujet.
anchors: [France, French, français, française]

# Ce que le sigle désigne d'autre. scope name : la mention est dans ces mots ; scope text : ces mots, où qu'ils soient.
# false_friends:
#   - {{text: "autre sens", scope: text, what: "ce que c'est", example: "Un autre sens de {plain}, à refuser."}}

# Trois phrases (au moins) où la base doit être trouvée, trois où elle ne doit pas l'être : elles servent de tests.
# Retirez les # et changez ces phrases : les vôtres diront mieux ce qui trompe un lecteur pressé.
# examples:
#   positive:
#     - {{text: {positive_fr}, written: true}}
#     - {{text: {positive_en}, written: true}}
#     - {{text: {positive_short}, written: true}}
#   negative:
#     - {{text: {negative_short}, written: true}}
#     - {{text: "A cohort of 3,000 French adults was followed for ten years.", written: true}}
#     - {{text: "Les remboursements de soins de 2019 ont été analysés en France.", written: true}}

# acknowledgement: "La phrase que le responsable demande d'imprimer."
# links: {{site: "https://…", authors: "https://…"}}     # authors : ce que le responsable demande aux auteurs

# Les pages publiques d'où viennent le responsable (holder), la période et les appariements.
{sources}
# Ce qui n'a pas encore de source publique : retirez un champ de cette liste dès que sa page est donnée.
unsourced: [{unsourced}]
"""


def create_file(
    database: str,
    french: str,
    english: str,
    acronym: str,
    kind: str,
    source: str = "",
    folder: Path = REGISTRY_DIR,
) -> Path:
    """Write the commented first file of a database and return its path; `source` is the page that gives its names.

    Raises
    ------
    RegistryError
        If the id is ill-formed, the kind unknown, or the file already there (it is never overwritten).
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", database):
        raise refusal("not_an_id", id=database)
    if kind not in KINDS:
        raise refusal("not_a_kind", kind=kind, kinds=", ".join(KINDS))
    forms = {
        french: "language: fr, kind: full",
        english: "language: en, kind: full",
        acronym: "language: mul, kind: short, needs_anchor: true",
    }
    origin = f", source: {_quoted(source)}" if source else ""
    text = TEMPLATE.format(
        id=database,
        french=_quoted(french),
        english=_quoted(english),
        plain=acronym.replace('"', ""),
        forms="\n".join(f"  - {{text: {_quoted(form)}, {fields}{origin}}}" for form, fields in forms.items()),
        kind=kind,
        kinds=" | ".join(KINDS),
        positive_fr=_quoted(f"Nous avons analysé les données de 3 000 participants ({french})."),
        positive_en=_quoted(f"Data came from 3,000 participants ({english})."),
        positive_short=_quoted(f"We used {acronym}, in France, to estimate incidence."),
        negative_short=_quoted(f"In Canada, {acronym} was measured in 40 patients."),
        sources=f"sources: [{_quoted(source)}]" if source else '# sources: ["https://…"]',
        unsourced="holder, period" if source else "holder, period, names",
    )
    file = folder / f"{database}.yml"
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise refusal("exists", id=database, file=file) from None
    except OSError as error:
        raise refusal("unwritable", file=file, why=error.strerror) from error
    return file


def _quoted(text: str) -> str:
    """Return a YAML string: JSON strings are."""
    return json.dumps(text, ensure_ascii=False)
