"""What there is to draw in an answer, by the chart its question declares; how it is drawn is in `graph.charts`.

A header says `chart: {mark, x, y, color}`. A channel is a column, or `count(column)`: how many different things of the column
a mark stands for. The marks are `bar` (one of x and y is a number, the other says what is counted, a colour splits it) and
`rect` (x against y, the colour a number).
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graph import reading, tables
from graph.asking import Answer, Question
from graph.errors import UsageError
from graph.reading import Reading

MOST = 200  # marks
_COUNT = re.compile(r"count\((\w+)\)")
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # no line of a chart, or no character of XML
_NONE = "none named"
_NAME, _TITLE = 60, 300  # letters wide


@dataclass(frozen=True)
class Mark:
    """One bar or cell: what it stands for along y, along x (cells) or by which split (bars), and its number."""

    row: str
    column: str
    value: int | float

    @property
    def name(self) -> str:
        """What the mark stands for, in words."""
        return f"{self.row} – {self.column}" if self.column else self.row


@dataclass(frozen=True)
class Chart:
    """What there is to draw: the kind, the marks in the order they are drawn, what the axes are called."""

    kind: str
    marks: Sequence[Mark]
    row_title: str
    column_title: str
    value_title: str
    title: str
    subtitle: str
    left_out: int

    @property
    def rows(self) -> list[str]:
        """The rows from the top down."""
        return list(dict.fromkeys(mark.row for mark in self.marks))

    @property
    def columns(self) -> list[str]:
        """The columns, or splits, from left to right, by name: a colour stays with its name whatever the numbers are."""
        return sorted({mark.column for mark in self.marks}, key=_said_first)


def check(question: Question, columns: Sequence[str]) -> None:
    """Raise UsageError for a chart of `question` that cannot be drawn from `columns`, saying what is wrong."""
    declared = question.chart or {}
    unknown = [key for key in declared if key not in ("mark", "x", "y", "color")]
    if unknown or declared.get("mark") not in ("bar", "rect") or not {"x", "y"} <= declared.keys():
        raise UsageError(f"{question.id}: a chart has mark (bar or rect), x, y and, if needed, color; {dict(declared)} has not.")
    if declared["mark"] == "rect" and "color" not in declared:
        raise UsageError(f"{question.id}: a rect chart needs a color, which is its number.")
    for channel in ("x", "y", "color"):
        name = _named(declared.get(channel, declared["x"]))
        if name not in columns and f"{name}Label" not in columns:
            raise UsageError(f"{question.id}: the chart's {channel} is {name!r}; the columns are {', '.join(columns)}.")


def chart(answer: Answer, read: Reading, settings: Sequence[str] = ()) -> Chart | None:
    """Return what `answer`, read as `read`, gives to draw; None where its question declares no chart or nothing is over 0.

    `settings` are the parameters in words. Raises UsageError for a declaration that does not fit the answer.
    """
    declared = answer.question.chart
    if not declared:
        return None
    check(answer.question, answer.table.columns)
    made = _Drawing(read, declared).chart(answer.question.question, "; ".join(settings))
    return made if any(mark.value > 0 for mark in made.marks) else None


def _named(channel: str) -> str:
    counted = _COUNT.fullmatch(channel)
    return counted[1] if counted else channel


class _Drawing:
    """A declaration laid over an answer."""

    def __init__(self, read: Reading, declared: Mapping[str, str]) -> None:
        self.read, self.kind = read, declared["mark"]
        self.numeric = reading.numbers(read)
        if self.kind == "rect":
            self.value, self.across, self.down = declared["color"], declared["x"], declared["y"]
        else:
            lies = self._is_number(declared["x"])
            self.value, self.down = (declared["x"], declared["y"]) if lies else (declared["y"], declared["x"])
            self.across = declared.get("color", "")

    def _is_number(self, channel: str) -> bool:
        return bool(_COUNT.fullmatch(channel)) or self.numeric[self._place(channel)] or not self.read.rows

    def _place(self, channel: str) -> int:
        place = self.read.place(_named(channel))
        assert place is not None, "check was here"
        return place

    def chart(self, title: str, subtitle: str) -> Chart:
        """Return the chart: rows with most first, cut to what can be read."""
        marks = self._marks()
        totals = _totals(marks)
        marks.sort(key=lambda mark: (is_unsaid(mark.row), -totals[mark.row], mark.row, *_said_first(mark.column)))
        kept = _cut(marks)
        return Chart(
            self.kind, kept, self._title(self.down), self._title(self.across) if self.across else "", self._title(self.value),
            _clean(title, _TITLE), _clean(subtitle, _TITLE), len(totals) - len(_totals(kept)),
        )

    def _title(self, channel: str) -> str:
        heading = _clean(tables.heading(_named(channel)), _NAME)
        return f"{heading}s" if _COUNT.fullmatch(channel) else heading

    def _marks(self) -> list[Mark]:
        down = self._names(self.down)
        across = self._names(self.across) if self.across else [""] * len(down)
        groups: dict[tuple[str, str], list[int]] = {}
        for place, key in enumerate(zip(down, across, strict=True)):
            groups.setdefault(key, []).append(place)
        return [Mark(row, column, self._number(places)) for (row, column), places in groups.items()]

    def _names(self, channel: str) -> list[str]:
        """Return what each row says in a column; things or texts that would look the same are told apart."""
        cells = [row[self._place(channel)] for row in self.read.rows]
        alike: dict[str, list[str]] = {}  # what is seen: what it stands for
        for cell in cells:
            group = alike.setdefault(_shown(cell), [])
            if (key := _key(cell)) not in group:
                group.append(key)
        return [_told_apart(_shown(cell), alike[_shown(cell)], _key(cell)) for cell in cells]

    def _number(self, places: Sequence[int]) -> int | float:
        """Return what rows have together: different things where they are named, else the sum of their numbers."""
        rows = [self.read.rows[place] for place in places]
        counted = _COUNT.fullmatch(self.value)
        things = self._place(self.value) if counted else self.read.place(f"{self.value.removesuffix('s')}List")
        if things is not None:
            return len({part.iri or part.text for row in rows for part in row[things]})
        return sum(reading.number(row[self._place(self.value)]) or 0 for row in rows)


def _totals(marks: Sequence[Mark]) -> dict[str, int | float]:
    totals: dict[str, int | float] = {}
    for mark in marks:
        totals[mark.row] = totals.get(mark.row, 0) + mark.value
    return totals


def is_unsaid(name: str) -> bool:
    """Say whether a name of a row or column says that nothing is named there."""
    return name == _NONE or name.endswith("not stated")


def _said_first(name: str) -> tuple[bool, str]:
    return is_unsaid(name), name.casefold()


def _cut(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks of as many whole rows, from the top, as make no more than MOST; at the least one row's."""
    kept = list(marks[:MOST])
    if len(kept) == len(marks) or kept[-1].row != marks[MOST].row:
        return kept
    whole = [mark for mark in kept if mark.row != kept[-1].row]
    return whole or kept


