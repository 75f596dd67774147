"""Shapes as they stand in a shapes graph: which there are, what each targets, looks at and demands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

from graph.shacl import paths

TO_SHAPE = (SH.node, SH.property, SH["not"], SH.qualifiedValueShape)
TO_SHAPES = (SH["and"], SH["or"], SH.xone)
TARGETS = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)

_ONE_PARAMETER = (
    "class datatype nodeKind minCount maxCount minExclusive minInclusive maxExclusive maxInclusive not and or xone minLength maxLength"
    " pattern languageIn uniqueLang equals disjoint lessThan lessThanOrEquals node property hasValue in"
).split()
_NAMES = {name: name for name in _ONE_PARAMETER} | {
    "qualifiedValueShape": "qualifiedValueShape", "qualifiedMinCount": "qualifiedValueShape",
    "qualifiedMaxCount": "qualifiedValueShape", "qualifiedValueShapesDisjoint": "qualifiedValueShape",
    "closed": "closed", "ignoredProperties": "closed", "sparql": "sparql",
}  # fmt: skip
# the parameters of SHACL Core and SHACL-SPARQL, each with that after which its component is called here
COMPONENTS: dict[URIRef, str] = {URIRef(f"{SH}{parameter}"): name for parameter, name in _NAMES.items()}


@dataclass(frozen=True)
class Targets:
    """What makes a node a focus node: being named, its class, or having or being the value of a property."""

    nodes: frozenset[Node] = field(default_factory=frozenset)
    classes: frozenset[Node] = field(default_factory=frozenset)
    subjects_of: frozenset[Node] = field(default_factory=frozenset)
    objects_of: frozenset[Node] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.nodes or self.classes or self.subjects_of or self.objects_of)


@dataclass(frozen=True, eq=False)
class Shape:
    """One shape: its node in the shapes graph and what is said of it there."""

    graph: Graph
    node: Node
    path: Node | None

    @cached_property
    def _said(self) -> dict[Node, list[Node]]:
        said: dict[Node, list[Node]] = {}
        for predicate, value in self.graph.predicate_objects(self.node):
            said.setdefault(predicate, []).append(value)
        return said

    def values(self, parameter: URIRef) -> list[Node]:
        """Return the values of a parameter."""
        return self._said.get(parameter, [])

    @cached_property
    def components(self) -> tuple[str, ...]:
        """The constraint components that the shape uses, by name."""
        return tuple(sorted({COMPONENTS[each] for each in self._said if each in COMPONENTS}))

    @cached_property
    def deactivated(self) -> bool:
        """Whether the shape is switched off."""
        return any(isinstance(each, Literal) and bool(each.value) for each in self.values(SH.deactivated))

    @cached_property
    def severity(self) -> URIRef:
        """The severity of the results."""
        return next(iter(self.values(SH.severity)), SH.Violation)

    @cached_property
    def messages(self) -> tuple[Literal, ...]:
        """What the shape has to say."""
        return tuple(self.values(SH.message))

    @cached_property
    def path_sparql(self) -> str | None:
        """The path in SPARQL; None for a node shape and for a path that is not well-formed."""
        return None if self.path is None else paths.as_sparql(self.graph, self.path)

    @cached_property
    def steps(self) -> list[str] | None:
        """The single steps of which the path takes one, in SPARQL; None where it takes several."""
        return None if self.path is None else paths.branches(self.graph, self.path)

    @cached_property
    def targets(self) -> Targets:
        """The targets, the class that the shape is itself among them."""
        nodes, classes, subjects, objects = (set(self.values(each)) for each in TARGETS)
        if metaclasses(self.graph) & set(self.values(RDF.type)):
            classes.add(self.node)
        return Targets(frozenset(nodes), frozenset(classes), frozenset(subjects), frozenset(objects))

    @cached_property
    def inner(self) -> tuple[Node, ...]:
        """The nodes of the shapes that this one uses."""
        single = [each for predicate in TO_SHAPE for each in self.values(predicate)]
        lists = [each for predicate in TO_SHAPES for each in self.values(predicate)]
        return (*single, *(each for members in lists for each in self.graph.items(members)))


def shapes_of(graph: Graph) -> dict[Node, Shape]:
    """Return every shape of a shapes graph by its node."""
    return {node: Shape(graph, node, graph.value(node, SH.path)) for node in dict.fromkeys(_nodes(graph))}


def metaclasses(graph: Graph) -> set[Node]:
    """Return the types that make a shape the class of its own focus nodes."""
    return {RDFS.Class, OWL.Class, *graph.subjects(RDFS.subClassOf, RDFS.Class)}


def count_components(shapes: Mapping[Node, Shape], node: Node, above: tuple[Node, ...] = ()) -> int:
    """Count the constraint components of a shape and of its property shapes; `above` are the shapes that led there."""
    shape = shapes[node]
    own = sum(each != "property" for each in shape.components)
    inner = (each for each in shape.values(SH.property) if each not in above)
    return own + sum(count_components(shapes, each, (*above, node)) for each in inner)


def _nodes(graph: Graph) -> Iterator[Node]:
    for kind in (SH.NodeShape, SH.PropertyShape):
        yield from graph.subjects(RDF.type, kind)
    for predicate in (*TARGETS, SH.property, SH.node):
        yield from graph.subjects(predicate)
    for predicate in TO_SHAPE:
        yield from graph.objects(None, predicate)
    for predicate in TO_SHAPES:
        for members in graph.objects(None, predicate):
            yield from graph.items(members)
