"""A table leaves as text without losing, breaking or executing anything."""

from __future__ import annotations

import csv
import io

import pytest
from rdflib import XSD, BNode, Literal, URIRef

from graph import tables
from graph.prefixes import BASE
from graph.store import Table

CASE = URIRef(BASE + "id/case/c1")
TABLE = Table(("case", "caseLabel", "caseSetLabel", "findingList", "n"), (
    (CASE, Literal("A | case", lang="en"), Literal("all"), Literal(f"{BASE}id/finding/f1 {BASE}id/finding/f2"), Literal(-5)),
    (CASE, None, None, None, None),
))


def test_a_label_and_its_thing_are_one_column_to_a_reader():
    assert [column.heading for column in tables.columns(TABLE)] == ["Case", "Case set", "Finding", "N"]
    headings, rows = tables.readable(TABLE)
    assert rows[0] == ["A | case", "all", "finding:f1 finding:f2", "-5"]
    assert rows[1] == ["case:c1", "", "", ""]


@pytest.mark.parametrize(("name", "heading"), [("caseSetLabel", "Case set"), ("findingList", "Finding"), ("Label", "Label"), ("n2", "N 2"), ("sourceURL", "Source URL"), ("_x", "X")])
def test_a_column_name_is_told_in_words(name, heading):
    assert tables.heading(name) == heading


def test_csv_keeps_every_column_and_is_read_back(tmp_path):
    text = tables.as_csv(Table(("a", "aLabel"), ((Literal('say "no", \r\nplease'), Literal("é")),)))
    assert text.endswith("\r\n")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", "aLabel"], ['say "no", \r\nplease', "é"]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1 or so", "@x", "\tx", "\rx"])
def test_a_text_that_looks_like_a_formula_is_defused_in_csv(text):
    written = io.StringIO(tables.as_csv(Table(("a",), ((Literal(text),),))), newline="")
    assert list(csv.reader(written)) == [["a"], ["'" + text]]


@pytest.mark.parametrize("term", [Literal(-5), Literal("-0.5", datatype=XSD.decimal), URIRef("http://e/=1"), Literal("a=1")])
def test_numbers_iris_and_plain_text_stay_as_they_are_in_csv(term):
    assert tables.as_csv(Table(("a",), ((term,),))) == f"a\r\n{term}\r\n"


def test_tsv_has_one_line_per_row_whatever_the_cells_hold():
    assert tables.as_tsv(Table(("a", "b"), ((Literal("x\ty\n\\z"), None),))) == "a\tb\nx\\ty\\n\\\\z\t\n"


def test_bindings_follow_the_sparql_results_format():
    table = Table(("a", "b", "c", "d", "e"), ((CASE, BNode("x"), Literal("x", lang="de"), Literal(5), None),))
    assert tables.as_bindings(table)["results"]["bindings"] == [{
        "a": {"type": "uri", "value": str(CASE)}, "b": {"type": "bnode", "value": "x"},
        "c": {"type": "literal", "value": "x", "xml:lang": "de"},
        "d": {"type": "literal", "value": "5", "datatype": str(XSD.integer)},
    }]


def test_markdown_links_things_and_escapes_what_would_break_the_table():
    lines = tables.as_markdown(TABLE).splitlines()
    assert lines[0] == "| Case | Case set | Finding | N |"
    assert lines[2].startswith(rf"| [A \| case]({CASE}) | all |")


def test_markdown_never_links_a_script():
    assert "](javascript" not in tables.as_markdown(Table(("a",), ((URIRef("javascript:alert(1)"),),)))


def test_text_wraps_into_the_width_and_loses_nothing():
    rows = [["one two three four five six", "a" * 30], ["日本語", ""]]
    text = tables.as_text(["First", "Second"], rows, 30)
    assert max(map(len, text.splitlines())) <= 30
    assert text.replace("\n", "").count("a") == 30 and all(word in text for word in "one two three four five six".split())


def test_text_without_a_width_has_one_line_per_row():
    assert tables.as_text(["A", "B"], [["x " * 200, "y"]]).count("\n") == 3
