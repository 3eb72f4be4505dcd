"""Gold labels by several annotators: their agreement, what to adjudicate, and their export as RIS or CSV."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
import rispy

from carto_lib.errors import CartoError
from carto_lib.evaluation.metrics import agreement
from carto_lib.screening.judgements import ADJUDICATION, COLUMNS, RIS_TAG
from carto_lib.tables import write_atomically


class PlainRis(rispy.RisWriter):
    """RIS without the running numbers that rispy writes before each reference: some readers refuse them."""

    def set_header(self, count: int) -> str:
        """Write nothing before a reference."""
        return ""


def annotators_agreement(labels: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the agreement of each two annotators on the pairs that both labelled.

    Parameters
    ----------
    labels : DataFrame
        Every label, as `carto_lib.screening.judgements.read_labels` returns them.

    Returns
    -------
    list of dict
        ``first``, ``second`` and the figures of `carto_lib.evaluation.metrics.agreement`.
    """
    own = labels[(labels["label"] != "") & (labels["origin"] != ADJUDICATION)]
    if own["annotator"].nunique() < 2:
        return []
    table = own.pivot_table(index=["work_id", "database"], columns="annotator", values="label", aggfunc="last")
    result = []
    for first, second in combinations(sorted(table.columns), 2):
        both = table[[first, second]].dropna()
        if len(both):
            result.append({"first": first, "second": second, **agreement(list(both[first]), list(both[second]))})
    return result


def to_adjudicate(labels: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs whose annotators disagree and that nobody has settled.

    Returns
    -------
    DataFrame
        Columns work_id, database, labels (``annotator: label``, in order of annotator).
    """
    rows = []
    given = labels[labels["label"] != ""]
    twice = given[given.duplicated(["work_id", "database"], keep=False)]
    for (work_id, database), pair in twice.groupby(["work_id", "database"], sort=True):
        if pair["label"].nunique() > 1 and not (pair["origin"] == ADJUDICATION).any():
            ordered = pair.sort_values("annotator")
            said = [f"{row.annotator}: {row.label}" for row in ordered.itertuples()]
            rows.append({"work_id": work_id, "database": database, "labels": ", ".join(said)})
    return pd.DataFrame(rows, columns=["work_id", "database", "labels"])


def export_gold(labels: pd.DataFrame, titles: dict[str, str], file: Path) -> None:
    """Write labels for another tool, in a form that `read_labels` reads back: RIS (the label in a note) or CSV.

    Parameters
    ----------
    labels : DataFrame
        Columns of the gold file.
    titles : dict of str to str
        Title of each work.
    file : Path
        ``.ris`` or ``.csv``.

    Raises
    ------
    CartoError
        If the file is of another kind.
    """
    if file.suffix == ".csv":
        table = labels[list(COLUMNS)].assign(title=labels["work_id"].map(titles))
        write_atomically(file, lambda stream: stream.write(table.to_csv(index=False, lineterminator="\n").encode()))
        return
    if file.suffix != ".ris":
        raise CartoError(f"gold labels are exported as .ris or .csv, not {file.name!r}: rename the file")
    entries = [
        {
            "type_of_reference": "JOUR",
            "id": row["work_id"],
            "title": titles.get(row["work_id"], ""),
            "notes": [f"{RIS_TAG}{name}={row[name]}" for name in COLUMNS[1:]],
        }
        for row in labels.to_dict("records")
    ]
    write_atomically(file, lambda stream: stream.write(rispy.dumps(entries, implementation=PlainRis).encode()))
