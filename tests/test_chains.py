"""What a chain leads to is all that the judgement of a thing rests on, and a change matters only where a chain leads to it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from rdflib import RDF, RDFS, Graph, Literal, URIRef

from graph import formats, ontology, resources, validate
from graph.prefixes import TROP
from graph.shacl import chains, evaluation, recheck

EX = "https://example.org/"
HEAD = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <https://example.org/> .\n"


def shapes_of(text: str) -> Graph:
    graph = Graph()
    for triple in formats.parse((HEAD + text).encode(), formats.by_key("ttl"), source="test"):
        graph.add(triple)
    return graph


def told(text: str) -> set[str] | None:
    found = chains.chains_of(shapes_of(text))
    return None if found is None else {" ".join(_step(*step) for step in chain) for chain in found}


def _step(predicate: object, forward: bool) -> str:
    name = "any" if predicate is None else "a" if predicate == RDF.type else str(predicate).removeprefix(EX)
    return name if forward else f"^{name}"


@pytest.mark.parametrize(("text", "expected"), [
    (":S sh:targetClass :C ; sh:property [ sh:path :p ; sh:minCount 1 ] .", {"a", "p"}),
    (":S sh:targetClass :C ; sh:property [ sh:path :p ; sh:class :D ] .", {"a", "p", "p a"}),
    (":S sh:targetSubjectsOf :q ; sh:property [ sh:path ( :p [ sh:inversePath :r ] ) ; sh:minCount 1 ] .", {"q", "p", "p ^r"}),
    (":S sh:targetObjectsOf :q ; sh:property [ sh:path [ sh:alternativePath ( :p :r ) ] ; sh:node [ sh:property [ sh:path :s ; sh:maxCount 1 ] ] ] .",
     {"^q", "p", "r", "p s", "r s"}),
    (":S sh:targetNode :n ; sh:closed true ; sh:property [ sh:path :p ; sh:lessThan :t ] .", {"any", "p", "t"}),
    (":S sh:targetClass :C ; sh:or ( [ sh:property [ sh:path :p ; sh:minCount 1 ] ] [ sh:not [ sh:class :D ] ] ) .", {"a", "p"}),
    (":S sh:targetClass :C ; sh:property [ sh:path [ sh:inversePath ( :p :q ) ] ; sh:minCount 1 ] .", {"a", "^q", "^q ^p"}),
    (":S sh:targetClass :C ; sh:property [ sh:path [ sh:zeroOrMorePath :p ] ; sh:nodeKind sh:IRI ] .", None),
    (":S sh:targetClass :C ; sh:property [ sh:path :p ; sh:property [ sh:path :q ; sh:minCount 1 ] ] .", None),
    (':S sh:targetClass :C ; sh:sparql [ sh:select "SELECT $this { $this :p ?o }" ] .', None),
])  # fmt: skip
def test_the_chains_of_a_shape_are_all_its_ways_to_look(text, expected):
    assert told(text) == expected


@pytest.fixture(scope="module")
def whole() -> Graph:
    return ontology.load(with_data=[resources.folder("data")])


@pytest.fixture(scope="module")
def shipped() -> Graph:
    return validate.shapes()


def spoilt(whole: Graph, dice: random.Random) -> tuple[Graph, set[formats.Triple]]:
    """Return another graph that lacks some statements and has some others, and those."""
    changed = set(dice.sample(sorted(whole.triples((None, TROP.hasEvidence, None))), 8))
    changed |= set(dice.sample(sorted((s, p, o) for s, p, o in whole.triples((None, RDF.type, None)) if "/id/" in s), 15))
    changed |= set(dice.sample(sorted((s, p, o) for s, p, o in whole if "/id/" in s and p != RDFS.subClassOf), 40))
    extra = {(s, p, Literal("odd")) for s, p, _ in dice.sample(sorted(changed), 6)}
    other = Graph()
    for each in (set(whole) - changed) | extra:
        other.add(each)
    return other, changed | extra


@pytest.mark.parametrize("seed", range(2))
def test_judged_on_what_the_chains_lead_to_things_are_judged_as_amid_everything(whole, shipped, seed):
    dice = random.Random(seed)
    other, changes = spoilt(whole, dice)
    looked = chains.chains_of(shipped)
    amid_all = evaluation.evaluate(list(other), shipped)
    things = {each.focus for each in amid_all.found} | set(dice.sample(sorted(amid_all.reached), 60))
    part = chains.seen_from(things, looked, other.triples) | set(other.triples((None, RDFS.subClassOf, None)))
    alone = evaluation.evaluate(part, shipped, things)
    assert len(part) < len(other) / 2 and len(amid_all.found) > 20
    assert set(alone.found) == {each for each in amid_all.found if each.focus in things}
    assert alone.reached == amid_all.reached & things


@pytest.mark.parametrize("seed", range(2, 4))
def test_a_thing_judged_otherwise_after_a_change_is_among_those_affected(whole, shipped, seed):
    other, changes = spoilt(whole, random.Random(seed))
    before, after = (evaluation.evaluate(list(each), shipped) for each in (whole, other))
    differing = {each.focus for each in set(before.found) ^ set(after.found)} | (before.reached ^ after.reached)
    affected = chains.affected(changes, chains.chains_of(shipped), other.triples)
    assert len(differing) > 20
    assert differing <= affected
    assert len(affected & before.reached) < len(before.reached) / 2


def test_what_a_shape_reaches_is_counted_by_the_first_steps_as_it_is_when_judged(whole, shipped):
    dice = random.Random(4)
    other, _ = spoilt(whole, dice)
    things = set(dice.sample(sorted(s for s, _, _ in other.triples((None, RDF.type, None)) if isinstance(s, URIRef)), 200))
    judged = evaluation.evaluate(list(other), shipped, things)
    aimed = frozenset(each for each in chains.chains_of(shipped) if len(each) == 1)
    part = chains.seen_from(things, aimed, other.triples) | set(other.triples((None, RDFS.subClassOf, None)))
    assert evaluation.count(part, shipped, things) == (judged.reached, judged.constraints)
    assert len(judged.reached) > 20


def seen_before(whole: Graph, dice: random.Random) -> Iterator[tuple[set[formats.Triple], set[formats.Triple]]]:
    """Yield what is found before a change in the graph of before, and what is found by undoing the change, for patterns of a chain."""
    other, _ = spoilt(whole, dice)
    change = recheck.Change(set(whole) - set(other), set(other) - set(whole), frozenset(), frozenset(), frozenset())
    match = recheck._past(SimpleNamespace(match=other.triples), change)
    for s, p, o in [*change.removed, *change.added, *dice.sample(sorted(whole), 40)]:
        for pattern in ((s, p, None), (s, None, None), (None, p, o)):
            yield set(whole.triples(pattern)), set(match(pattern))


def test_what_stood_before_a_change_is_what_stands_now_with_the_change_undone(whole):
    found = list(seen_before(whole, random.Random(5)))
    assert len(found) > 200
    assert all(then == undone for then, undone in found)


def test_the_shipped_shapes_can_all_be_told(shipped):
    assert len(chains.chains_of(shipped)) > 100
    assert all(isinstance(step, URIRef) for chain in chains.chains_of(shipped) for step, _ in chain)
