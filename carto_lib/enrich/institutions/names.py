"""Names of institutions in a normal form that spellings share: "Hôp. St-Louis" and "Hopital Saint Louis" are one."""

import re
from collections.abc import Iterator
from functools import lru_cache

from carto_lib.enrich.reference_formats import Structure
from carto_lib.text import fold

SEGMENT_BREAK = re.compile(
    r"[,;|\n•·]+|\s[-–—/]\s|(?<=[a-zé]{5})\.\s(?=[A-Z])|"
    r"\s(?:and|et|&)\s(?:the |l')?(?=[Uu]niv(?!ersitaire)|[Hh][ôo]p|CHU|CHRU|I(?:nserm|NSERM|nria|NRIA)|CNRS|"
    r"AP-?HP|C(?:entre|enter)\b|Department|Institut)"
)
PARTICLES = frozenset(
    "a al and at au aux d da de del della der des di do du e en et for fur in l la le les of pour sur the und y".split()
)
WORDS = {
    **dict.fromkeys(
        ("universite", "university", "universites", "universities", "universitat", "universita", "unive"), "univ"
    ),
    **dict.fromkeys(
        ("universidad", "universidade", "universitaet", "universiteit", "universitet", "universities"), "univ"
    ),
    **dict.fromkeys(("hopital", "hopitaux", "hosp", "hospital", "hospitals", "hopitals", "hospices"), "hop"),
    **dict.fromkeys(("institute", "institutes", "instituts", "inst", "instituto", "istituto", "institue"), "institut"),
    **dict.fromkeys(("center", "centers", "centres", "ctr", "centro", "cent"), "centre"),
    **dict.fromkeys(("laboratory", "laboratoire", "laboratoires", "laboratories"), "lab"),
    **dict.fromkeys(("research", "recherches"), "recherche"),
    **dict.fromkeys(("nationale", "natl", "nat"), "national"),
    **dict.fromkeys(("epidemiology", "epidemiol"), "epidemiologie"),
    **dict.fromkeys(("sciences", "scientifique", "scientific"), "science"),
    **dict.fromkeys(("medecine", "medical", "medicale", "medicales", "medicaux", "med", "medicine"), "medic"),
    **dict.fromkeys(("ecoles", "school", "schools"), "ecole"),
    **dict.fromkeys(("generale", "general"), "general"),
    "st": "saint",
    "ste": "sainte",
    "uni": "univ",
    "ecl": "ecole",
    "grp": "groupe",
    "group": "groupe",
    **{roman: str(number) for number, roman in enumerate("i ii iii iv v vi vii viii ix x xi xii xiii".split(), 1)},
}
CHU = re.compile(
    r"\b(?:(?:centre|center|ctr|groupe) hosp\w*(?: et)?(?: reg\w*)?(?: et)? univ\w*(?: reg\w*)?|centre hospitalo "
    r"univ\w*"
    r"|chr ?u|ch ?u|chr u|univ\w* hosp\w*(?: (?:centre|center|ctr))?|hosp\w* univ\w*(?: (?:centre|center))?|"
    r"hopita\w+ univ\w+"
    r"|centre reg\w* hosp\w* univ\w*|hosp\w* reg\w* univ\w*)\b(?! hosp)"
)
CH = re.compile(r"\b(?:centre|center|ctr) hosp\w*\b(?! univ)")
SEVERAL_CHU = frozenset(("pari", "lyon", "marseille", "lille"))
HOSPITAL_HEAD = re.compile(r"^(?:(?:hop|chu|ch|groupe|gh|ghu|chr|centre)\s)+|(?:\s(?:hop|chu|ch))+$")
GENERIC = frozenset(
    "univ hop chu ch chr centre institut lab recherche national medic ecole general groupe gh faculte faculty "
    "department departement "
    "service unit unite public sante health regional clinique clinic college agency agence ministere ministry "
    "foundation fondation "
    "association science international central clinical company hotel dieu cancer saint company sud nord est "
    "ouest pole publique "
    "biostatistique biostatistiques pharmacologie cardiologie epidemiologie nutrition nursing dentistry "
    "psychiatry biology chemistry "
    "physics pharmacy pharmacie law droit engineering management economics social etude evaluation technology "
    "technique training "
    "innovation family community emergency pediatrics administration information statistics computer biomedical "
    "applied world "
    "college sante environnement environment education formation plateforme platform".split()
)


