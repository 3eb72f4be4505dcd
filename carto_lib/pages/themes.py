"""*Thèmes*: what is studied, on which kinds of works."""

from carto_lib import figures
from carto_lib.pages.listing import ListingPage
from carto_lib.pages.selection import Selection


class TopicsPage(ListingPage):
    """The topics of the works kept; the filters say of whom."""

    name = "themes"
    needs = ("works", "uses", "databases", "topics")

    def draw(self, selection: Selection) -> None:
        """Fill the charts and the table."""
        charts = {
            "topics": figures.topics_bars(selection.atlas, self.state.language, limit=30),
            "years": figures.uses_per_year(selection.atlas, self.state.language),
            "kinds": figures.types(selection.atlas, self.state.language),
        }
        for slot, chart in charts.items():
            self.show_chart(slot, chart)
        self.show_works(selection)
