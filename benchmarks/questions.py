"""The questions as the graph grows: how their time and their work grow with their answers, beside rdflib and beside bare pyoxigraph.

Every question is asked with its default values, on the packaged data with made-up cases beside it (`endpoint.filled`), on disk, in a
process of its own that is stopped after `--limit` seconds of the clock, times four, or at 8 GiB of memory; a question stopped so is told
with its reason and makes no claim held. Times are seconds of the process, the median of the rounds, of which quick questions get more:
ours is `Store.select`, bare is pyoxigraph on the same folder with every cell read. Steps are what the engine does (`plans.py`); a growth
of 1 is that of the data. Prints Markdown tables.

rdflib holds the same union in memory, at one size, read once for all questions. It gets `--rdflib-limit` seconds for a question and no
less than 5.5 times ours, so that what stopped it is always decided for "5 times"; its time is then told as more than that.

The claims, at the largest size (rdflib's: where it was asked): at least 60 times as fast as rdflib in the geometric mean and no question
less than 5 times; at most 1.15 times bare pyoxigraph's time, all questions together; and a question on one case takes at most 1.3 times
its time at the smallest size, both asked in turns. What bare pyoxigraph grew by is told beside that: it is the engine's part.
"""

from __future__ import annotations

import argparse
import math
import resource
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

import endpoint
import plans
from graph import asking, questions
from graph.embedded import EmbeddedStore
from isolated import process_seconds, run

SIZES = (10_000, 100_000, 1_000_000)
MEAN, LEAST, OVERHEAD, ONE_CASE = 60.0, 5.0, 1.15, 1.3
HOLDS, FAILS, OPEN = "holds", "DOES NOT HOLD", "not decided"
CASE = "trop:Case"
_DECIDES = 1.1  # times LEAST: how long rdflib goes on at least, so that its being stopped says enough
_ENOUGH = 0.3  # seconds: a quick question is timed again until it has taken so many
_SLOW = 5.0  # seconds: what takes longer is timed once, the first time
_MEMORY = 8 * 2**30
_TURNS = 50  # of two stores, for a ratio of milliseconds
_READING = 600.0  # seconds that rdflib gets to be filled
_ALL = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
Row = dict[str, Any]


class TooLong(BaseException):
    """rdflib was stopped; no Exception, so that nothing in rdflib takes it for one of its own."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TooLong in what takes the process longer; for code in Python, which looks at signals."""
    def stop(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)  # again each second: what is raised in a destructor is lost
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def seconds_of(work: Callable[[], object]) -> float:
    """Return the seconds of the process that a piece of work takes."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def in_turns(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the median seconds of two pieces of work, timed in turns after one time that is not counted, unless that was slow."""
    pairs = [(seconds_of(first), seconds_of(second))]
    if pairs[0][0] < _SLOW:
        pairs = [(seconds_of(first), seconds_of(second)) for _ in range(max(rounds, min(100, int(_ENOUGH / sum(pairs[0])))))]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def measure(
    sizes: Sequence[int] = SIZES, rounds: int = 3, limit: float = 60.0, rdflib_at: int = 0, rdflib_limit: float = 20.0, least: int = 0,
    folder: str = "",
) -> list[Row]:  # fmt: skip
    """Return a row for each question and size: question, triples, one_case, missing (why there is nothing more), rows, told, steps, cold,
    ours, bare, rdflib (seconds or None), stopped; and for a question on one case, amid more than `least` triples (0: the smallest size), how many
    times as long it takes there: grown, bare_grown, and least. `folder` (default: a temporary one) gets the stores.
    """
    if not folder:
        with tempfile.TemporaryDirectory(prefix="questions-") as made:
            return measure(sizes, rounds, limit, rdflib_at, rdflib_limit, least, made)
    found: list[Row] = []
    least = least or min(sizes)
    for size in sizes:
        small, store = (endpoint.store_of(Path(folder), each) for each in (least, size))
        rows = list(on_store(store, size, rounds, limit))
        known = [row for row in rows if not row["missing"]]
        for row in (row for row in known if row["one_case"] and size > least):
            row |= {"least": least, **grown_from(small, store, row["question"], limit)}
        if size == rdflib_at:
            by_rdflib(store, known, rdflib_limit)
        found += rows
    return found


def on_store(store: Path, size: int, rounds: int, limit: float) -> Iterator[Row]:
    """Yield a row for each question on one store on disk, without rdflib."""
    for name, question in questions.load().items():
        outcome = run("questions", "beside_bare", limit, store=str(store), name=name, rounds=rounds)
        one_case = [each.source for each in question.params][:1] == [CASE]
        yield {"question": name, "triples": size, "one_case": one_case, "missing": outcome.missing, "rdflib": None, "stopped": False,
               **outcome.figures}


