"""The JSON-LD context of the project: every prefix, and every term of the ontology under its own name."""

from __future__ import annotations

from rdflib import XSD, URIRef
from rdflib.namespace import OWL, RDFS

from graph import prefixes
from graph.store import Store

_ROOT = URIRef(prefixes.BASE + "ontology/tropico-kg")
_KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def version(store: Store) -> str | None:
    """Return the version of the ontology that `store` holds, None where it holds none."""
    rows = store.select(f"SELECT ?v {{ <{_ROOT}> <{OWL.versionInfo}> ?v }}").rows
    return str(rows[0][0]) if rows else None


def context(store: Store) -> dict[str, object]:
    """Return the context for the ontology in `store`.

    An object property takes IRIs, a data property values of its datatype. A term whose name is also a prefix is written
    with `trop:`, since a name can mean one thing only.
    """
    terms: dict[str, object] = {"@version": 1.1, **prefixes.NAMESPACES}
    for iri, kind, values in _terms(store):
        name = iri.removeprefix(prefixes.ONTOLOGY)
        key = f"trop:{name}" if name in prefixes.NAMESPACES else name
        terms[key] = _definition(iri, kind, values)
    return {"@context": terms}


def _terms(store: Store) -> list[tuple[URIRef, URIRef, URIRef | None]]:
    kinds = " ".join(f"<{kind}>" for kind in _KINDS)
    table = store.select(f"""
        SELECT ?term (MIN(?kind) AS ?of) (MIN(?range) AS ?values) WHERE {{
          VALUES ?kind {{ {kinds} }} ?term a ?kind OPTIONAL {{ ?term <{RDFS.range}> ?range FILTER(isIRI(?range)) }}
          FILTER(STRSTARTS(STR(?term), "{prefixes.ONTOLOGY}")) }} GROUP BY ?term ORDER BY ?term""")
    return list(table.rows)


def _definition(iri: URIRef, kind: URIRef, values: URIRef | None) -> object:
    if kind == OWL.ObjectProperty:
        return {"@id": str(iri), "@type": "@id"}
    if kind == OWL.DatatypeProperty and values is not None and values.startswith(str(XSD)) and values != XSD.string:
        return {"@id": str(iri), "@type": str(values)}
    return str(iri)
