"""What a query finds under the filters of a state: the search engine's answer, read as a page's selection."""

from functools import cached_property

from carto_lib.pages.selection import Facet, Facts, Selection
from carto_lib.pages.state import State
from carto_lib.search import SORTS, name_of, search, search_ids
from carto_lib.tables import Atlas

PAGE_SIZE = 20
FACET_SIZE = 30
ENGINE_NAMES = {
    "databases": "database",
    "labels": "label",
    "types": "type",
    "languages": "language",
    "access": "open_access",
    "regions": "region",
    "topics": "topic",
    "people": "person",
    "structures": "institution",
}


class Found(Selection):
    """One answer of the engine: a page of results, their number, and what each filter would keep."""

    def __init__(self, facts: Facts, state: State) -> None:
        super().__init__(facts, state)
        self.whole = facts.atlas
        self.filters = {engine: getattr(state, name) for name, engine in ENGINE_NAMES.items()}
        if state.years:
            self.filters["year"] = ("{}..{}".format(*state.years),)
        self.offset = state.offset // PAGE_SIZE * PAGE_SIZE
        self.sort = state.sort if state.sort in SORTS else "relevance"
        self.answer = search(
            self.whole,
            state.query,
            filters=self.filters,
            sort=self.sort,
            offset=self.offset,
            limit=PAGE_SIZE,
            language=state.language,
            expansions_off=state.without,
            facet_size=FACET_SIZE,
        )

    def __len__(self) -> int:
        return self.answer.total

    def facets(self, name: str) -> list[Facet]:
        """Return the choices of a filter, most works first, each counted under the query and the other filters."""
        values = self.answer.facets[ENGINE_NAMES[name]]
        return [Facet(value.value, value.count, value.selected) for value in values]

    def name(self, facet: str, value: str) -> str:
        """Return what a person, a structure or a topic is called."""
        return name_of(self.whole, ENGINE_NAMES[facet], value, self.state.language)

    @cached_property
    def atlas(self) -> Atlas:
        """The atlas narrowed to every work found."""
        options = {"filters": self.filters, "expansions_off": self.state.without}
        return self.whole.keep(search_ids(self.whole, self.state.query, **options))

    @cached_property
    def filtered(self) -> Atlas:
        """The atlas narrowed by the filters alone."""
        if not any(self.filters.values()):
            return self.whole
        return self.whole.keep(search_ids(self.whole, "", filters=self.filters))

    @cached_property
    def unknown_years(self) -> int:
        """How many works found have no known year."""
        return next((value.count for value in self.answer.facets["year"] if value.value == "unknown"), 0)
