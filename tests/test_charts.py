"""Charts: they hold what the answer holds, a stranger's text stays text, and nothing is fetched."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as xml
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import Literal, URIRef

from graph import charts, plots, questions, reading, tables
from graph.asking import Answer, Question
from graph.embedded import ScratchStore
from graph.errors import DrawingError, UsageError
from graph.prefixes import BASE
from graph.store import Table

BAR = {"mark": "bar", "x": "count(finding)", "y": "determinant", "color": "direction"}
CELLS = {"mark": "rect", "x": "group", "y": "determinant", "color": "findings"}


def thing(name: str) -> URIRef:
    return URIRef(f"{BASE}id/thing/{name}")


def answer(columns: str, *rows: tuple, chart: dict | None) -> Answer:
    """An answer of these columns; in a row an int is a number, a text a literal."""
    terms = [tuple(Literal(cell) if isinstance(cell, int | str) and not isinstance(cell, URIRef) else cell for cell in row) for row in rows]
    asked = Question("cq-01", "x", "What is it?", (), (), "", (), "", Path("cq-01-x.rq"), chart)
    return Answer(asked, {}, Table(tuple(columns.split()), tuple(terms)), "", 0.0, None)


def drawn(made: Answer, *settings: str) -> plots.Chart | None:
    return plots.chart(made, reading.read(made.table, lambda things: {each: tables.short_name(each) for each in things}), settings)


def of_findings(*rows: tuple[str, str, str]) -> Answer:
    full = [(thing(determinant), determinant, Literal(direction), thing(finding)) for determinant, direction, finding in rows]
    return answer("determinant determinantLabel direction finding", *full, chart=BAR)


def marks(chart: plots.Chart) -> list[tuple]:
    return [(mark.row, mark.column, mark.value) for mark in chart.marks]


def test_a_bar_counts_each_thing_once_however_many_rows_it_stands_in() -> None:
    made = drawn(of_findings(("law", "furthers", "f1"), ("law", "furthers", "f1"), ("law", "furthers", "f2"), ("law", "hinders", "f3")))
    assert marks(made) == [("law", "furthers", 2), ("law", "hinders", 1)]


def test_rows_with_most_come_first_and_what_is_not_stated_last() -> None:
    made = drawn(of_findings(("not stated", "furthers", "1"), ("not stated", "furthers", "2"), ("b", "furthers", "3"), ("a", "hinders", "4"),
                             ("c", "furthers", "5"), ("c", "direction not stated", "6")))
    assert made.rows == ["c", "a", "b", "not stated"] and made.columns == ["furthers", "hinders", "direction not stated"]


def test_a_colour_stays_with_its_name_and_what_is_not_stated_is_grey() -> None:
    said = charts.spec(drawn(of_findings(("a", "furthers", "1"), ("b", "hinders", "2"), ("c", "hinders", "3"), ("d", "direction not stated", "4"))))
    scale = said["layer"][0]["encoding"]["color"]["scale"]
    assert scale["range"] == [*charts.COLOURS[:2], charts.GREY]


def test_numbers_of_rows_that_share_a_bar_are_added_up_or_counted_by_their_list() -> None:
    rows = [("outer", 2, "urn:f1 urn:f2"), ("outer", 1, "urn:f2"), ("inner", 1, "urn:f3")]
    counted = drawn(answer("side findings findingList", *rows, chart={"mark": "bar", "x": "findings", "y": "side"}))
    summed = drawn(answer("side findings", *(row[:2] for row in rows), chart={"mark": "bar", "x": "findings", "y": "side"}))
    assert marks(counted) == [("outer", "", 2), ("inner", "", 1)] and marks(summed) == [("outer", "", 3), ("inner", "", 1)]


def test_cells_stand_where_a_number_is_and_nowhere_else() -> None:
    made = drawn(answer("determinant group findings", ("law", "late", 2), ("law", "early", 1), ("culture", "late", 1), chart=CELLS))
    assert marks(made) == [("law", "early", 1), ("law", "late", 2), ("culture", "late", 1)]
    assert charts.spec(made)["title"]["subtitle"] == ["The numbers: findings. An empty cell: none was coded."]


def test_two_things_of_one_name_are_two_bars() -> None:
    made = answer("case caseLabel n", (thing("a"), "portal", 1), (thing("b"), "portal", 2), chart={"mark": "bar", "x": "n", "y": "case"})
    assert [mark.row for mark in drawn(made).marks] == ["portal (id/thing/b)", "portal (id/thing/a)"]


def test_what_is_not_named_is_called_so() -> None:
    made = drawn(answer("case n", (None, 1), ("x", 1), chart={"mark": "bar", "x": "n", "y": "case"}))
    assert made.rows == ["x", "none named"]


def test_no_more_than_200_marks_are_drawn_and_the_chart_says_so() -> None:
    made = drawn(answer("case n", *((f"case {n}", n) for n in range(1, 251)), chart={"mark": "bar", "x": "n", "y": "case"}))
    assert len(made.marks) == 200 and made.marks[0].value == 250 and made.left_out == 50
    assert "Shows the 200 with most; 50 more are in the table." in charts.spec(made)["title"]["subtitle"]


def test_a_row_is_not_cut_in_the_middle() -> None:
    rows = [(f"d{n:03}", group, 1) for n in range(100) for group in "abc"]
    made = drawn(answer("determinant group findings", *rows, chart=CELLS))
    assert len(made.marks) == 198 and len(made.rows) == 66 and made.left_out == 34


@pytest.mark.parametrize("made", [answer("case n", chart={"mark": "bar", "x": "n", "y": "case"}), answer("case n", ("a", 0), chart={"mark": "bar", "x": "n", "y": "case"}),
                                  answer("case n", ("a", 1), chart=None)])
def test_nothing_to_show_is_no_chart(made) -> None:
    assert drawn(made) is None


@pytest.mark.parametrize(("chart", "told"), [
    ({"mark": "pie", "x": "n", "y": "case"}, "mark"), ({"mark": "bar", "x": "n"}, "mark"), ({"mark": "bar", "x": "n", "y": "case", "z": "n"}, "mark"),
    ({"mark": "rect", "x": "case", "y": "case"}, "needs a color"), ({"mark": "bar", "x": "n", "y": "nobody"}, "'nobody'; the columns are case, n"),
])
def test_a_chart_that_cannot_be_drawn_is_told(chart, told) -> None:
    with pytest.raises(UsageError, match=told):
        drawn(answer("case n", ("a", 1), chart=chart))


def test_every_packaged_chart_fits_the_columns_of_its_question() -> None:
    checked = 0
    with ScratchStore() as store:
        for asked in questions.load().values():
            if asked.chart:
                plots.check(asked, store.select(asked.text).columns)
                checked += 1
    assert checked >= 6


def test_names_that_are_cut_to_the_same_length_stay_apart() -> None:
    made = drawn(answer("case n", ("x" * 500 + "a", 1), ("x" * 500 + "b", 2), ("y", 3), chart={"mark": "bar", "x": "n", "y": "case"}))
    assert made.rows == ["y", "x" * 59 + "… (2)", "x" * 59 + "… (1)"]


def test_one_name_in_two_languages_is_one_bar() -> None:
    made = answer("case n", (Literal("portal", lang="de"), 1), (Literal("portal", lang="fr"), 2), chart={"mark": "bar", "x": "n", "y": "case"})
    assert marks(drawn(made)) == [("portal", "", 3)]


@pytest.mark.parametrize("text", ["a b" * 100_000, "\U0001f600" * 100, "漢" * 100, "e\u0301" * 1000, "\u202e\u200b\x85", "\x00\x01\x0b\x1b\x7f", "\ufffe\uffff\ud800\udfff"], ids=lambda text: ascii(text[:3]))
def test_no_text_is_too_much_for_the_drawing(text) -> None:
    picture = charts.svg(charts.spec(drawn(of_findings((text, text, "f1"), ("b", text, "f2")), text)))
    assert xml.fromstring(picture.decode()).get("width") == str(charts.WIDTH) and len(picture) < 20_000


HOSTILE = "<script>alert(1)</script>\x00\x1b \"'&amp;]]> datum.x"


def test_a_strangers_text_is_text_in_the_picture() -> None:
    made = drawn(of_findings((HOSTILE, HOSTILE, "f1")), HOSTILE)
    made = replace(made, title=plots._clean(HOSTILE, 80))
    picture = charts.svg(charts.spec(made)).decode()
    assert "<script" not in picture and "&lt;script" in picture
    tree = xml.fromstring(picture)
    assert {re.sub(r"\{.*\}", "", each.tag) for each in tree.iter()} <= {"svg", "g", "rect", "path", "line", "text", "tspan"}
    assert not [name for each in tree.iter() for name in each.attrib if name.lower().startswith("on") or "href" in name]
    said = " ".join("".join(each.itertext()) for each in tree.iter("{http://www.w3.org/2000/svg}text"))
    assert "<script>alert(1)</script>" in said


def test_a_picture_has_the_size_that_is_told_and_every_number_as_text() -> None:
    described = charts.spec(drawn(of_findings(*((f"d{n}", "furthers", f"f{n}") for n in range(12)), ("d1", "furthers", "other"))))
    tree = xml.fromstring(charts.svg(described).decode())
    assert (int(tree.get("width")), int(tree.get("height"))) == (described["width"], described["height"])
    texts = ["".join(each.itertext()) for each in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert "d1 – furthers" in texts and texts.count("2") == 2, "the number of the bar and the one on the axis"


def test_no_address_is_fetched_for_a_picture() -> None:
    described = charts.spec(drawn(of_findings(("a", "furthers", "f1"))))
    assert '"url"' not in json.dumps(described)
    with pytest.raises(DrawingError, match="not allowed: http://127.0.0.1:9/x.json.; take its description"):
        charts.svg({**described, "data": {"url": "http://127.0.0.1:9/x.json"}})


def test_what_a_chart_shows_is_told_in_words() -> None:
    told = plots.told(drawn(of_findings(("law", "furthers", "f1"), ("law", "furthers", "f2"), ("culture", "hinders", "f3"))))
    assert told == "Bar chart: findings per determinant by direction; 2 rows. Most: law – furthers: 2; culture – hinders: 1."
