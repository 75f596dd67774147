"""What follows from the data: the ontology's own axioms compiled into SPARQL rules, which `close` runs until nothing new appears.

The closure is that of the assertions about named things (the ABox part of OWL 2 RL that the ontology uses): no axiom,
no owl:sameAs and nothing about blank nodes is derived. Source: https://www.w3.org/TR/owl2-profiles, section 4.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, URIRef
from rdflib.term import Node

from graph.closure import INFERRED, Rule, close
from graph.formats import Triple
from graph.prefixes import shorten

__all__ = ["AXIOMS", "INFERRED", "Rule", "axioms", "close", "is_axiom", "left_out", "rules"]

_EVERYTHING = frozenset(
    {OWL.Thing, OWL.NamedIndividual, RDFS.Resource, RDFS.Literal, OWL.topObjectProperty, OWL.topDataProperty}
)
_PREDICATES = (
    RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, RDF.first, RDF.rest, OWL.equivalentClass, OWL.equivalentProperty,
    OWL.inverseOf, OWL.propertyChainAxiom, OWL.intersectionOf, OWL.onProperty, OWL.hasValue,
)  # fmt: skip
_KINDS = (OWL.SymmetricProperty, OWL.TransitiveProperty, OWL.AnnotationProperty, RDFS.Datatype)
# rules are made from what fits one of these, and from nothing else
AXIOMS = (*((None, each, None) for each in _PREDICATES), *((None, RDF.type, each) for each in _KINDS))
_AMONG_PREDICATES, _AMONG_KINDS, _TYPE = frozenset(_PREDICATES), frozenset(_KINDS), RDF.type  # of each statement it is asked


def rules(ontology: Graph) -> tuple[Rule, ...]:
    """Compile the axioms of `ontology` into rules, sorted and each once.

    Kinds: subclass, equivalentClass, hasValue (definitions and superclasses made of named classes and hasValue
    restrictions), subproperty, equivalentProperty, inverseOf, symmetric, transitive, propertyChain, domain, range.
    """
    makers = (
        _subclasses,
        _equivalent_classes,
        _expressions,
        _subproperties,
        _inverses,
        _symmetric,
        _transitive,
        _chains,
        _typing,
    )
    return tuple(sorted({rule for make in makers for rule in make(ontology)}))


def axioms(triples: Iterable[Triple]) -> Graph:
    """Return those of `triples` from which `rules` are made, as a graph."""
    graph = Graph(bind_namespaces="none")
    for triple in triples:
        if is_axiom(triple):
            graph.add(triple)
    return graph


def is_axiom(triple: Triple) -> bool:
    """Tell whether `rules` could come out otherwise with this triple than without."""
    return triple[1] in _AMONG_PREDICATES or (triple[1] == _TYPE and triple[2] in _AMONG_KINDS)


def left_out(ontology: Graph) -> tuple[URIRef, ...]:
    """Return the classes with a definition that the rules cannot follow both ways, such as a union."""
    return tuple(
        sorted(
            {
                named
                for named, expression in _definitions(ontology)
                if isinstance(expression, BNode) and None in _conjuncts(ontology, expression)
            }
        )
    )


def _rule(kind: str, name: str, head: str, *body: str) -> Rule:
    return Rule(kind, name, head, body)


def _named(node: Node) -> bool:
    return isinstance(node, URIRef) and node not in _EVERYTHING


def _named_pairs(ontology: Graph, predicate: URIRef) -> Iterator[tuple[URIRef, URIRef]]:
    """Yield the axioms `a predicate b` between two different names, without those that hold of everything."""
    for one, other in ontology.subject_objects(predicate):
        if _named(one) and _named(other) and one != other:
            yield one, other


def _a_is_b(kind: str, one: URIRef, other: URIRef) -> Rule:
    return _rule(kind, f"{shorten(one)} ⊑ {shorten(other)}", f"?x a {other.n3()}", f"?x a {one.n3()}")


def _subclasses(ontology: Graph) -> Iterator[Rule]:
    for sub, above in _named_pairs(ontology, RDFS.subClassOf):
        yield _a_is_b("subclass", sub, above)


def _equivalent_classes(ontology: Graph) -> Iterator[Rule]:
    for one, other in _named_pairs(ontology, OWL.equivalentClass):
        yield _a_is_b("equivalentClass", one, other)
        yield _a_is_b("equivalentClass", other, one)


def _expressions(ontology: Graph) -> Iterator[Rule]:
    """Rules from class expressions: the definition makes a member, and a member has what every conjunct says."""
    for named, expression in _definitions(ontology):
        yield from _sufficient(ontology, named, expression)
        yield from _necessary(ontology, named, expression)
    for sub, above in ontology.subject_objects(RDFS.subClassOf):
        if isinstance(above, BNode) and _named(sub):
            yield from _necessary(ontology, sub, above)
        if isinstance(sub, BNode) and _named(above):
            yield from _sufficient(ontology, above, sub)


def _definitions(ontology: Graph) -> Iterator[tuple[URIRef, BNode]]:
    """Yield the named class and the expression of each equivalence between the two, whichever way it is written."""
    for one, other in ontology.subject_objects(OWL.equivalentClass):
        if isinstance(one, BNode):
            one, other = other, one
        if _named(one) and isinstance(other, BNode):
            yield one, other


def _sufficient(ontology: Graph, named: URIRef, expression: BNode) -> Iterator[Rule]:
    conjuncts = _conjuncts(ontology, expression)
    if conjuncts and None not in conjuncts:
        yield _rule("hasValue", f"definition ⊑ {shorten(named)}", f"?x a {named.n3()}", *conjuncts)


def _necessary(ontology: Graph, named: URIRef, expression: BNode) -> Iterator[Rule]:
    for each in _conjuncts(ontology, expression):
        if each is not None:
            yield _rule("hasValue", f"{shorten(named)} ⊑ {each}", each, f"?x a {named.n3()}")


def _conjuncts(ontology: Graph, expression: Node) -> list[str | None]:
    """Return a class expression as triple patterns about ?x that all hold; None is a part that cannot be one."""
    if isinstance(expression, URIRef):
        return [] if expression in _EVERYTHING else [f"?x a {expression.n3()}"]
    members = ontology.value(expression, OWL.intersectionOf)
    if members is not None:
        return [each for member in ontology.items(members) for each in _conjuncts(ontology, member)]
    subject, value = ontology.value(expression, OWL.onProperty), ontology.value(expression, OWL.hasValue)
    if _named(subject) and value is not None and not isinstance(value, BNode):
        return [f"?x {subject.n3()} {value.n3()}"]
    return [None]


def _subproperties(ontology: Graph) -> Iterator[Rule]:
    for sub, above in _named_pairs(ontology, RDFS.subPropertyOf):
        yield _implies("subproperty", sub, above)
    for one, other in _named_pairs(ontology, OWL.equivalentProperty):
        yield _implies("equivalentProperty", one, other)
        yield _implies("equivalentProperty", other, one)


def _implies(kind: str, one: URIRef, other: URIRef) -> Rule:
    return _rule(kind, f"{shorten(one)} ⊑ {shorten(other)}", f"?x {other.n3()} ?y", f"?x {one.n3()} ?y")


def _turned(kind: str, one: URIRef, other: URIRef) -> Rule:
    return _rule(kind, f"{shorten(one)} ⊑ ^{shorten(other)}", f"?y {other.n3()} ?x", f"?x {one.n3()} ?y")


def _inverses(ontology: Graph) -> Iterator[Rule]:
    for one, other in ontology.subject_objects(OWL.inverseOf):
        if _named(one) and _named(other):
            yield _turned("inverseOf", one, other)
            yield _turned("inverseOf", other, one)


def _symmetric(ontology: Graph) -> Iterator[Rule]:
    for each in ontology.subjects(RDF.type, OWL.SymmetricProperty):
        if _named(each):
            yield _turned("symmetric", each, each)


def _transitive(ontology: Graph) -> Iterator[Rule]:
    for each in ontology.subjects(RDF.type, OWL.TransitiveProperty):
        if _named(each):
            p = each.n3()
            yield _rule("transitive", f"{shorten(each)} is transitive", f"?x {p} ?z", f"?x {p} ?y", f"?y {p} ?z")


def _chains(ontology: Graph) -> Iterator[Rule]:
    for above, chain in ontology.subject_objects(OWL.propertyChainAxiom):
        steps = [_step(ontology, each) for each in ontology.items(chain)]
        if _named(above) and steps and None not in steps:
            body = [f"?v{i} {step} ?v{i + 1}" for i, step in enumerate(steps)]
            name = f"{' ∘ '.join(steps)} ⊑ {shorten(above)}"
            yield _rule("propertyChain", name, f"?v0 {above.n3()} ?v{len(steps)}", *body)


def _step(ontology: Graph, node: Node) -> str | None:
    """Return one step of a chain as a property path: a property, or the inverse of one."""
    if isinstance(node, URIRef):
        return node.n3()
    inverted = ontology.value(node, OWL.inverseOf)
    return f"^{inverted.n3()}" if isinstance(inverted, URIRef) else None


def _typing(ontology: Graph) -> Iterator[Rule]:
    """Rules from domains and ranges; those of annotation properties say nothing in OWL, and a datatype is no class."""
    ends = (("domain", RDFS.domain, "?x"), ("range", RDFS.range, "?y"))
    for kind, predicate, end in ends:
        for subject, named in _named_pairs(ontology, predicate):
            if (subject, RDF.type, OWL.AnnotationProperty) in ontology or _is_datatype(ontology, named):
                continue
            name = f"the {kind} of {shorten(subject)} is {shorten(named)}"
            yield _rule(kind, name, f"{end} a {named.n3()}", f"?x {subject.n3()} ?y")


def _is_datatype(ontology: Graph, named: URIRef) -> bool:
    datatypes = (str(XSD), str(RDF), str(RDFS))
    return str(named).startswith(datatypes) or (named, RDF.type, RDFS.Datatype) in ontology
