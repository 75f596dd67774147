"""What the home page and the list of cases show: the two frameworks and the cases."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import RDFS, URIRef

from graph import describe, prefixes
from graph.describe import Ref
from graph.prefixes import TROP
from graph.store import Store

_CONCEPT = prefixes.BASE + "concept/"
CONCERNS = (TROP.concernsConstruct,)
NAMES = (*CONCERNS, TROP.respondsTo, TROP.leadsTo, TROP.interactsWith)
DIRECTIONS = tuple(URIRef(f"{_CONCEPT}direction/{slug}") for slug in ("furthers", "hinders", "mixed", "unstated"))


@dataclass(frozen=True)
class Box:
    """A part of a framework: how many findings name it or what is under it, in all and by direction."""

    ref: Ref
    findings: int
    directions: tuple[tuple[Ref, int], ...]
    parts: tuple[Box, ...]


def boxes(store: Store, tops: Iterable[URIRef], links: Iterable[URIRef]) -> list[Box]:
    """Return the constructs `tops` in their order, each with the constructs directly under it, most findings first.

    A finding counts where one of the properties `links` leads from it to the construct or to one under it.
    """
    counts = _counts(store, links)
    parts = _parts(store)
    tops = tuple(tops)
    shown = {*tops, *(part for top in tops for part in parts[top]), *DIRECTIONS}
    names = describe.labels(store, shown)

    def box(construct: URIRef, below: bool) -> Box:
        inner = [box(part, False) for part in parts[construct]] if below else []
        inner.sort(key=lambda each: (-each.findings, each.ref.label))
        directions = tuple((Ref(d, names[d]), counts[construct][d]) for d in DIRECTIONS if counts[construct][d])
        return Box(Ref(construct, names[construct]), counts[construct].total(), directions, tuple(inner))

    return [box(top, True) for top in tops]


def _counts(store: Store, links: Iterable[URIRef]) -> Mapping[URIRef, Counter[URIRef | None]]:
    """Count the findings of each construct and of those under it, by direction (None: the finding has none)."""
    path = "|".join(f"<{link}>" for link in links)
    table = store.select(f"""
        PREFIX trop: <{prefixes.ONTOLOGY}> PREFIX skos: <{prefixes.NAMESPACES['skos']}>
        SELECT ?construct ?direction (COUNT(DISTINCT ?finding) AS ?n) WHERE {{
          ?finding ({path})/skos:broader* ?construct . OPTIONAL {{ ?finding trop:hasDirection ?direction }}
        }} GROUP BY ?construct ?direction""")
    counts: defaultdict[URIRef, Counter[URIRef | None]] = defaultdict(Counter)
    for construct, direction, number in table.rows:
        if construct is not None:
            counts[construct][direction] += int(number)
    return counts


def _parts(store: Store) -> Mapping[URIRef, list[URIRef]]:
    table = store.select(f"""
        PREFIX skos: <{prefixes.NAMESPACES['skos']}>
        SELECT DISTINCT ?part ?whole WHERE {{ ?part skos:broader ?whole }}""")
    parts: defaultdict[URIRef, list[URIRef]] = defaultdict(list)
    for part, whole in table.rows:
        parts[whole].append(part)
    return parts


# -- cases ------------------------------------------------------------------------------------------------------------


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
