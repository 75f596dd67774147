"""The JSON-LD context is made from the prefixes and the ontology."""

from __future__ import annotations

import json

import pytest
from rdflib import Literal, URIRef, XSD
from rdflib.namespace import RDF

from graph import context, formats
from graph.embedded import ScratchStore
from graph.prefixes import BASE, NAMESPACES, TROP, graph_name

_TERMS = """
trop:Case a owl:Class . trop:startYear a owl:DatatypeProperty ; rdfs:range xsd:integer . trop:locator a owl:DatatypeProperty ; rdfs:range xsd:string .
trop:concernsCase a owl:ObjectProperty . trop:level a owl:DatatypeProperty ; rdfs:range xsd:integer . foaf:name a owl:DatatypeProperty .
<https://w3id.org/tropico-kg/ontology/tropico-kg> owl:versionInfo "9.9.9" .
"""


@pytest.fixture(scope="module")
def store():
    text = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in NAMESPACES.items()) + _TERMS
    with ScratchStore() as opened:
        opened.replace({graph_name("ontology"): formats.parse(text.encode(), formats.by_key("ttl"), source="terms")})
        yield opened


def test_terms_have_their_own_names_and_their_types(store):
    terms = context.context(store)["@context"]
    assert terms["Case"] == str(TROP.Case) and terms["locator"] == str(TROP.locator) and "name" not in terms
    assert terms["concernsCase"] == {"@id": str(TROP.concernsCase), "@type": "@id"}
    assert terms["startYear"] == {"@id": str(TROP.startYear), "@type": str(XSD.integer)}
    assert context.version(store) == "9.9.9"


def test_a_name_that_is_a_prefix_stays_one(store):
    terms = context.context(store)["@context"]
    assert terms["level"] == NAMESPACES["level"] and terms["trop:level"]["@id"] == str(TROP.level)


def test_json_written_with_the_context_is_the_graph_it_looks_like(store):
    written = {**context.context(store), "@id": "finding:f", "@type": "Case", "startYear": "2017", "concernsCase": "case:c", "trop:level": "2"}
    triples = set(formats.parse(json.dumps(written).encode(), formats.by_key("jsonld"), source="text"))
    finding = URIRef(BASE + "id/finding/f")
    assert triples == {
        (finding, RDF.type, TROP.Case), (finding, TROP.startYear, Literal("2017", datatype=XSD.integer)),
        (finding, TROP.concernsCase, URIRef(BASE + "id/case/c")), (finding, TROP.level, Literal("2", datatype=XSD.integer)),
    }
