"""Which half of the gold set a work belongs to: by a hash, never by hand."""

import hashlib
from typing import Literal

Part = Literal["derivation", "validation"]


def part_of(work_id: str) -> Part:
    """Return ``derivation`` where the SHA-256 of the work's id begins with an even digit, else ``validation``.

    >>> part_of("doi:10.2337/dc22-1148")
    'validation'
    """
    return "validation" if int(hashlib.sha256(work_id.encode()).hexdigest()[0], 16) % 2 else "derivation"
