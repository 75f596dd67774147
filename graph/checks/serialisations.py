"""Checks of what leaves the house: every format can be read back, and the same graph always gives the same bytes."""

from __future__ import annotations

import warnings
from xml.sax import SAXException

from rdflib import Graph, Literal
from rdflib.compare import isomorphic
from rdflib.exceptions import ParserError

from graph import canonical
from graph.checks.registry import Ledger, check
from graph.checks.tree import Tree, graph_of
from graph.errors import TropicoError
from graph.formats import RDF_FORMATS, Document, Format, Triple, serialise

_RDFLIB_NAMES = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}
_REMEDY = "look for values that are equal and written in two ways"


@check(32, "every format can be read back", "files, in each format")
def round_trips(tree: Tree, ledger: Ledger) -> None:
    """Write each module in every format, have rdflib read it, and compare."""
    for document in tree.modules:
        wanted = graph_of((s, p, _normal(o)) for s, p, o in document.triples)
        for fmt in RDF_FORMATS:
            ledger.see()
            fault = _trip(document, fmt, wanted)
            if fault:
                ledger.fault(f"{tree.place(document.path)}: in {fmt.label}, {fault}.")


def _normal(term: object) -> object:
    """Return a literal as rdflib's parsers make it: numbers and times in their normal form."""
    return Literal(str(term), lang=term.language, datatype=term.datatype) if isinstance(term, Literal) else term


def _trip(document: Document, fmt: Format, wanted: Graph) -> str | None:
    """Return what is lost on the way out and back, None where nothing is."""
    try:
        written = serialise(document.triples, fmt)
        back = _read(written, fmt)
    except TropicoError as error:
        return f"it cannot be written ({error})"
    except (SyntaxError, ValueError, SAXException, ParserError) as error:
        told = " ".join(str(error).split())[:200]
        return f"what is written cannot be read back ({told}); take out signs that the format has no place for"
    if set(back) == set(wanted) or isomorphic(back, wanted):
        return None
    lost = sorted(" ".join(term.n3() for term in triple) for triple in set(wanted) - set(back))
    return f"something is lost on the way, such as {lost[0][:200] if lost else 'a blank node'}; write it in another way"


def _read(written: bytes, fmt: Format) -> Graph:
    with warnings.catch_warnings():
        # rdflib's own reader of JSON-LD makes a graph of a kind that rdflib calls deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        return Graph(bind_namespaces="none").parse(data=written, format=_RDFLIB_NAMES[fmt.key])


@check(34, "the same graph gives the same bytes", "files, in each format and in canonical form")
def reproducible(tree: Tree, ledger: Ledger) -> None:
    """Write each module twice, the second time from its triples in reverse, which turns round every two of them."""
    for document in tree.modules:
        turned = document.triples[::-1]
        for fmt in RDF_FORMATS:
            ledger.see()
            if serialise(document.triples, fmt) != serialise(turned, fmt):
                ledger.fault(
                    f"{tree.place(document.path)}: {fmt.label} depends on the order of the triples; {_REMEDY}."
                )
        ledger.see()
        if _canonical(document.triples) != _canonical(turned):
            ledger.fault(
                f"{tree.place(document.path)}: the canonical form depends on the order of the triples; {_REMEDY}."
            )


def _canonical(triples: tuple[Triple, ...]) -> str:
    graph = graph_of(triples)
    canonical.tidy(graph)
    return canonical.write(graph)
