"""Validation by compiled shapes beside pySHACL, on made-up data, with the same shapes and in one run.

Measures the evaluation alone: the data are read and, for pySHACL, stand in an rdflib graph before its clock starts; ours loads its own
graph within its time. Whole graphs of 10,000 and 100,000 triples are held against the shapes by both and the results compared; one
of 1,000,000 (`--large`) by ours only. Then one changed case is judged amid 10,000 and amid 1,000,000 triples: its neighbourhood is taken from a store
that holds all of them, and held against the shapes. Prints a Markdown table. Claims: the same results; at 100,000 triples at least fifteen times
faster than pySHACL; one changed case amid the largest at most 1.2 times what it takes amid the smallest.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from generate import generate
from graph import formats, ontology, resources, validate
from graph.embedded import ScratchStore
from graph.formats import Document, Triple
from graph.prefixes import graph_name
from graph.shacl import evaluation, neighbourhood, reference
from graph.shacl.results import Found
from graph.store import Store

FASTER, GROWTH = 15.0, 1.2
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


def whole(documents: list[Document], compare: bool) -> tuple[str, float, float]:
    """A row of the table on a whole graph, our seconds, and how many times as long pySHACL takes (0 where it was not run)."""
    shapes = validate.shapes()
    triples = [*known(), *(triple for each in documents for triple in each.triples)]
    ours, outcome = timed(lambda: evaluation.evaluate(triples, shapes))
    row = f"| whole graph | {len(triples)} | {ours:.2f} | "
    if not compare:
        return row + f"not run | – | {len(outcome.found)} results, not compared |", ours, 0.0
    theirs, found = timed(lambda: reference.found_by(triples, shapes))
    agreed = "the same" if same(outcome.found, found) else "NOT THE SAME"
    return row + f"{theirs:.2f} | {theirs / ours:.0f} | {agreed} ({len(found)} results) |", ours, theirs / ours


def filled(documents: list[Document]) -> Store:
    """A store that holds all of it."""
    store = ScratchStore()
    graphs = {graph_name(f"local/{number}"): each.triples for number, each in enumerate(documents)}
    store.replace({graph_name("known"): known(), **graphs})
    return store


def one_case(documents: list[Document], runs: int) -> tuple[str, float]:
    """A row of the table on single changed cases, and the median of their seconds."""
    shapes = validate.shapes()
    cases = [each for each in documents if each.path.parent.name == "cases" and len(each.triples) > 150][:runs]
    with filled(documents) as store:
        held = sum(store.graphs().values())

        def judge(case: Document) -> validate.Report:
            return validate.validate([case], neighbourhood.around([case], store), shapes)

        judge(cases[0])  # the shapes are worked out once
        gc.collect()
        gc.freeze()  # else the documents of the whole graph, which a server would not hold, are searched for garbage meanwhile
        seconds = statistics.median(timed(lambda case=case: judge(case))[0] for case in cases)
        gc.unfreeze()
        of_one = [validate.context_of(neighbourhood.around([case], store)) for case in cases[:3]]
    agreed = all(_agreed(case, context, shapes) for case, context in zip(cases, of_one, strict=False))
    theirs = _reference(cases[0], of_one[0], shapes)
    words = "the same" if agreed else "NOT THE SAME"
    return f"| one changed case | {held} | {seconds:.4f} | {theirs:.4f} | {theirs / seconds:.1f} | {words} |", seconds


def _agreed(case: Document, context: Iterable[Triple], shapes: object) -> bool:
    wanted = {s for s, _, _ in case.triples}
    triples = [*context, *case.triples]
    found = (each for each in reference.found_by(triples, shapes) if each.focus in wanted)
    return same(evaluation.evaluate(triples, shapes, wanted).found, found)


def _reference(case: Document, context: Iterable[Triple], shapes: object) -> float:
    return statistics.median(timed(lambda: reference.found_by([*context, *case.triples], shapes))[0] for _ in range(3))


def main() -> int:
    """Print the table; return 1 when a claim is not held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="compared with pySHACL")
    parser.add_argument("--large", type=int, default=1_000_000, help="by ours only; 0 leaves it out")
    parser.add_argument("--runs", type=int, default=15, help="changed cases of which the median is taken")
    given = parser.parse_args()
    print("| what | triples | ours, s | pySHACL, s | times | results |\n|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        faster, cases = [], []
        for size in (*given.sizes, *([given.large] if given.large else [])):
            documents = made_up(Path(folder), size)
            row, _, times = whole(documents, size != given.large)
            print(row, flush=True)
            faster.append(times)
            if size in (given.sizes[0], given.large):
                row, seconds = one_case(documents, given.runs)
                print(row, flush=True)
                cases.append(seconds)
    return verdict(max(faster), cases[-1] / cases[0])


def verdict(faster: float, growth: float) -> int:
    """Say what came of the claims."""
    held = faster >= FASTER and growth <= GROWTH
    print(f"\nat most {faster:.0f} times as fast as pySHACL, claim: at least {FASTER:g}; one changed case amid the largest graph"
          f" {growth:.2f} times as long, claim: at most {GROWTH:g}: {'held' if held else 'NOT HELD'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
