"""What one changed file costs beside everything: build, closure and validation, on made-up data of several sizes; and closure beside owlrl.

A store holds the packaged files; then a folder of made-up cases is built into it, whole, and after that some of its files are changed one at
a time: another sentence, then a finding less, then all as it was. The whole closure and the whole validation are timed within the whole build, the validation of
one changed case within the build after it; the stores of all sizes are changed in turns. The closure of one changed case is that of a case whose statements all go and come back, of which
the dearer half is told. Seconds are those of the process, of several cases the median. Prints a Markdown table. Targets: a build after one
changed file takes at most 5 % of a whole one at the largest size, the closure of one changed case at most 2 % of the whole; its validation at
the largest size at most 1.2 times that at the smallest; closure at least 50 times faster than owlrl at 100,000 triples (`--owlrl`).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import owlrl
from rdflib import Graph, URIRef

from generate import generate
from graph import build as builder
from graph import catalogue, drafts, formats, identity, incremental, infer, ontology, resources, revising
from graph.embedded import EmbeddedStore, ScratchStore
from graph.formats import Triple
from graph.prefixes import graph_name
from graph.settings import Settings

AGAIN, ONE_CASE, GROWTH, FASTER = 0.05, 0.02, 1.2, 50.0
SEED = 7
COLUMNS = {
    "triples": "made-up triples", "files": "files", "build": "whole build, s", "rebuild": "after one changed file, s", "rebuild_share": "share",
    "closure": "whole closure, s", "closure_of_one": "of one case, s", "closure_share": "share", "validation": "whole validation, s",
    "validation_of_one": "of one case, s",
}  # fmt: skip


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Seconds of the process that a piece of work takes, and what it gives."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def measure(sizes: Sequence[int], runs: int = 5, folder: Path | None = None) -> list[dict[str, float]]:
    """Return for each size, in made-up triples, the seconds under the names of COLUMNS; the median over `runs` changed cases.

    `folder` (default: a temporary one) gets the data, stores and caches. Raises ValueError where there are fewer cases, and AssertionError
    where a change was not built the short way, or what was inferred is not the same after a case went and came back.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as made:
            return measure(sizes, runs, Path(made))
    with ExitStack() as stack:
        filled = [stack.enter_context(_Filled(folder, size)) for size in sizes]
        for each in filled:
            each.require(runs)
        for number in range(runs):  # in turns, since the same work takes half as many seconds again while the machine has others to do
            for each in filled:
                each.change(number)
        return [each.told() for each in filled]


class _Filled:
    """A store with made-up cases of one size, and the seconds of what was done to it."""

    def __init__(self, folder: Path, size: int) -> None:
        self._data, self._size = folder / f"data-{size}", size
        self._settings, self._store = Settings(cache=folder / f"cache-{size}"), EmbeddedStore(folder / f"store-{size}")
        self._rebuilt: list[float] = []
        self._judged: list[float] = []
        self._closed: list[float] = []

    def __enter__(self) -> _Filled:
        generate(self._data, self._size, SEED, 0.0)
        builder.build(self._store, settings=self._settings, describe=catalogue.description)
        with watched(infer, "close") as closing, watched(builder.validate, "validate") as judging:
            self._whole, result = timed(self._build)
        self._closing, self._judging, self._files = sum(closing), sum(judging), len(result.report.files)
        self._cases = _cases(self._data)
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def _build(self) -> builder.BuildResult:
        return builder.build(self._store, [self._data], settings=self._settings, describe=catalogue.description, allow_synthetic=True)

    def require(self, runs: int) -> None:
        """Raise ValueError where there are fewer cases to change."""
        if len(self._cases) < runs:
            large = f"{len(self._cases)} cases are large enough to be changed"
            raise ValueError(f"among {self._size:,} made-up triples {large}, not {runs}; ask for more triples")

    def change(self, number: int) -> None:
        """Change a case in the ways there are, and back."""
        case = self._cases[number]
        with watched(incremental.recheck, "compare") as comparing:
            again = _changed(case, self._build)
        assert len(comparing) == len(again), "a change was built as a whole"
        self._rebuilt += again
        self._judged += comparing
        self._closed.append(_one_case(self._store, graph_name(f"local/{self._data.name}/cases/{case.stem}")))

    def told(self) -> dict[str, float]:
        """Return the figures under the names of COLUMNS."""
        rebuilt, closed = statistics.median(self._rebuilt), statistics.median(self._closed)
        return {"triples": self._size, "files": self._files, "build": self._whole, "rebuild": rebuilt, "rebuild_share": rebuilt / self._whole,
                "closure": self._closing, "closure_of_one": closed, "closure_share": closed / self._closing, "validation": self._judging,
                "validation_of_one": statistics.median(self._judged)}  # fmt: skip


