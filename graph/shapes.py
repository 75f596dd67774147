"""The SHACL shapes as one graph, refused where a validator would pass over a fault in them in silence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from rdflib import SH, BNode, Graph, URIRef
from rdflib.term import Node

from graph import resources
from graph.embedded import ScratchStore
from graph.errors import OntologyError, QueryError
from graph.files import files_in
from graph.formats import Document, read
from graph.prefixes import shorten

# SHACL's extensions and its entailment: a validator of the core and sh:sparql reads over them
_NOT_EVALUATED = frozenset({SH.target, SH.rule, SH.js, SH.expression, SH.entailment})
_TO_SHAPE = (SH.node, SH.property, SH["not"], SH.qualifiedValueShape)
_TO_SHAPES = (SH["and"], SH["or"], SH.xone)


def load(folder: Path | None = None) -> Graph:
    """Return all shapes of `folder` (default: the packaged ones) as one graph.

    Raises OntologyError, naming file and remedy, for a folder without shapes and for what would make a check that never
    bites: a misspelt SHACL term, a feature that is not evaluated, a shape that leads back to itself, a pattern or a
    query that cannot be read. Raises ParseError for a file.
    """
    folder = folder or resources.folder("shapes")
    documents = [read(file) for file in files_in(folder)]
    graph = Graph(bind_namespaces="none")
    for document in documents:
        _refuse_unknown_terms(document)
        for triple in document.triples:
            graph.add(triple)
    if not any(graph.subjects(SH.path)):
        raise OntologyError(f"There are no shapes in {folder}, so nothing could be checked; put the .ttl files back.")
    _refuse_recursion(graph)
    _refuse_patterns(graph)
    _refuse_queries(graph)
    return graph


def _refuse_unknown_terms(document: Document) -> None:
    used = {
        term for triple in document.triples for term in triple if isinstance(term, URIRef) and term.startswith(str(SH))
    }
    for term in sorted(used):
        local = term.removeprefix(str(SH))
        if term not in SH:
            close = difflib.get_close_matches(local, list(SH.__annotations__), n=1)
            hint = f"did you mean sh:{close[0]}?" if close else "see https://www.w3.org/TR/shacl/."
            raise OntologyError(f"{document.path}: sh:{local} is no term of SHACL and would check nothing; {hint}")
        if term in _NOT_EVALUATED:
            raise OntologyError(
                f"{document.path}: sh:{local} is not evaluated here; write the constraint in SHACL Core."
            )


def _refuse_recursion(graph: Graph) -> None:
    """Refuse a shape that reaches itself: what that means is left open by SHACL, and validators stop without a word."""
    done: set[Node] = set()
    for start in sorted(set(graph.subjects(SH.property)) | set(graph.subjects(SH.node)), key=str):
        _walk(graph, start, [], done)


def _walk(graph: Graph, shape: Node, trail: list[Node], done: set[Node]) -> None:
    if shape in trail:
        raise OntologyError(f"The shape {shape_name(graph, shape)} leads back to itself; break the circle.")
    if shape not in done:
        for each in _shapes_used(graph, shape):
            _walk(graph, each, [*trail, shape], done)
        done.add(shape)


def _shapes_used(graph: Graph, shape: Node) -> Iterator[Node]:
    for predicate in _TO_SHAPE:
        yield from graph.objects(shape, predicate)
    for predicate in _TO_SHAPES:
        for members in graph.objects(shape, predicate):
            yield from graph.items(members)


def _refuse_patterns(graph: Graph) -> None:
    for shape, pattern in graph.subject_objects(SH.pattern):
        try:
            re.compile(str(pattern))
        except re.error as error:
            raise OntologyError(
                f"{shape_name(graph, shape)}: sh:pattern {pattern.n3()} cannot be read: {error}."
            ) from None


def _refuse_queries(graph: Graph) -> None:
    """Run each sh:select on nothing, to have the engine read it."""
    with ScratchStore() as nothing:
        for constraint, text in graph.subject_objects(SH.select):
            try:
                nothing.select(_prefixes(graph, constraint) + str(text))
            except QueryError as error:
                shape = graph.value(None, SH.sparql, constraint) or constraint
                raise OntologyError(f"{shape_name(graph, shape)}: its sh:select cannot be read: {error}") from None


def _prefixes(graph: Graph, constraint: Node) -> str:
    """Return the PREFIX lines of a query, on one line so that the line numbers of messages stay those of the query."""
    declared = [each for holder in graph.objects(constraint, SH.prefixes) for each in graph.objects(holder, SH.declare)]
    pairs = sorted((str(graph.value(each, SH.prefix)), str(graph.value(each, SH.namespace))) for each in declared)
    return "".join(f"PREFIX {prefix}: <{namespace}> " for prefix, namespace in pairs)


def named_shape(graph: Graph, shape: Node | None) -> URIRef | None:
    """Return the named shape that `shape` is or belongs to; None where it belongs to none."""
    seen: set[Node] = set()
    while isinstance(shape, BNode) and shape not in seen:
        seen.add(shape)
        shape = next(iter(sorted(graph.subjects(None, shape), key=lambda each: isinstance(each, BNode))), None)
    return shape if isinstance(shape, URIRef) else None


def shape_name(graph: Graph, shape: Node) -> str:
    """Return how a message calls `shape`: its name, or that of the shape it belongs to."""
    named = named_shape(graph, shape)
    return shorten(named) if named is not None else "A nameless shape"
