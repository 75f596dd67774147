"""What passes between another server's answer and the parser that reads it.

The parsers recurse: 20 000 nested triple terms, in N-Triples or in SPARQL Results JSON, end the process that reads them
(measured), and no Python code can catch that. So depth is counted here first, and while the answer comes in. Virtuoso's
names of blank nodes are made standard on the way.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from graph.errors import DataError

_DEEPEST_JSON = 100  # an answer of RDF 1.1 needs five
_MOST_TRIPLE_TERMS = 1_000
_PIECE = 65_536
_LONGEST_NAME = 64

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_FOREIGN_BLANK = re.compile(rb'("bnode"\s*,\s*"value"\s*:\s*")nodeID://')  # as Virtuoso names blank nodes


class Sifted:
    """An answer of the type `key` ("nt", or "json" for SPARQL Results JSON) as a file to be read once.

    Reading raises DataError where it is nested deeper than a parser bears, before the parser gets that far.
    """

    def __init__(self, source: BinaryIO, key: str) -> None:
        self._source, self._ended = source, False
        self._ready = self._kept = b""
        self._check = _JsonDepth() if key == "json" else _TripleTerms()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size` where that is not negative; none at the end."""
        if size < 0:
            return b"".join(iter(lambda: self.read(_PIECE), b""))
        while not self._ready and not self._ended:
            self._fill()
        given, self._ready = self._ready[:size], self._ready[size:]
        return given

    def _fill(self) -> None:
        data = self._source.read(_PIECE)
        self._check.feed(data)
        self._ended = not data
        whole = _FOREIGN_BLANK.sub(rb"\1", self._kept + data)
        place = len(whole) if self._ended else max(0, len(whole) - _LONGEST_NAME)  # a name may go on in the next piece
        self._ready, self._kept = whole[:place], whole[place:]


class _JsonDepth:
    """Counts open brackets outside of strings; a string may go on in the next piece."""

    def __init__(self) -> None:
        self._depth, self._begun = 0, b""

    def feed(self, data: bytes) -> None:
        plain, quote, string = _STRING.sub(b"", self._begun + data).partition(b'"')
        # of an open string no more is kept than how it goes on: inside, and whether after a lone backslash
        odd = (len(string) - len(string.rstrip(b"\\"))) % 2
        self._begun = quote + b"\\" * odd
        for bracket in plain.translate(None, _NO_BRACKETS):
            self._depth += 1 if bracket in b"[{" else -1
            if self._depth > _DEEPEST_JSON:
                raise DataError(f"it is nested more than {_DEEPEST_JSON} deep, which no answer needs.")


class _TripleTerms:
    """Counts where triple terms may begin."""

    def __init__(self) -> None:
        self._count, self._last = 0, b""

    def feed(self, data: bytes) -> None:
        data = self._last + data
        self._count += data.count(b"<<(")
        self._last = data[-2:]
        if self._count > _MOST_TRIPLE_TERMS:
            raise DataError("it holds triple terms (RDF 1.2), which are not read here.")
