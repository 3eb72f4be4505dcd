"""The sections of a report, each an HTML part that says what it counts and of how many."""

import json
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from IPython.display import HTML
from markupsafe import Markup

from carto_lib import figures
from carto_lib.errors import CartoError
from carto_lib.exports.watch import LIST
from carto_lib.networks import Network, build_coauthorship_network
from carto_lib.pages.page import HARVESTED
from carto_lib.pages.picture import colour_of, svg
from carto_lib.pages.render import Renderer
from carto_lib.pages.works import work_rows
from carto_lib.registry import load_registry
from carto_lib.report.drawing import draw
from carto_lib.settings import data_dir
from carto_lib.tables import Atlas, Corpus

CHARTS: dict[str, tuple[Callable[..., figures.Chart], int]] = {
    "years": (figures.uses_per_year, 370),
    "institutions": (figures.top_institutions, 345),
    "people": (figures.top_authors, 345),
    "regions": (figures.regions_map, 385),
    "cities": (figures.cities_map, 385),
    "topics": (figures.topics_bars, 385),
    "access": (figures.open_access, 300),
}
EVERY_YEAR = ("years",)
FLOW_HEIGHT = 560
WORKS_LISTED = 500
PEOPLE_DRAWN = 150
GROUPS_NAMED = 8
CHANGES_LISTED = 10
PART = "validation"
SHARES = ("sensitivity", "precision")


