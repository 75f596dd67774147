"""The bench: one table of figures, ours beside those of others, and what came of each claim.

    python benchmarks/table.py [--sizes 1e4,1e5,1e6] [--parts load,validate,…] [--out build/bench] [--quick]

writes bench.md and bench.json into the folder of `--out` and prints the table. Every measurement runs in a process of its own. Seconds in the
table are those of the process, all its threads counted, unless a line says otherwise; the JSON has those of the clock too. A peer that passes
the time limit is told as "more than". A line without figures is "not run", with the reason, and never counted as held. `--quick` is
one size of 2,000 triples, without questions, the mix at the endpoint and servers, to see that it runs; the claims are not made for it. Returns 1 where a claim is not held.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

import machine  # noqa: E402
from lines import NOT_HELD, Line, markdown  # noqa: E402
from plan import Plan  # noqa: E402

Part = Callable[[Plan], Iterable[Line]]
# the name of each part, the module it is in and its function
PARTS = {
    "load": ("loading", "lines"),
    "build": ("building", "builds"),
    "validate": ("validating", "lines"),
    "infer": ("inferring", "lines"),
    "export": ("building", "exports"),
    "questions": ("borrowed", "questions"),
    "changes": ("borrowed", "changes"),
    "serve": ("serving", "lines"),
    "endpoint": ("serving", "mix"),
    "servers": ("servers", "lines"),
    "large": ("large", "lines"),
}
_LONG = ("large",)  # parts that are measured only when they are asked for
_NOT_QUICK = (*_LONG, "questions", "endpoint", "servers")


def part(name: str) -> Part:
    """Return the function that measures a part."""
    module, function = PARTS[name]
    return getattr(importlib.import_module(module), function)


def measured(plan: Plan, names: Iterable[str], keep: Callable[[list[Line]], None], beside: Iterable[str] = ()) -> list[Line]:
    """Measure parts one after another, and those `beside` them at the same time; `keep` is given what there is after each."""
    found: list[Line] = []
    aside: list[Line] = []

    def measure(names: Iterable[str], into: list[Line]) -> None:
        for name in names:
            begin = time.perf_counter()
            for each in part(name)(plan):
                into.append(each)
                print(f"{name}: {' | '.join(filter(None, each.cells()))}", file=sys.stderr, flush=True)
            print(f"{name}: measured in {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
            keep(found + aside)

    with ThreadPoolExecutor(1) as other:  # what is measured is a process, for which a thread waits
        meanwhile = other.submit(measure, beside, aside)
        measure(names, found)
    meanwhile.result()
    return found + aside


def page(head: dict[str, str], found: list[Line]) -> str:
    """Return the whole in Markdown: what it was measured on, and the tables."""
    told = "\n".join(f"| {name} | {value} |" for name, value in head.items())
    return f"| measured on | |\n|---|---|\n{told}\n\n{markdown(found)}"


def written(out: Path, head: dict[str, str], found: list[Line]) -> None:
    """Write both files."""
    out.mkdir(parents=True, exist_ok=True)
    lines = [asdict(each) | {"ratio": each.ratio, "verdict": each.verdict} for each in found]
    (out / "bench.json").write_text(json.dumps({"measured on": head, "lines": lines}, indent=1), encoding="utf-8")
    (out / "bench.md").write_text(page(head, found), encoding="utf-8")


def asked() -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=sizes, default=[10_000, 100_000, 1_000_000], help="triples, with commas (1e4,1e5,1e6)")
    parser.add_argument("--parts", type=parts, help=f"of {', '.join(PARTS)}")
    parser.add_argument("--beside", type=parts, default=[], help="more of them, measured at the same time as the others")
    parser.add_argument("--rounds", type=int, default=3, help="at sizes below 1,000,000; there each is measured once (default: 3)")
    parser.add_argument("--limit", type=float, default=1_800, help="seconds that one measurement may take (default: 1800)")
    parser.add_argument("--out", type=Path, default=TOP / "build" / "bench", help="folder for bench.md and bench.json")
    parser.add_argument("--quick", action="store_true", help="2,000 triples, one round")
    given = parser.parse_args()
    if given.quick:
        given.sizes, given.rounds, given.limit = [2_000], 1, 60.0
    left_out = _NOT_QUICK if given.quick else _LONG
    given.parts = given.parts or [each for each in PARTS if each not in left_out]
    return given


def sizes(text: str) -> list[int]:
    """Read sizes such as 1e4,100000."""
    return [int(float(each)) for each in text.split(",")]


def parts(text: str) -> list[str]:
    """Read names of parts."""
    unknown = sorted(set(text.split(",")) - PARTS.keys())
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no part {', '.join(unknown)}; the parts are {', '.join(PARTS)}")
    return text.split(",")


def main() -> int:
    """Measure, write and print; 1 where a claim is not held."""
    given, head = asked(), machine.described()
    head["rounds"] = f"{given.rounds}, one from 1,000,000 triples on; a measurement is stopped after {given.limit:g} s"
    head["parts"] = ", ".join(given.parts) + (f"; at the same time {', '.join(given.beside)}" if given.beside else "")

    def keep(found: list[Line]) -> None:
        head["load after"] = ", ".join(f"{each:.1f}" for each in os.getloadavg())
        written(given.out, head, found)

    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = measured(Plan(given.sizes, given.rounds, given.limit, Path(folder)), given.parts, keep, given.beside)
    print(page(head, found))
    return 0 if given.quick else int(any(each.verdict.startswith(NOT_HELD) for each in found))


if __name__ == "__main__":
    sys.exit(main())
