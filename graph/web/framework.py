"""The two frameworks as pictures: their parts with live counts, and the arrows that findings draw between them.

The parts are the top concepts of a framework's scheme. The ontology ties no part to another; findings do. An arrow
stands where a finding about one part says that it leads to another, or that it responds to another (drawn the other way
round: first the challenge, then the answer). The parts stand in the order of these arrows, by name where none decides.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import URIRef
from rdflib.namespace import SKOS

from graph import describe, prefixes
from graph.describe import Ref
from graph.prefixes import TROP
from graph.store import Store

_CONCEPT = prefixes.BASE + "concept/"
TROPICO, LIPSE = URIRef(_CONCEPT + "tropico"), URIRef(_CONCEPT + "lipse")
LINKS = (TROP.concernsConstruct, TROP.respondsTo, TROP.leadsTo, TROP.interactsWith)
DIRECTIONS = tuple(URIRef(f"{_CONCEPT}direction/{slug}") for slug in ("furthers", "hinders", "mixed", "unstated"))
_HEAD = f"PREFIX trop: <{prefixes.ONTOLOGY}> PREFIX skos: <{SKOS}>"
# what a finding says of two parts; how the arrow reads; whether it is drawn against the statement
_TIES = ((TROP.leadsTo, "leading to", False), (TROP.respondsTo, "answered by", True))


@dataclass(frozen=True)
class Box:
    """A part of a framework: the findings that name it or what is under it, the cases and case sets they are about."""

    ref: Ref
    findings: int
    cases: int
    sets: int
    directions: tuple[tuple[Ref, int], ...]
    parts: tuple[Box, ...]


@dataclass(frozen=True)
class Arrow:
    """What findings say of two parts of a framework."""

    start: Ref
    end: Ref
    reads: str
    findings: tuple[Ref, ...]


@dataclass(frozen=True)
class Picture:
    """A framework: its parts in order and all arrows between them."""

    ref: Ref
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    def after(self, place: int) -> tuple[Arrow, ...]:
        """Return the arrows from the box at `place` to the next one."""
        pair = tuple(box.ref for box in self.boxes[place : place + 2])
        return tuple(arrow for arrow in self.arrows if (arrow.start, arrow.end) == pair)


def picture(store: Store, scheme: URIRef) -> Picture:
    """Return the picture of the framework `scheme`; one without boxes where the store does not hold it."""
    tops = [row[0] for row in store.select(f"SELECT DISTINCT ?top WHERE {{ ?top <{SKOS.topConceptOf}> <{scheme}> }}").rows]
    ties = _ties(store, scheme)
    parts = _parts(store)
    named = {scheme, *tops, *(part for top in tops for part in parts[top]), *DIRECTIONS, *(row[3] for row in ties)}
    names = describe.labels(store, named)
    arrows = _arrows(ties, names)
    counting = _Counting(_counts(store), _directions(store), parts, names)
    ordered = _ordered(sorted(tops, key=lambda top: names[top]), {(arrow.start.iri, arrow.end.iri) for arrow in arrows})
    placed = sorted(arrows, key=lambda arrow: (ordered.index(arrow.start.iri), ordered.index(arrow.end.iri)))
    return Picture(Ref(scheme, names[scheme]), tuple(counting.box(top, below=True) for top in ordered), tuple(placed))


def uptake(store: Store) -> list[tuple[Ref, int]]:
    """Return the innovations with the number of findings on what furthers or hinders them, most first."""
    table = store.select(f"""{_HEAD}
        SELECT ?innovation (COUNT(DISTINCT ?finding) AS ?n) WHERE {{
          ?finding trop:concernsInnovation ?innovation ; trop:hasDirection ?direction }} GROUP BY ?innovation""")
    numbers = {iri: int(number) for iri, number in table.rows if iri is not None}
    names = describe.labels(store, numbers)
    return sorted(((Ref(iri, names[iri]), number) for iri, number in numbers.items()), key=lambda each: (-each[1], each[0].label))


# -- counting ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Counting:
    counts: Mapping[URIRef, tuple[int, int, int]]
    by_direction: Mapping[URIRef, Counter[URIRef]]
    parts: Mapping[URIRef, list[URIRef]]
    names: Mapping[URIRef, str]

    def box(self, construct: URIRef, below: bool) -> Box:
        """Return the box of `construct`, with the parts `below` it, most findings first."""
        inner = [self.box(part, False) for part in self.parts[construct]] if below else []
        inner.sort(key=lambda each: (-each.findings, each.ref.label))
        numbers = self.by_direction[construct]
        directions = tuple((Ref(each, self.names[each]), numbers[each]) for each in DIRECTIONS if numbers[each])
        return Box(Ref(construct, self.names[construct]), *self.counts.get(construct, (0, 0, 0)), directions, tuple(inner))


def _counts(store: Store) -> Mapping[URIRef, tuple[int, int, int]]:
    """Count for each construct and those under it the findings, the single cases and the case sets they are about."""
    path = "|".join(link.n3() for link in LINKS)
    table = store.select(f"""{_HEAD}
        SELECT ?construct (COUNT(DISTINCT ?finding) AS ?n) (COUNT(DISTINCT ?case) AS ?cases) (COUNT(DISTINCT ?set) AS ?sets) WHERE {{
          ?finding ({path})/skos:broader* ?construct
          OPTIONAL {{ ?finding trop:concernsCase ?case }} OPTIONAL {{ ?finding trop:concernsCaseSet ?set }}
        }} GROUP BY ?construct""")
    return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in table.rows if row[0] is not None}


def _directions(store: Store) -> Mapping[URIRef, Counter[URIRef]]:
    """Count the findings that say in which direction a construct, or one under it, works."""
    table = store.select(f"""{_HEAD}
        SELECT ?construct ?direction (COUNT(DISTINCT ?finding) AS ?n) WHERE {{
          ?finding trop:hasDirection ?direction ; trop:concernsConstruct/skos:broader* ?construct }} GROUP BY ?construct ?direction""")
    found: defaultdict[URIRef, Counter[URIRef]] = defaultdict(Counter)
    for construct, direction, number in table.rows:
        if construct is not None:
            found[construct][direction] = int(number)
    return found


def _parts(store: Store) -> Mapping[URIRef, list[URIRef]]:
    parts: defaultdict[URIRef, list[URIRef]] = defaultdict(list)
    for part, whole in store.select(f"SELECT DISTINCT ?part ?whole WHERE {{ ?part <{SKOS.broader}> ?whole }}").rows:
        parts[whole].append(part)
    return parts


# -- arrows -----------------------------------------------------------------------------------------------------------


def _ties(store: Store, scheme: URIRef) -> list[tuple]:
    """Return what findings say of two parts: the two parts, the property between them, and the finding."""
    links = " ".join(link.n3() for link, *_ in _TIES)
    return list(store.select(f"""{_HEAD}
        SELECT DISTINCT ?from ?to ?link ?finding WHERE {{
          VALUES ?link {{ {links} }}
          ?finding trop:concernsConstruct ?one ; ?link ?other .
          ?one skos:broader* ?from . ?other skos:broader* ?to .
          ?from skos:topConceptOf <{scheme}> . ?to skos:topConceptOf <{scheme}> . FILTER(?from != ?to)
        }} ORDER BY ?from ?to ?link ?finding""").rows)


def _arrows(ties: Iterable[tuple], names: Mapping[URIRef, str]) -> tuple[Arrow, ...]:
    found: defaultdict[tuple[URIRef, URIRef, str], list[Ref]] = defaultdict(list)
    told = {link: (reads, turned) for link, reads, turned in _TIES}
    for one, other, link, finding in ties:
        reads, turned = told[link]
        found[(other, one, reads) if turned else (one, other, reads)].append(Ref(finding, names[finding]))
    return tuple(Arrow(Ref(a, names[a]), Ref(b, names[b]), reads, tuple(each)) for (a, b, reads), each in found.items())


def _ordered(tops: list[URIRef], ties: set[tuple[URIRef, URIRef]]) -> list[URIRef]:
    """Return `tops` so that arrows lead forwards; where they run in a circle or there are none, as they came."""
    left, done = list(tops), []
    while left:
        free = (top for top in left if not any((other, top) in ties for other in left if other != top))
        done.append(next(free, left[0]))
        left.remove(done[-1])
    return done