class Report:
    """What a holder reads about one database, for one year or for all.

    Parameters
    ----------
    database : str
        Its id in the registry.
    year : int
        Year of publication; 0 for all years, works of unknown year included.
    data : path, optional
        The folder that holds ``atlas/`` and ``corpora/``; by default what ``CARTO_DATA`` says.
    language : str
        ``"fr"`` or ``"en"``.
    pictures : path, optional
        Where to keep each figure as SVG and PNG; nowhere by default.

    Raises
    ------
    CartoError
        If the database is unknown, the atlas holds no work of it, or none of that year.
    """

    def __init__(
        self,
        database: str,
        year: int = 0,
        *,
        data: str | Path | None = None,
        language: str = "fr",
        pictures: str | Path | None = None,
    ) -> None:
        self.data = Path(data or data_dir())
        self.database = load_registry()[database]
        self.year = year
        self.view = Renderer(language)
        self.pictures = Path(pictures) if pictures else None
        self.whole = Atlas(self.data / "atlas")
        self.every_year = self._every_year()
        self.atlas = self.every_year.select(years=(year, year)) if year else self.every_year
        if self.atlas.works.empty:
            known = self.every_year.works["year"].dropna()
            span = f"those known are of {known.min()} to {known.max()}" if len(known) else "no year is known"
            raise CartoError(f"no work of {year} on {self.database.id} in {self.whole.path}: {span}")
        names = self.whole.databases
        self.acronyms = dict(zip(names["database"], names["acronym"].fillna(names["database"]), strict=True))

    def _every_year(self) -> Atlas:
        name = self.database.id
        known = name in set(self.whole.databases["database"])
        view = self.whole.select(databases=[name]) if known else self.whole.keep([])
        if view.works.empty:
            raise CartoError(f"no work on {name} in {self.whole.path}: run `carto run {name}`, then `carto atlas`")
        return view

    @property
    def title(self) -> str:
        """The database's short name and the year."""
        return f"{self.database.short_name} · {self.year or self.view.say('reports.all_years')}"

    def cover(self) -> HTML:
        """Show the title, what the database is, and the numbers that come first."""
        atlas, say = self.atlas, self.view.say
        uses = atlas.uses
        confirmed = uses.loc[(uses["label"] == "uses") & (uses["decision"] == "accepted"), "work_id"].nunique()
        answers = self.every_year.records["retrieved_at"].dropna() if self.every_year.has("records") else []
        harvested = self.whole.optional("provenance")["source"]
        numbers = {
            "works": len(atlas.works),
            "confirmed": confirmed,
            "people": atlas.authorships["author_id"].nunique(),
            "structures": atlas.affiliations["institution_id"].nunique(),
            "undated": int(self.every_year.works["year"].isna().sum()),
        }
        return self._section(
            "cover",
            title=self.title,
            full_name=getattr(self.database.name, self.view.language),
            facts=self._facts(),
            numbers=[(say(f"reports.numbers.{key}"), number) for key, number in numbers.items()],
            latest=max(answers, default=""),
            version=version("carto-sante"),
            sample=len(self.whole.works) if not harvested.isin(HARVESTED).any() else 0,
        )

    def _facts(self) -> list[tuple[str, str]]:
        entry, say = self.database, self.view.say
        period = entry.period and f"{entry.period.from_} – {entry.period.to or say('reports.today')}"
        facts = {
            "kind": self.view.say(f"databases.kind.{entry.kind}"),
            "holder": entry.holder and entry.holder.name,
            "period": period,
            "part_of": entry.part_of and self.acronyms.get(entry.part_of, entry.part_of),
            "hosted": entry.hosted_by_hdh and f"{entry.hosted_by_hdh.since.isoformat()} ({entry.hosted_by_hdh.act})",
        }
        return [(say(f"reports.facts.{key}"), str(text)) for key, text in facts.items() if text]

    @cached_property
    def charts(self) -> dict[str, figures.Chart]:
        """Every chart of the report, by name."""
        drawn = {
            name: make(self.every_year if name in EVERY_YEAR else self.atlas, self.view.language)
            for name, (make, _) in CHARTS.items()
        }
        return drawn | ({"flow": figures.flow_diagram(self.measured, self.view.language)} if self.measured else {})

    @cached_property
    def drawings(self) -> dict[str, str]:
        """Every chart drawn, all in one go: a browser takes a second to start."""
        heights = {name: height for name, (_, height) in CHARTS.items()} | {"flow": FLOW_HEIGHT}
        return draw(self.charts, heights, self.pictures)

    @cached_property
    def measured(self) -> dict[str, Any]:
        """What notebook 2 measured on the database's corpus; empty where it hasn't run."""
        return _read_json(Corpus.of(self.data, self.database.id).quality_file)

    def figure(self, *names: str) -> HTML:
        """Show some charts, each with its number and the sentence that says it."""
        shown = [(self.charts[name], Markup(self.drawings[name])) for name in names]  # noqa: S704 - drawn by us
        return self._section("figures", heading=self.view.say(f"reports.headings.{names[0]}"), charts=shown)

    def network(self) -> HTML:
        """Show who signs with whom: the people of most works, so that the picture stays readable."""
        network = build_coauthorship_network(self.atlas)
        shown = network.readable(PEOPLE_DRAWN)
        groups = shown.nodes.groupby("community").agg(label=("community_label", "first"), people=("id", "size"))
        say = self.view.say
        picture = svg(shown.nodes, shown.edges, say("reports.headings.network")) if len(shown.nodes) else ""
        if self.pictures and picture:
            (self.pictures / "network.svg").write_text(str(picture), encoding="utf-8")
        return self._section(
            "network",
            picture=Markup(picture),  # noqa: S704 - escaped by svg
            counts=say("reports.drawn", drawn=len(shown.nodes), all=len(network.nodes), links=len(shown.edges)),
            notes=network.notes(self.view.language),
            groups=[(colour_of(key), row.label, int(row.people)) for key, row in groups.head(GROUPS_NAMED).iterrows()],
            central=[(row.label, int(row.size_)) for row in _largest(shown)],
        )

    def quality(self) -> HTML:
        """Show how works were found and screened, and with which measured quality."""
        part = self.measured.get("screening", {}).get(PART, {}).get("on_database", {})
        shares = [(self.view.say(f"quality.measures.{name}_all"), part[name]) for name in SHARES if name in part]
        flow = (self.charts["flow"], Markup(self.drawings["flow"])) if self.measured else None  # noqa: S704
        return self._section("quality", flow=flow, shares=shares, percent=self._percent, database=self.database.id)

    def changes(self) -> HTML:
        """Show what the last run changed in the corpus: new, changed, retracted, gone."""
        corpus = Corpus.of(self.data, self.database.id)
        found = _read_json(corpus.path / "runs" / LIST)
        titles = corpus.works.set_index("work_id")["title"] if corpus.has("works") else {}
        kinds = [
            (kind, len(found[kind]), [titles.get(one) or one for one in list(found[kind])[:CHANGES_LISTED]])
            for kind in ("new", "changed", "retracted", "gone")
            if found
        ]
        return self._section("changes", kinds=kinds)

    def publications(self) -> HTML:
        """Show the works, most recent first."""
        works = self.atlas.works.sort_values(["year", "work_id"], ascending=[False, True], na_position="last")
        rows = work_rows(self.atlas, list(works["work_id"].head(WORKS_LISTED)), self.acronyms)
        return self._section("publications", rows=rows, total=len(works), database=self.database.id)

    def method(self) -> HTML:
        """Show how the report was made and what it can't say."""
        acknowledgement = self.database.acknowledgement or ""
        return self._section("method", version=version("carto-sante"), acknowledgement=acknowledgement)

    def _section(self, template: str, **values: Any) -> HTML:
        return HTML(self.view.html(f"report/{template}", year=self.year, **values))

    def _percent(self, value: float) -> str:
        return f"{self.view.number(round(100 * value, 1))} %"


def _largest(network: Network) -> list[Any]:
    return list(network.most_central("size", 10).rename(columns={"size": "size_"}).itertuples())


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CartoError(f"{file} can't be read ({error}): run `carto run` on the database again") from error
    return content
