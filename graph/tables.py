"""A table of terms as text: for a spreadsheet, a program, a document, a terminal.

The convention of the question files: a column `x` beside a column `xLabel` is one column to a reader, the label
standing for the thing; a column `xList` holds IRIs between blanks. CSV, TSV and JSON keep all columns as they are, so
that nothing is lost to a program.
"""

from __future__ import annotations

import csv
import io
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rdflib import BNode, Literal, URIRef
from rdflib.namespace import XSD

from graph import prefixes
from graph.store import Table

Term = URIRef | BNode | Literal

_NUMERIC = frozenset((XSD.integer, XSD.decimal, XSD.double, XSD.float, XSD.int, XSD.long, XSD.nonNegativeInteger))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TSV_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class Column:
    """A column as a reader sees it.

    `value` and `label` are places in a row, `label` None where the table has none; a column that `is_list` holds IRIs
    between blanks.
    """

    heading: str
    value: int
    label: int | None
    is_list: bool = False


def columns(table: Table) -> list[Column]:
    """Return the columns a reader sees, each thing joined with its label."""
    places = {name: place for place, name in enumerate(table.columns)}
    return [
        Column(heading(name), place, places.get(f"{name}Label"), name.endswith("List"))
        for name, place in places.items()
        if not (name.endswith("Label") and name.removesuffix("Label") in places)
    ]


def heading(name: str) -> str:
    """Return a column name as words: "caseSetLabel" gives "Case set", "findingList" gives "Finding"."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", re.sub(r"(?<=.)(?:Label|List)$", "", name))
    text = " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words) or name
    return text[:1].upper() + text[1:]


def plain(term: Term | None) -> str:
    """Return the IRI, the text of a literal, or "" for nothing."""
    return "" if term is None else str(term)


def is_number(term: Term | None) -> bool:
    """Say whether `term` is a literal of a numeric datatype."""
    return isinstance(term, Literal) and term.datatype in _NUMERIC


def short_name(iri: str) -> str:
    """Return a name that `prefixes.expand` takes back: the prefixed one, else the path below the base, else `iri`."""
    short = prefixes.shorten(iri)
    return short if short != str(iri) else iri.removeprefix(prefixes.BASE)


def readable(table: Table) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows of text for reading: labels instead of things, short names where there is no label."""
    shown = columns(table)
    return [column.heading for column in shown], [[_readable(row, column) for column in shown] for row in table.rows]


def _readable(row: Sequence[Term | None], column: Column) -> str:
    label = row[column.label] if column.label is not None else None
    value = row[column.value]
    if column.is_list:
        return " ".join(short_name(each) for each in plain(value).split())
    if label is None and isinstance(value, URIRef):
        return short_name(value)
    return plain(value if label is None else label)


def as_csv(table: Table) -> str:
    """Return CSV by RFC 4180, every column kept.

    Made for spreadsheets: a text that begins with one of = + - @, tab or return gets an apostrophe in front, so that no
    program takes it for a formula. Numbers and IRIs stay as they are.
    """
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([_defused(Literal(name)) for name in table.columns])
    writer.writerows([_defused(term) for term in row] for row in table.rows)
    return target.getvalue()


def _defused(term: Term | None) -> str:
    text = plain(term)
    is_text = isinstance(term, Literal) and term.datatype not in _NUMERIC
    return f"'{text}" if is_text and text.startswith(_FORMULA) else text


def as_tsv(table: Table) -> str:
    r"""Return one line per row, cells between tabs; \t, \n, \r and \\ stand for what would break a line."""
    lines = [table.columns, *([plain(term) for term in row] for row in table.rows)]
    return "".join("\t".join(cell.translate(_TSV_ESCAPES) for cell in line) + "\n" for line in lines)


def as_bindings(table: Table) -> dict[str, object]:
    """Return the table in the form of SPARQL 1.1 Query Results JSON, to be put into a JSON document."""
    rows = [
        {name: _binding(term) for name, term in zip(table.columns, row) if term is not None}
        for row in table.rows
    ]
    return {"head": {"vars": list(table.columns)}, "results": {"bindings": rows}}


def _binding(term: Term) -> dict[str, str]:
    if isinstance(term, URIRef):
        return {"type": "uri", "value": str(term)}
    if isinstance(term, BNode):
        return {"type": "bnode", "value": str(term)}
    extra = {"xml:lang": term.language} if term.language else {"datatype": str(term.datatype)} if term.datatype else {}
    return {"type": "literal", "value": str(term), **extra}


def as_markdown(table: Table) -> str:
    """Return a Markdown table as a reader sees it; things that have an http(s) IRI are links."""
    shown = columns(table)
    lines = [[column.heading for column in shown], ["---"] * len(shown)]
    lines += [[_markdown(row, column) for column in shown] for row in table.rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _markdown(row: Sequence[Term | None], column: Column) -> str:
    text = re.sub(r"([\\`*_\[\]<>|])", r"\\\1", " ".join(_readable(row, column).split()))
    value = row[column.value]
    is_link = isinstance(value, URIRef) and re.match(r"https?://[^\s<>()]+\Z", value)
    return f"[{text}]({value})" if is_link else text


def as_text(headings: Sequence[str], rows: Iterable[Sequence[str]], width: int | None = None) -> str:
    """Return columns of text under headings, cells wrapped so that a line fits `width` characters (None: no limit)."""
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    if not headings:
        return ""
    widths = _fit([max(map(cells_wide, column)) for column in zip(headings, *cells)], width)
    lines = [_line(headings, widths), "  ".join("─" * each for each in widths) + "\n"]
    return "".join(lines + [_line(row, widths) for row in cells])


def _fit(widths: list[int], width: int | None) -> list[int]:
    """Return widths whose sum with gaps fits `width`, taken from the widest columns, none below 8."""
    if width is None:
        return widths
    room, fitted = width - 2 * (len(widths) - 1), list(widths)
    while sum(fitted) > room and max(fitted) > 8:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths)]
    height = max(map(len, wrapped))
    padded = [cell + [""] * (height - len(cell)) for cell in wrapped]
    return "".join("  ".join(map(_pad, parts, widths)).rstrip() + "\n" for parts in zip(*padded))


def _pad(text: str, width: int) -> str:
    return text + " " * (width - cells_wide(text))


def cells_wide(text: str) -> int:
    """Return how many terminal cells `text` takes; East Asian wide characters take two, combining marks none."""
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)
