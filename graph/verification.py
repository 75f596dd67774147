"""Whether a store on disk holds what was written: every index of it read whole, and counted.

The engine notices a damaged block only when it reads it, and a damaged file can make it take all memory there is. So
the reading is done in a process of its own with a limit on memory, through each of the nine indexes, in which every triple
stands; the counts must be those of store.json.

    python -m graph.verification GENERATION      that process: counts as JSON
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from graph.errors import UsageError
from graph.generations import Generations, Sidecar

_MEMORY = 4 * 2**30  # bytes of address space
_TIME = 3_600  # seconds


@dataclass(frozen=True)
class Verified:
    """A store that holds what was written: its generation, its triples and graphs, and how many entries were read."""

    generation: str
    triples: int
    graphs: int
    indexes: int
    entries: int
    seconds: float

    def as_text(self) -> str:
        """Return one line on it."""
        return (
            f"Generation {self.generation}: {self.triples} triples in {self.graphs} graphs, as written; "
            f"{self.entries} entries read in {self.indexes} indexes in {self.seconds:.1f} s."
        )


def verify(directory: Path) -> Verified:
    """Read every index of the store in `directory` and count it against store.json; nothing is written.

    Raises UsageError where there is nothing to verify, StoreError as opening does, and StoreDamaged saying which index
    does not hold what was written.
    """
    started = time.perf_counter()
    generations = Generations(Path(directory))
    sidecar = generations.current()
    if sidecar.generation is None:
        raise UsageError(f"{directory} holds no store yet; fill it with 'tropico build --store {directory}'.")
    counts = _counted_apart(generations, generations.path(sidecar.generation))
    graphs = counts.pop("graphs")
    if graphs != sidecar.graphs:
        wrong = sorted(set(graphs.items()) ^ set(sidecar.graphs.items()))[0][0]
        raise generations.unreadable(
            f"the graph <{wrong}> holds {graphs.get(wrong, 0)} triples"
            f" where {sidecar.graphs.get(wrong, 0)} were written"
        )
    for index, expected in _expected(sidecar).items():
        if counts[index] != expected:
            found = counts[index]
            raise generations.unreadable(f"the index {index} holds {found} entries where {expected} were written")
    seconds = time.perf_counter() - started
    return Verified(sidecar.generation, sidecar.triples, len(graphs), len(counts), sum(counts.values()), seconds)


def _expected(sidecar: Sidecar) -> dict[str, int]:
    both = sidecar.triples + sidecar.union
    return {
        **dict.fromkeys(("spog", "posg", "ospg"), both),
        **dict.fromkeys(("gspo", "gpos", "gosp"), sidecar.triples),
        **dict.fromkeys(("dspo", "dpos", "dosp"), sidecar.union),
    }


def _counted_apart(generations: Generations, path: Path) -> dict:
    """Count in a process of its own. Raises StoreDamaged for what ends it."""
    package = str(Path(__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([package, os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-P", "-m", "graph.verification", str(path)]
    try:
        run = subprocess.run(command, capture_output=True, env=environment, timeout=_TIME, check=False)
    except subprocess.TimeoutExpired:
        raise generations.unreadable(f"reading it took longer than {_TIME} seconds") from None
    if run.returncode != 0:
        raise generations.unreadable(f"reading it ended the process that read it (status {run.returncode})")
    said = json.loads(run.stdout)
    if "damage" in said:
        raise generations.unreadable(said["damage"])
    return said


def count(path: Path) -> dict:
    """Return the triples of each named graph ("graphs"), and the entries found through each index of a generation."""
    engine = ox.Store.read_only(str(path))
    default = ox.DefaultGraph()
    graphs = {graph: _terms(engine, graph) for graph in engine.named_graphs()}
    union = _terms(engine, default)
    every = [union, *graphs.values()]
    subjects, predicates, objects = ({term for terms in every for term in terms[place]} for place in range(3))
    return {
        "graphs": {graph.value: terms[0].total() for graph, terms in graphs.items()},
        "spog": _entries(engine, ((each, None, None, None) for each in subjects)),
        "posg": _entries(engine, ((None, each, None, None) for each in predicates)),
        "ospg": _entries(engine, ((None, None, each, None) for each in objects)),
        "gspo": sum(terms[0].total() for terms in graphs.values()),
        "gpos": _entries(engine, ((None, each, None, graph) for graph, terms in graphs.items() for each in terms[1])),
        "gosp": _entries(engine, ((None, None, each, graph) for graph, terms in graphs.items() for each in terms[2])),
        "dspo": union[0].total(),
        "dpos": _entries(engine, ((None, each, None, default) for each in union[1])),
        "dosp": _entries(engine, ((None, None, each, default) for each in union[2])),
    }


def _terms(engine: ox.Store, graph: ox.NamedNode | ox.DefaultGraph) -> tuple[Counter, Counter, Counter]:
    """Count the subjects, predicates and objects of one graph."""
    counters: tuple[Counter, Counter, Counter] = (Counter(), Counter(), Counter())
    for quad in engine.quads_for_pattern(None, None, None, graph):
        for counter, term in zip(counters, (quad.subject, quad.predicate, quad.object), strict=True):
            counter[term] += 1
    return counters


def _entries(engine: ox.Store, patterns: Iterable[tuple]) -> int:
    found = ((pattern[2], quad) for pattern in patterns for quad in engine.quads_for_pattern(*pattern))
    return sum(value is None or quad.object == value for value, quad in found)  # the engine gives 256 where 255 is asked for, too


def _main(path: Path) -> None:
    _limit_memory()
    try:
        said = count(path)
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        said = {"damage": str(error) or "it takes more memory than there is"}
    json.dump(said, sys.stdout)


def _limit_memory() -> None:
    if os.name == "nt":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
