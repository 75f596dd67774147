"""One shape held against one set of focus nodes: their values, fetched once, and what the constraints need to know of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from rdflib import URIRef
from rdflib.term import Node as RdfNode

from graph.shacl import rules
from graph.shacl.model import COMPONENTS, Shape
from graph.workbench import Node, Workbench, holding

Nodes = Set[Node]

_MANY = 300  # from so many focus nodes on, all statements with a property are read instead of those of each focus node
_BY_COUNT = {"minCount", "maxCount", "hasValue", "closed", "sparql", "property"}
_BY_VALUE = set(COMPONENTS.values()) - _BY_COUNT


@dataclass(frozen=True)
class Hit:
    """A violation by a focus node: of which constraint, at which value, and by which path and words where not the shape's own."""

    focus: Node
    value: Node | None
    component: str
    path: Node | None = None
    words: tuple[str, ...] | None = None


class Focus:
    """A set of focus nodes, which is marked in the graph once a query needs it.

    `lasting` tells that several shapes are held against it, so that what came of one of them is worth keeping.
    """

    def __init__(self, bench: Workbench, nodes: Nodes, *, lasting: bool = False) -> None:
        self.nodes, self.lasting = nodes, lasting
        self._bench = bench

    @cached_property
    def name(self) -> str:
        """The name of the mark."""
        return self._bench.mark(self.nodes)

    @property
    def pattern(self) -> str:
        """The pattern that binds ?f to each of the nodes."""
        return holding(self.name, "?f")


class Evaluator(Protocol):
    """What a task needs of the engine that set it."""

    bench: Workbench

    def failing(self, node: RdfNode, focus: Focus) -> Nodes:
        """Return those of the focus nodes that do not conform to a shape."""

    def instances(self, top: RdfNode) -> Nodes:
        """Return what has a class or one below it."""


class Task:
    """One shape held against one set of focus nodes."""

    def __init__(self, over: Evaluator, shape: Shape, focus: Focus) -> None:
        self.over, self.bench, self.shape, self.focus = over, over.bench, shape, focus

    @cached_property
    def pairs(self) -> list[tuple[Node, Node]]:
        """Every focus node with each of its value nodes."""
        if self.shape.path is None:
            return [(each, each) for each in self.focus.nodes]
        if isinstance(self.shape.path, URIRef) and len(self.focus.nodes) > _MANY:
            nodes = self.focus.nodes
            return [row for row in self.bench.rows(rules.all_pairs(self.shape.path)) if row[0] in nodes]
        return list(self.bench.rows(rules.pairs(self.focus.pattern, self.shape)))

    @cached_property
    def values(self) -> Focus:
        """The value nodes as focus nodes of inner shapes."""
        return self.focus if self.shape.path is None else Focus(self.bench, {v for _, v in self.pairs})

    @cached_property
    def by_focus(self) -> dict[Node, list[Node]]:
        """The value nodes of each focus node, of those without any too."""
        found: dict[Node, list[Node]] = {each: [] for each in self.focus.nodes}
        for focus, value in self.pairs:
            found[focus].append(value)
        return found

    @cached_property
    def numbers(self) -> Counter[Node]:
        """How many value nodes each focus node has, of those with any."""
        return Counter(focus for focus, _ in self.pairs)

    @cached_property
    def needs_pairs(self) -> bool:
        """Whether the values are looked at one by one, so that what can be counted is counted there too."""
        return bool(_BY_VALUE.intersection(self.shape.components))

    @cached_property
    def having(self) -> dict[Node, list[Node]]:
        """The focus nodes that have each of the value nodes."""
        found: dict[Node, list[Node]] = defaultdict(list)
        for focus, value in self.pairs:
            found[value].append(focus)
        return found

    def rows(self, query: str) -> Iterator[tuple[Node | None, ...]]:
        """Ask the graph."""
        return self.bench.rows(query)

    def failing(self, node: RdfNode) -> Nodes:
        """Return those of the value nodes that do not conform to an inner shape."""
        return self.over.failing(node, self.values)
