"""Validation finds what is wrong, says where and what to do, and is never green where it did not look.

With it the shapes it loads and the report it gives.
"""

from __future__ import annotations

import pytest
from rdflib import RDF, RDFS, SH, Graph, Literal, URIRef

from graph import formats, shapes, validate
from graph.errors import OntologyError, ParseError
from graph.prefixes import BASE, TROP, shorten

HEAD = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix sh-t: <https://w3id.org/tropico-kg/shape/> .
@prefix trop: <https://w3id.org/tropico-kg/ontology#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rating: <https://w3id.org/tropico-kg/concept/rating/> .
@prefix direction: <https://w3id.org/tropico-kg/concept/direction/> .
@prefix case: <https://w3id.org/tropico-kg/id/case/> . @prefix set: <https://w3id.org/tropico-kg/id/case-set/> .
"""
SHAPES = """
sh-t:Case a sh:NodeShape ; sh:targetClass trop:Case ;
    sh:property sh-t:Case-label ,
        [ sh:path trop:partOfCaseSet ; sh:class trop:CaseSet ; sh:message "Not a case set: correct the IRI."@en ] ,
        [ sh:path trop:level ; sh:maxInclusive 3 ; sh:severity sh:Warning ; sh:message "High: explain it."@en ] .
sh-t:Case-label a sh:PropertyShape ; sh:path rdfs:label ; sh:minCount 1 ; sh:maxCount 1 ;
    sh:message "Nur ein Name."@de , "A case has one label: write rdfs:label."@en .
