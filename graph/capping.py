"""A table of results ended after so many rows while it is being written, so that what is left is still well-formed.

The engine writes bytes; where a row begins is told by the format: in JSON by a brace that follows a bracket or a comma
outside of strings (a term's follows a colon), in XML by its tag, in CSV and TSV by the line.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

_AT_ONCE = 65_536  # bytes that are looked at together


class RowsFull(Exception):
    """Ends the writing of an answer that has as many rows as it may have."""


@dataclass(frozen=True)
class _Shape:
    """What tells rows in a format.

    `quoted` says that quotes enclose what may hold anything, `escaped` that a quote within them is escaped by a backslash (else
    it is doubled); `starts` are the bytes that begin a row outside of them; `keep` counts how many of those stay where the answer
    is cut there; `closing` ends an answer that was cut; `least` is the fewest bytes that a row takes.
    """

    quoted: bool
    escaped: bool
    starts: tuple[bytes, ...]
    keep: int
    closing: bytes
    least: int

    def masked(self, data: bytes) -> bytes:
        """Return the data, as long as they are, with every quote in them one that opens or closes."""
        return data.replace(b"\\\\", b"__").replace(b'\\"', b"__") if self.escaped else data


_SHAPES = {
    "json": _Shape(True, True, (b",{", b"[{"), 0, b"]}}", 3),
    "xml": _Shape(False, False, (b"<result>",), 0, b"</results></sparql>", 17),
    "csv": _Shape(True, False, (b"\n",), 1, b"", 1),
    "tsv": _Shape(False, False, (b"\n",), 1, b"", 1),
}


class Capped(io.RawIOBase):
    """A file that hands what is written on to `write`, until a SELECT's answer in the format `key` has `rows` rows.

    A further row raises RowsFull, at once or in `finish`; by then the answer has been ended properly. Formats that have
    no rows are handed on as they are.
    """

    def __init__(self, write: Callable[[bytes], None], key: str, rows: int) -> None:
        self._write, self._key, self._left = write, key, rows
        self._shape = _SHAPES.get(key)
        self._held = bytearray()
        self._enough = _AT_ONCE

    def write(self, data: bytes) -> int:
        if self._shape is None:
            self._write(bytes(data))
            return len(data)
        self._held += data
        if len(self._held) >= self._enough:
            self._judge(self._safe())
            self._enough = max(_AT_ONCE, 2 * len(self._held))  # a long text is not read again for every piece of it
        return len(data)

    def finish(self) -> None:
        """Hand on what is left."""
        if self._shape is None:
            return
        few = len(self._held) // self._shape.least <= self._left  # no room for more rows, however short; else not more such signs
        if few or sum(map(self._held.count, self._shape.starts)) <= self._left:
            self._write(bytes(self._held))
        else:
            self._judge(len(self._held))

    def _safe(self) -> int:
        """Return how many of the bytes held can be judged: they end outside of a text and within no start of a row."""
        if self._key == "xml":
            return self._held.rfind(b">") + 1
        end = len(self._held)
        if self._shape.quoted:
            masked = self._shape.masked(self._held)
            end = masked.rfind(b'"') if masked.count(b'"') % 2 else end
        return end - self._held[:end].endswith((b"[", b",", b"\n"))

    def _judge(self, length: int) -> None:
        piece = bytes(self._held[:length])
        del self._held[:length]
        starts = self._starts(piece, follows=bool(self._held))
        if starts > self._left:
            self._write(piece[: self._place(piece)] + self._shape.closing)
            raise RowsFull
        self._left -= starts
        if piece:
            self._write(piece)

    def _starts(self, piece: bytes, *, follows: bool) -> int:
        """Count the rows that begin in `piece`; a line's end begins one only where something `follows`."""
        shape = self._shape
        bare = b"".join(shape.masked(piece).split(b'"')[::2]) if shape.quoted else piece
        count = sum(map(bare.count, shape.starts))
        return count - (shape.keep and not follows and piece.endswith(b"\n"))

    def _place(self, piece: bytes) -> int:
        """Return where the first row begins that is too many."""
        shape = self._shape
        tokens = re.compile((b'"[^"]*"|' if shape.quoted else b"") + b"(" + b"|".join(map(re.escape, shape.starts)) + b")")
        left = self._left
        for each in tokens.finditer(shape.masked(piece)):
            if each[1] is not None:
                if not left:
                    return each.start() + shape.keep
                left -= 1
        raise AssertionError("the row that was counted is there")
