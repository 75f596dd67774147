"""One request to another server, read with suspicion.

The time limit is for the whole, from the name of the server to the last byte, not for each wait: every wait gets what
is left of it, so a server that sends a byte now and then ends like one that sends none. Nothing but http and https is
opened, no redirect is followed (credentials go to the address they were given for, and nowhere else), no proxy is
taken from the environment, and an answer that is longer than the limit, cut short or compressed is an error.
"""

from __future__ import annotations

import email.utils
import http.client
import io
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from graph.errors import RemoteBusy, RemoteError, RemoteTimeout

_SHOWN = 200  # characters of what another server says
_BUSY = (429, 503)
_REFUSED = (401, 403)
_RETRY_AFTER = 5  # seconds, where a busy server names none
_MOST_RETRY_AFTER = 3600
_FAILURES, _REST = 3, 30.0  # so many in a row, then so many seconds without asking


class Rejected(RemoteError):
    """The server takes the request for a wrong one (status 400); `said` is what it says about it."""

    def __init__(self, message: str, said: str) -> None:
        super().__init__(message)
        self.said = said


class Failing(RemoteError):
    """The server is not well, whatever it is asked: it is not there, or what answers is no SPARQL server."""


class Fuse:
    """Spares a server that fails, and its clients the wait: after three failures in a row it is left alone for 30
    seconds.

    A failure is one that no query can bring about (`Failing`); a stranger with a slow query must not be able to lock
    out everybody else.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures, self._until = 0, 0.0

    def check(self, name: str) -> None:
        """Raise RemoteError while the server is left alone."""
        with self._lock:
            left = self._until - time.monotonic()
        if left > 0:
            raise RemoteError(f"{name} failed {_FAILURES} times in a row; it is asked again in {left:.0f} seconds.")

    def note(self, failed: bool) -> None:
        """Take note of how a request ended."""
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            if self._failures >= _FAILURES:
                self._until = time.monotonic() + _REST
                self._failures = _FAILURES - 1  # after the rest one failure is enough


class Reply(io.RawIOBase):
    """The body of an answer with status 2xx, to be read as a file; `media_type` is in lower case, without parameters.

    Reading raises RemoteTimeout, and RemoteError where the body is too long or breaks off. `fault` holds what was
    raised, for where a reader in between makes something else of it.
    """

    def __init__(self, response: http.client.HTTPResponse, name: str, most: int, limit: float) -> None:
        self._response, self._name, self._left, self._most, self._limit = response, name, most, most, limit
        self.media_type = (response.headers.get("Content-Type") or "").split(";")[0].strip().lower()
        self.fault: RemoteError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, as many as are there; with a negative size all that are left."""
        if size < 0:
            return b"".join(iter(lambda: self.read(65_536), b""))
        try:
            data = self._response.read1(size)
            cut = not data and size and self._response.length
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._failed(_translated(error, self._name, self._limit)) from None
        if cut:
            raise self._failed(RemoteError(f"The answer of {self._name} breaks off before its end; ask again."))
        self._left -= len(data)
        if self._left < 0:
            raise self._failed(
                RemoteError(f"The answer of {self._name} has more than {self._most} bytes, which is the limit.")
            )
        return data

    def _failed(self, error: RemoteError) -> RemoteError:
        self.fault = error
        self.close()
        return error

    def close(self) -> None:
        self._response.close()
        super().close()


def send(request: urllib.request.Request, *, limit: float, most: int) -> Reply:
    """Send `request` and return its answer once it begins; `limit` in seconds and `most` in bytes hold for all of it.

    Raises RemoteTimeout, RemoteBusy (429, 503), Rejected (400), and RemoteError for everything else that is no answer.
    """
    name = address(request.full_url)
    deadline = time.monotonic() + limit
    try:
        response = _opener(deadline).open(request, timeout=limit)
    except urllib.error.HTTPError as error:
        with error:
            raise _status_error(error, name, limit) from None
    except urllib.error.URLError as error:
        reason = error.reason if isinstance(error.reason, Exception) else error
        raise _translated(reason, name, limit) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _translated(error, name, limit) from None
    reply = Reply(response, name, most, limit)
    encoding = (response.headers.get("Content-Encoding") or "identity").strip().lower()
    if encoding != "identity":
        reply.close()
        raise RemoteError(f"{name} answers in the encoding {shown(encoding)!r}, which was not asked for; switch it off.")
    return reply