"""
TERMS = """
trop:Case a owl:Class . trop:PortalCase a owl:Class ; rdfs:subClassOf trop:Case . trop:CaseSet a owl:Class .
trop:partOfCaseSet a owl:ObjectProperty . trop:level a owl:DatatypeProperty . trop:hasRating a owl:ObjectProperty .
rating:marked a skos:Concept . direction:furthers a skos:Concept . set:ten a trop:CaseSet .
"""
HEAD_LINES = HEAD.count("\n")


@pytest.fixture
def document(tmp_path):
    def make(text: str, name: str = "mine.ttl") -> formats.Document:
        (tmp_path / name).write_text(HEAD + text, encoding="utf-8")
        return formats.read(tmp_path / name)

    return make


@pytest.fixture
def shapes_of(tmp_path):
    def make(text: str) -> Graph:
        folder = tmp_path / "shapes"
        folder.mkdir(exist_ok=True)
        (folder / "some.ttl").write_text(HEAD + text, encoding="utf-8")
        return shapes.load(folder)

    return make


@pytest.fixture
def check(document, shapes_of):
    """Validate Turtle texts as one file each, against SHAPES unless told, with TERMS as the context."""

    def run(*texts: str, rules: str = SHAPES, context: str = TERMS) -> validate.Report:
        documents = [document(text, f"{number}.ttl") for number, text in enumerate(texts)]
        return validate.validate(documents, graph_of(context), shapes_of(rules))

    return run


def graph_of(text: str) -> Graph:
    graph = Graph()
    for triple in formats.parse((HEAD + text).encode(), formats.by_key("ttl"), source="test"):
        graph.add(triple)
    return graph


GOOD = 'case:a a trop:PortalCase ; rdfs:label "A"@en ; trop:partOfCaseSet set:ten .\n'


# --- what is found --------------------------------------------------------------------------------------------------


def test_a_good_file_conforms_and_tells_what_was_looked_at(check):
    report = check(GOOD)
    assert report.conforms and report.results == ()
    # node shape and three property shapes; one case; minCount, maxCount, class, maxInclusive
    assert (report.shapes, report.focus_nodes, report.constraints) == (4, 1, 4)
    assert report.summary() == "Valid; 1 thing in 1 file held against 4 constraints of 4 shapes."


def test_a_result_says_where_what_and_what_to_do(check, tmp_path):
    report = check("\n\ncase:a a trop:Case .")
    (result,) = report.results
    assert not report.conforms
    assert result == validate.Result(
        focus=URIRef(BASE + "id/case/a"), path="rdfs:label", value=None, severity="Violation",
        message="A case has one label: write rdfs:label.", shape=URIRef(BASE + "shape/Case-label"),
        source=tmp_path / "0.ttl", line=HEAD_LINES + 3,
    )  # fmt: skip


def test_a_nameless_property_shape_is_known_by_the_shape_it_belongs_to(check):
    (result,) = check(GOOD + "case:a trop:partOfCaseSet case:a .").results
    assert (result.shape, result.path, result.value) == (
        URIRef(BASE + "shape/Case"),
        "trop:partOfCaseSet",
        URIRef(BASE + "id/case/a"),
    )


def test_a_warning_is_told_and_does_not_refuse(check):
    report = check(GOOD + "case:a trop:level 4 .")
    assert report.conforms and [each.severity for each in report.results] == ["Warning"]
    assert report.summary().startswith("Valid: 1 warning;")


def test_what_the_context_gets_wrong_is_not_the_files_fault(check):
    report = check(GOOD, context=TERMS + "case:b a trop:Case . case:a trop:near case:b .")
    assert report.conforms and not report.results and report.focus_nodes == 1


def test_a_thing_described_in_two_files_is_judged_by_both(check):
    assert check("case:a a trop:Case .\n", 'case:a rdfs:label "A" .\n').conforms
    report = check('case:a a trop:Case ; rdfs:label "A" .\n', 'case:a rdfs:label "B" .\n')
    assert [each.message for each in report.results] == ["A case has one label: write rdfs:label."]


def test_a_thing_of_the_context_that_a_file_adds_to_is_judged_by_both(check):
    context = TERMS + 'case:a a trop:Case ; rdfs:label "A" .'
    assert check("case:a trop:level 1 .", context=context).focus_nodes == 1
    assert check("case:a trop:level 1 .", context=context).conforms
    assert not check('case:a rdfs:label "B" .', context=context).conforms


def test_what_the_context_says_about_a_thing_from_the_other_end_counts(check):
    rules = (
        SHAPES
        + """sh-t:In a sh:NodeShape ; sh:targetClass trop:Case ; sh:property
        [ sh:path [ sh:inversePath trop:hasRating ] ; sh:minCount 1 ] ."""
    )
    assert check(GOOD, rules=rules, context=TERMS + "set:other trop:hasRating case:a .").conforms
    assert not check(GOOD, rules=rules).conforms


def test_a_wrong_value_is_found_in_the_file_that_gives_it(check, tmp_path):
    (result,) = check(GOOD, "\ncase:a trop:partOfCaseSet case:a .").results
    assert result.source == tmp_path / "1.ttl"


def test_a_value_two_steps_away_is_seen(check):
    rules = (
        SHAPES
        + """sh-t:Far a sh:NodeShape ; sh:targetClass trop:Case ; sh:property
        [ sh:path ( trop:partOfCaseSet trop:hasRating ) ; sh:minCount 1 ; sh:class skos:Concept ] ."""
    )
    context = TERMS + "set:ten trop:hasRating rating:marked ."
    assert check(GOOD, rules=rules, context=context).conforms
    (result,) = check(GOOD, rules=rules).results
    assert result.path == "trop:partOfCaseSet / trop:hasRating"


@pytest.mark.parametrize(("path", "text"), [
    ("[ sh:inversePath trop:hasRating ]", "^trop:hasRating"),
    ("[ sh:alternativePath ( trop:hasRating trop:level ) ]", "(trop:hasRating | trop:level)"),
    ("[ sh:zeroOrOnePath trop:hasRating ]", "(trop:hasRating)?"),
    ("( trop:hasRating [ sh:oneOrMorePath trop:level ] )", "trop:hasRating / (trop:level)+"),
])  # fmt: skip
def test_a_path_is_written_as_sparql_does(check, path, text):
    rules = f"sh-t:P a sh:NodeShape ; sh:targetClass trop:Case ; sh:property [ sh:path {path} ; sh:minCount 9 ] ."
    (result,) = check(GOOD, rules=rules).results
    assert result.path == text


def test_what_an_inner_shape_forbids_is_forbidden_for_values_outside_the_file(check):
    """pySHACL's own option to choose focus nodes lets such values pass."""
    rules = (
        SHAPES
        + """sh-t:Node a sh:NodeShape ; sh:targetClass trop:Case ; sh:property
        [ sh:path trop:partOfCaseSet ; sh:node sh-t:Rated ; sh:message "Not rated: rate it."@en ] .
        sh-t:Rated a sh:NodeShape ; sh:property [ sh:path trop:hasRating ; sh:minCount 1 ] ."""
    )
    (result,) = check(GOOD, rules=rules).results
    assert result.message == "Not rated: rate it."


def test_a_blank_node_is_judged_too(check):
    (result,) = check("[] a trop:Case .").results
    assert result.path == "rdfs:label" and result.line is None


def test_a_rule_in_sparql_is_evaluated(check):
    rules = (
        SHAPES
        + """sh-t:Q a sh:NodeShape ; sh:targetClass trop:Case ; sh:sparql [
        sh:prefixes sh-t:ns ; sh:message "Twice: drop one."@en ;
        sh:select "SELECT $this WHERE { $this trop:level ?a , ?b . FILTER(?a < ?b) }" ] .
        sh-t:ns sh:declare [ sh:prefix "trop" ; sh:namespace "https://w3id.org/tropico-kg/ontology#" ] ."""
    )
    assert [each.message for each in check(GOOD + "case:a trop:level 1, 2 .", rules=rules).results] == [
        "Twice: drop one."
    ]


