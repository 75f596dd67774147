"""The ontology is whole without a network, agrees with itself, and means to the reasoner what it means to the rules."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from rdflib import OWL, RDF, Graph, Literal, URIRef

from graph import infer, ontology, resources
from graph.embedded import ScratchStore
from graph.errors import OntologyError, ParseError, ReasonerMissing, UsageError
from graph.prefixes import TROP

EX = "https://example.org/"
HEAD = """@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix : <https://example.org/> .
"""


def write(folder: Path, modules: dict[str, str], entries: dict[str, str] | None = None) -> Path:
    """Write an ontology folder: file name to Turtle, and catalog entries, name to file (default: the modules)."""
    for name, text in modules.items():
        (folder / name).write_text(HEAD + text, encoding="utf-8")
    entries = {Path(name).stem: name for name in modules} if entries is None else entries
    lines = "".join(f'<uri name="{EX}{name}" uri="{file}"/>' for name, file in entries.items())
    catalog = f'<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">{lines}</catalog>'
    (folder / "catalog-v001.xml").write_text(catalog, encoding="utf-8")
    return folder


def graph_of(tmp_path: Path, text: str) -> Graph:
    return ontology.load(write(tmp_path, {"tropico-kg.ttl": f":tropico-kg a owl:Ontology . {text}"}))


@pytest.fixture
def offline(monkeypatch):
    """Let every attempt to reach the network fail the test."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="session")
def java() -> Path:
    found = ontology.find_java()
    if found is None:
        pytest.skip("not run: no Java; pip install 'tropico-kg[reasoner]'")
    return found


@pytest.fixture(scope="module")
def shipped() -> Graph:
    return ontology.load(with_data=[resources.folder("data")])


@pytest.fixture(scope="module")
def classified(java, shipped) -> ontology.Classification:
    return ontology.classify(shipped)


# --- imports --------------------------------------------------------------------------------------------------------


def test_the_shipped_ontology_is_whole_without_a_network(offline):
    graph = ontology.load()
    assert len(graph) > 1000 and (TROP.Finding, RDF.type, OWL.Class) in graph


def test_the_guard_against_the_network_bites(offline):
    with pytest.raises(AssertionError, match="socket"):
        socket.create_connection(("127.0.0.1", 9), timeout=0.1)


def test_every_import_in_the_tree_has_a_catalog_entry():
    folder = resources.folder("ontology")
    files = [ontology.read(file) for file in ontology.files_in(folder)]
    imported = {o for each in files for _, p, o in each.triples if p == OWL.imports}
    assert imported and imported <= ontology.catalog(folder).keys()


def test_every_catalog_entry_is_a_file_that_has_that_name_or_version():
    entries = ontology.catalog(resources.folder("ontology"))
    assert len(entries) > 10
    for iri, file in entries.items():
        triples = ontology.read(file).triples
        names = {s for s, p, o in triples if o == OWL.Ontology} | {o for _, p, o in triples if p == OWL.versionIRI}
        assert iri in names, file


def test_modules_are_listed_in_import_order(tmp_path):
    folder = write(tmp_path, {
        "tropico-kg.ttl": ":tropico-kg a owl:Ontology ; owl:imports :b, :a .",
        "a.ttl": ":a a owl:Ontology ; owl:imports :c, :b .",
        "b.ttl": ":b a owl:Ontology .",
        "c.ttl": ":c a owl:Ontology ; owl:imports :tropico-kg .",
    })  # fmt: skip
    names = [str(iri).removeprefix(EX) for iri in ontology.modules(folder)]
    assert names == ["tropico-kg", "a", "b", "c"]
    assert ontology.modules(folder)[URIRef(EX + "c")] == folder / "c.ttl"


def test_an_import_by_version_is_resolved(tmp_path):
    modules = {
        "tropico-kg.ttl": ":tropico-kg a owl:Ontology ; owl:imports :v1-a .",
        "a.ttl": ":a a owl:Ontology ; owl:versionIRI :v1-a . :x :y 1 .",
    }
    folder = write(tmp_path, modules, {"v1-a": "a.ttl"})
    assert (URIRef(EX + "x"), URIRef(EX + "y"), Literal(1)) in ontology.load(folder)


def test_an_import_without_an_entry_is_named(tmp_path):
    folder = write(tmp_path, {"tropico-kg.ttl": ":tropico-kg a owl:Ontology ; owl:imports :nowhere ."})
    with pytest.raises(OntologyError, match="imports <https://example.org/nowhere>, which has no entry in .*catalog"):
        ontology.load(folder)


def test_an_entry_without_a_file_is_named(tmp_path):
    folder = write(tmp_path, {"tropico-kg.ttl": ":tropico-kg a owl:Ontology ."}, {"gone": "gone.ttl"})
    with pytest.raises(OntologyError, match="entry for <https://example.org/gone> names .*gone.ttl"):
        ontology.load(folder)


def test_a_file_that_is_another_ontology_than_its_entry_says_is_named(tmp_path):
    modules = {"tropico-kg.ttl": ":tropico-kg a owl:Ontology ; owl:imports :a .", "a.ttl": ":other a owl:Ontology ."}
    with pytest.raises(
        OntologyError, match="a.ttl calls itself <https://example.org/other>.*lists it as <https://example.org/a>"
    ):
        ontology.load(write(tmp_path, modules))


@pytest.mark.parametrize("text", ["", ":a a owl:Ontology . :b a owl:Ontology ."])
def test_a_module_declares_exactly_one_ontology(tmp_path, text):
    with pytest.raises(OntologyError, match=r"tropico-kg.ttl declares [02] ontologies"):
        ontology.load(write(tmp_path, {"tropico-kg.ttl": text}))


