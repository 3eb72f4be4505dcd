"""The query language: words, phrases, AND/OR/NOT (ET/OU/SAUF), fields, years, wildcards; mistakes are pointed at."""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

LONGEST_QUERY = 1_000
MOST_WORDS = 64
OPERATORS = {"AND": "and", "ET": "and", "OR": "or", "OU": "or", "NOT": "not", "SAUF": "not"}
FIELDS = {
    "auteur": "author", "author": "author", "base": "database", "database": "database", "revue": "journal",
    "journal": "journal", "annee": "year", "year": "year", "titre": "title", "title": "title",
    "structure": "institution", "institution": "institution", "sujet": "topic", "topic": "topic",
    "langue": "language", "language": "language", "type": "type",
    "doi": "identifier", "pmid": "identifier", "pmcid": "identifier", "hal": "identifier", "id": "identifier",
    "comme": "like", "like": "like",
}  # fmt: skip
_PIECE = re.compile(
    r"""(?P<space>\s+)|(?P<open>\()|(?P<close>\))
    |(?P<identifier>(?:https?://(?:dx\.)?doi\.org/|doi:\s?)?10\.\d{4,9}/[^\s"«»“”]+)
    |(?P<field>[^\W\d_]+)\s?:(?=[^\s/])
    |(?P<phrase>"[^"]*"|«[^»]*»|“[^”]*”)
    |(?P<quote>["«»“”])
    |(?P<minus>(?<!\S)-(?=[^\s-]))
    |(?P<word>[^\s()"«»“”]+)""",
    re.VERBOSE,
)
_YEARS = re.compile(r"(?P<from>\d{4})?(?P<to>(?:\.\.|-|–)(?P<last>\d{4})?)?$")


@dataclass(frozen=True)
class Problem:
    """A mistake in a query: what (a key of the ``search`` texts), where (characters), and words to show."""

    kind: str
    start: int
    end: int
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Word:
    """A word (or a phrase) to find, in every field or in one."""

    text: str
    start: int
    end: int
    field: str | None = None
    is_phrase: bool = False

    @property
    def has_wildcard(self) -> bool:
        """Whether the word holds ``*`` or ``?`` where any letters may stand."""
        return not self.is_phrase and bool(re.search(r"\w[*?]", self.text))


@dataclass(frozen=True)
class Years:
    """A range of years, both kept; None = open."""

    first: int | None
    last: int | None
    start: int
    end: int


@dataclass(frozen=True)
class Bag:
    """Words with no operator between them: all are looked for, the works that have the most come first."""

    words: tuple[Word, ...]


@dataclass(frozen=True)
class Every:
    """All of the parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Either:
    """At least one of the parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Without:
    """None of the part."""

    part: "Node"


Node = Word | Years | Bag | Every | Either | Without


@dataclass(frozen=True)
class _Piece:
    kind: str
    text: str
    start: int
    end: int


def parse(query: str) -> tuple[Node | None, list[Problem]]:
    """Read a query.

    Nothing raises: each mistake is told and the best possible reading is given.

    Parameters
    ----------
    query : str
        What the user typed.

    Returns
    -------
    node : Node or None
        What to look for; None if the query holds no word.
    problems : list of Problem
        Mistakes, in order of place.
    """
    problems: list[Problem] = []
    text = "".join(" " if unicodedata.category(letter)[0] == "C" else letter for letter in query[: LONGEST_QUERY + 1])
    if len(query) > LONGEST_QUERY:
        text = text[:LONGEST_QUERY]
        problems.append(Problem("too_long", LONGEST_QUERY, len(query), {"longest": str(LONGEST_QUERY)}))
    reader = _Reader(_pieces(text, problems), problems)
    node = reader.either()
    while reader.piece is not None:  # a parenthesis that closes nothing
        reader.problem("unopened", reader.take())
        node = _joined(Every, [node, reader.either()])
    return node, sorted(problems, key=lambda problem: problem.start)


def _pieces(text: str, problems: list[Problem]) -> list[_Piece]:
    pieces: list[_Piece] = []
    words = 0
    for match in _PIECE.finditer(text):
        kind = match.lastgroup or "word"
        piece = _Piece(kind, match[0], match.start(), match.end())
        if kind == "space":
            continue
        if kind == "quote":
            problems.append(Problem("quote", piece.start, piece.end))
            continue
        if kind == "word" and piece.text in OPERATORS:
            piece = replace(piece, kind=OPERATORS[piece.text])
        elif kind == "minus":
            piece = replace(piece, kind="not")
        elif kind == "field":
            name = match["field"]
            if _field(name) is None:
                near = get_close_matches(_plain(name), FIELDS, n=1, cutoff=0.7)
                if near:
                    problems.append(Problem("field", piece.start, piece.end, {"field": name, "near": near[0]}))
                    piece = replace(piece, text=near[0])
                else:
                    problems.append(Problem("field_unknown", piece.start, piece.end, {"field": name}))
                    piece = replace(piece, kind="word", text=name)
            else:
                piece = replace(piece, text=name)
        words += kind in ("word", "phrase", "identifier")
        if words > MOST_WORDS:
            problems.append(Problem("too_many_words", piece.start, len(text), {"most": str(MOST_WORDS)}))
            break
        pieces.append(piece)
    return pieces


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()