def test_results_stand_in_the_order_of_files_and_lines(check):
    report = check("case:z a trop:Case .\ncase:b a trop:Case .\n", "case:a a trop:Case .\n")
    assert [(each.source.name, each.line - HEAD_LINES) for each in report.results] == [
        ("0.ttl", 1),
        ("0.ttl", 2),
        ("1.ttl", 1),
    ]


# --- undeclared terms -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "path", "message"), [
    ("case:a trop:hasRatng rating:marked .", None,
     "trop:hasRatng is no term of the ontology; did you mean trop:hasRating?"),
    ("case:a a trop:PortalCas .", "rdf:type",
     "trop:PortalCas is no term of the ontology; did you mean trop:PortalCase?"),
    ("case:a trop:hasRating rating:markd .", "trop:hasRating",
     "rating:markd is no concept of any scheme; did you mean rating:marked?"),
    ("case:a trop:hasRating rating:furthers .", "trop:hasRating",
     "rating:furthers is no concept of any scheme; did you mean direction:furthers?"),
    ("case:a trop:qqqqqq 1 .", None, "trop:qqqqqq is no term of the ontology; see the lists in ontology/."),
])  # fmt: skip
def test_a_term_nobody_declares_is_a_violation_with_a_hint(check, text, path, message):
    report = check(GOOD + text)
    assert not report.conforms
    assert [(each.path, each.message, each.line) for each in report.results] == [(path, message, HEAD_LINES + 1)]


def test_a_concept_of_another_scheme_comes_before_one_that_is_only_alike(check):
    context = TERMS + "rating:ups a skos:Concept . direction:up a skos:Concept ."
    (result,) = check(GOOD + "case:a trop:hasRating rating:up .", context=context).results
    assert result.message.endswith("did you mean direction:up?")


def test_a_term_is_reported_once_per_file(check):
    assert len(check(GOOD + "case:a trop:x 1, 2 ; rdfs:seeAlso trop:x .", GOOD + "case:a trop:x 3 .").results) == 2


def test_a_term_that_a_file_declares_is_declared_for_all(check):
    assert check(GOOD + "case:a trop:mine 1 .", "trop:mine a owl:DatatypeProperty .").conforms


# --- never green on nothing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "case:a <http://example.org/p> 1 ."])
def test_a_file_in_which_nothing_is_looked_at_does_not_conform(check, text):
    report = check(text)
    assert not report.conforms and report.focus_nodes == 0
    assert report.summary().startswith("Nothing was checked, so nothing is known to be right; give things one of")


def test_a_file_nothing_looked_at_is_named_among_others(check):
    report = check(GOOD, "case:b <http://example.org/p> 1 .")
    assert report.conforms
    assert [(each.severity, each.source.name) for each in report.results] == [("Warning", "1.ttl")]
    assert report.results[0].message.startswith("no shape looks at anything in this file")


def test_a_module_of_the_ontology_is_not_expected_to_hold_things(check):
    module = "<https://w3id.org/tropico-kg/ontology/mine> a owl:Ontology . <http://example.org/C> a owl:Class ."
    assert check(GOOD, module).results == ()


def test_no_documents_at_all_do_not_conform(shapes_of):
    assert not validate.validate([], Graph(), shapes_of(SHAPES)).conforms


def test_the_context_of_a_file_is_its_neighbourhood(document):
    far = "".join(f"case:far{n} a trop:Case ; trop:partOfCaseSet set:other .\n" for n in range(50))
    context = graph_of(TERMS + far + "set:ten trop:hasRating rating:marked .")
    part = validate.context_of(context, [document(GOOD)])
    assert (URIRef(BASE + "id/case-set/ten"), TROP.hasRating, URIRef(BASE + "concept/rating/marked")) in part
    assert (TROP.PortalCase, RDFS.subClassOf, TROP.Case) in part
    assert not list(part.subjects(TROP.partOfCaseSet, None)) and len(part) < len(context) / 4
    assert validate.context_of(context) is context


# --- the report in its forms ----------------------------------------------------------------------------------------


@pytest.fixture
def faulty(check) -> validate.Report:
    return check(
        GOOD
        + 'case:a trop:level 4 ; trop:partOfCaseSet "a \\"text\\""@en .\n'
        + "case:b a trop:Case ; trop:hasRatng rating:marked .\n"
    )


def test_a_report_as_text_is_one_line_per_result_and_the_verdict(faulty, tmp_path):
    *lines, verdict = faulty.as_text().splitlines()
    assert len(lines) == len(faulty.results) == 4
    b = f"{tmp_path / '0.ttl'}:{HEAD_LINES + 3}: Violation: {shorten(BASE + 'id/case/b')}"
    assert lines[2:] == [
        f"{b}: trop:hasRatng is no term of the ontology; did you mean trop:hasRating? (trop:hasRatng)",
        f"{b} rdfs:label: A case has one label: write rdfs:label.",
    ]
    assert verdict == "Not valid: 3 violations, 1 warning; 2 things in 1 file held against 8 constraints of 4 shapes."


