"""Judged texts: quotations kept out of the repository, and the embedded titles, as records to screen."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carto_lib.errors import FileFormatError
from carto_lib.text import title_key

FILES = ("passages.jsonl", "hard_negatives.jsonl", "hard_positives.jsonl")


@dataclass
class Case:
    """A record with what it should be answered.

    Attributes
    ----------
    work_id : str
        The work.
    title, text : str
        What is screened: the title, and the quotations one a paragraph.
    year : int or None
        Year of publication.
    truth : dict of str to str
        Label of each judged database.
    kind : str
        ``passage``, ``false_friend``, ``foreign``, ``other_source``, ``mention_only`` or ``hard_positive``.
    """

    work_id: str
    title: str
    year: int | None
    kind: str
    text: str = ""
    truth: dict[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return the record as ``carto scan`` reads it."""
        return {"id": self.work_id, "title": self.title, "abstract": self.text, "year": self.year}


def identify(row: dict[str, Any]) -> str:
    """Return the work id of a row with doi, pmid, title (or passage) and year."""
    if row.get("doi"):
        return f"doi:{row['doi'].lower()}"
    if row.get("pmid"):
        return f"pmid:{row['pmid']}"
    return f"title:{title_key(row.get('title') or row.get('passage') or '', row.get('year'))}"


def read_json_lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON lines file.

    Raises
    ------
    FileFormatError
        If the file is missing or a line is broken: the line is named.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise FileFormatError(f"{file} can't be read ({error.strerror}): set CARTO_SHARED") from error
    for number, line in enumerate(lines, 1):
        try:
            yield json.loads(line)
        except json.JSONDecodeError as error:
            raise FileFormatError(f"{file.name}, line {number}: broken JSON ({error.msg})") from error


def read_cases(publications: Path) -> list[Case]:
    """Return the cases of a folder: one for each work and kind, its quotations together.

    Parameters
    ----------
    publications : Path
        Folder that holds ``passages.jsonl``, ``hard_negatives.jsonl`` and ``hard_positives.jsonl``.
    """
    cases: dict[tuple[str, str], Case] = {}
    for name in FILES:
        for row in read_json_lines(publications / name):
            kind = row.get("kind", "passage")
            truth = row.get("expected") or {row["database"]: row["label"]}
            work_id = identify(row)
            case = cases.setdefault((work_id, kind), Case(work_id, row["title"] or "", row["year"], kind))
            if row["passage"] not in case.text:
                case.text = "\n\n".join(filter(None, [case.text, row["passage"]]))
            case.truth |= truth
    return list(cases.values())


def of_part(cases: Iterable[Case], part: str) -> list[Case]:
    """Return the cases of the derivation or of the validation part."""
    from carto_lib.evaluation.split import part_of

    return [case for case in cases if part_of(case.work_id) == part]
