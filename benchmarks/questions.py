"""The questions as the graph grows: how their time and their work grow with their answers, beside rdflib and beside bare pyoxigraph.

Every question is asked with its default values, on the packaged data with made-up cases beside it (`endpoint.filled`), on disk. Times are
seconds of the process, the median of the rounds: ours is `Store.select`, bare is pyoxigraph on the same folder with every cell read. rdflib
holds the same union in memory, at the sizes up to `--rdflib-up-to`, and is stopped at `--rdflib-limit` for one question and size, where its
time is told as more than that. Steps are what the engine does (`plans.py`); a growth of 1 is that of the data. Prints Markdown tables.

The claims, at the largest size where both were measured: at least 60 times as fast as rdflib in the geometric mean and no question less
than 5 times; at most 1.15 times bare pyoxigraph's time, all questions together; and a question on one case takes at most 1.3 times its time
at the smallest size.
"""

from __future__ import annotations

import argparse
import math
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from rdflib import Graph

import endpoint
import plans
from graph import asking, questions
from graph.embedded import EmbeddedStore

SIZES = (10_000, 100_000, 1_000_000)
MEAN, LEAST, OVERHEAD, ONE_CASE = 60.0, 5.0, 1.15, 1.3
CASE = "trop:Case"
Row = dict[str, Any]


class TooLong(Exception):
    """rdflib was stopped."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TooLong in what takes the process longer; for code in Python, which looks at signals."""
    def stop(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def timed(work: Callable[[], object], rounds: int) -> float:
    """Return the median of the seconds of the process that `work` takes, after one time that is not counted."""
    work()
    found = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        found.append(time.process_time() - begin)
    return statistics.median(found)


def in_turns(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the seconds of two pieces of work, each timed in turn with the other."""
    pairs = [(timed(first, 1), timed(second, 1)) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def measure(sizes: Sequence[int] = SIZES, rounds: int = 3, rdflib_up_to: int = 0, rdflib_limit: float = 20.0) -> list[Row]:
    """Return a row for each question and size: question, triples, rows, told, steps, ours, bare, rdflib (seconds or None), stopped."""
    found: list[Row] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="questions-") as folder:
            endpoint.filled(Path(folder), size)
            found.extend(on_store(Path(folder) / "store", size, rounds))
            if size <= rdflib_up_to:
                by_rdflib(Path(folder) / "store", [row for row in found if row["triples"] == size], rdflib_limit)
    return found


def on_store(store: Path, size: int, rounds: int) -> Iterator[Row]:
    """Yield a row for each question on one store on disk."""
    folder = plans.generation(store)
    engine = ox.Store.read_only(str(folder))
    with EmbeddedStore(store) as ours:
        for name, question in questions.load().items():
            query = asking.bind(question, {})
            work = plans.work(folder, query)
            here, bare = in_turns(lambda: ours.select(query), lambda: [tuple(row) for row in engine.query(query)], rounds)
            yield {"question": name, "triples": size, "rows": work.rows, "told": work.told, "steps": work.steps, "ours": here,
                   "bare": bare, "rdflib": None, "stopped": False, "one_case": [each.source for each in question.params][:1] == [CASE]}


def by_rdflib(store: Path, rows: list[Row], limit: float) -> None:
    """Add the seconds rdflib takes to rows of one store; where it is stopped, the limit."""
    graph = Graph()
    with EmbeddedStore(store) as opened:
        for triple in opened.construct("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"):
            graph.add(triple)
    for row in rows:
        query = asking.bind(questions.load()[row["question"]], {})
        begin = time.process_time()
        try:
            with at_most(limit):
                list(graph.query(query))
            row["rdflib"] = time.process_time() - begin
        except TooLong:
            row["rdflib"], row["stopped"] = limit, True


# -- telling ----------------------------------------------------------------------------------------------------------


def growth(first: float, last: float, times: float) -> float:
    """Return the exponent: 0 for what stays, 1 for what grows as the data."""
    return math.log(max(last, 1e-9) / max(first, 1e-9)) / math.log(times)


def table(found: list[Row]) -> Iterator[str]:
    """Yield a Markdown table: a line for each question, with its seconds at every size and how it grows from the first to the last."""
    sizes = sorted({row["triples"] for row in found})
    at = {(row["question"], row["triples"]): row for row in found}
    heads = [f"{size:,}: rows · ms{' · rdflib, ms' if has_rdflib(found, size) else ''}" for size in sizes]
    yield f"| question | {' | '.join(heads)} | growth of time | of steps | of what is told |"
    yield "|---" * (len(sizes) + 4) + "|"
    for name in dict.fromkeys(row["question"] for row in found):
        line = [at[name, size] for size in sizes]
        times = max(sizes[-1] / sizes[0], 1.0001)
        grown = [f"{growth(line[0][key] or 1, line[-1][key] or 1, times):.2f}" for key in ("ours", "steps", "told")]
        yield f"| {name} | {' | '.join(map(cell, line))} | {' | '.join(grown)} |"


def cell(row: Row) -> str:
    """Return rows and milliseconds of one question at one size."""
    beside = "" if row["rdflib"] is None else f" · {'> ' if row['stopped'] else ''}{1000 * row['rdflib']:,.0f}"
    return f"{row['rows']:,} · {1000 * row['ours']:,.1f}{beside}"


def has_rdflib(found: list[Row], size: int) -> bool:
    """Say whether rdflib was asked at a size."""
    return any(row["rdflib"] is not None for row in found if row["triples"] == size)


def claims(found: list[Row]) -> Iterator[tuple[str, bool]]:
    """Yield what was claimed, with its figure, and whether it holds."""
    sizes = sorted({row["triples"] for row in found})
    compared = [size for size in sizes if has_rdflib(found, size)]
    if compared:
        ratios = {row["question"]: row["rdflib"] / row["ours"] for row in found if row["triples"] == compared[-1]}
        mean, (least, name) = statistics.geometric_mean(ratios.values()), min((ratio, name) for name, ratio in ratios.items())
        yield f"{mean:.0f} times as fast as rdflib in the mean at {compared[-1]:,} (at least {MEAN:g})", mean >= MEAN
        yield f"{name} least, {least:.1f} times as fast (at least {LEAST:g})", least >= LEAST
    last = [row for row in found if row["triples"] == sizes[-1]]
    overhead = sum(row["ours"] for row in last) / sum(row["bare"] for row in last)
    yield f"{overhead:.2f} times bare pyoxigraph's time at {sizes[-1]:,} (at most {OVERHEAD})", overhead <= OVERHEAD
    before = {row["question"]: row["ours"] for row in found if row["triples"] == sizes[0] and row["one_case"]}
    for row in (row for row in last if row["one_case"] and len(sizes) > 1):
        times = row["ours"] / before[row["question"]]
        yield f"{row['question']}, on one case: {times:.2f} times its time at {sizes[0]:,} (at most {ONE_CASE})", times <= ONE_CASE


def main() -> int:
    """Measure and print; 0 if the claims hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--triples", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rdflib-up-to", type=int, default=100_000, help="no rdflib beyond so many triples")
    parser.add_argument("--rdflib-limit", type=float, default=20.0, help="seconds for one question at one size")
    given = parser.parse_args()
    found = measure(sorted(given.triples), given.rounds, given.rdflib_up_to, given.rdflib_limit)
    print("\n".join(table(found)), end="\n\n")
    told = list(claims(found))
    print("\n".join(f"- {text}: {'holds' if held else 'DOES NOT HOLD'}" for text, held in told))
    return 0 if all(held for _, held in told) else 1


if __name__ == "__main__":
    sys.exit(main())
