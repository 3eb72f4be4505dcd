"""``carto databases``: the registry, listed, checked and extended."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from carto_lib.registry.checks import Finding

databases = typer.Typer()


@databases.callback(invoke_without_command=True)
def list_databases(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Une liste JSON, tous les champs.")] = False,
) -> None:
    """Lister les bases du registre, les vérifier, en ajouter.

    Exemple : carto databases --json
    """
    if context.invoked_subcommand is not None:
        return
    from carto_lib.registry import load_registry

    registry = load_registry()
    if as_json:
        entries = [database.model_dump(mode="json", by_alias=True) for database in registry.values()]
        print(json.dumps(entries, ensure_ascii=False, indent=2))
        return
    width = max(map(len, registry))
    for database in registry.values():
        print(f"{database.id:<{width}}  {database.kind:<12}  {database.name.fr}")


@databases.command(name="check")
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Identifiants (défaut : toutes les bases).")] = None,
) -> None:
    """Dire ce qui n'est pas sourcé, pas testé, ou commun à deux bases, et passer les exemples au repérage.

    1 en sortie s'il reste un manque ouvert ou un exemple en échec. Un manque accepté a sa ligne, avec sa raison, dans
    data/accepted_gaps.csv.

    Exemple : carto databases check snds rein
    """
    from carto_lib.mentions import failing_examples
    from carto_lib.registry import load_registry
    from carto_lib.registry.checks import check_registry, closed_gaps, read_accepted

    registry, accepted = load_registry(), read_accepted()
    wanted = {registry[name].id for name in names or ()} or set(registry)
    findings = check_registry(registry, accepted)
    closed = [line for line in closed_gaps(accepted, findings) if not names or line[0] in wanted]
    findings = [finding for finding in findings if finding.database in wanted]
    for finding in sorted(findings, key=lambda found: (found.reason is not None, found.database, found.gap)):
        state = f"accepté : {finding.reason}" if finding.reason else "ouvert"
        print(f"{finding.gap:<12} {finding.database:<24} {finding.subject} [{state}]")
    for database, gap, subject in closed:
        print(f"{gap:<12} {database:<24} {subject} [comblé : retirez sa ligne de data/accepted_gaps.csv]")
    failures = failing_examples(registry, sorted(wanted))
    for failure in failures:
        answer = "à repérer, ne l'est pas" if failure.expected else "à refuser, est repéré"
        print(f"{'failing':<12} {failure.database:<24} {failure.text} [{answer}]")
    still_open = [finding for finding in findings if finding.reason is None]
    for title, some in (("ouverts", still_open), ("acceptés", [f for f in findings if f.reason])):
        print(f"manques {title} : {_summary(some)}", file=sys.stderr)
    print(f"exemples en échec : {len(failures)}", file=sys.stderr)
    print(f"{len(wanted)} bases lues sans erreur", file=sys.stderr)
    if still_open or closed or failures:
        raise typer.Exit(1)


def _summary(findings: list["Finding"]) -> str:
    from carto_lib.registry.checks import GAPS

    databases = {gap: [finding.database for finding in findings if finding.gap == gap] for gap in GAPS}
    return ", ".join(f"{gap} {len(found)} (bases : {len(set(found))})" for gap, found in databases.items())


@databases.command(name="new")
def new(
    database: Annotated[str, typer.Argument(metavar="ID", help="Minuscules, chiffres et traits d'union.")],
    french: Annotated[str, typer.Option("--fr", help="Nom complet en français.")] = "",
    english: Annotated[str, typer.Option("--en", help="Nom complet en anglais.")] = "",
    acronym: Annotated[str, typer.Option("--acronym", help="Sigle, tel qu'imprimé.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Genre de base (claims, cohort, registry…).")] = "cohort",
) -> None:
    """Écrire le fichier commenté d'une nouvelle base, et dire la suite.

    Exemple : carto databases new ma-cohorte --fr "Cohorte Exemple" --en "Example cohort" --acronym COEX
    """
    from carto_lib.registry.template import create_file

    acronym = acronym or database.upper()
    french = french or acronym
    file = create_file(database, french, english or french, acronym, kind)
    print(file)
    print(
        f"Ensuite : 1. complétez ce fichier ; 2. carto databases propose {database} --from publications.ris ;\n"
        f"3. carto databases check {database} ; 4. carto run {database}. Voir docs/ajouter-une-base.md.",
        file=sys.stderr,
    )


@databases.command(name="propose")
def propose(
    database: Annotated[str, typer.Argument(metavar="ID", help="La base à laquelle ces publications recourent.")],
    file: Annotated[Path, typer.Option("--from", help="Fichier bibliographique (.ris, .bib, .nbib, .csv, .jsonl…).")],
    limit: Annotated[int, typer.Option(min=1, help="Nombre de formes proposées.")] = 15,
) -> None:
    """Proposer des formes du nom, apprises d'une liste de publications connues.

    Exemple : carto databases propose hepather --from hepather.ris
    """
    from carto_lib.proposals import propose_names
    from carto_lib.registry import load_registry
    from carto_lib.settings import DEMO_FILE
    from carto_lib.sources.files import parse_file

    registry = load_registry()
    entry = registry[database]
    records = parse_file(file)
    proposals = propose_names(records, parse_file(DEMO_FILE), registry, limit)
    print(f"# {database} : formes fréquentes dans {file.name}, rares dans les autres publications de démonstration")
    for form in proposals:
        owners = [owner for owner in form.owners if owner != entry.id]
        note = f" ; déjà un nom de {', '.join(owners)}" if owners else " ; déjà connue" if form.owners else ""
        fields = f"{{text: {json.dumps(form.text, ensure_ascii=False)}, kind: {form.kind}}}"
        counts = f"{form.works} / {form.listed} publications, ailleurs {form.background} / {form.others}"
        print(f"  - {fields}  # {counts}{note}")
    if not proposals:
        print("aucune forme assez fréquente : donnez plus de publications, avec leurs résumés", file=sys.stderr)


@databases.command(name="import")
def import_catalogue(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="DDI-Codebook 2.5 (.xml) ou liste du HDH (.csv).")
    ],
) -> None:
    """Ébaucher ou compléter des fichiers du registre d'après un catalogue public (FReSH, PEF, HDH).

    Un champ déjà rempli n'est jamais changé : ce que le catalogue dit d'autre est écrit à l'écran.

    Exemple : carto databases import FRESH-PEF73040-fr.xml catalogue-hdh.csv
    """
    from carto_lib.drafts import write_draft
    from carto_lib.portals import read_studies
    from carto_lib.registry import load_registry

    studies = [study for file in files for study in read_studies(file)]
    said = {"new": "ébauche", "completed": "complété", "unchanged": "inchangé"}
    for study in studies:
        draft = write_draft(study, load_registry())
        print(f"{said[draft.status]:<9} {draft.file.name}  {', '.join(draft.added)}".rstrip())
        for difference in draft.differences:
            print(f"          {difference}")


def register(app: typer.Typer) -> None:
    """Add this module's commands to the ``carto`` command."""
    app.add_typer(databases, name="databases")
