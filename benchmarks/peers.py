"""The peers' own environment: made once beside the benchmarks, so that their dependencies never meet ours."""

import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).with_name(".venv-bench")
PACKAGES = ("pubmed-parser==0.5.1", "bib-dedupe==0.11.0", "asreview==3.0.8")


def python_of_peers() -> str:
    """Return the interpreter that has the peers, installing them at first use."""
    python = PEERS / "bin" / "python"
    if not (PEERS / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (PEERS / "ready").touch()
    return str(python)
