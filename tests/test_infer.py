"""The rules derive what the axioms say, all of it, and nothing that was there before."""

from __future__ import annotations

from collections import Counter

import owlrl
import pytest
from rdflib import OWL, RDF, RDFS, BNode, Graph, Literal, URIRef

from graph import formats, infer, ontology, resources
from graph.embedded import ScratchStore
from graph.prefixes import TROP

EX = "https://example.org/"
HEAD = """@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix : <https://example.org/> .
"""


def graph_of(text: str) -> Graph:
    graph = Graph()
    for triple in formats.parse((HEAD + text).encode(), formats.by_key("ttl"), source="test"):
        graph.add(triple)
    return graph


def derived(text: str) -> set[str]:
    """Return what follows from `text`, which holds axioms and data, as short lines such as "x p y"."""
    graph = graph_of(text)
    with ScratchStore() as store:
        store.replace({URIRef(EX + "graph"): list(graph)})
        return {" ".join(map(short, triple)) for triple in infer.close(store, infer.rules(graph))}


def short(term: object) -> str:
    return "a" if term == RDF.type else str(term).removeprefix(EX)


DEFINITION = ":D owl:equivalentClass [ owl:intersectionOf ( :A [ owl:onProperty :p ; owl:hasValue :v ] ) ] ."

