"""The part of the bench on loading: a file of made-up data until it can be asked, and the memory that takes.

Ours is the way a build goes: read and checked, then put into a store, which keeps a named graph and the union of all beside it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from isolated import Absent, clocked
from lines import Claim, Line
from plan import Plan, line, peak

FASTER, MEMORY = Claim("faster", 8), Claim("at most", 0.5)
_CLAIMED = 100_000  # the least size the claims are made for: below it what a process takes by itself counts


def lines(plan: Plan) -> Iterator[Line]:
    """Yield the lines of this part."""
    for size in plan.sizes:
        path = {"path": plan.made(size) / "synthetic.nt"}
        names = ("in_memory", "on_disk", "by_rdflib", "by_pyoxigraph", "by_pyrudof")
        memory, disk, rdflib, raw, rudof = plan.rounds_of(size, *(("loading", each, path) for each in names))
        faster, less = (FASTER, MEMORY) if size >= _CLAIMED else (None, None)
        named = f"rdflib {version('rdflib')}"
        yield line("load", "load, in memory", size, memory, named, rdflib, claim=faster)
        yield line("load", "load, in memory", size, memory, f"pyoxigraph {version('pyoxigraph')}, one graph", raw)
        yield line("load", "load, in memory", size, memory, "pyrudof", rudof)
        yield line("load", "load, on disk", size, disk, named, rdflib)
        yield line("memory", "peak of a load, in memory", size, memory, named, rdflib, claim=less, figure=peak, unit="MB")
        yield line("memory", "peak of a load, on disk", size, disk, named, rdflib, claim=less, figure=peak, unit="MB")


def in_memory(path: str) -> dict[str, float]:
    """Ours, into a store in memory."""
    from graph import formats
    from graph.embedded import ScratchStore
    from graph.prefixes import graph_name

    with ScratchStore() as store:
        return clocked(lambda: store.replace({graph_name("local/x"): formats.read(Path(path)).triples}))[0]


def on_disk(path: str) -> dict[str, float]:
    """Ours, into a store on disk, until its files are there."""
    from graph import formats
    from graph.embedded import EmbeddedStore
    from graph.prefixes import graph_name

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, EmbeddedStore(Path(folder) / "store") as store:
        return clocked(lambda: store.replace({graph_name("local/x"): formats.read(Path(path)).triples}))[0]


def by_rdflib(path: str) -> dict[str, float]:
    """rdflib, into one graph in memory."""
    from rdflib import Graph

    return clocked(lambda: Graph(bind_namespaces="none").parse(path, format="nt"))[0]


def by_pyoxigraph(path: str) -> dict[str, float]:
    """The engine alone, into one graph in memory and without a union."""
    import pyoxigraph as ox

    return clocked(lambda: ox.Store().bulk_load(path=path, format=ox.RdfFormat.N_TRIPLES))[0]


def by_pyrudof(path: str) -> dict[str, float]:
    """pyrudof, into its one graph in memory."""
    try:
        import pyrudof
    except ImportError:
        raise Absent("pyrudof is not installed; pip install 'tropico-kg[bench]'") from None
    reader = pyrudof.Rudof(pyrudof.RudofConfig())
    return clocked(lambda: reader.read_data(path, pyrudof.RDFFormat.NTriples))[0]
