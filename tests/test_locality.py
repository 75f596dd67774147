"""A rule asked only of what a change can matter to finds what it finds when it is asked of all."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from rdflib import RDF, BNode, Literal, URIRef

from graph import integrity, locality
from graph.embedded import ScratchStore
from graph.formats import Triple
from graph.integrity import Rule

EX = "https://example.org/"
GRAPH = URIRef(EX + "g")
SHIPPED = {each.name: each for each in integrity.load()}
CONFIDENCE = "https://w3id.org/tropico-kg/concept/confidence/"
WORDS = (Literal("one two three four five six seven eight nine ten eleven twelve"), Literal("short"), Literal('He said "' + "word " * 13 + '".'))


def rule(query: str) -> Rule:
    return Rule("made", "", "", query)


def properties_of(rule: Rule) -> list[URIRef]:
    return [URIRef(each) for each in sorted(integrity._names(rule.query)) if each.rpartition("/")[2].rpartition("#")[2][:1].islower() and CONFIDENCE not in each]


def observation(dice: random.Random, rule: Rule) -> set[Triple]:
    """A coding that most often has all that the rule asks for, so that two of them can meet."""
    node = URIRef(f"{EX}n{dice.randrange(6)}")
    values = {RDF.type: URIRef("https://w3id.org/tropico-kg/ontology#CodedObservation")}
    said = {(node, each, values.get(each, URIRef(f"{EX}{dice.choice('ab')}"))) for each in properties_of(rule)}
    return said - set(dice.sample(sorted(said), k=dice.choice([0, 0, 1])))


def anything(dice: random.Random, rule: Rule) -> Triple:
    nodes = [URIRef(f"{EX}n{each}") for each in range(5)]
    predicate = dice.choice(properties_of(rule))
    classes = [URIRef(each) for each in sorted(integrity._names(rule.query)) if each.rpartition("#")[2][:1].isupper()]
    if predicate == RDF.type and classes:
        return dice.choice(nodes), predicate, dice.choice(classes)
    if predicate.endswith(("hasConfidence",)):
        return dice.choice(nodes), predicate, URIRef(CONFIDENCE + dice.choice(["context", "inferred", "stated"]))
    if predicate.endswith(("exact", "statement", "paraphrase", "rationale", "mechanism", "wording", "advice")):
        return dice.choice(nodes), predicate, dice.choice(WORDS)
    return dice.choice(nodes), predicate, dice.choice(nodes)


def answer(query: str, triples: set[Triple]) -> set[tuple]:
    with ScratchStore() as store:
        store.replace({GRAPH: triples})
        return set(store.select(query).rows)


def fitting(triples: set[Triple], pattern: tuple) -> Iterator[Triple]:
    return (each for each in triples if all(wanted in (None, term) for wanted, term in zip(pattern, each, strict=True)))


def narrowed(rule: Rule, before: set[Triple], after: set[Triple]) -> str | None:
    return locality.narrowed(rule, before ^ after, lambda pattern: fitting(before | after, pattern))


def some(dice: random.Random, rule: Rule, most: int) -> set[Triple]:
    if rule.name == "double-coding":
        return observation(dice, rule)
    return {anything(dice, rule) for _ in range(dice.randrange(most))}


def without_rows(dice: random.Random, rule: Rule) -> set[Triple]:
    """Triples that break no rule: those of a random lot after which it still has no row."""
    kept: set[Triple] = set()
    for _ in range(14):
        more = kept | some(dice, rule, 4)
        kept = kept if answer(rule.query, more) else more
    return kept


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_rule_asked_of_what_changed_finds_all_that_is_wrong(name):
    found = asked = 0
    for seed in range(14):
        dice = random.Random(seed)
        before = without_rows(dice, SHIPPED[name])
        for _ in range(8):
            gone = set(dice.sample(sorted(before, key=str), k=min(len(before), dice.randrange(3))))
            after = (before - gone) | some(dice, SHIPPED[name], 4)
            query = narrowed(SHIPPED[name], before, after)
            if query is not None:
                asked += 1
                rows = answer(SHIPPED[name].query, after)
                found += bool(rows)
                assert answer(query, after) == rows
    assert (found > 3 and asked > 20) or name == "revision-cycle", "nothing was wrong, so nothing was tried"


def test_only_things_that_a_change_can_matter_to_are_asked_about():
    query = f"SELECT ?x {{ ?x <{EX}p> ?y MINUS {{ ?x <{EX}p>/<{EX}q> ?z }} }}"
    triples = {(URIRef(f"{EX}n{each}"), URIRef(EX + "p"), URIRef(f"{EX}m{each}")) for each in range(9)}
    kept = {(URIRef(f"{EX}m{each}"), URIRef(EX + "q"), URIRef(EX + "z")) for each in range(9)}
    gone = (URIRef(EX + "m3"), URIRef(EX + "q"), URIRef(EX + "z"))
    text = narrowed(rule(query), triples | kept, triples | kept - {gone})
    assert f"<{EX}n3>" in text and f"<{EX}n4>" not in text
    assert text.count("VALUES ?x") == 2
    assert answer(text, triples | kept - {gone}) == answer(query, triples | kept - {gone}) == {(URIRef(EX + "n3"),)}


def test_any_step_of_a_path_can_be_the_one_that_changed():
    query = f"SELECT ?x {{ ?x <{EX}p> ?y MINUS {{ ?x <{EX}q>/<{EX}r>/<{EX}s> ?z }} }}"
    x, y, z = (URIRef(EX + each) for each in "xyz")
    path = [(x, URIRef(EX + "q"), y), (y, URIRef(EX + "r"), z), (z, URIRef(EX + "s"), x)]
    before = {(x, URIRef(EX + "p"), z), *path}
    for gone in path:
        assert answer(narrowed(rule(query), before, before - {gone}), before - {gone}) == {(x,)}


@pytest.mark.parametrize("query", [
    f"SELECT ?x {{ ?x <{EX}p> ?y . ?a <{EX}q> ?b }}",  # nothing leads from ?x to the second
    f"SELECT ?x {{ ?x <{EX}p>*/<{EX}q> ?y }}",
    f"SELECT ?x {{ ?x <{EX}p> ?y }} LIMIT 1",
    f"SELECT ?x (COUNT(?y) AS ?n) {{ ?x <{EX}p> ?y }} GROUP BY ?x",
    f"SELECT ?x {{ ?x <{EX}p> ?y {{ SELECT ?y {{ ?y <{EX}q> ?z }} }} }}",
    f"SELECT ?x {{ GRAPH ?x {{ ?x <{EX}p> ?y }} }}",
    f"SELECT ?x {{ OPTIONAL {{ ?x <{EX}p> ?y }} }}",
    f"SELECT ?x {{ ?x !<{EX}q> ?y . ?x <{EX}p> ?z }}",
])
def test_where_it_cannot_be_told_all_is_asked(query):
    assert narrowed(rule(query), set(), {(URIRef(EX + "a"), URIRef(EX + "p"), URIRef(EX + "b"))}) is None


def test_too_many_things_and_things_without_a_name_are_not_listed():
    query = rule(f"SELECT ?x {{ ?x <{EX}p> ?y }}")
    many = {(URIRef(f"{EX}n{each}"), URIRef(EX + "p"), GRAPH) for each in range(1_001)}
    assert narrowed(query, set(), many) is None
    assert narrowed(query, set(), set(list(many)[1:])) is not None
    assert narrowed(query, set(), {(BNode(), URIRef(EX + "p"), GRAPH)}) is None


def test_a_route_through_something_that_many_share_is_not_taken_where_there_is_another():
    query = rule(f"SELECT ?x {{ ?x <{EX}shared> ?s ; <{EX}own> ?o . ?z <{EX}shared> ?s ; <{EX}own> ?o ; <{EX}p> ?y }}")
    shared = {(URIRef(f"{EX}n{each}"), URIRef(EX + "shared"), GRAPH) for each in range(1_500)}
    own = {(URIRef(f"{EX}n{each}"), URIRef(EX + "own"), URIRef(f"{EX}o{each}")) for each in range(1_500)}
    text = narrowed(query, shared | own, shared | own | {(URIRef(EX + "n7"), URIRef(EX + "p"), GRAPH)})
    assert text is not None and text.count(EX + "n") == 1


def test_a_group_that_speaks_of_the_thing_without_binding_it_is_left_alone():
    query = f"SELECT ?x {{ ?x <{EX}p> ?y MINUS {{ ?y <{EX}q> ?z FILTER(?z = ?x) }} }}"
    after = {(URIRef(EX + "a"), URIRef(EX + "p"), URIRef(EX + "b")), (URIRef(EX + "b"), URIRef(EX + "q"), URIRef(EX + "a"))}
    text = narrowed(rule(query), set(), after)
    assert text.count("VALUES") == 1
    assert answer(text, after) == answer(query, after) == {(URIRef(EX + "a"),)}
