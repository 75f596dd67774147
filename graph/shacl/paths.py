"""Property paths: what a shape's sh:path says, in SPARQL and for people."""

from __future__ import annotations

from rdflib import RDF, SH, Graph, URIRef
from rdflib.term import Node

from graph.prefixes import shorten

_REPEATED = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


def as_sparql(graph: Graph, path: Node) -> str | None:
    """Return a property path as SPARQL has it; None where it is not well-formed."""
    if isinstance(path, URIRef):
        return path.n3()
    parts = _parts(graph, path)
    if parts is None:
        return None
    mark, inner = parts
    texts = [as_sparql(graph, each) for each in inner]
    return None if None in texts or not texts else _joined(mark, texts)


def as_text(graph: Graph, path: Node) -> str:
    """Return a well-formed property path as SPARQL writes it, in short names."""
    if isinstance(path, URIRef):
        return shorten(path)
    mark, inner = _parts(graph, path) or ("", [])
    texts = [as_text(graph, each) for each in inner]
    if mark == "/":
        return " / ".join(texts)
    if mark == "|":
        return f"({' | '.join(texts)})"
    return f"^{texts[0]}" if mark == "^" else f"({texts[0]}){mark}"


def branches(graph: Graph, path: Node) -> list[str] | None:
    """Return the single steps of which a path takes one, in SPARQL; None where it takes several steps."""
    if isinstance(path, URIRef):
        return [path.n3()]
    mark, inner = _parts(graph, path) or ("", [])
    if mark == "^" and isinstance(inner[0], URIRef):
        return [f"^{inner[0].n3()}"]
    if mark == "|":
        steps = [branches(graph, each) for each in inner]
        return None if None in steps else [each for some in steps for each in some]
    return None


def _parts(graph: Graph, path: Node) -> tuple[str, list[Node]] | None:
    """Return the operator of a path that is no single property, and what it stands between or before."""
    if (path, RDF.first, None) in graph:
        return "/", list(graph.items(path))
    for predicate, mark in ((SH.inversePath, "^"), *_REPEATED.items()):
        for inner in graph.objects(path, predicate):
            return mark, [inner]
    for choice in graph.objects(path, SH.alternativePath):
        return "|", list(graph.items(choice))
    return None


def _joined(mark: str, texts: list[str]) -> str:
    if mark in "/|":
        return f"({mark.join(texts)})"
    return f"^({texts[0]})" if mark == "^" else f"({texts[0]}){mark}"
