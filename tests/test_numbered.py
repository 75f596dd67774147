"""Facts in numbers are the facts, whatever way they are looked up."""

from __future__ import annotations

import pytest
from rdflib import XSD, BNode, Literal, URIRef

from graph import drafts, numbered
from graph.embedded import EmbeddedStore
from graph.numbered import NumberedFacts, Numbering

EX = "https://example.org/"
A, B, C, P, Q, G, H = (URIRef(EX + each) for each in "abcpqgh")
HELD = {G: [(A, P, B), (A, Q, B), (A, P, Literal("b", lang="en")), (B, P, C)], H: [(A, P, B), (A, P, C), (C, P, A)]}


def test_a_term_has_one_number_and_comes_back():
    numbering = Numbering()
    terms = [A, BNode("a"), Literal("a"), Literal(EX + "a"), Literal("1", datatype=XSD.integer)]
    assert len({numbering.number(each) for each in terms}) == len(terms)
    assert [numbering.term(numbering.number(each)) for each in terms] == terms
    assert numbering.number(URIRef(EX + "a")) == numbering.number(A)


def test_only_what_has_names_can_be_inferred():
    numbering = Numbering()
    ends = ((A, B), (A, Literal("b")), (A, BNode()), (BNode(), A))
    assert [numbering.can_be_inferred(numbering.numbers((s, P, o))) for s, o in ends] == [True, True, False, False]


@pytest.mark.parametrize("most", [0, 1, 10])
def test_whatever_is_read_at_once_the_same_fits_a_pattern(tmp_path, monkeypatch, most):
    monkeypatch.setattr(numbered, "_OF", most)
    monkeypatch.setattr(numbered, "_AT", most)
    seen = []

    def work(draft):
        plain, numbering = draft.now([H]), Numbering()
        facts = NumberedFacts(plain, numbering)
        for pattern in [(s, p, o) for p in (P, Q) for s in (None, A, B, C, Literal("b")) for o in (None, B, C, Literal("b", lang="en"))]:
            found = {numbering.triple(each) for each in facts.match(tuple(each and numbering.number(each) for each in pattern))}
            assert found == plain.match(pattern)
            seen.append(len(found))
        told = {each: {p for s, p, o in plain.match((None, None, None)) if each in (s, o)} for each in (A, B, C, G)}
        for each in (A, B, C, G):
            around = [facts.around(place, numbering.number(each)) for place in (0, 2)]
            assert None in around or told[each] <= {numbering.term(predicate) for read in around for predicate in read}
            assert facts.is_bare(numbering.number(each)) == (not told[each])
        assert facts.has(numbering.numbers((A, P, B))) and not facts.has(numbering.numbers((A, P, C)))
        assert facts.stands(numbering.number(H), numbering.numbers((A, P, C)))
        return False

    with EmbeddedStore(tmp_path / "store") as store:
        store.replace(HELD)
        drafts.amend(store, work)
    assert sum(seen) > 10
