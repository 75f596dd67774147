"""How the table of an answer is looked at: sorted, filtered, with addresses; told by the page's own part of its address.

Names that begin with an underscore are the view's; all others are the question's parameters. A view changes what the page
shows, never what is downloaded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from graph import reading
from graph.errors import UsageError
from graph.reading import Cell, Reading

_NAMES = ("_sort", "_order", "_filter", "_iris")
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True)
class View:
    """A view: `sort` is a column as the query names it, `text` what a row must hold, `iris` whether addresses are shown."""

    sort: str = ""
    descending: bool = False
    text: str = ""
    iris: bool = False

    @property
    def arguments(self) -> dict[str, str]:
        """The view as it stands in an address; empty for the plain one."""
        told = {"_sort": self.sort, "_order": "desc" if self.sort and self.descending else "", "_filter": self.text,
                "_iris": "1" if self.iris else ""}
        return {name: value for name, value in told.items() if value}

    def sorted_by(self, name: str) -> View:
        """Return the view that a click on the heading of a column gives: upwards, then downwards, then as answered."""
        if self.sort != name:
            return replace(self, sort=name, descending=False)
        return replace(self, sort="" if self.descending else name, descending=not self.descending)

    def rows(self, read: Reading) -> Sequence[Sequence[Cell]]:
        """Return the rows of `read` that are seen, in their order. Raises UsageError for a column that is not there."""
        rows = [row for row in read.rows if not self.text or _holds(row, folded(self.text).split())]
        return rows if not self.sort else self._ordered(rows, self._place(read))

    def _place(self, read: Reading) -> int:
        names = [read.table.columns[column.value] for column in read.columns]
        if self.sort not in names:
            raise UsageError(f"The answer cannot be sorted by {self.sort!r}; its columns are {', '.join(names)}.")
        return names.index(self.sort)

    def _ordered(self, rows: Sequence[Sequence[Cell]], place: int) -> list[Sequence[Cell]]:
        """Sort by how a cell reads, numbers by size, empty cells last either way; rows of equal cells stay as answered."""
        filled = sorted((row for row in rows if row[place]), key=lambda row: _rank(row[place]), reverse=self.descending)
        return [*filled, *(row for row in rows if not row[place])]


def taken(arguments: Mapping[str, str]) -> tuple[dict[str, str], View]:
    """Split an address into the parameters of a question and the view. Raises UsageError for a view that does not exist."""
    view = {name: value for name, value in arguments.items() if name.startswith("_")}
    unknown = [name for name in view if name not in _NAMES]
    if unknown:
        raise UsageError(f"A page has no {unknown[0]!r}; how it looks is told by {', '.join(_NAMES)}.")
    if view.get("_order", "") not in ("", "asc", "desc"):
        raise UsageError("The order is asc or desc, as in _order=desc.")
    if view.get("_iris", "") not in ("", "0", "1"):
        raise UsageError("Addresses are shown with _iris=1 and left out with _iris=0.")
    parameters = {name: value for name, value in arguments.items() if name not in view}
    looked = View(view.get("_sort", ""), view.get("_order") == "desc", view.get("_filter", "").strip(), view.get("_iris") == "1")
    return parameters, looked


def folded(text: str) -> str:
    """Return `text` without case and accents, for searching."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def _holds(row: Sequence[Cell], words: Sequence[str]) -> bool:
    text = folded(" ".join(reading.said(cell) for cell in row))
    return all(word in text for word in words)


def _rank(cell: Cell) -> tuple[tuple[float, str], ...]:
    """Return what a cell is sorted by: its text, runs of digits in it by their size."""
    number = reading.number(cell)
    if number is not None:
        return ((float(number), ""),)
    pieces = _NUMBER.split(folded(reading.said(cell)))
    return ((float("inf"), ""), *((float(piece[:300]), "") if place % 2 else (float("inf"), piece) for place, piece in enumerate(pieces)))
