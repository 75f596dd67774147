"""A draft is asked as the store it was made of, changes nothing until it is wanted, and then is the store."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from rdflib import XSD, BNode, Literal, URIRef

from graph import drafts, verification
from graph.embedded import EmbeddedStore
from graph.errors import DataError, StoreDamaged, StoreError
from graph.formats import to_ox
from graph.generations import Difference
from graph.tally import Tally

EX = "https://example.org/"
GRAPH = URIRef(EX + "other")
A, B, P = (URIRef(EX + each) for each in "ABp")
ONE, TWO = (A, P, B), (B, P, Literal("two", lang="en"))
ALL = "SELECT ?s ?o { ?s ?p ?o } ORDER BY ?s"


@pytest.fixture
def store(tmp_path):
    with EmbeddedStore(tmp_path / "store") as made:
        made.replace({URIRef(EX + "g"): [ONE], URIRef(EX + "h"): [ONE, TWO]})
        yield made


def test_what_is_not_wanted_changes_nothing(store, tmp_path):
    def work(draft):
        draft.replace({URIRef(EX + "g"): [TWO]})
        return False

    before = store.graphs(), store.snapshot()
    assert not drafts.amend(store, work)
    assert (store.graphs(), store.snapshot()) == before
    assert len(list((tmp_path / "store" / "generations").iterdir())) == 1


def test_an_error_on_the_way_changes_nothing(store, tmp_path):
    def work(draft):
        draft.replace({URIRef(EX + "g"): []})
        raise DataError("no")

    before = store.graphs()
    with pytest.raises(DataError):
        drafts.amend(store, work)
    assert store.graphs() == before
    assert len(list((tmp_path / "store" / "generations").iterdir())) == 1


def test_a_statement_of_two_graphs_stays_in_the_union_until_it_is_gone_from_both(store):
    assert drafts.amend(store, lambda draft: draft.change(URIRef(EX + "g"), [ONE], ()) is None)
    assert len(store.select(ALL).rows) == 2
    assert drafts.amend(store, lambda draft: draft.change(URIRef(EX + "h"), [ONE], ()) is None)
    assert store.select(ALL).rows == ((B, Literal("two", lang="en")),)
    assert store.graphs() == {URIRef(EX + "h"): 1}


def test_what_is_taken_back_stays_in_the_union_where_it_stands_beside(store):
    triples = [ox.Triple(*map(to_ox, each)) for each in (ONE, TWO)]
    assert drafts.amend(store, lambda draft: draft.take_back(URIRef(EX + "h"), triples, [URIRef(EX + "g")]) is None)
    assert store.select(ALL).rows == ((A, B),)
    assert store.graphs() == {URIRef(EX + "g"): 1}


def test_the_counts_of_what_is_put_in_force_are_those_of_a_fresh_count(store, tmp_path):
    def work(draft):
        draft.change(URIRef(EX + "g"), [ONE, TWO], [(A, P, A), (A, P, A), TWO])
        draft.change(URIRef(EX + "h"), [ONE], [TWO, (A, P, A)])
        draft.replace({URIRef(EX + "g"): [], URIRef(EX + "new"): [(B, P, B)]})
        return True

    assert drafts.amend(store, work)
    told = {name: len(store.select(f"SELECT * {{ GRAPH {name.n3()} {{ ?s ?p ?o }} }}").rows) for name in store.graphs()}
    assert store.graphs() == told == {URIRef(EX + "h"): 2, URIRef(EX + "new"): 1}
    assert verification.verify(tmp_path / "store").triples == 3


def test_a_draft_that_does_not_hold_what_it_should_is_not_put_in_force(store, monkeypatch):
    before = store.graphs()
    monkeypatch.setattr(drafts.Draft, "difference", lambda _: Difference({EX + "g": 1}, 0))
    with pytest.raises(StoreDamaged, match="holds 5 triples where 6 were written"):
        drafts.amend(store, lambda draft: True)
    assert store.graphs() == before and len(store.select(ALL).rows) == 2


def test_a_number_is_not_taken_for_a_larger_one(tmp_path):
    """The engine on disk gives 300 too where 255 is looked for."""
    small, large, g, h = (A, P, Literal(255)), (A, P, Literal(300)), URIRef(EX + "g"), URIRef(EX + "h")
    seen = []

    def work(draft):
        seen.append(draft.now(()).match((None, P, Literal(255))))
        draft.change(g, [small], ())
        seen.append(draft.now(()).has(small))
        return True

    with EmbeddedStore(tmp_path / "numbers") as numbers:
        numbers.replace({g: [small], h: [large]})
        assert verification.verify(tmp_path / "numbers").triples == 2
        assert drafts.amend(numbers, work)
        assert seen == [{small}, False]
        assert numbers.select("SELECT ?o { ?s ?p ?o }").rows == ((Literal(300),),)
        numbers.replace({g: [small] * 1, URIRef(EX + "much"): [(A, A, Literal(each)) for each in range(60)]})
        numbers.replace({g: []})
        assert len(numbers.select("SELECT ?o { ?s ?p ?o }").rows) == 61
    assert verification.verify(tmp_path / "numbers").triples == 61


def test_an_empty_store_has_no_draft(tmp_path):
    with EmbeddedStore(tmp_path / "empty") as store:
        assert not drafts.amend(store, lambda draft: True)


def test_facts_are_those_outside_some_graphs_each_once(store):
    seen = []

    def work(draft):
        draft.change(URIRef(EX + "g"), (), [(A, P, A)])
        for without in ((), [URIRef(EX + "h")], [URIRef(EX + "g"), URIRef(EX + "h")]):
            seen.append((len(draft.before(without).match((None, None, None))), len(draft.now(without).match((A, None, None)))))
        assert draft.now(()).is_told(A, {URIRef(EX + "g")}) and draft.now(()).is_told(A, {URIRef(EX + "h"), GRAPH})
        assert not draft.now(()).is_told(B, {URIRef(EX + "g")}) and not draft.now(()).is_told(Literal("a"), {URIRef(EX + "g")})
        assert draft.now([URIRef(EX + "g")]).has(ONE) and not draft.now([URIRef(EX + "g")]).has((A, P, A))
        assert draft.now(()).match((Literal("a"), None, None)) == set()
        return False

    drafts.amend(store, work)
    assert seen == [(2, 2), (1, 2), (0, 0)]


@pytest.mark.parametrize("most", [1, 2, 300], ids=["too much", "little that many say", "little"])
def test_what_is_remembered_of_a_thing_is_what_is_so(store, monkeypatch, most):
    monkeypatch.setattr(drafts, "_MOST", most)

    def work(draft):
        draft.change(URIRef(EX + "g"), (), [(A, P, A), TWO])
        for without in ((), [URIRef(EX + "h")], [URIRef(EX + "g"), URIRef(EX + "h")]):
            facts, remembered = draft.now(without), drafts.Remembered(draft.now(without))
            for pattern in ((A, None, None), (A, P, None), (A, P, B), (A, A, None), (B, P, None), (None, P, B), (Literal("a"), None, None)):
                assert set(remembered.match(pattern)) == facts.match(pattern)
            for subject in (A, B, P, Literal("a")):
                for graph in {URIRef(EX + "g"), URIRef(EX + "h"), GRAPH} - set(without):
                    assert remembered.is_told(subject, {graph}) == facts.is_told(subject, {graph})
        return False

    assert not drafts.amend(store, work)


def test_a_draft_tells_the_tally_it_knows(store):
    def work(draft):
        assert draft.tally() == store.tally() == Tally(2, {}, {P: 2})
        draft.know(Tally(7, {A: 1}, {P: 7}))
        assert draft.tally().triples == 7
        return False

    drafts.amend(store, work)


def test_a_draft_kept_beyond_its_work_is_closed(store):
    kept = []
    drafts.amend(store, lambda draft: kept.append(draft) or True)
    with pytest.raises(StoreError):
        kept[0].select(ALL)


@pytest.mark.parametrize(("literal", "stays"), [
    (Literal("1.0", datatype=XSD.decimal, normalize=False), False), (Literal("01", datatype=XSD.integer, normalize=False), False),
    (Literal("1", datatype=XSD.integer), True), (Literal("a", lang="de"), True), (Literal("a"), True), (BNode("b"), True),
    (Literal("2026-11-21T10:00:00Z", datatype=XSD.dateTime, normalize=False), True),
])  # fmt: skip
def test_a_literal_that_the_engine_writes_in_another_way_is_told(literal, stays):
    assert drafts.stays_as_written([(A, P, literal)]) is stays
