"""*Bases*: a page for each database: its identity card, who uses it, when, where, on what, with which others."""

import json
from typing import Any, ClassVar

import pandas as pd
from babel.dates import format_date

from carto_lib import figures
from carto_lib.errors import RegistryError
from carto_lib.pages.profiles import Draw, ProfilePage
from carto_lib.pages.selection import Selection
from carto_lib.pages.works import work_rows
from carto_lib.registry import Database, read_database
from carto_lib.settings import REGISTRY_DIR
from carto_lib.tables import Corpus

KEY_PAPERS = 5
FORMS_SHOWN = 8


class DatabasePage(ProfilePage):
    """The profile of a database: identity, uses, topics, linked databases, delay, key works, retrieval quality."""

    name = "base"
    needs = ("works", "uses", "databases", "authorships", "affiliations", "institutions", "authors")
    table, key, linked = "databases", "database", "uses"
    network = "database_couse"
    ranking = staticmethod(figures.databases_bars)
    charts_of_subject: ClassVar[dict[str, Draw]] = {
        "years": figures.uses_per_year,
        "institutions": figures.top_institutions,
        "people": figures.top_authors,
        "regions": figures.regions_map,
        "topics": figures.topics_bars,
        "delay": figures.data_delay,
    }

    def subject_name(self, subject: str) -> str:
        """Return the database's short name."""
        return str(self.acronyms.get(subject, subject))

    def facts_of(self, subject: str) -> list[tuple[str, str]]:
        """Return the identity card: what the table of databases says, then what the registry adds."""
        names = [("name", self.database_names[self.state.language].get(subject, subject))]
        known = names + self.known(subject, "kind", "holder")
        whole = self.subjects.loc[subject, "part_of"]
        known += [] if pd.isna(whole) else [("part_of", self.subject_name(str(whole)))]
        try:
            entry = read_database(REGISTRY_DIR / f"{subject}.yml")
        except RegistryError:  # an atlas may hold a database that this registry no longer has: the table says enough
            return known
        return known + self._registered(entry)

    def _registered(self, entry: Database) -> list[tuple[str, str]]:
        text, found = self.view.text, []
        if entry.period is not None:
            key = "since" if entry.period.to is None else "span"
            years = {"first": str(entry.period.from_), "last": str(entry.period.to)}
            said = text(f"profile.{key}", **years)
            found.append(("period", self._told("period", said, entry)))
        if entry.hosted_by_hdh is not None:
            date = format_date(entry.hosted_by_hdh.since, "long", locale=self.view.locale)
            said = text("profile.hosted_since", date=date, act=entry.hosted_by_hdh.act)
            found.append(("hosted", self._told("hosted_by_hdh", said, entry)))
        found += [
            (relation, ", ".join(map(self.subject_name, others)))
            for relation in ("successor_of", "linked_with")
            if (others := getattr(entry, relation))
        ]
        forms = [form.text for form in entry.names]
        found.append(("forms", ", ".join(forms[:FORMS_SHOWN]) + (" …" if len(forms) > FORMS_SHOWN else "")))
        if entry.acknowledgement:
            found.append(("acknowledgement", entry.acknowledgement))
        return found + [(link, entry.links[link]) for link in ("site", "authors") if link in entry.links]

    def _told(self, field: str, said: str, entry: Database) -> str:
        return f"{said} {self.view.text('profile.unsourced')}" if field in entry.unsourced else said

    def draw(self, selection: Selection) -> None:
        """Fill the profile, then the key works and the quality of retrieval."""
        super().draw(selection)
        subject = self.resolve(self.state.focus)
        groups = self._key_papers(subject, selection) if subject else []
        self.show("key_papers", self.view.html("key_papers", subject=subject, groups=groups))
        quality = self._quality(subject) if subject else None
        rows = None if quality is None else self._measures(quality)
        harvested = bool(quality and quality["harvested"])
        self.show("retrieval", self.view.html("retrieval", subject=subject, rows=rows, harvested=harvested))

    def _key_papers(self, subject: str, selection: Selection) -> list[tuple[str, list[tuple[str, str, str]]]]:
        """Return the works that describe the database, profiles of cohorts first, and the most cited of its works."""
        atlas = selection.atlas
        uses = atlas.uses
        describing = uses.loc[(uses["database"] == subject) & (uses["label"] == "describes"), "work_id"]
        works = atlas.works[atlas.works["work_id"].isin(describing)]
        works = works.assign(profile=(works["type"] == "cohort_profile").fillna(False))
        works = works.sort_values(["profile", "year", "work_id"], ascending=[False, True, True])
        cited = atlas.optional("access").groupby("work_id")["cited_by_count"].max().dropna()
        cited = cited[cited > 0].sort_values(ascending=False, kind="stable").head(KEY_PAPERS)
        counts = {str(work): self.view.count("key_papers.citations", int(n)) for work, n in cited.items()}
        describing = {str(work): "" for work in works["work_id"].head(KEY_PAPERS)}
        return [("describing", self._titles(describing)), ("cited", self._titles(counts))]

    def _titles(self, works: dict[str, str]) -> list[tuple[str, str, str]]:
        rows = work_rows(self.atlas, list(works), self.acronyms)
        shown = []
        for row in rows:
            notes = [str(row.year) if row.year else "", works[row.work_id]]
            notes += [self.view.text("works.retracted")] if row.retracted else []
            shown.append((row.title, row.url, " · ".join(filter(None, notes))))
        return shown

    def _quality(self, subject: str) -> dict[str, Any] | None:
        """Return what the evaluation of the database's corpus wrote, or None where it hasn't run."""
        file = Corpus.of(self.atlas.path.parent, subject).quality_file
        if not file.is_file():
            return None
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return content

    def _measures(self, quality: dict[str, Any]) -> list[tuple[str, str, str]]:
        shares = quality["screening"]["validation"]["on_database"]
        measured = {"sensitivity": shares["sensitivity"], "precision": shares["precision"], "recall": quality["recall"]}
        return [(name, *self._share(share)) for name, share in measured.items() if share.get("k") is not None]

    def _share(self, share: dict[str, Any]) -> tuple[str, str]:
        counts = {"k": share["k"], "n": share["n"]}
        if share["value"] is None:
            return self.view.text("retrieval.few"), f"{self.view.number(counts['k'])} / {self.view.number(counts['n'])}"
        value, low, high = (self.view.percent(share[key]) for key in ("value", "low", "high"))
        return value, self.view.text("retrieval.interval", low=low, high=high, **counts)
