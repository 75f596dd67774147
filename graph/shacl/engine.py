"""Shapes evaluated set by set: every constraint is held against all of its focus nodes at once.

An inner shape, such as one in sh:or, is held against the set of all nodes it is asked about, and what fails it is a set again. So the
work grows with the number of values and not with the product of shapes and nodes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from rdflib import SH
from rdflib.term import Node as RdfNode

from graph.shacl import rules
from graph.shacl.constraints import hits
from graph.shacl.model import Shape, Targets
from graph.shacl.results import Found, component, messages_of, text_of
from graph.shacl.task import Focus, Hit, Nodes, Task
from graph.workbench import IRI, Node, Workbench


class Engine:
    """The evaluation of shapes, given by their nodes, over the graph on a workbench."""

    def __init__(self, bench: Workbench, shapes: Mapping[RdfNode, Shape]) -> None:
        self.bench = bench
        self._shapes = shapes
        self._failed: dict[tuple[RdfNode, Focus], Nodes] = {}
        self._targeted: dict[Targets, frozenset[Node]] = {}
        self._among: dict[Targets, frozenset[Node]] = {}
        self._foci: dict[frozenset[Node], Focus] = {}

    @cached_property
    def _below(self) -> dict[Node, set[Node]]:
        """The classes right below each class."""
        found: dict[Node, set[Node]] = defaultdict(set)
        for lower, upper in self.bench.rows(rules.subclasses()):
            found[upper].add(lower)
        return found

    def focus_nodes(self, targets: Targets) -> frozenset[Node]:
        """Return the nodes that have a target, whether or not anything is said of them."""
        if targets not in self._targeted:
            found = {self.bench.stored(each) for each in targets.nodes}
            classes = {each for top in targets.classes for each in self.classes(top)}
            if classes:
                found.update(self.bench.column(rules.instances(classes)))
            for each in targets.subjects_of:
                found.update(self.bench.column(rules.ends(each, subjects=True)))
            for each in targets.objects_of:
                found.update(self.bench.column(rules.ends(each, subjects=False)))
            self._targeted[targets] = frozenset(found)
        return self._targeted[targets]

    def instances(self, top: RdfNode) -> Nodes:
        """Return what has a class or one below it."""
        return self.focus_nodes(Targets(classes=frozenset([top])))

    def among(self, targets: Targets, only: frozenset[Node] | None) -> frozenset[Node]:
        """Return the focus nodes that are among `only`, or all of them where that is None."""
        if only is None:
            return self.focus_nodes(targets)
        if targets not in self._among:
            self._among[targets] = self.focus_nodes(targets) & only
        return self._among[targets]

    def classes(self, top: RdfNode) -> set[str]:
        """Return a class and all below it, as IRIs in SPARQL; a blank node cannot stand in a query and has no instances here."""
        start = self.bench.stored(top)
        found, waiting = {start}, [start]
        while waiting:
            fresh = self._below.get(waiting.pop(), set()) - found
            found |= fresh
            waiting += fresh
        return {str(each) for each in found if isinstance(each, IRI)}

    def results(self, shape: Shape, nodes: frozenset[Node]) -> Iterator[Found]:
        """Hold a shape against focus nodes and yield what is wrong."""
        if nodes not in self._foci:
            self._foci[nodes] = Focus(self.bench, nodes, lasting=True)
        yield from (found for _, found in self._results(shape, self._foci[nodes]))

    def failing(self, node: RdfNode, focus: Focus) -> Nodes:
        """Return those of the focus nodes that do not conform to a shape."""
        key = (node, focus)
        if key in self._failed:
            return self._failed[key]
        failed = self._failing(Task(self, self._shapes[node], focus))
        if focus.lasting:
            self._failed[key] = failed
        return failed

    def _results(self, shape: Shape, focus: Focus) -> Iterator[tuple[Node, Found]]:
        """Yield each result with the focus node from which it was come upon."""
        if shape.deactivated or not focus.nodes:
            return
        task = Task(self, shape, focus)
        for name in shape.components:
            if name == "property":
                for each in shape.values(SH.property):
                    yield from self._further(task, self._results(self._shapes[each], task.values))
            else:
                yield from ((hit.focus, self._found(shape, hit)) for hit in hits(task, name))

    def _further(self, task: Task, results: Iterator[tuple[Node, Found]]) -> Iterator[tuple[Node, Found]]:
        """Yield the results on value nodes once for each focus node that has the value."""
        if task.shape.path is None:
            yield from results
            return
        for value, found in results:
            yield from ((focus, found) for focus in task.having[value])

    def _failing(self, task: Task) -> Nodes:
        failed: set[Node] = set()
        if task.shape.deactivated or not task.focus.nodes:
            return failed
        for name in task.shape.components:
            if name == "property":
                for each in task.shape.values(SH.property):
                    inner = task.failing(each)
                    failed |= {f for f, v in task.pairs if v in inner} if inner else inner
            else:
                failed |= {hit.focus for hit in hits(task, name)}
        return failed

    def _found(self, shape: Shape, hit: Hit) -> Found:
        path = text_of(shape, self.bench.term(hit.path) if hit.path is not None else shape.path)
        value = None if hit.value is None else self.bench.term(hit.value)
        words = messages_of(shape, hit.component) if hit.words is None else hit.words
        return Found(self.bench.term(hit.focus), path, value, component(hit.component), shape.node, shape.severity, words)
