"""Numbered labels of French units: U1018, UMR_S 1136, EA 7449, CIC 1414."""

import re
from collections.abc import Iterator
from typing import NamedTuple

LABEL = re.compile(
    r"\b(?:(?P<before>inserm|cnrs|inrae?|ird|cea|inria) )?"
    r"(?P<kind>umr ?[stdia]?(?: ?[ms]d)?|um|ums|usr|uar|us|upr(?:es)?(?: ea)?|fre|erl|eri|ulr|urp|ur|ea|epi|umi|"
    r"emi|upres ea|"
    r"cic(?: ?(?:p|b|bt|ec|it))?|cie|fr|ups|ue|u|unite?|unite? inserm|unite mixte recherche|research unit|equipe "
    r"accueil|"
    r"centre investigation clinique|clinical investigation centre)?"
    r"(?: (?:inserm|cnrs|inrae?|ird))? ?(?:n |no |numero |i )?(?P<number>\d{2,5})\b(?! ?(?:rue|avenue|bd|"
    r"boulevard|bis|place))"
)
FAMILIES = {
    "umr": "umr",
    "umrs": "umr",
    "umrt": "umr",
    "umrd": "umr",
    "umri": "umr",
    "umra": "umr",
    "umrmd": "umr",
    "umrsmd": "umr",
    "unitemixterecherche": "umr",
    "um": "umr",
    "u": "u",
    "unit": "u",
    "unite": "u",
    "unitinserm": "u",
    "uniteinserm": "u",
    "researchunit": "u",
    "ums": "ums",
    "us": "ums",
    "uar": "ums",
    "usr": "ums",
    "ea": "ea",
    "ur": "ea",
    "ulr": "ea",
    "urp": "ea",
    "upres": "ea",
    "upresea": "ea",
    "equipeaccueil": "ea",
    "uprea": "ea",
    "cic": "cic",
    "cicp": "cic",
    "cicb": "cic",
    "cicbt": "cic",
    "cicec": "cic",
    "cicit": "cic",
    "cie": "cic",
    "centreinvestigationclinique": "cic",
    "clinicalinvestigationcentre": "cic",
}
COMPATIBLE = {("umr", "u"), ("u", "umr"), ("ea", "umr"), ("umr", "ea"), ("u", "ea"), ("ums", "umr"), ("u", "ums")}


class Label(NamedTuple):
    """A numbered label read in a text: its family, its number, the body named just before, its place."""

    family: str
    number: int
    body: str | None
    start: int
    end: int


def family(kind: str) -> str:
    """Return the family of a label: UMR, UMR_S and UMR_T are one; EA, UR and ULR are one."""
    kind = kind.replace(" ", "")
    return FAMILIES.get(kind, kind)


def find_labels(text: str) -> Iterator[Label]:
    """Yield the numbered labels of a text in normal form (see `names.normal`)."""
    for match in LABEL.finditer(text):
        kind, body = match["kind"], match["before"]
        if kind is None:
            if body in ("inserm", "cnrs"):
                kind = "u" if body == "inserm" else "umr"
            else:
                continue
        yield Label(
            family(kind), int(match["number"]), body, match.start("kind" if match["kind"] else "number"), match.end()
        )
