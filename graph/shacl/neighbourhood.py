"""The part of a store that shapes need to judge some documents, asked for thing by thing, so that the size of the store does not count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rdflib import OWL, RDF, RDFS, Graph, URIRef

from graph.formats import Document, Triple
from graph.store import Store

_AT_ONCE = 200  # things in one query


def around(documents: Sequence[Document], store: Store) -> Graph:
    """Return what a store says of and around the things that `documents` describe, as `graph.validate.context_of` cuts it out.

    That is: all that is said of and points at what they describe, all that is said of what they refer to, the types of what
    that refers to in turn, and every subclass axiom. Of what stands in the store in the documents' own graphs the caller
    takes care: what they no longer say must not be in it any more.
    """
    triples = [triple for each in documents for triple in each.triples]
    described = {s for s, _, _ in triples if isinstance(s, URIRef)}
    part = Graph(bind_namespaces="none")
    _add(part, store.construct(f"CONSTRUCT {{ ?a {RDFS.subClassOf.n3()} ?b }} WHERE {{ ?a {RDFS.subClassOf.n3()} ?b }}"))
    for values in _values(described):
        _add(part, store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {values} ?s ?p ?o }}"))
        _add(part, store.construct(f"CONSTRUCT {{ ?o ?p ?s }} WHERE {{ {values} ?o ?p ?s }}"))
    referred = {o for _, p, o in triples if isinstance(o, URIRef) and p != OWL.imports}
    referred |= {o for o in part.objects() if isinstance(o, URIRef)}
    further: set[URIRef] = set()
    for values in _values(referred - described):
        said = store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {values} ?s ?p ?o }}")
        further |= {o for o in said.objects() if isinstance(o, URIRef)}
        _add(part, said)
    for values in _values(further):
        _add(part, store.construct(f"CONSTRUCT {{ ?s a ?o }} WHERE {{ {values} ?s {RDF.type.n3()} ?o }}"))
    return part


def _values(things: Iterable[URIRef]) -> Iterator[str]:
    ordered = sorted(things)
    for start in range(0, len(ordered), _AT_ONCE):
        yield f"VALUES ?s {{ {' '.join(each.n3() for each in ordered[start : start + _AT_ONCE])} }}"


def _add(part: Graph, triples: Iterable[Triple]) -> None:
    for triple in triples:
        part.add(triple)
