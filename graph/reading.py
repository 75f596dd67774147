"""An answer as a person reads it: cells of things under their names, and the cases it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rdflib import Literal, URIRef

from graph import prefixes, tables
from graph.store import Store, Table
from graph.tables import Column, Term

_MEMBERS = f"""
    PREFIX trop: <{prefixes.ONTOLOGY}>
    SELECT DISTINCT ?kind ?thing WHERE {{
      VALUES ?kind {{ trop:Case trop:CaseSet }} ?thing a ?kind }} ORDER BY ?kind ?thing"""


@dataclass(frozen=True)
class Part:
    """One thing or text in a cell: how it reads, its IRI where it is a thing, its language where that is not English."""

    text: str
    iri: URIRef | None = None
    lang: str | None = None


Cell = tuple[Part, ...]


@dataclass(frozen=True)
class Reading:
    """A table as it is read: `columns` with the headings, and per row a cell for each of them."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    table: Table

    def place(self, name: str) -> int | None:
        """Return the place of the column that the query calls `name` or `nameLabel`; None where there is none."""
        names = [self.table.columns[column.value] for column in self.columns]
        return next((names.index(each) for each in (name, f"{name}Label") if each in names), None)


def read(table: Table, naming: Callable[[set[URIRef]], Mapping[URIRef, str]]) -> Reading:
    """Return `table` as it is read; a thing without a label in its row goes by the name that `naming` gives it."""
    shown = tables.columns(table)
    names = naming(_nameless(table, shown))
    return Reading(shown, [[_cell(row, column, names) for column in shown] for row in table.rows], table)


def _nameless(table: Table, shown: Sequence[Column]) -> set[URIRef]:
    """Return the things in `table` that no label column names."""
    found: set[URIRef] = set()
    for row in table.rows:
        for column in shown:
            value = row[column.value]
            if column.is_list:
                found.update(URIRef(each) for each in tables.plain(value).split())
            elif isinstance(value, URIRef) and (column.label is None or row[column.label] is None):
                found.add(value)
    return found


def _cell(row: Sequence[Term | None], column: Column, names: Mapping[URIRef, str]) -> Cell:
    value = row[column.value]
    label = row[column.label] if column.label is not None else None
    if column.is_list:
        return tuple(Part(names[URIRef(each)], URIRef(each)) for each in tables.plain(value).split())
    if value is None and label is None:
        return ()
    text = label if label is not None else names[value] if isinstance(value, URIRef) else value
    lang = text.language if isinstance(text, Literal) else None
    return (Part(str(text), value if isinstance(value, URIRef) else None, lang if lang != "en" else None),)


def said(cell: Cell) -> str:
    """Return a cell as one text."""
    return "; ".join(part.text for part in cell)


def number(cell: Cell) -> int | float | None:
    """Return a cell as the number it reads as; None for a thing, a text, and an empty cell."""
    if len(cell) != 1 or cell[0].iri is not None:
        return None
    text = cell[0].text
    try:
        return int(text) if text.lstrip("-").isdecimal() and text.isascii() else float(text)
    except ValueError:
        return None


def numbers(reading: Reading) -> list[bool]:
    """Say of each column whether it holds literal numbers and nothing else; an empty column does not."""
    return [_is_numeric(reading.table, column) for column in reading.columns]


def _is_numeric(table: Table, column: Column) -> bool:
    values = [row[column.value] for row in table.rows if row[column.value] is not None]
    return column.label is None and bool(values) and all(tables.is_number(value) for value in values)


# -- cases ------------------------------------------------------------------------------------------------------------


def members(store: Store) -> tuple[frozenset[URIRef], frozenset[URIRef]]:
    """Return all cases of `store`, and all its case sets."""
    found: dict[URIRef, set[URIRef]] = {prefixes.TROP.Case: set(), prefixes.TROP.CaseSet: set()}
    for kind, thing in store.select(_MEMBERS).rows:
        found[kind].add(thing)
    return frozenset(found[prefixes.TROP.Case]), frozenset(found[prefixes.TROP.CaseSet])


@dataclass(frozen=True)
class Counted:
    """How many different cases and case sets an answer names, and of how many; None where it has no column of them."""

    cases: int | None
    of_cases: int
    case_sets: int | None
    of_case_sets: int

    def __str__(self) -> str:
        """Return the count in words; "" where the answer names neither."""
        said = [] if self.cases is None else [f"{self.cases} of {self.of_cases} cases"]
        if self.case_sets is not None:
            said.append(f"{self.case_sets} of {self.of_case_sets} case set{'s' if self.of_case_sets != 1 else ''}")
        return " and ".join(said)


def counted(table: Table, cases: frozenset[URIRef], case_sets: frozenset[URIRef]) -> Counted:
    """Count the cases of an answer as cases: each once, in however many rows it stands."""
    shown = [_things(table, column) for column in tables.columns(table)]
    return Counted(_different(shown, cases), len(cases), _different(shown, case_sets), len(case_sets))


def _things(table: Table, column: Column) -> set[URIRef]:
    values = [row[column.value] for row in table.rows]
    if column.is_list:
        return {URIRef(each) for value in values for each in tables.plain(value).split()}
    return {value for value in values if isinstance(value, URIRef)}


def _different(columns: Iterable[set[URIRef]], known: frozenset[URIRef]) -> int | None:
    found = [things & known for things in columns if things & known]
    return len(frozenset[URIRef]().union(*found)) if found else None
