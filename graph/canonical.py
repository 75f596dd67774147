"""Canonical Turtle: one way to write a graph, so that a save in any editor gives a diff of what was changed and of nothing else.

The text is rdflib's long Turtle over a canonically labelled graph. Before it is written, what the OWL API (the library under
Protégé 5) changes on a save without changing the meaning is undone: types of list cells, the order of lists that are sets, the
order of pairs, two-member disjointness written as a list, and declarations of individuals and datatypes, which need none.
"""

from __future__ import annotations

import re
from pathlib import Path

from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.namespace import SH

from graph import formats
from graph.errors import UsageError
from graph.prefixes import NAMESPACES

SETS = (OWL.members, OWL.distinctMembers, OWL.intersectionOf, OWL.unionOf, OWL.oneOf)
PAIRS = {OWL.AllDisjointClasses: (OWL.members, OWL.disjointWith), OWL.AllDifferent: (OWL.distinctMembers, OWL.differentFrom)}
_BLANK_LINE = re.compile(r"(?m)^[ ]+\n")


def canonical(path: Path) -> str:
    """The canonical text of a Turtle file.

    Comments are not kept; what matters stands in annotations. Raises ParseError for a file that is not Turtle and UsageError for
    shapes, whose lists carry an order that a canonical form may not touch.
    """
    graph = Graph()
    for triple in formats.read(path).triples:
        graph.add(triple)
    if any(str(predicate).startswith(str(SH)) for predicate in graph.predicates()):
        raise UsageError(f"{path}: holds shapes, which have no canonical form here; leave them as they were written.")
    tidy(graph)
    text = write(graph)
    if not isomorphic(Graph().parse(data=text, format="turtle"), graph):
        raise UsageError(f"{path}: cannot be written canonically without changing it; please report the file.")
    return text


def tidy(graph: Graph) -> None:
    """Undoes, in place, what the OWL API changes on a save without changing the meaning."""
    for cell in list(graph.subjects(RDF.first)):
        graph.remove((cell, RDF.type, RDF.List))
    graph.remove((None, RDF.type, OWL.NamedIndividual))
    for datatype in list(graph.subjects(RDF.type, RDFS.Datatype)):
        if str(datatype).startswith(str(XSD)) or datatype in (RDF.langString, RDF.PlainLiteral):
            graph.remove((datatype, RDF.type, RDFS.Datatype))
    for predicate in SETS:
        for owner, head in list(graph.subject_objects(predicate)):
            _sort_members(graph, owner, predicate, head)
    for kind, (members, relation) in PAIRS.items():
        for node in list(graph.subjects(RDF.type, kind)):
            _pair(graph, node, members, relation)
        for left, right in list(graph.subject_objects(relation)):
            if isinstance(left, URIRef) and isinstance(right, URIRef) and right < left:
                graph.remove((left, relation, right))
                graph.add((right, relation, left))


def _sort_members(graph: Graph, owner, predicate, head) -> None:
    """Writes a list that stands for a set in the order of its members' names; unnamed members follow by what they say."""
    cells = Collection(graph, head)
    members = sorted(cells, key=lambda term: (isinstance(term, BNode), _said(graph, term)))
    cells.clear()
    graph.remove((owner, predicate, head))
    fresh = BNode()
    Collection(graph, fresh, members)
    graph.add((owner, predicate, fresh))


def _said(graph: Graph, term) -> str:
    """A name's own text; of a blank node, which is a tree in OWL, the text of all that hangs on it."""
    if not isinstance(term, BNode):
        return term.n3()
    return "[" + " ; ".join(sorted(f"{p.n3()} {_said(graph, o)}" for p, o in graph.predicate_objects(term))) + "]"


def _pair(graph: Graph, node, members, relation) -> None:
    """Writes a set of two disjoint classes or different individuals as one statement between them."""
    head = graph.value(node, members)
    names = list(Collection(graph, head)) if head is not None else []
    if len(names) == 2 and all(isinstance(name, URIRef) for name in names):
        Collection(graph, head).clear()
        graph.remove((head, None, None))
        graph.remove((node, None, None))
        graph.add((names[0], relation, names[1]))


def write(graph: Graph) -> str:
    """Long Turtle with the project's prefixes, independent of the order and the labels that the graph came with."""
    fresh = Graph(bind_namespaces="none")
    for prefix, namespace in NAMESPACES.items():
        fresh.bind(prefix, namespace, replace=True)
    for triple in graph:
        fresh.add(triple)
    text = fresh.serialize(format="longturtle", canon=True)
    return _BLANK_LINE.sub("", text).rstrip("\n") + "\n"
