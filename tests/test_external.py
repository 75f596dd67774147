"""The module of foreign terms is what its pinned lists say, and a row that makes no sense is named."""

from __future__ import annotations

import shutil

import pytest
from rdflib import OWL, PROV, RDF, RDFS, SKOS

from graph import external, resources
from graph.errors import ParseError

ONTOLOGY = resources.folder("ontology")


@pytest.fixture
def folder(tmp_path):
    for name in ("external.csv", "vocabularies.csv", "external.ttl"):
        shutil.copy(ONTOLOGY / name, tmp_path / name)
    return tmp_path


def test_the_committed_module_is_the_one_that_the_lists_make():
    assert external.text(ONTOLOGY) == (ONTOLOGY / "external.ttl").read_text(encoding="utf-8")


def test_each_row_becomes_a_declaration_with_its_axioms():
    graph = external.declarations(ONTOLOGY)
    assert (PROV.Person, RDFS.subClassOf, PROV.Agent) in graph and (PROV.Activity, OWL.disjointWith, PROV.Entity) in graph
    assert (SKOS.broaderTransitive, RDF.type, OWL.TransitiveProperty) in graph
    rows = (ONTOLOGY / "external.csv").read_text(encoding="utf-8").count("\n") - 1
    assert rows == len(set(graph.subjects(RDFS.isDefinedBy))) and rows >= 50


@pytest.mark.parametrize("row", ["prov:Role,clas,role,,,,,", "prov:Role,class,role,,,,sometimes,", "foo:Role,class,role,,,,,"])
def test_a_kind_trait_or_vocabulary_that_is_not_known_is_named_with_its_line(folder, row):
    path = folder / "external.csv"
    path.write_text(path.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    line = path.read_text(encoding="utf-8").count("\n")
    with pytest.raises(ParseError, match=rf"external\.csv:{line}: .* is not known here"):
        external.declarations(folder)


def test_what_the_module_says_of_itself_is_kept(folder):
    path = folder / "external.ttl"
    path.write_text(path.read_text(encoding="utf-8").replace('"Foreign terms"@en', '"Borrowed terms"@en'), encoding="utf-8")
    assert '"Borrowed terms"@en' in external.text(folder)
