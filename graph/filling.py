"""Statements put into the engine, and into the union of the named graphs, which is its default graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice

import pyoxigraph as ox
from rdflib import URIRef

from graph.formats import Triple, to_ox

Quads = Mapping[ox.NamedNode, Iterable[ox.Quad]]

_CHUNK = 50_000  # quads put in at once: a million triples in one go take 2 GB of memory, in such chunks a tenth of that


def coming(graphs: Mapping[URIRef, Iterable[Triple]]) -> Quads:
    """Return the quads of graphs, each made when its turn comes, so that they never stand in memory all at once."""
    named = ((to_ox(URIRef(name)), triples) for name, triples in graphs.items())
    return {graph: _in(graph, triples) for graph, triples in named}


def quads_of(graphs: Mapping[URIRef, Iterable[Triple]]) -> Quads:
    """Return the quads of graphs, made all at once, so that what is wrong with a term shows before anything is changed."""
    return {graph: list(quads) for graph, quads in coming(graphs).items()}


def _in(graph: ox.NamedNode, triples: Iterable[Triple]) -> Iterator[ox.Quad]:
    return (ox.Quad(to_ox(s), to_ox(p), to_ox(o), graph) for s, p, o in triples)


def exchange(engine: ox.Store, quads: Quads) -> None:
    """Put graphs in place of others in an engine that holds some, and keep the union true."""
    before = {each.triple for graph in quads for each in engine.quads_for_pattern(None, None, None, graph)}
    for graph in quads:
        engine.remove_graph(graph)
    extend(engine, chain.from_iterable(quads.values()))
    for gone in before:
        left = fitting(engine, gone.subject, gone.predicate, gone.object, None)
        if all(each.graph_name == ox.DefaultGraph() for each in left):
            engine.remove(ox.Quad(gone.subject, gone.predicate, gone.object))


def extend(engine: ox.Store, quads: Iterable[ox.Quad]) -> None:
    """Put quads into an engine and into its union, chunk by chunk."""
    all_of_them = _with_union(quads)
    for first in all_of_them:
        engine.bulk_extend(chain((first,), islice(all_of_them, _CHUNK - 1)))


def _with_union(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    for each in quads:
        yield each
        yield ox.Quad(each.subject, each.predicate, each.object)


def fitting(engine: ox.Store, *pattern: ox.NamedNode | ox.BlankNode | ox.Literal | ox.DefaultGraph | None) -> Iterator[ox.Quad]:
    """Yield the quads that fit a pattern: on disk the engine gives for 255 larger numbers too, as for each whose last byte is 255
    (Oxigraph 0.5; its queries do not).
    """
    value = pattern[2]
    return (each for each in engine.quads_for_pattern(*pattern) if value is None or each.object == value)
