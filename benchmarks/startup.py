"""Start-up of the default store beside rdflib alone.

Measures, in turn and in one run, three whole processes from their start to their end:

* rdflib: a process that parses every Turtle file of ontology/, shapes/ and data/ with rdflib and ends;
* first start: `tropico serve` to its first answered question, with nothing remembered, so the content is validated;
* next start: the same, when the same content was validated by an earlier start.

Prints a Markdown table of medians with the range, and the ratio of the medians to rdflib's. The claim that is kept: the next start
takes at most three times what rdflib alone takes.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
QUESTION = "/questions/cq-13.json"
LIMIT = 3.0
PARSE = """
import sys, rdflib
for path in sys.argv[1:]:
    rdflib.Graph().parse(path, format="turtle")
"""


def turtle_files() -> list[str]:
    """The files that a start reads."""
    return sorted(str(p) for folder in ("ontology", "shapes", "data") for p in (TOP / folder).rglob("*.ttl"))


def rdflib_alone() -> float:
    """Seconds of a process that parses the same files with rdflib."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", PARSE, *turtle_files()], check=True)
    return time.perf_counter() - begin


def first_answer(cache: str) -> float:
    """Seconds from the start of `tropico serve` to its first answered question."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    begin = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "graph", "serve", "--port", str(port)],
        cwd=TOP, env={**os.environ, "TROPICO_CACHE": cache}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as server:
        try:
            while not answers(f"http://127.0.0.1:{port}{QUESTION}"):
                if server.poll() is not None or time.perf_counter() - begin > 120:
                    raise SystemExit("the server ended or gave no answer within 120 s")
                time.sleep(0.01)
            return time.perf_counter() - begin
        finally:
            server.terminate()


def answers(url: str) -> bool:
    """Whether a GET of the address gives 200."""
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return response.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def measure(runs: int) -> dict[str, list[float]]:
    """The three figures, taken in turn so that a drift of the machine's speed hits all alike."""
    figures: dict[str, list[float]] = {"rdflib alone": [], "first start": [], "next start": []}
    rdflib_alone()  # warms the files in the page cache and the byte code
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as cache:
            figures["rdflib alone"].append(rdflib_alone())
            figures["first start"].append(first_answer(cache))
            figures["next start"].append(first_answer(cache))
    return figures


def main() -> int:
    """Prints the table; returns 1 when the next start takes more than the claim allows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    figures = measure(parser.parse_args().runs)
    base = statistics.median(figures["rdflib alone"])
    print(f"| process ({len(turtle_files())} files) | median s | min – max s | × rdflib |\n|---|---|---|---|")
    for name, seconds in figures.items():
        median = statistics.median(seconds)
        print(f"| {name} | {median:.2f} | {min(seconds):.2f} – {max(seconds):.2f} | {median / base:.2f} |")
    ratio = statistics.median(figures["next start"]) / base
    print(f"\nnext start / rdflib = {ratio:.2f}, claim: at most {LIMIT:g}: {'held' if ratio <= LIMIT else 'NOT HELD'}")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
