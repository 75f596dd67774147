"""A question file is read with care, bound by terms only, and offers what has an answer."""

from __future__ import annotations

import json

import pytest
from rdflib import Literal, URIRef
from small_world import DIGEST, FINDING, OTHER, QUESTION, small_questions, small_store

from graph import questions
from graph.errors import ParseError, UsageError
from graph.prefixes import BASE

TELEWORK = URIRef(BASE + "concept/innovation/telework")
E_PROCUREMENT = URIRef(BASE + "concept/innovation/e-procurement")


@pytest.fixture(scope="module")
def store():
    with small_store() as opened:
        yield opened


@pytest.fixture
def known(tmp_path):
    return questions.load(small_questions(tmp_path))


@pytest.fixture
def question(known):
    return known["cq-01"]


def write(tmp_path, text, name="cq-01-determinants.rq"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


# -- reading


def test_a_header_gives_all_there_is_to_know(question):
    assert (question.id, question.slug, question.audience, question.tags) == ("cq-01", "determinants", ("researcher", "policy"), ("lipse",))
    assert question.method == "One row per finding."
    innovation, direction = question.params
    assert (innovation.label, innovation.source, innovation.default, innovation.optional) == ("Innovation", "concept/innovation", E_PROCUREMENT, False)
    assert (direction.default, direction.optional) == (None, True)


def test_questions_come_by_id(known):
    assert list(known) == ["cq-01", "cq-02"]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("#+ tags:", "#+ tgas:", 4, "unknown key 'tgas'"),
        ("#+ method: >-\n#+   One row per finding.\n", "", 1, "no 'method'"),
        ("#+ id: cq-01", "#+ id: cq-99", 1, "the file name says cq-01"),
        ("#+ question: Which", "#+ question: Mind: which", 2, "not YAML"),
        ("#+ audience: [researcher, policy]", "#+ audience: researcher", 3, "must be a list"),
        ("from: concept/direction, ", "", 9, "needs a label and a from"),
        ("optional: true", "optoinal: true", 9, "unknown key 'optoinal'"),
        ("optional: true", "optional: false", 9, "needs a default"),
        ("default: concept/innovation/e-procurement", "default: nonsense", 8, "'nonsense'"),
        ("  VALUES ?_direction { UNDEF }\n", "", 1, "no block 'VALUES ?_direction { … }'"),
        ("?_direction { UNDEF }", "?_direction { UNDEF }\n  VALUES ?_other { UNDEF }", 16, "no parameter 'other'"),
        ("{ <https://w3id.org/tropico-kg/concept/innovation/e-procurement> }", "{ UNDEF }", 14, "does not hold"),
        (QUESTION, "SELECT * { ?s ?p ?o }", 1, "no header"),
    ],
)
def test_a_fault_is_told_with_file_and_line(tmp_path, old, new, line, told):
    assert old in QUESTION
    path = write(tmp_path, QUESTION.replace(old, new))
    with pytest.raises(ParseError, match="cq-01-determinants.rq") as caught:
        questions.read(path)
    assert caught.value.line == line
    assert told in str(caught.value)


def test_a_file_by_another_name_is_told_how_to_be_named(tmp_path):
    with pytest.raises(UsageError, match="cq-NN-slug.rq"):
        questions.read(write(tmp_path, QUESTION, "question1.rq"))


def test_two_files_cannot_hold_one_question(tmp_path):
    write(tmp_path, QUESTION)
    write(tmp_path, QUESTION, "cq-01-again.rq")
    with pytest.raises(UsageError, match="cq-01-again.rq.*cq-01|cq-01-determinants.rq and cq-01-again.rq"):
        questions.load(tmp_path)


def test_latin_1_is_told_to_become_utf_8(tmp_path):
    path = tmp_path / "cq-01-determinants.rq"
    path.write_bytes(QUESTION.replace("Which", "Où").encode("latin-1"))
    with pytest.raises(ParseError, match="save it as UTF-8"):
        questions.read(path)


# -- binding


def test_a_value_replaces_what_stands_in_its_block_and_nothing_else(question):
    bound = questions.bind(question, {"innovation": "innovation:telework", "direction": "direction:hinders"})
    expected = question.text.replace(f"{{ <{E_PROCUREMENT}> }}", f"{{ <{TELEWORK}> }}")
    assert bound == expected.replace("{ UNDEF }", f"{{ <{BASE}concept/direction/hinders> }}")


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_optional_parameter_is_left_open_by_nothing(question, nothing):
    assert "VALUES ?_direction { UNDEF }" in questions.bind(question, {"direction": nothing})


def test_without_values_the_query_is_the_file(question):
    assert questions.bind(question, {}) == question.text


