"""``carto databases``: the registry, listed, checked and extended."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carto_lib.i18n import translate

if TYPE_CHECKING:
    from carto_lib.proposals import Proposal
    from carto_lib.registry.checks import Finding

UNCOVERED_SHOWN = 10

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
    from carto_lib.mentions import failing_examples, untried_friends
    from carto_lib.registry import load_registry
    from carto_lib.registry.checks import check_registry, closed_gaps, read_accepted

    registry, accepted = load_registry(), read_accepted()
    wanted = {registry[name].id for name in names or ()} or set(registry)
    findings = check_registry(registry, accepted, untried_friends(registry, registry))
    closed = [line for line in closed_gaps(accepted, findings) if line[0] in wanted or not names]
    findings = [finding for finding in findings if finding.database in wanted]
    for finding in sorted(findings, key=lambda found: (found.reason is not None, found.database, found.gap)):
        reason = finding.reason
        state = translate("registry.gap_accepted", reason=reason) if reason else translate("registry.gap_open")
        _print_gap(finding.gap, finding.database, finding.subject, state)
    for database, gap, subject in closed:
        _print_gap(gap, database, subject, translate("registry.gap_closed"))
    failures = failing_examples(registry, sorted(wanted))
    for failure in failures:
        answer = translate("registry.not_found" if failure.expected else "registry.not_refused")
        _print_gap("failing", failure.database, failure.text, answer)
    still_open = [finding for finding in findings if finding.reason is None]
    summary = [
        translate("registry.gaps_open", counts=_counted(still_open)),
        translate("registry.gaps_accepted", counts=_counted([found for found in findings if found.reason])),
        translate("registry.failing", n=len(failures)),
        translate("registry.read", n=len(wanted)),
    ]
    print("\n".join(summary), file=sys.stderr)
    if still_open or closed or failures:
        raise typer.Exit(1)


def _print_gap(gap: str, database: str, subject: str, state: str) -> None:
    print(f"{gap:<12} {database:<24} {subject} [{state}]")


def _counted(findings: list["Finding"]) -> str:
    from carto_lib.registry.checks import GAPS

    databases = {gap: [finding.database for finding in findings if finding.gap == gap] for gap in GAPS}
    return ", ".join(
        translate("registry.gap_count", gap=gap, n=len(found), databases=len(set(found)))
        for gap, found in databases.items()
    )


@databases.command(name="new")
def new(
    database: Annotated[str, typer.Argument(metavar="ID", help="Minuscules, chiffres et traits d'union.")],
    french: Annotated[str, typer.Option("--fr", help="Nom complet en français.")] = "",
    english: Annotated[str, typer.Option("--en", help="Nom complet en anglais.")] = "",
    acronym: Annotated[str, typer.Option("--acronym", help="Sigle, tel qu'imprimé.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Genre de base (claims, cohort, registry…).")] = "cohort",
    source: Annotated[str, typer.Option("--source", help="Page publique où ces noms se lisent.")] = "",
) -> None:
    """Écrire le fichier commenté d'une nouvelle base, et dire la suite.

    Exemple : carto databases new ma-cohorte --fr "Cohorte Exemple" --en "Example cohort" --acronym COEX
    """
    from carto_lib.registry.template import create_file

    acronym = acronym or database.upper()
    french = french or acronym
    file = create_file(database, french, english or french, acronym, kind, source)
    print(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)
    print(translate("registry.next", id=database), file=sys.stderr)


@databases.command(name="propose")
def propose(
    database: Annotated[str, typer.Argument(metavar="ID", help="La base à laquelle ces publications recourent.")],
    file: Annotated[Path, typer.Option("--from", help="Fichier bibliographique (.ris, .bib, .nbib, .csv, .jsonl…).")],
    limit: Annotated[int, typer.Option(min=1, help="Nombre de formes proposées.")] = 15,
) -> None:
    """Proposer des formes du nom, apprises d'une liste de publications connues.

    Exemple : carto databases propose hepather --from hepather.ris
    """
    from carto_lib.proposals import propose_names, without_form
    from carto_lib.registry import load_registry
    from carto_lib.settings import DEMO_FILE
    from carto_lib.sources.files import parse_file

    registry = load_registry()
    entry = registry[database]
    records = parse_file(file)
    proposals = propose_names(records, parse_file(DEMO_FILE), registry, limit)
    print(f"# {translate('registry.proposed', database=database, file=file.name)}")
    for form in proposals:
        owners = [owner for owner in form.owners if owner != entry.id]
        note = translate("registry.owned", owners=", ".join(owners)) if owners else ""
        known = entry.id in form.owners
        line = translate("registry.known", text=form.text) if known else f"  - {_as_name(form)}"
        print(f"{line}  # {_counts(form)}{note}")
    if not proposals:
        print(translate("registry.none_proposed"), file=sys.stderr)
    forms = [name.text for name in entry.names] + [form.text for form in proposals]
    _print_uncovered(without_form(records, forms), len(records))


def _as_name(form: "Proposal") -> str:
    """Write a proposal as a line of ``names:``, ready to be copied."""
    fields = {"text": form.text, "language": form.language, "kind": form.kind}
    fields |= {"needs_anchor": "true"} if form.needs_anchor else {}
    fields |= {"source": form.source} if form.source else {}
    quoted = (
        json.dumps(value, ensure_ascii=False) if key in ("text", "source") else value for key, value in fields.items()
    )
    return "{" + ", ".join(f"{key}: {value}" for key, value in zip(fields, quoted, strict=True)) + "}"


def _counts(form: "Proposal") -> str:
    counts = {"works": form.works, "listed": form.listed, "background": form.background, "others": form.others}
    return translate("registry.counted", "fr", **counts)


def _print_uncovered(titles: list[str], listed: int) -> None:
    """Say which publications of a list print none of the names, for a person to look for another one there."""
    if not titles:
        return
    print(translate("registry.uncovered", n=len(titles), listed=listed), file=sys.stderr)
    for title in titles[:UNCOVERED_SHOWN]:
        print(f"  {title}", file=sys.stderr)
    if len(titles) > UNCOVERED_SHOWN:
        print(f"  {translate('runs.more', n=len(titles) - UNCOVERED_SHOWN)}", file=sys.stderr)


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
