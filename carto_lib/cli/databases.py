"""``carto databases``: the registry, listed, checked and extended."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carto_lib.cli.questions import ask, describe, in_terminal, keep
from carto_lib.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carto_lib.mentions.examples import Failure
    from carto_lib.proposals import Proposal
    from carto_lib.registry import NameForm, Registry
    from carto_lib.registry.checks import Finding

UNCOVERED_SHOWN = 30
TRIED_SHOWN = 5

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
    from carto_lib.registry.template import template_examples

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
        _print_gap("failing", failure.database, failure.text, _answer(failure))
    still_open = [finding for finding in findings if finding.reason is None]
    settled = [found for found in findings if found.reason]
    if settled:
        print(translate("registry.gaps_accepted", counts=_counted(settled)), file=sys.stderr)
    print(translate("registry.read", n=len(wanted)), file=sys.stderr)
    if still_open or closed or failures:
        print(translate("registry.gaps_open", counts=_counted(still_open)), file=sys.stderr)
        print(translate("registry.failing", n=len(failures)), file=sys.stderr)
        raise typer.Exit(1)
    for name in sorted(wanted):
        if count := template_examples(registry[name]):
            print(translate("registry.unchanged", database=name, n=count), file=sys.stderr)
    print(translate("registry.clean"), file=sys.stderr)


def _answer(failure: "Failure") -> str:
    said = [
        translate("registry.read_as", text=text, rule=translate(f"registry.rules.{rule}"))
        for text, rule in failure.read
    ]
    answer = translate("registry.not_found" if failure.expected else "registry.not_refused")
    return f"{answer} : {', '.join(said) or translate('registry.nothing_read')}"


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
    former: Annotated[str, typer.Option("--former", help="Autres noms, anciens, séparés par « ; ».")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Genre de base (cohorte, registre…).")] = "",
    holder: Annotated[str, typer.Option("--holder", help="Organisme responsable.")] = "",
    since: Annotated[str, typer.Option("--since", help="Première année couverte.")] = "",
    anchors: Annotated[str, typer.Option("--anchors", help="Mots qui accompagnent le nom, séparés par « ; ».")] = "",
    friends: Annotated[str, typer.Option("--friends", help="Autres sens du sigle, séparés par « ; ».")] = "",
    source: Annotated[str, typer.Option("--source", help="Page publique où ces faits se lisent.")] = "",
    file: Annotated[
        Path | None, typer.Option("--from", help="Publications connues, d'où apprendre les autres formes du nom.")
    ] = None,
) -> None:
    """Écrire le fichier d'une nouvelle base, avec les noms appris de ses publications.

    Dans un terminal, ce qui n'est pas donné est demandé, et chaque nom appris proposé.

    Exemple : carto databases new ma-cohorte --from publications.ris
    Exemple : carto databases new ma-cohorte --fr "Cohorte Exemple" --en "Example cohort" --acronym COEX
    """
    from carto_lib.proposals import printed_forms
    from carto_lib.registry import load_registry
    from carto_lib.registry.template import create_file, new_file
    from carto_lib.sources.files import parse_file
    from carto_lib.text import fold

    new_file(database)
    records = parse_file(file) if file else []
    given = {"french": french, "english": english, "acronym": acronym, "former": former, "kind": kind}
    given |= {"holder": holder, "since": since, "anchors": anchors, "friends": friends, "source": source}
    without = sum(not record.get("abstract") for record in records)
    if without > len(records) / 2:
        print(translate("registry.no_abstracts", n=len(records), without=without), file=sys.stderr)
    described = describe(database, ask(given) if in_terminal() else given)
    if records:
        print(translate("registry.searching", n=len(records)), file=sys.stderr)
    proposals = _proposals(records, load_registry(), described.forms) if records else []
    beside = {fold(anchor) for anchor in described.context}
    own = [found for found in proposals if not found.owners and fold(found.form.text) not in beside]
    kept = keep(own, described, records) if in_terminal() else [proposal.form for proposal in own]
    written = create_file(described, [*printed_forms(described.forms, records), *kept])
    shown = written.relative_to(Path.cwd()) if written.is_relative_to(Path.cwd()) else written
    print(translate("registry.written", file=shown))
    if file:
        _try_on(file, database)
    print(translate("registry.next", id=database, file=file or "publications.ris"), file=sys.stderr)


def _try_on(file: Path, database: str) -> None:
    """Screen the publications of a file as a run would, keeping nothing, and say which are found."""
    from carto_lib.cli.run import print_listed
    from carto_lib.dedupe import dedupe_corpus
    from carto_lib.harvest import harvest
    from carto_lib.registry import load_registry
    from carto_lib.screening import read_judgements
    from carto_lib.screening.table import screen_corpora
    from carto_lib.tables import Corpus

    registry = load_registry()
    with TemporaryDirectory() as folder:
        corpus = Corpus.of(folder, database)
        harvest(registry[database], corpus, sources=(), files=[file])
        dedupe_corpus(corpus)
        screen_corpora([corpus], registry, read_judgements().head(0))
        print_listed(Path(folder), database, TRIED_SHOWN)


@databases.command(name="propose")
def propose(
    database: Annotated[str, typer.Argument(metavar="ID", help="La base à laquelle ces publications recourent.")],
    file: Annotated[Path, typer.Option("--from", help="Fichier bibliographique (.ris, .bib, .nbib, .csv, .jsonl…).")],
    limit: Annotated[int, typer.Option(min=1, help="Nombre de formes proposées.")] = 15,
) -> None:
    """Proposer des formes du nom, apprises d'une liste de publications connues.

    Exemple : carto databases propose hepather --from hepather.ris
    """
    from carto_lib.registry import load_registry
    from carto_lib.registry.template import as_line
    from carto_lib.sources.files import parse_file

    registry = load_registry()
    entry = registry[database]
    records = parse_file(file)
    proposals = _proposals(records, registry, entry.names, limit)
    print(f"# {translate('registry.proposed', database=database, file=file.name)}")
    for proposal in proposals:
        owners = [owner for owner in proposal.owners if owner != entry.id]
        note = translate("registry.owned", owners=", ".join(owners)) if owners else ""
        print(as_line(proposal.form, _counts(proposal) + note))
    if not proposals:
        print(translate("registry.none_proposed"), file=sys.stderr)
    _print_coverage(entry.names, records)


def _proposals(
    records: list[dict[str, Any]], registry: "Registry", known: "Sequence[NameForm]", limit: int = 15
) -> "list[Proposal]":
    from carto_lib.proposals import propose_names
    from carto_lib.settings import DEMO_FILE
    from carto_lib.sources.files import parse_file

    return propose_names(records, parse_file(DEMO_FILE), registry, known, limit)


def _counts(proposal: "Proposal") -> str:
    counts = {"works": proposal.works, "listed": proposal.listed}
    counts |= {"background": proposal.background, "others": proposal.others}
    return translate("registry.counted", "fr", **counts)


def _print_coverage(forms: "Sequence[NameForm]", records: list[dict[str, Any]]) -> None:
    """Say how many publications of a list print each name of the file, and which print none of them."""
    from carto_lib.proposals import places_of, without_form

    for form in forms:
        print(translate("registry.in_file", text=form.text, works=len(places_of(form, records)), listed=len(records)))
    titles = without_form(records, forms)
    if titles:
        print(translate("registry.uncovered", n=len(titles), listed=len(records)))
    for title in titles[:UNCOVERED_SHOWN]:
        print(f"  {title}")
    if len(titles) > UNCOVERED_SHOWN:
        print(f"  {translate('runs.more', n=len(titles) - UNCOVERED_SHOWN)}")


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
