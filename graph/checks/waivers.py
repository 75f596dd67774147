"""Faults that are accepted with a reason: `ontology/waivers.csv`.

A row names the rule as `15-P11` (number of the check and key of the rule, or the number alone), the term, the reason. A
row that waives nothing is a fault itself, so that the list never outlives what it was written for.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Container, Iterable
from typing import NamedTuple

from rdflib import URIRef

from graph.checks.tree import Tree
from graph.errors import ParseError, UsageError
from graph.prefixes import expand, shorten

FILE = "waivers.csv"
COLUMNS = ["check", "term", "reason"]
_RULE = re.compile(r"(\d+)(?:-(\S+))?")


class Waiver(NamedTuple):
    """One row: the check and the rule in it, the term, and the line on which it stands."""

    number: int
    key: str
    term: URIRef
    line: int


def apply(
    tree: Tree, number: int, checks: Container[int], faults: Iterable[tuple[str, URIRef | None, str]]
) -> list[str]:
    """Return the sentences of the faults that no row waives, and one for each row of this check that waives none.

    Raises ParseError, naming the line, for a row that cannot be read.
    """
    rows = [each for each in read(tree, checks) if each.number == number]
    waived = {(each.key, each.term) for each in rows}
    found = {(key, term) for key, term, _ in faults}
    stale = [each for each in rows if (each.key, each.term) not in found]
    kept = [text for key, term, text in faults if (key, term) not in waived]
    return kept + [_stale(tree, each) for each in stale]


def _stale(tree: Tree, row: Waiver) -> str:
    rule = f"{row.number}-{row.key}" if row.key else str(row.number)
    place = tree.place(tree.ontology / FILE, row.line)
    return f"{place}: waives {rule} for {shorten(row.term)}, where there is no such fault; delete the row."


def read(tree: Tree, checks: Container[int]) -> list[Waiver]:
    """Return the rows of the list; none where there is no list. Raises ParseError for a row that cannot be read."""
    path = tree.ontology / FILE
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        if reader.fieldnames != COLUMNS:
            raise ParseError(f"the columns are {', '.join(COLUMNS)}; correct the first line.", source=str(path), line=1)
        return [_waiver(row, checks, str(path), reader.line_num) for row in reader]


def _waiver(row: dict[str, str], checks: Container[int], source: str, line: int) -> Waiver:
    rule = _RULE.fullmatch(row["check"] or "")
    if rule is None or int(rule[1]) not in checks:
        raise ParseError(
            f"{row['check']!r} is no check; write its number, or number and rule as 15-P11.", source=source, line=line
        )
    if not (row["reason"] or "").strip():
        raise ParseError("a waiver needs a reason; write it in the third column.", source=source, line=line)
    try:
        return Waiver(int(rule[1]), rule[2] or "", expand(row["term"] or ""), line)
    except UsageError as error:
        raise ParseError(str(error), source=source, line=line) from None
