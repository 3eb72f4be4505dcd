"""``carto serve``."""

from pathlib import Path
from typing import Annotated

import typer

from carto_lib.settings import data_dir


def register(app: typer.Typer) -> None:
    """Add this module's commands to the ``carto`` command."""
    app.command(epilog="Exemple : carto serve --port 8866")(serve)


def serve(
    port: Annotated[int, typer.Option(help="Port d'écoute.")] = 8866,
    data: Annotated[Path | None, typer.Option(help="Dossier des tables (défaut : CARTO_DATA, sinon data/).")] = None,
    ip: Annotated[str, typer.Option(help="Adresse d'écoute ; 0.0.0.0 pour toutes.")] = "127.0.0.1",
    base_url: Annotated[str, typer.Option(help="Préfixe vu du navigateur, derrière un mandataire.")] = "/",
    warm: Annotated[bool, typer.Option("--warm/--no-warm", help="Garder des noyaux prêts pour les visiteurs.")] = True,
    browser: Annotated[bool, typer.Option("--open", help="Ouvrir la page d'accueil dans un navigateur.")] = False,
) -> None:
    """Servir les pages (Voilà) jusqu'à l'interruption.

    Exemple : carto serve --port 8866
    """
    from carto_lib.pages.serving import serve as serve_pages

    typer.echo(f"Carto : http://{ip}:{port}{base_url}", err=True)
    serve_pages(data or data_dir(), port, ip=ip, base_url=base_url, warm=warm, browser=browser)
