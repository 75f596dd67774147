"""A finding in one look: what it says, of what, on which evidence, how sure it is, who coded it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS, PROV

from graph import describe, prefixes, sentences
from graph.describe import Ref, Thing, Value
from graph.prefixes import TROP
from graph.store import Store, Table

_OA = prefixes.NAMESPACES["oa"]
_FURTHERS, _HINDERS, _UNSTATED = (f"{prefixes.BASE}concept/direction/{each}" for each in ("furthers", "hinders", "unstated"))
_FACETS = (
    ("Case", TROP.concernsCase), ("Case set", TROP.concernsCaseSet),
    ("Project", TROP.concernsProject), ("How many of them", TROP.hasQuantifier),
    ("Construct", TROP.concernsConstruct), ("Rating", TROP.hasRating), ("Direction", TROP.hasDirection),
    ("Strength", TROP.hasSalience), ("Responds to", TROP.respondsTo), ("Leads to", TROP.leadsTo),
    ("Works together with", TROP.interactsWith), ("Innovation", TROP.concernsInnovation),
    ("Adopter groups", TROP.concernsAdopterCategory), ("Strongest for", TROP.isStrongestFor),
    ("Phase", TROP.concernsPhase), ("Governance level", TROP.concernsGovernanceLevel),
    ("Context", TROP.concernsContextSide), ("Aspect", TROP.hasAspect), ("Quantity", TROP.quantity), ("Unit", TROP.unit),
    ("From", TROP.startYear), ("Until", TROP.endYear), ("Revises", PROV.wasRevisionOf),
)


@dataclass(frozen=True)
class Evidence:
    """A passage a finding rests on, and the source it stands in."""

    passage: Ref
    paraphrases: tuple[str, ...]
    quotes: tuple[str, ...]
    locators: tuple[str, ...]
    source: Ref | None
    citation: str | None
    links: tuple[URIRef, ...]
    access: Ref | None


@dataclass(frozen=True)
class Coding:
    """The sitting a finding was made in."""

    activity: Ref
    coders: tuple[Ref, ...]
    ended: str | None
    codebooks: tuple[Ref, ...]


@dataclass(frozen=True)
class Objection:
    """A thing that speaks against a finding, agrees with it or is built on it, and in what way."""

    finding: Ref
    why: str


@dataclass(frozen=True)
class Card:
    """What the page of a finding shows before anything else."""

    statements: tuple[Value, ...]
    facets: tuple[tuple[str, tuple[Value, ...]], ...]
    rationales: tuple[Value, ...]
    mechanisms: tuple[Value, ...]
    confidence: tuple[tuple[Ref, str | None], ...]
    evidence: tuple[Evidence, ...]
    codings: tuple[Coding, ...]
    against: tuple[Objection, ...]
    agreeing: tuple[Objection, ...]
    built_on: tuple[Objection, ...]
    heading: tuple[sentences.Part, ...]
    is_over_a_set: bool


def is_finding(store: Store, iri: URIRef) -> bool:
    """Say whether `iri` is a finding of any kind."""
    return store.ask(f"PREFIX rdfs: <{prefixes.NAMESPACES['rdfs']}> "
                     f"ASK {{ <{iri}> a ?kind . ?kind rdfs:subClassOf* <{TROP.Finding}> }}")


def card(store: Store, thing: Thing) -> Card:
    """Return the card of a finding described by `thing`."""
    facets = ((heading, thing.values(wanted)) for heading, wanted in _FACETS)
    return Card(
        statements=thing.values(TROP.statement),
        facets=tuple((heading, values) for heading, values in facets if values),
        rationales=thing.values(TROP.rationale),
        mechanisms=thing.values(TROP.mechanism),
        confidence=_with_definitions(store, thing.values(TROP.hasConfidence)),
        evidence=tuple(_evidence(store, ref) for ref in _refs(thing.values(TROP.hasEvidence))),
        codings=tuple(_coding(store, ref) for ref in _refs(thing.values(PROV.wasGeneratedBy))),
        against=_against(store, thing.iri),
        agreeing=_agreeing(store, thing.iri),
        built_on=_built_on(store, thing.iri),
        heading=sentences.sentence(thing),
        is_over_a_set=sentences.is_over_a_set(thing),
    )


def _against(store: Store, iri: URIRef) -> tuple[Objection, ...]:
    """Return what speaks against a finding: what conflicts with it, revises it, or says the opposite of the same thing."""
    table = store.select(f"""
        PREFIX trop: <{prefixes.ONTOLOGY}>
        PREFIX prov: <{PROV}>
        SELECT DISTINCT ?other ?why WHERE {{
          VALUES ?this {{ <{iri}> }}
          {{ ?this trop:conflictsWith|^trop:conflictsWith ?other . BIND("it is in conflict with this one" AS ?why) }}
          UNION {{ ?other prov:wasRevisionOf ?this . BIND("it revises this one" AS ?why) }}
          UNION {{
            VALUES (?direction ?opposite) {{ (<{_FURTHERS}> <{_HINDERS}>) (<{_HINDERS}> <{_FURTHERS}>) }}
            ?this trop:hasDirection ?direction ; trop:concernsConstruct ?construct ; trop:concernsInnovation ?innovation .
            ?other trop:hasDirection ?opposite ; trop:concernsConstruct ?construct ; trop:concernsInnovation ?innovation .
            BIND("it gives the opposite direction for the same determinant and innovation" AS ?why)
          }} UNION {{
            ?this trop:hasRating ?rating ; trop:concernsConstruct ?construct ; trop:concernsCase ?case .
            ?other trop:hasRating ?different ; trop:concernsConstruct ?construct ; trop:concernsCase ?case .
            FILTER(?different != ?rating)
            BIND("it gives another rating for the same construct and case" AS ?why)
          }}
        }} ORDER BY ?other""")
    return _related(store, table)


def _agreeing(store: Store, iri: URIRef) -> tuple[Objection, ...]:
    """Return the findings that say the same: of the same case or case set, or of one case of the set this one is about."""
    table = store.select(f"""
        PREFIX trop: <{prefixes.ONTOLOGY}>
        SELECT DISTINCT ?other ?why WHERE {{
          VALUES ?this {{ <{iri}> }}
          {{ ?this trop:hasDirection ?same ; trop:concernsConstruct ?construct ; trop:concernsInnovation ?innovation .
            ?other trop:hasDirection ?same ; trop:concernsConstruct ?construct ; trop:concernsInnovation ?innovation .
            BIND("it gives the same direction for the same determinant and innovation" AS ?why)
          }} UNION {{
            ?this trop:hasRating ?same ; trop:concernsConstruct ?construct ; trop:concernsCase|trop:concernsCaseSet ?where .
            ?other trop:hasRating ?same ; trop:concernsConstruct ?construct ; trop:concernsCase|trop:concernsCaseSet ?where .
            BIND("it gives the same rating for the same construct in the same place" AS ?why)
          }} UNION {{
            ?this trop:hasRating ?same ; trop:concernsConstruct ?construct ; trop:concernsCaseSet ?set .
            ?other trop:hasRating ?same ; trop:concernsConstruct ?construct ; trop:concernsCase/trop:partOfCaseSet ?set .
            BIND("it gives the same rating in one case of the set, which illustrates it" AS ?why)
          }}
          FILTER(?other != ?this && ?same != <{_UNSTATED}>)
        }} ORDER BY ?other""")
    return _related(store, table)


def _built_on(store: Store, iri: URIRef) -> tuple[Objection, ...]:
    """Return what rests on a finding: propositions, guidelines, and the finding that it revises."""
    table = store.select(f"""
        PREFIX trop: <{prefixes.ONTOLOGY}>
        PREFIX prov: <{PROV}>
        SELECT DISTINCT ?other ?why WHERE {{
          VALUES ?this {{ <{iri}> }}
          {{ ?other trop:formulatedFrom ?this . BIND("a proposition formulated from it" AS ?why) }}
          UNION {{ ?other trop:isGroundedIn ?this . BIND("a guideline grounded in it" AS ?why) }}
          UNION {{ ?this prov:wasRevisionOf ?other . BIND("an earlier finding that it revises" AS ?why) }}
        }} ORDER BY ?other""")
    return _related(store, table)


def _related(store: Store, table: Table) -> tuple[Objection, ...]:
    names = describe.labels(store, {row[0] for row in table.rows})
    return tuple(Objection(Ref(other, names[other]), str(why)) for other, why in table.rows)


def _refs(values: Iterable[Value]) -> list[Ref]:
    return [Ref(value.term, value.label or str(value.term)) for value in values if isinstance(value.term, URIRef)]


def _with_definitions(store: Store, values: tuple[Value, ...]) -> tuple[tuple[Ref, str | None], ...]:
    refs = _refs(values)
    meanings = describe.definitions(store, [ref.iri for ref in refs])
    return tuple((ref, meanings.get(ref.iri)) for ref in refs)


def _evidence(store: Store, passage: Ref) -> Evidence:
    graph = _described(store, passage.iri)
    source_iri = _first(graph, passage.iri, URIRef(_OA + "hasSource"))
    source = _described(store, source_iri) if source_iri is not None else Graph()
    return Evidence(
        passage=passage,
        paraphrases=_texts(graph, passage.iri, TROP.paraphrase),
        quotes=tuple(sorted(map(str, graph.objects(None, URIRef(_OA + "exact"))))),
        locators=_texts(graph, passage.iri, TROP.locator),
        source=_named(store, source_iri),
        citation=next(iter(_texts(source, source_iri, DCTERMS.bibliographicCitation)), None),
        links=tuple(sorted(each for each in source.objects(source_iri, DCAT.landingPage) if isinstance(each, URIRef))),
        access=_named(store, _first(source, source_iri, TROP.hasAccessStatus)),
    )


def _coding(store: Store, activity: Ref) -> Coding:
    graph = _described(store, activity.iri)
    coders, books = (
        tuple(_named(store, iri) for iri in sorted(graph.objects(activity.iri, each)) if isinstance(iri, URIRef))
        for each in (PROV.wasAssociatedWith, TROP.followsCodebook)
    )
    return Coding(activity, coders, next(iter(_texts(graph, activity.iri, PROV.endedAtTime)), None), books)


def _described(store: Store, iri: URIRef) -> Graph:
    """Return what is said of `iri`, an empty graph where nothing is: a card shows a gap, it does not fail over it."""
    return describe.describe(store, iri) if describe.exists(store, iri) else Graph()


def _named(store: Store, iri: URIRef | None) -> Ref | None:
    return None if iri is None else Ref(iri, describe.label(store, iri))


def _first(graph: Graph, subject: URIRef | None, wanted: URIRef) -> URIRef | None:
    if subject is None:
        return None
    return next((each for each in sorted(graph.objects(subject, wanted)) if isinstance(each, URIRef)), None)


def _texts(graph: Graph, subject: URIRef | None, wanted: URIRef) -> tuple[str, ...]:
    return tuple(sorted(map(str, graph.objects(subject, wanted)))) if subject is not None else ()
