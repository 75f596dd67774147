"""The adoption lens: which determinants work for which group of adopters of an innovation, outer and inner context apart.

A finding stands on the side of the organisation's boundary that its source gives it; where the source gives none, on the
side under which the framework has the determinant, and it is marked so. Where nothing was said the cell is silent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rdflib import Literal, URIRef

from graph import describe, frameworks, prefixes
from graph.describe import Ref
from graph.errors import UsageError
from graph.prefixes import BASE
from graph.store import Store, Table

_CONCEPT = f"{BASE}concept/"
_SIDES = dict(zip(frameworks.LIPSE, (URIRef(f"{_CONCEPT}context-side/{each}") for each in ("outer", "inner"))))
_CONTEXT = URIRef(f"{_CONCEPT}confidence/context")
DIRECTIONS = tuple(URIRef(f"{_CONCEPT}direction/{each}") for each in ("furthers", "hinders", "mixed", "unstated"))
# from the first to the last to take an innovation up; categories of another source come after
_ADOPTERS = tuple(URIRef(f"{_CONCEPT}adopter/{each}") for each in
                  ("innovator", "forerunner", "follower", "later-adopter", "late-adopter", "laggard", "non-adopter"))
NO_GROUP = Ref(URIRef(f"{_CONCEPT}adopter"), "no group named")


@dataclass(frozen=True)
class Sign:
    """What one finding says in a cell: its direction, whether the source calls it strongest for the group, where it comes from."""

    finding: Ref
    direction: Ref
    is_strongest: bool
    is_context: bool
    is_placed: bool  # by the framework, since the source names no side


@dataclass(frozen=True)
class Row:
    """A determinant with the signs of each group; a group without any is silent."""

    determinant: Ref
    depth: int
    cells: Mapping[URIRef, tuple[Sign, ...]]

    @property
    def is_silent(self) -> bool:
        """Whether nothing was said of the determinant."""
        return not any(self.cells.values())


@dataclass(frozen=True)
class Side:
    """The outer or the inner context with its determinants."""

    ref: Ref
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Lens:
    """One innovation: the sides, the groups that some finding names, those that none does."""

    innovation: Ref
    groups: tuple[Ref, ...]
    silent_groups: tuple[Ref, ...]
    sides: tuple[Side, ...]

    def counts(self) -> dict[URIRef, int]:
        """Return how many findings there are of each direction."""
        found = {(sign.direction.iri, sign.finding.iri) for side in self.sides for row in side.rows
                 for signs in row.cells.values() for sign in signs}
        return {each: sum(direction == each for direction, _ in found) for each in DIRECTIONS}


@dataclass(frozen=True)
class _Said:
    """A finding on a determinant, as its source puts it."""

    determinant: URIRef
    direction: URIRef
    sides: frozenset[URIRef]
    groups: frozenset[URIRef]
    strongest: frozenset[URIRef]
    is_context: bool


def innovations(store: Store) -> list[Ref]:
    """Return the innovations that some finding with a direction is about, by label."""
    rows = store.select(f"PREFIX trop: <{prefixes.ONTOLOGY}> SELECT DISTINCT ?i WHERE {{ "
                        "?finding trop:hasDirection ?direction ; trop:concernsInnovation ?i }").rows
    names = describe.labels(store, {row[0] for row in rows})
    return sorted((Ref(each, name) for each, name in names.items()), key=lambda ref: ref.label.casefold())


def lens(store: Store, innovation: URIRef) -> Lens:
    """Return the lens of `innovation`. Raises UsageError for one that no finding is about, listing the others."""
    known = innovations(store)
    if innovation not in {each.iri for each in known}:
        listed = ", ".join(prefixes.shorten(each.iri) for each in known) or "none in this store"
        raise UsageError(f"No finding with a direction is about {prefixes.shorten(innovation)}; the innovations are: {listed}.")
    said = _said(store, innovation)
    groups, silent = _groups(store)
    parts = [part for part in frameworks.parts(store) if part.ref.iri in _SIDES]
    names = describe.labels(store, {innovation, *said, *DIRECTIONS, *(each.determinant for each in said.values())})
    homes = {row.ref.iri: part.ref.iri for part in parts for row in part.rows}
    sides = tuple(_side(part, said, homes, names, groups) for part in parts)
    return Lens(Ref(innovation, names[innovation]), groups, silent, sides)


def _said(store: Store, innovation: URIRef) -> dict[URIRef, _Said]:
    table = store.select(f"""
        PREFIX trop: <{prefixes.ONTOLOGY}> PREFIX prov: <{prefixes.NAMESPACES["prov"]}>
        SELECT DISTINCT ?finding ?determinant ?direction ?side ?group ?strongest ?confidence WHERE {{
          VALUES ?innovation {{ <{innovation}> }}
          ?finding trop:concernsInnovation ?innovation ; trop:concernsConstruct ?determinant ; trop:hasDirection ?direction .
          FILTER NOT EXISTS {{ ?newer prov:wasRevisionOf ?finding }}
          OPTIONAL {{ ?finding trop:concernsContextSide ?side }} OPTIONAL {{ ?finding trop:concernsAdopterCategory ?group }}
          OPTIONAL {{ ?finding trop:isStrongestFor ?strongest }} OPTIONAL {{ ?finding trop:hasConfidence ?confidence }} }}""")
    rows: defaultdict[URIRef, list[Sequence[URIRef]]] = defaultdict(list)
    for finding, *values in table.rows:
        rows[finding].append(values)
    return {finding: _merged(each) for finding, each in rows.items()}


def _merged(rows: Sequence[Sequence[URIRef]]) -> _Said:
    columns = [frozenset(column) - {None} for column in zip(*rows)]
    determinant, direction, sides, groups, strongest, confidence = columns
    return _Said(min(determinant), min(direction), sides, groups | strongest, strongest, _CONTEXT in confidence)


def _groups(store: Store) -> tuple[tuple[Ref, ...], tuple[Ref, ...]]:
    """Return the adopter categories that some finding names, after "no group named", and those that none does."""
    rows = store.select(f"""
        PREFIX trop: <{prefixes.ONTOLOGY}> PREFIX skos: <{prefixes.NAMESPACES["skos"]}>
        SELECT ?group (COUNT(?finding) AS ?n) WHERE {{ ?group skos:inScheme <{NO_GROUP.iri}>
          OPTIONAL {{ ?finding trop:concernsAdopterCategory|trop:isStrongestFor ?group }} }} GROUP BY ?group""").rows
    counts = {group: int(n) for group, n in rows if group is not None}
    names = describe.labels(store, counts)

    def place(group: URIRef) -> tuple[int, str]:
        return (_ADOPTERS.index(group) if group in _ADOPTERS else len(_ADOPTERS), names[group])

    ordered = [Ref(each, names[each]) for each in sorted(counts, key=place)]
    return (NO_GROUP, *(each for each in ordered if counts[each.iri])), tuple(each for each in ordered if not counts[each.iri])


def _side(part: frameworks.Part, said: Mapping[URIRef, _Said], homes: Mapping[URIRef, URIRef], names: Mapping[URIRef, str],
          groups: Iterable[Ref]) -> Side:
    side = _SIDES[part.ref.iri]
    here = {finding: each for finding, each in said.items()
            if side in each.sides or (not each.sides and homes.get(each.determinant) == part.ref.iri)}
    own = [row for row in part.rows if row.ref.iri != part.ref.iri]
    listed = {row.ref.iri for row in own}
    guests = sorted({each.determinant for each in here.values()} - listed, key=lambda each: names[each].casefold())
    rows = [(row.ref, row.depth - 1) for row in own] + [(Ref(each, names[each]), 0) for each in guests]
    return Side(part.ref, tuple(Row(ref, depth, {group.iri: _signs(ref.iri, group.iri, here, names) for group in groups})
                                for ref, depth in rows))


def _signs(determinant: URIRef, group: URIRef, here: Mapping[URIRef, _Said], names: Mapping[URIRef, str]) -> tuple[Sign, ...]:
    found = [(finding, each) for finding, each in sorted(here.items()) if each.determinant == determinant
             and (group in each.groups if each.groups else group == NO_GROUP.iri)]
    found.sort(key=lambda pair: DIRECTIONS.index(pair[1].direction) if pair[1].direction in DIRECTIONS else len(DIRECTIONS))
    return tuple(Sign(Ref(finding, names[finding]), Ref(each.direction, names.get(each.direction, str(each.direction))),
                      group in each.strongest, each.is_context, not each.sides) for finding, each in found)


def as_table(seen: Lens) -> Table:
    """Return one row per innovation, side, determinant, group and finding; a silent cell has a row that says so."""
    columns = ("innovation", "side", "determinant", "determinantIri", "group", "direction", "strongest", "contextSource",
               "sideFromFramework", "finding", "findingIri")
    rows: list[tuple[URIRef | Literal | None, ...]] = []
    for side in seen.sides:
        for row in side.rows:
            for group in seen.groups:
                head = (Literal(seen.innovation.label), Literal(side.ref.label), Literal(row.determinant.label), row.determinant.iri,
                        Literal(group.label))
                rows += [(*head, Literal(sign.direction.label), *(Literal("yes" if each else "no") for each in
                          (sign.is_strongest, sign.is_context, sign.is_placed)), Literal(sign.finding.label), sign.finding.iri)
                         for sign in row.cells[group.iri]]
                if not row.cells[group.iri]:
                    rows.append((*head, Literal("silent"), None, None, None, None, None))
    return Table(columns, tuple(rows))
