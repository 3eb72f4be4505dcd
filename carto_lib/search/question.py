"""Whether a query is a question about people or structures, and the words that only ask it."""

from carto_lib.search.analysis import plain_words

QUESTION_WORDS = frozenset(
    "who works work working people person researcher researchers team teams structure structures lab around near "
    "qui travaille travaillent personne personnes chercheur chercheurs chercheuse chercheuses equipe equipes "
    "laboratoire laboratoires autour pres cote".split()
)

NEARNESS = frozenset("around near autour pres cote".split())
_ASKING = frozenset("who qui".split())
_WHICH = frozenset("which what quel quelle quels quelles".split())
_OWNERS = {
    "people": "person people researcher researchers personne personnes chercheur chercheurs chercheuse chercheuses",
    "structures": "team teams structure structures lab labs institution institutions hospital hospitals equipe equipes "
    "laboratoire laboratoires etablissement etablissements hopital hopitaux",
}


def asks_for(question: str) -> str:
    """Return what a question asks for: ``people``, ``structures``, or "" for publications.

    >>> asks_for("Qui travaille avec l'EGB ?"), asks_for("quelles équipes étudient le diabète"), asks_for("diabète")
    ('people', 'structures', '')
    """
    words = plain_words(question)[:2]
    if words and words[0] in _ASKING:
        return "people"
    if len(words) == 2 and words[0] in _WHICH:
        return next((owner for owner, names in _OWNERS.items() if words[1] in names.split()), "")
    return ""
