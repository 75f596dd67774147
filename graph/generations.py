"""How a store lies on disk: generations that never change, and one small file that says which of them is true.

    DIR/store.json           layout version, generation, triple counts; replaced in one step, which is the commit
    DIR/store.lock           held while somebody writes; names the process
    DIR/generations/000007   the engine's own files, complete before store.json names them

So a process that ends at any moment leaves the last complete generation, and an engine that opens an empty or half
store without a word is found out by the counts.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from graph.errors import StoreBusy, StoreDamaged, StoreError

LAYOUT = 1
_KIND = "tropico-kg store"
_SIDECAR, _STAGED, _LOCK, _FOLDER = "store.json", "store.json.new", "store.lock", "generations"
_LOCKED_BYTE = 1_000_000  # on Windows what is locked cannot be read, and the process id must be
_NAME = re.compile(r"[0-9]{6,}")
_ONE_WRITER = threading.Lock()  # the file lock keeps other processes out, this one the threads of our own


@dataclass(frozen=True)
class Sidecar:
    """What store.json says: the generation in force (None: nothing was ever written) and how many triples it holds.

    `graphs` counts each named graph, `union` their union, in which a triple of two graphs is one.
    """

    generation: str | None = None
    graphs: dict[str, int] = field(default_factory=dict)
    union: int = 0

    @property
    def triples(self) -> int:
        """The number of triples in all named graphs together."""
        return sum(self.graphs.values())


@dataclass(frozen=True)
class Difference:
    """By how many triples graphs, and their union, are larger (or smaller) than in another generation."""

    graphs: Mapping[str, int]
    union: int

    def applied(self, sidecar: Sidecar, generation: str) -> Sidecar:
        """Return what is to be said of a generation that differs by this from the one that `sidecar` tells of."""
        counts = Counter(sidecar.graphs)
        counts.update(self.graphs)
        return Sidecar(generation, {graph: number for graph, number in counts.items() if number}, sidecar.union + self.union)


class Generations:
    """The folder of one store. Opening it for reading writes nothing."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, generation: str) -> Path:
        """Return the folder of a generation."""
        return self.directory / _FOLDER / generation

    def current(self) -> Sidecar:
        """Read store.json.

        Raises StoreError where the folder is no store or of a newer layout, StoreDamaged where store.json is lost or
        unreadable.
        """
        try:
            names = {each.name for each in self.directory.iterdir()}
            text = (self.directory / _SIDECAR).read_text("utf-8") if _SIDECAR in names else None
        except FileNotFoundError:
            return Sidecar()
        except OSError as error:
            raise StoreError(
                f"{self.directory} cannot be opened as a store ({error.strerror}); give a folder."
            ) from None
        except UnicodeDecodeError:
            raise self._damaged("its store.json is not text") from None
        return self._without_sidecar(names) if text is None else self._parsed(text)

    def _without_sidecar(self, names: set[str]) -> Sidecar:
        foreign = sorted(names - {_STAGED, _LOCK, _FOLDER})
        if foreign:
            raise StoreError(
                f"{self.directory} is not a store, it holds '{foreign[0]}'; give an empty folder or a store."
            )
        if _FOLDER in names:
            raise self._damaged("its store.json is missing")
        return Sidecar()

    def _parsed(self, text: str) -> Sidecar:
        try:
            said = json.loads(text)
        except ValueError:
            raise self._damaged("its store.json is cut short or overwritten") from None
        if not isinstance(said, dict) or said.get("kind") != _KIND:
            raise StoreError(
                f"{self.directory} is not a store, its store.json is another program's; give an empty folder."
            )
        if said.get("layout") != LAYOUT:
            raise StoreError(
                f"{self.directory} is a store of layout {said.get('layout')}, this version reads layout {LAYOUT};"
                " use the version of tropico-kg that wrote it."
            )
        return self._sidecar(said)

    def _sidecar(self, said: dict[str, Any]) -> Sidecar:
        generation, graphs, union = said.get("generation"), said.get("graphs"), said.get("union")
        named = generation is None or isinstance(generation, str) and _NAME.fullmatch(generation)
        counted = isinstance(graphs, dict) and all(isinstance(count, int) for count in (union, *graphs.values()))
        if not named or not counted or sum(graphs.values()) != said.get("triples"):
            raise self._damaged("its store.json contradicts itself")
        return Sidecar(generation, graphs, union)

    def _damaged(self, how: str) -> StoreDamaged:
        return StoreDamaged(
            f"{self.directory} is damaged: {how}; restore it from a copy, or delete it and build it again."
        )

    def miscounted(self, found: int, written: int) -> StoreDamaged:
        """Return the error for a generation that does not hold as many triples as were written."""
        return self._damaged(f"it holds {found} triples where {written} were written")

    def unreadable(self, why: object) -> StoreDamaged:
        """Return the error for a generation that the engine cannot read."""
        return self._damaged(" ".join(str(why).split()).rstrip("."))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only writer of this store. Raises StoreBusy naming the process that is, without waiting for it."""
        with _ONE_WRITER:
            self._make()
            with open(self.directory / _LOCK, "a+", encoding="utf-8") as file:
                if not try_lock(file):
                    file.seek(0)
                    holder = file.read().strip() or "unknown"
                    raise StoreBusy(
                        f"{self.directory} is being written by process {holder}; try again when it is done."
                    )
                file.truncate(0)
                file.write(str(os.getpid()))
                file.flush()
                yield

    def _make(self) -> None:
        if not self.directory.exists():
            self.directory.mkdir(parents=True, exist_ok=True)
            _sync_folder(self.directory.parent)

    def begin(self, current: Sidecar) -> str:
        """Return the name of the next generation; its folder is not made yet."""
        if not (self.directory / _SIDECAR).exists():
            self.commit(current)  # from now on, generations without store.json mean that it was lost
        (self.directory / _FOLDER).mkdir(exist_ok=True)
        taken = [int(each.name) for each in (self.directory / _FOLDER).iterdir() if _NAME.fullmatch(each.name)]
        self._remove_but(current.generation)  # what killed writers left must not add up
        return f"{max(taken, default=0) + 1:06}"

    def commit(self, sidecar: Sidecar) -> None:
        """Make `sidecar` the truth, in one step that survives a power cut."""
        said = {
            "kind": _KIND,
            "layout": LAYOUT,
            "generation": sidecar.generation,
            "triples": sidecar.triples,
            "union": sidecar.union,
            "graphs": dict(sorted(sidecar.graphs.items())),
        }
        if sidecar.generation is not None:
            self._sync_generation(sidecar.generation)
        staged = self.directory / _STAGED
        with open(staged, "w", encoding="utf-8") as file:
            json.dump(said, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(staged, self.directory / _SIDECAR)
        _sync_folder(self.directory)

    def _sync_generation(self, generation: str) -> None:
        """Have on disk what the engine wrote, whichever of its files it has had there already."""
        for each in self.path(generation).iterdir():
            with open(each, "rb+" if os.name == "nt" else "rb") as file:
                os.fsync(file.fileno())
        for folder in (self.path(generation), self.directory / _FOLDER):
            _sync_folder(folder)

    def sweep(self, keep: str | None) -> None:
        """Remove every generation but `keep`: older ones, and what a writer that was stopped left behind.

        Readers that still hold an older one go on reading: its files live until they let go. Where the system forbids
        that, the files stay until the next sweep.
        """
        self._remove_but(keep)

    def _remove_but(self, keep: str | None) -> None:
        for each in (self.directory / _FOLDER).iterdir():
            if each.name != keep:
                shutil.rmtree(each, ignore_errors=True)


def try_lock(file: IO[str]) -> bool:
    """Take the lock of an open file, which ends with the process at the latest; False where another process has
    it.
    """
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(file.fileno(), _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk; Windows does so by itself and cannot be asked to."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
