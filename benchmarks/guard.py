"""Honest clients of the endpoint, without and with two attackers.

Starts `tropico serve` on the packaged data with a time limit of 2 seconds, and asks it over HTTP for a fixed time, twice: eight clients
that look one thing up and list a hundred rows, alone; then the same eight beside two clients that send queries made to stop it, without
a pause. Every client has an address of its own, as far as the system lets it (127.0.0.0/8 on Linux).

Prints a Markdown table: answers per second, median and 99th percentile of the honest, what the attackers were answered and the longest
they waited. The claims: the honest are all answered, at least half as many a second beside attackers as alone, 99 of 100 in under 100 ms;
every hostile request ends within 1.2 times the time limit, with 400, 403, 413, 429, 500, 503 or 504 where it is not answered after all.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
LIMIT = 2.0
KEPT, SLOWEST, STOPPED = 0.5, 0.1, 1.2  # what is claimed: a share, seconds, and times the limit
HONEST, ATTACKERS = 8, 2
TERM = "https://w3id.org/tropico-kg/ontology#"
LOOKUP = "SELECT ?p ?o { <https://w3id.org/tropico-kg/id/case/tropico-de-online-access-act> ?p ?o }"
LIST = f"SELECT ?f ?o {{ ?f a <{TERM}Finding> ; ?p ?o }} LIMIT 100"
HOSTILE = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i ?f ?c",
    "SELECT * { " + "( " * 60 + "1" + " )" * 60 + " ?p ?o }",
    "SELECT (STRLEN(?z) AS ?n) { BIND('" + "x" * 1000 + "' AS ?a) "
    + "".join(f"BIND(CONCAT({','.join([f'?{a}'] * 10)}) AS ?{b}) " for a, b in zip("abcdefgh", "bcdefghz", strict=True)) + "}",
    "SELECT * { FILTER(" + "!" * 12_000 + "true) }",
)
ALLOWED = {200, 400, 403, 413, 429, 500, 503, 504}


@dataclass
class Tally:
    """What clients of one kind were answered."""

    seconds: list[float] = field(default_factory=list)
    codes: collections.Counter[int] = field(default_factory=collections.Counter)


def ask(port: int, query: str, address: str) -> tuple[int, float]:
    """Return the status of an answer that was read to its end, and the seconds it took."""
    begin = time.perf_counter()
    source = (address, 0) if sys.platform.startswith("linux") else None
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=source)
    try:
        connection.request("GET", "/sparql?" + urllib.parse.urlencode({"query": query}))
        response = connection.getresponse()
        response.read()
        return response.status, time.perf_counter() - begin
    finally:
        connection.close()


def client(port: int, queries: tuple[str, ...], address: str, until: float, tally: Tally) -> None:
    """Ask one query after another until the time is over."""
    number = 0
    while time.monotonic() < until:
        code, seconds = ask(port, queries[number % len(queries)], address)
        number += 1
        tally.codes[code] += 1
        tally.seconds.append(seconds)
        if code == 429 and len(queries) == len(HOSTILE):
            time.sleep(0.05)  # an attacker that is refused outright measures the server's accept loop only


def run(port: int, seconds: float, attackers: int) -> tuple[Tally, Tally]:
    """Let all clients ask for so many seconds; return what the honest and the others were answered."""
    honest, hostile, until = Tally(), Tally(), time.monotonic() + seconds
    threads = [
        threading.Thread(target=client, args=(port, (LOOKUP, LOOKUP, LOOKUP, LIST), f"127.0.1.{n + 1}", until, honest))
        for n in range(HONEST)
    ]
    threads += [
        threading.Thread(target=client, args=(port, HOSTILE[n:] + HOSTILE[:n], f"127.0.2.{n + 1}", until, hostile))
        for n in range(attackers)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return honest, hostile


def row(name: str, honest: Tally, hostile: Tally, seconds: float) -> str:
    """Return one line of the table."""
    told = ", ".join(f"{code}: {count}" for code, count in sorted(hostile.codes.items())) or "none"
    longest = f"{max(hostile.seconds):.2f} s" if hostile.seconds else ""
    return (f"| {name} | {len(honest.seconds) / seconds:.0f}/s | {statistics.median(honest.seconds) * 1000:.1f} ms "
            f"| {p99(honest) * 1000:.0f} ms | {dict(honest.codes)} | {told} | {longest} |")


def p99(tally: Tally) -> float:
    """Return the seconds within which 99 of 100 answers came."""
    return statistics.quantiles(tally.seconds, n=100)[98]


def claims(alone: Tally, beside: Tally, attackers: Tally) -> Iterator[tuple[str, bool]]:
    """Yield what is claimed, with its figure, and whether it holds."""
    kept = len(beside.seconds) / len(alone.seconds)
    yield f"the honest keep {kept:.0%} of their answers (at least {KEPT:.0%})", kept >= KEPT
    yield f"99 of 100 of theirs come within {p99(beside) * 1000:.0f} ms (under {SLOWEST * 1000:g})", p99(beside) < SLOWEST
    longest = max(attackers.seconds)
    yield f"an attacker's query ends after {longest:.2f} s at most ({STOPPED} times the limit)", longest <= STOPPED * LIMIT
    codes = f"{sorted({*alone.codes, *beside.codes})} and {sorted(attackers.codes)}"
    answered = set(alone.codes) == set(beside.codes) == {200} and set(attackers.codes) <= ALLOWED
    yield f"the honest are answered, and attackers told why not ({codes})", answered


def health(port: int) -> dict[str, object]:
    """Return what the server says of its worker processes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/health")
        return json.loads(connection.getresponse().read())["workers"]
    finally:
        connection.close()


def main() -> int:
    """Measure and print; 0 if the claims hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each of the two rounds takes")
    seconds = parser.parse_args().seconds
    environment = {**os.environ, "TROPICO_QUERY_TIMEOUT": str(LIMIT), "TROPICO_KEPT_BYTES": "0"}  # every query is evaluated
    command = [sys.executable, "-m", "graph", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=TOP, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = urllib.parse.urlsplit(server.stdout.readline().split(" at ")[1].split()[0]).port
            ask(port, LOOKUP, "127.0.0.1")
            alone, nobody = run(port, seconds, 0)
            beside, attackers = run(port, seconds, ATTACKERS)
            workers = health(port)
        finally:
            server.terminate()
    print("| | honest | median | 99th percentile | answers | attackers' answers | their longest |\n|---|---|---|---|---|---|---|")
    print(row("alone", alone, nobody, seconds))
    print(row(f"with {ATTACKERS} attackers", beside, attackers, seconds))
    print(f"\nWorkers after that: {workers}")
    told = list(claims(alone, beside, attackers))
    print("\n".join(f"- {text}: {'holds' if held else 'DOES NOT HOLD'}" for text, held in told))
    return 0 if all(held for _, held in told) else 1


if __name__ == "__main__":
    sys.exit(main())
