"""The parts of the bench on the endpoint, over HTTP and beside Oxigraph's own server: answers that are kept, asked again and again; and a
mix of questions and look-ups, of which none is kept.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import endpoint
from graph import asking, questions
from lines import Claim, Line
from plan import Plan

AS_MANY = Claim("at least", 1)
ASKED = ("cq-02", "cq-13", "cq-20", "cq-26")
_SHARE = 2.0  # seconds that a round of one question takes about
_SLOWEST = 9.0  # seconds; what a server takes longer for is left out: ours stops a query after ten
Server = endpoint.Server
PEER = f"oxigraph serve-read-only {version('oxigraph')}"


def lines(plan: Plan) -> Iterator[Line]:
    """Yield the lines of this part: for each question answers per second, and the same at each size."""
    for size in plan.sizes:
        yield from served(endpoint.store_of(plan.stores, size), size, plan.times(1))


def mix(plan: Plan) -> Iterator[Line]:
    """Yield the lines of the other part, at the largest size."""
    size = max(plan.sizes)
    store = endpoint.store_of(plan.stores, size)
    with endpoint.ours(store) as here, endpoint.oxigraph(store) as there:
        servers = {"ours": here, "theirs": there}
        rounds, left = endpoint.rounds_of(servers, endpoint.cases_of(store))
        for name, asked in rounds.items():
            found = endpoint.measured(servers, endpoint.ROUNDS, asked)
            claim = Claim("at least", endpoint.CLAIMS[name])
            note = f"without {', '.join(left)}" if left and name.startswith("mix") else ""
            yield Line("endpoint", f"{name}, over HTTP", size, found["ours"], "answers/s", PEER, found["theirs"], claim, note=note)


def served(store: Path, size: int, rounds: int) -> Iterator[Line]:
    """Serve one store by both and ask both each question."""
    known = questions.load()
    with endpoint.ours(store, kept=50_000_000) as here, endpoint.oxigraph(store) as there:
        for name in ASKED:
            query = asking.bind(known[name], {})
            what = f"{name} kept, asked again"
            numbers = [number_for(each, query) for each in (here, there)]
            if not all(numbers):
                missing = f"a server takes longer than {_SLOWEST:g} s for it when it is asked first"
                yield Line("serve", what, size, unit="answers/s", peer=PEER, claim=AS_MANY, missing=missing)
                continue
            ours, theirs = in_turns((here, there), [[query] * each for each in numbers], rounds)
            yield Line("serve", what, size, ours, "answers/s", PEER, theirs, AS_MANY)


def number_for(server: Server, query: str) -> int:
    """Return how often a question can be asked in a round; 0 where it is not answered soon enough at first."""
    ask, seconds = endpoint.asker(server, 98), []
    for _ in range(4):
        begin = time.perf_counter()
        good = ask(query) == 200
        seconds.append(time.perf_counter() - begin)
        if not good or seconds[0] > _SLOWEST:
            return 0
    return max(endpoint.CLIENTS, min(3_000, int(_SHARE / statistics.median(seconds))))


def in_turns(servers: tuple[Server, ...], queries: list[list[str]], rounds: int) -> list[list[float]]:
    """Return the answers per second of each server, round by round, in turns."""
    found: list[list[float]] = [[] for _ in servers]
    for _ in range(rounds):
        for server, asked, figures in zip(servers, queries, found, strict=True):
            figures.append(endpoint.throughput(server, asked))
    return found
