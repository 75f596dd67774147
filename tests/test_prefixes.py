"""Short names and IRIs are turned into one another by one table."""

from __future__ import annotations

import pytest
from rdflib import URIRef

from graph.errors import UsageError
from graph.prefixes import BASE, NAMESPACES, ONTOLOGY, TROP, expand, graph_name, shorten, thing


def test_no_two_prefixes_stand_for_one_namespace() -> None:
    assert len(set(NAMESPACES.values())) == len(NAMESPACES)


def test_every_namespace_ends_where_a_name_can_begin() -> None:
    assert [each for each in NAMESPACES.values() if not each.endswith(("#", "/"))] == []


@pytest.mark.parametrize(
    ("iri", "short"),
    [
        (ONTOLOGY + "Case", "trop:Case"),
        (BASE + "concept/tropico/hybrid-structure", "tc:hybrid-structure"),
        (BASE + "concept/governance-level/steering", "level:steering"),
        ("http://www.w3.org/2004/02/skos/core#broader", "skos:broader"),
    ],
)
def test_shorten_and_expand_are_each_others_inverse(iri: str, short: str) -> None:
    assert shorten(iri) == short
    assert expand(short) == URIRef(iri)


@pytest.mark.parametrize(
    "iri", ["http://elsewhere.example/x", ONTOLOGY, ONTOLOGY + "a.", BASE + "id/nothing/has/this", ONTOLOGY + "a b"]
)
def test_what_would_be_no_valid_prefixed_name_stays_an_iri(iri: str) -> None:
    assert shorten(iri) == iri


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("concept/innovation/e-procurement", BASE + "concept/innovation/e-procurement"),
        ("id/case/tropico-be-antwerp", BASE + "id/case/tropico-be-antwerp"),
        ("id:case/tropico-be-antwerp", BASE + "id/case/tropico-be-antwerp"),
        ("ontology#Case", ONTOLOGY + "Case"),
        (" <http://example.org/x> ", "http://example.org/x"),
        ("urn:isbn:123", "urn:isbn:123"),
    ],
)
def test_expand_reads_iris_names_and_paths(text: str, iri: str) -> None:
    assert expand(text) == URIRef(iri)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "e-procurement",
        "foo:bar",
        "javascript:alert(1)",
        "http://x/> } ; DROP ALL #",
        "trop:a b",
        "concept/a/b c",
        "id/x>y",
        "http://a\nb",
        "../x",
    ],
)
def test_expand_refuses_what_names_nothing_and_says_how_to_write_it(text: str) -> None:
    with pytest.raises(UsageError, match="write a full IRI"):
        expand(text)


def test_things_and_graphs_have_the_iris_of_the_design() -> None:
    assert thing("case", "tropico-be-antwerp") == URIRef(BASE + "id/case/tropico-be-antwerp")
    assert graph_name("data/cases/tropico/x") == URIRef(BASE + "graph/data/cases/tropico/x")
    assert graph_name("/local/a b/ü>") == URIRef(BASE + "graph/local/a%20b/%C3%BC%3E")
    assert TROP.Case == URIRef(ONTOLOGY + "Case")


@pytest.mark.parametrize(
    ("kind", "slug"), [("case", "Antwerp"), ("case", "a/b"), ("case", ""), ("ca se", "x"), ("case", "x\n")]
)
def test_a_thing_cannot_have_a_name_that_needs_an_escape(kind: str, slug: str) -> None:
    with pytest.raises(UsageError, match="small letters"):
        thing(kind, slug)


def test_a_graph_needs_a_name() -> None:
    with pytest.raises(UsageError, match="needs a name"):
        graph_name("/")
