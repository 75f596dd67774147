"""Workbooks of answers: what the page says, what it means, where it comes from, and nothing that runs."""

from __future__ import annotations

import io
from functools import partial

import openpyxl
import pytest
from rdflib import Literal, URIRef
from small_world import DIGEST, small_questions, small_store

from graph import codebook, describe, questions, reading
from graph.asking import Answer
from graph.prefixes import BASE
from graph.store import Table

PERMALINK = "https://example.org/questions/cq-01?a=1&b=2"


@pytest.fixture(scope="module")
def store():
    with small_store() as opened:
        yield opened


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    return questions.load(small_questions(tmp_path_factory.mktemp("queries")))


def opened(store, answer: Answer):
    read = reading.read(answer.table, partial(describe.labels, store))
    counted = reading.counted(answer.table, *reading.members(store))
    return openpyxl.load_workbook(io.BytesIO(codebook.workbook(store, answer, read, counted, {"innovation": "telework"}, PERMALINK)))


def rows(sheet) -> list[tuple]:
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]


def test_the_data_is_what_the_page_shows_with_addresses_beside(store, known):
    book = opened(store, questions.ask(store, known["cq-01"], {}))
    assert book.sheetnames == ["Data", "Codebook", "Provenance"]
    assert rows(book["Data"]) == [
        ("Determinant", "Determinant (IRI)", "Finding", "Finding (IRI)", "Passage", "Passage (IRI)"),
        ("legislative obligation", BASE + "concept/lipse/legislative-obligation", "Law drives e-procurement", BASE + "id/finding/f1",
         "passage:p1", BASE + "id/passage/p1"),
    ]


def made(known, columns: str, *cells: tuple) -> Answer:
    return Answer(known["cq-02"], {}, Table(tuple(columns.split()), cells), "SELECT", 0.0, None)


def test_every_column_has_a_meaning_and_every_value_that_has_a_definition_its_own(store, known):
    table = made(known, "case caseLabel innovation innovationLabel n note",
                 (URIRef(BASE + "id/case/c1"), Literal("a case"), URIRef(BASE + "concept/innovation/e-procurement"), Literal("e-procurement", lang="en"),
                  Literal(3), Literal("said")))
    assert rows(opened(store, table)["Codebook"])[1:] == [
        ("Case", "case", None, None, "Things of the kind portal case."),
        ("Innovation", "innovation", None, None, "Things, each with its address."),
        ("Innovation", "innovation", "e-procurement", BASE + "concept/innovation/e-procurement", "Buying by electronic means."),
        ("N", "n", None, None, "A number."),
        ("Note", "note", None, None, "Text."),
    ]


def test_a_kind_is_the_narrowest_with_what_it_means(store, known):
    things = [(URIRef(BASE + name),) for name in ("id/finding/f1", "id/finding/f2", "concept/confidence/stated", "ontology#Case")]
    assert rows(opened(store, made(known, "thing", *things))["Codebook"])[1][4] == "Things of the kinds determinant finding; driver finding."
    assert rows(opened(store, made(known, "case", (URIRef(BASE + "id/case/c2"),)))["Codebook"])[1][4] == "Things, each with its address."


def test_a_number_is_a_number_and_an_empty_cell_stays_empty(store, known):
    table = made(known, "n share note", (Literal(3), Literal("0.5", datatype=URIRef("http://www.w3.org/2001/XMLSchema#decimal")), None), (None, None, Literal("7")))
    assert rows(opened(store, table)["Data"])[1:] == [(3, 0.5, None), (None, None, "7")]


def test_where_it_comes_from_is_told_without_a_clock(store, known):
    answer = questions.ask(store, known["cq-02"], {})
    told = dict(rows(opened(store, answer)["Provenance"]))
    assert told["Question"] == "What is said of each case?" and told["Build"] == DIGEST and told["Permalink"] == PERMALINK
    assert told["Cases in it"] == "1 of 1 cases" and told["Rows"] == 1 and "SELECT ?case" in told["Query"] and "CC BY 4.0" in told["Licence"]
    assert DIGEST in told["Cite as"] and PERMALINK in told["Cite as"]
    assert not [name for name in told if "date" in name.lower() or "time" in name.lower()]


def test_what_was_asked_about_is_told(store, known):
    told = dict(rows(opened(store, questions.ask(store, known["cq-01"], {"innovation": "concept/innovation/telework"}))["Provenance"]))
    assert told["Asked about: Innovation"] == "telework " + BASE + "concept/innovation/telework" and told["Asked about: Direction"] == "any"


def test_an_answer_without_rows_says_what_that_means(store, known):
    answer = questions.ask(store, known["cq-01"], {"innovation": "concept/innovation/telework", "direction": "concept/direction/furthers"})
    book = opened(store, answer)
    assert len(rows(book["Data"])) == 1 and "does not say that nothing of the kind exists" in dict(rows(book["Provenance"]))["Nothing found"]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1", "-1", '=HYPERLINK("http://x","y")', "\t=1", "#REF!", "a\x00b", "x" * 40_000, "{=1}"])
def test_no_text_of_the_data_runs(store, known, text):
    book = opened(store, made(known, "note thing thingLabel", (Literal(text), URIRef("urn:x"), Literal(text))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > 20 and {cell.data_type for cell in cells} <= {"s", "n"} and not any(cell.hyperlink for cell in cells)
    assert book["Data"]["A2"].data_type == "s" and str(book["Data"]["A2"].value).startswith(text[:1].replace("\t", "\t"))


def test_an_odd_address_in_an_answer_does_not_get_into_a_query(store, known):
    book = opened(store, made(known, "odd", (URIRef("urn:a> } # <"),), (URIRef("javascript:alert(1)"),)))
    assert [row[1] for row in rows(book["Data"])[1:]] == ["urn:a> } # <", "javascript:alert(1)"]
