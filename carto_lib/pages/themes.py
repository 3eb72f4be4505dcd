"""*Thèmes*: what is studied, how it changes, what bursts, on which kinds of works."""

from carto_lib import figures
from carto_lib.pages.listing import ListingPage
from carto_lib.pages.selection import Selection


class TopicsPage(ListingPage):
    """The topics of the works kept; the filters say of whom."""

    name = "themes"
    needs = ("works", "uses", "databases", "terms", "themes")

    def draw(self, selection: Selection) -> None:
        """Fill the charts and the table."""
        charts = {
            "themes": figures.themes_map(selection.atlas, self.state.language),
            "topics": figures.topics_bars(selection.atlas, self.state.language, limit=30),
            "bursts": figures.topic_bursts(selection.atlas, self.state.language),
            "years": figures.uses_per_year(selection.atlas, self.state.language),
            "kinds": figures.types(selection.atlas, self.state.language),
        }
        for slot, chart in charts.items():
            self.show_chart(slot, chart, pick=self.picks.get(slot))
        self.show_works(selection)
