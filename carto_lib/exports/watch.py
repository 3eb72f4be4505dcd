"""What a run changed in a corpus: works that are new, changed, retracted or gone; listed, and as an Atom feed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from carto_lib.exports.content import Stamp
from carto_lib.exports.feed import write_atom
from carto_lib.tables import Atlas, Corpus, empty_table, to_json, write_atomically

LIST, FEED = "changes.json", "changes.atom"


@dataclass
class Changes:
    """Works by what became of them.

    Attributes
    ----------
    new, retracted, gone : list of str
        Identifiers of works. A work is retracted here when it wasn't before.
    changed : dict
        By work, the fields whose value differs.
    """

    new: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)
    retracted: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def told(self) -> list[str]:
        """Every work that a reader should see."""
        return sorted({*self.new, *self.changed, *self.retracted})


def compare_works(before: pd.DataFrame, after: pd.DataFrame) -> Changes:
    """Return what became of works between two tables *works*."""
    former, latter = (table.set_index("work_id").astype(object) for table in (before, after))
    changes = Changes(
        new=sorted(set(latter.index) - set(former.index)), gone=sorted(set(former.index) - set(latter.index))
    )
    common = former.index.intersection(latter.index).sort_values()
    one, other = former.loc[common], latter.loc[common, former.columns]
    differs = (one != other) & ~(one.isna() & other.isna())
    differs |= one.isna() != other.isna()
    for work_id in common[differs.fillna(True).any(axis=1)]:
        row = differs.loc[work_id].fillna(True)
        changes.changed[work_id] = sorted(row.index[row.astype(bool)])
    retracted = latter.index[latter["is_retracted"].fillna(False).astype(bool)]
    known = former.index[former["is_retracted"].fillna(False).astype(bool)]
    changes.retracted = sorted(set(retracted) - set(known))
    return changes


def works_before(corpus: Corpus) -> pd.DataFrame:
    """Return the works that a corpus holds before a run; none if it never ran."""
    return corpus.optional("works") if corpus.has("works") else empty_table("works")


def write_changes(corpus: Corpus, before: pd.DataFrame, runs: Path) -> Changes:
    """Write ``changes.json`` and the feed ``changes.atom`` of a corpus after a run.

    Parameters
    ----------
    corpus : Corpus
        After the run, enriched.
    before : DataFrame
        Its table *works* before the run.
    runs : Path
        Folder of the executed notebooks.
    """
    changes = compare_works(before, corpus.works)
    write_atomically(runs / LIST, lambda file: file.write((to_json(asdict(changes)) + "\n").encode()))
    view = Atlas(corpus.path).keep(changes.told)
    dates: Sequence[str] = corpus.records["retrieved_at"].dropna().tolist()
    stamp = Stamp.of(view, f"changes:{corpus.database}", max(dates, default=date.today().isoformat()))
    write_atomically(runs / FEED, lambda file: write_atom(view, stamp, file))
    return changes
