"""*À propos*: method, sources, dates, limits, and how to have something corrected."""

from importlib.metadata import version

from carto_lib.pages.page import Page
from carto_lib.pages.selection import Selection


class AboutPage(Page):
    """What a reader must know to trust, cite and correct Carto."""

    name = "a_propos"
    filtered = False

    def draw(self, selection: Selection) -> None:
        """Fill the page: the counts of this atlas, and the work to be corrected where one is named."""
        sources = self.atlas.optional("provenance").drop_duplicates(["work_id", "source"])["source"].value_counts()
        dates = self.atlas.optional("access")["retrieved_at"].dropna()
        focus = self.state.focus
        works = self.atlas.works
        title = works.loc[works["work_id"] == focus, "title"]
        self.show(
            "about",
            self.view.html(
                "about",
                works=len(works),
                databases=len(self.atlas.databases),
                sources=[(str(source), int(count)) for source, count in sources.items()],
                latest=str(dates.max()) if len(dates) else "",
                version=version("carto-sante"),
                focus=focus if len(title) else "",
                title=str(title.iloc[0]) if len(title) else "",
            ),
        )
