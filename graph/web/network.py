"""The app on the network: uvicorn reads requests and writes answers, threads make the answers (WSGI, PEP 3333).

A request is read whole before a thread works on it, and an answer waits for its reader without one, so that few threads do for many
connections, and no client holds up another by being slow: one that takes too long over the head of a request, over a piece of its body
or over a piece of the answer is cut off. What the app has at hand is given without a thread, since handing over costs as much as giving.
"""

from __future__ import annotations

import asyncio
import io
import math
import sys
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import IO, Any
from urllib.parse import unquote_to_bytes

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_THREADS = 16
_CONNECTIONS = 1_000  # with more, a request is told to come again
_PATIENCE = 60.0  # seconds for the head of a request, each piece of its body and of the answer, and between requests
_LONGEST_HEAD = 262_144  # bytes; a query in the address has a limit of its own, which is told better
_IN_MEMORY = 500_000  # bytes of a body; a longer one waits on disk
_AT_THE_END = 5  # seconds for what is on its way
_AT_ONCE = 262_144  # bytes of an answer that a thread hands over together

_CLOSE = (b"connection", b"close")
_EMPTY = (b"content-length", b"0")
_HEAD_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_HOPS = (b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"expect", b"te", b"trailer")  # of the connection alone

_Environ = dict[str, Any]
App = Callable[[_Environ, Callable[..., Any]], Iterable[bytes]]
AtHand = Callable[[_Environ], bool]
_Headers = list[tuple[bytes, bytes]]
_Scope = dict[str, Any]
_Receive = Callable[[], Awaitable[dict[str, Any]]]
_Send = Callable[[dict[str, Any]], Awaitable[None]]


def server(app: App, longest: int, at_hand: AtHand = lambda environ: False) -> Server:
    """Return what serves a WSGI app; a body of more than `longest` bytes is not read, so that the app refuses its length.

    `at_hand` says of an environment whether the app has the answer and takes no time over it; it leaves the body to be read again.
    Its `run(sockets=[…])` serves until `stop()` is called, from whatever thread or signal handler; signals are the caller's.
    """
    threaded = _Threaded(app, longest, at_hand)
    made = Server(uvicorn.Config(
        threaded, interface="asgi3", http=_Protocol, ws="none", lifespan="off", log_config=None, log_level="critical", access_log=False,
        proxy_headers=False, server_header=False, timeout_keep_alive=int(_PATIENCE), timeout_graceful_shutdown=_AT_THE_END,
    ))  # fmt: skip
    threaded.connections = made.server_state.connections
    return made


