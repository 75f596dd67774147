"""The part of the bench on validation: whole graphs with seeded defects held against the shapes by ours, pySHACL and pyrudof.

The evaluation alone is timed. pySHACL and pyrudof find the data in a graph of theirs; ours loads its own graph within its time.
"""

from __future__ import annotations

import hashlib
import resource
import tempfile
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from isolated import Absent, Outcome, clocked
from lines import Claim, Line
from plan import Plan, line, peak

FASTER, DEFECTS = Claim("faster", 15), 0.001
_CLAIMED = 100_000  # the least size the claim is made for
_ROOM = 8 * 2**30  # bytes; pyrudof would take all the machine has amid 1,000,000 triples, and others with it


def lines(plan: Plan) -> Iterator[Line]:
    """Yield the lines of this part."""
    for size in plan.sizes:
        path = {"path": plan.made(size, DEFECTS) / "synthetic.nt"}
        ours, pyshacl, rudof = plan.rounds_of(size, *(("validating", each, path) for each in ("compiled", "by_pyshacl", "by_pyrudof")))
        claim = FASTER if size >= _CLAIMED else None
        named = f"pySHACL {version('pyshacl')}"
        yield line("validate", "validation, whole graph", size, ours, named, pyshacl, claim=claim, same=same(ours, pyshacl), note=found(ours))
        yield line("validate", "validation, whole graph", size, ours, "pyrudof", rudof, note=found(rudof))
        yield line("memory", "peak of a validation", size, ours, named, pyshacl, figure=peak, unit="MB")


def same(ours: list[Outcome], theirs: list[Outcome]) -> bool | None:
    """Whether all found the same results; None where one of them found none, having been stopped."""
    digests = {each.figures.get("digest") for each in (*ours, *theirs)}
    return None if None in digests or not theirs else len(digests) == 1


def found(outcomes: list[Outcome]) -> str:
    """Say how many results there were."""
    return next((f"{each.figures['results']} results" for each in outcomes if each.figures), "")


def compiled(path: str) -> dict[str, Any]:
    """Ours, from the triples on."""
    from graph import validate
    from graph.shacl import evaluation

    triples, shapes = list(statements(path)), validate.shapes()
    figures, outcome = clocked(lambda: evaluation.evaluate(triples, shapes))
    return figures | told(outcome.found)


def by_pyshacl(path: str) -> dict[str, Any]:
    """pySHACL, on a graph in rdflib's memory."""
    from graph import validate
    from graph.shacl import reference

    graph, shapes = in_rdflib(path), validate.shapes()
    figures, results = clocked(lambda: reference.found_in(graph, shapes))
    return figures | told(results)


def by_pyrudof(path: str) -> dict[str, Any]:
    """pyrudof, on the graph it read, with as much memory as a third of a machine of 24 GiB has."""
    resource.setrlimit(resource.RLIMIT_AS, (_ROOM, _ROOM))
    try:
        import pyrudof
    except ImportError:
        raise Absent("pyrudof is not installed; pip install 'tropico-kg[bench]'") from None
    from graph import formats, validate

    engine = pyrudof.Rudof(pyrudof.RudofConfig())
    with tempfile.TemporaryDirectory() as folder:
        data, shapes = Path(folder) / "data.nt", Path(folder) / "shapes.ttl"
        data.write_bytes(formats.n_triples(statements(path)))
        shapes.write_bytes(formats.serialise(validate.shapes(), formats.by_key("ttl")))
        engine.read_data(str(data), pyrudof.RDFFormat.NTriples)
        engine.read_shacl(str(shapes), pyrudof.ShaclFormat.Turtle)
    figures, report = clocked(engine.validate_shacl)
    return figures | {"results": len(report)}


def statements(path: str) -> Iterator[tuple]:
    """Yield the ontology, the packaged data and the made-up data, each statement once."""
    from graph import formats, ontology, resources

    yield from ontology.load(with_data=[resources.folder("data")])
    yield from formats.read(Path(path)).triples


def in_rdflib(path: str) -> Any:
    """Return the same as a graph of rdflib's."""
    from rdflib import Graph

    graph = Graph(bind_namespaces="none")
    for each in statements(path):
        graph.add(each)
    return graph


def told(results: Iterable[object]) -> dict[str, Any]:
    """Return the number of results and one digest over them."""
    texts = sorted(map(repr, results))
    return {"results": len(texts), "digest": hashlib.sha256("\n".join(texts).encode()).hexdigest()}
