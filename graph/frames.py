"""How a process and its worker speak: frames of a kind (one letter), a length and so many bytes, over two pipes.

    to the worker     J  a job, as JSON           then D  the bytes it is about, if any
    from the worker   R  ready, as JSON     D  a piece of the answer     E  the end, as JSON     X  an error, as JSON

No frame is evaluated or unpickled, so the worst a broken worker can send is a wrong answer or none.
"""

from __future__ import annotations

import json
import math
import os
import select
import struct
import time

from graph import errors

JOB, DATA, READY, END, ERROR = b"J", b"D", b"R", b"E", b"X"
PIECE = 65_536  # bytes of a data frame at most
_HEADER = struct.Struct(">cI")
_LARGEST = 2**20  # bytes of a frame from a worker; a longer one is no frame of ours


def packed(kind: bytes, payload: bytes) -> bytes:
    """Return one frame."""
    return _HEADER.pack(kind, len(payload)) + payload


def told(error: errors.TropicoError) -> bytes:
    """Return the payload that tells one of our errors."""
    named = {key: getattr(error, key) for key in ("source", "line", "column") if hasattr(error, key)}
    message = error.message if isinstance(error, errors.ParseError) else str(error)
    return json.dumps({"error": type(error).__name__, "message": message, **named}).encode()


def retold(payload: bytes) -> errors.TropicoError:
    """Return the error that `told` told; a StoreError where the payload is not one."""
    try:
        members = json.loads(payload)
        kind, message = getattr(errors, members.pop("error"), None), members.pop("message")
    except (ValueError, KeyError, TypeError, AttributeError):
        return errors.StoreError("A worker process broke off without a reason; ask again.")
    if not isinstance(kind, type) or not issubclass(kind, errors.TropicoError):
        return errors.StoreError(f"A worker process failed: {message}")
    return kind(message, **members)


class Blocking:
    """The worker's end: waits as long as it takes."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._held = b""

    def send(self, kind: bytes, payload: bytes = b"", *, more: bool = False) -> None:
        """Send a frame; where `more` are to come, with the next one, so that whoever waits is woken once. Raises BrokenPipeError
        where nobody listens any more.
        """
        self._held += packed(kind, payload)
        if more:
            return
        left, self._held = memoryview(self._held), b""
        while left:
            left = left[os.write(self._outgoing, left) :]

    def receive(self) -> tuple[bytes, bytes]:
        """Return the kind and the payload of the next frame. Raises EOFError where there comes none."""
        kind, length = _HEADER.unpack(self._exactly(_HEADER.size))
        return kind, self._exactly(length)

    def _exactly(self, length: int) -> bytes:
        found = bytearray()
        while len(found) < length:
            piece = os.read(self._incoming, min(length - len(found), 2**20))
            if not piece:
                raise EOFError
            found += piece
        return bytes(found)


class Timed:
    """The other end: gives up at a deadline (of `time.monotonic`) whatever the worker does."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._found = bytearray()
        for each in (incoming, outgoing):
            os.set_blocking(each, False)

    def send(self, kind: bytes, payload: bytes, deadline: float) -> None:
        """Send a frame. Raises TimeoutError, and BrokenPipeError where the worker is gone."""
        left = memoryview(packed(kind, payload))
        while left:
            try:
                left = left[os.write(self._outgoing, left[:PIECE]) :]
            except BlockingIOError:
                _wait(self._outgoing, select.POLLOUT, deadline)

    def receive(self, deadline: float) -> tuple[bytes, bytes]:
        """Return the kind and the payload of the next frame. Raises TimeoutError, and EOFError where the worker is
        gone or sends no frame of ours.
        """
        while (frame := self._whole()) is None:
            _wait(self._incoming, select.POLLIN, deadline)
            piece = os.read(self._incoming, PIECE)
            if not piece:
                raise EOFError
            self._found += piece
        return frame

    def _whole(self) -> tuple[bytes, bytes] | None:
        if len(self._found) < _HEADER.size:
            return None
        kind, length = _HEADER.unpack_from(self._found)
        if length > _LARGEST:
            raise EOFError
        end = _HEADER.size + length
        if len(self._found) < end:
            return None
        payload = bytes(self._found[_HEADER.size : end])
        del self._found[:end]
        return kind, payload


def _wait(descriptor: int, event: int, deadline: float) -> None:
    left = deadline - time.monotonic()
    poller = select.poll()
    poller.register(descriptor, event)
    if left <= 0 or not poller.poll(math.ceil(left * 1000)):
        raise TimeoutError
