"""What the list of cases shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import RDFS, URIRef

from graph import describe, prefixes
from graph.describe import Ref
from graph.prefixes import TROP
from graph.store import Store


@dataclass(frozen=True)
class CaseRow:
    """One case of the list; `findings` are those about this case alone."""

    case: Ref
    kinds: tuple[Ref, ...]
    countries: tuple[Ref, ...]
    sets: tuple[Ref, ...]
    findings: int


def cases(store: Store) -> list[CaseRow]:
    """Return every case in the store, by country and name."""
    table = store.select(f"""
        PREFIX trop: <{prefixes.ONTOLOGY}> PREFIX rdfs: <{RDFS}> PREFIX dcterms: <{prefixes.NAMESPACES['dcterms']}>
        SELECT DISTINCT ?case ?kind ?country ?set WHERE {{
          ?kind rdfs:subClassOf* trop:Case . ?case a ?kind
          OPTIONAL {{ ?case dcterms:spatial ?country }} OPTIONAL {{ ?case trop:partOfCaseSet ?set }} }}""")
    numbers = dict(store.select(f"""
        SELECT ?case (COUNT(DISTINCT ?finding) AS ?n) WHERE {{ ?finding <{TROP.concernsCase}> ?case }}
        GROUP BY ?case""").rows)
    found: defaultdict[URIRef, list[set[URIRef]]] = defaultdict(lambda: [set(), set(), set()])
    for case, *values in table.rows:
        for column, value in zip(found[case], values):
            column.update({value} - {None})
    named = {each for columns in found.values() for column in columns for each in column}
    names = describe.labels(store, {*found, *named})
    rows = [_case_row(case, columns, names, int(numbers.get(case, 0))) for case, columns in found.items()]
    return sorted(rows, key=lambda row: ([each.label for each in row.countries], row.case.label.casefold()))


def _case_row(case: URIRef, columns: list[set[URIRef]], names: Mapping[URIRef, str], findings: int) -> CaseRow:
    kinds, countries, sets = columns
    shown = (_refs(each, names) for each in (kinds - {TROP.Case} or kinds, countries, sets))
    return CaseRow(Ref(case, names[case]), *shown, findings)


def _refs(iris: Iterable[URIRef], names: Mapping[URIRef, str]) -> tuple[Ref, ...]:
    return tuple(sorted((Ref(iri, names[iri]) for iri in iris), key=lambda ref: ref.label.casefold()))
