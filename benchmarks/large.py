"""The part of the bench on ten million triples: load, validate, infer and answer, each in a process of its own, and the memory of each.

The data are read file by file, so that no more of them stands in Python's memory at once than one file of 100,000 triples. A process gets
no more memory than the machine has to spare, and ends where that is not enough.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generate import generate
from isolated import Absent, Outcome, clocked, run
from lines import Claim, Line
from plan import SEED, Plan, line, peak

SIZE, PER_FILE = 10_000_000, 100_000
ROOM, WITHIN = 24 * 1024.0, Claim("at most", 1)  # MB
ASKED = ("cq-02", "cq-11", "cq-13", "cq-26")
_SPARED = 2 * 2**30  # bytes that are left to the rest of the machine
_LIMIT = 5_400.0
_SLOW = 5.0  # seconds


def lines(plan: Plan) -> Iterator[Line]:
    """Yield the lines of this part: the seconds of the clock of each step, and its peak of memory."""
    made, store = plan.folder / "large", plan.folder / "large-store"
    if not made.exists():
        generate(made, SIZE, SEED, 0.0, SIZE // PER_FILE)
    for step in ("load", "validate", "infer", "answer"):
        outcome = run("large", step, max(plan.limit, _LIMIT), made=made, store=store)
        note = outcome.figures.get("note", "")
        yield line("large", f"ten million, {step}", SIZE, [outcome], figure=wall, note=note)
        missing = outcome.missing or ("stopped at the time limit" if outcome.over else "")
        yield Line("large", f"ten million, peak of {step}", SIZE, [peak(outcome)] if outcome.figures else (), "MB",
                   "a machine with 24 GiB", [ROOM], WITHIN, missing=missing)  # fmt: skip


def wall(outcome: Outcome) -> float:
    """The seconds of the clock that an outcome tells."""
    return float(outcome.figures["wall"])


class Statements:
    """The statements of files, read anew each time they are gone through."""

    def __init__(self, files: list[Path], known: bool) -> None:
        self._files, self._known = files, known

    def __iter__(self) -> Iterator[tuple]:
        from graph import formats, ontology, resources

        if self._known:
            yield from ontology.load(with_data=[resources.folder("data")])
        for file in self._files:
            yield from formats.read(file).triples


def files_of(made: str) -> list[Path]:
    """Return the files in a folder, and keep this process within what the machine can spare."""
    with open("/proc/meminfo", encoding="ascii") as told:
        spare = {each.split(":")[0]: int(each.split()[1]) * 1024 for each in told}["MemAvailable"] - _SPARED
    resource.setrlimit(resource.RLIMIT_AS, (spare, spare))
    return sorted(Path(made).glob("*.nt"))


def load(made: str, store: str) -> dict[str, Any]:
    """Put all files into a store on disk, each a graph."""
    from graph import formats
    from graph.embedded import EmbeddedStore
    from graph.prefixes import graph_name

    files = files_of(made)
    known = {graph_name("known"): Statements([], True)}

    def work() -> None:
        opened.replace(known | {graph_name(f"local/{file.stem}"): formats.read(file).triples for file in files})

    with EmbeddedStore(Path(store)) as opened:
        figures, _ = clocked(work)
        held = sum(opened.graphs().values())
    return figures | {"note": f"{held:,} triples in {len(files) + 1} graphs"}


def validate(made: str, store: str) -> dict[str, Any]:
    """Hold all of it against the shapes."""
    from graph import validate as validation
    from graph.shacl import evaluation

    statements, shapes = Statements(files_of(made), True), validation.shapes()
    figures, outcome = clocked(lambda: evaluation.evaluate(statements, shapes))
    checked = f"{len(outcome.reached):,} things, {outcome.constraints:,} constraints, {len(outcome.found)} results"
    return figures | {"note": f"reading in it; {checked}"}


def infer(made: str, store: str) -> dict[str, Any]:
    """Put all of it into a store in memory and derive what follows."""
    from graph import formats
    from graph import infer as inference
    from graph.embedded import ScratchStore
    from graph.prefixes import graph_name

    files = files_of(made)
    rules = inference.rules(inference.axioms(Statements([], True)))

    def work() -> int:
        scratch.replace({graph_name("known"): Statements([], True)})
        for file in files:
            scratch.replace({graph_name(f"local/{file.stem}"): formats.read(file).triples})
        return len(inference.close(scratch, rules))

    with ScratchStore() as scratch:
        figures, derived = clocked(work)
    return figures | {"note": f"reading in it; {derived:,} derived"}


def answer(made: str, store: str) -> dict[str, Any]:
    """Ask some questions of the store on disk, quick ones again and again; the figure is the slowest median."""
    from graph import asking, questions
    from graph.embedded import EmbeddedStore

    files_of(made)
    known, found = questions.load(), {}
    with EmbeddedStore(Path(store)) as opened:
        if not opened.graphs():
            raise Absent("there is nothing to ask, since the load did not end")
        for name in ASKED:
            query = asking.bind(known[name], {})
            found[name] = _seconds(opened, query)
            if found[name] < _SLOW:  # what takes longer is not asked again
                found[name] = statistics.median(_seconds(opened, query) for _ in range(3))
    told = ", ".join(f"{name} {figure:.3g} s" for name, figure in found.items())
    return {"seconds": max(found.values()), "wall": max(found.values()), "note": f"the slowest of {told}"}


def _seconds(store: Any, query: str) -> float:
    begin = time.perf_counter()
    store.select(query)
    return time.perf_counter() - begin
