"""What a build says of itself: its version, one digest over all its graphs, and the digest and size of each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rdflib import DCTERMS, OWL, RDF, VOID, Literal, URIRef

from graph.formats import Triple
from graph.prefixes import TROP, graph_name
from graph.store import Store

BUILD = graph_name("build")
DESCRIPTION = graph_name("description")
COUNTED = {"cases": TROP.Case, "findings": TROP.Finding, "passages": TROP.Passage, "sources": TROP.SourceDocument}


@dataclass(frozen=True)
class Identity:
    """What a store holds, in two words: the version that built it and "sha256:" with one digest over all its graphs."""

    version: str
    digest: str


def identity(store: Store) -> Identity | None:
    """Return the identity that the last build wrote into `store`, None where there was none."""
    version, digest, name = OWL.versionInfo.n3(), DCTERMS.identifier.n3(), BUILD.n3()
    rows = store.select(f"SELECT ?v ?d {{ GRAPH {name} {{ {name} {version} ?v ; {digest} ?d }} }}").rows
    return Identity(str(rows[0][0]), str(rows[0][1])) if rows else None


def graphs_said(store: Store) -> dict[URIRef, tuple[str, int]]:
    """Return what the last build said of each graph: its digest and the number of its triples."""
    digest, size, name = DCTERMS.identifier.n3(), VOID.triples.n3(), BUILD.n3()
    rows = store.select(f"SELECT ?g ?d ?n {{ GRAPH {name} {{ ?g {digest} ?d ; {size} ?n }} }}").rows
    return {graph: (str(said).removeprefix("sha256:"), int(number)) for graph, said, number in rows}


def count(store: Store, kind: URIRef) -> int:
    """Return how many things of a kind a store holds."""
    return int(store.select(f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ ?x a {kind.n3()} }}").rows[0][0])


def digest_over(digests: Mapping[URIRef, str]) -> str:
    """Return one digest over the digests of all graphs, whatever order they were read in."""
    lines = "".join(f"<{name}> {digests[name]}\n" for name in sorted(digests))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def statements(whole: Identity, sizes: Mapping[URIRef, int], digests: Mapping[URIRef, str]) -> Iterator[Triple]:
    """Yield what the store says of itself: version, digest, and per graph digest and number of triples."""
    yield BUILD, RDF.type, VOID.Dataset
    yield BUILD, OWL.versionInfo, Literal(whole.version)
    yield BUILD, DCTERMS.identifier, Literal(whole.digest)
    for name, size in sizes.items():
        yield BUILD, VOID.subset, name
        yield name, DCTERMS.identifier, Literal(f"sha256:{digests[name]}")
        yield name, VOID.triples, Literal(size)
