"""Findings and sources as lists to look through: filtered, page by page, each finding with the passages it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import RDF, Literal, URIRef

from graph import describe, prefixes
from graph.comparison import NAMING
from graph.describe import Ref
from graph.errors import UsageError
from graph.prefixes import TROP
from graph.store import Store

PER_PAGE = 25
_PREFIXES = "".join(f"PREFIX {each}: <{prefixes.NAMESPACES[each]}>\n" for each in ("trop", "rdfs", "oa", "dcterms"))
_OA = prefixes.NAMESPACES["oa"]
KINDS = tuple(TROP[each] for each in ("CodedObservation", "DeterminantFinding", "ContextFact", "PropositionTest"))


@dataclass(frozen=True)
class Filter:
    """One way to narrow the list of findings: its name in an address, its label, the property path from a finding."""

    name: str
    label: str
    path: str
    kind: str = ""  # of thing a bare name stands for: "antwerp" for id/case/antwerp


FILTERS = (
    Filter("case", "Case", "trop:concernsCase", "id/case/"),
    Filter("set", "Case set", "trop:concernsCaseSet", "id/case-set/"),
    Filter("construct", "Construct or aspect", "|".join(f"<{each}>" for each in NAMING)),
    Filter("kind", "Kind", f"<{RDF.type}>"),
    Filter("confidence", "Confidence", "trop:hasConfidence"),
    Filter("innovation", "Innovation", "trop:concernsInnovation"),
    Filter("adopter", "Adopter group", "trop:concernsAdopterCategory|trop:isStrongestFor"),
    Filter("direction", "Direction", "trop:hasDirection"),
    Filter("source", "Source", "trop:hasEvidence/oa:hasSource", "id/source/"),
)


@dataclass(frozen=True)
class Passage:
    """A passage behind a finding: our paraphrase or the words themselves, and where it stands."""

    ref: Ref
    text: str
    locator: str
    source: Ref | None


@dataclass(frozen=True)
class Item:
    """A finding of the list; `over` are the case sets it is about, `says` its rating, direction and share in words."""

    finding: Ref
    statement: str
    cases: tuple[Ref, ...]
    over: tuple[Ref, ...]
    about: tuple[Ref, ...]
    says: tuple[Ref, ...]
    confidence: tuple[Ref, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Listing:
    """One page of the findings that pass the filters."""

    items: tuple[Item, ...]
    total: int
    page: int
    pages: int


def resolve(store: Store, values: Mapping[str, str]) -> dict[str, URIRef]:
    """Return the term of every filter that is set in `values`.

    Raises UsageError for an unknown filter, listing those there are, and for a value of which the store says nothing.
    """
    known = {each.name: each for each in FILTERS}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise UsageError(f"Findings cannot be filtered by {unknown[0]!r}; the filters are {', '.join(known)}.")
    return {name: term(store, value, known[name].kind, known[name].label.lower()) for name, value in values.items() if value}


def term(store: Store, value: str, kind: str, label: str) -> URIRef:
    """Return the thing that `value` names: a bare name below `kind`, a path, a prefixed name or an IRI.

    Raises UsageError where it names nothing in the store.
    """
    bare = bool(kind) and not set(value) & set(":/# ")
    iri = prefixes.expand(kind + value if bare else value)
    if not describe.exists(store, iri):
        raise UsageError(f"There is no {label} {value!r} in this graph; choose one with the form of the page.")
    return iri


def options(store: Store, wanted: Filter) -> list[tuple[Ref, int]]:
    """Return the values of a filter that some finding has, with how many findings have it, by label."""
    only = f"VALUES ?value {{ {' '.join(f'<{kind}>' for kind in KINDS)} }}" if wanted.name == "kind" else ""
    table = store.select(f"""{_PREFIXES}
        SELECT ?value (COUNT(DISTINCT ?finding) AS ?n) WHERE {{
          {only} {_FINDING} ?finding {wanted.path} ?value }} GROUP BY ?value""")
    found = {value: int(n) for value, n in table.rows if isinstance(value, URIRef)}
    names = describe.labels(store, found)
    return sorted(((Ref(each, names[each]), n) for each, n in found.items()), key=lambda pair: pair[0].label.casefold())


_FINDING = "?finding a/rdfs:subClassOf* trop:Finding ."


def findings(store: Store, chosen: Mapping[str, URIRef], page: int = 1) -> Listing:
    """Return a page of the findings that have all of `chosen`, by label. Raises UsageError for a page there is not."""
    clauses = " ".join(f"?finding {each.path} <{chosen[each.name]}> ." for each in FILTERS if each.name in chosen)
    rows = store.select(f"{_PREFIXES} SELECT DISTINCT ?finding WHERE {{ {clauses} {_FINDING} }}").rows
    names = describe.labels(store, {row[0] for row in rows})
    ordered = sorted(names, key=lambda each: (names[each].casefold(), each))
    pages = max(1, -(-len(ordered) // PER_PAGE))
    if not 1 <= page <= pages:
        raise UsageError(f"These findings have pages 1 to {pages}; choose one with page=1.")
    shown = ordered[(page - 1) * PER_PAGE:page * PER_PAGE]
    return Listing(tuple(items(store, shown)), len(ordered), page, pages)


def items(store: Store, iris: Iterable[URIRef]) -> list[Item]:
    """Return the findings `iris` in their order, with their passages."""
    iris = list(iris)
    said = _said(store, iris)
    passages = _said(store, {each for iri in iris for each in said[iri][TROP.hasEvidence]}, "oa:hasSelector?")
    names = describe.labels(store, {term for about in (said, passages) for values in about.values() for terms in values.values()
                                    for term in terms if isinstance(term, URIRef)} | set(iris))
    return [_item(iri, said[iri], passages, names) for iri in iris]


_Said = Mapping[URIRef, list[URIRef | Literal]]


def _said(store: Store, iris: Iterable[URIRef], step: str = "") -> Mapping[URIRef, _Said]:
    """Return what is said of each of `iris` (and of what the path `step` leads to), by property."""
    listed = " ".join(f"<{iri}>" for iri in sorted(iris))
    subject = f"?this {step} ?node . ?node ?property ?value" if step else "?this ?property ?value"
    table = store.select(f"{_PREFIXES} SELECT DISTINCT ?this ?property ?value WHERE {{ VALUES ?this {{ {listed} }} {subject} }}")
    said: defaultdict[URIRef, defaultdict[URIRef, list[URIRef | Literal]]] = defaultdict(lambda: defaultdict(list))
    for this, property_, value in sorted(table.rows, key=lambda row: str(row[2])):
        said[this][property_].append(value)
    return said


def _item(iri: URIRef, said: _Said, passages: Mapping[URIRef, _Said], names: Mapping[URIRef, str]) -> Item:
    def refs(*properties: str) -> tuple[Ref, ...]:
        return tuple(Ref(each, names[each]) for name in properties for each in said[TROP[name]] if isinstance(each, URIRef))

    return Item(
        finding=Ref(iri, names[iri]),
        statement=_text(said, TROP.statement),
        cases=refs("concernsCase"),
        over=refs("concernsCaseSet", "concernsProject"),
        about=refs("concernsConstruct", "hasAspect", "concernsInnovation"),
        says=refs("hasRating", "hasDirection", "hasQuantifier"),
        confidence=refs("hasConfidence"),
        passages=tuple(_passage(each, passages[each], names) for each in said[TROP.hasEvidence] if isinstance(each, URIRef)),
    )


def _passage(iri: URIRef, said: _Said, names: Mapping[URIRef, str]) -> Passage:
    exact = _text(said, URIRef(_OA + "exact"))
    source = next((each for each in said[URIRef(_OA + "hasSource")] if isinstance(each, URIRef)), None)
    text = _text(said, TROP.paraphrase) or (f"“{exact}”" if exact else "")
    return Passage(Ref(iri, names[iri]), text, _text(said, TROP.locator), Ref(source, names[source]) if source else None)


def _text(said: _Said, wanted: URIRef) -> str:
    """Return the English text of a property, else any, else ""."""
    texts = [each for each in said[wanted] if isinstance(each, Literal)]
    return str(next((each for each in texts if each.language in ("en", None)), texts[0] if texts else ""))


# -- sources ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """A source and what rests on it; `access` says how far it was read, `year` and `citation` are "" where none is kept."""

    ref: Ref
    year: str
    access: Ref | None
    citation: str
    passages: int
    findings: int


def sources(store: Store) -> list[Source]:
    """Return every source in the store, those with most findings first."""
    table = store.select(f"""{_PREFIXES}
        SELECT ?source ?access (MIN(?published) AS ?year) (SAMPLE(?cited) AS ?citation) (COUNT(DISTINCT ?passage) AS ?passages)
               (COUNT(DISTINCT ?finding) AS ?findings) WHERE {{
          ?source a trop:SourceDocument OPTIONAL {{ ?source trop:hasAccessStatus ?access }}
          OPTIONAL {{ ?source trop:publicationYear ?published }} OPTIONAL {{ ?source dcterms:bibliographicCitation ?cited }}
          OPTIONAL {{ ?passage oa:hasSource ?source OPTIONAL {{ ?finding trop:hasEvidence ?passage }} }}
        }} GROUP BY ?source ?access""")
    names = describe.labels(store, {each for row in table.rows for each in row[:2] if each})
    found = [
        Source(Ref(source, names[source]), str(year or ""), Ref(access, names[access]) if access else None, str(cited or ""),
               int(passages), int(count))
        for source, access, year, cited, passages, count in table.rows
    ]
    return sorted(found, key=lambda each: (-each.findings, -each.passages, each.ref.label.casefold()))
