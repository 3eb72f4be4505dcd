"""``carto queries``: each database's query, its versions, and what each source is asked."""

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this module's command to the ``carto`` command."""
    app.command("queries")(queries)


def queries(
    databases: Annotated[list[str] | None, typer.Argument(help="Identifiants (défaut : toutes les bases).")] = None,
    source: Annotated[str, typer.Option(help="La requête dans la syntaxe de cette source, à coller.")] = "",
    channel: Annotated[str, typer.Option(help="Canal : text, methods, authors, institutions, citations.")] = "text",
    keep: Annotated[bool, typer.Option("--keep", help="Apprendre, et garder datée une version qui diffère.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Une liste JSON de toutes les versions.")] = False,
) -> None:
    """Montrer la requête de chaque base et ses versions ; en garder une nouvelle.

    Les expressions sont apprises sur la part de dérivation des publications jugées (citations dans CARTO_SHARED).

    Exemple : carto queries snds --source pubmed
    """
    from carto_lib.query import current_query, read_versions
    from carto_lib.registry import load_registry

    registry = load_registry()
    names = [registry[name].id for name in databases or ()] or sorted(registry)
    if keep:
        for name, what in _keep(names, datetime.now(UTC).date()).items():
            print(f"{name} : {what}", file=sys.stderr)
        return
    if as_json:
        versions = [(name, one) for name in names for one in read_versions(name)]
        rows = [
            {"database": name, "version": one.query.version, "kept_on": str(one.kept_on), "made": one.made}
            | {"query": str(one.query).splitlines()}
            for name, one in versions
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for name in names:
        query, kept = current_query(registry[name]), read_versions(name)
        if source:
            print(query.compile(source, channel))
            continue
        dates = ", ".join(f"{one.query.version} ({one.kept_on}, {one.made})" for one in kept) or "aucune"
        print(f"# {name} : version {query.version} ; versions gardées : {dates}\n{query}")


def _keep(names: list[str], today: date) -> dict[str, str]:
    from carto_lib.evaluation.cases import judged_cases, shared_publications
    from carto_lib.evaluation.learning import TARGET_RECALL, learn_clauses
    from carto_lib.query import keep_version
    from carto_lib.registry import load_registry

    registry = load_registry()
    publications: Path | None = shared_publications()
    if publications is None:
        raise typer.BadParameter("CARTO_SHARED isn't set: without the judged quotations nothing can be learned")
    cases = judged_cases(registry, publications=publications)
    found = {}
    for name in names:
        learned = learn_clauses(name, cases, registry)
        made = f"names, anchored; clauses learned on the derivation part (target recall {TARGET_RECALL})"
        version = keep_version(registry[name], learned, made if learned else "names, anchored", today)
        found[name] = f"version {version.query.version}" if version else "inchangée"
    return found
