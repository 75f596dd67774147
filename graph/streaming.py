"""An answer read piece by piece while it is being written."""

from __future__ import annotations

import io
import queue
import threading
from collections.abc import Callable, Iterator

from graph.errors import StoreBusy, StoreError, TropicoError

_STACK = 256 * 1024 * 1024  # address space, not memory: a query may nest, and the engine's parser recurses
_ONE_AT_A_TIME = threading.Lock()  # the size of new stacks is a setting of the whole process


class Stream(Iterator[bytes]):
    """The bytes that `write` puts into the file it is given.

    `write` runs in a thread of its own, since an engine's answer must be used in the thread it was made in, and waits
    when it is far ahead of its reader. What it raises before the first byte, the constructor raises; what it raises
    later, reading raises. An iterator that is closed or forgotten makes `write` end with an error at its next byte.
    """

    def __init__(self, write: Callable[[io.RawIOBase], None]) -> None:
        self._output = _Output()
        _start(threading.Thread(target=_run, args=(write, self._output), daemon=True, name="query"))
        self._ahead = self._take()

    def __next__(self) -> bytes:
        piece = self._ahead
        if piece is None:
            raise StopIteration
        self._ahead = self._take()
        return piece

    def _take(self) -> bytes | None:
        piece = self._output.pieces.get()
        if isinstance(piece, TropicoError):
            self._ahead = None
            raise piece
        return piece

    def close(self) -> None:
        """Stop the writing; what was not read is lost."""
        self._output.abandoned.set()

    __del__ = close


class _Output(io.RawIOBase):
    """The file that is written to; it ends with None, or with the error that ended it."""

    def __init__(self) -> None:
        self.pieces: queue.Queue[bytes | TropicoError | None] = queue.Queue(maxsize=64)
        self.abandoned = threading.Event()

    def write(self, data: bytes) -> int:
        if not self.put(bytes(data)):
            raise BrokenPipeError("nobody reads this answer any more")
        return len(data)

    def put(self, piece: bytes | TropicoError | None) -> bool:
        """Add a piece, waiting for room; False where nobody reads any more."""
        while not self.abandoned.is_set():
            try:
                self.pieces.put(piece, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False


def _start(thread: threading.Thread) -> None:
    with _ONE_AT_A_TIME:
        usual = threading.stack_size(_STACK)
        try:
            thread.start()
        except RuntimeError:
            raise StoreBusy("The system gives no room for another query now; try again in a moment.") from None
        finally:
            threading.stack_size(usual)


def _run(write: Callable[[io.RawIOBase], None], output: _Output) -> None:
    end: TropicoError | None = StoreError("The answer broke off for an unknown reason; ask again.")
    try:
        write(output)
        end = None
    except BrokenPipeError:
        return  # nobody reads on, and nobody is left to be told
    except TropicoError as error:
        # its traceback and context hold the engine's answer, which must not be let go in the reader's thread
        end = error.with_traceback(None)
        end.__context__ = None
    finally:
        output.put(end)
