"""HTML of the pages: our templates, escaped throughout, in the visitor's language."""

from collections.abc import Iterable
from functools import cache
from numbers import Number
from typing import Any
from urllib.parse import quote

from babel import Locale
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from carto_lib.i18n import catalogue, translate


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("carto_lib.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["address"] = address
    environment.filters["json_text"] = json_text
    return environment


def json_text(text: str) -> Markup:
    """Return JSON text fit for a script element: nothing in it can end the element or start another."""
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 - escaped here


def address(url: str | None) -> str:
    """Return a web address fit for a link: ``http`` and ``https`` only, else an empty text."""
    text = str(url or "").strip()
    return text if text.startswith(("https://", "http://")) else ""


def doi_address(doi: str) -> str:
    """Return the address of a DOI."""
    return f"https://doi.org/{quote(doi, safe='/:;().')}"


def highlight(passage: str, names: list[str]) -> Markup:
    """Return a passage, escaped, with each name it holds marked."""
    lowered = passage.casefold()
    spans: list[tuple[int, int]] = []
    if len(lowered) == len(passage):
        for name in sorted(set(names), key=len, reverse=True):
            start = lowered.find(name.casefold()) if name else -1
            if start >= 0 and not any(start < end and begin < start + len(name) for begin, end in spans):
                spans.append((start, start + len(name)))
    return mark_spans(passage, spans)


def mark_spans(text: str, spans: Iterable[tuple[int, int]]) -> Markup:
    """Return a text, escaped, with its spans marked; a span out of the text or over a former one is left out."""
    pieces, place = [], 0
    for start, end in sorted(spans):
        if place <= start < end <= len(text):
            pieces += [escape(text[place:start]), Markup("<mark>{}</mark>").format(text[start:end])]
            place = end
    return Markup("").join([*pieces, escape(text[place:])])


class Renderer:
    """Templates, texts and numbers in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse("fr_FR" if language == "fr" else "en_GB")

    def text(self, key: str, **values: Any) -> str:
        """Return a text of the catalogue's ``pages`` area, with numbers written as the language does."""
        return self.say(f"pages.{key}", **values)

    def say(self, key: str, **values: Any) -> str:
        """Return a text of the catalogue by its whole key, numbers written as the language does."""
        shown = {name: self.number(value) if is_number(value) else value for name, value in values.items()}
        return translate(key, self.language, **shown)

    def count(self, key: str, number: int) -> str:
        """Return ``pages.<key>.one`` or ``pages.<key>.many`` with its number, as the language counts."""
        form = self.locale.plural_form(number)
        return self.text(f"{key}.{'one' if form == 'one' else 'many'}", n=number)

    def name(self, kind: str, value: str) -> str:
        """Return what a code (a type, an access, a label) is called; the code itself where it has no name."""
        if kind == "languages" and value != "unknown":
            return str(self.locale.languages.get(value, value))
        key = f"pages.{kind}.{value}"
        return catalogue(self.language).get(key, value)

    def number(self, value: float) -> str:
        """Return a number with the language's separators."""
        return str(format_decimal(value, locale=self.locale))

    def percent(self, share: float) -> str:
        """Return a share (0-1) as a percentage to one decimal: 80,5 % in French, 80.5% in English."""
        return str(format_percent(share, "#,##0.#\u202f%" if self.language == "fr" else "#,##0.#%", locale=self.locale))

    def country(self, code: str) -> str:
        """Return a country's name; the code itself where it has none."""
        return str(self.locale.territories.get(code, code))

    def html(self, template: str, **values: Any) -> str:
        """Return a template of this package filled in; ``t``, ``say``, ``number``, ``name``, ``count`` are at hand."""
        tools = {"t": self.text, "say": self.say, "number": self.number, "name": self.name, "count": self.count}
        return _environment().get_template(f"{template}.html.j2").render(**values, **tools, language=self.language)


def is_number(value: Any) -> bool:
    """Tell whether a value is a number, numpy's included, and not a truth value."""
    return isinstance(value, Number) and not isinstance(value, bool)
