"""The terms of rdflib, which the package works with, and those of the engine; one turned into the other."""

from __future__ import annotations

import logging

import pyoxigraph as ox
from rdflib import BNode, Literal, URIRef

from graph.errors import DataError

Term = URIRef | BNode | Literal
Triple = tuple[URIRef | BNode, URIRef, Term]

# rdflib writes a traceback to the log for every ill-typed literal; here it is the shapes that speak about those
logging.getLogger("rdflib.term").setLevel(logging.ERROR)

_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"


def to_term_once(term: ox.NamedNode | ox.BlankNode | ox.Literal, known: dict[object, Term]) -> Term:
    """Return a term as `to_term` does, the same object wherever it comes again: most do, and that halves time and memory."""
    found = known.get(term)
    if found is None:
        found = known[term] = to_term(term)
    return found


def to_term(term: ox.NamedNode | ox.BlankNode | ox.Literal) -> Term:
    """Turn an engine's term into rdflib's; xsd:string goes, since rdflib's plain literal is that.

    The lexical form stays as it is. Raises DataError for the terms of RDF 1.2 that rdflib does not have.
    """
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Triple) or term.direction is not None:
        raise DataError("triple terms and text directions (RDF 1.2) are not read here; write the file in RDF 1.1.")
    if term.language:
        return Literal(term.value, lang=term.language)
    datatype = None if term.datatype.value == _XSD_STRING else URIRef(term.datatype.value)
    return Literal(term.value, datatype=datatype, normalize=False)


def to_ox(term: Term) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Turn rdflib's term into the engine's. Raises DataError for what is no valid IRI, blank node or literal."""
    try:
        if isinstance(term, URIRef):
            return ox.NamedNode(str(term))
        if isinstance(term, BNode):
            return ox.BlankNode(str(term))
        datatype = ox.NamedNode(str(term.datatype)) if term.datatype else None
        return ox.Literal(str(term), language=term.language, datatype=datatype)
    except ValueError as error:
        raise DataError(f"{str(term)[:200]!r} cannot be stored ({error}); correct it.") from None
