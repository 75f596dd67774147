"""Which shapes the compiler can take, and why it cannot take the others.

It takes a shape whose parameters are as SHACL wants them. What is doubtful is left to pySHACL, which says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from rdflib import RDF, RDFS, SH, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from graph.shacl import rules
from graph.shacl.model import TO_SHAPES, Shape, shapes_of

Shapes = Mapping[Node, Shape]

_BEYOND = (SH.target, SH.js, SH.expression, SH.rule)
_NODE_KINDS = {SH.IRI, SH.BlankNode, SH.Literal, SH.BlankNodeOrIRI, SH.BlankNodeOrLiteral, SH.IRIOrLiteral}
_OF_PROPERTY_SHAPES = {"minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape"}
_ONCE = {"datatype", "nodeKind", "minCount", "maxCount", "minLength", "maxLength", "languageIn", "uniqueLang", "in", "closed", "flags"}


def sorted_out(graph: Graph) -> tuple[dict[Node, Shape], dict[Node, str]]:
    """Return every shape of a shapes graph by its node, and those that cannot be compiled, each with the reason; all of them where one
    fault spoils all.

    Worked out once for each graph, which is not to be changed afterwards.
    """
    return _sorted_out(graph, len(graph))


@lru_cache(maxsize=4)
def _sorted_out(graph: Graph, _size: int) -> tuple[dict[Node, Shape], dict[Node, str]]:
    shapes = shapes_of(graph)
    spoilt = _spoilt(graph, shapes)
    own = {} if spoilt else {node: _own_fault(shape, shapes) for node, shape in shapes.items()}
    reasons = {node: spoilt or _reason(shapes, own, node, ()) for node in shapes}
    return shapes, {node: reason for node, reason in reasons.items() if reason}


def _spoilt(graph: Graph, shapes: Shapes) -> str | None:
    """Return what is wrong with the shapes as a whole."""
    kinds = {SH.ConstraintComponent, *graph.subjects(RDFS.subClassOf, SH.ConstraintComponent)}
    if any(not str(each).startswith(str(SH)) for kind in kinds for each in graph.subjects(RDF.type, kind)):
        return "the shapes define constraint components of their own"
    for node, shape in shapes.items():
        types = set(graph.objects(node, RDF.type)) & {SH.NodeShape, SH.PropertyShape}
        if len(types) > 1 or (SH.NodeShape in types and shape.path is not None) or (SH.PropertyShape in types and shape.path is None):
            return "a shape is both a node shape and a property shape, or neither"
        if len(shape.values(SH.path)) > 1 or (shape.path is not None and shape.path_sparql is None):
            return "a path cannot be read"
        if not all(_list_of(graph, each) for predicate in TO_SHAPES for each in shape.values(predicate)):
            return "a list of shapes is empty or cannot be read"
    return None


def _reason(shapes: Shapes, own: Mapping[Node, str | None], node: Node, trail: tuple[Node, ...]) -> str | None:
    """Return why a shape, with all that it uses, cannot be compiled; `own` tells what is wrong with each by itself."""
    if node in trail:
        return "it leads back to itself"
    inner = (_reason(shapes, own, each, (*trail, node)) for each in shapes[node].inner)
    return own[node] or next((each for each in inner if each), None)


def _own_fault(shape: Shape, shapes: Shapes) -> str | None:
    if any(shape.values(each) for each in _BEYOND):
        return "it uses more than SHACL Core and sh:sparql"
    if len(shape.values(SH.severity)) > 1 or any(not _is_boolean(each) for each in shape.values(SH.deactivated)):
        return "its sh:severity or sh:deactivated cannot be read"
    targets = shape.targets
    if not all(map(_is_iri, targets.classes | targets.subjects_of | targets.objects_of)):
        return "a target of it is no IRI"
    if any(not isinstance(each, Literal) for each in shape.messages):
        return "its sh:message is no text"
    for name in shape.components:
        if name in _OF_PROPERTY_SHAPES and shape.path is None:
            return f"sh:{name} stands in a node shape"
        if name in _ONCE and len(shape.values(SH[name])) != 1:
            return f"sh:{name} is not given once"
        if not _SOUND[name](shape, shapes):
            return f"sh:{name} cannot be read"
    return None


def _list_of(graph: Graph, members: Node) -> list[Node] | None:
    """Return the members of a list; None where it is empty, endless or broken off."""
    found: list[Node] = []
    seen: set[Node] = set()
    while members != RDF.nil:
        rest, first = list(graph.objects(members, RDF.rest)), list(graph.objects(members, RDF.first))
        if members in seen or len(rest) != 1 or len(first) != 1:
            return None
        seen.add(members)
        found.append(first[0])
        members = rest[0]
    return found or None


def _is_boolean(value: Node) -> bool:
    return isinstance(value, Literal) and isinstance(value.value, bool)


def _is_count(value: Node) -> bool:
    return isinstance(value, Literal) and value.datatype == XSD.integer and not value.ill_typed and int(value) >= 0


def _each(name: str, test: Callable[[Node], bool]) -> Callable[[Shape, Shapes], bool]:
    return lambda shape, shapes: all(test(each) for each in shape.values(SH[name]))


def _is_pattern(value: Node) -> bool:
    try:
        re.compile(str(value))
    except re.error:
        return False
    return isinstance(value, Literal)


def _qualified(shape: Shape, shapes: Shapes) -> bool:
    least, most = shape.values(SH.qualifiedMinCount), shape.values(SH.qualifiedMaxCount)
    counts = [*least, *most]
    used = shape.values(SH.qualifiedValueShape)
    sound = bool(used) and 1 <= len(counts) and len(least) < 2 and len(most) < 2 and all(map(_is_count, counts))
    return sound and len(shape.values(SH.qualifiedValueShapesDisjoint)) < 2


def _closed(shape: Shape, shapes: Shapes) -> bool:
    closed, ignored = shape.values(SH.closed), shape.values(SH.ignoredProperties)
    return bool(closed) and _is_boolean(closed[0]) and all(_list_of(shape.graph, each) or each == RDF.nil for each in ignored)


def _languages(shape: Shape, shapes: Shapes) -> bool:
    members = _list_of(shape.graph, shape.values(SH.languageIn)[0])
    return members is not None and all(isinstance(each, Literal) and isinstance(each.value, str) for each in members)


def _choices(shape: Shape, shapes: Shapes) -> bool:
    members = shape.values(SH["in"])[0]
    return members == RDF.nil or _list_of(shape.graph, members) is not None


def _properties(shape: Shape, shapes: Shapes) -> bool:
    return all(shapes[each].path is not None for each in shape.values(SH.property))


def _nodes(shape: Shape, shapes: Shapes) -> bool:
    return all(shapes[each].path is None for each in shape.values(SH.node))


def _always(shape: Shape, shapes: Shapes) -> bool:
    return True


def _is_iri(value: Node) -> bool:
    return isinstance(value, URIRef)


_SOUND: dict[str, Callable[[Shape, Shapes], bool]] = {
    "class": _each("class", _is_iri), "not": _always, "and": _always, "or": _always, "xone": _always,
    "datatype": _each("datatype", _is_iri), "nodeKind": _each("nodeKind", _NODE_KINDS.__contains__),
    "minCount": _each("minCount", _is_count), "maxCount": _each("maxCount", _is_count),
    "minLength": _each("minLength", _is_count), "maxLength": _each("maxLength", _is_count),
    **{name: _each(name, lambda value: isinstance(value, Literal))
       for name in ("minExclusive", "minInclusive", "maxExclusive", "maxInclusive")},
    "pattern": lambda shape, shapes: len(shape.values(SH.flags)) < 2 and all(map(_is_pattern, shape.values(SH.pattern))),
    "languageIn": _languages, "uniqueLang": _each("uniqueLang", _is_boolean), "in": _choices,
    **{name: _each(name, _is_iri) for name in ("equals", "disjoint", "lessThan", "lessThanOrEquals")},
    "node": _nodes, "property": _properties, "qualifiedValueShape": _qualified, "closed": _closed,
    "hasValue": _each("hasValue", lambda value: not isinstance(value, BNode)),
    "sparql": lambda shape, shapes: all(rules.query_of(shape, each) for each in shape.values(SH.sparql)),
}  # fmt: skip
