"""The only place that knows about text: folding, markup, language, e-mail addresses, passages."""

import hashlib
import html
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

NOT_A_TEXT = "\x00"
TEXT_BORDER = b"\x01"
_LETTERS = b"0123456789abcdefghijklmnopqrstuvwxyz"
_WORDS = bytes(
    c if c in _LETTERS else c + 32 if 65 <= c <= 90 else TEXT_BORDER[0] if c == 0 else 32 for c in range(256)
)
_DROPPED = frozenset("`\u00ad\u00b4\u02ca\u02cb\u200b\u200c\u200d\u2060\ufeff®™©℠")
_LIGATURES = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d"}
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")
_SPACES = re.compile(rb"  +")
_CUT_WORD = re.compile(r"(?<=\w)[-\u00ad\u2010\u2011]\s*\n\s*(?=\w)")

_TAGS = (
    "a|abbr|abstract|abstracttext|alternatives|annotation|annotation-xml|article-title|b|bdi|blockquote|bold|br|center|"
    "caption|cite|code|dd|def|del|disp-formula|disp-quote|div|dl|dt|em|ext-link|fig|fn|font|formula|h[1-6]|hr|i|img|"
    "inline-formula|inline-graphic|ins|italic|kbd|label|li|list|list-item|math|mark|maction|menclose|mfenced|mfrac|mglyph|"
    "mi|mmultiscripts|mn|mo|mover|mpadded|mphantom|mprescripts|mroot|mrow|ms|mspace|msqrt|mstyle|msub|msubsup|msup|mtable|"
    "mtd|mtext|mtr|munder|munderover|named-content|none|ol|overline|p|pre|q|roman|s|sans-serif|sc|script|sec|section|"
    "semantics|small|span|strike|strong|style|styled-content|sub|sup|table|tbody|td|tex-math|tfoot|th|thead|title|tr|tt|u|"
    "ul|underline|uri|var|xref"
)
_INLINE = (
    "a|abbr|b|bdi|bold|cite|code|del|em|ext-link|font|i|ins|italic|kbd|mark|named-content|overline|q|roman|s|sans-serif|sc|"
    "small|span|strike|strong|styled-content|sub|sup|tt|u|underline|uri|var|xref"
)
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")  # spaces, and controls that a terminal would obey
_TAG = re.compile(rf"</?(?:(?:jats|mml|m|tp|ce|sb):[\w.-]+|(?:{_TAGS}))(?:\s[^<>]*)?/?>", re.IGNORECASE)
_INLINE_TAG = re.compile(rf"</?(?:[a-z]+:)?(?:{_INLINE}|m\w+)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_UNSHOWN = re.compile(
    r"<!--.*?-->|<((?:mml:|jats:)?(?:script|style|tex-math|annotation(?:-xml)?))\b[^<>]*>.*?</\1\s*>|<!\[CDATA\[|\]\]>",
    re.IGNORECASE | re.DOTALL,
)
_EMAIL = r"[\w.+'%-]+(?:@|\s?\[at\]\s?|\s?\(at\)\s?)[\w-]+(?:\.[\w-]+)+"
_EMAIL_PHRASE = re.compile(
    rf"[\s;,.]*[(\[<]?\s*(?:(?:electronic\s+address|e-?mail(?:\s+address)?|courriel|mailto|adresse\s+électronique|mél)"
    rf"\s*:?\s*)?{_EMAIL}(?:\s*[;,]\s*{_EMAIL})*\s*[)\]>]?",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\])»”\"']*\s+(?=[\[(«“\"']*[A-ZÀ-Þ0-9])|\n\s*\n")
_NOT_AN_END = re.compile(r"(?:\b(?:[A-Z]|al|cf|dr|e\.g|ex|fig|i\.e|inc|no|n°|pr|prof|st|vs)\.)$", re.IGNORECASE)


@lru_cache(maxsize=65536)
def _ascii_of(run: str) -> str:
    """Return the ASCII reading of a run of characters: accents dropped, unknown scripts a space."""
    letters = []
    for character in run:
        if character in _DROPPED:
            continue
        for part in unicodedata.normalize("NFKD", _LIGATURES.get(character, character)):
            if part.isascii():
                letters.append(part)
            elif not unicodedata.combining(part):
                letters.append(" ")
    return "".join(letters)


def _plain(text: str) -> str:
    if NOT_A_TEXT in text:
        text = text.replace(NOT_A_TEXT, " ")
    if "\n" in text:
        text = _CUT_WORD.sub("", text)
    return text if text.isascii() else _NON_ASCII.sub(lambda match: _ascii_of(match[0]), text)


def fold(text: str) -> str:
    r"""Return a text as matching reads it: ASCII words in lower case, one space between them.

    Accents, case, ® and ™ don't count; every hyphen, apostrophe or other sign is a space; a word cut by a
    hyphen at the end of a line is whole again.

    >>> fold("Système  national des données\nde santé (SNDS®) – CKD‐REIN")
    'systeme national des donnees de sante snds ckd rein'
    """
    return fold_all([text])[1:-1].decode().strip(" \x01")


