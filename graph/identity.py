"""What a build says of itself: its version, one digest over all its graphs, and the digest and size of each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rdflib import DCTERMS, OWL, RDF, VOID, Literal, URIRef

from graph.formats import Triple
from graph.prefixes import TROP, graph_name
from graph.store import Store
from graph.tally import Tally

BUILD = graph_name("build")
DESCRIPTION = graph_name("description")
COUNTED = {"cases": TROP.Case, "findings": TROP.Finding, "passages": TROP.Passage, "sources": TROP.SourceDocument}


@dataclass(frozen=True)
class Part:
    """What is said of one graph: its digest (64 hexadecimal digits) and the number of its triples."""

    digest: str
    triples: int


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


def counted(tally: Tally) -> dict[str, int]:
    """Return how many things of each kind there are that are told of a build."""
    return {key: tally.classes.get(kind, 0) for key, kind in COUNTED.items()}


def digest_over(parts: Mapping[URIRef, Part]) -> str:
    """Return one digest over the digests of all graphs, whatever order they were read in."""
    lines = "".join(f"<{name}> {parts[name].digest}\n" for name in sorted(parts))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def statements(whole: Identity, parts: Mapping[URIRef, Part]) -> Iterator[Triple]:
    """Yield what the store says of itself: version, digest, and per graph digest and number of triples."""
    yield BUILD, RDF.type, VOID.Dataset
    yield BUILD, OWL.versionInfo, Literal(whole.version)
    yield BUILD, DCTERMS.identifier, Literal(whole.digest)
    for name, part in parts.items():
        yield BUILD, VOID.subset, name
        yield name, DCTERMS.identifier, Literal(f"sha256:{part.digest}")
        yield name, VOID.triples, Literal(part.triples)
