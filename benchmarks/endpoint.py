"""The endpoint beside `oxigraph serve-read-only`, on the same data on the same disk, in one run.

Fills a store on disk with the packaged data and made-up cases up to a number of triples, lets `tropico serve` (guard on) and Oxigraph's
own server answer from it, and asks both the same, in turns: the mix of all questions with their default values, each question once a
round, and look-ups of single cases, each of another case. Eight clients with an address of their own keep their connections.

Prints a Markdown table of answers per second (median of the rounds, with the range), and the ratio of the medians. Ours keeps no answers
there, so that each is evaluated; a second server of ours, which keeps them, is shown beside. The claims: at least
0.7 of Oxigraph's throughput on the mix and 0.5 on the look-ups. A question that either server takes longer than a second for when it
is asked alone is left out of the mix for both, and named: eight such clients would measure the time limits.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rdflib import URIRef

from graph import asking, build, formats, questions
from graph.embedded import EmbeddedStore
from graph.settings import Settings

TOP = Path(__file__).resolve().parent.parent
CLIENTS = 8
SLOWEST = 1.0  # seconds
CLAIMS = {"mix of questions": 0.7, "look-ups of one case": 0.5}
LOOKUP = """PREFIX trop: <https://w3id.org/tropico-kg/ontology#>
SELECT ?finding ?p ?o WHERE {{ ?finding trop:concernsCase <{case}> ; ?p ?o }}"""
MADE_UP = URIRef("https://w3id.org/tropico-kg/graph/made-up")
CASES = f"""PREFIX trop: <https://w3id.org/tropico-kg/ontology#>
SELECT DISTINCT ?case WHERE {{ GRAPH <{MADE_UP}> {{ ?finding trop:concernsCase ?case }} }} ORDER BY ?case"""
LOOKUPS, ROUNDS = 1_500, 5
Ask = Callable[[str], int]
Server = tuple[str, int, str]  # host, port, path


def filled(folder: Path, triples: int) -> None:
    """Fill the store in `folder`."""
    subprocess.run([sys.executable, str(TOP / "benchmarks/generate.py"), "--triples", str(triples), "--files", "1",
                    "--defects", "0", str(folder / "made")], check=True, stdout=subprocess.DEVNULL)
    with EmbeddedStore(folder / "store") as store:
        build.build(store, settings=Settings(cache=None))
        store.replace({MADE_UP: formats.read(folder / "made" / "synthetic.nt").triples})


def store_of(folder: Path, triples: int) -> Path:
    """Return the store of a size in `folder`, filled unless it is there; one that was left half filled is not."""
    home, unfinished = folder / str(triples), folder / f"{triples}.unfinished"
    if not home.exists():
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        filled(unfinished, triples)
        unfinished.rename(home)
    return home / "store"


def cases_of(store: Path) -> list[str]:
    """Return the made-up cases in a store."""
    with EmbeddedStore(store) as opened:
        return [str(case) for (case,) in opened.select(CASES).rows]


# -- the two servers --------------------------------------------------------------------------------------------------


@contextmanager
def ours(store: Path, kept: int = 0) -> Iterator[Server]:
    """Serve `store` as an operator would, answers kept or not; give host, port and path."""
    room = {"TROPICO_CLIENT_SECONDS": "3600", "TROPICO_LOG": "off", "TROPICO_KEPT_BYTES": str(kept), "TROPICO_WORKERS": str(CLIENTS)}
    command = [sys.executable, "-m", "graph", "serve", "--port", "0", "--store", str(store)]
    with subprocess.Popen(command, cwd=TOP, env=os.environ | room, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield "127.0.0.1", urllib.parse.urlsplit(re.search(r"http://\S+", server.stdout.readline())[0]).port, "/sparql"
        finally:
            server.terminate()


@contextmanager
def oxigraph(store: Path) -> Iterator[Server]:
    """Serve the same files by Oxigraph's own server; its default graph holds the union there already."""
    generation = next(path for path in sorted(store.rglob("CURRENT"), reverse=True)).parent
    port = free_port()
    command = [str(Path(sys.executable).parent / "oxigraph"), "serve-read-only", "--location", str(generation),
               "--bind", f"127.0.0.1:{port}", "--timeout-s", "120"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port)
            yield "127.0.0.1", port, "/query"
        finally:
            server.terminate()


