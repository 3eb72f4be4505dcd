"""Judged texts: quotations kept out of the repository, and the embedded titles, as records to screen."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from carto_lib.errors import FileFormatError
from carto_lib.evaluation.split import part_of
from carto_lib.journal import ADJUDICATION
from carto_lib.query import Document
from carto_lib.registry import Registry
from carto_lib.screening import read_judgements
from carto_lib.screening.judgements import every_label
from carto_lib.settings import DEMO_FILE, GOLD_FILE, shared_dir
from carto_lib.text import title_key

KEPT = ("uses", "describes")
PARTS = ("derivation", "validation")
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
        ``passage``, ``false_friend``, ``foreign``, ``other_source``, ``mention_only``, ``hard_positive``, ``embedded``
        or ``abstract``.
    affiliations, authors, pmid : str, tuple of str, str
        Those of the embedded corpus, empty elsewhere.
    """

    work_id: str
    title: str
    year: int | None
    kind: str
    text: str = ""
    truth: dict[str, str] = field(default_factory=dict)
    affiliations: str = ""
    authors: tuple[str, ...] = ()
    pmid: str = ""

    @property
    def document(self) -> Document:
        """Return the work as a query reads it."""
        return Document(f"{self.title}\n{self.text}", self.affiliations, self.authors)

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
            new = Case(work_id, row["title"] or "", row["year"], kind, pmid=row.get("pmid") or "")
            case = cases.setdefault((work_id, kind), new)
            if row["passage"] not in case.text:
                case.text = "\n\n".join(filter(None, [case.text, row["passage"]]))
            case.truth |= truth
    return list(cases.values())


def adjudicated(gold: Path = GOLD_FILE) -> dict[tuple[str, str], str]:
    """Return the labels that readers settled, in a gold file or the readings beside it, by work and database."""
    return {
        (row.work_id, row.database): row.label for row in every_label(gold).itertuples() if row.origin == ADJUDICATION
    }


def of_part(cases: Iterable[Case], part: str) -> list[Case]:
    """Return the cases of the derivation or of the validation part."""
    return [case for case in cases if part_of(case.work_id) == part]


def judged_cases(
    registry: Registry, gold: Path = GOLD_FILE, publications: Path | None = None, database: str | None = None
) -> dict[str, list[Case]]:
    """Return the judged works with a text to read: embedded titles and printed forms, and quotations where given.

    Parameters
    ----------
    registry : Registry
        The databases.
    gold : Path
        Labels (see `carto_lib.screening.read_judgements`); their texts are those of the embedded corpus.
    publications : Path, optional
        Folder of judged quotations, kept out of the repository; what readers settled holds over their labels.
    database : str, optional
        Only what was judged for this database.

    Returns
    -------
    dict of str to list of Case
        The cases of each database that has some, in order of work; the truth of a case is that database's label alone.

    Raises
    ------
    FileFormatError
        If a label is about a work that is in neither.
    """
    judged = read_judgements(gold, registry)
    if database is not None:
        judged = judged[judged["database"] == database]
    texts = {identify(row): row for row in read_json_lines(DEMO_FILE)}
    quotations = read_cases(publications) if publications else []
    quoted = {case.work_id for case in quotations}
    settled = adjudicated(gold)
    cases: dict[tuple[str, str], Case] = {}
    for row in judged[judged["label"] != ""].to_dict("records"):
        work, name = texts.get(row["work_id"]), row["database"]
        if work is None and row["work_id"] not in quoted:
            raise FileFormatError(
                f"{gold.name}, line {row['line']}: unknown work {row['work_id']!r}: it is not in {DEMO_FILE.name}"
            )
        if work is not None:
            cases[name, row["work_id"]] = _embedded(row["work_id"], work, name, row["label"])
    for case in quotations:
        for name, label in case.truth.items():
            if database in (None, name):
                former = cases.get((name, case.work_id), Case(case.work_id, "", None, ""))
                text = "\n\n".join(filter(None, [former.text, case.text]))
                truth = {name: settled.get((case.work_id, name), label)}
                pmid = case.pmid or former.pmid
                cases[name, case.work_id] = replace(
                    former, title=case.title, year=case.year, kind=case.kind, text=text, truth=truth, pmid=pmid
                )
    by_database: dict[str, list[Case]] = {}
    for name, work_id in sorted(cases):
        by_database.setdefault(name, []).append(cases[name, work_id])
    return by_database


def _embedded(work_id: str, row: dict[str, Any], database: str, label: str) -> Case:
    """Return a work of the embedded corpus as a case of one database: its title and the name forms it prints."""
    printed = "\n".join(row["names_printed"].get(database, []))
    authors, affiliations = tuple(row["authors"]), "\n".join(row["affiliations"])
    truth = {database: label}
    return Case(
        work_id, row["title"], row["year"], "embedded", printed, truth, affiliations, authors, row["pmid"] or ""
    )


def shared_publications() -> Path | None:
    """Return the folder of judged quotations (``CARTO_SHARED``/publications), or None where it is absent."""
    folder = shared_dir()
    return folder / "publications" if folder and (folder / "publications").is_dir() else None
