"""The frameworks of the studies as ordered trees: their parts, and under each part its constructs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rdflib import URIRef

from graph import describe, prefixes
from graph.describe import Ref
from graph.store import Store

_CONCEPT = prefixes.BASE + "concept/"
TROPICO = tuple(URIRef(f"{_CONCEPT}tropico/{slug}") for slug in
                ("system-context", "challenges-and-dynamics", "interventions", "outcomes"))
LIPSE = tuple(URIRef(f"{_CONCEPT}lipse/{slug}") for slug in ("outer-context", "inner-context"))
ASPECTS = URIRef(f"{_CONCEPT}aspect")
_ORDER = (*TROPICO, *LIPSE)  # the order in which the studies name their parts; SKOS has none


@dataclass(frozen=True)
class Row:
    """A construct and how far it stands below its part (the part itself: 0)."""

    ref: Ref
    depth: int


@dataclass(frozen=True)
class Part:
    """A top construct of a framework with all that is under it, itself first, depth first and by label."""

    ref: Ref
    framework: Ref
    rows: tuple[Row, ...]


def parts(store: Store) -> list[Part]:
    """Return the parts of every framework in the store, in the order in which the studies name them."""
    return _parts(store, f"?scheme a <{prefixes.ONTOLOGY}Framework> .")


def aspects(store: Store) -> Part | None:
    """Return the aspects of context facts as one part; None in a store without them."""
    found = _parts(store, f"VALUES ?scheme {{ <{ASPECTS}> }}")
    if not found:
        return None
    scheme = Ref(found[0].framework.iri, "facts, by aspect")
    return Part(scheme, scheme, tuple(row for part in found for row in part.rows))


def _parts(store: Store, schemes: str) -> list[Part]:
    table = store.select(f"""
        PREFIX skos: <{prefixes.NAMESPACES["skos"]}>
        SELECT DISTINCT ?concept ?scheme ?broader WHERE {{
          {schemes} ?concept skos:inScheme ?scheme .
          OPTIONAL {{ ?concept skos:broader ?broader . ?broader skos:inScheme ?scheme }} }}""")
    framework = {concept: scheme for concept, scheme, _ in table.rows}
    names = describe.labels(store, {*framework, *framework.values()})
    under: defaultdict[URIRef, list[URIRef]] = defaultdict(list)
    for concept, _, broader in table.rows:
        if broader is not None:
            under[broader].append(concept)
    below = {each for inner in under.values() for each in inner}
    tree = _Tree(names, under)
    tops = sorted((each for each in framework if each not in below), key=lambda top: _place(top, names))
    return [Part(Ref(top, names[top]), Ref(framework[top], names[framework[top]]), tuple(tree.walk(top))) for top in tops]


def _place(top: URIRef, names: Mapping[URIRef, str]) -> tuple[int, str]:
    return (_ORDER.index(top) if top in _ORDER else len(_ORDER), names[top].casefold())


@dataclass(frozen=True)
class _Tree:
    names: Mapping[URIRef, str]
    under: Mapping[URIRef, list[URIRef]]

    def walk(self, concept: URIRef, above: tuple[URIRef, ...] = ()) -> Iterator[Row]:
        """Yield `concept` and what is under it; a circle is followed once."""
        yield Row(Ref(concept, self.names[concept]), len(above))
        inner = {each for each in self.under.get(concept, ()) if each not in above and each != concept}
        for each in sorted(inner, key=lambda one: self.names[one].casefold()):
            yield from self.walk(each, (*above, concept))
