"""Checks of names: how they are formed, that each stands for something, and that those of others are well formed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rdflib import DCTERMS, OWL, RDF, RDFS, SH, XSD, Literal, URIRef
from rdflib.namespace import VANN

from graph import tokens
from graph.checks.registry import Ledger, check
from graph.checks.tree import ALIGNMENTS, EXTERNAL, KINDS, VOCABULARY, Tree, is_own
from graph.errors import UsageError
from graph.formats import Document
from graph.prefixes import BASE, ONTOLOGY, expand, graph_name, shorten

_CLASS = re.compile(r"(?:[A-Z][a-z0-9]*)+")
_LOWER_CAMEL = re.compile(r"[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)*")
_SLUG = r"[a-z0-9]+(?:[.-][a-z0-9]+)*"
_CONCEPT = re.compile(rf"concept/{_SLUG}(?:/{_SLUG})?")
_THING = re.compile(rf"id/{_SLUG}/{_SLUG}(?:/{_SLUG})*")
_SHAPE = re.compile(rf"shape/(?:[A-Z][a-z0-9]*)+(?:-{_SLUG})?")
_MODULE = re.compile(rf"ontology/{_SLUG}(?:/{_SLUG})*")
_PLURAL = re.compile(r"(?<![sui])s$")
_BUILT_IN = (str(RDF), str(RDFS), str(OWL), str(XSD), str(SH))
_GENERATED = (graph_name("inferred"), graph_name("build"))
_PARAMETER = re.compile(r"\b(?:from|default):\s*([^\s,}\"']+)")

_COUNTRY = re.compile(r"http://publications\.europa\.eu/resource/authority/country/[A-Z]{3}")
# a host, and what an IRI at that host looks like
AUTHORITIES = {
    "publications.europa.eu": re.compile(
        rf"{_COUNTRY.pattern}|http://publications\.europa\.eu/resource/authority/(?!country/)[a-z-]+/[A-Z0-9_]+"
    ),
    "wikidata.org": re.compile(r"http://www\.wikidata\.org/entity/Q[1-9]\d*"),
    "orcid.org": re.compile(r"https://orcid\.org/\d{4}-\d{4}-\d{4}-\d{3}[\dX]"),
    "ror.org": re.compile(r"https://ror\.org/0[a-z0-9]{6}\d{2}"),
    "doi.org": re.compile(r"https://doi\.org/10\.\d{4,9}/\S+"),
    "creativecommons.org": re.compile(r"https://creativecommons\.org/(?:licenses|publicdomain)/[a-z-]+/\d\.\d/"),
}
_HOST = re.compile(r"https?://(?:[^/]*\.)?([a-z0-9-]+(?:\.europa)?\.[a-z]+)(?:/|$)")
_LIKE_AN_IRI = re.compile(r"\s*<?(?:https?://|urn:|mailto:|www\.)\S+\s*")
_IRIS_AS_TEXT = frozenset({VANN.preferredNamespaceUri, SH.namespace, SH.hasValue})


@check(14, "names are formed by kind", "names")
def formed(tree: Tree, ledger: Ledger) -> None:
    """Classes UpperCamel and singular, properties lowerCamel, concepts and things slugs with hyphens."""
    described = {s for each in tree.documents for s, _, _ in each.triples if is_own(s)}
    for term in sorted(described):
        ledger.see()
        fault = _ill_formed(tree, term)
        if fault:
            ledger.fault(f"{tree.home(term)}: {shorten(term)} {fault}; rename it.", term=term)


def _ill_formed(tree: Tree, term: URIRef) -> str | None:
    """Return what is wrong with the form of an own name, None where nothing is."""
    path = str(term).removeprefix(BASE)
    if term.startswith(ONTOLOGY):
        return _ill_formed_term(term.removeprefix(ONTOLOGY), tree.terms.get(term))
    forms = {"concept": _CONCEPT, "id": _THING, "shape": _SHAPE, "ontology": _MODULE}
    kind = path.partition("/")[0]
    if kind not in forms:
        return "stands in no known place; things are id/<kind>/<slug>, concepts concept/<scheme>/<slug>"
    return None if forms[kind].fullmatch(path) else "is no name for its kind: small letters, digits and hyphens only"


def _ill_formed_term(local: str, kind: str | None) -> str | None:
    if kind != "class":
        return None if _LOWER_CAMEL.fullmatch(local) else f"is no class ({kind}), so its name is written lowerCamel"
    if not _CLASS.fullmatch(local):
        return "is a class, so its name is written UpperCamel"
    return "is a class, so its name is in the singular" if _PLURAL.search(local) else None


@check(17, "every name is declared, and by whom it belongs to", "names")
def declared(tree: Tree, ledger: Ledger) -> None:
    """Own names used anywhere are described somewhere; foreign terms are declared in external.ttl and nowhere else."""
    known = _known(tree)
    for place, term in _used(tree):
        ledger.see()
        if term not in known:
            ledger.fault(
                f"{place}: uses {shorten(term)}, which is declared nowhere; correct the name or declare it.", term=term
            )
    for path, text in tree.query_texts.items():
        for line, name in names_in(text).unknown:
            ledger.fault(f"{tree.place(path, line)}: {name} has no prefix that is known; declare it at the top.")
    _foreign(tree, ledger)


def _known(tree: Tree) -> set[URIRef]:
    """Return the own names that stand for something: what has a type, versions, and the names made from files."""
    typed = {s for each in tree.documents for s, p, _ in each.triples if p == RDF.type and is_own(s)}
    versions = set(tree.terms_graph.objects(None, OWL.versionIRI))
    questions = {URIRef(f"{BASE}question/{'-'.join(each.name.split('-')[:2])}") for each in tree.query_texts}
    files = [
        (folder, each.path) for folder in tree.folders for each in tree.documents if each.path.is_relative_to(folder)
    ]
    graphs = {graph_name(f"{top.name}/{path.relative_to(top).with_suffix('').as_posix()}") for top, path in files}
    return typed | versions | questions | graphs | set(_GENERATED)


def _used(tree: Tree) -> Iterator[tuple[str, URIRef]]:
    """Yield where an own name is used and the name, once per file."""
    for document in tree.documents:
        seen: set[URIRef] = set()
        for subject, predicate, value in document.triples:
            for term in (subject, predicate, value, getattr(value, "datatype", None)):
                if is_own(term) and term not in seen:
                    seen.add(term)
                    yield tree.place(document.path, document.lines.get(subject)), term
    for path, text in tree.query_texts.items():
        yield from ((tree.place(path, line), term) for line, term in names_in(text).found if is_own(term))


class Names(NamedTuple):
    """The IRIs that a SPARQL text and its header name, and the names that cannot be resolved, each with its line."""

    found: list[tuple[int, URIRef]]
    unknown: list[tuple[int, str]]


def names_in(text: str) -> Names:
    """Return the names in a SPARQL text and in the parameters of its header."""
    names = Names([], [])
    prefixes, before = {}, ["", ""]
    for token in tokens.query_tokens(text):
        line = text.count("\n", 0, token.start) + 1
        if token.kind == "iri" and before[0].upper() == "PREFIX":
            prefixes[before[1]] = token.text[1:-1]
        elif token.kind == "iri":
            names.found.append((line, URIRef(token.text[1:-1])))
        elif token.kind == "name" and before[1].upper() != "PREFIX":
            prefix, local = token.text.split(":", 1)
            if f"{prefix}:" in prefixes:
                names.found.append((line, URIRef(prefixes[f"{prefix}:"] + local)))
            else:
                names.unknown.append((line, token.text))
        before = [before[1], token.text]
    _names_in_header(text, names)
    return names


def _names_in_header(text: str, names: Names) -> None:
    for line, header in enumerate(text.splitlines(), start=1):
        for found in _PARAMETER.finditer(header) if header.startswith("#+") else ():
            if ":" in found[1] or "/" in found[1]:
                try:
                    names.found.append((line, expand(found[1])))
                except UsageError:
                    names.unknown.append((line, found[1]))


def _foreign(tree: Tree, ledger: Ledger) -> None:
    """Find foreign names declared outside external.ttl and the alignments, and foreign terms nobody declares."""
    homes = [each for each in tree.modules if each.path.name == EXTERNAL or each.path.parent.name == ALIGNMENTS]
    declared = {s for each in homes for s, p, _ in each.triples if p == RDF.type}
    for document in tree.documents:
        for subject in sorted(_claimed(document, document in tree.modules)) if document not in homes else ():
            place = tree.place(document.path, document.lines.get(subject))
            ledger.fault(
                f"{place}: declares {shorten(subject)}, which belongs to others; list it in external.csv.", term=subject
            )
        for term in sorted(_foreign_terms(document) - declared):
            ledger.see()
            text = f"uses {shorten(term)}, which external.ttl does not declare; add it to external.csv."
            ledger.fault(f"{tree.place(document.path)}: {text}", term=term)


def _claimed(document: Document, is_module: bool) -> set[URIRef]:
    """Return the foreign names that a module says anything of, or that data calls a class or property."""
    foreign = {(s, p, o) for s, p, o in document.triples if isinstance(s, URIRef) and not is_own(s)}
    return {s for s, p, o in foreign if is_module or (p == RDF.type and KINDS.get(o) in VOCABULARY)}


def _foreign_terms(document: Document) -> set[URIRef]:
    """Return the foreign properties and classes that a document uses, but for those of RDF, OWL, SHACL and XSD."""
    places = (
        RDF.type,
        SH.path,
        SH["class"],
        SH.targetClass,
        RDFS.subClassOf,
        RDFS.subPropertyOf,
        RDFS.domain,
        RDFS.range,
    )
    used = {p for _, p, _ in document.triples} | {
        o for _, p, o in document.triples if p in places and isinstance(o, URIRef)
    }
    return {each for each in used if not is_own(each) and not str(each).startswith(_BUILT_IN)}


@check(31, "names of authorities are well formed, and no text is an IRI", "IRIs and texts")
def authorities(tree: Tree, ledger: Ledger) -> None:
    """IRIs of countries, persons, licences and the like match the pattern of whoever gives them out."""
    for document in tree.documents:
        for subject, predicate, value in document.triples:
            fault = None
            if isinstance(value, Literal):
                ledger.see()
                fault = _iri_as_text(predicate, value)
            elif isinstance(value, URIRef) and (authority := _authority(predicate, value)):
                ledger.see()
                fault = None if authority.fullmatch(value) else f"<{value}> must match {authority.pattern}"
            if fault:
                ledger.fault(f"{tree.place(document.path, document.lines.get(subject))}: {fault}.")


def _iri_as_text(predicate: URIRef, value: Literal) -> str | None:
    if predicate in _IRIS_AS_TEXT or not _LIKE_AN_IRI.fullmatch(value):
        return None
    return f'{shorten(predicate)} "{value}" is an IRI written as text; write <{value.strip()}>'


def _authority(predicate: URIRef, value: URIRef) -> re.Pattern[str] | None:
    """Return the pattern of whoever gives out names like `value`, None where anybody may."""
    if predicate == DCTERMS.spatial:
        return _COUNTRY
    host = _HOST.match(value)
    return AUTHORITIES.get(host[1]) if host else None
