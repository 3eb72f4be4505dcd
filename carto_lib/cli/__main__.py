"""``python -m carto_lib.cli``: the same as ``carto``."""

from carto_lib.cli import main

main()
