"""What the graph says about one thing: its statements, its labels, what points at it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS

from graph import prefixes, tables
from graph.errors import NotFound
from graph.prefixes import TROP
from graph.store import Store, Table

Term = URIRef | BNode | Literal

INFERRED = prefixes.graph_name("inferred")
_NAMING = (SKOS.prefLabel, RDFS.label, DCTERMS.title)
_NESTING = 8  # blank nodes below blank nodes: an OWL class expression of two operands goes five deep
_FIRST = tuple(TROP[name] for name in ("statement", "paraphrase", "rationale")) + (SKOS.definition, SKOS.scopeNote)


@dataclass(frozen=True)
class Ref:
    """A thing under its name."""

    iri: URIRef
    label: str


@dataclass(frozen=True)
class Value:
    """One value of a property; `label` names a thing, `parts` are the statements of a blank node."""

    term: Term
    label: str | None = None
    parts: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Group:
    """All values of one property."""

    property: Ref
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Thing:
    """One thing as a page shows it: what was said of it, and apart from that what follows by the ontology."""

    iri: URIRef
    label: str
    types: tuple[Ref, ...]
    asserted: tuple[Group, ...]
    inferred: tuple[Group, ...]
    language: str | None = None  # of the label

    def values(self, wanted: URIRef) -> tuple[Value, ...]:
        """Return the asserted values of the property `wanted`."""
        return next((group.values for group in self.asserted if group.property.iri == wanted), ())


def exists(store: Store, iri: URIRef) -> bool:
    """Say whether the store says anything about `iri`."""
    return _is_sound(iri) and store.ask(f"ASK {{ <{iri}> ?p ?o }}")


def describe(store: Store, iri: URIRef) -> Graph:
    """Return the statements about `iri`, the blank nodes and selectors they lead to, and labels of what they name.

    Raises NotFound where the store says nothing about `iri`.
    """
    this = _reference(iri)
    graph = store.construct(f"""
        PREFIX oa: <http://www.w3.org/ns/oa#>
        CONSTRUCT {{ ?s ?p ?o }} WHERE {{
          {{ BIND({this} AS ?s) ?s ?p ?o }} UNION {{ {this} oa:hasSelector ?s . ?s ?p ?o }} {_nested(this)} }}""")
    if not graph:
        raise NotFound(f"The graph says nothing about {prefixes.shorten(iri)}; look for it under /cases or /questions.")
    named = {term for term in graph.objects() if isinstance(term, URIRef)} - {iri}
    for term, label in _labels_of(store, named).items():
        graph.add((term, *label))
    return graph


def dossier(store: Store, iri: URIRef) -> Graph:
    """Return the description of `iri` with the evidence behind it: what a program that follows its address should get.

    For a case or case set these are the findings that concern it, for each finding the passages it rests on, and for each
    passage its source with title and citation. Raises NotFound where the store says nothing about `iri`.
    """
    graph = describe(store, iri)
    this = _reference(iri)
    findings = [f"?finding trop:{of} {this} ." for of in ("concernsCase", "concernsCaseSet")]
    steps = ("trop:hasEvidence", "trop:hasEvidence/oa:hasSelector", "trop:hasEvidence/oa:hasSource", "oa:hasSource")
    # spelled out, since a path that may be empty would look at everything there is
    evidence = [f"{this} {step} ?s" for step in steps] + [f"{each} ?finding {step} ?s" for each in findings for step in steps]
    branches = " UNION ".join(f"{{ {each} }}" for each in (*(f"{each} BIND(?finding AS ?s)" for each in findings), *evidence))
    graph += store.construct(f"""
        PREFIX trop: <{prefixes.ONTOLOGY}>
        PREFIX oa: <{prefixes.NAMESPACES["oa"]}>
        CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {{ SELECT DISTINCT ?s WHERE {{ {branches} }} }} ?s ?p ?o }}""")
    return graph


def _nested(this: str) -> str:
    """Return the UNION branches that follow blank nodes from `this`, one per depth."""
    branches = []
    for depth in range(1, _NESTING + 1):
        nodes = [this, *(f"?n{each}" for each in range(1, depth)), "?s"]
        steps = " ".join(f"{nodes[at]} ?q{at} {nodes[at + 1]} FILTER(isBlank({nodes[at + 1]}))" for at in range(depth))
        branches.append(f"UNION {{ {steps} ?s ?p ?o }}")
    return " ".join(branches)


def _reference(iri: URIRef) -> str:
    if not _is_sound(iri):
        raise NotFound("There is nothing under that name; it holds signs that no IRI can have.")
    return f"<{iri}>"


def _is_sound(iri: URIRef) -> bool:
    return not re.search(r'[\x00-\x20<>"{}|^`\\]', iri)


# -- names ------------------------------------------------------------------------------------------------------------


def label(store: Store, iri: URIRef) -> str:
    """Return the English name of `iri`, else its name without a language, else any, else its short form."""
    return labels(store, (iri,))[iri]


def labels(store: Store, iris: Iterable[URIRef], languages: Sequence[str] = ("en",)) -> dict[URIRef, str]:
    """Return the name of each of `iris`, chosen as `label` does, with `languages` (small letters) before English."""
    wanted = set(iris)
    found = _labels_of(store, wanted, languages)
    return {iri: str(found[iri][1]) if iri in found else _fallback(iri) for iri in wanted}


def _fallback(iri: URIRef) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", tables.short_name(iri))


def _labels_of(
    store: Store, iris: Iterable[URIRef], languages: Sequence[str] = ("en",)
) -> dict[URIRef, tuple[URIRef, Literal]]:
    """Return for each named one of `iris` the property that names it and the name."""
    listed = " ".join(sorted(_reference(iri) for iri in iris if _is_sound(iri)))
    if not listed:
        return {}
    naming = " ".join(_reference(each) for each in _NAMING)
    table = store.select(f"""
        SELECT DISTINCT ?thing ?naming ?label WHERE {{
          VALUES ?thing {{ {listed} }} VALUES ?naming {{ {naming} }} ?thing ?naming ?label }}""")
    best: dict[URIRef, tuple[URIRef, Literal]] = {}
    for thing_, naming_, label_ in sorted(table.rows, key=partial(_preference, languages), reverse=True):
        best[thing_] = (naming_, label_)
    return best


def _preference(languages: Sequence[str], row: tuple[Term | None, ...]) -> tuple[int, int, str]:
    """Rank a name: `languages` in order, then no language, then others; then by the order of _NAMING, then by text."""
    _, naming, text = row
    language = (getattr(text, "language", None) or "").lower()
    known = [*languages, *(["en"] if "en" not in languages else []), ""]
    return (known.index(language) if language in known else len(known), _NAMING.index(naming), str(text))


def definitions(store: Store, iris: Iterable[URIRef]) -> dict[URIRef, str]:
    """Return the English definition of those of `iris` that have one."""
    return texts(store, iris, SKOS.definition)


def texts(store: Store, iris: Iterable[URIRef], wanted: URIRef) -> dict[URIRef, str]:
    """Return the English text that the property `wanted` gives to those of `iris` that have one."""
    listed = " ".join(sorted(_reference(iri) for iri in iris if _is_sound(iri)))
    table = store.select(f"""
        SELECT ?thing (MIN(?text) AS ?first) WHERE {{
          VALUES ?thing {{ {listed} }} ?thing {_reference(wanted)} ?text FILTER(LANG(?text) IN ("en", "")) }}
        GROUP BY ?thing""")
    return {iri: str(text) for iri, text in table.rows if iri is not None}


# -- what points at it ------------------------------------------------------------------------------------------------


def incoming(store: Store, iri: URIRef, limit: int, offset: int = 0) -> Table:
    """Return up to `limit` statements that name `iri`, after the first `offset`: columns subject, subjectLabel, property, propertyLabel.

    Only what was asserted counts, and blank nodes are left out: they have no page to go to.
    """
    table = store.select(f"""
        SELECT DISTINCT ?subject ?property WHERE {{ {_pointing_at(iri)} }}
        ORDER BY ?property ?subject LIMIT {int(limit)} OFFSET {int(offset)}""")
    names = labels(store, {term for row in table.rows for term in row})
    rows = tuple((s, Literal(names[s]), p, Literal(property_name(p, names))) for s, p in table.rows)
    return Table(("subject", "subjectLabel", "property", "propertyLabel"), rows)


def incoming_count(store: Store, iri: URIRef) -> int:
    """Return how many statements name `iri`, counted as `incoming` does."""
    table = store.select(f"""
        SELECT (COUNT(*) AS ?n) WHERE {{ SELECT DISTINCT ?subject ?property WHERE {{ {_pointing_at(iri)} }} }}""")
    return int(table.rows[0][0])


def _pointing_at(iri: URIRef) -> str:
    return (f"GRAPH ?g {{ ?subject ?property {_reference(iri)} }} "
            f"FILTER(isIRI(?subject) && ?g != {_reference(INFERRED)})")


def property_name(iri: URIRef, names: dict[URIRef, str]) -> str:
    """Return the label of a property in `names`, else its local name as words, such as "was derived from"."""
    known = names.get(iri, _fallback(iri))
    return known if known != _fallback(iri) else tables.heading(re.split(r"[#/:]", iri)[-1] or iri).lower()


# -- a page's worth ---------------------------------------------------------------------------------------------------


def thing(store: Store, iri: URIRef, languages: Sequence[str] = ("en",)) -> Thing:
    """Return what a page shows of `iri`, things under their names in `languages`. Raises NotFound where the store says nothing about it."""
    graph = describe(store, iri)
    following = store.select(f"SELECT ?p ?o WHERE {{ GRAPH {_reference(INFERRED)} {{ {_reference(iri)} ?p ?o }} }}")
    shown = {term for term in graph.all_nodes() | set(graph.predicates()) if isinstance(term, URIRef)}
    names = labels(store, shown, languages)
    named = _labels_of(store, (iri,), languages).get(iri)
    inferred = set(following.rows)
    page = _Page(graph, names)
    said = {pair for pair in graph.predicate_objects(iri) if pair not in inferred}
    types = [Ref(o, names[o]) for p, o in said if p == RDF.type and isinstance(o, URIRef) and o != OWL.NamedIndividual]
    asserted = {(p, o) for p, o in said if p != RDF.type and str(o) != names[iri]}
    return Thing(iri, names[iri], tuple(sorted(types, key=_own_first)), page.groups(asserted), page.groups(inferred),
                 named[1].language if named else None)


def _own_first(ref: Ref) -> tuple[bool, str]:
    return not ref.iri.startswith(prefixes.ONTOLOGY), ref.label.casefold()


@dataclass(frozen=True)
class _Page:
    graph: Graph
    names: dict[URIRef, str]

    def groups(self, pairs: Iterable[tuple[URIRef, Term]], depth: int = 0) -> tuple[Group, ...]:
        """Return `pairs` of property and value by property: what is said in words first, then by name."""
        by_property: dict[URIRef, list[Term]] = {}
        for property_, term in pairs:
            by_property.setdefault(property_, []).append(term)
        ordered = sorted(by_property, key=lambda each: (self._rank(each), property_name(each, self.names)))
        refs = (Ref(each, property_name(each, self.names)) for each in ordered)
        return tuple(Group(ref, self._values(by_property[ref.iri], depth)) for ref in refs)

    def _rank(self, property_: URIRef) -> int:
        return _FIRST.index(property_) if property_ in _FIRST else len(_FIRST)

    def _values(self, terms: list[Term], depth: int) -> tuple[Value, ...]:
        values = [self._value(term, depth) for term in terms]
        return tuple(sorted(values, key=lambda value: (value.label or str(value.term)).casefold()))

    def _value(self, term: Term, depth: int) -> Value:
        if isinstance(term, BNode) and depth < _NESTING:
            return Value(term, parts=self.groups(self.graph.predicate_objects(term), depth + 1))
        return Value(term, label=self.names[term] if isinstance(term, URIRef) else None)