def beside_bare(store: str, name: str, rounds: int) -> Row:
    """Ask one question of ours, first of a store just opened, and of the engine alone: the part of a row that is about that."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    folder, query = plans.generation(Path(store)), asking.bind(questions.load()[name], {})
    engine = ox.Store.read_only(str(folder))
    with EmbeddedStore(Path(store)) as ours:
        cold = seconds_of(lambda: ours.select(query))
        here, bare = in_turns(lambda: ours.select(query), lambda: [tuple(row) for row in engine.query(query)], rounds)
    work = plans.work(folder, query)
    return {"rows": work.rows, "told": work.told, "steps": work.steps, "cold": cold, "ours": here, "bare": bare}


def grown_from(small: Path, store: Path, name: str, limit: float) -> Row:
    """Return `growths` of one question, measured in a process of its own. Raises RuntimeError where it fails."""
    outcome = run("questions", "growths", limit, small=small, store=store, name=name)
    if not outcome.figures:
        raise RuntimeError(f"{name} could not be asked of two stores in turns ({outcome.missing}); give it more seconds with --limit.")
    return outcome.figures


def growths(small: str, store: str, name: str) -> Row:
    """Ask one question of two stores, in turns, since what else the machine does is more than what is looked for: how many times as long
    it takes in the second, by ours and by the engine alone.
    """
    query = asking.bind(questions.load()[name], {})
    engines = [ox.Store.read_only(str(plans.generation(Path(each)))) for each in (store, small)]
    with EmbeddedStore(Path(store)) as there, EmbeddedStore(Path(small)) as here:
        ours = in_turns(lambda: there.select(query), lambda: here.select(query), _TURNS)
    bare = in_turns(*(lambda engine=each: [tuple(row) for row in engine.query(query)] for each in engines), _TURNS)
    return {"grown": ours[0] / ours[1], "bare_grown": bare[0] / bare[1]}


def by_rdflib(store: Path, rows: list[Row], limit: float) -> None:
    """Add the seconds rdflib takes to rows of one store; where it is stopped, what it was given. Raises RuntimeError where it fails."""
    limits = {row["question"]: max(limit, _DECIDES * LEAST * row["ours"]) for row in rows}
    outcome = run("questions", "rdflib_seconds", _READING + sum(limits.values()), store=str(store), limits=limits)
    if outcome.missing:
        raise RuntimeError(f"rdflib could not be asked ({outcome.missing}); leave it out with --rdflib-at 0.")
    for row in rows:
        taken = outcome.figures[row["question"]]
        row["rdflib"], row["stopped"] = taken or limits[row["question"]], taken is None


def rdflib_seconds(store: str, limits: dict[str, float]) -> dict[str, float | None]:
    """Ask rdflib the questions that have a limit: their seconds, None where it was stopped."""
    with EmbeddedStore(Path(store)) as opened:
        graph = opened.construct(_ALL)
    found: dict[str, float | None] = {}
    for name, limit in limits.items():
        query = asking.bind(questions.load()[name], {})
        begin = process_seconds()
        try:
            with at_most(limit):
                list(graph.query(query))
            found[name] = process_seconds() - begin
        except TooLong:
            found[name] = None
    return found


# -- telling ----------------------------------------------------------------------------------------------------------


def growth(first: float, last: float, times: float) -> float:
    """Return the exponent: 0 for what stays, 1 for what grows as the data."""
    return math.log(max(last, 1e-9) / max(first, 1e-9)) / math.log(times)


def table(found: list[Row]) -> Iterator[str]:
    """Yield a Markdown table: a line for each question, with its seconds at every size and how it grows from the first to the last."""
    sizes = sorted({row["triples"] for row in found})
    at = {(row["question"], row["triples"]): row for row in found}
    heads = [f"{size:,}: rows · ms · bare, ms{' · rdflib, ms' if has_rdflib(found, size) else ''}" for size in sizes]
    yield f"| question | {' | '.join(heads)} | growth of time | of bare's | of steps | of what is told |"
    yield "|---" * (len(sizes) + 5) + "|"
    for name in dict.fromkeys(row["question"] for row in found):
        line = [at[name, size] for size in sizes]
        yield f"| {name} | {' | '.join(map(cell, line))} | {' | '.join(grown(line, sizes))} |"
    for row in found:
        if row["missing"]:
            yield f"\nNot measured: {row['question']} amid {row['triples']:,}: {row['missing']}."


def grown(line: list[Row], sizes: list[int]) -> Iterator[str]:
    """Yield how a question grows, in the order of the table; nothing where it was not measured at both ends."""
    for key in ("ours", "bare", "steps", "told"):
        ends = line[0].get(key), line[-1].get(key)
        known = len(sizes) > 1 and None not in ends
        yield f"{growth(ends[0] or 1, ends[1] or 1, sizes[-1] / sizes[0]):.2f}" if known else ""


def cell(row: Row) -> str:
    """Return rows and milliseconds of one question at one size."""
    if row["missing"]:
        return "not measured"
    beside = "" if row["rdflib"] is None else f" · {'> ' if row['stopped'] else ''}{1000 * row['rdflib']:,.0f}"
    return f"{row['rows']:,} · {1000 * row['ours']:,.1f} · {1000 * row['bare']:,.1f}{beside}"


def has_rdflib(found: list[Row], size: int) -> bool:
    """Say whether rdflib was asked at a size."""
    return any(row["rdflib"] is not None for row in found if row["triples"] == size)


def claims(found: list[Row]) -> Iterator[tuple[str, str]]:
    """Yield what was claimed, with its figure, and what came of it."""
    sizes = sorted({row["triples"] for row in found})
    at = {size: [row for row in found if row["triples"] == size] for size in sizes}
    for size in (size for size in sizes if has_rdflib(found, size)):
        yield from beside_rdflib(at[size], size)
    last = [row for row in at[sizes[-1]] if not row["missing"]]
    whole = len(last) == len(at[sizes[-1]])
    overhead = sum(row["ours"] for row in last) / sum(row["bare"] for row in last)
    yield f"{overhead:.2f} times bare pyoxigraph's time at {sizes[-1]:,} (at most {OVERHEAD})", came(overhead <= OVERHEAD, whole)
    for row in (row for row in at[sizes[-1]] if row["one_case"] and len(sizes) > 1):
        yield one_case(row)


def one_case(row: Row) -> tuple[str, str]:
    """Return the claim on a question about one case, and what came of it."""
    if row["missing"]:
        return f"{row['question']}, on one case: not measured", OPEN
    told = f"{row['question']}, on one case: {row['grown']:.2f} times its time amid {row['least']:,} (at most {ONE_CASE})"
    return f"{told}; bare pyoxigraph's grew {row['bare_grown']:.2f} times", came(row["grown"] <= ONE_CASE, True)


def beside_rdflib(rows: list[Row], size: int) -> Iterator[tuple[str, str]]:
    """Yield the claims beside rdflib at one size; a question that was not measured, or that stopped rdflib, may leave one open."""
    asked = [row for row in rows if row["rdflib"] is not None]
    ratios = {row["question"]: row["rdflib"] / row["ours"] for row in asked}
    mean, (least, name) = statistics.geometric_mean(ratios.values()), min((ratio, name) for name, ratio in ratios.items())
    stopped, whole = sum(row["stopped"] for row in asked), len(asked) == len(rows)
    yield (f"{'more than ' if stopped else ''}{mean:.0f} times as fast as rdflib in the mean at {size:,} (at least {MEAN:g}); "
           f"rdflib stopped for {stopped} of {len(asked)}", came(mean >= MEAN, whole, certain=not stopped))
    yield f"{name} least, {least:.1f} times as fast (at least {LEAST:g})", came(least >= LEAST, whole)


def came(held: bool, whole: bool, *, certain: bool = True) -> str:
    """Say what came of a claim: nothing holds of questions that were not all measured, nothing fails by a figure that is a bound."""
    return OPEN if (held and not whole) or (not held and not certain) else HOLDS if held else FAILS


def main() -> int:
    """Measure and print; 0 if the claims hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--triples", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for one question of ours; four times as many of the clock")
    parser.add_argument("--rdflib-at", type=int, help="the size rdflib is asked at, 0 for none; the largest where it is not given")
    parser.add_argument("--rdflib-limit", type=float, default=20.0, help="seconds for one question, or 5.5 times ours if that is more")
    given = parser.parse_args()
    rdflib_at = max(given.triples) if given.rdflib_at is None else given.rdflib_at
    found = measure(sorted(given.triples), given.rounds, given.limit, rdflib_at, given.rdflib_limit)
    print("\n".join(table(found)), end="\n\n")
    told = list(claims(found))
    print("\n".join(f"- {text}: {verdict}" for text, verdict in told))
    return 0 if all(verdict == HOLDS for _, verdict in told) else 1


if __name__ == "__main__":
    sys.exit(main())