@pytest.mark.parametrize("text", ["x> } ; DROP ALL #", 'concept/innovation/a" }', f"<{BASE}a> <{BASE}b>", "http://e/{", URIRef("http://e/> }"), "http://e/\\u003e"])
def test_a_value_cannot_break_out_of_its_block(question, text):
    with pytest.raises(UsageError):
        questions.bind(question, {"innovation": text})


def test_an_unknown_parameter_is_told_the_known_ones(question):
    with pytest.raises(UsageError, match="no parameter 'inovation'; its parameters are innovation, direction"):
        questions.bind(question, {"inovation": "concept/innovation/telework"})


def test_a_required_parameter_left_empty_is_named(question):
    with pytest.raises(UsageError, match="needs a value for innovation"):
        questions.bind(question, {"innovation": ""})


# -- asking


def test_an_answer_carries_what_was_asked_of_which_build(store, question):
    answer = questions.ask(store, question, {"innovation": "concept/innovation/telework"})
    assert answer.values == {"innovation": TELEWORK, "direction": None}
    assert [row[answer.table.columns.index("finding")] for row in answer.table.rows] == [OTHER]
    assert answer.identity is not None and answer.identity.digest == DIGEST
    assert f"<{TELEWORK}>" in answer.query and answer.seconds >= 0


def test_a_value_that_is_none_is_told_the_possible_ones(store, question):
    with pytest.raises(UsageError, match="innovation:blockchain, innovation:e-procurement, innovation:telework"):
        questions.ask(store, question, {"innovation": "concept/innovation/fax"})


def test_json_is_a_sparql_result_with_its_question_beside_it_and_the_same_every_time(store, question):
    first, second = (questions.ask(store, question, {}).as_json() for _ in range(2))
    content = json.loads(first)
    assert first == second
    assert content["head"]["vars"][0] == "determinant"
    assert content["results"]["bindings"][0]["finding"] == {"type": "uri", "value": str(FINDING)}
    assert content["parameters"] == {"innovation": str(E_PROCUREMENT), "direction": None}
    assert content["build"]["digest"] == DIGEST and content["rowCount"] == 1


# -- choices


def test_only_values_with_an_answer_are_offered(store, question):
    innovation, direction = question.params
    assert [choice.label for choice in questions.candidates(store, innovation)] == ["blockchain", "e-procurement", "telework"]
    assert [choice.label for choice in questions.choices(store, question, innovation)] == ["e-procurement", "telework"]
    offered = questions.choices(store, question, direction)
    assert [choice.label for choice in offered] == ["furthers", "hinders"], "hinders has an answer for telework, though not for the default"


def test_a_choice_carries_its_definition(store, question):
    found = {choice.iri: choice for choice in questions.candidates(store, question.params[0])}
    assert found[E_PROCUREMENT].definition == "Buying by electronic means."
    assert found[TELEWORK].definition is None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("trop:PortalCase", ["<script>alert('case')</script>"]),
        ("SELECT ?value ?label { ?value trop:statement ?label } ORDER BY DESC(?label)",
         ["Legislative obligations drive e-procurement.", "A bureaucratic culture hinders telework."]),
        ("PREFIX t: <https://w3id.org/tropico-kg/ontology#>\nSELECT ?value { ?value a t:CaseSet }", ["case-set:all"]),
    ],
)
def test_values_come_from_a_class_or_a_select(store, source, expected):
    parameter = questions.Parameter("x", "X", source, optional=True)
    assert [choice.label for choice in questions.candidates(store, parameter)] == expected


def test_a_required_neighbour_is_never_left_open_when_choices_are_tried(store, tmp_path):
    """With the neighbour open, MINUS would find a reason to take every row away, or none."""
    text = QUESTION.replace("#+   direction: {label: Direction, from: concept/direction, optional: true}\n",
                            "#+   without: {label: Without, from: concept/innovation, default: concept/innovation/telework}\n")
    text = text.replace("VALUES ?_direction { UNDEF }", f"VALUES ?_without {{ <{TELEWORK}> }}").replace("?_direction", "?any")
    text = text.replace("} ORDER BY", "FILTER NOT EXISTS { ?finding trop:concernsInnovation ?_without } } ORDER BY")
    question = questions.read(write(tmp_path, text))
    assert [choice.label for choice in questions.choices(store, question, question.params[0])] == ["e-procurement", "telework"]
    assert [choice.label for choice in questions.choices(store, question, question.params[1])] == ["blockchain", "e-procurement", "telework"]


def test_the_rows_of_an_answer_are_terms(store, question):
    row = questions.ask(store, question, {}).table.rows[0]
    assert row[:2] == (URIRef(BASE + "concept/lipse/legislative-obligation"), Literal("legislative obligation", lang="en"))
