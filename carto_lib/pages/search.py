"""*Recherche*: find publications, read why each was found, take them away."""

import io
import re

from markupsafe import Markup

from carto_lib.exports import export
from carto_lib.pages.page import Page
from carto_lib.pages.selection import Selection
from carto_lib.pages.works import work_rows
from carto_lib.search import SearchResults, search, search_ids

PAGE_SIZE = 20
SORTS = {"relevance": "relevance", "recent": "date"}
FORMATS = {"bibtex": "bib", "ris": "ris", "csv": "csv", "json": "json"}


class SearchPage(Page):
    """One query; the filters count and keep what it found."""

    name = "recherche"

    def prepare(self) -> None:
        """Read the tables and open the index."""
        super().prepare()
        self.picked: dict[str, None] = {}
        search(self.atlas, "", limit=1, with_facets=False)

    def select(self) -> Selection:
        """Return the works that the query finds and the filters keep."""
        query = self.state.query.strip()
        found = search_ids(self.atlas, query, language=self.state.language) if query else None
        return Selection(self.facts, self.state, found)

    def draw(self, selection: Selection) -> None:
        """Fill the box and the results."""
        first = "results" not in self.fragments
        offset = self.state.offset // PAGE_SIZE * PAGE_SIZE
        results = search(
            selection.atlas,
            self.state.query,
            sort=SORTS.get(self.state.sort, "relevance"),
            offset=offset,
            limit=PAGE_SIZE,
            language=self.state.language,
            with_facets=False,
        )
        self.show("box", self.view.html("search_box", query=self.state.query, results=results))
        self.show("results", self._results(results, offset))
        if first:
            self._listen()

    def _results(self, results: SearchResults, offset: int) -> str:
        hits = {hit.work_id: hit for hit in results.hits}
        rows = work_rows(self.atlas, list(hits), self.acronyms)
        for row in rows:
            row.marked_title = Markup(hits[row.work_id].title)  # noqa: S704 - escaped by the search engine
            row.excerpt = Markup(hits[row.work_id].passage)  # noqa: S704 - escaped by the search engine
        return self.view.html(
            "results",
            rows=rows,
            total=results.total,
            offset=offset,
            size=PAGE_SIZE,
            sorts=tuple(SORTS),
            sort=self.state.sort or "relevance",
            picked=self.picked,
            formats=tuple(FORMATS),
            explanation=results.explanation,
        )

    def _listen(self) -> None:
        box, results, state = self.fragments["box"], self.fragments["results"], self.state
        box.on("search", lambda value, *_: state.narrow(query=value.strip()[:500]))
        results.on("sort", lambda value, *_: state.narrow(sort="" if value == "relevance" else value))
        results.on("page", lambda value, *_: state.set_trait("offset", int(value) if value.isdigit() else 0))
        results.on("pick", self._pick)
        results.on("export", lambda value, name, _: self._export(value, name))

    def _pick(self, value: str, _: str, checked: bool) -> None:
        if checked:
            self.picked[value] = None
        else:
            self.picked.pop(value, None)
        self.draw(self.selection)

    def _export(self, kind: str, scope: str) -> None:
        if kind not in FORMATS:
            return
        kept = self.atlas.keep(self.picked) if scope == "picked" else self.selection.atlas
        content = io.BytesIO()
        export(kept, kind, content, query=self.state.query_string())
        stem = re.sub(r"\W+", "-", self.state.query).strip("-").lower()[:40]
        name = "-".join(filter(None, ("carto", stem))) + f".{FORMATS[kind]}"
        self.fragments["results"].download(name, content.getvalue().decode("utf-8"))
