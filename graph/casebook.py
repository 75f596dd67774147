"""One case in one reading: its facts, what was found part by part, who works in it, on which sources, and what is not coded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import URIRef

from graph import browsing, comparison, describe, frameworks, prefixes
from graph.browsing import Item, Source
from graph.comparison import NOT_CODED, Subject
from graph.describe import Ref
from graph.prefixes import BASE, TROP
from graph.store import Store

_ASPECTS = ("aim", "origin", "scope", "structure", "steering", "actors", "funding", "legal-basis", "timeline", "operation", "change",
            "result", "membership", "method")  # what a reader asks first comes first
_CONTEXT = URIRef(f"{BASE}concept/confidence/context")
_PREFIXES = "".join(f"PREFIX {each}: <{prefixes.NAMESPACES[each]}>\n" for each in ("trop", "rdfs", "org", "dcterms"))


@dataclass(frozen=True)
class Section:
    """What was found under one heading: an aspect of facts, or a part of a framework."""

    ref: Ref
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Member:
    """An organisation or person in the collaboration of a case, its roles there, and the passages that say so."""

    agent: Ref
    roles: tuple[Ref, ...]
    passages: tuple[Ref, ...]


@dataclass(frozen=True)
class Gap:
    """The constructs of one part of the framework that are not coded in a case, of how many."""

    part: Ref
    missing: tuple[Ref, ...]
    of: int


@dataclass(frozen=True)
class Casebook:
    """What is known of one case.

    `facts` and `parts` rest on sources of the study; what context sources tell stands apart in `context`. `sets` counts the
    findings over each case set the case belongs to, which are not told of the case. `others` are the cases of those sets.
    """

    subject: Subject
    facts: tuple[Section, ...]
    parts: tuple[Section, ...]
    context: tuple[Item, ...]
    members: tuple[Member, ...]
    sources: tuple[Source, ...]
    gaps: tuple[Gap, ...]
    sets: tuple[tuple[Ref, int], ...]
    others: tuple[Ref, ...]

    @property
    def findings(self) -> int:
        """How many findings are about this case alone."""
        listed = (item for section in (*self.facts, *self.parts) for item in section.items)
        return len({item.finding.iri for item in (*listed, *self.context)})


def is_case(store: Store, iri: URIRef) -> bool:
    """Say whether `iri` is a case of any kind."""
    return store.ask(f"{_PREFIXES} ASK {{ <{iri}> a ?kind . ?kind rdfs:subClassOf* trop:Case }}")


def casebook(store: Store, case: URIRef) -> Casebook:
    """Return what is known of `case`, a case in the store."""
    known = comparison.subjects(store)
    subject = next(each for each in known if each.ref.iri == case)
    items = browsing.items(store, _findings(store, case))
    own = [item for item in items if not _is_context(item)]
    aspects = frameworks.aspects(store)
    facts = _by_aspect(own, {row.ref.iri for row in aspects.rows} if aspects else set())
    listed = {item.finding.iri for section in facts for item in section.items}
    return Casebook(
        subject=subject, facts=facts, parts=_by_part(store, subject, [each for each in own if each.finding.iri not in listed]),
        context=tuple(item for item in items if _is_context(item)), members=_members(store, case),
        sources=_sources(store, items), gaps=_gaps(store, subject), sets=_sets(store, subject, known),
        others=tuple(each.ref for each in known if each.sets & subject.sets and each != subject),
    )


def _findings(store: Store, case: URIRef) -> list[URIRef]:
    rows = store.select(f"SELECT DISTINCT ?finding WHERE {{ ?finding <{TROP.concernsCase}> <{case}> }} ORDER BY ?finding").rows
    return [row[0] for row in rows]


def _is_context(item: Item) -> bool:
    return any(each.iri == _CONTEXT for each in item.confidence)


def _by_aspect(items: Iterable[Item], aspects: set[URIRef]) -> tuple[Section, ...]:
    found: defaultdict[Ref, list[Item]] = defaultdict(list)
    for item in items:
        for ref in item.about:
            if ref.iri in aspects:
                found[ref].append(item)
                break
    return tuple(Section(ref, tuple(found[ref])) for ref in sorted(found, key=_aspect_place))


def _aspect_place(ref: Ref) -> tuple[int, str]:
    slug = ref.iri.rpartition("/")[2]
    return (_ASPECTS.index(slug) if slug in _ASPECTS else len(_ASPECTS), ref.label)


def _by_part(store: Store, subject: Subject, items: Iterable[Item]) -> tuple[Section, ...]:
    """Return the parts of the frameworks of the study, empty ones too, other parts where something was found, then the rest."""
    items, sections = list(items), []
    for part in frameworks.parts(store):
        inside = {row.ref.iri for row in part.rows}
        found = tuple(item for item in items if any(ref.iri in inside for ref in item.about))
        items = [item for item in items if item not in found]
        if found or part.framework.iri in subject.frameworks:
            sections.append(Section(part.ref, found))
    rest = [Section(Ref(TROP.Finding, "other findings"), tuple(items))] if items else []
    return (*sections, *rest)


def _members(store: Store, case: URIRef) -> tuple[Member, ...]:
    table = store.select(f"""{_PREFIXES}
        SELECT DISTINCT ?agent ?role ?passage WHERE {{
          <{case}> trop:hasCollaboration ?collaboration . ?membership org:organization ?collaboration ; org:member ?agent
          OPTIONAL {{ ?membership org:role ?role }} OPTIONAL {{ ?membership dcterms:source ?passage }} }}""")
    names = describe.labels(store, {term for row in table.rows for term in row} - {None})
    found: defaultdict[URIRef, tuple[set[URIRef], set[URIRef]]] = defaultdict(lambda: (set(), set()))
    for agent, role, passage in table.rows:
        found[agent][0].update({role} - {None})
        found[agent][1].update({passage} - {None})
    members = [Member(Ref(agent, names[agent]), *(_refs(each, names) for each in columns)) for agent, columns in found.items()]
    return tuple(sorted(members, key=lambda each: ([ref.label for ref in each.roles] or ["~"], each.agent.label.casefold())))


def _refs(iris: Iterable[URIRef], names: Mapping[URIRef, str]) -> tuple[Ref, ...]:
    return tuple(sorted((Ref(iri, names[iri]) for iri in iris), key=lambda ref: ref.label.casefold()))


def _sources(store: Store, items: Iterable[Item]) -> tuple[Source, ...]:
    """Return the sources behind `items`, with the passages and findings of this case alone."""
    passages: defaultdict[URIRef, set[URIRef]] = defaultdict(set)
    findings: Counter[URIRef] = Counter()
    for item in items:
        for passage in item.passages:
            if passage.source:
                passages[passage.source.iri].add(passage.ref.iri)
        findings.update({passage.source.iri for passage in item.passages if passage.source})
    known = [each for each in browsing.sources(store) if each.ref.iri in findings]
    own = [Source(each.ref, each.year, each.access, each.citation, len(passages[each.ref.iri]), findings[each.ref.iri]) for each in known]
    return tuple(sorted(own, key=lambda each: (-each.findings, each.ref.label.casefold())))


def _gaps(store: Store, subject: Subject) -> tuple[Gap, ...]:
    """Return what of the frameworks of its studies is not coded in the case; nothing where they use none kept here."""
    if not subject.frameworks:
        return ()
    compared = comparison.compare(store, [subject.ref.iri])
    return tuple(
        Gap(part.ref, tuple(row.ref for row in part.rows if compared.cell(row.ref.iri, subject.ref.iri).state == NOT_CODED), len(part.rows))
        for part in compared.parts
    )


def _sets(store: Store, subject: Subject, known: Iterable[Subject]) -> tuple[tuple[Ref, int], ...]:
    rows = store.select(f"SELECT ?set (COUNT(DISTINCT ?finding) AS ?n) WHERE {{ ?finding <{TROP.concernsCaseSet}> ?set }} GROUP BY ?set").rows
    counts = {each: int(n) for each, n in rows}
    return tuple((each.ref, counts.get(each.ref.iri, 0)) for each in known if each.is_set and each.ref.iri in subject.sets)
