"""An answer as a workbook: the data, what each column and value means, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rdflib import URIRef

from graph import asking, export, prefixes, reading, spreadsheets
from graph.asking import Answer
from graph.reading import Counted, Reading
from graph.spreadsheets import Cell, Sheet
from graph.store import Store
from graph.tables import Column

_MEANT = """
    SELECT ?thing (MIN(?named) AS ?kind) (MIN(?meaning) AS ?definition) WHERE {{
      VALUES ?thing {{ {things} }}
      OPTIONAL {{ ?thing skos:definition|rdfs:comment ?meaning FILTER(LANG(?meaning) IN ("en", "")) }}
      OPTIONAL {{ ?thing a ?type . ?type rdfs:label ?name FILTER(LANG(?name) IN ("en", ""))
        FILTER(STRSTARTS(STR(?type), "{own}") && NOT EXISTS {{
          ?thing a ?narrow . ?narrow rdfs:subClassOf|(owl:equivalentClass/owl:intersectionOf/rdf:rest*/rdf:first) ?type
          FILTER(?narrow != ?type && STRSTARTS(STR(?narrow), "{own}")) }})
        OPTIONAL {{ ?type skos:definition ?about FILTER(LANG(?about) IN ("en", "")) }}
        BIND(CONCAT(STR(?name), IF(BOUND(?about), CONCAT(" (", STR(?about), ")"), "")) AS ?named) }}
    }} GROUP BY ?thing"""


class _Meaning(NamedTuple):
    kind: str | None
    definition: str | None


def workbook(store: Store, answer: Answer, read: Reading, counted: Counted, settings: Mapping[str, str], permalink: str) -> bytes:
    """Return `answer` as `.xlsx`: the sheets Data, Codebook and Provenance; `settings` are names by parameter.

    No text of the data becomes a formula, and no time is written: what it says follows from build, question and values.
    """
    meant = _meanings(store, read)
    return spreadsheets.workbook([
        _data(read),
        Sheet("Codebook", ("Column", "In the query", "Value", "IRI", "What it means"), list(_codebook(answer, read, meant))),
        Sheet("Provenance", ("What", "Is"), list(_provenance(answer, counted, settings, permalink))),
    ])


# -- data -------------------------------------------------------------------------------------------------------------


def _data(read: Reading) -> Sheet:
    named = [_has_things(read, place) for place in range(len(read.columns))]
    headings: list[str] = []
    for column, has_things in zip(read.columns, named, strict=True):
        headings += [column.heading, f"{column.heading} (IRI)"] if has_things else [column.heading]
    numeric = reading.numbers(read)
    return Sheet("Data", headings, [list(_row(row, named, numeric)) for row in read.rows])


def _has_things(read: Reading, place: int) -> bool:
    return any(part.iri for row in read.rows for part in row[place])


def _row(row: Sequence[reading.Cell], named: Sequence[bool], numeric: Sequence[bool]) -> Iterator[Cell]:
    for cell, has_things, is_numeric in zip(row, named, numeric, strict=True):
        yield (reading.number(cell) if is_numeric and cell else None) if is_numeric else reading.said(cell)
        if has_things:
            yield " ".join(part.iri for part in cell if part.iri)


# -- what it means ----------------------------------------------------------------------------------------------------


def _meanings(store: Store, read: Reading) -> dict[URIRef, _Meaning]:
    """Return the kind and the definition of each thing in the answer, as far as the store has them."""
    things = sorted({part.iri for row in read.rows for cell in row for part in cell if part.iri})
    if not things:
        return {}
    listed = " ".join(asking.serialised(each) for each in things if _is_sound(each))
    table = store.select(asking.declarations() + _MEANT.format(things=listed, own=prefixes.ONTOLOGY))
    found = {}
    for row in table.rows:
        cells = dict(zip(table.columns, row, strict=True))
        kind, definition = cells.get("kind"), cells.get("definition")
        found[cells["thing"]] = _Meaning(kind and str(kind), definition and str(definition))
    return found


def _is_sound(iri: URIRef) -> bool:
    return not any(sign in iri for sign in ' <>"{}|^`\\') and iri.isprintable()


def _codebook(answer: Answer, read: Reading, meant: dict[URIRef, _Meaning]) -> Iterator[tuple[Cell, ...]]:
    numeric = reading.numbers(read)
    for place, column in enumerate(read.columns):
        name = read.table.columns[column.value]
        parts = list(dict.fromkeys(part for row in read.rows for part in row[place]))
        yield column.heading, name, None, None, _told(answer, name, column, parts, meant, numeric[place])
        for part in parts:
            meaning = meant.get(part.iri) if part.iri else None
            if meaning and meaning.definition:
                yield column.heading, name, part.text, part.iri, meaning.definition


def _told(
    answer: Answer, name: str, column: Column, parts: Sequence[reading.Part], meant: dict[URIRef, _Meaning], is_numeric: bool
) -> str:
    """Return what a column holds: the meaning its parameter has, the kinds of things in it, else numbers or text."""
    asked = next((each for each in answer.question.params if each.name == name and each.definition), None)
    kinds = sorted({meant[part.iri].kind or "" for part in parts if part.iri in meant} - {""})
    holds = "Several things to a cell" if column.is_list else "Things"
    if kinds:
        held = f"{holds} of the kind{'s' if len(kinds) > 1 else ''} {'; '.join(kinds)}."
    elif any(part.iri for part in parts):
        held = f"{holds}, each with its address."
    elif is_numeric:
        held = "A number."
    else:
        held = "Text." if parts else "Empty in this answer."
    return f"{asked.definition} {held}" if asked else held


# -- where it comes from ----------------------------------------------------------------------------------------------


def _provenance(answer: Answer, counted: Counted, settings: Mapping[str, str], permalink: str) -> Iterator[tuple[str, Cell]]:
    asked, identity = answer.question, answer.identity
    yield "Question", asked.question
    yield "Number of the question", asked.id
    yield "How to read it", asked.method
    for parameter in asked.params:
        value = answer.values[parameter.name]
        yield f"Asked about: {parameter.label}", "any" if value is None else f"{settings.get(parameter.name, '')} {value}".strip()
    yield "Rows", len(answer.table.rows)
    if str(counted):
        yield "Cases in it", str(counted)
    if not answer.table.rows:
        yield "Nothing found", asked.empty or asking.NOTHING
    if identity is not None:
        yield "Version", identity.version
        yield "Build", identity.digest
    yield "Licence", f"CC BY 4.0, {export.LICENCE}"
    yield "Cite as", citation(answer, permalink)
    yield "Permalink", permalink
    yield "Not coded", "An empty cell is not coded or not stated, which is not the same as absent."
    yield "Query", answer.query


def citation(answer: Answer, permalink: str) -> str:
    """Return how to cite `answer`: the graph, its version and build, the question, the address."""
    identity = answer.identity
    built = f", version {identity.version}, build {identity.digest}" if identity else ""
    return f"TROPICO Knowledge Graph{built}, question {answer.question.id}: {answer.question.question} {permalink}"
