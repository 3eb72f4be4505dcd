"""*À propos*: method, sources, dates, limits, and how to have something corrected."""

from datetime import UTC, datetime
from importlib.metadata import version

import pandas as pd
from babel.dates import format_date

from carto_lib.indicators import INDICATORS
from carto_lib.pages.page import Page
from carto_lib.pages.selection import Selection


class AboutPage(Page):
    """What a reader must know to trust, cite and correct Carto."""

    name = "a_propos"
    filtered = False

    def draw(self, selection: Selection) -> None:
        """Fill the page: the counts of this atlas, and the work to be corrected where one is named."""
        sources = self.atlas.optional("provenance").drop_duplicates(["work_id", "source"])["source"].value_counts()
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
                latest=self._latest(),
                built=self._built(),
                span=self._years(),
                indicators=list(INDICATORS.values()),
                version=version("carto-sante"),
                focus=focus if len(title) else "",
                title=str(title.iloc[0]) if len(title) else "",
            ),
        )

    def _latest(self) -> str:
        """Return the date of the last recorded answer, as the visitor writes dates; "" where nothing was asked."""
        dates = [self.atlas.optional(table)["retrieved_at"].dropna() for table in ("records", "access", "lookups")]
        found = pd.to_datetime(pd.concat(dates), errors="coerce", utc=True, format="ISO8601").dropna()
        return format_date(found.max().date(), "long", locale=self.view.locale) if len(found) else ""

    def _built(self) -> str:
        """Return when the atlas's works were written."""
        return format_date(
            datetime.fromtimestamp(self.atlas.file("works").stat().st_mtime, UTC), "long", locale=self.view.locale
        )

    def _years(self) -> tuple[int, int, int] | None:
        """Return the first and the last year of the works, and how many have none; None where none is known."""
        years = self.atlas.works["year"].dropna()
        return (int(years.min()), int(years.max()), len(self.atlas.works) - len(years)) if len(years) else None