def _field(name: str) -> str | None:
    return FIELDS.get(_plain(name))


def _joined(kind: type[Every] | type[Either], parts: list[Node | None]) -> Node | None:
    kept = [part for part in parts if part is not None]
    return kind(tuple(kept)) if len(kept) > 1 else kept[0] if kept else None


class _Reader:
    """Recursive descent over the pieces: either > every > part."""

    def __init__(self, pieces: list[_Piece], problems: list[Problem]) -> None:
        self._pieces = pieces
        self._next = 0
        self._depth = 0
        self._problems = problems

    @property
    def piece(self) -> _Piece | None:
        return self._pieces[self._next] if self._next < len(self._pieces) else None

    def take(self) -> _Piece:
        self._next += 1
        return self._pieces[self._next - 1]

    def problem(self, kind: str, piece: _Piece, **values: str) -> None:
        self._problems.append(Problem(kind, piece.start, piece.end, values))

    def either(self) -> Node | None:
        parts = [self.every()]
        while self.piece is not None and self.piece.kind == "or":
            operator = self.take()
            part = self.every()
            if part is None or parts[-1] is None:
                self.problem("operator", operator, operator=operator.text)
            parts.append(part)
        return _joined(Either, parts)

    def every(self) -> Node | None:
        parts: list[Node | None] = []
        words: list[Word] = []

        def close_bag() -> None:
            if words:
                parts.append(words[0] if len(words) == 1 else Bag(tuple(words)))
                words.clear()

        while self.piece is not None and self.piece.kind not in ("or", "close"):
            if self.piece.kind == "and":
                operator = self.take()
                if not (parts or words) or self.piece is None or self.piece.kind in ("or", "and", "close"):
                    self.problem("operator", operator, operator=operator.text)
                close_bag()
                continue
            part = self.part()
            if isinstance(part, Word):
                words.append(part)
            elif part is not None:
                close_bag() if not isinstance(part, (Years, Without)) else None
                parts.append(part)
        close_bag()
        return _joined(Every, parts)

    def part(self) -> Node | None:
        piece = self.take()
        if piece.kind == "not":
            if self.piece is None or self.piece.kind in ("or", "and", "close"):
                self.problem("operator", piece, operator=piece.text)
                return None
            part = self.part()
            return None if part is None else Without(part)
        if piece.kind == "open":
            return self._group(piece)
        if piece.kind == "field":
            return self._in_field(piece)
        if piece.kind == "identifier":
            return _identifier(piece)
        return _word(piece)

    def _group(self, piece: _Piece) -> Node | None:
        self._depth += 1
        if self._depth > MOST_WORDS:
            self.problem("too_deep", piece)
            self._next = len(self._pieces)
            return None
        node = self.either()
        self._depth -= 1
        if self.piece is None:
            self.problem("unclosed", piece)
        else:
            self.take()
        return Every((node,)) if isinstance(node, (Word, Bag)) else node

    def _in_field(self, piece: _Piece) -> Node | None:
        name = _field(piece.text) or ""
        if self.piece is None or self.piece.kind not in ("word", "phrase", "identifier", "open"):
            self.problem("field_empty", piece, field=piece.text)
            return None
        if name == "year":
            return self._years(piece, self.take())
        if self.piece.kind == "open":
            return _put_in_field(self._group(self.take()), name)
        value = _word(self.take())
        return replace(value, field=name, start=piece.start)

    def _years(self, piece: _Piece, value: _Piece) -> Node | None:
        match = _YEARS.match(value.text.strip('"'))
        if match is None or not value.text or not (match["from"] or match["last"]):
            self.problem("year", value, year=value.text)
            return None
        first = int(match["from"]) if match["from"] else None
        last = (int(match["last"]) if match["last"] else None) if match["to"] else first
        if first is not None and last is not None and first > last:
            self.problem("year_order", value, first=str(first), last=str(last))
            first, last = last, first
        return Years(first, last, piece.start, value.end)


def _word(piece: _Piece) -> Word:
    is_phrase = piece.kind == "phrase"
    return Word(piece.text[1:-1] if is_phrase else piece.text, piece.start, piece.end, is_phrase=is_phrase)


def _identifier(piece: _Piece) -> Word:
    doi = piece.text[piece.text.index("10.") :].rstrip(".,;:?")
    if doi.endswith(")") and doi.count("(") < doi.count(")"):
        doi = doi[:-1]
    return Word(doi, piece.start, piece.start + piece.text.index("10.") + len(doi), field="identifier")


def _put_in_field(node: Node | None, name: str) -> Node | None:
    """Return a group with every word put in a field: ``auteur:(Weill OU Zureik)``."""
    if isinstance(node, Word):
        return node if node.field else replace(node, field=name)
    if isinstance(node, Bag):
        return Bag(tuple(word if word.field else replace(word, field=name) for word in node.words))
    if isinstance(node, (Every, Either)):
        return type(node)(tuple(part for child in node.parts if (part := _put_in_field(child, name)) is not None))
    if isinstance(node, Without):
        part = _put_in_field(node.part, name)
        return None if part is None else Without(part)
    return node
