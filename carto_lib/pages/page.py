"""What every page shares: the frame, the filters, the address, and what to say when something lacks."""

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from IPython.display import HTML, display
from ipywidgets import Box

from carto_lib.errors import CartoError
from carto_lib.figures import Chart
from carto_lib.pages.cards import NO_CARD, card_parts
from carto_lib.pages.chart import ChartView
from carto_lib.pages.fragment import Fragment
from carto_lib.pages.render import Renderer
from carto_lib.pages.reports import Reports
from carto_lib.pages.selection import Facts, Selection
from carto_lib.pages.state import FILTERS, NUMBERS, State
from carto_lib.pages.visitor import expected_query, visitor_query
from carto_lib.settings import DASHBOARDS_DIR, data_dir
from carto_lib.tables import Atlas

PAGES = (
    "carte",
    "recherche",
    "reseaux",
    "base",
    "structures",
    "chercheurs",
    "themes",
    "comparaison",
    "qualite",
    "a_propos",
)
FACETS = ("databases", "labels", "types", "languages", "access", "regions")
HARVESTED = ("pubmed", "europepmc", "openalex", "hal")
LONG_LIST = 8


def _give_memory_back() -> None:
    """Give back what reading the tables needed for a while (50 MB of 100,000 works): glibc keeps it otherwise."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


class Page:
    """One page: it fills its first view before its visitor comes, then shows a state and follows it.

    Parameters
    ----------
    data : path, optional
        The folder that holds ``atlas/``; by default what ``CARTO_DATA`` says.
    """

    name = ""
    needs: tuple[str, ...] = ("works", "uses", "databases")
    filtered = True
    facets: tuple[str, ...] = FACETS

    def __init__(self, data: str | Path | None = None) -> None:
        self.atlas = Atlas(Path(data or data_dir()) / "atlas")
        self.failure: CartoError | None = None
        self.fragments: dict[str, Fragment] = {}
        self.charts: dict[str, ChartView] = {}
        self.reports = Reports(self.atlas, self.name)
        self._become(State.from_query(expected_query()))
        try:
            self.prepare()
            self.refresh()
        except CartoError as error:
            self.failure = error
        _give_memory_back()

    # What a page says for itself

    def prepare(self) -> None:
        """Read what the page needs, before the visitor comes."""
        for table in self.needs:
            if not self.atlas.has(table):
                self.atlas.table(table)  # says which, and how to make it
        self.facts = Facts(self.atlas)
        names = self.atlas.databases
        self.database_names = {
            language: dict(zip(names["database"], names[f"name_{language}"], strict=True)) for language in ("fr", "en")
        }
        short = names["acronym"].fillna(names["database"])
        self.acronyms = dict(zip(names["database"], short, strict=True))

    def select(self) -> Selection:
        """Return the works that the state keeps."""
        return Selection(self.facts, self.state)

    def draw(self, selection: Selection) -> None:
        """Fill the page's own parts for a selection."""
        raise NotImplementedError

    def widgets(self) -> dict[str, Any]:
        """Return the other widgets, each with the slot where it stands."""
        return {}

    # What all pages do

    def open(self) -> None:
        """Wait for the visitor, then show the page."""
        asked = State.from_query(visitor_query())
        if (asked.query_string(), asked.ignored) != (self.state.query_string(), self.state.ignored):
            self._become(asked)
        if self.failure is not None:
            display(HTML(self._failed(self.failure)))
            return
        self.refresh()
        self.state.observe(lambda _: self.refresh())
        for slot, event in (("rail", "filter"), ("notice", "filter"), ("header", "filter")):
            if slot in self.fragments:
                self.fragments[slot].on(event, self._filter)
        display(HTML(self.layout()))
        display(Box([*self.fragments.values(), *self.charts.values()]))
        for slot, widget in self.widgets().items():
            display(widget, metadata={"slot": slot})

    def _become(self, state: State) -> None:
        """Start again from a state, with no part filled yet."""
        self.state = state
        self.view = Renderer(state.language)
        for widget in (*self.fragments.values(), *self.charts.values()):
            widget.close()
        self.fragments.clear()
        self.charts.clear()
        self._shown: str | None = None

    def refresh(self) -> None:
        """Bring every part up to the state, once a change."""
        query = self.state.query_string()
        if query == self._shown:
            return
        self._shown = query
        self.selection = self.select()
        self.show("header", self.header())
        self.fragments["header"].address = f"?{query}" if query else "?"
        if self.filtered:
            self.show("rail", self.rail())
        self.show("notice", self.notice())
        self.draw(self.selection)
        about = self.state.focus if self.state.focus in self.facts.ids else ""
        form = self.show("report", self.reports.form(self.view, about))
        self.reports.listen(form, self.view, query, about)

    def show(self, slot: str, html: str) -> Fragment:
        """Put HTML in a slot of the page."""
        if slot not in self.fragments:
            self.fragments[slot] = Fragment(slot, html)
        else:
            self.fragments[slot].html = html
        return self.fragments[slot]

    def show_chart(self, slot: str, chart: Chart | None, *, pick: Callable[[str], object] | None = None) -> None:
        """Put a chart, or nothing, in a card of the page; `pick` is called with the value of a mark that is clicked."""
        parts = NO_CARD if chart is None else card_parts(self.view, slot, chart, pick=pick is not None)
        if slot not in self.charts:
            self.charts[slot] = ChartView(slot, **parts)
            if pick is not None:
                self.charts[slot].on_pick(pick)
            return
        view = self.charts[slot]
        with view.hold_sync():
            for name, value in parts.items():
                view.set_trait(name, value)

    def header(self) -> str:
        """Return the bar at the top: the pages, the language, light or dark."""
        empty = ("query", "focus", "other", "sort", "network", "counting", "annotator", "show")
        own = ("topics", "people", "structures", "without", "picked")
        shared = dict.fromkeys(empty, "") | dict.fromkeys(own, ()) | dict.fromkeys(NUMBERS, 0)
        links = [
            (page, f"./{'' if page == 'carte' else page}", self.state.query_string(**shared))
            for page in PAGES
            if (DASHBOARDS_DIR / f"{page}.ipynb").is_file()
        ]
        languages = [(code, self.state.query_string(language=code)) for code in ("fr", "en")]
        return self.view.html("header", links=links, languages=languages, current=self.name)

    def rail(self) -> str:
        """Return the filters, each with its counts under the others."""
        facets = {name: self.selection.facets(name) for name in self.facets}
        facets = {
            name: choices for name, choices in facets.items() if len(choices) > 1 or any(c.chosen for c in choices)
        }
        return self.view.html(
            "rail",
            facets=facets,
            label=self.label,
            parts=self.state.parts,
            hierarchy=bool(self.atlas.databases["part_of"].notna().any()),
            years=self.state.years,
            bounds=self.selection.year_bounds(),
            unknown_years=self.selection.unknown_years,
            total=len(self.selection),
            filters=self.state.filters(),
            long=LONG_LIST,
        )

    def notice(self) -> str:
        """Return what the visitor must know: a sample, nothing left, a part of the address not understood."""
        return self.view.html(
            "notice",
            sample=self.is_sample(),
            empty=self.filtered and len(self.selection) == 0,
            ignored=self.state.ignored,
            chosen=[
                (name, value, self.label(name, value)) for name in self.facets for value in getattr(self.state, name)
            ],
            years=self.state.years,
            total=len(self.facts.ids),
        )

    def is_sample(self) -> bool:
        """Tell whether no work of the atlas comes from a harvest: then it is the embedded sample."""
        return not self.atlas.optional("provenance")["source"].isin(HARVESTED).any()

    def label(self, name: str, value: str) -> str:
        """Return what a filter's value is called."""
        if name == "databases":
            return str(self.acronyms.get(value, value))
        return value if name == "regions" else self.view.name(name, value)

    def layout(self) -> str:
        """Return the page as HTML: every slot already filled, for the browser to show before any script runs."""
        return self.view.html(
            self.name,
            slots={slot: fragment.html for slot, fragment in self.fragments.items()},
            charts=self.charts,
            title=self.view.text(f"nav.{self.name}"),
        )

    def _filter(self, value: str, name: str, checked: bool) -> None:
        if name == "clear":
            self.state.clear()
        elif name == "parts":
            self.state.narrow(parts=checked)
        elif name == "years":
            self._set_years(value)
        elif name == "first" or name == "last":
            self._set_bound(name, value)
        elif name in FILTERS:
            self.state.toggle(name, value)

    def _set_years(self, value: str) -> None:
        parsed = State.from_query(f"years={value}").years
        self.state.narrow(years=() if parsed == self.state.years else parsed)

    def _set_bound(self, name: str, value: str) -> None:
        bounds = self.selection.year_bounds()
        if bounds is None or not value.isdigit():
            return
        first, last = self.state.years or bounds
        first, last = (int(value), last) if name == "first" else (first, int(value))
        self.state.narrow(years=() if (first, last) == bounds else (min(first, last), max(first, last)))

    def _failed(self, error: CartoError) -> str:
        return self.view.html("failed", error=str(error), missing=[t for t in self.needs if not self.atlas.has(t)])
