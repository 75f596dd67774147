"""An answer kept back until it is whole: in memory while it is short, on disk when it is long."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

from graph.errors import ResultTooLarge, StoreError

IN_MEMORY = 1_000_000  # bytes of an answer; longer ones wait on disk
_PIECE = 65_536


class Gathered:
    """The bytes of an answer on their way; they are let go of unless somebody has asked for the pieces."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._file: IO[bytes] | None = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)

    def __enter__(self) -> Gathered:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def take(self, piece: bytes) -> None:
        """Add bytes. Raises ResultTooLarge, and StoreError where they find no room on disk."""
        self._size += len(piece)
        if self._size > self._most:
            raise too_large(self._most)
        try:
            self._file.write(piece)
        except OSError as error:
            raise no_room(error) from None

    def pieces(self) -> Iterator[bytes]:
        """Give everything away."""
        file, self._file = self._file, None
        file.seek(0)
        return Pieces(file)

    def bytes(self) -> bytes:
        """Return everything at once."""
        self._file.seek(0)
        return self._file.read()


def too_large(most: int) -> ResultTooLarge:
    """Return the error for an answer of more than `most` bytes."""
    return ResultTooLarge(f"The answer has more than {most} bytes, which is the limit; add a LIMIT.")


def no_room(error: OSError) -> StoreError:
    """Return the error for an answer that the disk does not take."""
    return StoreError(f"The answer finds no room on disk ({error.strerror}); free some space.")


class Pieces(Iterator[bytes]):
    """The bytes of a file, which is closed after the last one or when nobody reads on."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __next__(self) -> bytes:
        piece = b"" if self._file.closed else self._file.read(_PIECE)
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    __del__ = close
