"""``carto scan``: texts in, uses out."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from carto_lib.errors import FileFormatError
from carto_lib.i18n import translate

ENGINES = ("local", "spark")
FILES = (".jsonl", ".ndjson", ".json", ".parquet")


def register(app: typer.Typer) -> None:
    """Add this module's commands to the ``carto`` command."""
    app.command("scan")(scan)


def scan(
    texts: Annotated[
        str, typer.Argument(metavar="[FILE]", help="JSON lines ou Parquet, ou leur dossier (défaut : entrée standard).")
    ] = "",
    output: Annotated[
        str,
        typer.Option("--output", "-o", help="Fichier .jsonl ou .parquet, ou dossier (défaut : sortie standard)."),
    ] = "",
    engine: Annotated[
        str, typer.Option(help="local (tous les cœurs) ou spark (pip install 'carto-sante\\[spark]').")
    ] = (ENGINES[0]),
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=0, help="Processus du moteur local (0 : un par cœur).")] = 0,
) -> None:
    """Dire quelles bases chaque texte utilise, décrit ou mentionne.

    Entrée : {id, title, abstract, text?, year?} par ligne (ou les colonnes d'un Parquet) ; titre et année peuvent
    être nuls. Sortie : {id, uses: [{database, label, decision, score, names, passage, rule, …}]}, ligne pour ligne.
    Un dossier donne un dossier, partie par partie : tué puis relancé, le moteur local reprend où il s'est arrêté.

    Exemple : echo '{"id": 1, "title": "A cohort study in the SNDS, France", "abstract": null}' | carto scan
    Exemple : carto scan textes/ -o reponses/ ; carto scan textes/ --engine spark -o reponses-spark/
    """
    if engine not in ENGINES:
        raise typer.BadParameter(f"no engine {engine}: choose local or spark")
    whole = bool(output) and Path(output).suffix not in FILES
    if engine == "spark":
        _scan_with_spark(texts, output, whole)
    else:
        _scan_here(Path(texts) if texts else None, Path(output) if output else None, whole, jobs)


def _scan_here(texts: Path | None, output: Path | None, whole: bool, jobs: int) -> None:
    from carto_lib.screening.batches import as_lines, write_answers
    from carto_lib.screening.engines import LocalEngine, find_parts

    if texts is not None and not texts.exists():
        raise FileFormatError(translate("runs.no_file", path=texts))
    folder = texts is not None and texts.is_dir()
    with LocalEngine(jobs) as local:
        if texts is not None and folder and output is not None and whole:
            done, kept = local.answer_folder(texts, output)
            print(f"parties écrites : {done} ; déjà là : {kept} ; {output}", file=sys.stderr)
            return
        answers = local.answer(find_parts(texts) if texts is not None and folder else [texts])
        if output is not None:
            write_answers(answers, output)
        else:
            for line in as_lines(answers):
                sys.stdout.write(f"{line}\n")


def _scan_with_spark(texts: str, output: str, whole: bool) -> None:
    from carto_lib.screening.batches import as_lines, write_answers
    from carto_lib.screening.spark import SparkEngine

    if not texts:
        raise typer.BadParameter("Spark reads files, not the standard input: give a file or a folder")
    if "://" not in texts and not Path(texts).exists():
        raise FileFormatError(translate("runs.no_file", path=texts))
    if whole and "://" not in output and Path(output).exists():
        raise FileFormatError(f"{output} exists already: give Spark a new folder")
    with SparkEngine() as spark:
        if whole:
            spark.answer_folder(texts, output)
        elif output:
            write_answers(spark.answer([texts]), Path(output))
        else:
            for line in as_lines(spark.answer([texts])):
                sys.stdout.write(f"{line}\n")
