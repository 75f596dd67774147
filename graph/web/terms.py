"""What the page of the ontology shows of each class and property: what it means, where it comes from, and who uses it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import URIRef
from rdflib.namespace import DCTERMS, OWL, RDFS, SKOS

from graph import coverage, describe, prefixes
from graph.describe import Ref
from graph.questions import Question
from graph.store import Store

_KINDS = {OWL.Class: "class", OWL.ObjectProperty: "object property", OWL.DatatypeProperty: "data property",
          OWL.AnnotationProperty: "annotation property"}
_RELATIONS = {RDFS.subClassOf: "is a", RDFS.subPropertyOf: "is a kind of", RDFS.domain: "of", RDFS.range: "to",
              DCTERMS.source: "from"}


@dataclass(frozen=True)
class Term:
    """A class or property of the ontology.

    `relations` are its superclasses, domain, sources and so on, by name; `shapes` the shapes that guard it, `questions` those whose
    query names it, `uses` the number of instances of a class or statements of a property, what was inferred included.
    """

    ref: Ref
    anchor: str
    kind: str
    definition: str | None
    example: str | None
    relations: tuple[tuple[str, tuple[Ref, ...]], ...]
    shapes: tuple[Ref, ...]
    questions: tuple[Question, ...]
    uses: int


def terms(store: Store, questions: Iterable[Question]) -> list[Term]:
    """Return the classes and properties of this project's ontology, classes first, each kind by label."""
    kinds = _own_terms(store)
    related, shapes = _related(store, kinds), _shapes(store)
    shown = {*kinds, *(other for relations in related.values() for others in relations.values() for other in others)}
    names = describe.labels(store, {*shown, *(shape for each in shapes.values() for shape in each)})
    meanings, examples = describe.definitions(store, kinds), describe.texts(store, kinds, SKOS.example)
    asked, uses = _asked(questions), _uses(store)

    def described(iri: URIRef) -> Term:
        anchor = iri.removeprefix(prefixes.ONTOLOGY)
        relations = tuple((word, _refs(related[iri][each], names)) for each, word in _RELATIONS.items() if related[iri][each])
        return Term(Ref(iri, names[iri]), anchor, kinds[iri], meanings.get(iri), examples.get(iri), relations,
                    _refs(shapes[iri], names), tuple(asked[anchor]), uses[iri])

    order = list(_KINDS.values())
    return sorted(map(described, kinds), key=lambda term: (order.index(term.kind), term.ref.label.casefold()))


def _own_terms(store: Store) -> dict[URIRef, str]:
    kinds = " ".join(f"<{kind}>" for kind in _KINDS)
    table = store.select(f"""
        SELECT DISTINCT ?term ?kind WHERE {{ VALUES ?kind {{ {kinds} }} ?term a ?kind
          FILTER(STRSTARTS(STR(?term), "{prefixes.ONTOLOGY}")) }}""")
    return {term: _KINDS[kind] for term, kind in table.rows}


def _related(store: Store, iris: Iterable[URIRef]) -> Mapping[URIRef, Mapping[URIRef, list[URIRef]]]:
    """Return what was asserted of each term by the relations shown, by term and relation."""
    listed, relations = (" ".join(f"<{iri}>" for iri in each) for each in (iris, _RELATIONS))
    table = store.select(f"""
        SELECT DISTINCT ?term ?relation ?other WHERE {{ VALUES ?term {{ {listed} }} VALUES ?relation {{ {relations} }}
          GRAPH ?g {{ ?term ?relation ?other }} FILTER(isIRI(?other) && ?g != <{describe.INFERRED}>) }}""")
    related: defaultdict[URIRef, defaultdict[URIRef, list[URIRef]]] = defaultdict(lambda: defaultdict(list))
    for term, relation, other in table.rows:
        related[term][relation].append(other)
    return related


def _shapes(store: Store) -> Mapping[URIRef, list[URIRef]]:
    """Return the named shapes that target a class or whose path is a property."""
    table = store.select(f"""
        PREFIX sh: <{prefixes.NAMESPACES["sh"]}>
        SELECT DISTINCT ?term ?shape WHERE {{ ?shape sh:targetClass|sh:path ?term FILTER(isIRI(?shape) && isIRI(?term)) }}""")
    shapes: defaultdict[URIRef, list[URIRef]] = defaultdict(list)
    for term, shape in table.rows:
        shapes[term].append(shape)
    return shapes


def _asked(questions: Iterable[Question]) -> Mapping[str, list[Question]]:
    asked: defaultdict[str, list[Question]] = defaultdict(list)
    for question in questions:
        for name in coverage.terms_of(question):
            asked[name].append(question)
    return asked


def _uses(store: Store) -> Mapping[URIRef, int]:
    table = store.select("""
        SELECT ?term (SUM(?count) AS ?uses) WHERE {
          { SELECT (?class AS ?term) (COUNT(DISTINCT ?s) AS ?count) WHERE { ?s a ?class } GROUP BY ?class } UNION
          { SELECT (?property AS ?term) (COUNT(*) AS ?count) WHERE { ?s ?property ?o } GROUP BY ?property }
        } GROUP BY ?term""")
    return defaultdict(int, {term: int(uses) for term, uses in table.rows})


def _refs(iris: Iterable[URIRef], names: Mapping[URIRef, str]) -> tuple[Ref, ...]:
    return tuple(sorted((Ref(iri, names[iri]) for iri in iris), key=lambda ref: ref.label.casefold()))
