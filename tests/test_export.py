"""An export is whole, can be checked, and never overwrites by accident."""

from __future__ import annotations

import hashlib
from collections import Counter

import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import OWL, RDF, RDFS, SKOS, VOID
from small_world import DIGEST, FINDING, graphs, small_store

from graph import build, export, formats
from graph.embedded import ScratchStore
from graph.errors import NotFound, UsageError
from graph.prefixes import BASE, TROP, graph_name
from graph.settings import Settings


@pytest.fixture(scope="module")
def store():
    with small_store() as opened:
        yield opened


def test_every_dump_is_there_with_its_checksum(store, tmp_path):
    paths = export.export(store, tmp_path / "out")
    assert {path.name for path in paths} == {"tropico-kg.ttl", "tropico-kg.nt", "tropico-kg.rdf", "tropico-kg.jsonld", "tropico-kg.trig",
                                             "tropico-kg.nq", "tropico-kg-full.ttl", "tropico-kg-inferred.ttl", "void.ttl", "SHA256SUMS"} == {path.name for path in (tmp_path / "out").iterdir()}
    lines = (tmp_path / "out" / "SHA256SUMS").read_text().splitlines()
    assert len(lines) == 9
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("fmt", formats.RDF_FORMATS, ids=lambda fmt: fmt.key)
def test_each_format_says_the_same(store, fmt):
    said = formats.parse(export.dump(store, fmt), fmt, source="dump")
    expected = Graph()
    for triples in graphs().values():
        for triple in triples:
            expected.add(triple)
    found = Graph()
    for triple in said:
        found.add(triple)
    assert isomorphic(found, expected)


@pytest.mark.parametrize(("key", "name"), [("nq", ox.RdfFormat.N_QUADS), ("trig", ox.RdfFormat.TRIG)])
def test_dataset_dumps_keep_the_graphs_apart(store, key, name):
    quads = list(ox.parse(export.dump(store, formats.by_key(key)), name))
    assert Counter(URIRef(quad.graph_name.value) for quad in quads) == store.graphs()
    assert str(graph_name("data/findings")) in {quad.graph_name.value for quad in quads if quad.subject == ox.NamedNode(FINDING)}


def test_the_ontology_alone_is_one_file_without_imports_and_data_and_with_what_follows_if_wanted(tmp_path):
    with ScratchStore() as shipped:
        build.build(shipped, settings=Settings(cache=tmp_path))
        full, inferred = (Graph().parse(export.ontology(shipped, inferred=each), format="turtle") for each in (False, True))
    assert (TROP.Case, RDF.type, OWL.Class) in full and not set(full.triples((None, OWL.imports, None)))
    assert not set(full.subjects(RDF.type, TROP.PortalCase)) and not set(full.subjects(SKOS.closeMatch))
    steering = URIRef(BASE + "concept/governance-level/steering")
    assert (steering, RDFS.label, None) in inferred and (steering, RDFS.label, None) not in full
    assert len(full) < len(inferred)


def test_the_same_store_gives_the_same_bytes():
    with small_store() as first, small_store() as second:
        for fmt in export.DUMPS:
            assert export.dump(first, fmt) == export.dump(second, fmt), fmt.key


def test_the_description_names_build_and_parts(store):
    graph = export.description(store)
    assert DIGEST in map(str, graph.objects(export.DATASET))
    assert URIRef(BASE + "download/tropico-kg.ttl") in set(graph.objects(export.DATASET, VOID.dataDump))
    assert {str(each) for each in graph.objects(None, VOID["class"])} >= {BASE + "ontology#PortalCase"}
    counted = store.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").rows[0][0]
    assert [int(each) for each in graph.objects(export.DATASET, VOID.triples)] == [int(counted)]


def test_what_is_there_is_not_overwritten_without_force(store, tmp_path):
    (tmp_path / "void.ttl").write_text("mine")
    with pytest.raises(UsageError, match="already holds void.ttl.*--force"):
        export.export(store, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["void.ttl"] and (tmp_path / "void.ttl").read_text() == "mine"
    export.export(store, tmp_path, force=True)
    assert (tmp_path / "void.ttl").read_text() != "mine"


def test_an_empty_store_is_not_exported(tmp_path):
    with ScratchStore() as empty, pytest.raises(NotFound, match="empty"):
        export.export(empty, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_told(store, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        export.export(store, tmp_path / "file" / "out")
