"""What was made last and is likely to be asked for again, within a bound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable


class Latest:
    """Bytes by key; over `most` bytes altogether, what was not asked for longest is let go. Safe between threads."""

    def __init__(self, most: int = 4_000_000) -> None:
        self._most, self._bytes = most, 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock, self._making = threading.Lock(), threading.Lock()

    def get(self, key: Hashable) -> bytes | None:
        """Return what is kept under `key`, or None."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def made(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return what is kept under `key`, else what `make` gives; things are made one at a time."""
        with self._making:
            found = self.get(key)
            return self._keep(key, make()) if found is None else found

    def _keep(self, key: Hashable, content: bytes) -> bytes:
        with self._lock:
            self._kept[key] = content
            self._bytes += len(content)
            while self._bytes > self._most:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return content