def _shown(cell: reading.Cell) -> str:
    return _clean(reading.said(cell), _NAME) or _NONE


def _key(cell: reading.Cell) -> str:
    return " ".join(part.iri or part.text for part in cell)


def _told_apart(name: str, group: Sequence[str], key: str) -> str:
    """Return `name`, with the short address or the number of what it stands for where it stands for several."""
    if len(group) == 1:
        return name
    short = tables.short_name(key)
    return _clean(f"{name} ({short if len(short) < _NAME and ' ' not in short else group.index(key) + 1})", 2 * _NAME)


def _clean(text: str, widest: int) -> str:
    """Return `text` on one line, cut where it is wider than `widest` letters, without signs that XML cannot carry.

    vl-convert ends the whole process at such a sign, takes the square of a text's length in time, and refuses a sign of two
    halves (an emoji) that it cuts between them; so nothing is left for it to cut.
    """
    line = " ".join(_UNWRITABLE.sub("\ufffd", text[:4 * widest]).split())
    ends = list(itertools.accumulate(map(tables.cells_wide, line)))
    if not ends or ends[-1] <= widest:
        return line
    return line[:bisect.bisect_right(ends, widest - 1)] + "…"


# -- in words ---------------------------------------------------------------------------------------------------------


def told(chart: Chart) -> str:
    """Return what the chart shows in two sentences, for who does not see it."""
    top = sorted(chart.marks, key=lambda mark: -mark.value)[:3]
    named = "; ".join(f"{mark.name}: {mark.value:g}" for mark in top)
    kind = "Bar chart" if chart.kind == "bar" else "Table of shaded cells"
    over = f" by {chart.column_title.lower()}" if chart.column_title else ""
    return f"{kind}: {chart.value_title.lower()} per {chart.row_title.lower()}{over}; {_many(chart.rows)}. Most: {named}."


def _many(rows: Sequence[str]) -> str:
    return f"{len(rows)} row{'s' if len(rows) != 1 else ''}"
