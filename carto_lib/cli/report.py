"""``carto report``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from carto_lib.cli.options import DataOption


def report(
    database: Annotated[str, typer.Argument(help="Identifiant de la base (voir `carto databases`).")],
    year: Annotated[int, typer.Option(help="Année de publication ; 0 : toutes.", min=0, max=2100)] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Dossier du rapport (défaut : reports/ parmi les données).")
    ] = None,
    formats: Annotated[str, typer.Option("--format", "-f", help="html, pdf, ou les deux.")] = "html,pdf",
    language: Annotated[str, typer.Option(help="Langue : fr ou en.")] = "fr",
    data: DataOption = None,
) -> None:
    """Imprimer le rapport d'une base : HTML et PDF, chaque figure à part en SVG et PNG.

    Exemple : carto report snds --year 2023 -o rapports
    """
    from carto_lib.i18n import LANGUAGES
    from carto_lib.report import FORMATS, NO_BROWSER, Report, find_browser, to_html, to_pdf
    from carto_lib.runner import run_notebook
    from carto_lib.settings import data_dir

    wanted = tuple(name.strip() for name in formats.split(","))
    if unknown := [name for name in wanted if name not in FORMATS]:
        raise typer.BadParameter(f"{', '.join(unknown)} ; formats : {', '.join(FORMATS)}", param_hint="--format")
    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language!r} ; langues : {', '.join(LANGUAGES)}", param_hint="--language")
    folder = (data or data_dir()).resolve()
    asked = Report(database, year, data=folder, language=language)
    name = f"{asked.database.id}-{year}" if year else asked.database.id
    target = (output or folder / "reports").resolve()
    pictures = target / name
    parameters = {"database": asked.database.id, "year": year, "data": str(folder), "language": language}
    executed = run_notebook("report", parameters | {"pictures": str(pictures)}, pictures)
    page = target / f"{name}.html"
    to_html(executed, page, asked.title, language)
    made = [page]
    if "pdf" in wanted and (find_browser() or "html" not in wanted):
        to_pdf(page, target / f"{name}.pdf")
        made.append(target / f"{name}.pdf")
    elif "pdf" in wanted:
        print(f"carto : {NO_BROWSER}", file=sys.stderr)
    if "html" not in wanted:
        page.unlink()
        made.remove(page)
    for file in made:
        print(file)


def register(app: typer.Typer) -> None:
    """Add this module's command to the ``carto`` command."""
    app.command()(report)