def test_a_folder_without_a_catalog_is_refused(tmp_path):
    with pytest.raises(OntologyError, match="no catalog-v001.xml"):
        ontology.load(tmp_path)


def test_a_broken_catalog_is_refused_with_its_line(tmp_path):
    (tmp_path / "catalog-v001.xml").write_text("<catalog>\n<uri", encoding="utf-8")
    with pytest.raises(ParseError, match=r"catalog-v001.xml:2:\d+: .*XML"):
        ontology.load(tmp_path)


def test_data_is_loaded_beside_the_ontology(tmp_path):
    folder = write(tmp_path, {"tropico-kg.ttl": ":tropico-kg a owl:Ontology ."})
    (folder / "data" / "deep").mkdir(parents=True)
    (folder / "data" / "deep" / "x.nt").write_text(f"<{EX}s> <{EX}p> <{EX}o> .\n", encoding="utf-8")
    assert len(ontology.load(folder, with_data=[folder / "data"])) == 2


def test_a_data_path_that_does_not_exist_is_refused(tmp_path):
    folder = write(tmp_path, {"tropico-kg.ttl": ":tropico-kg a owl:Ontology ."})
    with pytest.raises(UsageError, match="nowhere does not exist"):
        ontology.load(folder, with_data=[tmp_path / "nowhere"])


# --- the reasoner ---------------------------------------------------------------------------------------------------


def test_the_shipped_ontology_and_data_are_consistent_and_no_class_is_empty(classified):
    assert classified.consistent
    assert classified.unsatisfiable == ()


def test_the_reasoner_finds_the_defined_findings(classified):
    assert classified.instances[TROP.DriverFinding] and classified.instances[TROP.BarrierFinding]
    assert not classified.instances[TROP.DriverFinding] & classified.instances[TROP.BarrierFinding]


def test_a_disjointness_clash_is_inconsistent(java, tmp_path):
    graph = graph_of(
        tmp_path, ":A a owl:Class ; owl:disjointWith :B . :B a owl:Class . :x a owl:NamedIndividual, :A, :B ."
    )
    assert ontology.classify(graph) == ontology.Classification(consistent=False)


def test_the_clash_is_found_in_the_shipped_ontology_too(java, shipped):
    broken = Graph()
    broken += shipped
    both = URIRef(EX + "both")
    for kind in (OWL.NamedIndividual, TROP.Finding, TROP.CodingActivity):
        broken.add((both, RDF.type, kind))
    assert not ontology.classify(broken).consistent


def test_an_unsatisfiable_class_is_named(java, tmp_path):
    graph = graph_of(
        tmp_path, ":A a owl:Class ; owl:disjointWith :B . :B a owl:Class . :C a owl:Class ; rdfs:subClassOf :A, :B ."
    )
    result = ontology.classify(graph)
    assert result.consistent and result.unsatisfiable == (URIRef(EX + "C"),)


def test_members_of_a_defined_class_include_those_of_its_subclasses(java, tmp_path):
    graph = graph_of(tmp_path, """
        :p a owl:ObjectProperty . :A a owl:Class . :B a owl:Class ; rdfs:subClassOf :D . :v a owl:NamedIndividual .
        :D a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( :A
            [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :v ] ) ] .
        :x a owl:NamedIndividual, :A ; :p :v . :y a owl:NamedIndividual, :A . :z a owl:NamedIndividual, :B .
    """)  # fmt: skip
    assert ontology.classify(graph).instances == {URIRef(EX + "D"): frozenset({URIRef(EX + "x"), URIRef(EX + "z")})}


def test_a_date_that_the_reasoner_cannot_read_is_explained(java, tmp_path):
    graph = graph_of(tmp_path, ':p a owl:DatatypeProperty . :x a owl:NamedIndividual ; :p "2020-01-01"^^xsd:date .')
    with pytest.raises(OntologyError, match="xsd:dateTime .*write years as xsd:integer"):
        ontology.classify(graph)


def test_the_reasoner_fetches_nothing_and_leaves_nothing_behind(java, tmp_path, offline, monkeypatch, capfd):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    graph = graph_of(tmp_path, ":A a owl:Class ; owl:disjointWith :B . :x a owl:NamedIndividual, :A, :B .")
    graph.add((URIRef(EX + "tropico-kg"), OWL.imports, URIRef("http://192.0.2.1/never")))
    assert not ontology.classify(graph).consistent
    assert list(place.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_without_java_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr(ontology, "find_java", lambda: None)
    with pytest.raises(ReasonerMissing, match=r"no Java; pip install 'tropico-kg\[reasoner\]'"):
        ontology.classify(Graph())


def test_a_java_that_does_not_start_is_no_java(monkeypatch, tmp_path):
    stub = tmp_path / "java"
    stub.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    stub.chmod(0o755)
    monkeypatch.setattr(ontology.shutil, "which", lambda _: str(stub))
    monkeypatch.setattr(ontology.importlib.util, "find_spec", lambda _: None)
    assert ontology.find_java() is None
    assert subprocess.run([str(stub)], check=False).returncode == 1


# --- rules and reasoner agree ---------------------------------------------------------------------------------------


def test_rules_and_reasoner_find_the_same_members_of_every_defined_class(classified, shipped):
    with ScratchStore() as store:
        store.replace({URIRef(EX + "g"): list(shipped)})
        derived = infer.close(store, infer.rules(shipped))
    asserted = {(s, o) for s, o in shipped.subject_objects(RDF.type)}
    members = asserted | {(s, o) for s, p, o in derived if p == RDF.type}
    assert classified.instances
    for named, instances in classified.instances.items():
        assert {s for s, kind in members if kind == named} == instances, named
