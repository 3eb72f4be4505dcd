"""*Recherche*: find publications, people and structures, read why each was found, take them away."""

import io
import re
from collections.abc import Sequence
from datetime import date
from urllib.parse import unquote_plus

from markupsafe import Markup

from carto_lib.exports import export
from carto_lib.pages.found import PAGE_SIZE, Found
from carto_lib.pages.page import FACETS, Page
from carto_lib.pages.render import mark_spans
from carto_lib.pages.selection import Selection
from carto_lib.pages.state import LONGEST_TEXT, State
from carto_lib.pages.works import WorkRow, work_rows
from carto_lib.search import SORTS, Hit, asks_for, search, search_institutions, search_people, suggest

SHOWS = ("works", "people", "structures", "picked")
FORMATS = {"bibtex": "bib", "ris": "ris", "csv": "csv", "json": "json", "atom": "atom"}
SUGGESTED = {"database": "databases", "person": "people", "institution": "structures", "topic": "topics"}
NAMED = ("topics", "people", "structures")
EVIDENCE = 5  # publications shown under a person or a structure
PEOPLE_SHOWN = 20


class SearchPage(Page):
    """One query; the filters count and keep what it found."""

    name = "recherche"
    facets = (*FACETS, *NAMED)
    selection: Found

    def select(self) -> Found:
        """Return what the query finds and the filters keep."""
        return Found(self.facts, self.state)

    def label(self, name: str, value: str) -> str:
        """Return what a filter's value is called."""
        return self.selection.name(name, value) if name in NAMED else super().label(name, value)

    def draw(self, selection: Selection) -> None:
        """Fill the box, what was understood of the query, and the results."""
        first = "results" not in self.fragments
        self.show("box", self.view.html("search_box", query=self.state.query))
        self.show("suggestions", "")
        self.show("understood", self._understood(self.selection))
        self.show("results", self._results(self.selection))
        if first:
            self._listen()

    def showing(self) -> str:
        """Return which results are shown: those chosen, else those that the question asks for."""
        if self.state.show in SHOWS:
            return self.state.show
        return asks_for(self.state.query) or "works"

    def _understood(self, selection: Found) -> str:
        answer = selection.answer
        problems = [(mark_spans(answer.query, [(one.start, one.end)]), one.text) for one in answer.problems]
        return self.view.html("understood", answer=answer, problems=problems)

    def _results(self, selection: Found) -> str:
        shown = self.showing()
        if shown in ("people", "structures"):
            content = self._owners(selection, shown)
        elif shown == "picked":
            found = search(self.atlas.keep(self.state.picked), "", limit=None, with_facets=False)
            content = self._works(found.hits, len(found.hits), 0, found.explanation if not found.hits else "")
        else:
            answer = selection.answer
            content = self._works(answer.hits, answer.total, selection.offset, answer.explanation)
        return self.view.html(
            "results",
            content=Markup(content),  # noqa: S704 - rendered by our templates
            shown=shown,
            shows=SHOWS,
            total=len(selection),
            sorts=tuple(SORTS),
            sort=selection.sort,
            picked=self.state.picked,
            formats=tuple(FORMATS),
        )

    def _works(self, hits: Sequence[Hit], total: int, offset: int, explanation: str) -> str:
        by_id = {hit.work_id: hit for hit in hits}
        rows = work_rows(self.atlas, list(by_id), self.acronyms)
        for row in rows:
            row.marked_title = Markup(by_id[row.work_id].title)  # noqa: S704 - escaped by the search engine
            row.excerpt = Markup(by_id[row.work_id].passage)  # noqa: S704 - escaped by the search engine
        size = PAGE_SIZE if total > len(hits) else max(1, total)
        return self.view.html(
            "hits", rows=rows, total=total, offset=offset, size=size, picked=self.state.picked, explanation=explanation
        )

    def _owners(self, selection: Found, shown: str) -> str:
        ask = search_people if shown == "people" else search_institutions
        found = ask(selection.filtered, self.state.query, limit=PEOPLE_SHOWN, language=self.state.language)
        wanted = [work for owner in found for work in owner.works[:EVIDENCE]]
        rows: dict[str, WorkRow] = {row.work_id: row for row in work_rows(self.atlas, wanted, self.acronyms)}
        page = "chercheurs" if shown == "people" else "structures"
        return self.view.html("owners", found=found, rows=rows, page=page, evidence=EVIDENCE, asked=self.state.query)

    def _listen(self) -> None:
        state, results = self.state, self.fragments["results"]
        self.fragments["box"].on("typing", self._suggest)
        for slot in ("box", "understood"):
            self.fragments[slot].on("search", lambda value, *_: self._ask(value))
        self.fragments["suggestions"].on("suggestion", lambda value, name, _: self._take(name, value))
        self.fragments["understood"].on("expansion", lambda value, *_: state.toggle("without", value))
        results.on("show", lambda value, *_: state.narrow(show="" if value == asks_for(state.query) else value))
        results.on("sort", lambda value, *_: state.narrow(sort="" if value == "relevance" else value))
        results.on("page", lambda value, *_: state.set_trait("offset", int(value) if value.isdigit() else 0))
        results.on("pick", lambda value, *_: self._pick(value))
        results.on("empty", lambda *_: state.narrow(picked=()))
        results.on("like", lambda value, *_: self._ask(f'comme:"{value}"'))
        results.on("export", lambda value, name, _: self._export(value, name))

    def _ask(self, query: str) -> None:
        self.state.narrow(query=query.strip()[:LONGEST_TEXT], show="", without=())

    def _suggest(self, value: str, *_: object) -> None:
        found = suggest(self.atlas, value, self.state.language) if value.strip() != self.state.query else []
        self.show("suggestions", self.view.html("suggestions", found=found, filters=SUGGESTED))

    def _take(self, name: str, value: str) -> None:
        """Replace what was typed by the filter that a suggestion names."""
        if name in SUGGESTED.values():
            kept = getattr(self.state, name)
            self.state.narrow(query="", show="", **{name: kept if value in kept else (*kept, value)})

    def _pick(self, value: str) -> None:
        offset = self.state.offset
        self.state.toggle("picked", value)
        self.state.offset = offset

    def _export(self, kind: str, scope: str) -> None:
        if kind not in FORMATS:
            return
        if scope == "picked":
            kept, asked = self.atlas.keep(self.state.picked), State(picked=self.state.picked).query_string()
        else:
            kept, asked = self.selection.atlas, self.state.query_string(picked=(), show="", offset=0)
        content = io.BytesIO()
        export(kept, kind, content, query=unquote_plus(asked))
        stem = re.sub(r"\W+", "-", self.state.query).strip("-").lower()[:40]
        name = "-".join(filter(None, ("carto", stem, date.today().isoformat()))) + f".{FORMATS[kind]}"
        self.fragments["results"].download(name, content.getvalue().decode("utf-8"))
