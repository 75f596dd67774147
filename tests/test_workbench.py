"""The graph in memory gives every term back as it was put in, and sets of nodes stand in queries without being part of the graph."""

from __future__ import annotations

import pytest
from rdflib import XSD, BNode, Literal, URIRef

from graph.workbench import Workbench, holding

A, P = URIRef("https://example.org/a"), URIRef("https://example.org/p")
TERMS = [
    URIRef("https://example.org/b"), BNode("c"), Literal("plain"), Literal("tagged", lang="en"), Literal("Odd", lang="en-GB"),
    Literal("1", datatype=XSD.integer), Literal("01", datatype=XSD.integer, normalize=False), Literal("1", datatype=XSD.decimal),
    Literal("1.0", datatype=XSD.decimal, normalize=False), Literal("1", datatype=XSD.byte), Literal("many", datatype=XSD.integer, normalize=False),
    Literal("2026-01-01T00:00:00Z", datatype=XSD.dateTime, normalize=False), Literal("2026-01-01T00:00:00+00:00", datatype=XSD.dateTime, normalize=False),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_every_term_comes_back_as_it_was_put_in():
    bench = Workbench((A, P, each) for each in TERMS)
    back = [bench.term(node) for node in bench.column(f"SELECT ?o {{ {A.n3()} {P.n3()} ?o }}")]
    assert sorted(map(repr, back)) == sorted(map(repr, TERMS)) and bench.wrapped


def test_terms_in_one_form_keep_their_value():
    bench = Workbench([(A, P, Literal("1.0", datatype=XSD.decimal)), (A, P, Literal(3))])
    assert not bench.wrapped
    assert len(list(bench.rows(f"SELECT ?o {{ ?s {P.n3()} ?o FILTER (?o >= 1) }}"))) == 2


def test_a_marked_set_is_seen_by_its_pattern_alone():
    bench = Workbench([(A, P, Literal("x"))])
    name = bench.mark([bench.stored(Literal("x")), bench.stored(A)])
    assert {bench.term(each) for each in bench.column(f"SELECT ?f {{ {holding(name, '?f')} }}")} == {A, Literal("x")}
    assert len(list(bench.rows("SELECT * { ?s ?p ?o }"))) == 1
    assert name != bench.mark([])


def test_named_rows_leave_out_what_is_not_bound_and_give_each_row_once():
    bench = Workbench([(A, P, Literal("x")), (A, P, Literal("y"))])
    rows = list(bench.named_rows(f"SELECT ?s ?z {{ ?s {P.n3()} ?o }}"))
    assert [{name: bench.term(node) for name, node in row.items()} for row in rows] == [{"s": A}]
