"""The Health Data Hub's public register of projects, from a CSV file that a user downloads: project ↔ publication."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from carto_lib.errors import FileFormatError
from carto_lib.sources.fields import normal_doi
from carto_lib.text import fold

SCHEME, SOURCE = "hdh_project", "hdh_register"
_NUMBERS = ("numero", "identifiant", "reference", "n dossier", "id")
_TITLES = ("titre", "title", "intitule", "nom du projet")


@dataclass(frozen=True)
class Project:
    """One project: its number in the register, its title, the DOIs that its line holds."""

    identifier: str
    title: str
    dois: frozenset[str]


def load_projects(path: Path) -> list[Project]:
    """Read the register: any CSV with a column of numbers and one of titles, whatever the separator and the order.

    Raises
    ------
    FileFormatError
        If the file can't be read, or has no column of numbers or titles: its columns are named.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise FileFormatError(f"can't read {path} ({error.strerror}): check the path") from error
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", errors="replace")  # what a spreadsheet writes
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=head.count))
    columns = [name for name in reader.fieldnames or () if name]
    number, title = _column(columns, _NUMBERS, path), _column(columns, _TITLES, path)
    projects = []
    for line in reader:
        cells = [word for cell in line.values() if isinstance(cell, str) for word in cell.split()]
        dois = frozenset(doi for doi in map(normal_doi, cells) if doi)
        if line[number] and line[title]:
            projects.append(Project(line[number].strip(), " ".join(line[title].split()), dois))
    return projects


def _column(columns: list[str], wanted: tuple[str, ...], path: Path) -> str:
    """Return the first column whose name begins as wanted, the most telling names first."""
    for word in wanted:
        for column in columns:
            if fold(column).replace("°", "").startswith(word):
                return column
    raise FileFormatError(
        f"{path} has no column named {', '.join(wanted)}: it has {', '.join(columns) or 'none'}; rename one"
    )


def link_projects(projects: list[Project], works: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows of the table *trials*: a project and a work are tied by a DOI in its line, or by the same title."""
    by_doi = dict(zip(works["doi"], works["work_id"], strict=True))
    by_title: dict[str, list[str]] = {}
    for column in ("title", "title_original"):
        for work_id, title in works[["work_id", column]].dropna().itertuples(index=False):
            by_title.setdefault(_plain(title), []).append(work_id)
    rows = {}
    for project in projects:
        tied = {by_doi[doi] for doi in project.dois if doi in by_doi}
        tied |= set(by_title.get(_plain(project.title), ()))
        for work_id in sorted(tied):
            row = {"work_id": work_id, "scheme": SCHEME, "identifier": project.identifier, "title": project.title}
            rows[work_id, project.identifier] = row | {"source": SOURCE}
    return list(rows.values())


def _plain(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", fold(title.replace("’", "'"))).strip()
