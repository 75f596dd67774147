"""Checks of the shapes: they are valid SHACL, each reaches something, and they keep step with ontology and data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rdflib import OWL, RDF, RDFS, SH, BNode, Graph, URIRef
from rdflib.term import Node

from graph import validate
from graph.checks.registry import Ledger, check
from graph.checks.tree import Tree, is_own
from graph.files import files_in
from graph.formats import Document
from graph.prefixes import ONTOLOGY, shorten

_TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)


@check(23, "shapes are valid and reach something", "shapes")
def useful(tree: Tree, ledger: Ledger) -> None:
    """Hold the shapes against those of SHACL, and see that each with a target finds a focus node."""
    shapes = validate.shapes(tree.shapes)
    for shape, message in validate.against_shacl(shapes):
        ledger.fault(f"{_home(tree, shape)}: is no valid SHACL: {message}; correct it.", term=shape)
    described = [*tree.modules, *tree.data_documents, *(tree.read(each) for each in _examples(tree))]
    reached = validate.reach(described, tree.terms_graph, shapes)
    for shape in sorted(set(tree.shapes_graph.subjects(RDF.type, SH.NodeShape)), key=str):
        ledger.see()
        if any((shape, each, None) in shapes for each in _TARGETS):
            if not reached.get(shape):
                text = "reaches nothing in ontology/, data/ or the examples; correct its target or add an example"
                ledger.fault(f"{_home(tree, shape)} {text}.", term=shape)
        elif not any(tree.shapes_graph.subjects(None, shape)):
            text = "has no target and no shape uses it; give it a target or take it out"
            ledger.fault(f"{_home(tree, shape)} {text}.", term=shape)


def _home(tree: Tree, shape: Node) -> str:
    named = validate.named_shape(tree.shapes_graph, shape)
    return f"{tree.home(named)}: {shorten(named)}" if named else "shapes: a nameless shape"


def _examples(tree: Tree) -> list[Path]:
    """Return the valid examples of a checkout; a wheel has none."""
    folder = tree.ontology.parent / "tests" / "cases" / "valid"
    return files_in(folder) if folder.is_dir() else []


@check(24, "shapes, ontology and data are in step", "terms, by each of five steps")
def in_step(tree: Tree, ledger: Ledger) -> None:
    """Apply the five steps in turn."""
    if not tree.shape_documents or not tree.data_documents:
        return
    for step in (_declared, _classes_have_shapes, _properties_have_shapes, _functional, _ranges):
        for term, text in step(tree, ledger):
            key = step.__name__.strip("_").replace("_", "-")
            ledger.fault(f"{tree.home(term)}: {shorten(term)} {text}.", key=key, term=term)


Found = Iterator[tuple[URIRef, str]]


def _declared(tree: Tree, ledger: Ledger) -> Found:
    """Every term of the ontology that a shape names is declared."""
    for document in tree.shape_documents:
        for term in sorted(_terms_in(document)):
            ledger.see()
            if term not in tree.terms:
                place = tree.place(document.path)
                yield term, f"is used in {place} and declared nowhere; correct the name or declare it"


def _terms_in(document: Document) -> set[URIRef]:
    return {
        each for triple in document.triples for each in triple if isinstance(each, URIRef) and each.startswith(ONTOLOGY)
    }


def _classes_have_shapes(tree: Tree, ledger: Ledger) -> Found:
    """Every class with members in the data has a shape, or a class above it has one."""
    targets = set(tree.shapes_graph.objects(None, SH.targetClass))
    for named in sorted(set(tree.data_graph.objects(None, RDF.type))):
        ledger.see()
        if not targets & set(tree.terms_graph.transitive_objects(named, RDFS.subClassOf)):
            yield named, "has members in data/ and no shape looks at them; write a node shape with sh:targetClass"


def _properties_have_shapes(tree: Tree, ledger: Ledger) -> Found:
    """Every property used in the data stands in the path of a shape."""
    paths = {
        name for path in tree.shapes_graph.objects(None, SH.path) for name in _names_in_path(tree.shapes_graph, path)
    }
    for used in sorted(set(tree.data_graph.predicates()) - {RDF.type}):
        ledger.see()
        if used not in paths:
            yield used, "is used in data/ and no shape looks at it; write a property shape with that sh:path"


def _names_in_path(graph: Graph, path: Node) -> set[Node]:
    if not isinstance(path, BNode):
        return {path}
    return {name for value in graph.objects(path) for name in _names_in_path(graph, value)}


def _functional(tree: Tree, ledger: Ledger) -> Found:
    """A functional property has a shape that allows one value at most: to a reasoner two values are one thing twice."""
    graph = tree.shapes_graph
    for term in tree.properties:
        if (term, RDF.type, OWL.FunctionalProperty) in tree.terms_graph:
            ledger.see()
            limits = [
                str(most) for shape in graph.subjects(SH.path, term) for most in graph.objects(shape, SH.maxCount)
            ]
            if "1" not in limits:
                yield term, "is functional and no shape says sh:maxCount 1; add it"


def _ranges(tree: Tree, ledger: Ledger) -> Found:
    """The class that a shape demands of values lies within the range of the property."""
    graph = tree.shapes_graph
    for shape, demanded in sorted(graph.subject_objects(SH["class"]), key=str):
        path = graph.value(shape, SH.path)
        ranges = set(tree.terms_graph.objects(path, RDFS.range)) if is_own(path) else set()
        ledger.see()
        if ranges - set(tree.terms_graph.transitive_objects(demanded, RDFS.subClassOf)):
            names = ", ".join(map(shorten, sorted(ranges)))
            text = f"has the range {names}, but {shorten(shape)} demands {shorten(demanded)}; make the two agree"
            yield path, text