@contextmanager
def watched(owner: object, name: str) -> Iterator[list[float]]:
    """Give the seconds of every call of a function of a module, while this lasts."""
    real, seconds = getattr(owner, name), []

    def call(*given: object, **named: object) -> object:
        took, result = timed(lambda: real(*given, **named))
        seconds.append(took)
        return result

    setattr(owner, name, call)
    try:
        yield seconds
    finally:
        setattr(owner, name, real)


def _cases(data: Path) -> list[Path]:
    found = (each for each in sorted((data / "cases").glob("*.nt")) if each.stat().st_size > 25_000)
    return [each for each in found if "ontology#ContextFact>" in each.read_text(encoding="utf-8")]


def _changed(file: Path, build: Callable[[], object]) -> list[float]:
    """Seconds of a build after another sentence in a file, after a finding less, and after it is as it was."""
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    subject = next(line.split(" ")[0] for line in lines if "ontology#ContextFact>" in line)
    less = "".join(line for line in lines if not line.startswith(subject))
    seconds = []
    for other in (text.replace("Made up: ", "Made up once more: ", 1), less, text):
        file.write_text(other, encoding="utf-8")
        seconds.append(timed(build)[0])
    return seconds


def _one_case(store: EmbeddedStore, name: URIRef) -> float:
    """Seconds to bring in line what was inferred when a case goes or comes back, whichever is more; the store stays as it is."""
    seconds, beside = [], (identity.BUILD, identity.DESCRIPTION)

    def work(draft: drafts.Draft) -> bool:
        clauses = revising.clauses(infer.rules(infer.axioms(each for one in infer.AXIOMS for each in draft.now(beside).match(one))))
        case, revisions = draft.content(name), []
        draft.change(name, case, ())
        gone = {each for each in case if not draft.now((*beside, infer.INFERRED)).has(each)}
        for removed, added in ((gone, set()), (set(), gone)):
            draft.change(name, (), added)
            took, revision = timed(lambda removed=removed, added=added: revising.revise(draft, clauses, beside, removed, added))
            seconds.append(took)
            revisions.append(revision)
        assert revisions[0].lost == revisions[1].gained and revisions[0].gained == revisions[1].lost
        return False

    drafts.amend(store, work)
    return max(seconds)


def beside_owlrl(folder: Path, triples: int) -> tuple[float, float]:
    """Seconds for the closure of so many triples, beside the ontology and the real data: ours and owlrl's."""
    target = folder / f"closure-{triples}"
    generate(target, triples, SEED, 0.0)
    known = list(ontology.load(with_data=[resources.folder("data")]))
    graphs = {graph_name(f"local/{number}"): list(formats.read(each).triples) for number, each in enumerate(sorted(target.rglob("*.nt")))}
    with ScratchStore() as scratch:
        scratch.replace({**graphs, graph_name("known"): known})
        ours, _ = timed(lambda: infer.close(scratch, infer.rules(infer.axioms(known))))
    return ours, by_owlrl([*known, *(triple for each in graphs.values() for triple in each)])


def by_owlrl(triples: list[Triple]) -> float:
    """Seconds that owlrl takes for the closure under OWL RL, its graph filled before."""
    graph = Graph(bind_namespaces="none")
    for each in triples:
        graph.add(each)
    return timed(lambda: owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph))[0]


def cells(found: dict[str, float]) -> str:
    """A row of the table."""
    told = (f"{found[key]:.1%}" if key.endswith("share") else str(found[key]) if key in ("triples", "files") else f"{found[key]:.3f}" for key in COLUMNS)
    return f"| {' | '.join(told)} |"


def main() -> int:
    """Print the table; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="sizes, in made-up triples")
    parser.add_argument("--runs", type=int, default=5, help="changed cases of which the median is taken")
    parser.add_argument("--owlrl", type=int, default=10_000, help="the size at which owlrl is run, 0 for not at all; 100000 takes minutes")
    given = parser.parse_args()
    print(f"| {' | '.join(COLUMNS.values())} |\n|{'---|' * len(COLUMNS)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(given.triples, given.runs, Path(folder))
        print("\n".join(map(cells, found)), flush=True)
        ours, theirs = beside_owlrl(Path(folder), given.owlrl) if given.owlrl else (0.0, 0.0)
    faster = theirs / ours if ours else 0.0
    print(f"\nclosure at {given.owlrl}: {ours:.2f} s, owlrl {theirs:.1f} s, {faster:.0f} times as long" if ours else "")
    growth = found[-1]["validation_of_one"] / found[0]["validation_of_one"]
    held = found[-1]["rebuild_share"] <= AGAIN and found[-1]["closure_share"] <= ONE_CASE and growth <= GROWTH
    held &= given.owlrl < 100_000 or faster >= FASTER
    print(f"\nvalidation of one case {growth:.2f} times that at the smallest size; targets {'met' if held else 'MISSED'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
