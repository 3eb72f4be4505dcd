"""The ``carto`` command: one module a group of commands, each a thin layer over the package."""

import sys
from importlib import import_module

import typer

from carto_lib.errors import CartoError

COMMAND_MODULES = (
    "databases",
    "run",
    "serve",
    "scan",
    "match",
    "parse",
    "search",
    "evaluate",
    "queries",
    "labels",
    "export",
    "report",
    "status",
)

app = typer.Typer(
    name="carto",
    help="Cartographie des recherches menées avec les bases de santé françaises.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _name in COMMAND_MODULES:
    import_module(f"carto_lib.cli.{_name}").register(app)


def main() -> None:
    """Run the command; a ``CartoError`` becomes one sentence on standard error and exit code 1."""
    try:
        app()
    except CartoError as error:
        print(f"carto : {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)
