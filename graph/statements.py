"""The statements of one graph as they were read, kept small: in N-Triples, compressed, piece by piece.

So they go into an engine as text, without a term of Python's for each of theirs, and a million of them take some 15 MB instead of
hundreds. They are a sequence of rdflib's triples as well; these are made, and kept, when somebody first asks for one.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, islice
from typing import overload

import pyoxigraph as ox

from graph.terms import Term, Triple, to_term, to_term_once

_AT_ONCE = 2_500  # statements of a piece, about half a megabyte of text
_LONGEST = 16_700_000  # bytes of a statement: the engine does not read back what is a little longer
_SIGNS_OF_1_2 = b"<<(", b"--"  # of triple terms and of the direction of a text
_BLANK = re.compile(rb"^_:|> _:", re.MULTILINE)


class Statements(Sequence[Triple]):
    """Statements in the order they were read, those that were repeated repeated.

    `has_blank_nodes` may be true where there are none, in a text that looks like one, and is never false where there are some.
    `is_source` tells that the text is that of the file byte for byte.
    """

    def __init__(self, packed: Sequence[bytes], number: int, has_blank_nodes: bool, is_source: bool = False) -> None:
        self._packed, self._number = packed, number
        self.has_blank_nodes, self.is_source = has_blank_nodes, is_source

    @classmethod
    def of(cls, parsed: Iterable[ox.Quad] | Iterable[ox.Triple], source: bytes = b"") -> Statements:
        """Pack what the engine's parser gives, quads of the default graph or triples; `source` is the text of the file.

        Raises DataError for the terms of RDF 1.2, MemoryError for a statement of more than 16 MB, and what the parser raises.
        """
        packed, number, blank, place = [], 0, False, 0
        coming = iter(parsed)
        while text := _text(islice(coming, _AT_ONCE)):
            packed.append(zlib.compress(text, 1))
            number += text.count(b"\n")
            blank = blank or (b"_:" in text and _BLANK.search(text) is not None)  # the former is the faster
            place = place + len(text) if source.startswith(text, place) and place >= 0 else -1
        return cls(packed, number, blank, place == len(source))

    @classmethod
    def joined(cls, parts: Iterable[Statements]) -> Statements:
        """Return the statements of several, one after another."""
        parts = tuple(parts)
        packed = tuple(chain.from_iterable(each._packed for each in parts))
        return cls(packed, sum(map(len, parts)), any(each.has_blank_nodes for each in parts))

    def texts(self) -> Iterator[bytes]:
        """Yield the N-Triples, about half a megabyte at once; each ends with a whole line, and each line with " ." and its end."""
        return map(zlib.decompress, self._packed)

    def quads(self) -> Iterator[ox.Quad]:
        """Yield the statements in the engine's terms, as quads of the default graph; blank nodes keep their names."""
        checked = {"format": ox.RdfFormat.N_TRIPLES, "lenient": True}  # when they were read; again, it would take half of the time
        return chain.from_iterable(ox.parse(text, **checked) for text in self.texts())

    @cached_property
    def fingerprint(self) -> tuple[str, int]:
        """The SHA-256 of the sorted lines, each once, and how many these are: what serialising them gives where no node is blank."""
        lines = sorted({line for text in self.texts() for line in text.splitlines(keepends=True)})
        digest = hashlib.sha256()
        for start in range(0, len(lines), _AT_ONCE):
            digest.update(b"".join(lines[start : start + _AT_ONCE]))
        return digest.hexdigest(), len(lines)

    @cached_property
    def _triples(self) -> tuple[Triple, ...]:
        known: dict[object, Term] = {}
        return tuple(tuple(to_term_once(term, known) for term in each.triple) for each in self.quads())

    @overload
    def __getitem__(self, place: int) -> Triple: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Triple, ...]: ...
    def __getitem__(self, place: int | slice) -> Triple | tuple[Triple, ...]:
        return self._triples[place]

    def __iter__(self) -> Iterator[Triple]:
        return iter(self._triples)

    def __len__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._triples == tuple(other)

    __hash__ = None


def _text(statements: Iterable[ox.Quad] | Iterable[ox.Triple]) -> bytes:
    text = ox.serialize(statements, format=ox.RdfFormat.N_TRIPLES)
    if any(sign in text for sign in _SIGNS_OF_1_2):
        for each in ox.parse(text, ox.RdfFormat.N_TRIPLES):
            to_term(each.object)
    if len(text) > _LONGEST and max(map(len, text.splitlines())) > _LONGEST:
        raise MemoryError
    return text
