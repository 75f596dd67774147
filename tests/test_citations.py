"""The sources as records a reference manager takes, saying no more than the graph does."""

from __future__ import annotations

import json

import pytest
from rdflib import URIRef

from graph import citations, formats
from graph.citations import BIBTEX, CSL, RIS
from graph.embedded import ScratchStore
from graph.prefixes import BASE, NAMESPACES, graph_name

_SOURCES = """
source:b a trop:SourceDocument ; rdfs:label "B"@en ; dcterms:title "50 % of R&D_{x} \\\\ ~ done"@en ; dcterms:identifier "10.1234/a_b" ;
  dcterms:creator agent:ann , agent:office ; dcterms:publisher agent:office ; trop:publicationYear 2020 ; trop:pageCount 12 ;
  dcterms:bibliographicCitation "Ann (2020). B."@en ; dcat:landingPage <https://example.org/b> ; dcterms:language "en" .
source:a a trop:SourceDocument ; rdfs:label "A"@en ; dcterms:identifier "rcn 1" ; dcat:landingPage <https://example.org/a> .
agent:ann a prov:Person ; rdfs:label "Ann van Other"@en .
agent:office a org:FormalOrganization ; rdfs:label "Office of A and B"@en .
"""


@pytest.fixture(scope="module")
def store():
    text = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in NAMESPACES.items()) + _SOURCES
    with ScratchStore() as opened:
        opened.replace({graph_name("data"): formats.parse(text.encode(), formats.by_key("ttl"), source="sources")})
        yield opened


def test_all_sources_come_by_key_and_one_alone_by_its_iri(store):
    assert [each.key for each in citations.records(store)] == ["a", "b"]
    assert [each.key for each in citations.records(store, URIRef(BASE + "id/source/b"))] == ["b"]
    assert citations.records(store, URIRef(BASE + "id/agent/ann")) == []


def test_bibtex_protects_names_of_organisations_and_escapes_signs(store):
    text = citations.written(citations.records(store), BIBTEX)
    assert "@misc{a,\n" in text and "@misc{b,\n" in text
    assert "author = {Ann van Other and {Office of A and B}}" in text
    assert r"title = {{50 \% of R\&D\_\{x\} \textbackslash{} \textasciitilde{} done}}" in text
    assert "doi = {10.1234/a_b}" in text and "url = {https://doi.org/10.1234/a_b}" in text


def test_ris_has_one_tag_a_line(store):
    lines = citations.written(citations.records(store), RIS).splitlines()
    assert lines[0] == "TY  - GEN" and lines.count("ER  - ") == 2
    assert "AU  - Ann van Other" in lines and "DO  - 10.1234/a_b" in lines and "PY  - 2020" in lines
    assert all(line[2:6] == "  - " for line in lines if line)


def test_csl_is_json_with_the_year_as_a_number(store):
    first, second = json.loads(citations.written(citations.records(store), CSL))
    assert first == {"id": "a", "type": "document", "title": "A", "URL": "https://example.org/a"}, "an identifier that is no DOI is not called one"
    assert second["issued"] == {"date-parts": [[2020]]} and second["DOI"] == "10.1234/a_b"