def address(url: str) -> str:
    """Return the part of an address that can be shown: scheme, host, port and path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def shown(text: str) -> str:
    """Return the beginning of what another server says, as one line of printable characters."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(plain.split())[:_SHOWN]


def _translated(error: Exception, name: str, limit: float) -> RemoteError:
    """Return our error for one of the socket's or of HTTP's."""
    if isinstance(error, TimeoutError):
        return RemoteTimeout(f"{name} did not answer within {limit:g} seconds, which is the limit; ask for less at once.")
    if isinstance(error, http.client.IncompleteRead):
        return RemoteError(f"The answer of {name} breaks off before its end; ask again.")
    if isinstance(error, ssl.SSLError):
        return Failing(f"{name} cannot be reached safely ({shown(str(error.reason or error))}).")
    if isinstance(error, OSError):
        why = error.strerror or shown(str(error)) or type(error).__name__
        return Failing(f"{name} cannot be reached ({why}); see that it runs.")
    return Failing(f"{name} does not answer in HTTP ({shown(str(error)) or type(error).__name__}).")


def _status_error(error: urllib.error.HTTPError, name: str, limit: float) -> RemoteError:
    """Return our error for a status that is none of success."""
    if error.code in _REFUSED:
        told = "set TROPICO_ENDPOINT_USER and TROPICO_ENDPOINT_PASSWORD to ones that may do this"
        return RemoteError(f"{name} refuses access ({error.code}); {told}.")
    if 300 <= error.code < 400:
        target = shown(address(error.headers.get("Location") or ""))
        return Failing(f"{name} redirects ({error.code}) to {target}; if that is right, name it as the endpoint.")
    said = _said(error)
    if error.code in _BUSY:
        wait = _seconds(error.headers.get("Retry-After"))
        return RemoteBusy(f"{name} is busy ({error.code}); ask again in {wait} seconds.", wait)
    if error.code == 400:
        return Rejected(f"{name} does not take the request (400): {said}", said)
    if error.code == 502:
        return Failing(f"{name} answers with status 502: {said}")
    if error.code == 504:
        return RemoteTimeout(f"{name} took too long (504): {said}")
    return RemoteError(f"{name} answers with status {error.code}: {said}")


def _said(error: urllib.error.HTTPError) -> str:
    with suppress(OSError, http.client.HTTPException, ValueError):
        return shown(error.read1(8 * _SHOWN).decode("utf-8", "replace"))
    return ""


def _seconds(header: str | None) -> int:
    """Return the seconds that a Retry-After header asks for, given as a number or as a date."""
    text = (header or "").strip()
    with suppress(ValueError, TypeError, OverflowError):
        wait = int(text) if text.isdecimal() else email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        return min(max(1, round(wait)), _MOST_RETRY_AFTER)
    return _RETRY_AFTER


# -- one time limit for the whole -------------------------------------------------------------------------------------


class _Timed(io.RawIOBase):
    """A socket's bytes, each wait for them as long as is left at most."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time limit is over")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _TimedSocket:
    """What http.client uses of a socket."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Timed(self._sock, self._deadline))

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(max(self._deadline - time.monotonic(), 0.001))
        self._sock.sendall(data)

    def close(self) -> None:
        self._sock.close()


class _UnderLimit:
    """What makes a connection of http.client hold the deadline."""

    def __init__(self, host: str, *, deadline: float, **rest: Any) -> None:
        super().__init__(host, **rest)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self.sock = _TimedSocket(self.sock, self._deadline)


class _Plain(_UnderLimit, http.client.HTTPConnection):
    pass


class _Secure(_UnderLimit, http.client.HTTPSConnection):
    pass


class _Handler(urllib.request.AbstractHTTPHandler):
    """Opens http and https, both under the time limit."""

    def __init__(self, deadline: float) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Plain, request, deadline=self._deadline)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Secure, request, deadline=self._deadline, context=ssl.create_default_context())

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_


def _opener(deadline: float) -> urllib.request.OpenerDirector:
    """Return what opens http and https and nothing else, follows nothing, and raises what is no success."""
    opener = urllib.request.OpenerDirector()
    for kind in (urllib.request.HTTPErrorProcessor, urllib.request.HTTPDefaultErrorHandler, urllib.request.UnknownHandler):
        opener.add_handler(kind())
    opener.add_handler(_Handler(deadline))
    return opener
