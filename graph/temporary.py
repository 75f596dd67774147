"""Temporary folders that end with their process, at the latest when the next process finds them.

A process that is killed removes nothing. So each folder has a file that its process keeps locked; the system lets go of
the lock when the process ends, however it ends, and who gets the lock of another's folder may remove that folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from graph.errors import StoreError
from graph.generations import try_lock

_PREFIX = "tropico-"
_ALIVE = "alive.lock"


def temporary_folder() -> tuple[Path, Callable[[], None]]:
    """Make an empty folder; return it and what removes it, which does nothing in a process forked off later.

    What killed processes left is removed first. Raises StoreError where no folder can be made.
    """
    sweep()
    process = os.getpid()
    try:
        outer = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = open(outer / _ALIVE, "w", encoding="utf-8")  # noqa: SIM115  (held as long as the folder)
        try_lock(lock)
        (outer / "store").mkdir()
    except OSError as error:
        told = f"No temporary folder can be made ({error.strerror}); free some space or give --store DIR."
        raise StoreError(told) from None

    def remove() -> None:
        lock.close()
        if os.getpid() == process:
            shutil.rmtree(outer, ignore_errors=True)

    return outer / "store", remove


def sweep() -> int:
    """Remove the folders of processes that are gone; return how many. Only what is ours and has our lock goes."""
    try:
        found = sorted(Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_ALIVE}"))
    except OSError:
        return 0
    return sum(_removed_if_left(lock) for lock in found)


def _removed_if_left(lock: Path) -> bool:
    outer = lock.parent
    try:
        if outer.is_symlink() or not _is_own(outer):
            return False
        with open(lock, "r+", encoding="utf-8") as file:
            if not try_lock(file):
                return False
            if os.name != "nt":  # there, what is open cannot be removed
                shutil.rmtree(outer, ignore_errors=True)
        shutil.rmtree(outer, ignore_errors=True)
    except OSError:
        return False
    return True


def _is_own(folder: Path) -> bool:
    return os.name == "nt" or folder.lstat().st_uid == os.getuid()
