"""What an operator relies on: which hosts are answered, a log without what was asked, an end without broken answers."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, request

from graph.errors import Misdirected
from graph.settings import Settings

_LOG = logging.getLogger("tropico.access")
_LONGEST = 200  # characters of a path in the log


def register(app: Flask, settings: Settings) -> None:
    """Have `app` answer for the hosts of `settings` alone, and log as they say."""
    names = settings.allowed_hosts

    def check_host() -> None:
        if names is not None and _bare(request.host) not in names:
            raise Misdirected("This server does not answer for the host name of this request; set TROPICO_HOSTS to it.")

    app.before_request(check_host)
    if settings.log != "off":
        _start_log(settings.log)
        app.before_request(lambda: setattr(g, "began", time.perf_counter()))
        app.after_request(_logged)


def _bare(host: str) -> str:
    """Return a Host header without its port: `name`, `10.0.0.1`, or `::1` for `[::1]:8000`."""
    host = host.lower()
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


# -- log --------------------------------------------------------------------------------------------------------------


def _start_log(level: str) -> None:
    _LOG.setLevel(level.upper())
    _LOG.propagate = False
    _LOG.handlers = [logging.StreamHandler(sys.stderr)]


def _logged(response: Response) -> Response:
    """Write one line of JSON. What was asked, and by whom, is in it at level debug only."""
    entry: dict[str, object] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "method": request.method,
        "path": request.path[:_LONGEST],
        "status": response.status_code,
        "bytes": response.content_length,
        "ms": round((time.perf_counter() - g.began) * 1000, 1) if "began" in g else None,
    }
    if _LOG.isEnabledFor(logging.DEBUG):
        entry |= {"query": request.query_string.decode("latin-1"), "client": request.remote_addr}
    _LOG.info("%s", json.dumps(entry))
    return response


# -- errors without paths ---------------------------------------------------------------------------------------------


def without_paths(text: str, settings: Settings) -> str:
    """Return a message without the folders this server uses: where they lie is for its log."""
    known = {
        "the store": settings.store,
        "a temporary folder": tempfile.gettempdir(),
        "the home folder": os.path.expanduser("~"),
    }
    for name, folder in known.items():
        if folder and len(str(folder)) > 1:
            text = _replaced(text, str(folder), name)
    return text


def _replaced(text: str, folder: str, name: str) -> str:
    """Put `name` for every path at or below `folder`."""
    before, found, after = text.partition(folder)
    while found:
        rest = after.lstrip(os.sep) if after.startswith(os.sep) else None
        after = after if rest is None else rest[len(rest.split(maxsplit=1)[0].rstrip(".,;:'\")")) :] if rest else ""
        before += name
        head, found, after = after.partition(folder)
        before += head
    return before


# -- the end ----------------------------------------------------------------------------------------------------------


class Draining:
    """A WSGI app around another that knows how many answers are on their way, and can end once there are none.

    `stop` is what ends the server; by default it raises SystemExit.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], patience: float) -> None:
        self._app, self._patience = app, patience
        self.stop: Callable[[], object] = sys.exit
        self._running, self._lock, self._ending = 0, threading.Condition(), False
        self.told = False  # to end

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if self._ending:
            start("503 Service Unavailable", [("Retry-After", "5"), ("Connection", "close"), ("Content-Length", "0")])
            return [b""]
        self._count(1)
        try:
            answer = self._app(environ, start)
        except BaseException:
            self._count(-1)
            raise
        return _Counted(answer, lambda: self._count(-1))

    def _count(self, change: int) -> None:
        with self._lock:
            self._running += change
            self._lock.notify_all()

    def end(self, _signal: int, _frame: object) -> None:
        """Stop the server: at once, or when the answers on their way are out, for `patience` seconds.

        Meant as a signal handler; the same signal again stops it at once.
        """
        self.told = True
        if self._ending or not self._running:
            self.stop()
            return
        self._ending = True
        threading.Thread(target=self._wait, daemon=True, name="end").start()

    def _wait(self) -> None:
        with self._lock:
            self._lock.wait_for(lambda: self._running <= 0, self._patience)
        time.sleep(0.1)  # what was answered last is still on its way through the server's buffers
        os.kill(os.getpid(), signal.SIGTERM)


class _Counted:
    """An answer that tells when it is over."""

    def __init__(self, pieces: Iterable[bytes], over: Callable[[], None]) -> None:
        self._pieces, self._over = pieces, over

    def __iter__(self) -> Iterable[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        """Close the answer and tell."""
        try:
            if hasattr(self._pieces, "close"):
                self._pieces.close()
        finally:
            self._over()
