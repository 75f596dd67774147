"""Whether a server merges several default graphs is found out, not believed."""

from __future__ import annotations

import pytest
from rdflib import Literal, URIRef
from server_double import Engine, listening

from graph import merging
from graph.errors import QueryError
from graph.remote import RemoteStore
from graph.settings import Settings
from graph.store import Dataset

_ONE, _TWO, _P = (URIRef(f"http://e/{each}") for each in ("one", "two", "p"))


def test_the_graphs_of_a_query_are_counted_with_its_own_prefixes() -> None:
    query = "PREFIX e: <http://e/>\nASK FROM e:one FROM <http://e/two> FROM NAMED <x:y> { ?s ?p 'FROM <x:z>' }"
    for each in merging.counts_for(query):
        assert each.startswith("PREFIX e: <http://e/>\nSELECT (COUNT(*) AS ?n) FROM e:one FROM <http://e/two> WHERE")


@pytest.mark.parametrize("query", ["ASK {}", "ASK FROM <x:a> {}", "ASK FROM <x:a> FROM NAMED <x:b> {}"])
def test_one_graph_needs_no_count(query: str) -> None:
    assert merging.counts_for(query) is None


@pytest.mark.parametrize(("query", "without"), [
    ("ASK FROM <x:a>\nFROM NAMED # no\n<x:b> { ?s ?p 'FROM <x:c>' }", "ASK { ?s ?p 'FROM <x:c>' }"),
    ("PREFIX from: <x:> ASK FROM from:a { ?from ?p from:b }", "PREFIX from: <x:> ASK { ?from ?p from:b }"),
    ("ASK {}", "ASK {}"),
])
def test_a_query_without_the_graphs_it_names(query: str, without: str) -> None:
    assert " ".join(merging.without_clauses(query).split()) == without


@pytest.mark.parametrize(("shared", "merges"), [(False, False), (False, True), (True, True), (True, False)])
def test_a_server_that_does_not_merge_is_found_out_where_it_matters(shared: bool, merges: bool) -> None:
    engine = Engine()
    engine.merges = merges
    both = [("http://e/s", "both")]
    held = {
        graph: [(URIRef(s), _P, Literal(text)) for s, text in [(str(graph), "own"), *(both if shared else [])]]
        for graph in (_ONE, _TWO)
    }
    with listening(engine) as url, RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as store:
        store.replace(held)
        dataset = Dataset((_ONE, _TWO), ())
        if shared and not merges:
            with pytest.raises(QueryError, match="gives 4 statements where there are 3; name one graph only, or none"):
                store.select("SELECT * { ?s ?p ?o }", dataset)
            with pytest.raises(QueryError, match="gives 4 statements where there are 3"):
                list(store.stream(f"SELECT * FROM <{_ONE}> FROM <{_TWO}> {{ ?s ?p ?o }}", "text/csv"))
        else:
            assert len(store.select("SELECT * { ?s ?p ?o }", dataset).rows) == (3 if shared else 2)
        assert len(store.select("SELECT * { ?s ?p ?o }").rows) == (3 if shared else 2)
