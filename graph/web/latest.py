"""What was made last and is likely to be asked for again, within a bound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Latest(Generic[V]):
    """Things by key; over `most` bytes altogether, what was not asked for longest is let go. Safe between threads."""

    def __init__(self, most: int = 4_000_000) -> None:
        self._most, self._bytes = most, 0
        self._kept: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._lock, self._making = threading.Lock(), threading.Lock()

    def get(self, key: Hashable) -> V | None:
        """Return what is kept under `key`, or None."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, key: Hashable, thing: V, size: int) -> V:
        """Keep `thing`, which takes `size` bytes, under `key`, and return it; one as large as a quarter of all is not kept."""
        with self._lock:
            if size <= self._most // 4:
                self._bytes += size - self._kept.pop(key, (None, 0))[1]
                self._kept[key] = thing, size
            while self._bytes > self._most:
                self._bytes -= self._kept.popitem(last=False)[1][1]
        return thing

    def made(self, key: Hashable, make: Callable[[], V], size: Callable[[V], int] = len) -> V:  # type: ignore[assignment]
        """Return what is kept under `key`, else what `make` gives, which takes `size` bytes; things are made one at a time."""
        with self._making:
            found = self.get(key)
            if found is not None:
                return found
            thing = make()
            return self.keep(key, thing, size(thing))