def test_a_report_as_json_gives_the_same_report_back(faulty):
    assert validate.Report.from_json(faulty.as_json()) == faulty


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"results": [{}]}'])
def test_what_is_no_report_is_refused(text):
    with pytest.raises((ValueError, KeyError, TypeError)):
        validate.Report.from_json(text)


def test_a_report_as_turtle_is_a_shacl_report(faulty):
    graph = Graph().parse(data=faulty.as_turtle(), format="turtle")
    report = graph.value(None, RDF.type, SH.ValidationReport)
    assert graph.value(report, SH.conforms) == Literal(False)
    results = list(graph.objects(report, SH.result))
    assert len(results) == len(faulty.results)
    messages = {str(graph.value(each, SH.resultMessage)) for each in results}
    assert messages == {each.message for each in faulty.results}
    assert {graph.value(each, SH.resultSeverity) for each in results} == {SH.Violation, SH.Warning}


def test_reports_add_up(check):
    one, two = check(GOOD), check("case:b a trop:Case .")
    both = validate.merged([one, two])
    assert not both.conforms
    assert (both.focus_nodes, both.constraints, both.shapes, len(both.files)) == (2, 8, 4, 2)


# --- shapes that would check nothing are refused --------------------------------------------------------------------

PROPERTY = "sh-t:X a sh:NodeShape ; sh:targetClass trop:Case ; sh:property [ sh:path rdfs:label ; {} ] ."


@pytest.mark.parametrize(("text", "message"), [
    (PROPERTY.format("sh:mincount 1"), "some.ttl: sh:mincount is no term of SHACL .*; did you mean sh:minCount?"),
    (PROPERTY.format("sh:nodeKind sh:Iri"), "sh:Iri is no term of SHACL"),
    (PROPERTY.format("sh:minCount 1") + "sh-t:X sh:rule sh-t:Y .", "sh:rule is not evaluated here"),
    (PROPERTY.format('sh:pattern "("'), r"sh-t:X: sh:pattern \"\(\" cannot be read"),
    (PROPERTY.format("sh:node sh-t:X"), "sh-t:X leads back to itself; break the circle"),
    (PROPERTY.format("sh:or ( sh-t:Y )") + "sh-t:Y a sh:NodeShape ; sh:not sh-t:X .", "leads back to itself"),
    (PROPERTY.format("sh:minCount 1") + 'sh-t:X sh:sparql [ sh:select "SELECT $this WHERE { $this trop:x 1 }" ] .',
     "sh-t:X: its sh:select cannot be read"),
    ("sh-t:X a sh:NodeShape ; sh:targetClass trop:Case .", "There are no shapes in"),
    ("", "There are no shapes in"),
])  # fmt: skip
def test_a_shape_that_would_check_nothing_is_refused(shapes_of, text, message):
    with pytest.raises(OntologyError, match=message):
        shapes_of(text)


@pytest.mark.parametrize("text", [
    PROPERTY.format("sh:minCount 1 ; sh:in ( 1 2 ) ; sh:or ( [ sh:datatype rdfs:Literal ] )"),
    PROPERTY.format("sh:node sh-t:Y") + "sh-t:Z sh:node sh-t:Y . sh-t:Y sh:property [ sh:path rdfs:label ] .",
])  # fmt: skip
def test_a_sound_shape_is_not_refused(shapes_of, text):
    assert len(shapes_of(text)) > 4


@pytest.mark.parametrize("text", [
    PROPERTY.format('sh:minCount "one"'),
    "sh-t:X a sh:NodeShape ; sh:targetClass trop:Case ; sh:path rdfs:label .",
    PROPERTY.format("sh:minCount 1")
    + "sh-t:X sh:qualifiedValueShape sh-t:Y ; sh:qualifiedMinCount 1 . sh-t:Y a sh:NodeShape .",
])  # fmt: skip
def test_a_shape_the_engine_would_pass_over_is_an_error_and_not_a_pass(check, text):
    with pytest.raises(OntologyError, match="correct (them|it) in shapes/"):
        check(GOOD, rules=text)


def test_a_shapes_file_that_cannot_be_read_is_named(shapes_of):
    with pytest.raises(ParseError, match=r"some.ttl:\d+:\d+"):
        shapes_of("sh-t:X a sh:NodeShape ;;; .. ")


def test_nothing_is_printed(check, capfd):
    check(GOOD + "case:a trop:level 9 . case:b a trop:Case .")
    assert capfd.readouterr() == ("", "")


def test_the_shipped_shapes_are_sound():
    assert len(list(validate.shapes().subjects(SH.targetClass))) > 5
