"""A workbook shows what is in the data and runs none of it."""

from __future__ import annotations

import io

import openpyxl
import pytest

from graph import spreadsheets
from graph.errors import ResultTooLarge, UsageError
from graph.spreadsheets import Sheet


def _read(*sheets: Sheet) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(spreadsheets.workbook(sheets)))


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "1e5", "TRUE", "https://example.org/"])
def test_a_text_stays_a_text_whatever_it_begins_with(text: str) -> None:
    cell = _read(Sheet("Data", ["a"], [[text]]))["Data"]["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_what_looks_like_a_formula_keeps_being_a_text_when_it_is_edited() -> None:
    sheet = _read(Sheet("Data", ["=heading"], [["=1+1"], ["plain"]]))["Data"]
    assert [bool(row[0].quotePrefix) for row in sheet] == [True, True, False]


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    sheet = _read(Sheet("Data", ["a", "b", "c"], [[3, 2.5, None], [float("nan"), float("inf"), ""]]))["Data"]
    assert [[cell.value for cell in row] for row in sheet][1:] == [[3, 2.5, None], ["nan", "inf", None]]


def test_characters_that_xml_cannot_carry_are_replaced() -> None:
    assert _read(Sheet("Data", ["a"], [["a\x00b\ud800c\uffff"]]))["Data"]["A2"].value == "a\ufffdb\ufffdc\ufffd"


def test_a_text_too_long_for_a_cell_says_that_it_is_cut() -> None:
    value = _read(Sheet("Data", ["a"], [["x" * 1_000_000]]))["Data"]["A2"].value
    assert len(value) == 32_767 and value.endswith("[cut: a cell holds 32,767 characters]")


def test_sheets_stand_in_their_order_with_fixed_headings() -> None:
    book = _read(Sheet("Data", ["a"], []), Sheet("Codebook", ["b"], []))
    assert book.sheetnames == ["Data", "Codebook"]
    assert [page.freeze_panes for page in book] == ["A2", "A2"] and book["Data"]["A1"].font.bold


@pytest.mark.parametrize("title", ["", "x" * 32, "a/b", "a\x01"])
def test_a_title_the_format_does_not_take_is_refused(title: str) -> None:
    with pytest.raises(UsageError, match="no title of a sheet"):
        spreadsheets.workbook([Sheet(title, [], [])])


def test_more_rows_than_a_sheet_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "_ROWS", 3)
    with pytest.raises(ResultTooLarge, match="3 rows do not fit"):
        spreadsheets.workbook([Sheet("Data", ["a"], [[1], [2], [3]])])
