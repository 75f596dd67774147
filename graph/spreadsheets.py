"""Workbooks for people who work in a spreadsheet program (Office Open XML, `.xlsx`); the home of openpyxl.

A text stays a text: none is written as a formula, a link or a number, whatever it begins with, so that a workbook runs
nothing that stands in the data.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from graph.errors import ResultTooLarge, UsageError

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | float | None

_LONGEST = 32_767  # characters of a cell (the format's own limit)
_ROWS = 1_048_576
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no character of XML 1.0
_UNTITLED = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_CUT = " … [cut: a cell holds 32,767 characters]"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Sheet:
    """One sheet: its title (at most 31 characters, none of []:*?/\\), its headings, its rows of texts and numbers."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Return the workbook of `sheets`, headings in bold and fixed, text wrapped.

    A text longer than a cell can hold is cut, and says so at its end; characters that XML cannot carry become U+FFFD.
    Raises UsageError for a title the format does not take, and ResultTooLarge for more rows than a sheet has.
    """
    book = Workbook(write_only=True)
    for sheet in sheets:
        _write(book, sheet)
    book.properties.creator = "TROPICO Knowledge Graph"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _write(book: Workbook, sheet: Sheet) -> None:
    if not 0 < len(sheet.title) <= 31 or _UNTITLED.search(sheet.title):
        raise UsageError(f"{sheet.title!r} is no title of a sheet: use 1 to 31 characters, none of []:*?/\\.")
    page = book.create_sheet(sheet.title)
    rows = [list(row) for row in sheet.rows]
    if len(rows) >= _ROWS:
        raise ResultTooLarge(f"{len(rows):,} rows do not fit a sheet, which has {_ROWS:,}; take the CSV.")
    for place, width in enumerate(_widths(sheet.headings, rows), 1):
        page.column_dimensions[get_column_letter(place)].width = width
    page.freeze_panes = "A2"
    page.append([_cell(page, heading, bold=True) for heading in sheet.headings])
    for row in rows:
        page.append([_cell(page, value) for value in row])


def _cell(page: object, value: Cell, bold: bool = False) -> WriteOnlyCell | None:
    if value is None or value == "":
        return None
    cell = WriteOnlyCell(page)
    if isinstance(value, str) or not math.isfinite(value):
        cell.value = _text(str(value))
        cell.data_type = "s"  # openpyxl takes what begins with = for a formula
        cell.quotePrefix = str(value).startswith(_FORMULA)  # stays a text when a person edits the cell
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    else:
        cell.value = value
    if bold:
        cell.font = Font(bold=True)
    return cell


def _text(value: str) -> str:
    clean = _UNREADABLE.sub("\ufffd", value)
    return clean if len(clean) <= _LONGEST else clean[:_LONGEST - len(_CUT)] + _CUT


def _widths(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[int]:
    """Return a width per column, in characters: that of its longest line, within what an eye takes in."""
    return [
        min(60, max([10, len(heading) + 2, *(len(str(row[place])) + 2 for row in rows[:200] if place < len(row))]))
        for place, heading in enumerate(headings)
    ]
