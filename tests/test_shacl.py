"""What is compiled finds exactly what pySHACL finds, result by result, and what cannot be compiled is left to it and told."""

from __future__ import annotations

import csv
import sys
import warnings
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

import pytest
from pyshacl import Validator
from pyshacl.graph_abstraction import DataGraph
from rdflib import RDF, SH, BNode, Graph, Namespace, URIRef

from graph import formats, ontology, resources, validate
from graph.errors import OntologyError
from graph.formats import Term, Triple
from graph.shacl import evaluation, reference
from graph.shacl.results import Found

TOP = Path(__file__).resolve().parent
FILES = sorted((TOP / "cases").rglob("*.ttl"))
SUITE = TOP.parent.parent / "shared" / "suites" / "shacl"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
HEAD = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix ex: <https://example.org/> .
"""


def graph_of(text: str, base: str | None = None) -> Graph:
    graph = Graph(bind_namespaces="none")
    for triple in formats.parse((HEAD + text).encode(), formats.by_key("ttl"), source="test", base=base):
        graph.add(triple)
    return graph


def told(found: Iterable[Found], wanted: Collection[Term] | None, *, words: bool = True) -> Counter:
    """Everything a result says, and how often."""
    return Counter(
        (each.focus, each.path, each.value, each.component, each.shape, each.severity, each.messages if words else None)
        for each in found
        if wanted is None or each.focus in wanted
    )


def disagreement(triples: list[Triple], shapes: Graph, wanted: Collection[Term] | None = None) -> tuple[int, str]:
    """Return how many results pySHACL has and where ours differ; shapes without a message leave the words to the engine."""
    own = evaluation.evaluate(triples, shapes, wanted)
    assert not own.left, own.left
    words = (None, SH.message, None) in shapes
    ours = told(own.found, wanted, words=words)
    theirs = told(reference.found_by(triples, shapes), wanted, words=words)
    return sum(theirs.values()), f"ours alone: {ours - theirs}; pySHACL's alone: {theirs - ours}" if ours != theirs else ""


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return validate.shapes()


@pytest.fixture(scope="module")
def terms() -> Graph:
    return ontology.load()


# --- agreement with the reference -----------------------------------------------------------------------------------


def test_on_the_shipped_ontology_and_data_results_and_counts_are_those_of_pyshacl(shapes):
    files = [each for name in ("ontology", "data") for each in ontology.files_in(resources.folder(name))]
    triples = list(dict.fromkeys(triple for each in files for triple in formats.read(each).triples))
    assert disagreement(triples, shapes) == (0, "")
    scratch = Graph(bind_namespaces="none")
    for triple in triples:
        scratch.add(triple)
    own = evaluation.evaluate(triples, shapes)
    validator = Validator(DataGraph.from_rdflib(scratch), shacl_graph=shapes, options={"inplace": True})
    every = list(validator.shacl_graph.shapes)
    reached = {node for each in every for node in each.focus_nodes(validator.data_graph)}
    assert (own.shapes, own.reached) == (len(every), reached) and len(reached) > 800
    assert own.constraints > 20_000


def test_on_every_case_file_the_results_are_those_of_pyshacl(shapes, terms):
    """Files that describe things of their own only are judged together, each in a namespace of its own; the others singly."""
    together: set[Triple] = set(terms)
    results = 0
    for number, path in enumerate(FILES):
        text = path.read_text("utf-8").replace("https://example.org/", f"https://example.org/{number}/").replace("_:", f"_:b{number}")
        triples = formats.parse(text.encode(), formats.by_key("ttl"), source=path.name)
        if all(isinstance(s, BNode) or s.startswith("https://example.org/") for s, _, _ in triples):
            together.update(triples)
        else:
            document = formats.read(path)
            part = [*validate.context_of(terms, [document]), *document.triples]
            found, differs = disagreement(part, shapes, {s for s, _, _ in document.triples})
            assert not differs, f"{path.name}: {differs}"
            results += found
    found, differs = disagreement(list(together), shapes)
    assert not differs and len(FILES) > 350 and results + found > len(FILES) - 30


def test_on_every_kind_of_seeded_defect_the_results_are_those_of_pyshacl(shapes, terms, tmp_path):
    sys.path.insert(0, str(TOP.parent / "benchmarks"))
    defects, generate = pytest.importorskip("defects"), pytest.importorskip("generate")
    generate.generate(tmp_path, 8_000, seed=3, defects=0.7, files=1)
    data = [triple for path in ontology.files_in(resources.folder("data")) for triple in formats.read(path).triples]
    synthetic = formats.read(tmp_path / "synthetic.nt").triples
    number, differs = disagreement([*terms, *data, *synthetic], shapes)
    seeded = {each["kind"] for each in csv.DictReader((tmp_path / "defects.csv").read_text("utf-8").splitlines())}
    assert {each.name for kinds in defects.KINDS.values() for each in kinds} - seeded == set()
    assert not differs and number > 500


@pytest.mark.parametrize("path", sorted(SUITE.rglob("*.ttl")) or [None], ids=lambda path: path and f"{path.parent.name}/{path.stem}")
def test_on_the_core_suite_of_w3c_the_results_are_those_of_pyshacl(path):
    if path is None:
        pytest.skip(f"not run: the suite is not in {SUITE}")
    manifest = document(path)
    for test in manifest.subjects(RDF.type, SHT.Validate):
        action, expected = manifest.value(test, MF.action), manifest.value(test, MF.result)
        data, shapes = (document(Path(str(manifest.value(action, each)).removeprefix("file://"))) for each in (SHT.dataGraph, SHT.shapesGraph))
        if path.stem == "qualified-001" and path.parent.name == "node":
            with pytest.raises(OntologyError, match="only be present on a PropertyShape"):
                evaluation.evaluate(list(data), shapes)
            continue
        own = evaluation.evaluate(list(data), shapes)
        assert told(own.found, None, words=False) == told(reference.found_by(data, shapes), None, words=False) and not own.left
        if path.stem != "uniqueLang-002":  # pySHACL takes "1" for true there, and so do we
            assert len(own.found) == len(list(manifest.objects(expected, SH.result)))


def document(path: Path) -> Graph:
    graph = Graph(bind_namespaces="none")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of the suite's literals are ill-formed on purpose
        for triple in formats.parse(path.read_bytes(), formats.by_key("ttl"), source=path.name, base=path.as_uri()):
            graph.add(triple)
    return graph


def test_the_core_suite_is_looked_at_where_it_is():
    if SUITE.is_dir():
        assert sum((None, RDF.type, SHT.Validate) in document(path) for path in SUITE.rglob("*.ttl")) > 70


RULES = {
    "a chain of steps": 'ex:S sh:targetClass ex:C ; sh:property [ sh:path ( ex:p [ sh:oneOrMorePath ex:q ] ) ; sh:minCount 1 ; sh:message "a" ] .',
    "any number of steps": 'ex:S sh:targetClass ex:C ; sh:property [ sh:path [ sh:zeroOrMorePath ex:p ] ; sh:maxCount 2 ; sh:message "a" ] .',
    "steps back": 'ex:S sh:targetClass ex:C ; sh:property [ sh:path [ sh:inversePath ex:p ] ; sh:class ex:C ; sh:minCount 1 ; sh:message "a" ] .',
    "a choice of steps": """ex:S sh:targetClass ex:C ; sh:property [ sh:path [ sh:alternativePath ( ex:n ex:p ) ] ;
        sh:maxCount 2 ; sh:minCount 1 ; sh:nodeKind sh:IRI ; sh:message "a" ] .""",
    "properties of values": """ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:message "a" ; sh:property [
        sh:path ex:n ; sh:minCount 1 ; sh:datatype xsd:integer ; sh:message "b" ] ] .""",
    "a closed shape": 'ex:S sh:targetClass ex:C ; sh:closed true ; sh:ignoredProperties ( rdf:type ) ; sh:message "a" ; sh:property [ sh:path ex:n ] .',
    "closed values": 'ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:closed true ; sh:message "a" ] .',
    "numbers by their form": 'ex:S sh:targetSubjectsOf ex:n ; sh:property [ sh:path ex:n ; sh:in ( 1.0 2 "x"@en ) ; sh:message "a" ] .',
    "a number in two forms": 'ex:S sh:targetSubjectsOf ex:n ; sh:property [ sh:path ex:n ; sh:maxCount 1 ; sh:hasValue 1.0 ; sh:message "a" ] .',
    "ill-formed numbers": 'ex:S sh:targetSubjectsOf ex:k ; sh:property [ sh:path ex:k ; sh:datatype xsd:integer ; sh:minInclusive 4 ; sh:message "a" ] .',
    "ranges": 'ex:S sh:targetSubjectsOf ex:n ; sh:property [ sh:path ex:n ; sh:minExclusive 1 ; sh:maxInclusive 2.0 ; sh:message "a" ] .',
    "ranges up to their ends": """ex:S sh:targetSubjectsOf ex:m ; sh:property [ sh:path ex:m ; sh:minInclusive 2 ; sh:message "a" ] ,
        [ sh:path ex:m ; sh:maxExclusive 5 ; sh:message "b" ] , [ sh:path ex:m ; sh:minExclusive 2 ; sh:maxInclusive 1 ; sh:message "c" ] .""",
    "ranges of time": """ex:S sh:targetSubjectsOf ex:t ; sh:property [ sh:path ex:t ;
        sh:minInclusive "2020-01-01T00:00:00Z"^^xsd:dateTime ; sh:datatype xsd:dateTime ; sh:message "a" ] .""",
    "lengths and patterns": 'ex:S sh:targetSubjectsOf ex:n ; sh:property [ sh:path ex:n ; sh:minLength 2 ; sh:maxLength 3 ; sh:pattern "^\\\\S+$" ; sh:message "a" ] .',
    "pairs": 'ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:equals ex:q ; sh:disjoint ex:r ; sh:message "a" ] .',
    "order": 'ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:n ; sh:lessThan ex:m ; sh:message "a" ] , [ sh:path ex:n ; sh:lessThanOrEquals ex:m ; sh:message "b" ] .',
    "languages": 'ex:S sh:targetSubjectsOf ex:n ; sh:property [ sh:path ex:n ; sh:uniqueLang true ; sh:languageIn ( "en" "de" ) ; sh:message "a" ] .',
    "inner shapes": """ex:S sh:targetClass ex:C ; sh:message "a" ; sh:node ex:T ; sh:not ex:U ; sh:and ( ex:T ex:U ) ; sh:or ( ex:T ex:U ) ;
        sh:xone ( ex:T ex:T ex:U ) . ex:T sh:property [ sh:path ex:n ; sh:minCount 1 ] . ex:U sh:path ex:p ; sh:node ex:T ; sh:minCount 1 .""",
    "siblings": """ex:S sh:targetClass ex:C ; sh:property
        [ sh:path ex:p ; sh:qualifiedValueShape ex:T ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShapesDisjoint true ; sh:message "a" ] ,
        [ sh:path ex:p ; sh:qualifiedValueShape ex:U ; sh:qualifiedMaxCount 0 ; sh:qualifiedValueShapesDisjoint true ; sh:message "b" ] .
        ex:T sh:class ex:C . ex:U sh:property [ sh:path ex:n ; sh:minCount 1 ] .""",
    "switched off": """ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:zz ; sh:minCount 1 ; sh:deactivated true ] ; sh:not ex:T ; sh:message "a" .
        ex:T sh:property [ sh:path ex:n ; sh:minCount 9 ] ; sh:deactivated true .""",
    "its own class": 'ex:C a owl:Class , sh:NodeShape ; sh:message "a" ; sh:property [ sh:path ex:n ; sh:minCount 4 ; sh:severity sh:Info ; sh:message "b"@de , "c"@en ] .',
    "a node that nobody describes": 'ex:S sh:targetNode ex:nowhere , "text" ; sh:property [ sh:path ex:n ; sh:minCount 1 ; sh:message "a" ] .',
    "a query": """ex:S sh:targetClass ex:C ; sh:message "shape" ; sh:sparql [ sh:message "{$this} has {?value} with {?m}" ; sh:prefixes ex:ns ;
        sh:select "SELECT $this ?value ?m WHERE { $this ex:n ?value . FILTER NOT EXISTS { $this ex:q ?value } $this ex:m ?m . }" ] .
        ex:ns sh:declare [ sh:prefix "ex" ; sh:namespace "https://example.org/" ] .""",
    "a query on a path": """ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:n ; sh:message "shape" ; sh:sparql [
        sh:select "SELECT $this ?value WHERE { $this $PATH ?value . FILTER (isLiteral(?value)) }" ] ] .""",
}  # fmt: skip
DATA = """
ex:D rdfs:subClassOf ex:C . ex:E rdfs:subClassOf ex:D .
ex:a a ex:C ; ex:n 1 , 1.0 , "x"@en , "X"@en-GB , "y"@de ; ex:p ex:b , ex:c , "text" ; ex:q ex:b ; ex:r ex:c ; ex:m 1 , "b" .
ex:b a ex:E ; ex:n "1.0"^^xsd:decimal , "1.00"^^xsd:decimal ; ex:p ex:a ; ex:q ex:c ; ex:m 2.0 .
ex:c ex:n "abc" , "a c" , "" , "\\u00A0" , "z\\n" ; ex:q ex:a ; ex:p ex:d .
ex:d a ex:D ; ex:n "01"^^xsd:integer , "1E0"^^xsd:double ; ex:k "none"^^xsd:integer , 3 , "3"^^xsd:byte , "3" ; ex:m 5 ; ex:t "2019-12-31T23:00:00-05:00"^^xsd:dateTime .
ex:e ex:n ex:a , [ ex:n 2 ] ; ex:t "2019-12-31T00:00:00"^^xsd:dateTime , "2021-02-03"^^xsd:date , "never"^^xsd:dateTime .
"""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", RULES)
def test_on_what_the_shipped_shapes_do_not_use_the_results_are_those_of_pyshacl(name):
    plain = DATA.replace('"1.00"', '"1.5"').replace('"01"', '"7"').replace('"3"^^xsd:byte , ', "")
    data = plain if name.startswith("a query") else DATA
    number, differs = disagreement(list(graph_of(data)), graph_of(RULES[name]))
    assert not differs
    assert number > 0 or name == "switched off"


# --- what is left to the reference ----------------------------------------------------------------------------------

LEFT = {
    "sh:sparql cannot be read": 'sh:sparql [ sh:message "b" ; sh:select "SELECT $this WHERE { { $this ?p 1 } UNION { $this ?p 1.0 } }" ]',
    "sh:hasValue cannot be read": "sh:property [ sh:path ex:n ; sh:hasValue [ ] ]",
    "sh:class cannot be read": "sh:class [ a owl:Class ]",
    "a target of it is no IRI": "sh:nodeKind sh:Literal ; sh:targetClass [ a owl:Class ]",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("reason", LEFT)
def test_a_shape_that_cannot_be_compiled_is_left_to_pyshacl_and_the_others_are_not(reason):
    shapes = graph_of(f'ex:S sh:targetClass ex:C ; {LEFT[reason]} . ex:T sh:targetClass ex:C ; sh:nodeKind sh:Literal ; sh:message "a" .')
    triples = list(graph_of(DATA))
    own = evaluation.evaluate(triples, shapes)
    assert own.left == {URIRef("https://example.org/S"): reason}
    assert told(own.found, None, words=False) == told(reference.found_by(triples, shapes), None, words=False) and own.found
    assert {each.shape for each in own.found} >= {URIRef("https://example.org/T")} and len(own.found) > 3


@pytest.mark.filterwarnings("ignore")
def test_a_query_over_one_number_in_two_forms_is_left_to_pyshacl():
    shapes, triples = graph_of(RULES["a query"]), list(graph_of(DATA))
    own = evaluation.evaluate(triples, shapes)
    assert "written in two ways" in own.left[URIRef("https://example.org/S")]
    assert told(own.found, None) == told(reference.found_by(triples, shapes), None)


def test_a_report_names_the_shapes_that_were_left(tmp_path):
    shapes = graph_of('ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:sparql [ sh:message "b" ; sh:select "SELECT $this { { $this ?p 1 } }" ] .')
    (tmp_path / "mine.ttl").write_text(HEAD + "ex:a a ex:C ; ex:n 1 .", encoding="utf-8")
    report = validate.validate([formats.read(tmp_path / "mine.ttl")], Graph(), shapes)
    assert [each.message for each in report.results] == ["b"] and report.left == (URIRef("https://example.org/S"),)
    assert "Evaluated by pySHACL and not compiled: https://example.org/S.\n" in report.as_text()
    assert validate.Report.from_json(report.as_json()) == report and validate.merged([report, report]).left == report.left


def test_no_shipped_shape_is_left(shapes):
    assert evaluation.evaluate([], shapes).left == {}


def test_shapes_that_define_constraints_of_their_own_are_all_left(shapes):
    own = graph_of("""ex:Own a sh:ConstraintComponent ; sh:parameter [ sh:path ex:least ] ; sh:validator [ a sh:SPARQLAskValidator ;
        sh:ask "ASK { FILTER ($value > $least) }" ] . ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:m ; ex:least 3 ] .""")
    outcome = evaluation.evaluate(list(graph_of("ex:a a ex:C ; ex:m 2 . ex:b a ex:C ; ex:m 4 .")), own)
    assert [str(each.focus)[-1] for each in outcome.found] == ["a"] and len(outcome.left) == 1


# --- only what was asked for ----------------------------------------------------------------------------------------


def test_only_the_wanted_nodes_are_judged_and_counted_and_inner_shapes_see_all(shapes):
    rules = graph_of("ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:node ex:T ] . ex:T sh:property [ sh:path ex:n ; sh:minCount 1 ] .")
    triples = list(graph_of("ex:a a ex:C ; ex:p ex:x . ex:b a ex:C ; ex:p ex:x ."))
    outcome = evaluation.evaluate(triples, rules, {URIRef("https://example.org/a")})
    assert [str(each.focus)[-1] for each in outcome.found] == ["a"]
    assert (len(outcome.reached), outcome.constraints) == (1, 1)


def test_nothing_to_look_at_is_counted_as_nothing(shapes):
    outcome = evaluation.evaluate([], shapes)
    assert (outcome.found, outcome.reached, outcome.constraints) == ((), frozenset(), 0) and outcome.shapes > 200
