"""Statements put into the engine, and into the union of the named graphs, which is its default graph."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice

import pyoxigraph as ox
from rdflib import URIRef

from graph.formats import Statements, Triple, to_ox

Content = Mapping[ox.NamedNode, Statements | Iterable[ox.Quad]]

_CHUNK = 50_000  # quads put in at once: a million triples in one go take 2 GB of memory, in such chunks a tenth of that
_FEWEST, _MOST = 2_000_000, 16_000_000  # bytes of text put in at once on disk
_SHARE = 16  # in between, one in so many of what went before: each time the engine begins new files, which it merges in the end


def coming(graphs: Mapping[URIRef, Iterable[Triple]]) -> Content:
    """Return what graphs are to hold, each term turned into the engine's when its turn comes, so that they never stand in memory all at
    once; what the engine can take as text stays as it is.
    """
    named = ((to_ox(URIRef(name)), triples) for name, triples in graphs.items())
    return {graph: _in(graph, triples) for graph, triples in named}


def at_hand(graphs: Mapping[URIRef, Iterable[Triple]]) -> Content:
    """Return the same with all terms turned, so that what is wrong with one shows before anything is changed."""
    return {graph: each if isinstance(each, Statements) else list(each) for graph, each in coming(graphs).items()}


def _in(graph: ox.NamedNode, triples: Iterable[Triple]) -> Statements | Iterator[ox.Quad]:
    if not isinstance(triples, Statements):
        return (ox.Quad(to_ox(s), to_ox(p), to_ox(o), graph) for s, p, o in triples)
    if not triples.has_blank_nodes:
        return triples
    return (ox.Quad(*each.triple, graph) for each in triples.quads())  # from each text, the engine gives blank nodes other names


def fill(engine: ox.Store, content: Content, copied: Iterable[ox.Quad] = (), *, in_memory: bool = False) -> None:
    """Put what graphs are to hold, and quads that are copied, into an engine and into its union.

    Text is not checked again, which would take a third of the time: the engine wrote it, from what its parser had checked.
    """
    _extend(engine, chain(copied, *(each for each in content.values() if not isinstance(each, Statements))))
    texts = {graph: each for graph, each in content.items() if isinstance(each, Statements)}
    if in_memory:
        _load(engine, texts)
    else:
        _bulk_load(engine, texts)


def _load(engine: ox.Store, content: Mapping[ox.NamedNode, Statements]) -> None:
    """Put text into an engine in memory, where pieces cost nothing and the plain way is faster by a fifth than the one for bulk."""
    for graph, statements in content.items():
        for text in statements.texts():
            engine.load(text, ox.RdfFormat.N_TRIPLES, to_graph=graph, lenient=True)
            engine.load(text, ox.RdfFormat.N_TRIPLES, lenient=True)


def _bulk_load(engine: ox.Store, content: Mapping[ox.NamedNode, Statements]) -> None:
    """Put text into an engine on disk, where the plain way takes twice as long. Graphs and union have indexes of their own there, so
    that one after the other is as fast as both at once and takes less memory.
    """
    for piece in _pieces(content):
        engine.bulk_load(_Texts(text.replace(b" .\n", end) for text, end in piece), ox.RdfFormat.N_QUADS, lenient=True)
        engine.bulk_load(_Texts(text for text, _ in piece), ox.RdfFormat.N_TRIPLES, lenient=True)


class _Texts(io.RawIOBase):
    """Texts to read one after another as one file is, of which no more than one at once is made."""

    def __init__(self, texts: Iterable[bytes]) -> None:
        self._files = map(io.BytesIO, texts)
        self._file = io.BytesIO()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of a text, `size` at the most; none after the last text."""
        while not (found := self._file.read(size)):
            following = next(self._files, None)
            if following is None:
                break
            self._file = following
        return found


def _pieces(content: Mapping[ox.NamedNode, Statements]) -> Iterator[list[tuple[bytes, bytes]]]:
    """Yield the texts, each with what ends its lines as N-Quads, in pieces that become larger."""
    piece, size, enough = [], 0, float(_FEWEST)
    for graph, statements in content.items():
        end = f" {graph} .\n".encode()
        for text in statements.texts():
            piece.append((text, end))
            size += len(text)
            if size > enough:
                yield piece
                enough = min(max(_FEWEST, enough + size / _SHARE), _MOST)
                piece, size = [], 0
    if piece:
        yield piece


def exchange(engine: ox.Store, content: Content) -> None:
    """Put graphs in place of others in an engine that holds some, and keep the union true."""
    before = {each.triple for graph in content for each in engine.quads_for_pattern(None, None, None, graph)}
    for graph in content:
        engine.remove_graph(graph)
    fill(engine, content)
    for gone in before:
        left = fitting(engine, gone.subject, gone.predicate, gone.object, None)
        if all(each.graph_name == ox.DefaultGraph() for each in left):
            engine.remove(ox.Quad(gone.subject, gone.predicate, gone.object))


def _extend(engine: ox.Store, quads: Iterable[ox.Quad]) -> None:
    """Put quads into an engine and into its union, chunk by chunk."""
    both = _with_union(quads)
    for first in both:
        engine.bulk_extend(chain((first,), islice(both, _CHUNK - 1)))


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
