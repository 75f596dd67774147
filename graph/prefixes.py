"""Every namespace of the project in one table, and the ways between a short name and an IRI."""

from __future__ import annotations

import re
from urllib.parse import quote

from rdflib import Namespace, URIRef

from graph.errors import UsageError

BASE = "https://w3id.org/tropico-kg/"
ONTOLOGY = BASE + "ontology#"
TROP = Namespace(ONTOLOGY)

# prefix -> folder below concept/: one concept scheme, one prefix
_SCHEMES = {
    "tc": "tropico",
    "lc": "lipse",
    "innovation": "innovation",
    "rating": "rating",
    "direction": "direction",
    "quantifier": "quantifier",
    "salience": "salience",
    "adopter": "adopter",
    "phase": "phase",
    "level": "governance-level",
    "side": "context-side",
    "confidence": "confidence",
    "access": "access",
    "aspect": "aspect",
    "role": "role",
    "claim-kind": "claim-kind",
    "verdict": "verdict",
    "wording-status": "wording-status",
}
# one prefix per kind of thing below id/, so that data reads case:tropico-be-antwerp
_KINDS = (
    "activity", "agent", "case", "case-set", "codebook", "collaboration", "condition", "finding", "guideline", "membership",
    "passage", "project", "proposition", "proposition-set", "source", "study",
)  # fmt: skip

NAMESPACES: dict[str, str] = {
    "trop": ONTOLOGY,
    "id": BASE + "id/",
    **{prefix: f"{BASE}concept/{scheme}/" for prefix, scheme in _SCHEMES.items()},
    **{kind: f"{BASE}id/{kind}/" for kind in _KINDS},
    "sh-t": BASE + "shape/",
    "q": BASE + "question/",
    "bibo": "http://purl.org/ontology/bibo/",
    "country": "http://publications.europa.eu/resource/authority/country/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "mod": "https://w3id.org/mod#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "spdx": "http://spdx.org/rdf/terms#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

_LONGEST_FIRST = sorted(NAMESPACES.items(), key=lambda item: len(item[1]), reverse=True)
_LOCAL = re.compile(r"\w(?:[\w.-]*[\w-])?")  # what needs no escape as the local part of a Turtle name
_CURIE = re.compile(r"([A-Za-z][\w.-]*):(.*)", re.DOTALL)
_RELATIVE = re.compile(r"ontology(?:#[\w-]+|/[\w./-]+)?|(?:concept|id|shape|graph|question)/[^\s<>\"{}|\\^`]+")
_ABSOLUTE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://|urn:|mailto:|tag:)[^\x00-\x20<>\"{}|\\^`]+")
_SLUG = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")


def shorten(iri: str) -> str:
    """Return `iri` as a prefixed name that is valid Turtle as it stands, else the IRI itself."""
    for prefix, namespace in _LONGEST_FIRST:
        if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
            return f"{prefix}:{iri[len(namespace) :]}"
    return str(iri)


def expand(text: str) -> URIRef:
    """Return the IRI that `text` names.

    `text` is a full IRI (with or without angle brackets), a prefixed name of NAMESPACES, or a path below the base
    such as "concept/innovation/e-procurement". Raises UsageError for anything else.
    """
    name = text.strip()
    if name.startswith("<") and name.endswith(">"):
        name = name[1:-1]
    if _RELATIVE.fullmatch(name):
        return URIRef(BASE + name)
    curie = _CURIE.fullmatch(name)
    if curie and curie[1] in NAMESPACES:
        name = NAMESPACES[curie[1]] + curie[2]
    if not _ABSOLUTE.fullmatch(name):
        raise UsageError(
            f"{text!r} is no name known here; write a full IRI, a prefixed name such as trop:Case,"
            " or a path such as concept/innovation/e-procurement."
        )
    return URIRef(name)


def thing(kind: str, slug: str) -> URIRef:
    """Return the IRI of a thing, such as kind "case" and slug "tropico-be-antwerp". Raises UsageError for a bad
    name.
    """
    for name in (kind, slug):
        if not _SLUG.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot be part of a name; use small letters, digits, hyphens and full stops only."
            )
    return URIRef(f"{BASE}id/{kind}/{slug}")


def graph_name(path: str) -> URIRef:
    """Return the name of the graph that holds the file at `path` (with "/" and without suffix), percent-encoded."""
    if not path.strip("/"):
        raise UsageError("A graph needs a name; an empty path has none.")
    return URIRef(f"{BASE}graph/{quote(path.strip('/'), safe='/')}")
