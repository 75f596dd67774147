"""The pitfalls of OOPS! that a machine can decide, restated for this ontology.

Codes and meaning: Poveda-Villalón, Gómez-Pérez and Suárez-Figueroa (2014), OOPS! (OntOlogy Pitfall Scanner!),
International Journal on Semantic Web and Information Systems 10(2), 7–34; the catalogue is at
https://oops.linkeddata.es/catalogue.jsp. Left out are those that need a reader (P01, P09, P14–P18, P23, P30–P32), those
that other checks hold (P08, P22), inverses, which this ontology does not use by policy (P13), and what can be seen on
the web only (P37). Here stand the list and the pitfalls of classes and headers; those of properties have a module of
their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, BNode, Graph, URIRef
from rdflib.namespace import VANN
from rdflib.term import Node

from graph.checks.registry import Ledger, check
from graph.checks.tree import ALIGNMENTS, EXTERNAL, Tree, headers_of, is_own
from graph.checks.words import english, label_of
from graph.prefixes import ONTOLOGY, shorten

Found = Iterator[tuple[URIRef, str]]
Pitfall = Callable[[Tree], Found]
PITFALLS: dict[str, Pitfall] = {}

BUILT_IN = (str(RDF), str(RDFS), str(OWL), "http://www.w3.org/2001/XMLSchema#")
_CATCH_ALL = re.compile(r"(?:Misc|Other|Unknown|Various|Uncategori[sz]ed)", re.IGNORECASE)
_TWO_IN_ONE = re.compile(r"[a-z0-9](?:And|Or)[A-Z]")
_EXTENSION = re.compile(r"\.(?:owl|rdf|ttl|nt?|xml|json)\b")


def pitfall(code: str) -> Callable[[Pitfall], Pitfall]:
    """Register the decorated function: it yields each term that fell in, and what is wrong with what remedy."""

    def register(function: Pitfall) -> Pitfall:
        PITFALLS[code] = function
        return function

    return register


@check(15, "none of OOPS!'s pitfalls", "terms, by each of the pitfalls")
def pitfalls(tree: Tree, ledger: Ledger) -> None:
    """Look for each pitfall in turn."""
    ledger.see((len(tree.terms) + len(tree.modules)) * len(PITFALLS) if tree.terms else 0)
    ledger.note = f"{len(PITFALLS)} pitfalls"
    for code, function in sorted(PITFALLS.items()):
        for term, text in function(tree):
            ledger.fault(f"{_home(tree, term)}: {code}: {shorten(term)} {text}.", key=code, term=term)


def _headers(tree: Tree) -> list[URIRef]:
    """Return the ontologies that modules declare, however many each does."""
    return [iri for each in tree.modules for iri in headers_of(each)]


def _home(tree: Tree, term: URIRef) -> str:
    """Return where a term is declared; for one that is not, the first module that uses it."""
    if any((term, RDF.type, None) in graph for graph in (tree.terms_graph, tree.data_graph)):
        return tree.home(term)
    user = next((each for each in tree.modules if any(term in triple for triple in each.triples)), None)
    return tree.place(user.path) if user else "ontology"


@pitfall("P02")
def _synonyms(tree: Tree) -> Found:
    for one, other in tree.terms_graph.subject_objects(OWL.equivalentClass):
        if one in tree.classes and other in tree.classes:
            yield one, f"is equivalent to {shorten(other)}; keep one of them and make the other's name a label"


@pitfall("P04")
def _unconnected(tree: Tree) -> Found:
    graph = tree.terms_graph
    linked = set(
        chain(graph.objects(None, RDFS.domain), graph.objects(None, RDFS.range), graph.objects(None, RDFS.subClassOf))
    )
    linked |= set(graph.subjects(RDFS.subClassOf)) | set(graph.subjects(OWL.equivalentClass))
    for term in tree.classes:
        if term not in linked:
            yield term, "is connected with no other term; give it a superclass or let a property lead to it"


@pitfall("P06")
def _circle(tree: Tree) -> Found:
    for kind, relation in (
        (tree.classes, RDFS.subClassOf),
        (tree.properties, RDFS.subPropertyOf),
        (tree.terms, SKOS.broader),
    ):
        for term in kind:
            if any(
                term in tree.terms_graph.transitive_objects(each, relation)
                for each in tree.terms_graph.objects(term, relation)
            ):
                yield term, f"lies in a circle of {shorten(relation)}; break it"


@pitfall("P07")
def _two_in_one(tree: Tree) -> Found:
    for term in tree.classes:
        if _TWO_IN_ONE.search(term.removeprefix(ONTOLOGY)):
            yield term, "names two things at once; make two classes of it"


@pitfall("P10")
def _nothing_disjoint(tree: Tree) -> Found:
    graph = tree.terms_graph
    disjoint = set(graph.subjects(OWL.disjointWith)) | set(graph.objects(None, OWL.disjointWith))
    disjoint |= {each for members in graph.objects(None, OWL.members) for each in graph.items(members)}
    for term in tree.classes:
        if not disjoint & set(_superclasses(graph, term)):
            yield term, "is disjoint from no other class, nor is a superclass of it; say what it can never be"


def _superclasses(graph: Graph, term: Node) -> Iterator[Node]:
    """Yield a class and all above it, by rdfs:subClassOf and by the named parts of definitions."""
    parts = {
        part for each in graph.objects(term, OWL.equivalentClass / OWL.intersectionOf) for part in graph.items(each)
    }
    for start in (term, *parts):
        yield from graph.transitive_objects(start, RDFS.subClassOf)


@pitfall("P20")
def _swapped(tree: Tree) -> Found:
    for term in tree.terms:
        labels, definitions = english(tree, term, label_of(tree, term)), english(tree, term, SKOS.definition)
        if labels and definitions and len(labels[0]) >= len(definitions[0]):
            yield term, "has a label as long as its definition; are the two exchanged"


@pitfall("P21")
def _catch_all(tree: Tree) -> Found:
    for term in tree.classes:
        if _CATCH_ALL.match(term.removeprefix(ONTOLOGY)):
            yield term, "is a class for whatever is left over; let those things be members of the superclass alone"


@pitfall("P24")
def _recursive(tree: Tree) -> Found:
    for term in (*tree.classes, *tree.properties):
        for relation in (OWL.equivalentClass, OWL.equivalentProperty, OWL.propertyChainAxiom):
            if any(term in _mentioned(tree.terms_graph, each) for each in tree.terms_graph.objects(term, relation)):
                yield term, "is defined by itself; say what it is by other terms"


def _mentioned(graph: Graph, node: Node) -> set[Node]:
    """Return the names that an expression mentions."""
    if not isinstance(node, BNode):
        return {node}
    return {name for value in graph.objects(node) for name in _mentioned(graph, value)}


@pitfall("P34")
def _untyped_class(tree: Tree) -> Found:
    graph = tree.terms_graph
    places = [
        graph.objects(None, each) for each in (RDFS.subClassOf, RDFS.domain, OWL.equivalentClass, OWL.disjointWith)
    ]
    for used in sorted({each for each in chain(*places) if isinstance(each, URIRef)}):
        if (used, RDF.type, OWL.Class) not in graph and not str(used).startswith(BUILT_IN):
            yield used, "is used as a class and not declared as one; declare it owl:Class or correct the name"


@pitfall("P36")
def _file_extension(tree: Tree) -> Found:
    for iri in (*_headers(tree), *tree.terms):
        if _EXTENSION.search(iri):
            yield iri, "has the suffix of a file in its name; names outlive formats, so leave it out"


@pitfall("P38")
def _no_ontology(tree: Tree) -> Found:
    for document in tree.modules:
        number = len(headers_of(document))
        if number != 1:
            yield (
                URIRef(tree.place(document.path)),
                f"declares {number} ontologies; a module declares exactly one owl:Ontology",
            )


@pitfall("P39")
def _ambiguous_namespace(tree: Tree) -> Found:
    for header in _headers(tree):
        said = {str(each) for each in tree.terms_graph.objects(header, VANN.preferredNamespaceUri)}
        if said != {ONTOLOGY}:
            names = ", ".join(sorted(said)) or "none"
            yield header, f"names the namespace {names} and not {ONTOLOGY}; give vann:preferredNamespaceUri that value"


@pitfall("P40")
def _hijacked(tree: Tree) -> Found:
    for document in tree.own_modules:
        for subject, predicate, value in document.triples:
            declares = predicate == RDF.type and value in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
            if (
                declares
                and isinstance(subject, URIRef)
                and not is_own(subject)
                and document.path.parent.name != ALIGNMENTS
            ):
                yield (
                    subject,
                    f"is declared in {tree.place(document.path)} and belongs to others; list it in {EXTERNAL[:-4]}.csv",
                )


@pitfall("P41")
def _no_licence(tree: Tree) -> Found:
    for header in _headers(tree):
        if not list(tree.terms_graph.objects(header, DCTERMS.license)):
            yield header, "names no licence; add dcterms:license"
