"""The works that a state keeps, and what each filter would keep: counts computed once a change."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from carto_lib.figures.counting import pairs_of
from carto_lib.openness import OPEN_COLOURS, chosen_access
from carto_lib.pages.state import UNKNOWN, State
from carto_lib.tables import Atlas

RELATED = ("uses", "describes", "mentions")


@dataclass(frozen=True)
class Facet:
    """One choice of a filter: its value, the works it would keep, whether it is chosen."""

    value: str
    works: int
    chosen: bool


class Facts:
    """The atlas's filterable facts, prepared once for a page: one row a work, one column a filter."""

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        works = atlas.works
        self.ids = pd.Index(works["work_id"])
        self._orders: dict[str, np.ndarray] = {}
        self.years = works["year"].astype("float64").to_numpy()
        uses = atlas.optional("uses")
        self.uses = uses[["database", "label"]].astype("category").assign(row=atlas.places("uses"))
        columns = {"types": works["type"], "languages": works["language"], "access": self._access()}
        self.columns = {name: values.fillna(UNKNOWN).astype("category") for name, values in columns.items()}

    def _access(self) -> pd.Series:
        colours = chosen_access(self.atlas.optional("access"))["oa_colour"]
        return colours.reindex(self.ids).reset_index(drop=True)

    @cached_property
    def uses_with_parts(self) -> pd.DataFrame:
        """Return the uses of each database and of its parts, each work once a database and label."""
        held = {name: self.atlas.with_parts([name]) for name in self.atlas.databases["database"]}
        pairs = [(whole, part) for whole, parts in held.items() for part in parts]
        wholes = pd.DataFrame(pairs, columns=["whole", "database"])
        uses = self.uses.merge(wholes, on="database").drop(columns="database")
        return uses.rename(columns={"whole": "database"}).drop_duplicates(ignore_index=True)

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Return the pairs (row of the work, French region of one of its institutions), each once."""
        pairs = pairs_of(self.atlas, "region")
        return pd.DataFrame({"row": pairs.work, "region": pd.Categorical.from_codes(pairs.value, pairs.names)})

    def order(self, sort: str) -> np.ndarray:
        """Return the rows of works in an order: ``recent`` or ``oldest`` first, or by ``title``; unknown years last."""
        if sort not in self._orders:
            works = self.atlas.works[["work_id", "year", "title"]]
            if sort == "title":
                works = works.assign(key=works["title"].fillna("").str.casefold()).sort_values(["key", "work_id"])
            else:
                works = works.sort_values(["year", "work_id"], ascending=[sort == "oldest", True], na_position="last")
            self._orders[sort] = works.index.to_numpy()
        return self._orders[sort]


class Selection:
    """The works that the filters of a state keep, among those found where a query was asked."""

    def __init__(self, facts: Facts, state: State, found: Iterable[str] | None = None) -> None:
        self.facts = facts
        self.state = state
        self.found = None if found is None else list(found)
        self.uses = facts.uses_with_parts if state.parts else facts.uses
        everything = pd.Series(True, index=range(len(facts.ids)))
        self._masks = {name: mask for name in _DIMENSIONS if (mask := self._mask(name)) is not None}
        self.mask = everything
        for mask in self._masks.values():
            self.mask = self.mask & mask

    def _mask(self, name: str) -> pd.Series | None:
        state, facts = self.state, self.facts
        if name == "found":
            return None if self.found is None else self._rows(pd.Series(facts.ids.get_indexer(self.found)))
        if name == "uses":
            if not state.databases and not state.labels:
                return None
            uses = self.uses
            kept = uses["label"].isin(state.labels or RELATED)
            if state.databases:
                kept &= uses["database"].isin(state.databases)
            return self._rows(uses.loc[kept, "row"])
        if name == "years":
            if not state.years:
                return None
            first, last = state.years
            return pd.Series((facts.years >= first) & (facts.years <= last))
        if name == "regions":
            return (
                self._rows(facts.regions.loc[facts.regions["region"].isin(state.regions), "row"])
                if state.regions
                else None
            )
        chosen = getattr(state, name)
        if "open" in chosen and name == "access":
            chosen = (*chosen, *OPEN_COLOURS)
        return facts.columns[name].isin(chosen) if chosen else None

    def _rows(self, rows: pd.Series) -> pd.Series:
        mask = np.zeros(len(self.facts.ids), dtype=bool)
        mask[rows] = True
        return pd.Series(mask)

    def _without(self, name: str) -> pd.Series:
        mask = pd.Series(True, index=range(len(self.facts.ids)))
        for other, one in self._masks.items():
            if other != name:
                mask = mask & one
        return mask

    def __len__(self) -> int:
        return int(self.mask.sum())

    @cached_property
    def work_ids(self) -> frozenset[str]:
        """The identifiers of the works kept."""
        return frozenset(self.facts.ids[self.mask.to_numpy()])

    @cached_property
    def atlas(self) -> Atlas:
        """The atlas narrowed to the works kept; the atlas itself where no filter is set."""
        if not self._masks:
            return self.facts.atlas
        return self.facts.atlas.keep_rows(self.mask.to_numpy(), self._databases_kept or None)

    @property
    def _databases_kept(self) -> tuple[str, ...]:
        """The databases chosen, with their parts where these count."""
        chosen = self.state.databases
        return self.facts.atlas.with_parts(chosen) if self.state.parts else chosen

    def ordered(self, sort: str, first: int, count: int) -> list[str]:
        """Return the identifiers of some works kept, from the `first` one in an order of `Facts.order`."""
        order = self.facts.order(sort)
        return list(self.facts.ids[order[self.mask.to_numpy()[order]][first : first + count]])

    @cached_property
    def uses(self) -> pd.DataFrame:
        """What the works kept do with the databases kept: columns database, label, row of the work."""
        uses = self.facts.uses[self.mask.to_numpy()[self.facts.uses["row"]]]
        return uses[uses["database"].isin(self._databases_kept)] if self.state.databases else uses

    @cached_property
    def unknown_years(self) -> int:
        """How many works kept have no known year."""
        return int((self.mask.to_numpy() & pd.isna(self.facts.years)).sum())

    def facets(self, name: str) -> list[Facet]:
        """Return the choices of a filter, most works first, each counted under the other filters.

        Parameters
        ----------
        name : str
            ``databases``, ``labels``, ``types``, ``languages``, ``access`` or ``regions``.
        """
        chosen = getattr(self.state, name)
        if name in ("databases", "labels"):
            uses = self.uses[self._without("uses").to_numpy()[self.uses["row"]]]
            if name == "databases":
                uses = uses[uses["label"].isin(self.state.labels or RELATED)]
            elif self.state.databases:
                uses = uses[uses["database"].isin(self.state.databases)]
            column = "database" if name == "databases" else "label"
            counts = uses.drop_duplicates(["row", column])[column].value_counts()
        elif name == "regions":
            kept = self._without(name).to_numpy()[self.facts.regions["row"]]
            counts = self.facts.regions.loc[kept, "region"].value_counts()
        else:
            counts = self.facts.columns[name][self._without(name).to_numpy()].value_counts()
        found = {str(value): int(count) for value, count in counts.items() if count}
        found |= {value: 0 for value in chosen if value not in found}
        ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        return [Facet(value, count, value in chosen) for value, count in ordered]

    def year_bounds(self) -> tuple[int, int] | None:
        """Return the first and the last year of the whole atlas, or None where no year is known."""
        known = self.facts.years[~pd.isna(self.facts.years)]
        return (int(known.min()), int(known.max())) if len(known) else None


_DIMENSIONS = ("found", "uses", "years", "types", "languages", "access", "regions")
