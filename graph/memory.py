"""What an earlier run found out about the very same content, kept in the cache folder so that a start need not repeat it.

Everything here is kept under a key, a digest of all that it rests on; where the key is another one, or the file cannot be read,
nothing is remembered and the work is done again. A cache that cannot be written costs the next start its time, no more.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from graph import resources


def key_of(parts: Iterable[str], files: Iterable[Path]) -> str:
    """Return a digest of the version, the package's own code, `parts` in their order and the bytes of `files`."""
    key = hashlib.sha256(resources.version().encode())
    for file in [*sorted(Path(__file__).parent.rglob("*.py")), *files]:
        key.update(hashlib.sha256(file.read_bytes()).digest())
    for part in parts:
        key.update(f"{part}\n".encode())
    return key.hexdigest()


def recall(cache: Path | None, name: str, key: str) -> dict[str, Any]:
    """Return what is kept as `name` under `key` in the folder `cache`, an empty mapping where there is nothing."""
    if cache is None:
        return {}
    try:
        content = json.loads((cache / f"{name}.json").read_text(encoding="utf-8"))
        return content if content["key"] == key else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def remember(cache: Path | None, name: str, key: str, content: dict[str, Any]) -> None:
    """Keep `content` as `name` under `key`, whole or not at all, in place of what was kept there."""
    if cache is None:
        return
    draft = cache / f"{name}.json.{os.getpid()}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps({"key": key, **content}), encoding="utf-8")
        draft.replace(cache / f"{name}.json")
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
