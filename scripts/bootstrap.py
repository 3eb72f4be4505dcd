"""Make the virtual environment and install Carto in it, with uv where it can be had, else with pip.

Only python3 and a package registry are assumed. A stamp beside the environment holds the hash of what was installed,
so that a second call takes a moment.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "carto-installed"
INPUTS = ("pyproject.toml", "constraints.txt")


def fingerprint(extras: str) -> str:
    """Return the hash of everything that decides what is installed."""
    content = b"".join((ROOT / name).read_bytes() for name in INPUTS)
    return hashlib.sha256(content + extras.encode() + sys.version.encode() + str(ROOT).encode()).hexdigest()


def uv_settings() -> dict[str, str]:
    """Return pip's own settings (indexes, links, certificates) under the names that uv reads."""
    listed = subprocess.run(
        [BIN / "python", "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    pip: dict[str, str] = {}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        pip[key.split(".")[-1].replace("_", "-").strip("'")] = value.strip().strip("'").replace("\\n", " ")
    pip |= {key[4:].lower().replace("_", "-"): value for key, value in os.environ.items() if key.startswith("PIP_")}
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
        "trusted-host": "UV_INSECURE_HOST",
    }
    settings = {uv: " ".join(pip[name].split()) for name, uv in names.items() if pip.get(name)}
    if "UV_FIND_LINKS" in settings:
        settings["UV_FIND_LINKS"] = settings["UV_FIND_LINKS"].replace(" ", ",")
    return {"UV_INDEX_STRATEGY": "unsafe-best-match"} | settings


def install(extras: str) -> None:
    """Install the project, editable, at the versions of ``constraints.txt``."""
    target = f"{ROOT}[{extras}]" if extras else str(ROOT)
    arguments = ["install", "--quiet", "--constraint", str(ROOT / "constraints.txt"), "--editable", target]
    python = str(BIN / "python")
    with_uv = subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], capture_output=True, check=False)
    if with_uv.returncode == 0:
        environment = {**os.environ, **uv_settings(), "VIRTUAL_ENV": str(VENV)}
        # as pip does by itself: else the first run compiles the whole environment
        command = [BIN / "uv", "pip", *arguments, "--compile-bytecode"]
        if subprocess.run(command, env=environment, check=False).returncode == 0:
            return
        print("uv could not install the packages: trying with pip", file=sys.stderr)
    subprocess.run([python, "-m", "pip", *arguments], check=True)


def main() -> int:
    """Create or complete the environment; return the exit code."""
    extras = sys.argv[1] if len(sys.argv) > 1 else ""
    if sys.version_info < (3, 11):
        print(f"Carto needs Python 3.11 or newer, this is {sys.version.split()[0]}: install a newer python3.")
        return 1
    if STAMP.is_file() and STAMP.read_text() == fingerprint(extras):
        return 0
    if not (BIN / "python").exists():
        if not all(importlib.util.find_spec(module) for module in ("venv", "ensurepip")):
            print("Python's venv module is missing: install Debian's package python3-venv (apt install python3-venv).")
            return 1
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    try:
        install(extras)
    except subprocess.CalledProcessError:
        print(
            "The packages could not be installed: check that the package registry can be reached, then run make again."
        )
        return 1
    STAMP.write_text(fingerprint(extras))
    return 0


if __name__ == "__main__":
    sys.exit(main())
