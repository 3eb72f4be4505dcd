"""The landing page: how many publications, when, where, by whom, on what, and the list with the reasons."""

from collections.abc import Callable

from carto_lib import figures
from carto_lib.figures.counting import count_distinct
from carto_lib.pages.listing import ListingPage
from carto_lib.pages.selection import RELATED, Selection

CHARTS: dict[str, Callable[..., figures.Chart]] = {
    "years": figures.uses_per_year,
    "regions": figures.regions_map,
    "cities": figures.cities_map,
    "institutions": figures.top_institutions,
    "people": figures.top_authors,
    "topics": figures.topics_bars,
    "databases": figures.databases_bars,
}


class OverviewPage(ListingPage):
    """*Vue d'ensemble*: the whole atlas, or what the filters keep of it, in charts and one table."""

    name = "carte"
    needs = ("works", "uses", "databases", "authorships", "affiliations", "institutions", "authors")

    def prepare(self) -> None:
        """Read the tables, and say what a click on a chart does."""
        super().prepare()
        self.picks["databases"] = self._pick_database

    def draw(self, selection: Selection) -> None:
        """Fill the headline, the charts and the table."""
        self.show("headline", self.headline(selection))
        for slot, draw in CHARTS.items():
            self.show_chart(slot, draw(selection.atlas, self.state.language), pick=self.picks.get(slot))
        self.show_works(selection)

    def headline(self, selection: Selection) -> str:
        """Return the numbers that come first, each with what it counts."""
        atlas = selection.atlas
        uses = selection.uses[selection.uses["label"].isin(RELATED)]
        people, structures = (count_distinct(atlas, kind) for kind in ("author", "institution"))
        confirmed = uses.loc[uses["label"] == "uses", "row"].nunique()
        unknown = selection.unknown_years
        count = self.view.count
        notes = count("headline.confirmed", confirmed)
        if unknown:
            notes += " ; " + count("headline.unknown_years", unknown)
        numbers = [
            ("works", len(selection), notes),
            ("databases", uses["database"].nunique(), ""),
            ("people", people, ""),
            ("structures", structures, ""),
        ]
        words = [(self.view.count(f"headline.{key}", number), number, note) for key, number, note in numbers]
        return self.view.html("headline", figures=words)

    def _pick_database(self, value: str) -> None:
        ids = {name: database for database, name in self.acronyms.items()} | {one: one for one in self.acronyms}
        if value in ids:
            self.state.toggle("databases", ids[value])