def free_port() -> int:
    """Return a port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int) -> None:
    """Wait until the port answers."""
    for _ in range(200):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=5).request("GET", "/")
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("Oxigraph's server does not answer.")


# -- asking -----------------------------------------------------------------------------------------------------------


def asker(server: Server, number: int) -> Ask:
    """Return what asks `server` from the address of client `number` and gives the status; the connection is kept."""
    host, port, path = server
    source = (f"127.0.1.{number + 1}", 0) if sys.platform.startswith("linux") else None
    connection = http.client.HTTPConnection(host, port, timeout=120, source_address=source)
    headers = {"Content-Type": "application/sparql-query", "Accept": "application/sparql-results+json"}

    def ask(query: str) -> int:
        connection.request("POST", path, query.encode(), headers)
        response = connection.getresponse()
        response.read()
        return response.status

    return ask


def throughput(server: Server, queries: list[str]) -> float:
    """Return how many of `queries` are answered per second when the clients share them out."""
    waiting, lock, codes = iter(queries), threading.Lock(), []

    def client(number: int) -> None:
        ask = asker(server, number)
        while True:
            with lock:
                query = next(waiting, None)
            if query is None:
                return
            codes.append(ask(query))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    begin = time.perf_counter()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    seconds = time.perf_counter() - begin
    assert set(codes) == {200} and len(codes) == len(queries), f"answers: {sorted(set(codes))}"
    return len(queries) / seconds


def rounds_of(servers: Mapping[str, Server], cases: list[str], lookups: int = LOOKUPS) -> tuple[dict[str, Callable[[int], list[str]]], list[str]]:
    """Return what all are asked in a round, given its number, under the names of CLAIMS; and the questions that are left out."""
    known = {name: asking.bind(each, {}) for name, each in questions.load().items()}
    mix = answered(list(servers.values()), known)
    chance = random.Random(7)
    return {
        "mix of questions": lambda number: list(mix.values()),
        "look-ups of one case": lambda number: [LOOKUP.format(case=chance.choice(cases)) for _ in range(lookups)],
    }, sorted(known.keys() - mix.keys())


def answered(servers: list[Server], mix: dict[str, str]) -> dict[str, str]:
    """Return the questions that both servers answer soon enough when they are asked alone."""
    asked = [asker(server, 99) for server in servers]
    return {name: query for name, query in mix.items() if all(soon(ask, query) for ask in asked)}


def soon(ask: Ask, query: str) -> bool:
    """Say whether a query is answered within SLOWEST seconds."""
    begin = time.perf_counter()
    return ask(query) == 200 and time.perf_counter() - begin <= SLOWEST


def measured(servers: dict[str, Server], rounds: int, queries: Callable[[int], list[str]]) -> dict[str, list[float]]:
    """Return the throughput of each server, round by round, in turns; both are asked the same in a round."""
    found: dict[str, list[float]] = {name: [] for name in servers}
    for number in range(rounds):
        asked = queries(number)
        for name in sorted(servers, reverse=bool(number % 2)):
            found[name].append(throughput(servers[name], asked))
    return found


def main() -> int:
    """Measure and print; 0 if the claims hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--lookups", type=int, default=LOOKUPS, help="look-ups in a round")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="endpoint-") as folder:
        store = store_of(Path(folder), given.triples)
        cases = cases_of(store)
        with ours(store) as here, ours(store, kept=50_000_000) as keeping, oxigraph(store) as there:
            return report({"ours": here, "ours, kept": keeping, "oxigraph": there}, cases, given)


def report(servers: dict[str, Server], cases: list[str], given: argparse.Namespace) -> int:
    """Ask both servers and print the table; 0 if the claims hold."""
    rounds, left = rounds_of(servers, cases, given.lookups)
    print(f"{given.triples:,} made-up triples beside the packaged data, {len(cases):,} cases; {CLIENTS} clients, {given.rounds} rounds.")
    if left:
        print(f"Left out, since one of them takes longer than {SLOWEST:g} s for it alone: {', '.join(left)}.")
    print("\n| what | ours, answers/s | oxigraph serve, answers/s | ratio | claim | ours with answers kept |\n|---|---|---|---|---|---|")
    held = True
    for name, queries in rounds.items():
        found = measured(servers, given.rounds, queries)
        ratio = statistics.median(found["ours"]) / statistics.median(found["oxigraph"])
        held = held and ratio >= CLAIMS[name]
        print(f"| {name} | {spread(found['ours'])} | {spread(found['oxigraph'])} | {ratio:.2f} | at least {CLAIMS[name]} "
              f"| {spread(found['ours, kept'])} |", flush=True)
    print("\nThe claims hold." if held else "\nA claim does NOT hold.")
    return 0 if held else 1


def spread(figures: list[float]) -> str:
    """Return a median with its range."""
    return f"{statistics.median(figures):.1f} ({min(figures):.1f}–{max(figures):.1f})"


if __name__ == "__main__":
    sys.exit(main())