def fold_all(texts: Iterable[str]) -> bytes:
    """Return many texts folded in one go (as `fold`), each between two `TEXT_BORDER` bytes.

    The cost a text is that of a few C calls over the whole: this is what makes scanning fast.
    """
    joined = f" {NOT_A_TEXT} ".join(_plain(text) for text in texts)
    words = f"{NOT_A_TEXT} {joined} {NOT_A_TEXT}".encode().translate(_WORDS, b"`")
    if len(words) < 2000:
        return _SPACES.sub(b" ", words)
    import numpy as np  # a quarter of a second to load: parsing answers does without

    letters = np.frombuffer(words, dtype=np.uint8)  # six times as fast as the pattern on long texts
    space = letters == ord(" ")
    return letters[~(space & np.concatenate(([False], space[:-1])))].tobytes()


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its characters, its place in the original text.

    Returns
    -------
    folded : str
        Equal to ``fold(text)``.
    offsets : list of int
        ``offsets[i]`` is the index in ``text`` of the character that gave ``folded[i]``.
    """
    import numpy as np

    pieces: list[str] = []
    places: list[np.ndarray] = []
    for start, end in _uncut_parts(text):
        done = start
        for match in _NON_ASCII.finditer(text, start, end):
            pieces.append(text[done : match.start()])
            places.append(np.arange(done, match.start()))
            for place, character in enumerate(match[0], match.start()):
                pieces.append(_ascii_of(character))
                places.append(np.full(len(pieces[-1]), place))
            done = match.end()
        pieces.append(text[done:end])
        places.append(np.arange(done, end))
    plain = "".join(pieces)
    codes = np.frombuffer(plain.encode().translate(_WORDS), dtype=np.uint8)
    kept = np.frombuffer(plain.encode(), dtype=np.uint8) != ord("`")
    codes, offsets = codes[kept], np.concatenate(places)[kept]
    word = codes > ord(" ")
    words = np.flatnonzero(word)
    if not len(words):
        return "", []
    first, last = words[0], words[-1]
    shown = word | np.concatenate(([False], word[:-1]))
    shown[:first] = shown[last + 1 :] = False
    letters = np.where(word, codes, ord(" ")).astype(np.uint8)[shown]
    return letters.tobytes().decode(), offsets[shown].tolist()


def _uncut_parts(text: str) -> list[tuple[int, int]]:
    cuts = [match.span() for match in _CUT_WORD.finditer(text)] if "\n" in text else []
    return list(zip([0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)], strict=True))


def original_span(text: str, offsets: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """Return where ``folded[start:end]`` lies in the original text, trailing accents included."""
    last = offsets[end - 1] + 1
    while last < len(text) and unicodedata.combining(text[last]):
        last += 1
    return offsets[start], last


def title_key(title: str, year: int | None = None) -> str:
    """Return the 16 hexadecimal digits that stand for a title and its year.

    They are the first of the SHA-256 of the folded title (NFKD, ASCII, lower case, runs of other characters
    as one space), a space and the year or nothing.

    >>> title_key("Évaluation d’un  TITRE", 2020) == title_key("Evaluation dun titre", 2020)
    True
    """
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    folded = re.sub(r"[^a-z0-9]+", " ", letters).strip()
    return hashlib.sha256(f"{folded} {'' if year is None else int(year)}".encode()).hexdigest()[:16]


def strip_markup(text: str) -> str:
    """Return plain text: HTML, JATS and MathML tags and controls taken off, entities read, spaces put in order.

    A "<" that opens no known tag stays: ``p < 0.05`` and ``BMI <25`` are text. Escaped markup
    (``&lt;i&gt;``) is taken off too.
    """
    if "<" not in text and "&" not in text:
        return _one_space(text)
    for _ in range(2):
        text = _UNSHOWN.sub(" ", text)
        text = _TAG.sub(" ", _INLINE_TAG.sub("", text))
        text = html.unescape(text)
        if "<" not in text and "&" not in text:
            break
    return _one_space(_TAG.sub(" ", _INLINE_TAG.sub("", text)))


def _one_space(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def strip_emails(text: str) -> str:
    """Return a text without its e-mail addresses and the words that announce them.

    >>> strip_emails("CESP, Villejuif, France. Electronic address: a.b@inserm.fr.")
    'CESP, Villejuif, France.'
    """
    return _one_space(_EMAIL_PHRASE.sub("", text)) if re.search(_EMAIL, text) else text


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect_language(text: str, minimum: float = 0.8) -> str | None:
    """Return the language of a text (ISO 639-1), or None where it is too short or unsure.

    Parameters
    ----------
    text : str
        A title or more; under 20 letters nothing is said.
    minimum : float
        Least probability, by py3langid, to answer.
    """
    if sum(map(str.isalpha, text)) < 20:
        return None
    language, probability = _identifier().classify(text)
    return str(language) if probability >= minimum else None


@lru_cache(maxsize=4)
def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return where each sentence starts and ends; abbreviations such as "et al." end none."""
    ends = (match.span() for match in _SENTENCE_END.finditer(text))
    borders = [0, *(after for end, after in ends if not _NOT_AN_END.search(text, max(0, end - 8), end))]
    spans = zip(borders, [*borders[1:], len(text)], strict=True)
    return tuple((start, end) for start, end in spans if text[start:end].strip())


def passage(text: str, start: int, end: int, longest: int = 400) -> str:
    """Return the sentence around a place, shortened with "…" where it is longer than `longest` characters."""
    spans = sentences(text)
    first = max(0, bisect_left(spans, (start + 1, 0)) - 1)
    left = spans[first][0] if spans else 0
    right = next((stop for _, stop in spans[first:] if stop >= end), len(text))
    spare = max(0, longest - (end - start)) // 2
    low, high = max(left, start - spare), min(right, end + spare)
    before, after = "…" if low > left else "", "…" if high < right else ""
    return f"{before}{_one_space(text[low:high])}{after}"
