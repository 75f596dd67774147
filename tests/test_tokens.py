"""SPARQL and Turtle are told apart into words as their grammars do."""

from __future__ import annotations

import time

import pytest

from graph.tokens import position, query_tokens, subject_lines, undeclared_prefix


def _kinds(query: str) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in query_tokens(query)]


def test_strings_iris_comments_and_names_are_one_word_each() -> None:
    assert _kinds('a:b\\/c <http://x#SERVICE> # SERVICE\n\'SER\\\'VICE\' """a " SERVICE\n"""@en-gb ?x _:b. 1.5e3') == [
        ("name", "a:b\\/c"),
        ("iri", "<http://x#SERVICE>"),
        ("string", "'SER\\'VICE'"),
        ("string", '"""a " SERVICE\n"""'),
        ("tag", "@en-gb"),
        ("variable", "?x"),
        ("blank", "_:b"),
        ("mark", "."),
        ("number", "1.5e3"),
    ]


def test_words_without_space_between_them_are_told_apart() -> None:
    assert [text for _, text in _kinds("true.SERVICE<x:y>1SERVICE")] == [
        "true",
        ".",
        "SERVICE",
        "<x:y>",
        "1",
        "SERVICE",
    ]


@pytest.mark.parametrize(
    "expression",
    [
        "FILTER(?a<'>')",
        "FILTER(1<'>')",
        "FILTER('a'@en--ltr<'>')",
        "FILTER<a:f>(?x<'>')",
        "BIND(1.e5<'>' AS ?x)",
        "FILTER(EXISTS{}<'>')",
    ],
)
def test_less_than_in_an_expression_opens_no_iri(expression: str) -> None:
    assert ("string", "'>'") in _kinds("SELECT * { " + expression + " }")


@pytest.mark.parametrize(
    "pattern",
    [
        "?s a (<a:b> <'>)",
        "?s a:p (<a:b><'>)",
        "VALUES (?a ?b) {(1 <'>)}",
        "FILTER(?a = <'>)",
        "FILTER(<<(?s ?p <'>)>> = 1)",
        "?s (<a:b>|<'>) ?o",
    ],
)
def test_less_than_elsewhere_opens_an_iri(pattern: str) -> None:
    assert ("iri", "<'>") in _kinds("SELECT * { " + pattern + " }")


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("''", True),
        ("'a'", True),
        ("'a", False),
        ("'a\\'", False),
        ("'''", False),
        ("''''''", True),
        ('"""a\\"""', False),
        ('"""a"b"""', True),
    ],
)
def test_an_open_string_is_known_from_a_closed_one(text: str, closed: bool) -> None:
    assert next(iter(query_tokens(text))).is_closed() is closed


@pytest.mark.parametrize(
    "piece", ["a.", "a:", '"', "'", "<", "'''\\", '"\\', "1", "1.", "a:%41", "<\\u0041", "_:.", "<a", "·", "(", "a-"]
)
def test_reading_takes_time_in_proportion_to_the_length(piece: str) -> None:
    started = time.process_time()
    assert sum(len(each.text) for each in query_tokens(piece * (60_000 // len(piece)))) > 0
    assert time.process_time() - started < 3


def test_line_and_column_count_from_one() -> None:
    assert position("ab\ncd", 0) == (1, 1)
    assert position("ab\ncd", 4) == (2, 2)


def test_the_first_undeclared_prefix_is_found_behind_the_declared_ones() -> None:
    token = undeclared_prefix("PREFIX a: <x:> PREFIX : <y:> SELECT * { ?s a:b :c, 'no:no', <no:no>, b:d . }")
    assert token is not None and token.text == "b:d"
    assert undeclared_prefix("PREFIX a: <x:> SELECT * { ?s a:b 1 }") is None


def test_each_subject_is_found_on_the_line_where_its_description_begins() -> None:
    text = '''@prefix a: <http://a/> .
# a:comment a:p 1 .
a:x a:p 1.5 ; a:q """
a:inside a:p 1 .
""" . a:y a:p [ a:q ( a:z ) ; a:r a:t ] .
PREFIX b: <http://b#>
BASE <http://base/x>

b:c\\/d a b:x.
[] a b:y . <rel> a b:y
.
a:x a:again 1 . <http://full/> b:p true . b:q b:p b:q .'''
    assert subject_lines(text) == {
        "http://a/x": 3,
        "http://a/y": 5,
        "http://b#c/d": 9,
        "http://base/rel": 10,
        "http://full/": 12,
        "http://b#q": 12,
    }


def test_a_text_that_is_no_turtle_gives_lines_without_failing() -> None:
    assert subject_lines("] ) } . @prefix . @base . PREFIX a: . 'open") is not None
