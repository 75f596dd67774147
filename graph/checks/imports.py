"""Checks of how the modules hang together: imports and versions resolve, and foreign terms come from one list."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rdflib import DCAT, DCTERMS, ORG, OWL, PROV, RDF, SKOS, URIRef
from rdflib.namespace import VANN, DefinedNamespace

from graph import external, ontology
from graph.checks.registry import Ledger, check
from graph.checks.tree import EXTERNAL, KINDS, VOCABULARY, Tree, graph_of
from graph.errors import OntologyError
from graph.formats import Document
from graph.prefixes import shorten

_CLOSED: tuple[type[DefinedNamespace], ...] = (DCAT, DCTERMS, ORG, PROV, SKOS, VANN)


@check(4, "imports resolve by the catalog", "names and imports")
def imports(tree: Tree, ledger: Ledger) -> None:
    """Follow every catalog entry, import and version IRI, on disk alone."""
    entries = ontology.catalog(tree.ontology)
    documents = {each.path.resolve(): iri for iri, each in tree.headers.items()}
    for iri, path in entries.items():
        ledger.see()
        _entry(tree, ledger, iri, path, documents)
    for header, document in tree.headers.items():
        _names(tree, ledger, header, document, entries)
    ledger.see(len(ontology.closure(tree.ontology)))
    circle = _circle(tree)
    ledger.note = f"import circle: {' → '.join(map(shorten, circle))}" if circle else "no import circle"


def _entry(tree: Tree, ledger: Ledger, iri: URIRef, path: Path, documents: dict[Path, URIRef]) -> None:
    """Hold one catalog entry against the file it names."""
    place = tree.place(tree.ontology / ontology.CATALOG)
    if not path.is_relative_to(tree.ontology) or ".." in path.parts:
        ledger.fault(f"{place}: the entry for <{iri}> names {path}; write a path relative to the folder, as core.ttl.")
        return
    header = documents.get(path.resolve())
    if header is None:
        ledger.fault(f"{place}: the entry for <{iri}> names {tree.place(path)}, which is no module; correct the entry.")
    elif iri not in (header, *_objects(tree.headers[header], header, OWL.versionIRI)):
        ledger.fault(
            f"{place}: lists {tree.place(path)} as <{iri}>, but the file calls itself <{header}>; make them agree."
        )


def _names(tree: Tree, ledger: Ledger, header: URIRef, document: Document, entries: dict[URIRef, Path]) -> None:
    """Look up what a module is called, its version and what it imports."""
    place = tree.place(document.path, document.lines.get(header))
    for relation, iris in (
        ("is called", [header]),
        ("has the version", _objects(document, header, OWL.versionIRI)),
        ("imports", _objects(document, header, OWL.imports)),
    ):
        for iri in iris:
            ledger.see()
            if iri not in entries:
                ledger.fault(
                    f"{place}: {relation} <{iri}>, which has no entry in {ontology.CATALOG}; add one.", term=iri
                )


def _objects(document: Document, subject: URIRef, predicate: URIRef) -> list[URIRef]:
    return sorted(o for s, p, o in document.triples if s == subject and p == predicate and isinstance(o, URIRef))


def _circle(tree: Tree) -> list[URIRef]:
    """Return modules that import one another in a circle; an empty list where there is none."""
    imported = {header: _objects(document, header, OWL.imports) for header, document in tree.headers.items()}
    done: set[URIRef] = set()
    for start in sorted(imported):
        circle = _walk(imported, start, [], done)
        if circle:
            return circle
    return []


def _walk(imported: dict[URIRef, list[URIRef]], iri: URIRef, trail: list[URIRef], done: set[URIRef]) -> list[URIRef]:
    if iri in trail:
        return [*trail[trail.index(iri) :], iri]
    if iri in done:
        return []
    done.add(iri)
    return next((found for each in imported.get(iri, ()) if (found := _walk(imported, each, [*trail, iri], done))), [])


@check(18, "foreign terms are those of the pinned list", "terms")
def foreign_terms(tree: Tree, ledger: Ledger) -> None:
    """Compare external.ttl with its list, and the names of the list with those that rdflib knows."""
    path = tree.ontology / EXTERNAL
    for each in (path, tree.ontology / "external.csv", tree.ontology / "vocabularies.csv"):
        if not each.is_file():
            raise OntologyError(
                f"{tree.place(each)} does not exist; the foreign terms are made from two lists, so put it back."
            )
    document = tree.read(path)
    listed = external.declarations(tree.ontology)
    wanted = {triple for triple in listed if triple[1] == RDF.type}
    found = {triple for triple in graph_of(document.triples) if triple[1] == RDF.type}
    for term in sorted({s for s, _, _ in wanted ^ found}):
        ledger.fault(
            f"{tree.place(path, document.lines.get(term))}: {shorten(term)} is not declared as external.csv lists it;"
            " correct the list and run 'python -m graph.external'."
        )
    if path.read_text(encoding="utf-8") != external.text(tree.ontology) and not wanted ^ found:
        ledger.fault(
            f"{tree.place(path)}: is not what its list makes; run 'python -m graph.external' and edit the list only."
        )
    _spelling(tree, ledger, wanted)


def _spelling(tree: Tree, ledger: Ledger, declared: Iterable[tuple[URIRef, URIRef, URIRef]]) -> None:
    for term, _, kind in sorted(declared):
        if KINDS.get(kind) not in VOCABULARY:
            continue
        ledger.see()
        closed = next((each for each in _CLOSED if str(term).startswith(str(each))), None)
        if closed is None:
            continue
        local = str(term).removeprefix(str(closed))
        if term not in closed:
            ledger.fault(
                f"{tree.home(term)}: {shorten(term)} is no term of <{closed}>; correct its name in external.csv."
            )
        elif local[:1].isupper() != (kind == OWL.Class):
            ledger.fault(f"{tree.home(term)}: {shorten(term)} is not spelt like a {KINDS[kind]}; correct external.csv.")
