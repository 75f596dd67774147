"""The canonical form does not depend on how a file was written, keeps its meaning, and leaves alone what it must not touch."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from graph import canonical, resources
from graph.errors import ParseError, UsageError

HEAD = """PREFIX ex: <https://example.org/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


def form(tmp_path: Path, text: str) -> str:
    file = tmp_path / "file.ttl"
    file.write_text(HEAD + text, encoding="utf-8")
    return canonical.canonical(file)


# one thing written in two ways: by hand, and as the OWL API saves it
WAYS = {
    "the order of statements": ("ex:a ex:p 1 . ex:b ex:p 2 .", "ex:b ex:p 2 . ex:a ex:p 1 ."),
    "a declared individual": ("ex:a a ex:C .", "ex:a a ex:C , owl:NamedIndividual ."),
    "a declared datatype": ("ex:p rdfs:range xsd:date .", "ex:p rdfs:range xsd:date . xsd:date a rdfs:Datatype ."),
    "typed list cells": ("ex:a ex:p ( 1 ) .", "ex:a ex:p [ a rdf:List ; rdf:first 1 ; rdf:rest rdf:nil ] ."),
    "the order of a set": ("[] a owl:AllDisjointClasses ; owl:members ( ex:a ex:b ex:c ) .", "[] a owl:AllDisjointClasses ; owl:members ( ex:c ex:a ex:b ) ."),
    "unnamed members of a set": (
        "ex:x owl:intersectionOf ( [ ex:p 1 ] [ ex:p 2 ] ) .", "ex:x owl:intersectionOf ( [ ex:p 2 ] [ ex:p 1 ] ) .",
    ),
    "two disjoint classes as a list": ("ex:a owl:disjointWith ex:b .", "[] a owl:AllDisjointClasses ; owl:members ( ex:b ex:a ) ."),
    "the order of a pair": ("ex:a owl:disjointWith ex:b .", "ex:b owl:disjointWith ex:a ."),
    "two different individuals as a list": ("ex:a owl:differentFrom ex:b .", "[] a owl:AllDifferent ; owl:distinctMembers ( ex:b ex:a ) ."),
    "a comment": ("ex:a ex:p 1 .", "# a note\nex:a ex:p 1 ."),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_two_ways_have_one_form(tmp_path, way):
    first, second = WAYS[way]
    assert form(tmp_path, first) == form(tmp_path, second)


def test_the_order_of_a_list_that_is_no_set_is_kept(tmp_path):
    assert form(tmp_path, "ex:a ex:p ( 2 1 ) .") != form(tmp_path, "ex:a ex:p ( 1 2 ) .")


def test_the_form_is_its_own_form_and_means_the_same(tmp_path):
    for file in sorted(resources.folder("ontology").rglob("*.ttl"))[:6]:
        text = canonical.canonical(file)
        (tmp_path / "again.ttl").write_text(text, encoding="utf-8")
        assert canonical.canonical(tmp_path / "again.ttl") == text
        assert isomorphic(Graph().parse(data=text, format="turtle"), Graph().parse(file, format="turtle"))


def test_a_text_over_several_lines_keeps_its_blank_line(tmp_path):
    text = form(tmp_path, 'ex:a ex:p """one\n\ntwo""" .')
    assert '"""one\n\ntwo"""' in text


def test_what_would_be_changed_is_refused_rather_than_written(tmp_path):
    with pytest.raises(UsageError, match="cannot be written canonically"):
        form(tmp_path, 'ex:a ex:p """one\n   \ntwo""" .')


def test_shapes_are_refused(tmp_path):
    with pytest.raises(UsageError, match="holds shapes"):
        canonical.canonical(resources.folder("shapes") / "findings.ttl")


def test_a_file_that_is_no_turtle_is_named_with_its_line(tmp_path):
    with pytest.raises(ParseError, match=r"file\.ttl:6:"):
        form(tmp_path, "ex:a ex:p .")
