"""Data held against shapes: what is compiled by the engine in memory, the rest by pySHACL, and the counts of both."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from rdflib import RDF, SH, Graph
from rdflib.term import Node

from graph.formats import Term, Triple
from graph.shacl.compilable import sorted_out
from graph.shacl.engine import Engine
from graph.shacl.model import TARGETS, Shape, Targets, count_components, metaclasses, shapes_of
from graph.shacl.results import Found
from graph.workbench import Workbench

_TWO_FORMS = "a number or date is written in two ways in the data, which its query could not compare"


@dataclass(frozen=True)
class Outcome:
    """What came of it: results, shapes, the focus nodes that a shape reached, how often a constraint was held against one.

    `left` gives the shapes that were left to pySHACL, each with the reason.
    """

    found: tuple[Found, ...]
    shapes: int
    reached: frozenset[Term]
    constraints: int
    left: dict[Node, str]


@dataclass(frozen=True)
class _Plan:
    """What is to be done with the shapes of a graph, worked out once."""

    shapes: dict[Node, Shape]
    targets: dict[Node, Targets]
    constraints: dict[Node, int]
    leads_on: frozenset[Node]
    asking: frozenset[Node]
    left: dict[Node, str]

    def left_for(self, bench: Workbench) -> dict[Node, str]:
        """Return the shapes to be left to pySHACL, for the graph on the bench."""
        return self.left | (dict.fromkeys(self.asking, _TWO_FORMS) if bench.wrapped else {})


def evaluate(triples: Collection[Triple], shapes: Graph, wanted: Collection[Term] | None = None) -> Outcome:
    """Hold a graph against shapes; of the focus nodes only those in `wanted`, where that is given.

    What the shapes ask for is worked out once for each graph of shapes, which is not to be changed afterwards. Raises
    OntologyError where the shapes cannot be used.
    """
    plan = _plan(shapes, len(shapes))
    bench = Workbench(triples)
    left = plan.left_for(bench)
    found = _left(triples, shapes, plan, left) if left else []
    engine = Engine(bench, plan.shapes)
    only = None if wanted is None else frozenset(bench.stored(each) for each in wanted)
    reached: set = set()
    constraints = 0
    for node, targets in plan.targets.items():
        nodes = engine.focus_nodes(targets)
        own = engine.among(targets, only)
        reached |= own
        constraints += len(own) * plan.constraints[node]
        if node not in left:
            found += engine.results(plan.shapes[node], nodes if node in plan.leads_on else own)
    kept = tuple(each for each in found if wanted is None or each.focus in wanted)
    return Outcome(kept, len(plan.shapes), frozenset(map(bench.term, reached)), constraints, left)


def count(triples: Collection[Triple], shapes: Graph, wanted: Collection[Term]) -> tuple[frozenset[Term], int]:
    """Return those of the `wanted` nodes that a shape reaches, and how often a constraint would be held against one: what `evaluate`
    counts, with nothing judged.
    """
    plan = _plan(shapes, len(shapes))
    bench = Workbench(triples)
    engine = Engine(bench, plan.shapes)
    only = frozenset(bench.stored(each) for each in wanted)
    own = {node: engine.among(targets, only) for node, targets in plan.targets.items()}
    reached = frozenset().union(*own.values())
    return frozenset(map(bench.term, reached)), sum(len(nodes) * plan.constraints[node] for node, nodes in own.items())


def reach(triples: Iterable[Triple], shapes: Graph, wanted: Collection[Term]) -> dict[Node, int]:
    """Return how many of the `wanted` nodes each shape targets."""
    bench = Workbench(triples)
    known = shapes_of(shapes)
    engine = Engine(bench, known)
    only = frozenset(bench.stored(each) for each in wanted)
    active = (shape for shape in known.values() if not shape.deactivated)
    return {shape.node: len(engine.among(shape.targets, only)) for shape in active}


@lru_cache(maxsize=4)
def _plan(graph: Graph, _size: int) -> _Plan:
    shapes, left = sorted_out(graph)
    targets = {node: shape.targets for node, shape in shapes.items() if shape.targets}
    whole = {node: each for node, each in targets.items() if not shapes[node].deactivated}
    constraints = {node: count_components(shapes, node) for node in whole}
    leading = frozenset(node for node in whole if node not in left and _leads_on(shapes, node))
    asking = frozenset(node for node in whole if node not in left and _asks(shapes, node))
    return _Plan(shapes, whole, constraints, leading, asking, {node: reason for node, reason in left.items() if node in targets})


def _leads_on(shapes: dict[Node, Shape], node: Node) -> bool:
    """Tell whether a shape has property shapes for the values of a property: their results are about those values."""
    inner = shapes[node].values(SH.property)
    return (shapes[node].path is not None and bool(inner)) or any(_leads_on(shapes, each) for each in inner)


def _asks(shapes: dict[Node, Shape], node: Node) -> bool:
    """Tell whether a shape or one that it uses has a query of its own."""
    return "sparql" in shapes[node].components or any(_asks(shapes, each) for each in shapes[node].inner)


def _left(triples: Iterable[Triple], shapes: Graph, plan: _Plan, left: dict[Node, str]) -> list[Found]:
    """Have pySHACL evaluate the shapes that were left, with the targets of the others taken from them."""
    from graph.shacl.reference import found_by  # takes a third of a second, which is spent only where it is needed

    rest = Graph(bind_namespaces="none")
    compiled = plan.shapes.keys() - left.keys()
    kinds = metaclasses(shapes)
    for s, p, o in shapes:
        if s not in compiled or not (p in TARGETS or (p == RDF.type and o in kinds)):
            rest.add((s, p, o))
    return found_by(triples, rest)