class Server(uvicorn.Server):
    """uvicorn, ended by a call."""

    def capture_signals(self) -> nullcontext[None]:
        """Leave signals alone."""
        return nullcontext()

    def stop(self) -> None:
        """Take no more requests, finish the answers on their way, and end; when called again, at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


class _Protocol(HttpToolsProtocol):
    """One connection, whose client may take so long and so much."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._reader: asyncio.TimerHandle | None = None
        self._head = self.loop.call_later(_PATIENCE, transport.abort)
        self._head_bytes: int | None = 0  # None between heads
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._head.cancel()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_bytes is None:
            return
        if self._head.cancelled():  # most heads come in one piece, and need no timer
            self._head = self.loop.call_later(_PATIENCE, self.transport.abort)
        self._head_bytes += len(data)
        if self._head_bytes > _LONGEST_HEAD:
            self.transport.write(_HEAD_TOO_LONG)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_bytes = None
        self._head.cancel()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        self._reader = self.loop.call_later(_PATIENCE, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        self.transport.abort()  # where the client has not read the last answer, closing would wait for that


class _Threaded:
    """A WSGI app as an ASGI app; what it has to work for is made in a thread."""

    def __init__(self, app: App, longest: int, at_hand: AtHand) -> None:
        self._app, self._longest, self._at_hand = app, longest, at_hand
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="answer")
        self.connections: Collection[object] = ()  # that are open

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        headers = dict(scope["headers"])
        told = int(headers.get(b"content-length", b"0"))
        if len(self.connections) > _CONNECTIONS:
            await _begin(send, 503, [(b"retry-after", b"5"), _EMPTY, _CLOSE])
        elif told > self._longest or not told and b"transfer-encoding" not in headers:
            await self._answered(scope, io.BytesIO(), told, receive, send)
        else:
            await self._read_and_answered(scope, receive, send)

    async def _read_and_answered(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
            try:
                whole = await self._is_read(receive, body)
            except TimeoutError:
                await _begin(send, 408, [_EMPTY, _CLOSE])
                return
            if whole:
                await self._answered(scope, body, body.tell(), receive, send)

    async def _is_read(self, receive: _Receive, body: IO[bytes]) -> bool:
        """Read the body of a request, the longest and a piece at most; say whether the client is still there. Raises TimeoutError."""
        more = True
        while more and body.tell() <= self._longest:
            async with asyncio.timeout(_PATIENCE):
                message = await receive()
            if message["type"] == "http.disconnect":
                return False
            body.write(message["body"])
            more = message["more_body"]
        return True

    async def _answered(self, scope: _Scope, body: IO[bytes], length: int, receive: _Receive, send: _Send) -> None:
        """Have the app answer a request with a body of that length."""
        body.seek(0)
        environ = _environ(scope, body, length)
        answer, whole, more = _Answer(self._app, environ), scope["http_version"] == "1.0", True
        loop, gone = asyncio.get_running_loop(), None
        try:
            if self._at_hand(environ):
                piece, more = answer.begin(whole)
            else:
                piece, more = await loop.run_in_executor(self._threads, answer.begin, whole)
            await _begin(send, answer.status, answer.headers + [_CLOSE] * (length > self._longest), piece, more)
            gone = loop.create_task(_gone(receive)) if more else None
            while more and not gone.done():
                piece, more = await loop.run_in_executor(self._threads, answer.go_on)
                await send({"type": "http.response.body", "body": piece, "more_body": more})
        finally:
            if gone is not None:
                gone.cancel()
            if more:  # the client or the app has broken off
                await loop.run_in_executor(self._threads, answer.close)


async def _gone(receive: _Receive) -> None:
    """Wait until the client has gone, or has the answer."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _begin(send: _Send, status: int, headers: _Headers, piece: bytes = b"", more: bool = False) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": piece, "more_body": more})


class _Answer:
    """What a WSGI app answers, some pieces at a time; each method is for a thread."""

    def __init__(self, app: App, environ: _Environ) -> None:
        self._app, self._environ = app, environ
        self._pieces: Iterable[bytes] = ()
        self.status = 0
        self.headers: _Headers = []

    def begin(self, whole: bool) -> tuple[bytes, bool]:
        """Ask the app; return its first bytes and whether there are more, which there are not where the answer has to be `whole`, since
        the client knows no chunks. Raises what the app raises.
        """
        self._pieces = self._app(self._environ, self._start)
        self._left, self._most = iter(self._pieces), math.inf if whole else _AT_ONCE
        piece, more = self.go_on()
        if piece and not more and not any(name == b"content-length" for name, _ in self.headers):
            self.headers.append((b"content-length", str(len(piece)).encode()))
        return piece, more

    def go_on(self) -> tuple[bytes, bool]:
        """Return the next bytes and whether there are more; after the last, the answer is closed."""
        held, size = [], 0
        for piece in self._left:
            held.append(piece)
            size += len(piece)
            if size >= self._most:
                return b"".join(held), True
        self.close()
        return b"".join(held), False

    def close(self) -> None:
        """Tell the app that its answer is over."""
        if hasattr(self._pieces, "close"):
            self._pieces.close()

    def _start(self, status: str, headers: list[tuple[str, str]], _problem: object = None) -> None:
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _environ(scope: _Scope, body: IO[bytes], length: int) -> _Environ:
    """Return the environment of a request for a WSGI app, whose body has been read."""
    host, port = scope["server"]
    environ = {
        "REQUEST_METHOD": scope["method"], "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"), "SERVER_NAME": host, "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}", "REMOTE_ADDR": scope["client"][0],
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": body, "wsgi.errors": sys.stderr,
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    for name, value in scope["headers"]:
        if b"_" in name or name in _HOPS:  # X_Y would pass for X-Y
            continue
        key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        environ[key] = environ.pop(f"HTTP_{key}", "")
    if length or environ["CONTENT_LENGTH"]:
        environ["CONTENT_LENGTH"] = str(length)
    return environ
