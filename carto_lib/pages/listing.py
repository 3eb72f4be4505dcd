"""Pages that end with the list of the publications they count."""

from collections.abc import Callable

from carto_lib.pages.page import Page
from carto_lib.pages.selection import Selection
from carto_lib.pages.works import work_rows

PAGE_SIZE = 25
SORTS = ("recent", "oldest", "title")


class ListingPage(Page):
    """A page with charts, and a table of the publications they count, sorted and paged by the state."""

    def prepare(self) -> None:
        """Read the tables, and say what a click on a chart does."""
        super().prepare()
        self.picks: dict[str, Callable[[str], object]] = {
            "years": lambda value: self._set_years(f"{value}-{value}"),
            "regions": self._pick_region,
        }

    def _pick_region(self, value: str) -> None:
        if value in set(self.facts.regions["region"]):
            self.state.toggle("regions", value)

    def show_works(self, selection: Selection) -> None:
        """Fill the table of publications."""
        new = "works" not in self.fragments
        table = self.show("works", self._table(selection))
        if new:
            table.on("sort", lambda value, *_: self.state.narrow(sort="" if value == SORTS[0] else value))
            table.on("page", lambda value, *_: self.state.set_trait("offset", int(value) if value.isdigit() else 0))

    def _table(self, selection: Selection) -> str:
        sort = self.state.sort if self.state.sort in SORTS else SORTS[0]
        total = len(selection)
        offset = min(self.state.offset, max(0, total - 1)) // PAGE_SIZE * PAGE_SIZE
        rows = work_rows(selection.facts.atlas, selection.ordered(sort, offset, PAGE_SIZE), self.acronyms)
        return self.view.html("table", rows=rows, total=total, offset=offset, size=PAGE_SIZE, sorts=SORTS, sort=sort)