CASES = {
    "subclass": (":A rdfs:subClassOf :B . :B rdfs:subClassOf :C . :x a :A .", {"x a B", "x a C"}),
    "equivalentClass": (":A owl:equivalentClass :B . :x a :A . :y a :B .", {"x a B", "y a A"}),
    "subproperty": (":p rdfs:subPropertyOf :q . :x :p :y .", {"x q y"}),
    "subproperty of an annotation": (':p a owl:AnnotationProperty ; rdfs:subPropertyOf :q . :x :p "l"@en .', {"x q l"}),
    "equivalentProperty": (":p owl:equivalentProperty :q . :x :p :y . :y :q 1 .", {"x q y", "y p 1"}),
    "domain": (":p rdfs:domain :A . :x :p 1 .", {"x a A"}),
    "range": (":p rdfs:range :A . :x :p :y .", {"y a A"}),
    "inverseOf": (":p owl:inverseOf :q . :x :p :y . :u :q :v .", {"y q x", "v p u"}),
    "inverseOf itself": (":p owl:inverseOf :p . :x :p :y .", {"y p x"}),
    "symmetric": (":p a owl:SymmetricProperty . :x :p :y .", {"y p x"}),
    "transitive": (":p a owl:TransitiveProperty . :a :p :b . :b :p :c . :c :p :d .", {"a p c", "b p d", "a p d"}),
    "chain": (":r owl:propertyChainAxiom ( :p :q ) . :x :p :y . :y :q :z .", {"x r z"}),
    "chain of three": (":r owl:propertyChainAxiom ( :p :p :q ) . :a :p :b . :b :p :c . :c :q :d .", {"a r d"}),
    "chain with an inverse": (
        ":r owl:propertyChainAxiom ( [ owl:inverseOf :p ] :q ) . :y :p :x . :y :q :z .",
        {"x r z"},
    ),
    "chain onto itself": (":r owl:propertyChainAxiom ( :r :p ) . :a :r :b . :b :p :c . :c :p :d .", {"a r c", "a r d"}),
    "definition, as the sum of its parts": (
        DEFINITION + ":x a :A ; :p :v . :y a :A . :z :p :v . :u a :A ; :p :w .",
        {"x a D"},
    ),
    "definition, as a source of its parts": (DEFINITION + ":x a :D .", {"x a A", "x p v"}),
    "definition by one value": (
        ':D owl:equivalentClass [ owl:onProperty :p ; owl:hasValue "t"@en ] . :x :p "t"@en . :y :p "t" . :z a :D .',
        {"x a D", "z p t"},
    ),
    "definition written the other way round": (
        "[ owl:onProperty :p ; owl:hasValue :v ] owl:equivalentClass :D . :x :p :v .",
        {"x a D"},
    ),
    "superclass by value": (
        ":A rdfs:subClassOf [ owl:onProperty :p ; owl:hasValue :v ] . :x a :A . :y :p :v .",
        {"x p v"},
    ),
    "subclass by value": (
        "[ owl:onProperty :p ; owl:hasValue :v ] rdfs:subClassOf :A . :x :p :v . :y a :A .",
        {"x a A"},
    ),
    "one axiom feeding another": (
        ":p rdfs:subPropertyOf :q . :q owl:inverseOf :r . :r rdfs:domain :A . :A rdfs:subClassOf :B . :x :p :y .",
        {"x q y", "y r x", "y a A", "y a B"},
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_what_follows_follows_and_nothing_else(text, expected):
    assert derived(text) == expected


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_of_what_is_promised_owlrl_derives_the_same(text):
    """Promised are statements by terms of the graph's own about things that are no terms of its axioms."""
    graph = graph_of(text[0])
    asserted, terms = set(graph), {term for triple in infer.axioms(graph) for term in (triple[0], triple[2])}
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    own = {(s, p, o) for s, p, o in set(graph) - asserted if str(o if p == RDF.type else p).startswith(EX)}
    promised = {each for each in own if isinstance(each[0], URIRef) and each[0] not in terms and not isinstance(each[2], BNode)}
    assert {" ".join(map(short, each)) for each in promised} == text[1]
    assert promised


@pytest.mark.parametrize("text", [
    ":p rdfs:range xsd:string . :x :p :y .",
    ":p rdfs:range :mine . :mine a rdfs:Datatype . :x :p :y .",
    ":p a owl:AnnotationProperty ; rdfs:domain :A ; rdfs:range :B . :x :p :y .",
    ":p rdfs:domain owl:Thing . :x :p :y . :A rdfs:subClassOf owl:Thing . :x a :A .",
    ":p rdfs:range :A . :x :p 1 .",
    ":p a owl:SymmetricProperty . :x :p 1 .",
    ":A rdfs:subClassOf :A . :p rdfs:subPropertyOf :p . :x a :A ; :p :y .",
    ":p rdfs:range [ owl:unionOf ( :A :B ) ] . :x :p :y .",
])  # fmt: skip
def test_nothing_follows_from_what_says_nothing_about_named_things(text):
    assert derived(text) == set()


def test_nothing_is_said_of_blank_nodes():
    assert derived(":p rdfs:domain :A ; rdfs:range :B ; rdfs:subPropertyOf :q . :x :p [ :p :y ] .") == {
        "x a A",
        "y a B",
    }


def test_a_definition_with_a_part_the_rules_cannot_follow_makes_no_member_but_gives_its_other_parts():
    text = ":D owl:equivalentClass [ owl:intersectionOf ( :A [ owl:onProperty :p ; owl:someValuesFrom :B ] ) ] ."
    assert derived(text + " :x a :A ; :p :y . :y a :B . :z a :D .") == {"z a A"}
    assert infer.left_out(graph_of(text)) == (URIRef(EX + "D"),)


def test_every_shipped_definition_is_followed_both_ways():
    graph = ontology.load()
    assert (TROP.DriverFinding, OWL.equivalentClass, None) in graph
    assert infer.left_out(graph) == ()


def test_the_reason_of_a_rule_is_readable():
    rules = {rule.name: rule.kind for rule in infer.rules(ontology.load())}
    assert rules["trop:hasEvidence ⊑ prov:wasDerivedFrom"] == "subproperty"
    assert rules["definition ⊑ trop:DriverFinding"] == "hasValue"


def test_rules_are_the_same_whatever_order_the_axioms_come_in():
    triples = list(ontology.load())
    backwards = Graph()
    for triple in reversed(triples):
        backwards.add(triple)
    assert infer.rules(backwards) == infer.rules(ontology.load())


def test_the_rules_are_made_from_the_axioms_among_the_triples_alone():
    graph = ontology.load(with_data=[resources.folder("data")])
    axioms = infer.axioms(graph)
    assert infer.rules(axioms) == infer.rules(graph)
    assert 100 < len(axioms) < len(graph) / 2


def test_what_is_found_in_a_later_round_is_joined_with_all_there_was_before():
    """A round looks only at what joins with the last one; forty steps in a row take six of them."""
    steps = " ".join(f":n{each} :p :n{each + 1} ." for each in range(40))
    found = derived(f":p a owl:TransitiveProperty ; rdfs:subPropertyOf :q . :r owl:propertyChainAxiom ( :q :s ) . {steps} :n40 :s :end .")
    paths = {f"n{one} p n{other}" for one in range(41) for other in range(one + 2, 41)}
    steps = {f"n{one} q n{other}" for one in range(41) for other in range(one + 1, 41)}
    assert found == paths | steps | {f"n{each} r end" for each in range(40)}


def test_a_property_below_or_above_rdf_type_feeds_the_classes_and_is_fed_by_them():
    text = ":kind rdfs:subPropertyOf rdf:type . rdf:type rdfs:subPropertyOf :is . :A rdfs:subClassOf :B . :x :kind :A ."
    prefix = "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . "
    found = derived(prefix + text)
    assert {"x a A", "x a B", "x is A", "x is B"} == {each for each in found if each.startswith("x ")}


def test_a_number_that_axioms_write_in_two_ways_is_one():
    text = """:A rdfs:subClassOf [ owl:onProperty :p ; owl:hasValue "01"^^xsd:integer ] . :r rdfs:domain :A . :x :r :y .
    [ owl:onProperty :p ; owl:hasValue "1"^^xsd:integer ] rdfs:subClassOf :B ."""
    assert derived(text) == {"x a A", "x p 1", "x a B"}


def test_a_kind_of_statement_is_sought_once_unless_rules_go_round_in_a_circle(monkeypatch):
    sought = Counter()
    real = ScratchStore.derive

    def derive(store: ScratchStore, query: str, *given: object) -> list[tuple]:
        sought[query] += 1
        return real(store, query, *given)

    monkeypatch.setattr(ScratchStore, "derive", derive)
    steps = " ".join(f":C{each + 1} rdfs:subClassOf :C{each} . :p{each} rdfs:domain :C{each + 1} ." for each in range(9))
    assert len(derived(f"{steps} :x :p8 :y . :y a :C9 .")) == 19
    assert len(sought) == 10 and set(sought.values()) == {1}
    assert derived(":p a owl:TransitiveProperty . :a :p :b . :b :p :c .") == {"a p c"}
    assert sum(sought.values()) == 10 + 2


def test_what_a_closure_works_with_is_gone_afterwards():
    graph = graph_of(":p a owl:TransitiveProperty . :a :p :b . :b :p :c .")
    with ScratchStore() as store:
        store.replace({URIRef(EX + "graph"): list(graph)})
        infer.close(store, infer.rules(graph))
        assert set(store.graphs()) == {URIRef(EX + "graph"), infer.INFERRED}


def test_an_iri_is_never_taken_for_query_text():
    odd = URIRef(EX + "a.b/c?d=e&f#g")
    graph = Graph().add((URIRef(EX + "A"), RDFS.subClassOf, odd)).add((URIRef(EX + "x"), RDF.type, URIRef(EX + "A")))
    with ScratchStore() as store:
        store.replace({URIRef(EX + "graph"): list(graph)})
        assert infer.close(store, infer.rules(graph)) == [(URIRef(EX + "x"), RDF.type, odd)]


def test_a_value_in_a_definition_may_hold_quotes_and_angle_brackets():
    value = Literal('"} <https://example.org/p> {')
    graph, node = Graph(), BNode()
    graph.add((URIRef(EX + "D"), OWL.equivalentClass, node))
    graph.add((node, OWL.onProperty, URIRef(EX + "p"))).add((node, OWL.hasValue, value))
    graph.add((URIRef(EX + "x"), URIRef(EX + "p"), value))
    with ScratchStore() as store:
        store.replace({URIRef(EX + "graph"): list(graph)})
        assert infer.close(store, infer.rules(graph)) == [(URIRef(EX + "x"), RDF.type, URIRef(EX + "D"))]


def test_what_was_derived_stands_apart_from_what_was_asserted():
    graph = graph_of(":A rdfs:subClassOf :B . :x a :A, :B . :y a :A .")
    with ScratchStore() as store:
        store.replace({URIRef(EX + "graph"): list(graph)})
        assert infer.close(store, infer.rules(graph)) == [(URIRef(EX + "y"), RDF.type, URIRef(EX + "B"))]
        assert store.graphs() == {URIRef(EX + "graph"): 4, infer.INFERRED: 1}


def test_the_shipped_data_gain_their_kinds_and_their_provenance():
    graph = ontology.load(with_data=[resources.folder("data")])
    with ScratchStore() as store:
        store.replace({URIRef(EX + "graph"): list(graph)})
        found = set(infer.close(store, infer.rules(graph)))
    kinds = {o for _, p, o in found if p == RDF.type}
    assert {TROP.Finding, TROP.Case, TROP.DriverFinding, TROP.BarrierFinding} <= kinds
    evidence = set(graph.subject_objects(TROP.hasEvidence))
    derived_from = URIRef("http://www.w3.org/ns/prov#wasDerivedFrom")
    assert evidence and all((s, derived_from, o) in found for s, o in evidence)
    assert not found & set(graph)
