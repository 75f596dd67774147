"""The pitfalls of OOPS! that lie in properties; see `pitfalls` for the source and the list."""

from __future__ import annotations

from rdflib import OWL, RDF, RDFS, URIRef

from graph.checks.pitfalls import BUILT_IN, Found, pitfall
from graph.checks.tree import Tree, is_own
from graph.prefixes import ONTOLOGY, shorten


@pitfall("P03")
def _being(tree: Tree) -> Found:
    for term in tree.properties:
        if term.removeprefix(ONTOLOGY).lower() in ("is", "isa", "istypeof", "sameas"):
            yield term, "says what rdf:type, rdfs:subClassOf or owl:sameAs say; use those"


@pitfall("P05")
def _wrong_inverse(tree: Tree) -> Found:
    graph = tree.terms_graph
    for one, other in graph.subject_objects(OWL.inverseOf):
        ends = set(graph.objects(one, RDFS.domain)), set(graph.objects(other, RDFS.range))
        if is_own(one) and one != other and all(ends) and ends[0] != ends[1]:
            yield one, f"has another domain than its inverse {shorten(str(other))} has a range; make them agree"


@pitfall("P11")
def _no_domain_or_range(tree: Tree) -> Found:
    for term in tree.of_kind("object property", "data property"):
        for relation in (RDFS.domain, RDFS.range):
            if (term, relation, None) not in tree.terms_graph:
                remedy = "state it, or list the property in ontology/waivers.csv with the reason"
                yield term, f"has no {shorten(relation)}; {remedy}"


@pitfall("P19")
def _several_domains_or_ranges(tree: Tree) -> Found:
    for term in tree.properties:
        for relation in (RDFS.domain, RDFS.range):
            found = sorted(map(str, tree.terms_graph.objects(term, relation)))
            if len(found) > 1:
                names = " and ".join(map(shorten, found))
                yield term, f"has several {shorten(relation)}, {names}, and a thing must be of all of them; keep one"


@pitfall("P25")
def _own_inverse(tree: Tree) -> Found:
    for term in tree.properties:
        if (term, OWL.inverseOf, term) in tree.terms_graph:
            yield term, "is its own inverse; declare it owl:SymmetricProperty"


@pitfall("P26")
def _inverse_of_symmetric(tree: Tree) -> Found:
    graph = tree.terms_graph
    for one, other in graph.subject_objects(OWL.inverseOf):
        if one != other and is_own(one) and (one, RDF.type, OWL.SymmetricProperty) in graph:
            yield one, f"is symmetric and has the inverse {shorten(str(other))}; drop one of the two"


@pitfall("P27")
def _wrong_equivalents(tree: Tree) -> Found:
    graph = tree.terms_graph
    for one, other in graph.subject_objects(OWL.equivalentProperty):
        differ = any(
            set(graph.objects(one, each)) != set(graph.objects(other, each)) for each in (RDFS.domain, RDFS.range)
        )
        if is_own(one) and differ:
            yield one, f"is equivalent to {shorten(str(other))} and has other ends; use rdfs:subPropertyOf"


def _same_ends(code: str, trait: URIRef, name: str) -> None:
    @pitfall(code)
    def _(tree: Tree) -> Found:
        graph = tree.terms_graph
        for term in tree.properties:
            ends = [set(graph.objects(term, each)) for each in (RDFS.domain, RDFS.range)]
            if (term, RDF.type, trait) in graph and all(ends) and ends[0] != ends[1]:
                yield term, f"is {name} and has another domain than range; correct one of the three"


_same_ends("P28", OWL.SymmetricProperty, "symmetric")
_same_ends("P29", OWL.TransitiveProperty, "transitive")


@pitfall("P33")
def _chain_of_one(tree: Tree) -> Found:
    for term, steps in tree.terms_graph.subject_objects(OWL.propertyChainAxiom):
        if is_own(term) and len(list(tree.terms_graph.items(steps))) < 2:
            yield term, "has a property chain of one step; use rdfs:subPropertyOf"


@pitfall("P35")
def _untyped_property(tree: Tree) -> Found:
    graph = tree.terms_graph
    kinds = {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
    used = {*graph.predicates(), *graph.objects(None, RDFS.subPropertyOf), *graph.objects(None, OWL.onProperty)}
    for each in sorted(term for term in used if isinstance(term, URIRef)):
        if not kinds & set(graph.objects(each, RDF.type)) and not str(each).startswith(BUILT_IN):
            yield each, "is used as a property and not declared as one; declare it or correct the name"