@lru_cache(maxsize=4_096)  # the same bodies stand in most affiliations
def normal(text: str) -> str:
    """Return one folded segment in normal form.

    >>> normal("centre hospitalier regional et universitaire de rennes")
    'chu rennes'
    """
    if "hosp" in text or "hopita" in text or "ch u" in text or "chr" in text:
        text = CH.sub("ch", CHU.sub("chu", text))
    words: list[str] = []
    for word in text.split():
        if word in PARTICLES:
            continue
        if len(word) > 4 and word.endswith("s") and not word.endswith("ss"):
            word = word[:-1]
        word = WORDS.get(word, word)
        if not words or words[-1] != word:
            words.append(word)
    return " ".join(words)


def segments(raw: str) -> list[str]:
    """Return the folded segments of an affiliation, cut at commas, semicolons and spaced dashes."""
    return [folded for part in SEGMENT_BREAK.split(raw) if (folded := fold(part))]


def normal_name(name: str) -> str:
    """Return a whole name in normal form, a comma between its segments."""
    return " , ".join(filter(None, map(normal, segments(name))))


def name_forms(structure: Structure) -> Iterator[tuple[str, str]]:
    """Yield ``(normal form, kind)`` for every spelling of a structure worth looking for.

    Kinds: label and alias (as printed in the reference), word (a single word), acronym, variant
    (word order, hospital heads, first part of a hyphened hospital), bare (name without its "(Country)"),
    generic (two or three words that many share: "National Cancer Institute").
    """
    for text, kind in structure.names:
        bare = re.sub(r"\s*\([^()]*\)$", "", text)
        form = normal_name(bare)
        words = form.replace(",", " ").split()
        if not words:
            continue
        if all(word in GENERIC or word.isdigit() for word in words):
            if kind != "acronym" and len(words) > 1 and structure.country != "FR":
                yield form, "label" if len(words) > 3 else "generic"
            continue
        if kind == "acronym" or (len(words) == 1 and bare.isupper()):
            if len(form) >= 3 and not form.isdigit() and len(words) <= 2 and PARTICLES.isdisjoint(fold(bare).split()):
                yield form, "acronym"
            continue
        single = len(words) == 1
        yield form, "word" if single else "bare" if bare != text else kind
        if "," in form:
            yield " ".join(words), kind
        if single:
            continue
        if words[0] == "univ":
            yield " ".join([*words[1:], "univ"]), "variant"
        elif words[-1] == "univ":
            yield " ".join(["univ", *words[:-1]]), "variant"
        if structure.kind == "hospital":
            yield from _hospital_forms(form, bare, structure)


def _hospital_forms(form: str, name: str, structure: Structure) -> Iterator[tuple[str, str]]:
    city = normal(fold(structure.city or ""))
    core = HOSPITAL_HEAD.sub("", form).strip()
    if not core or all(word in GENERIC for word in core.split()):
        return
    if core == city or (core.startswith(f"{city} ") and form.startswith("chu") and city not in SEVERAL_CHU):
        kind = "chu" if "chu" in form.split() else "ch"
        if kind in form.split():
            yield f"{kind} {city}", "variant"
            yield f"{city} {kind}", "variant"
        return
    cores = [core]
    first = normal(fold(re.split(r"\s?[-–]\s?", name)[0])) if re.search(r"[-–]", name) else ""
    first = HOSPITAL_HEAD.sub("", first).strip()
    if first and first != core and len(first) > 4 and first.split()[0] not in GENERIC and first != city:
        cores.append(first)
    for text in cores:
        for head in ("hop", "chu", "ch", "gh"):
            yield f"{head} {text}", "variant"
        yield f"{text} hop", "variant"
        yield f"{text} chu", "variant"
