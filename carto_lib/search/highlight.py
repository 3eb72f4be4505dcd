"""Titles and passages as safe HTML: everything escaped, only ``<mark>`` added."""

import html
import re
from collections.abc import Collection, Sequence

from carto_lib.search.analysis import STOP_WORDS, readings
from carto_lib.search.plan import Plan

PASSAGE_LENGTH = 280
_LETTERS = r"[^\W_]"
_BEYOND_ASCII = r"[^\x00-\x7f]"
_WORD = re.compile(rf"{_LETTERS}+")


def marked_spans(text: str, plan: Plan) -> list[tuple[int, int]]:
    """Return where the words of a query, or their expansions, stand in a text."""
    known = plan.is_marked
    spans: list[tuple[int, int]] = []
    if plan.candidate is None:
        plan.candidate = _candidate(plan)
    for match in plan.candidate.finditer(text):
        word, end = match[0], match.end()
        if spans and match.start() < spans[-1][1]:
            continue
        if word not in known:
            known[word] = _is_marked(word, plan)
        if plan.runs:
            end = _end_of_run(text, match, plan)
        if known[word] or end > match.end():
            spans.append((match.start(), end))
    return spans


def _end_of_run(text: str, match: re.Match[str], plan: Plan) -> int:
    """Return where the longest run of words looked for together ends, if one starts with the word matched."""
    ends = [match.end()]
    for stem in readings(match[0])[1]:
        for run in plan.runs.get(stem, ()):
            at = match.end()
            for wanted in run[1:]:
                following = _WORD.search(text, at)
                if following is None or wanted not in readings(following[0])[1]:
                    break
                at = following.end()
            else:
                ends.append(at)
    return max(ends)


def _candidate(plan: Plan) -> re.Pattern[str]:
    """Return the pattern of the words that may be marked: those with the first two letters of a word looked for.

    Accents apart: a letter that isn't ASCII may be any. The stemmers change an y into an i, no other first letter.
    """
    stems = {term for term in (*plan.marked, *plan.marked_stems, *plan.runs) if term}
    beginnings = {term[:2] for term in stems} | {pattern.pattern[:2] for pattern in plan.prefixes}
    starts = "|".join([*sorted(map(_beginning, beginnings)), _BEYOND_ASCII])
    return re.compile(rf"(?<!{_LETTERS})(?:{starts}){_LETTERS}*")  # IGNORECASE takes longer to compile


def _beginning(letters: str) -> str:
    first, second = letters[0], "yi" if letters[1:] in ("y", "i") else letters[1:]
    start = f"[{re.escape(first + first.upper())}]"
    return rf"{start}(?:[{re.escape(second + second.upper())}]|{_BEYOND_ASCII})" if second else start


def _is_marked(word: str, plan: Plan) -> bool:
    plain, stems = readings(word)
    if any(pattern.fullmatch(plain) for pattern in plan.prefixes):
        return True
    return (plain in plan.marked or not stems.isdisjoint(plan.marked_stems)) and plain not in STOP_WORDS


def to_html(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return a text as HTML: escaped, with ``<mark>`` around the spans (sorted, apart)."""
    pieces, at = [], 0
    for start, end in spans:
        pieces += [html.escape(text[at:start]), "<mark>", html.escape(text[start:end]), "</mark>"]
        at = end
    return "".join([*pieces, html.escape(text[at:])])


def best_passage(texts: Collection[str], plan: Plan) -> str:
    """Return, as HTML, the part of the texts that holds the most different words of the query ("" if none does)."""
    best: tuple[int, str] = (0, "")
    for text in texts:
        spans = marked_spans(text, plan)
        if not spans:
            continue
        words = [text[start:end].lower() for start, end in spans]
        last = 0
        for first in range(len(spans)):
            last = max(last, first)
            while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= PASSAGE_LENGTH * 3 // 4:
                last += 1
            score = len(set(words[first : last + 1]))
            if score > best[0]:
                best = score, _window(text, spans, first, last)
    return best[1]


def _window(text: str, spans: Sequence[tuple[int, int]], first: int, last: int) -> str:
    spare = max(0, PASSAGE_LENGTH - (spans[last][1] - spans[first][0])) // 2
    low, high = max(0, spans[first][0] - spare), min(len(text), spans[last][1] + spare)
    if low and (space := re.search(r"\s", text[low : spans[first][0]])):
        low += space.end()
    if high < len(text) and (end := text.rfind(" ", spans[last][1], high)) > 0:
        high = end
    inside = [(start - low, end - low) for start, end in spans if low <= start and end <= high]
    return ("…" if low else "") + to_html(text[low:high], inside) + ("…" if high < len(text) else "")
