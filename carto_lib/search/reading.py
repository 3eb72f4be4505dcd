"""A query written back as it was understood, without its mistakes."""

from carto_lib.search.syntax import Bag, Either, Every, Node, Without, Word, Years, parse

_OPERATORS = {"fr": {"and": "ET", "or": "OU", "not": "SAUF"}, "en": {"and": "AND", "or": "OR", "not": "NOT"}}
_FIELDS = {
    "fr": {"author": "auteur", "database": "base", "journal": "revue", "year": "année", "title": "titre",
           "institution": "structure", "topic": "sujet", "language": "langue", "type": "type", "identifier": "id",
           "like": "comme"},
    "en": {"identifier": "id"},
}  # fmt: skip


def write_query(node: Node, language: str) -> str:
    """Return a query that reads as `node`, with no mistake, in the words of a language."""
    words = _OPERATORS[language]
    if isinstance(node, Word):
        return _field(node.field, language) + _value(node)
    if isinstance(node, Years):
        first, last = ("" if year is None else f"{year:04d}" for year in (node.first, node.last))
        return _field("year", language) + (first if first == last else f"{first}..{last}")
    if isinstance(node, Bag):
        return " ".join(write_query(word, language) for word in node.words)
    if isinstance(node, Without):
        excluded = write_query(node.part, language)
        return f"{words['not']} {f'({excluded})' if _has_several(node.part) else excluded}"
    if isinstance(node, Either):
        return f" {words['or']} ".join(_part(part, language) for part in node.parts)
    kept = [_part(part, language) for part in node.parts if not isinstance(part, Without)]
    without = [write_query(part, language) for part in node.parts if isinstance(part, Without)]
    return " ".join([f" {words['and']} ".join(kept), *without]).strip()


def _part(node: Node, language: str) -> str:
    text = write_query(node, language)
    return f"({text})" if isinstance(node, (Every, Either)) and len(node.parts) > 1 else text


def _has_several(node: Node) -> bool:
    """Tell whether a node is several words or parts, of which an operator before it would take the first only."""
    if isinstance(node, (Every, Either)):
        return len(node.parts) > 1 or any(map(_has_several, node.parts))
    return isinstance(node, Bag) and len(node.words) > 1


def _field(name: str | None, language: str) -> str:
    return f"{_FIELDS[language].get(name, name)}:" if name else ""


def _value(word: Word) -> str:
    alone, problems = parse(word.text)
    is_plain = isinstance(alone, Word) and alone.field is None and alone.text == word.text and word.text[:1] != ":"
    return f'"{word.text}"' if word.is_phrase or problems or not is_plain else word.text
