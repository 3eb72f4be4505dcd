"""One institution, one person (or one database): who it is, with whom, and the charts of its publications."""

from collections.abc import Callable
from typing import Any, ClassVar

import pandas as pd

from carto_lib import figures
from carto_lib.pages.listing import ListingPage
from carto_lib.pages.selection import Selection
from carto_lib.text import fold

Draw = Callable[..., figures.Chart]
CHOICES = 400


class ProfilePage(ListingPage):
    """A subject chosen in a list; without one, the ranking of all."""

    table: ClassVar[str]
    key: ClassVar[str]
    ranking: ClassVar[Draw]
    charts_of_subject: ClassVar[dict[str, Draw]]
    linked: ClassVar[str]
    network: ClassVar[str] = ""

    def prepare(self) -> None:
        """Read the tables, and who may be chosen."""
        super().prepare()
        links = self.atlas.table(self.linked)
        if self.linked == "uses":
            links = links[links["label"] != "none"]
        self.pairs = links[["work_id", self.key]].dropna().drop_duplicates()
        counts = self.pairs[self.key].value_counts()
        subjects = self.atlas.table(self.table).set_index(self.key)
        self.subjects = subjects.assign(count=counts.reindex(subjects.index).fillna(0).astype(int))
        self.subjects = self.subjects.sort_values("count", ascending=False, kind="stable")

    def subject_name(self, subject: str) -> str:
        """Return what the subject is called."""
        return str(self.subjects.loc[subject, "name"])

    def facts_of(self, subject: str) -> list[tuple[str, str]]:
        """Return what is known of the subject, as (heading key, text)."""
        raise NotImplementedError

    def network_of(self, subject: str) -> str:
        """Return the address of the subject in its network, or "" where it stands in none."""
        query = self.state.query_string(focus=subject, network=self.network, other="", sort="", offset=0)
        return f"./reseaux?{query}" if self.network else ""

    def resolve(self, name: str) -> str:
        """Return the subject that an id or a name means; "" where none does."""
        name = name.strip()
        if name in self.subjects.index:
            return name
        wanted = fold(name)
        for subject in self.subjects.index:
            if wanted and fold(self.subject_name(subject)) == wanted:
                return str(subject)
        return next((str(one) for one in self.subjects.index if wanted and wanted in fold(self.subject_name(one))), "")

    def select(self) -> Selection:
        """Return the works of the subject that the filters keep."""
        subject = self.resolve(self.state.focus)
        found = self.pairs.loc[self.pairs[self.key] == subject, "work_id"] if subject else None
        return Selection(self.facts, self.state, found)

    def draw(self, selection: Selection) -> None:
        """Fill the chooser, the identity and the charts."""
        subject = self.resolve(self.state.focus)
        new = "chooser" not in self.fragments
        choices = [(str(one), self.subject_name(one)) for one in self.subjects.index[:CHOICES]]
        chooser = self.show(
            "chooser",
            self.view.html(
                "chooser",
                kind=self.name,
                choices=choices,
                chosen=self.subject_name(subject) if subject else self.state.focus,
                unknown=bool(self.state.focus) and not subject,
                total=len(self.subjects),
            ),
        )
        if new:
            chooser.on("choose", lambda value, *_: self.state.narrow(focus=self.resolve(value) or value.strip()))
        known = [(self.view.text(f"profile.{key}"), text) for key, text in self.facts_of(subject)] if subject else []
        title = self.subject_name(subject) if subject else ""
        works = len(selection)
        self.show(
            "identity",
            self.view.html("identity", title=title, facts=known, works=works, network=self.network_of(subject)),
        )
        ranking = type(self).ranking
        self.show_chart("ranking", ranking(selection.atlas, self.state.language, beside=subject), pick=self._pick)
        for slot, chart in self.charts_of_subject.items():
            self.show_chart(slot, chart(selection.atlas, self.state.language), pick=self.picks.get(slot))
        self.show_works(selection)

    def _pick(self, value: str) -> None:
        subject = self.resolve(value)
        if subject:
            self.state.narrow(focus=subject)

    def known(self, subject: str, *names: str) -> list[tuple[str, str]]:
        """Return the columns of the subject's row that hold something."""
        row: Any = self.subjects.loc[subject]
        texts = [(name, str(row[name])) for name in names if pd.notna(row[name]) and str(row[name])]
        return [(name, self._said(name, text)) for name, text in texts]

    def _said(self, name: str, text: str) -> str:
        """Return a fact in the visitor's words: kinds and countries by name, ways of joining names in full."""
        if name == "kind":
            return self.view.name("kinds", text)
        if name == "country":
            return self.view.country(text)
        if name == "method":
            return " · ".join(self.view.name("methods", one.strip()) for one in text.split(";"))
        return text


class InstitutionsPage(ProfilePage):
    """*Structures*: the ranking with its intervals, the map, public and private; the profile and partners of each."""

    name = "structures"
    needs = (*ListingPage.needs, "authorships", "affiliations", "institutions", "authors")
    table, key, linked = "institutions", "institution_id", "affiliations"
    network = "coinstitution"
    ranking = staticmethod(figures.top_institutions)
    charts_of_subject: ClassVar[dict[str, Draw]] = {
        "years": figures.uses_per_year,
        "regions": figures.regions_map,
        "cities": figures.cities_map,
        "sectors": figures.sectors,
        "countries": figures.countries,
        "databases": figures.databases_bars,
        "people": figures.top_authors,
    }

    def facts_of(self, subject: str) -> list[tuple[str, str]]:
        """Return the identifiers and the place of an institution."""
        return self.known(subject, "acronym", "kind", "city", "region", "country", "ror", "rnsr")


class PeoplePage(ProfilePage):
    """*Chercheurs*: the newcomers; the profile of a person, with co-authors, databases and topics."""

    name = "chercheurs"
    needs = (*ListingPage.needs, "authorships", "affiliations", "institutions", "authors")
    table, key, linked = "authors", "author_id", "authorships"
    network = "coauthorship"
    ranking = staticmethod(figures.top_authors)
    charts_of_subject: ClassVar[dict[str, Draw]] = {
        "years": figures.uses_per_year,
        "databases": figures.databases_bars,
        "topics": figures.topics_bars,
        "institutions": figures.top_institutions,
        "newcomers": figures.new_authors,
    }

    def facts_of(self, subject: str) -> list[tuple[str, str]]:
        """Return the identifiers of a person and the years of their works."""
        return self.known(subject, "orcid", "idref", "first_year", "last_year", "method")
