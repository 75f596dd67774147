"""Measurements in processes of their own, so that one does not warm another and each has a peak of memory of its own.

    python benchmarks/isolated.py MODULE FUNCTION '{"argument": …}'

calls a function of a module of this folder and prints what it returns, with the peak of the process' memory, as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
_LIMIT = "BENCH_SECONDS"
_PATIENCE = 4  # times the limit, by the clock: a process that shares the machine gets less than a second in a second


class Absent(Exception):
    """What is to be measured is not on this machine; the message says what is missing."""


@dataclass(frozen=True)
class Outcome:
    """What a process gave: its figures and its peak in MB; or the limit in seconds that it passed, or why there is nothing."""

    figures: dict[str, Any] = field(default_factory=dict)
    peak: float = 0.0
    over: float | None = None
    missing: str = ""


def clocked(work: Callable[[], object]) -> tuple[dict[str, float], Any]:
    """Return the seconds that a piece of work takes, of the process (all its threads) and of the clock, and what it gives."""
    signal.setitimer(signal.ITIMER_PROF, float(os.environ.get(_LIMIT, 0)))  # at its end the system ends this process
    wall, begin = time.perf_counter(), process_seconds()
    result = work()
    signal.setitimer(signal.ITIMER_PROF, 0)
    return {"seconds": process_seconds() - begin, "wall": time.perf_counter() - wall}, result


def process_seconds() -> float:
    """Return the seconds that this process has taken. While an alarm is set on them, `time.process_time` goes on in steps of 4 ms."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run(module: str, function: str, limit: float, **arguments: object) -> Outcome:
    """Call a function in a process of its own. What it clocks is stopped after `limit` seconds of the process, and is told as over that; all
    of it after four times as many seconds of the clock, of which nothing can be told.
    """
    command = [sys.executable, str(Path(__file__)), module, function, json.dumps(arguments, default=str)]
    path = [str(TOP), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, path)), _LIMIT: str(limit)}
    process = subprocess.Popen(
        command, cwd=TOP, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        out, err = process.communicate(timeout=_PATIENCE * limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # a server it started too
        process.communicate()
        return Outcome(missing=f"it was not done after {_PATIENCE * limit:g} s of the clock")
    if process.returncode == -signal.SIGPROF:
        return Outcome(over=limit)
    if process.returncode:
        told = err.strip().splitlines() or [f"the process ended with {process.returncode}"]
        return Outcome(missing=told[0 if process.returncode < 0 else -1][:200])  # what is broken off says why before all else
    return Outcome(**json.loads(out.splitlines()[-1]))


def peak() -> float:
    """Return the most memory this process has had, in MB; on Linux without what it was before it became this program."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text("ascii"))[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    """Call what the arguments name and print it."""
    module, function, arguments = sys.argv[1:]
    try:
        figures = getattr(importlib.import_module(module), function)(**json.loads(arguments))
        print(json.dumps({"figures": figures, "peak": peak()}))
    except Absent as reason:
        print(json.dumps({"missing": str(reason)}))


if __name__ == "__main__":
    # under its own name, so that what a part raises is the class that is caught here
    importlib.import_module("isolated").main()
