"""What a visitor is looking at: plain traits without any widget, written in the page's address."""

import re
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

import traitlets

from carto_lib.i18n import LANGUAGES

UNKNOWN = "unknown"
FILTERS = (
    "databases",
    "years",
    "labels",
    "types",
    "languages",
    "access",
    "regions",
    "topics",
    "people",
    "structures",
)
_LISTS = (*(name for name in FILTERS if name != "years"), "without", "picked")
_TEXTS = {
    "query": "q",
    "focus": "focus",
    "other": "other",
    "sort": "sort",
    "network": "network",
    "counting": "counting",
    "annotator": "annotator",
    "show": "show",
}
LONGEST_TEXT = 1_001  # one more than a query may have, for the search to say that it is too long
NUMBERS = ("offset", "minimum", "weight", "period")
_YEARS = re.compile(r"(\d{4})-(\d{4})")
_OTHERS = ("mode",)


def _quoted(value: str) -> str:
    """Return a value whose commas are not those of a list."""
    return value.replace("%", "%25").replace(",", "%2C")


def _unquoted(value: str) -> str:
    return value.replace("%2C", ",").replace("%25", "%")


def _names() -> traitlets.Tuple:
    return traitlets.Tuple(default_value=())


class State(traitlets.HasTraits):
    """The filters, the query and the place of one visitor.

    Every trait can be observed; `query_string` and `from_query` write it to and read it from an address, so that a
    view can be cited. ``years`` is ``(first, last)`` or empty; ``unknown`` in a filter stands for "not known".

    Examples
    --------
    >>> State.from_query("databases=snds,pmsi&years=2015-2020&lang=en").query_string()
    'lang=en&databases=snds%2Cpmsi&years=2015-2020'
    """

    language = traitlets.Enum(LANGUAGES, default_value="fr")
    databases = _names()
    years = _names()
    labels = _names()
    types = _names()
    languages = _names()
    access = _names()
    regions = _names()
    topics = _names()
    people = _names()
    structures = _names()
    without = _names()
    picked = _names()
    show = traitlets.Unicode("")
    query = traitlets.Unicode("")
    focus = traitlets.Unicode("")
    other = traitlets.Unicode("")
    sort = traitlets.Unicode("")
    network = traitlets.Unicode("")
    counting = traitlets.Unicode("")
    annotator = traitlets.Unicode("")
    parts = traitlets.Bool(False)
    offset = traitlets.Int(0)
    minimum = traitlets.Int(0)
    weight = traitlets.Int(0)
    period = traitlets.Int(0)
    ignored = _names()

    @classmethod
    def from_query(cls, query: str | None) -> Self:
        """Return the state that an address's query string describes.

        Parameters
        ----------
        query : str or None
            What follows ``?``. What isn't understood (an older version, a mistyped value) is left out and named in
            ``ignored``, for the page to say.
        """
        values: dict[str, Any] = {}
        ignored: list[str] = []
        by_key = {key: name for name, key in _TEXTS.items()}
        for key, value in parse_qsl(query or "", max_num_fields=100):
            if key == "lang" and value in LANGUAGES:
                values["language"] = value
            elif key in _LISTS:
                values[key] = tuple(dict.fromkeys(_unquoted(part) for part in value.split(",") if part))
            elif key == "years" and (match := _YEARS.fullmatch(value)):
                values["years"] = tuple(sorted(map(int, match.groups())))
            elif key in NUMBERS and value.isascii() and value.isdigit() and len(value) < 9:
                values[key] = int(value)
            elif key == "parts" and value == "1":
                values["parts"] = True
            elif key in by_key:
                values[by_key[key]] = value[:LONGEST_TEXT]
            elif key not in _OTHERS:
                ignored.append(f"{key}={value}"[:80])
        return cls(**values, ignored=tuple(ignored))

    def query_string(self, **changes: Any) -> str:
        """Return the state as a query string, with some traits changed; defaults are left out."""
        values = {name: getattr(self, name) for name in self.trait_names()} | changes
        pairs: list[tuple[str, str]] = []
        if values["language"] != "fr":
            pairs.append(("lang", values["language"]))
        for name in dict.fromkeys((*FILTERS, *_LISTS)):
            if values[name]:
                separator = "-" if name == "years" else ","
                pairs.append((name, separator.join(_quoted(str(value)) for value in values[name])))
        pairs += [("parts", "1")] * values["parts"]
        pairs += [(key, values[name]) for name, key in _TEXTS.items() if values[name]]
        pairs += [(name, str(values[name])) for name in NUMBERS if values[name]]
        return urlencode(pairs)

    def filters(self) -> dict[str, Any]:
        """Return the filters that are set, as ``{name: value}``."""
        return {name: getattr(self, name) for name in FILTERS if getattr(self, name)}

    def toggle(self, name: str, value: str) -> None:
        """Add a value to a filter, or take it away; the list of results starts again from its beginning."""
        kept = getattr(self, name)
        changed = tuple(one for one in kept if one != value) if value in kept else (*kept, value)
        with self.hold_trait_notifications():
            self.offset = 0
            setattr(self, name, changed)

    def narrow(self, **values: Any) -> None:
        """Set several traits in one step, from the beginning of the list of results."""
        with self.hold_trait_notifications():
            self.offset = 0
            for name, value in values.items():
                setattr(self, name, value)

    def clear(self) -> None:
        """Take every filter away."""
        self.narrow(**dict.fromkeys(FILTERS, ()), parts=False)
