"""Validation by compiled shapes beside pySHACL, on made-up data, with the same shapes and in one run.

Measures the evaluation alone: the data are read and, for pySHACL, stand in an rdflib graph before its clock starts; ours loads its own
graph within its time. Whole graphs of 10,000 and 100,000 triples are held against the shapes by both and the results compared; one
of 1,000,000 (`--large`) by ours only. What one changed case costs: `incremental.py`. Prints a Markdown table. Claims: the same results, and at
100,000 triples at least fifteen times faster than pySHACL.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from generate import generate
from graph import formats, ontology, resources, validate
from graph.formats import Document, Triple
from graph.shacl import evaluation, reference
from graph.shacl.results import Found

FASTER = 15.0
SEED, DEFECTS = 7, 0.001


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Seconds of the process that a piece of work takes, and what it gives."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def made_up(directory: Path, triples: int) -> list[Document]:
    """Made-up data of a size, one document per case, study and what they share."""
    target = directory / str(triples)
    generate(target, triples, SEED, DEFECTS)
    return [formats.read(path) for path in sorted(target.rglob("*.nt"))]


def known() -> list[Triple]:
    """The ontology and the real data, which the made-up ones refer to."""
    return list(ontology.load(with_data=[resources.folder("data")]))


def same(ours: Iterable[Found], theirs: Iterable[Found]) -> bool:
    """Whether both found the same, result by result."""
    return Counter(ours) == Counter(theirs)


def whole(documents: list[Document], compare: bool) -> tuple[str, float, bool]:
    """A row of the table, how many times as long pySHACL takes (0 where it was not run), and whether no result differs."""
    shapes = validate.shapes()
    triples = [*known(), *(triple for each in documents for triple in each.triples)]
    ours, outcome = timed(lambda: evaluation.evaluate(triples, shapes))
    row = f"| whole graph | {len(triples)} | {ours:.2f} | "
    if not compare:
        return row + f"not run | – | {len(outcome.found)} results, not compared |", 0.0, True
    theirs, found = timed(lambda: reference.found_by(triples, shapes))
    agreed = same(outcome.found, found)
    words = "the same" if agreed else "NOT THE SAME"
    return row + f"{theirs:.2f} | {theirs / ours:.0f} | {words} ({len(found)} results) |", theirs / ours, agreed


def main() -> int:
    """Print the table; return 1 when a claim is not held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="compared with pySHACL")
    parser.add_argument("--large", type=int, default=1_000_000, help="by ours only; 0 leaves it out")
    given = parser.parse_args()
    print("| what | triples | ours, s | pySHACL, s | times | results |\n|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for size in (*given.sizes, *([given.large] if given.large else [])):
            row, times, agreed = whole(made_up(Path(folder), size), size != given.large)
            print(row, flush=True)
            found.append((times, agreed))
    return verdict(found)


def verdict(found: list[tuple[float, bool]]) -> int:
    """Say what came of the claims."""
    times = [times for times, _ in found if times][-1]  # at the largest size that both were given
    held = times >= FASTER and all(agreed for _, agreed in found)
    print(f"\n{times:.0f} times as fast as pySHACL, claim: at least {FASTER:g}, with the same results: {'held' if held else 'NOT HELD'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
