"""The matrix of cases by constructs: what was found of each construct in each case, and what was not.

Every cell has one of five states, because an empty cell would say nothing:

- rated: findings give the construct a rating, or a determinant a direction, and do not contradict one another;
- fact: findings speak of it and rate nothing (a context fact, or a construct named by a finding on another one);
- contradictory: two findings give it different ratings or opposite directions, or are said to be in conflict;
- not coded: no finding; this is not the same as absent, which is a rating;
- not applicable: no finding, and the study of the case describes its cases by another framework.

What is said of a set of cases stands in columns of its own and is never told of a case. A revised finding does not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from rdflib import URIRef

from graph import describe, frameworks, prefixes
from graph.describe import Ref
from graph.errors import UsageError
from graph.frameworks import Part, Row
from graph.prefixes import BASE, TROP
from graph.store import Store

RATED, FACT, CONTRADICTORY, NOT_CODED, NOT_APPLICABLE = STATES = (
    "rated", "fact", "contradictory", "not coded", "not applicable")
NAMING = (TROP.concernsConstruct, TROP.respondsTo, TROP.leadsTo, TROP.interactsWith, TROP.hasAspect)
TEN_CASES = URIRef(BASE + "id/case-set/tropico-ten-cases")
_CONTEXT = URIRef(f"{BASE}concept/confidence/context")
_FURTHERS, _HINDERS = (URIRef(f"{BASE}concept/direction/{each}") for each in ("furthers", "hinders"))
_PREFIXES = "".join(f"PREFIX {each}: <{prefixes.NAMESPACES[each]}>\n" for each in ("trop", "rdfs", "dcterms", "prov", "skos"))


@dataclass(frozen=True)
class Subject:
    """A column: a case, or a set of cases (`is_set`). `frameworks` are those of its studies, `places` its countries or kind."""

    ref: Ref
    is_set: bool
    places: tuple[Ref, ...]
    frameworks: frozenset[URIRef]
    studies: frozenset[URIRef]
    sets: frozenset[URIRef] = frozenset()


@dataclass(frozen=True)
class Mark:
    """What one finding says of a construct: its rating or direction, neither where it only names it.

    `is_context`: it rests on a source that is about the case and not of the study.
    """

    finding: Ref
    rating: Ref | None = None
    direction: Ref | None = None
    quantifier: Ref | None = None
    innovations: frozenset[URIRef] = frozenset()
    is_fact: bool = False
    is_context: bool = False


@dataclass(frozen=True)
class Cell:
    """What is known of one construct in one case or case set.

    `words` say it; `below` counts the findings on narrower constructs where there is none on this one.
    """

    state: str
    words: str
    marks: tuple[Mark, ...] = ()
    below: int = 0


@dataclass(frozen=True)
class Comparison:
    """The chosen cases, the sets that say something of the chosen constructs, the constructs by part, and a cell for each pair."""

    cases: tuple[Subject, ...]
    sets: tuple[Subject, ...]
    parts: tuple[Part, ...]
    cells: Mapping[tuple[URIRef, URIRef], Cell] = field(repr=False)

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """All columns, the cases first."""
        return (*self.cases, *self.sets)

    @property
    def rows(self) -> tuple[Row, ...]:
        """All constructs in their order."""
        return tuple(row for part in self.parts for row in part.rows)

    def cell(self, construct: URIRef, subject: URIRef) -> Cell:
        """Return the cell of `construct` and `subject`."""
        return self.cells[construct, subject]

    def counts(self) -> dict[str, int]:
        """Return how many cells of single cases there are of each state."""
        states = [self.cells[row.ref.iri, case.ref.iri].state for row in self.rows for case in self.cases]
        return {state: states.count(state) for state in STATES}


def compare(store: Store, cases: Sequence[URIRef] = (), constructs: Sequence[URIRef] = ()) -> Comparison:
    """Return the matrix of `cases` by `constructs` (constructs of a framework, or aspects of facts).

    Without cases: the ten cases of TROPICO, all cases of a store without them. Without constructs: those of the frameworks
    that the studies of the cases use; where they use none, those of the frameworks that findings on the cases speak of. Raises UsageError for a case or construct that is not in the store.
    """
    known = subjects(store)
    chosen = _chosen_cases([each for each in known if not each.is_set], cases)
    parts = _chosen_parts(store, chosen, constructs)
    near = [each for each in known if each.is_set and _is_near(each, chosen)]
    marks = _marks(store, [*chosen, *near], [row.ref.iri for part in parts for row in part.rows])
    spoken = {subject for _, subject in marks}
    sets = tuple(each for each in near if each.ref.iri in spoken)
    return Comparison(chosen, sets, parts, _cells(store, (*chosen, *sets), parts, marks))


def _chosen_cases(known: Sequence[Subject], wanted: Sequence[URIRef]) -> tuple[Subject, ...]:
    unknown = set(wanted) - {each.ref.iri for each in known}
    if unknown:
        raise UsageError(f"There is no case {prefixes.shorten(min(unknown))}; choose among those at /cases.")
    if wanted:
        return tuple(each for each in known if each.ref.iri in set(wanted))
    return tuple(each for each in known if TEN_CASES in each.sets) or tuple(known)


def _chosen_parts(store: Store, cases: Iterable[Subject], wanted: Sequence[URIRef]) -> tuple[Part, ...]:
    known = choices(store)
    unknown = set(wanted) - {row.ref.iri for part in known for row in part.rows}
    if unknown:
        raise UsageError(f"{prefixes.shorten(min(unknown))} is no construct of a framework and no aspect of facts; "
                         "choose with the form at /compare.")
    if wanted:
        kept = (Part(part.ref, part.framework, tuple(row for row in part.rows if row.ref.iri in set(wanted))) for part in known)
        return tuple(part for part in kept if part.rows)
    rated = [part for part in known if part.ref.iri != frameworks.ASPECTS]
    used = {each for case in cases for each in case.frameworks} or _spoken_of(store, cases, rated)
    return tuple(part for part in rated if part.framework.iri in used) or tuple(rated)


def _spoken_of(store: Store, cases: Iterable[Subject], parts: Iterable[Part]) -> set[URIRef]:
    """Return the frameworks that have a construct of which a finding on `cases` speaks."""
    homes = {row.ref.iri: part.framework.iri for part in parts for row in part.rows}
    return {homes[construct] for construct, _ in _marks(store, cases, homes)}


def choices(store: Store) -> list[Part]:
    """Return every part whose constructs can be chosen: those of the frameworks, then the aspects of facts."""
    aspects = frameworks.aspects(store)
    return [*frameworks.parts(store), *([aspects] if aspects else [])]


def _is_near(case_set: Subject, cases: Iterable[Subject]) -> bool:
    """Say whether a case set belongs to a study of one of `cases`, or holds one of them."""
    return any(case_set.ref.iri in case.sets or case_set.studies & case.studies for case in cases)


# -- cases and case sets ----------------------------------------------------------------------------------------------


def subjects(store: Store) -> list[Subject]:
    """Return every case, by country and name, then every case set by name."""
    table = store.select(f"""{_PREFIXES}
        SELECT DISTINCT ?this ?set ?country ?study ?framework WHERE {{
          {{ ?kind rdfs:subClassOf* trop:Case . ?this a ?kind OPTIONAL {{ ?this trop:partOfCaseSet ?set }}
             OPTIONAL {{ ?this dcterms:spatial ?country }} }}
          UNION {{ ?this a trop:CaseSet BIND(?this AS ?set) }}
          OPTIONAL {{ ?set trop:studiedIn ?study OPTIONAL {{ ?study trop:usesFramework ?framework }} }} }}""")
    found: defaultdict[URIRef, tuple[set[URIRef], ...]] = defaultdict(lambda: (set(), set(), set(), set()))
    for this, *values in table.rows:
        for column, value in zip(found[this], values):
            column.update({value} - {None})
    names = describe.labels(store, {*found, *(country for columns in found.values() for country in columns[1])})
    return sorted((_subject(this, columns, names) for this, columns in found.items()), key=_by_place)


def _subject(this: URIRef, columns: tuple[set[URIRef], ...], names: Mapping[URIRef, str]) -> Subject:
    sets, countries, studies, used = columns
    places = tuple(sorted((Ref(each, names[each]) for each in countries), key=lambda ref: ref.label))
    return Subject(Ref(this, names[this]), this in sets, places, frozenset(used), frozenset(studies), frozenset(sets - {this}))


def _by_place(subject: Subject) -> tuple[object, ...]:
    return (subject.is_set, [place.label for place in subject.places], subject.ref.label.casefold())


# -- what the findings say --------------------------------------------------------------------------------------------

Marks = Mapping[tuple[URIRef, URIRef], Sequence[Mark]]


def _marks(store: Store, columns: Iterable[Subject], constructs: Iterable[URIRef]) -> Marks:
    """Return the marks of each construct and subject that has any."""
    listed = [" ".join(f"<{each}>" for each in group) for group in ([c.ref.iri for c in columns], constructs, NAMING)]
    table = store.select(f"""{_PREFIXES}
        SELECT DISTINCT ?construct ?subject ?finding ?link ?rating ?direction ?quantifier ?confidence ?innovation WHERE {{
          VALUES ?subject {{ {listed[0]} }} VALUES ?construct {{ {listed[1]} }} VALUES ?link {{ {listed[2]} }}
          ?finding trop:concernsCase|trop:concernsCaseSet ?subject ; ?link ?construct .
          FILTER NOT EXISTS {{ ?newer prov:wasRevisionOf ?finding }}
          OPTIONAL {{ ?finding trop:hasRating ?rating }} OPTIONAL {{ ?finding trop:hasDirection ?direction }}
          OPTIONAL {{ ?finding trop:hasQuantifier ?quantifier }} OPTIONAL {{ ?finding trop:hasConfidence ?confidence }}
          OPTIONAL {{ ?finding trop:concernsInnovation ?innovation }} }}""")
    names = describe.labels(store, {term for row in table.rows for term in (row[2], *row[4:7])} - {None})
    merged: dict[tuple[URIRef, URIRef], dict[URIRef, Mark]] = defaultdict(dict)
    for construct, subject, finding, link, *said, confidence, innovation in sorted(table.rows, key=lambda row: row[3] != NAMING[0]):
        known = merged[construct, subject].get(finding)
        refs = [Ref(each, names[each]) if each is not None else None for each in said]
        mark = known or _mark(Ref(finding, names[finding]), link, refs, confidence == _CONTEXT)
        merged[construct, subject][finding] = _about(mark, innovation)
    return {key: sorted(found.values(), key=lambda mark: mark.finding.iri) for key, found in merged.items()}


def _mark(finding: Ref, link: URIRef, said: Sequence[Ref | None], is_context: bool) -> Mark:
    if link == TROP.concernsConstruct:
        return Mark(finding, *said, is_context=is_context)
    return Mark(finding, quantifier=said[2], is_fact=link == TROP.hasAspect, is_context=is_context)


def _about(mark: Mark, innovation: URIRef | None) -> Mark:
    if innovation is None:
        return mark
    return replace(mark, innovations=mark.innovations | {innovation})


def _cells(store: Store, columns: Iterable[Subject], parts: Iterable[Part], marks: Marks) -> dict[tuple[URIRef, URIRef], Cell]:
    conflicts = _conflicts(store) if marks else frozenset()
    cells = {}
    for part in parts:
        for at, row in enumerate(part.rows):
            narrower = _narrower(part.rows, at)
            for subject in columns:
                key = (row.ref.iri, subject.ref.iri)
                below = {mark.finding for each in narrower for mark in marks.get((each, subject.ref.iri), ())}
                cells[key] = _cell(marks.get(key, ()), conflicts, _applies(part, subject), len(below))
    return cells


def _narrower(rows: Sequence[Row], at: int) -> list[URIRef]:
    found = []
    for row in rows[at + 1:]:
        if row.depth <= rows[at].depth:
            break
        found.append(row.ref.iri)
    return found


def _applies(part: Part, subject: Subject) -> bool:
    """Say whether the construct can be asked of the subject: its study uses the framework, or none that is kept here."""
    return part.ref.iri == frameworks.ASPECTS or not subject.frameworks or part.framework.iri in subject.frameworks


def _conflicts(store: Store) -> frozenset[frozenset[URIRef]]:
    rows = store.select(f"SELECT ?one ?other WHERE {{ ?one <{TROP.conflictsWith}> ?other }}").rows
    return frozenset(map(frozenset, rows))


def _cell(marks: Sequence[Mark], conflicts: frozenset[frozenset[URIRef]], applies: bool, below: int) -> Cell:
    if not marks:
        return Cell(NOT_CODED, NOT_CODED, below=below) if applies or below else Cell(NOT_APPLICABLE, NOT_APPLICABLE)
    if any(_contradict(one, other, conflicts) for one, other in combinations(marks, 2)):
        said = " / ".join(sorted({word for mark in marks if (word := _word(mark))}))
        return Cell(CONTRADICTORY, f"{CONTRADICTORY}: {said}" if said else CONTRADICTORY, tuple(marks))
    words = list(dict.fromkeys(word for mark in marks if (word := _word(mark))))
    if words:
        return Cell(RATED, "; ".join(words), tuple(marks))
    facts = sum(mark.is_fact for mark in marks)
    counted = f"{facts} fact{'s' if facts != 1 else ''}" if facts else "named"
    return Cell(FACT, counted, tuple(marks))


def _word(mark: Mark) -> str:
    """Return what a mark says in words, "" where it says neither a rating nor a direction."""
    said = mark.rating or mark.direction
    if said is None:
        return ""
    share = f", {mark.quantifier.label}" if mark.quantifier else ""
    return f"{said.label}{share}{' (context source)' if mark.is_context else ''}"


def _contradict(one: Mark, other: Mark, conflicts: frozenset[frozenset[URIRef]]) -> bool:
    """Say whether two marks cannot both hold: of the same share of the cases and the same innovation, but told otherwise."""
    if frozenset((one.finding.iri, other.finding.iri)) in conflicts:
        return True
    if one.quantifier != other.quantifier:
        return False
    if one.rating and other.rating:
        return one.rating != other.rating
    same = one.innovations & other.innovations or one.innovations == other.innovations
    directions = {mark.direction.iri for mark in (one, other) if mark.direction}
    return bool(same) and directions == {_FURTHERS, _HINDERS}
