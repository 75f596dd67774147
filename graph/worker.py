"""A process that works for strangers: it evaluates queries on a snapshot of the store, and reads and validates files.

    python -m graph.worker MEMORY PARENT

It is started, timed and ended by `graph.pool`, and speaks the frames of `graph.frames` over its standard input and
output. One job at a time; the kernel ends the process when a job is past its time. What is wrong with a job goes back
as an error; whatever else happens ends the process, which is the point of it.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graph import confinement, formats
from graph.capping import Capped, RowsFull
from graph.embedded import SnapshotStore
from graph.errors import DataError, MemoryExceeded, ResultTooLarge, TropicoError
from graph.frames import DATA, END, ERROR, PIECE, READY, Blocking, told
from graph.media import N_TRIPLES, TURTLE
from graph.store import Dataset, Snapshot

_GRACE = 0.5  # seconds; the process at the other end comes first, which can say why


class _Worker:
    """The jobs of one process."""

    def __init__(self, pipe: Blocking) -> None:
        self._pipe = pipe
        self._snapshot: Snapshot | None = None
        self._jobs: dict[str, Callable[[dict[str, Any], bytes], dict[str, Any]]] = {
            "open": self._open, "query": self._query, "parse": self._parse, "validate": self._validate,
        }  # fmt: skip

    def serve(self) -> None:
        """Do jobs until there comes none."""
        while True:
            try:
                job = json.loads(self._pipe.receive()[1])
                data = self._pipe.receive()[1] if job.get("data") else b""
            except EOFError:
                return
            confinement.end_after(job["seconds"] + _GRACE)
            kind, said = self._done(job, data)
            confinement.end_after(0)
            self._pipe.send(kind, said)

    def _done(self, job: dict[str, Any], data: bytes) -> tuple[bytes, bytes]:
        try:
            return END, json.dumps(self._jobs[job["do"]](job, data)).encode()
        except TropicoError as error:
            return ERROR, told(error)
        except RecursionError:
            return ERROR, told(DataError("The file is nested too deeply to be judged; write it flatter."))

    def _open(self, job: dict[str, Any], _data: bytes) -> dict[str, Any]:
        folder = None if job["folder"] is None else Path(job["folder"])
        snapshot = Snapshot(folder, job["triples"])
        if snapshot != self._snapshot:
            self._snapshot = None
            self._store = SnapshotStore(snapshot)
            self._snapshot = snapshot
        return {}

    def _query(self, job: dict[str, Any], data: bytes) -> dict[str, Any]:
        self._open(job, data)
        sent = _Sent(self._pipe, job["max_bytes"])
        capped = Capped(sent.write, job["format"], job["max_rows"])
        full = False
        try:
            self._store.write(job["query"], job["media_type"], capped, _dataset(job.get("dataset")))
            capped.finish()
        except RowsFull:
            full = True
        sent.flush()
        return {"capped": full}

    def _parse(self, job: dict[str, Any], data: bytes) -> dict[str, Any]:
        triples = formats.parse(data, formats.by_key(job["format"]), source=job["source"], most=job["most"])
        self._send(formats.n_triples(triples), job["max_bytes"])
        return {}

    def _validate(self, job: dict[str, Any], data: bytes) -> dict[str, Any]:
        from graph import validate  # which only this job needs
        from graph.tokens import subject_lines

        fmt = formats.by_key(job["format"])
        triples = formats.parse(data, fmt, source=job["source"], most=job["most"])
        found = subject_lines(_text(data)) if fmt in (TURTLE, N_TRIPLES) else {}
        lines = {formats.URIRef(iri): line for iri, line in found.items()}
        document = formats.Document(Path(job["source"]), fmt, tuple(triples), lines)
        context, shapes = _held_against()
        report = validate.validate([document], context, shapes)
        self._send(report.as_json().encode(), job["max_bytes"])
        return {}

    def _send(self, data: bytes, most: int) -> None:
        sent = _Sent(self._pipe, most)
        sent.write(data)
        sent.flush()


def _text(data: bytes) -> str:
    """Return the text of a file in which lines are looked up; "" for one that is packed and shows none."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""


def _dataset(names: list[list[str]] | None) -> Dataset | None:
    return None if names is None else Dataset(*(tuple(map(formats.URIRef, each)) for each in names))


@functools.cache
def _held_against() -> tuple[Any, Any]:
    """Return what a stranger's file may refer to, and the shapes it is held against."""
    from graph import ontology, resources, validate

    return ontology.load(with_data=[resources.folder("data")]), validate.shapes()


class _Sent:
    """Data frames of one answer, no more than `most` bytes of it."""

    def __init__(self, pipe: Blocking, most: int) -> None:
        self._pipe, self._most, self._left = pipe, most, most
        self._held = bytearray()

    def write(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise ResultTooLarge(f"The answer has more than {self._most} bytes, which is the limit; add a LIMIT.")
        self._held += data
        while len(self._held) >= PIECE:
            self._pipe.send(DATA, bytes(self._held[:PIECE]))
            del self._held[:PIECE]

    def flush(self) -> None:
        """Have what is left sent with the end."""
        if self._held:
            self._pipe.send(DATA, bytes(self._held), more=True)


def main(memory: int, parent: int, network: bool) -> None:
    """Work for process `parent` within `memory` bytes until it sends no more; have a network only where that is wanted."""
    pipe = Blocking(os.dup(0), os.dup(1))
    with open(os.devnull, "r+b") as nowhere:  # so that nothing that reads or prints gets between the frames
        os.dup2(nowhere.fileno(), 0)
        os.dup2(nowhere.fileno(), 1)
    isolated = confinement.confine(memory, parent, network)
    pipe.send(READY, json.dumps({"isolated": isolated}).encode())
    try:
        _Worker(pipe).serve()
    except MemoryError:
        said = f"It needed more than {memory} bytes of memory, which is the limit; ask for less at once."
        pipe.send(ERROR, told(MemoryExceeded(said)))
        os._exit(1)  # whatever holds that memory still does
    except BrokenPipeError:
        return  # nobody is left to be told


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "network")
