"""What was inferred, brought in line with a change, is what is inferred afresh, whatever was added and removed."""

from __future__ import annotations

import random

import pytest
from rdflib import RDF, URIRef

from graph import drafts, formats, infer, numbered, ontology, resources, revising, sums
from graph.embedded import EmbeddedStore, ScratchStore

EX = "https://example.org/"
GRAPH, OTHER = URIRef(EX + "graph"), URIRef(EX + "other")
AXIOMS = """@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix : <https://example.org/> .
:A rdfs:subClassOf :B . :B rdfs:subClassOf :C . :p rdfs:subPropertyOf :q . :q owl:inverseOf :r . :t a owl:TransitiveProperty .
:q rdfs:domain :A . :s a owl:SymmetricProperty . :u owl:propertyChainAxiom ( [ owl:inverseOf :p ] :t ) .
:D owl:equivalentClass [ owl:intersectionOf ( :A [ owl:onProperty :p ; owl:hasValue :n1 ] ) ] . :D rdfs:subClassOf :E . """


def axioms() -> list[formats.Triple]:
    return formats.parse(AXIOMS.encode(), formats.by_key("ttl"), source="test")


def anything(dice: random.Random) -> formats.Triple:
    node = [URIRef(f"{EX}n{each}") for each in range(6)]
    if dice.random() < 0.3:
        return dice.choice(node), RDF.type, URIRef(EX + dice.choice("ABCDE"))
    return dice.choice(node), URIRef(EX + dice.choice("pqrstu")), dice.choice(node)


def afresh(graphs: dict) -> list[formats.Triple]:
    with ScratchStore() as store:
        store.replace(graphs)
        return infer.close(store, infer.rules(infer.axioms(axioms())))


@pytest.mark.parametrize("seed", range(12))
def test_after_any_change_the_same_is_inferred_as_afresh(tmp_path, seed, monkeypatch):
    monkeypatch.setattr(numbered, "_OF", 10 if seed % 3 else 2)  # more is said of some things than is read at once
    dice = random.Random(seed)
    clauses = revising.clauses(infer.rules(infer.axioms(axioms())))
    held = {GRAPH: {anything(dice) for _ in range(14)}, OTHER: {anything(dice) for _ in range(5)}, URIRef(EX + "o"): set(axioms())}
    with EmbeddedStore(tmp_path / "store") as store:
        store.replace({**held, infer.INFERRED: afresh(held)})
        for _ in range(4):
            gone = set(dice.sample(sorted(held[GRAPH]), k=min(len(held[GRAPH]), dice.randrange(4))))
            new = {anything(dice) for _ in range(dice.randrange(4))}
            before, union = {t for each in held.values() for t in each}, held[GRAPH]
            held[GRAPH] = (union - gone) | new
            after = {t for each in held.values() for t in each}

            def work(draft: drafts.Draft) -> bool:
                draft.replace({GRAPH: held[GRAPH]})
                then = draft.content(infer.INFERRED)
                revision = revising.revise(draft, clauses, (), before - after, after - before)
                inferred = draft.content(infer.INFERRED)
                assert inferred == frozenset(afresh(held)) and not inferred & after
                assert draft.now(()).match((None, None, None)) == inferred | after
                assert (revision.lost, revision.gained) == (then - inferred, inferred - then)
                assert sums.changed(sums.total(then), revision.lost, revision.gained) == sums.total(inferred)
                return True

            assert drafts.amend(store, work)
        assert store.graphs().get(infer.INFERRED, 0) == len(afresh(held))


def test_the_shipped_rules_can_all_be_taken_apart():
    rules = infer.rules(ontology.load())
    assert len(revising.clauses(rules)) == len(rules) > 50


def test_a_rule_that_speaks_of_a_literal_is_not_taken_apart():
    assert revising.clauses([infer.Rule("hasValue", "", "?x a <x:A>", ('?x <x:p> "t"@en',))]) is None


def test_a_rule_on_a_thing_that_its_body_is_not_about_is_not_taken_apart():
    assert revising.clauses([infer.Rule("hasValue", "", "<x:a> <x:p> ?y", ("?y a <x:A>",))]) is None


def test_the_inferred_of_the_shipped_data_stay_the_same_after_a_finding_is_gone_and_back(tmp_path):
    whole = set(ontology.load(with_data=[resources.folder("data")]))
    clauses = revising.clauses(infer.rules(infer.axioms(whole)))
    named = sorted({s for s, p, o in whole if str(o).endswith("#DeterminantFinding") and p == RDF.type})[0]
    part = {each for each in whole if each[0] == named}
    assert len(part) > 5
    with ScratchStore() as scratch, EmbeddedStore(tmp_path / "store") as store:
        scratch.replace({GRAPH: whole - part})
        store.replace({GRAPH: whole - part, infer.INFERRED: infer.close(scratch, infer.rules(infer.axioms(whole)))})
        counts = store.graphs()
        for removed, added in ((set(), part), (part, set())):

            def work(draft: drafts.Draft) -> bool:
                draft.change(GRAPH, removed, added)
                revision = revising.revise(draft, clauses, (), removed, added)
                return bool(revision.lost | revision.gained)

            assert drafts.amend(store, work)
        assert store.graphs() == counts
