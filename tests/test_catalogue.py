"""What is said of the whole is made from the whole, and says the same wherever it is made."""

from __future__ import annotations

import hashlib

import pytest
from rdflib import RDF, XSD, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, SH, VOID
from small_world import DIGEST, small_questions, small_store

from graph import build, catalogue, export, formats, prefixes, questions
from graph.prefixes import NAMESPACES, TROP, graph_name

SPDX, SCHEMA = NAMESPACES["spdx"], NAMESPACES["schema"]
_HEADER = f"""
<{prefixes.BASE}ontology/tropico-kg> <http://www.w3.org/2002/07/owl#versionIRI> <{prefixes.BASE}ontology/9.9.9/tropico-kg> ;
  <http://purl.org/dc/terms/creator> <{prefixes.BASE}id/agent/editors> .
"""


@pytest.fixture(scope="module")
def store():
    with small_store() as opened:
        opened.replace({graph_name("ontology/tropico-kg"): formats.parse(_HEADER.encode(), formats.by_key("ttl"), source="header")})
        yield opened


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    return questions.load(small_questions(tmp_path_factory.mktemp("questions")))


@pytest.fixture(scope="module")
def described(store, asked) -> Graph:
    return catalogue.description(store, asked.values())


def test_every_prefix_is_declared(described):
    declared = {str(described.value(each, SH.prefix)): described.value(each, SH.namespace) for each in described.objects(None, SH.declare)}
    assert {prefix: str(namespace) for prefix, namespace in declared.items()} == NAMESPACES
    assert {each.datatype for each in declared.values()} == {XSD.anyURI}


def test_every_question_is_an_example_query_that_runs(described, asked, store):
    for name, question in asked.items():
        iri = URIRef(NAMESPACES["q"] + name)
        assert set(described.objects(iri, RDF.type)) == {SH.SPARQLExecutable, SH.SPARQLSelectExecutable}
        query = str(described.value(iri, SH.select))
        assert "#+" not in query and store.select(query).columns
        assert str(described.value(iri, URIRef(SCHEMA + "target"))) == f"{prefixes.BASE}sparql"
        assert {str(word) for word in described.objects(iri, URIRef(SCHEMA + "keywords"))} == {*question.tags, *question.audience}


def test_classes_and_properties_are_counted(described, store):
    parts = {described.value(each, VOID["class"]): described.value(each, VOID.entities) for each in described.objects(None, VOID.classPartition)}
    assert parts[TROP.DeterminantFinding] == Literal("2", datatype=XSD.integer)
    properties = {described.value(each, VOID.property) for each in described.objects(None, VOID.propertyPartition)}
    assert TROP.concernsCase in properties


def test_the_version_and_the_makers_are_the_ontologys(described):
    assert set(described.objects(export.DATASET, DCTERMS.conformsTo)) == {URIRef(prefixes.BASE + "ontology/9.9.9/tropico-kg")}
    assert set(described.objects(export.DATASET, DCTERMS.creator)) == {URIRef(prefixes.BASE + "id/agent/editors")}


def test_what_a_build_stores_knows_no_build(described):
    """Else the identity of a build would rest on itself."""
    assert described.value(export.DATASET, DCTERMS.identifier) is None and DIGEST not in str(formats.serialise(described, formats.by_key("nt")))


def test_the_description_is_the_same_twice(store, asked, described):
    assert formats.digest_of(catalogue.description(store, asked.values())) == formats.digest_of(described)


def test_every_file_has_its_address_size_type_and_checksum(store):
    turtle = formats.by_key("ttl")
    content = export.dump(store, turtle)
    graph = catalogue.catalogue(store, {turtle: content})
    file, = graph.objects(export.DATASET, DCAT.distribution)
    assert graph.value(file, DCAT.downloadURL) == URIRef(prefixes.BASE + "download/tropico-kg.ttl")
    assert int(graph.value(file, DCAT.byteSize)) == len(content)
    assert graph.value(file, DCAT.mediaType) == URIRef("https://www.iana.org/assignments/media-types/text/turtle")
    assert graph.value(file, DCTERMS.conformsTo) == URIRef(prefixes.BASE + "ontology/9.9.9/tropico-kg")
    checksum = graph.value(file, URIRef(SPDX + "checksum"))
    assert str(graph.value(checksum, URIRef(SPDX + "checksumValue"))).lower() == hashlib.sha256(content).hexdigest()


def test_an_export_says_of_its_own_files_what_they_are(store, tmp_path):
    export.export(store, tmp_path / "out", describe=catalogue.catalogue)
    graph = Graph().parse(tmp_path / "out" / "void.ttl")
    sizes = {str(graph.value(file, DCAT.downloadURL)).rpartition("/")[2]: int(graph.value(file, DCAT.byteSize)) for file in graph.objects(None, DCAT.distribution)}
    assert sizes == {export.file_name(fmt): (tmp_path / "out" / export.file_name(fmt)).stat().st_size for fmt in export.DUMPS}


def test_the_catalogue_names_the_build_and_what_the_store_says_of_itself(store, described):
    with small_store() as other:
        other.replace({build.DESCRIPTION: described})
        graph = catalogue.catalogue(other, {})
    assert str(graph.value(export.DATASET, DCTERMS.identifier)) == DIGEST
    assert len(graph) == len(described) + 3
