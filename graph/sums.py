"""A digest of a set of statements that a change brings in line: what is gone is taken off, what is new is added.

Each statement gives a number of 4,096 bits, and the set gives their sum; the digest is that of the sum. Two sets of one sum cannot be
found with less work than two texts of one SHA-256 (Bellare and Micciancio 1997, https://doi.org/10.1007/3-540-69053-0_13; for the
length, Wagner 2002, https://doi.org/10.1007/3-540-45708-9_19).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from graph.formats import Triple, lines_of

_BYTES = 512
_WHOLE = 1 << 8 * _BYTES


def total(triples: Iterable[Triple]) -> int:
    """Return the sum over statements, each of which is to come once. None of them may have a blank node, whose name means nothing."""
    return sum(int.from_bytes(hashlib.shake_128(line.encode()).digest(_BYTES)) for line in lines_of(triples)) % _WHOLE


def changed(before: int, lost: Iterable[Triple], gained: Iterable[Triple]) -> int:
    """Return the sum over what lost some statements, all of which it had, and gained others, none of which it had."""
    return (before - total(lost) + total(gained)) % _WHOLE


def digest(total: int) -> str:
    """Return the digest of a sum: 64 hexadecimal digits. Raises OverflowError for what is no sum."""
    return hashlib.sha256(total.to_bytes(_BYTES)).hexdigest()
