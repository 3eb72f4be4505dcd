"""*Comparaison*: databases side by side on every indicator, and what each one's figures are worth."""

from typing import Any

import pandas as pd

from carto_lib import figures
from carto_lib.i18n import translate
from carto_lib.indicators import INDICATORS, Indicator
from carto_lib.pages.page import Page
from carto_lib.pages.quality import PART, quality_of
from carto_lib.pages.selection import Selection
from carto_lib.tables import Corpus

MOST, FIRST = 6, 4
SLOTS = tuple(f"multiple_{place}" for place in range(MOST))


class ComparisonPage(Page):
    """Up to six databases (``databases`` in the address), and the indicator drawn by year (``focus``)."""

    name = "comparaison"
    filtered = False

    def prepare(self) -> None:
        """Read the indicators, and rank the databases that may be chosen."""
        super().prepare()
        yearly = self.atlas.optional("indicators")
        self.values = yearly.set_index(["database", "year", "name"]).sort_index()
        ranked = self.atlas.databases.sort_values(["uses", "database"], ascending=[False, True])
        self.choices = ranked["database"].tolist()
        yearly = yearly[yearly["year"].str.isdigit() & yearly["value"].notna()]
        self.drawable = [name for name in INDICATORS if name in set(yearly["name"])]

    @property
    def compared(self) -> list[str]:
        """The databases compared: those of the address that the atlas has, else the most used."""
        known = [name for name in self.state.databases if name in self.acronyms]
        return known[:MOST] or self.choices[:FIRST]

    def draw(self, selection: Selection) -> None:
        """Fill the chooser, the caution, the small multiples and the table."""
        compared = self.compared
        drawn = self.state.focus if self.state.focus in self.drawable else next(iter(self.drawable), "works")
        new = "chooser" not in self.fragments
        chooser = self.show("chooser", self._chooser(compared, drawn))
        if new:
            chooser.on("add", lambda value, *_: self._compare([*self.compared, value]))
            chooser.on("remove", lambda value, *_: self._compare([one for one in self.compared if one != value]))
            chooser.on("indicator", lambda value, *_: self.state.narrow(focus=value))
        self.show("caution", self.view.html("comparison_caution", rows=[self._worth(one) for one in compared]))
        charts = figures.small_multiples(self.atlas, drawn, compared, self.state.language) if self.drawable else []
        for place, slot in enumerate(SLOTS):
            self.show_chart(slot, charts[place] if place < len(charts) else None)
        rows = [(one.title(self.state.language), self._cells(one, compared)) for one in INDICATORS.values()]
        names = [self.label("databases", one) for one in compared]
        self.show("side_by_side", self.view.html("comparison_table", names=names, rows=[r for r in rows if any(r[1])]))

    def notice(self) -> str:
        """Return what the visitor must know; the databases stand in the chooser, no other filter applies."""
        silent = {"empty": False, "chosen": [], "years": ()}
        total = len(self.facts.ids)
        return self.view.html("notice", sample=self.is_sample(), ignored=self.state.ignored, total=total, **silent)

    def _chooser(self, compared: list[str], drawn: str) -> str:
        others = [] if len(compared) >= MOST else [name for name in self.choices if name not in compared]
        return self.view.html(
            "comparison_chooser",
            compared=[(name, self.label("databases", name)) for name in compared],
            others=sorted(
                ((name, self.label("databases", name)) for name in others), key=lambda one: one[1].casefold()
            ),
            unknown=[name for name in self.state.databases if name not in self.acronyms],
            indicators=[(name, INDICATORS[name].title(self.state.language)) for name in self.drawable],
            drawn=drawn,
            warning=INDICATORS[drawn].warning(self.state.language),
            most=MOST,
        )

    def _compare(self, names: list[str]) -> None:
        self.state.narrow(databases=tuple(dict.fromkeys(name for name in names if name in self.acronyms)))

    def _cells(self, indicator: Indicator, compared: list[str]) -> list[tuple[str, str, str] | None]:
        """Return value, interval and n of an indicator for each database; nothing where no database has a value."""
        rows = [self._row(database, indicator.name) for database in compared]
        if all(row is None or pd.isna(row["value"]) for row in rows):
            return []
        return [self._cell(indicator, row) for row in rows]

    def _row(self, database: str, name: str) -> Any:
        key = (database, "all", name)
        return self.values.loc[key] if key in self.values.index else None

    def _cell(self, indicator: Indicator, row: Any) -> tuple[str, str, str] | None:
        if row is None or pd.isna(row["value"]):
            reason = None if row is None else row["reason"]
            said = translate(f"indicators.reasons.{reason}", self.state.language) if isinstance(reason, str) else ""
            return ("—", said, "")
        value = str(int(row["value"])) if indicator.kind == "last_year" else self._number(indicator, row["value"])
        bounds = [self._number(indicator, row[name]) for name in ("low", "high") if pd.notna(row[name])]
        among = "" if pd.isna(row["denominator"]) else f"n = {self.view.number(float(row['denominator']))}"
        return (value, " – ".join(bounds), among)

    def _number(self, indicator: Indicator, value: float) -> str:
        return self._percent(value) if indicator.is_proportion else self.view.number(round(float(value), 2))

    def _percent(self, share: float) -> str:
        return f"{self.view.number(round(100 * float(share), 1))} %"

    def _worth(self, database: str) -> tuple[str, list[str]]:
        """Return a database's name and what the evaluation measured of its corpus: precision, sensitivity, judged."""
        name = self.label("databases", database)
        quality = quality_of(Corpus.of(self.atlas.path.parent, database))
        if quality is None:
            return name, []
        screening = quality["screening"][PART]
        shares = [screening["on_database"]["precision"], screening["on_database"]["sensitivity"], quality["recall"]]
        return name, [*map(self._share, shares), self.view.number(screening["n"])]

    def _share(self, share: dict[str, Any]) -> str:
        if share.get("value") is None:
            return f"{share['k']} / {share['n']}" if share.get("n") else self.view.say("comparison.unmeasured")
        bounds = [self._percent(share[name]) for name in ("low", "high") if share.get(name) is not None]
        return self._percent(share["value"]) + (f" ({' – '.join(bounds)})" if bounds else "")
