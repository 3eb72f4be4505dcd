"""*Qualité*: what the data are worth: how works were found and screened, what is known of them, the indicators."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd

from carto_lib import figures
from carto_lib.coverage import coverage
from carto_lib.errors import TableError
from carto_lib.i18n import translate
from carto_lib.indicators import INDICATORS
from carto_lib.pages.page import Page
from carto_lib.pages.selection import Selection
from carto_lib.tables import Corpus, TableFolder

MEASURED: dict[str, Callable[..., figures.Chart]] = {
    "flow": figures.flow_diagram,
    "confusion": figures.confusion_matrix,
    "reliability": figures.reliability_curve,
    "channels": figures.channels_upset,
    "queries": figures.query_versions,
}
PART = "validation"
SHOWN_ERRORS = 100


def quality_of(tables: TableFolder) -> dict[str, Any] | None:
    """Return what the evaluation measured of a corpus or of the atlas; None where it hasn't run.

    Raises
    ------
    TableError
        If the file can't be read.
    """
    try:
        content: dict[str, Any] = json.loads(tables.quality_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise TableError(f"{tables.quality_file} can't be read ({error}): run notebooks 2 and 4 again") from error
    return content


class QualityPage(Page):
    """What the evaluation measured (of the one database chosen, else of all), completeness, decisions, indicators."""

    name = "qualite"

    def draw(self, selection: Selection) -> None:
        """Fill the measures, then the tables."""
        self._measures()
        atlas, total = selection.atlas, len(selection)
        known = coverage(atlas, self.state.language).to_dict("records")
        decided = atlas.uses.groupby(["decided_by", "label"]).size()
        decisions = [
            (self.view.text(f"quality.by.{by}"), self.view.name("labels", label), int(count))
            for (by, label), count in decided.items()
        ]
        self.show("completeness", self.view.html("completeness", rows=known, total=total))
        self.show("decisions", self.view.html("decisions", rows=decisions, total=len(atlas.uses)))
        self.show("indicators", self.view.html("indicators", rows=self._indicators()))
        self.show_chart("access", figures.open_access(atlas, self.state.language))
        self.show_chart("languages", figures.languages(atlas, self.state.language))

    def _measures(self) -> None:
        """Fill what the evaluation wrote beforehand; the page computes no figure."""
        chosen = self.state.databases[0] if len(self.state.databases) == 1 else ""
        quality = self._quality(chosen)
        name = self.acronyms.get(chosen, chosen)
        self.show("scope", self.view.html("quality_scope", title=name, database=chosen, measured=quality is not None))
        for slot, draw in MEASURED.items():
            self.show_chart(slot, draw(quality or _NOTHING, self.state.language))
        screening = (quality or _NOTHING)["screening"][PART]
        self.show("measures", self.view.html("quality_measures", rows=self._shares(screening)))
        self.show("recall", self.view.html("quality_recall", quality=quality or _NOTHING, percent=self._percent))
        errors = [error | {"answer": error["answer"] or {}} for error in screening["errors"][:SHOWN_ERRORS]]
        found = {"total": screening["n"], "all": len(screening["errors"])}
        self.show("errors", self.view.html("quality_errors", errors=errors, acronyms=self.acronyms, **found))

    def _quality(self, database: str) -> dict[str, Any] | None:
        return quality_of(Corpus.of(self.atlas.path.parent, database) if database else self.atlas)

    def _shares(self, screening: dict[str, Any]) -> list[tuple[str, str, str, str]]:
        """Return the shares measured: name, value, interval, counts; a share of under five works has counts only."""
        on, quoted, uses = screening["on_database"], screening["quotations"], screening["uses"]
        shares = {"sensitivity_quoted": quoted["sensitivity"], "precision_quoted": quoted["precision"]}
        shares |= {"sensitivity_all": on["sensitivity"], "precision_all": on["precision"]}
        shares |= {"sensitivity_uses": uses["sensitivity"], "precision_uses": uses["precision"]}
        rows = []
        for name, share in (shares | {"review": screening["review"]}).items():
            known = share["value"] is not None
            value = self._percent(share["value"]) if known else self.view.say("quality.measures.few")
            interval = f"{self._percent(share['low'])} – {self._percent(share['high'])}" if known else ""
            counts = f"{self.view.number(share['k'])} / {self.view.number(share['n'])}"
            rows.append((self.view.say(f"quality.measures.{name}"), value, interval, counts))
        return rows

    def _percent(self, value: float) -> str:
        return self._number(value, share=True)

    def _indicators(self) -> list[tuple[str, str, str, str, str]]:
        """Return the whole atlas's indicators: name, value, interval, denominator, why the value lacks."""
        table = self.atlas.optional("indicators")
        table = table[(table["database"] == "all") & (table["year"] == "all")]
        rows = []
        for row in table.itertuples():
            indicator = INDICATORS.get(str(row.name))
            if indicator is not None:
                share = indicator.is_proportion
                value, low, high = (self._number(one, share) for one in (row.value, row.low, row.high))
                interval = "" if pd.isna(row.low) else f"{low} – {high}"
                reason = (
                    "" if pd.isna(row.reason) else translate(f"indicators.reasons.{row.reason}", self.state.language)
                )
                among = f"n = {self._number(row.denominator)} · {indicator.denominator(self.state.language)}"
                value = str(int(row.value)) if indicator.kind == "last_year" and pd.notna(row.value) else value
                rows.append((indicator.title(self.state.language), value, interval, among, reason))
        return rows

    def _number(self, value: float, share: bool = False) -> str:
        if pd.isna(value):
            return "—"
        return f"{self.view.number(round(100 * value, 1))} %" if share else self.view.number(round(float(value), 3))


_SHARE: dict[str, Any] = {"k": 0, "n": 0, "value": None, "low": None, "high": None}
_SHARES = {"n": 0, "sensitivity": _SHARE, "precision": _SHARE}
_NOTHING: dict[str, Any] = {
    "flow": dict.fromkeys(("identified", "duplicates", "screened", "doubtful", "unlabelled", "unread"), 0)
    | {"included_by_person": 0}
    | {name: {} for name in ("sources", "excluded_by_machine", "excluded_by_person", "included")},
    "screening": {
        PART: {"on_database": _SHARES, "quotations": _SHARES, "uses": _SHARES, "review": _SHARE}
        | {"n": 0, "confusion": [], "reliability": [], "errors": []}
    },
    "queries": [],
    "channels": [],
    "recall": {"value": None, "reason": "not_harvested"},
    "nnr": {"value": None, "reason": "not_harvested"},
    "agreement": [],
    "disputed": 0,
}
