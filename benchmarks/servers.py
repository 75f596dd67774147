"""The part of the bench on other servers: Fuseki, Virtuoso and Oxigraph's, where they are installed, beside the embedded store.

The packaged data and the made-up ones are put into each through the store contract, and a few questions are asked through it, over HTTP on
this machine; ours is asked in the process. Seconds are those of the clock, since a server works in a process of its own.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from isolated import TOP, Absent, Outcome
from lines import Line
from plan import Plan, line

PEERS = ("Fuseki", "Virtuoso", "Oxigraph")
ASKED = ("cq-02", "cq-11", "cq-13", "cq-26")
_LARGEST = 100_000  # above it the questions of a server are bounded by time limits, and loading over HTTP by patience
_AGAIN = 5
_LIMIT = 300.0  # seconds for one answer


def lines(plan: Plan) -> Iterator[Line]:
    """Yield the lines of this part."""
    for size in (each for each in plan.sizes if each <= _LARGEST):
        path = str(plan.made(size) / "synthetic.nt")
        calls = [("servers", "asked_of", {"path": path, "name": each}) for each in ("ours", *PEERS)]
        ours, *others = plan.rounds_of(size, *calls)
        for name, theirs in zip(PEERS, others, strict=True):
            peer = f"{name} {next((each.figures['version'] for each in theirs if each.figures), '')}".strip()
            for what in ("load", *ASKED):
                told = "load over SPARQL Update" if what == "load" else f"{what} over HTTP, ours in the process"
                yield line("servers", told, size, ours, peer, theirs, figure=figure(what), note=agreed(what, ours, theirs))


def figure(what: str) -> Callable[[Outcome], float]:
    """Return what takes one figure out of an outcome."""
    return lambda outcome: float(outcome.figures[what])


def agreed(what: str, ours: list[Outcome], theirs: list[Outcome]) -> str:
    """Say whether all gave as many rows; nothing where there is nothing to compare."""
    counts = sorted({each.figures["rows"][what] for each in (*ours, *theirs) if what in each.figures.get("rows", ())})
    if not counts or not theirs or not theirs[0].figures:
        return ""
    return f"{counts[0]:,} rows" if len(counts) == 1 else f"the numbers of rows differ: {', '.join(f'{each:,}' for each in counts)}"


def asked_of(path: str, name: str) -> dict[str, Any]:
    """Load into ours or into a server, and ask."""
    from graph.embedded import EmbeddedStore
    from graph.remote import RemoteStore
    from graph.settings import Settings

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if name == "ours":
            with EmbeddedStore(Path(folder) / "store") as store:
                return asked(store, path) | {"version": ""}
        sys.path.insert(0, str(TOP / "tests"))
        import engine_servers

        settings = Settings(cache=None, query_timeout=_LIMIT, max_rows=10_000_000, max_result_bytes=10_000_000_000)
        try:
            with engine_servers.SERVERS[name](Path(folder)) as server:
                with RemoteStore(server.query_url, server.update_url, settings) as store:
                    return asked(store, path) | {"version": version_of(name)}
        except engine_servers.NotHere as reason:
            raise Absent(str(reason)) from None


def asked(store: Any, path: str) -> dict[str, Any]:
    """Put all into a store and ask the questions; return the seconds of each and the numbers of rows."""
    from graph import asking, formats, intake, questions
    from graph.prefixes import graph_name

    graphs = {name: each.triples for name, each in intake.packaged().items()}
    graphs[graph_name("local/x")] = formats.read(Path(path)).triples
    known, figures, rows = questions.load(), {"load": seconds_of(lambda: store.replace(graphs))}, {}
    for name in ASKED:
        query = asking.bind(known[name], {})
        rows[name] = len(store.select(query).rows)
        figures[name] = statistics.median(seconds_of(lambda query=query: store.select(query)) for _ in range(_AGAIN))
    return figures | {"rows": rows, "wall": sum(figures.values())}


def seconds_of(work: Callable[[], object]) -> float:
    """Seconds of the clock that a piece of work takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def version_of(name: str) -> str:
    """Return the version of a server, where it is plain."""
    import re
    import subprocess
    from importlib.metadata import version

    if name == "Oxigraph":
        return version("oxigraph")
    if name == "Fuseki":
        jar = next((TOP / "build/fuseki").glob("jena-fuseki-server-*.jar"))
        return jar.stem.removeprefix("jena-fuseki-server-")
    said = subprocess.run(["virtuoso-t", "-?"], capture_output=True, text=True, check=False)
    found = re.search(r"\b0?7\.\d+\.\d+", said.stdout + said.stderr)
    return found[0] if found else ""
