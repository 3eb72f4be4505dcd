"""A local server that answers like PubMed, Europe PMC, OpenAlex and HAL: it pages, throttles and fails.

Run it as a process of its own with ``python -m tests.server --port 8799`` and point Carto to it with the
environment that it prints; its records are invented, its shapes are those of the real answers.
"""

from .app import FakeApis
from .works import WORKS, Work

__all__ = ["WORKS", "FakeApis", "Work"]
