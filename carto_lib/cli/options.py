"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

DataOption = Annotated[
    Path | None, typer.Option("--data", help="Dossier des corpus et de l'atlas (défaut : CARTO_DATA, sinon data/).")
]
