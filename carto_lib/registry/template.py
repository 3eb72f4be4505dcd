"""A first file for a new database: valid at once, commented so that its holder can complete it."""

import json
import re
from pathlib import Path

from carto_lib.errors import RegistryError
from carto_lib.registry.model import KINDS
from carto_lib.settings import REGISTRY_DIR

TEMPLATE = """\
# Une base de données du registre. Après chaque modification : carto databases check {id}
id: {id}                    # le nom de ce fichier : minuscules, chiffres et traits d'union
name: {{fr: {french}, en: {english}}}
kind: {kind}                # {kinds}
# holder: {{name: "Organisme responsable", ror: "https://ror.org/0xxxxxx00"}}
# period: {{from: 2010}}      # première année couverte ; to: 2020 si la base est close
# part_of: snds             # la base qui contient celle-ci
# linked_with: [snds]       # appariements publiés

# Les formes sous lesquelles les articles impriment le nom ; une ligne chacune, avec la page où elle a été lue.
#   kind full    : assez longue pour désigner la base à elle seule
#   kind short   : sigle ou nom propre (casse respectée) ; needs_anchor: true si c'est aussi un mot courant
#   kind generic : expression que d'autres pays emploient (ancre obligatoire)
names:
{forms}

# Les mots dont un, au moins, doit se trouver près d'une forme qui a besoin d'une ancre.
anchors: [France, French, français, française]

# Ce que le sigle désigne d'autre. scope name : la mention est dans ces mots ; scope text : ces mots, où qu'ils soient.
# false_friends:
#   - {{text: "autre sens", scope: text, what: "ce que c'est", example: "Une phrase à refuser."}}

# Trois phrases (au moins) où la base doit être trouvée, trois où elle ne doit pas l'être : elles servent de tests.
# examples:
#   positive:
#     - {{text: "Nous avons utilisé …", written: true}}
#   negative:
#     - {{text: "…", written: true}}

# acknowledgement: "La phrase que le responsable demande d'imprimer."
# links: {{site: "https://…", authors: "https://…"}}     # authors : ce que le responsable demande aux auteurs
# sources: ["https://…"]     # les pages publiques d'où viennent ces faits
unsourced: [holder, period, names]   # retirer un champ de cette liste dès que sa source est donnée
"""


def create_file(database: str, french: str, english: str, acronym: str, kind: str, folder: Path = REGISTRY_DIR) -> Path:
    """Write the commented first file of a database and return its path.

    Raises
    ------
    RegistryError
        If the id is ill-formed, the kind unknown, or the file already there (it is never overwritten).
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", database):
        raise RegistryError(f"{database!r} can't be an id: use lower-case letters, digits and single hyphens")
    if kind not in KINDS:
        raise RegistryError(f"{kind!r} is no kind of database: choose among {', '.join(KINDS)}")
    forms = {
        french: "language: fr, kind: full",
        english: "language: en, kind: full",
        acronym: "language: mul, kind: short, needs_anchor: true",
    }
    text = TEMPLATE.format(
        id=database,
        french=_quoted(french),
        english=_quoted(english),
        forms="\n".join(f"  - {{text: {_quoted(form)}, {fields}}}" for form, fields in forms.items()),
        kind=kind,
        kinds=" | ".join(KINDS),
    )
    file = folder / f"{database}.yml"
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise RegistryError(f"{database!r} is already in the registry: edit {file}") from None
    except OSError as error:
        raise RegistryError(f"can't write {file} ({error.strerror}): check the folder and the disk") from error
    return file


def _quoted(text: str) -> str:
    """Return a YAML string: JSON strings are."""
    return json.dumps(text, ensure_ascii=False)
