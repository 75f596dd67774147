"""The part of the bench on answers that are kept: a question asked again and again over HTTP, beside Oxigraph's own server."""

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
ASKED = ("cq-02", "cq-13", "cq-20")
_SHARE = 2.0  # seconds that a round of one question takes about


def lines(plan: Plan) -> Iterator[Line]:
    """Yield the lines of this part: for each question answers per second, and the same at each size."""
    for size in plan.sizes:
        folder = plan.folder / f"served-{size}"
        folder.mkdir()
        endpoint.filled(folder, size)
        yield from served(folder / "store", size, plan.times(1))


def served(store: Path, size: int, rounds: int) -> Iterator[Line]:
    """Serve one store by both and ask both each question."""
    known = questions.load()
    with endpoint.ours(store, kept=50_000_000) as here, endpoint.oxigraph(store) as there:
        for name in ASKED:
            query = asking.bind(known[name], {})
            if not all(endpoint.soon(endpoint.asker(each, 99), query) for each in (there, here)):
                yield Line("serve", f"{name} kept, asked again", size, unit="answers/s", claim=AS_MANY,
                           missing=f"a server takes longer than {endpoint.SLOWEST:g} s for it when it is asked first")  # fmt: skip
                continue
            figures = endpoint.measured({"ours": here, "theirs": there}, rounds, asked(query, number_for(there, query)))
            peer = f"oxigraph serve-read-only {version('oxigraph')}"
            yield Line("serve", f"{name} kept, asked again", size, figures["ours"], "answers/s", peer, figures["theirs"], AS_MANY)


def number_for(server: tuple[str, int, str], query: str) -> int:
    """Return how often a question can be asked in a round."""
    ask, seconds = endpoint.asker(server, 98), []
    for _ in range(5):
        begin = time.perf_counter()
        ask(query)
        seconds.append(time.perf_counter() - begin)
    return max(40, min(3_000, int(_SHARE / statistics.median(seconds))))


def asked(query: str, number: int) -> endpoint.Callable[[int], list[str]]:
    """Return what gives the queries of a round."""
    return lambda _: [query] * number
