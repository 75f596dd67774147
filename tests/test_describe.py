"""What the graph says of one thing, whole and no more."""

from __future__ import annotations

import pytest
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import OWL, PROV, RDF, RDFS, SKOS
from small_world import CASE, FINDING, small_store

from graph import describe
from graph.errors import NotFound
from graph.prefixes import BASE, NAMESPACES, TROP

OA = NAMESPACES["oa"]
PASSAGE = URIRef(BASE + "id/passage/p1")


@pytest.fixture(scope="module")
def store():
    with small_store() as opened:
        yield opened


def test_a_description_holds_the_statements_and_the_labels_of_what_they_name(store):
    graph = describe.describe(store, FINDING)
    assert (FINDING, TROP.hasDirection, URIRef(BASE + "concept/direction/furthers")) in graph
    assert (URIRef(BASE + "concept/direction/furthers"), SKOS.prefLabel, Literal("furthers", lang="en")) in graph
    assert not list(graph.predicate_objects(URIRef(BASE + "id/finding/f2")))


def test_a_passage_comes_with_its_selector(store):
    graph = describe.describe(store, PASSAGE)
    assert (URIRef(PASSAGE + "/quote"), URIRef(OA + "exact"), Literal("the most powerful drivers", lang="en")) in graph


def test_a_dossier_brings_findings_passages_and_the_names_of_sources(store):
    graph = describe.dossier(store, CASE)
    source = URIRef(BASE + "id/source/s1")
    assert (FINDING, TROP.hasEvidence, PASSAGE) in graph and (PASSAGE, URIRef(OA + "hasSource"), source) in graph
    assert (source, RDFS.label, Literal("News of 2015", lang="en")) in graph
    assert (URIRef(BASE + "id/finding/f2"), None, None) not in graph, "it is about no case"
    assert (PASSAGE, TROP.locator, None) in describe.dossier(store, FINDING)
    assert set(describe.dossier(store, source)) == set(describe.describe(store, source)), "nothing is about a source"


def test_a_dossier_of_a_case_leads_from_its_findings_to_their_sources(store):
    graph = describe.dossier(store, CASE)
    findings = set(graph.subjects(TROP.concernsCase, CASE))
    sources = {each for finding in findings for each in graph.objects(finding, TROP.hasEvidence / URIRef(OA + "hasSource"))}
    assert findings and sources
    assert all((each, RDF.type, TROP.SourceDocument) in graph for each in sources)


def test_a_dossier_of_a_finding_holds_its_passage_and_source_and_no_other_finding(store):
    graph = describe.dossier(store, FINDING)
    assert list(graph.objects(FINDING, TROP.hasEvidence / URIRef(OA + "hasSource") / RDF.type))
    assert set(graph.subjects(TROP.hasEvidence)) == {FINDING}


def test_blank_nodes_are_followed_to_their_end(store):
    graph = describe.describe(store, TROP.DriverFinding)
    restriction = next(graph.subjects(RDF.type, OWL.Restriction))
    assert isinstance(restriction, BNode)
    assert (restriction, OWL.hasValue, URIRef(BASE + "concept/direction/furthers")) in graph
    members = next(graph.objects(next(graph.objects(TROP.DriverFinding, OWL.equivalentClass)), OWL.intersectionOf))
    assert list(graph.items(members)) == [TROP.DeterminantFinding, restriction]


@pytest.mark.parametrize("iri", [BASE + "id/case/none", BASE + "id/case/a> b", "x}"])
def test_what_is_not_there_is_not_found(store, iri):
    with pytest.raises(NotFound):
        describe.describe(store, URIRef(iri))
    assert not describe.exists(store, URIRef(iri))


def test_the_english_label_comes_first_then_any_then_the_short_name(store):
    iris = [URIRef(BASE + "concept/innovation/e-procurement"), PASSAGE, URIRef("https://www.example.org/x"), TROP.nothing]
    assert [describe.label(store, iri) for iri in iris] == ["e-procurement", "passage:p1", "example.org/x", "trop:nothing"]


def test_no_label_is_asked_for_nothing(store):
    assert describe.labels(store, ()) == {} and describe.definitions(store, ()) == {}


def test_what_points_at_a_thing_is_what_was_asserted(store):
    table = describe.incoming(store, PASSAGE, 10)
    assert {(row[0], row[2]) for row in table.rows} == {(FINDING, TROP.hasEvidence), (URIRef(BASE + "id/finding/f2"), TROP.hasEvidence)}
    assert (FINDING, PROV.wasDerivedFrom, PASSAGE) in describe.describe(store, FINDING), "inferred, and in the description all the same"
    assert str(table.rows[0][3]) == "has evidence"


def test_what_points_at_a_thing_is_capped_and_counted(store):
    assert len(describe.incoming(store, PASSAGE, 1).rows) == 1
    assert describe.incoming_count(store, PASSAGE) == 2
    assert describe.incoming_count(store, URIRef(BASE + "id/x")) == 0


def test_a_page_tells_what_was_said_from_what_follows(store):
    thing = describe.thing(store, FINDING)
    assert thing.label == "Law drives e-procurement"
    assert [ref.label for ref in thing.types] == ["determinant finding"]
    assert {group.property.iri for group in thing.inferred} == {RDF.type, PROV.wasDerivedFrom}
    assert PROV.wasDerivedFrom not in {group.property.iri for group in thing.asserted}
    assert [value.label for value in thing.values(TROP.concernsInnovation)] == ["e-procurement"]
    assert thing.asserted[0].property.iri == TROP.statement, "words first"
    assert RDFS.label not in {group.property.iri for group in thing.asserted}, "the label is the title already"


def test_a_blank_node_on_a_page_has_its_statements_inside(store):
    value, = describe.thing(store, TROP.DriverFinding).values(OWL.equivalentClass)
    assert {group.property.iri for group in value.parts} == {RDF.type, OWL.intersectionOf}


def test_a_property_is_named_by_its_label_or_in_words(store):
    groups = {group.property.iri: group.property.label for group in describe.thing(store, FINDING).asserted}
    assert groups[TROP.hasEvidence] == "has evidence"
    assert groups[PROV.wasGeneratedBy] == "was generated by"


def test_a_script_in_a_label_is_kept_as_text(store):
    assert describe.label(store, CASE) == "<script>alert('case')</script>"
