"""A tally brought in line with a change is that of a fresh count, and so is the digest of a set."""

from __future__ import annotations

import json
import random

import pytest
from rdflib import RDF, Literal, URIRef

from graph import formats, sums
from graph.embedded import ScratchStore
from graph.tally import Tally

EX = "https://example.org/"


def anything(dice: random.Random) -> formats.Triple:
    node = [URIRef(f"{EX}n{each}") for each in range(5)]
    if dice.random() < 0.4:
        return dice.choice(node), RDF.type, URIRef(EX + dice.choice("ABC"))
    return dice.choice(node), URIRef(EX + dice.choice("pq")), dice.choice([*node, Literal("a"), Literal("a", lang="de")])


def counted(triples: set[formats.Triple]) -> Tally:
    with ScratchStore() as store:
        store.replace({URIRef(EX + "g"): triples, URIRef(EX + "again"): sorted(triples, key=str)[:3]})
        return store.tally()


@pytest.mark.parametrize("seed", range(6))
def test_after_a_change_both_are_what_they_are_afresh(seed):
    dice = random.Random(seed)
    before, after = ({anything(dice) for _ in range(dice.randrange(25))} for _ in range(2))
    lost, gained = before - after, after - before
    assert counted(before).changed(lost, gained) == counted(after)
    assert sums.changed(sums.total(before), lost, gained) == sums.total(after)
    assert (sums.digest(sums.total(before)) == sums.digest(sums.total(after))) is (before == after)


def test_a_tally_counts_statements_and_things_once_and_leaves_out_what_has_none():
    one, other = (URIRef(EX + "n1"), RDF.type, URIRef(EX + "A")), (URIRef(EX + "n1"), URIRef(EX + "p"), Literal("a"))
    assert counted({one, other}) == Tally(2, {URIRef(EX + "A"): 1}, {RDF.type: 1, URIRef(EX + "p"): 1})
    assert counted({one, other}).changed([one], []) == Tally(1, {}, {URIRef(EX + "p"): 1})


def test_a_tally_comes_back_from_json():
    tally = counted({(URIRef(EX + "n1"), RDF.type, URIRef(EX + "A"))})
    assert Tally.from_json(json.loads(json.dumps(tally.as_json()))) == tally


def test_a_scratch_store_counts_again_after_a_change():
    with ScratchStore() as store:
        store.replace({URIRef(EX + "g"): [(URIRef(EX + "n1"), RDF.type, URIRef(EX + "A"))]})
        assert store.tally().triples == 1
        store.derive(f"SELECT ?x (<{EX}B> AS ?b) {{ ?x a <{EX}A> }}", RDF.type, URIRef(EX + "i"), {})
        assert store.tally().triples == 2
        store.replace({URIRef(EX + "g"): []})
        assert store.tally().triples == 1


def test_a_digest_tells_every_part_of_a_statement_and_no_order():
    triples = [(URIRef(EX + "s"), URIRef(EX + "p"), each) for each in (Literal("a"), Literal("a", lang="de"), URIRef(EX + "a"))]
    assert len({sums.digest(sums.total([each])) for each in triples}) == 3
    assert sums.total(triples) == sums.total(reversed(triples))
    assert sums.digest(sums.total([])) == sums.digest(0) and len(sums.digest(0)) == 64
