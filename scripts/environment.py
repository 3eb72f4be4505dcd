"""Write ``environment.yml`` and ``binder/environment.yml`` from ``pyproject.toml``, the one source of dependencies."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def environment() -> str:
    """Return the text of the conda environment: Python and pip from conda-forge, the rest as pyproject pins it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = "".join(f'      - "{pin}"\n' for pin in project["dependencies"])
    return (
        "# Made by scripts/environment.py from pyproject.toml; a test compares them.\n"
        "name: carto\n"
        "channels:\n  - conda-forge\n"
        "dependencies:\n"
        f'  - "python{project["requires-python"]},<3.14"\n'
        "  - pip\n"
        f"  - pip:\n{pins}"
    )


if __name__ == "__main__":
    for path in (ROOT / "environment.yml", ROOT / "binder" / "environment.yml"):
        path.write_text(environment(), encoding="utf-8")
