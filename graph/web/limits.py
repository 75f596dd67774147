"""What one client may ask of the processes that work for strangers: so many queries at once, so many seconds a minute.

A client is an address; of an IPv6 address, the network of 64 bits that one customer has. Behind another server every
client has that server's address, unless it is set to pass the client's on. What counts is the work, not the number of
queries: each client has a bucket of seconds that fills again with time, and every query, also one that was stopped,
takes out what it cost; a query may overdraw the bucket, since its cost is known afterwards.
"""

from __future__ import annotations

import functools
import ipaddress
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from flask import current_app, request

from graph import guard
from graph.errors import TooManyRequests
from graph.settings import Settings
from graph.web import site

_EXTENSION = "tropico-kg-clients"
_MOST_KNOWN = 10_000  # clients that are remembered; those with a full bucket need not be
_LEAST = 0.001  # seconds that any query costs: many short ones are work as well

_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass
class _Client:
    """What is left in a client's bucket, as of when, and how many of its queries run."""

    left: float
    seen: float
    running: int = 0


class Clients:
    """The clients of one app."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._full = settings.client_queries, settings.client_seconds
        self._clock = clock
        self._known: dict[str, _Client] = {}
        self._lock = threading.Lock()

    @contextmanager
    def admitted(self, name: str) -> Iterator[None]:
        """Let a query of the client `name` run, and take what it costs out of the client's bucket.

        Raises TooManyRequests with the seconds to wait.
        """
        client = self._enter(name)
        try:
            with guard.metered() as meter:
                yield
        finally:
            with self._lock:
                client.running -= 1
                client.left -= max(meter.seconds, _LEAST)

    def _enter(self, name: str) -> _Client:
        with self._lock:
            client = self._filled(name)
            if client.running >= self._most:
                told = f"{client.running} queries of yours are running, which is the limit; wait for one to end."
                raise TooManyRequests(told, 1)
            if client.left <= 0:
                wait = math.ceil((self._full / 60 - client.left) * 60 / self._full)
                told = f"Your queries took more than {self._full:g} seconds in a minute; come again in {wait} seconds."
                raise TooManyRequests(told, wait)
            client.running += 1
            return client

    def _filled(self, name: str) -> _Client:
        """Return the client with what has flowed into its bucket since it was last seen."""
        now = self._clock()
        if name not in self._known:
            self._forget(now)
        client = self._known.setdefault(name, _Client(self._full, now))
        client.left = min(self._full, client.left + (now - client.seen) * self._full / 60)
        client.seen = now
        return client

    def _forget(self, now: float) -> None:
        """Forget clients that are as good as new, once many are known; if all others are at work, the first of them."""
        if len(self._known) < _MOST_KNOWN:
            return
        idle = [name for name, each in self._known.items() if not each.running]
        new = [name for name in idle if self._known[name].left + (now - self._known[name].seen) * self._full / 60 >= self._full]
        for name in new or idle[:1]:
            del self._known[name]


def limited(answer: Callable[_P, _R]) -> Callable[_P, _R]:
    """Hold a view that lets the guard work to the limits of the client that asks."""

    @functools.wraps(answer)
    def within(*given: _P.args, **named: _P.kwargs) -> _R:
        with _clients().admitted(client(request.remote_addr)):
            return answer(*given, **named)

    return within


def _clients() -> Clients:
    return current_app.extensions.setdefault(_EXTENSION, Clients(site().settings))


@functools.lru_cache(_MOST_KNOWN)
def client(address: str | None) -> str:
    """Return what tells the client at an address from others."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return address or "unknown"
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found if found.version == 4 else found.ipv4_mapped)
