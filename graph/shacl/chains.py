"""What the judgement of a thing can depend on: the chains of steps by which shapes look from a focus node at statements.

The judgement of a node by compiled shapes rests on statements that the last step of some chain matches where the steps before it lead from
the node to there, and on the subclass axioms, which are not among the chains: where they change, everything is judged again. So a
changed statement can matter only to nodes from which a chain leads to it (`affected`), and what such a chain leads to is all that is
needed to judge a node (`seen_from`). Either holds step by step: of the first statement along a chain that differs between two graphs,
those before it stand in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from rdflib import RDF, SH, Graph, URIRef
from rdflib.term import Node

from graph.formats import Term, Triple
from graph.shacl.compilable import sorted_out
from graph.shacl.model import COMPONENTS, Shape

Step = tuple[Node | None, bool]  # a property (None: any), and whether it is taken from subject to object
Chain = tuple[Step, ...]
Match = Callable[[tuple[Term | None, Term | None, Term | None]], Iterable[Triple]]

_TYPE: Step = (RDF.type, True)
_BESIDE = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)


@lru_cache(maxsize=4)
def chains_of(shapes: Graph) -> frozenset[Chain] | None:
    """Return every chain of `shapes`, with the chain itself all its beginnings; None where they cannot all be told.

    That is so for a shape that has a query of its own, cannot be compiled or has property shapes for the values of a property, and for
    a path of any number of steps.
    """
    known, left = sorted_out(shapes)
    if left:
        return None
    found: set[Chain] = set()
    for shape in known.values():
        targets = shape.targets
        if not targets:
            continue
        found |= {(_TYPE,)} if targets.classes else set()
        found |= {((each, True),) for each in targets.subjects_of} | {((each, False),) for each in targets.objects_of}
        if not _looks(known, shape, (), found):
            return None
    return frozenset(chain[:end] for chain in found for end in range(1, len(chain) + 1))


def _looks(known: dict[Node, Shape], shape: Shape, start: Chain, found: set[Chain]) -> bool:
    """Add the chains of a shape that is held against what `start` leads to; tell whether all could be told."""
    ends = [()] if shape.path is None else _steps(shape.graph, shape.path)
    leads_on = shape.path is not None and bool(shape.values(SH.property))  # results are about other nodes than the focus
    if ends is None or leads_on or "sparql" in shape.components or not set(shape.components) <= set(COMPONENTS.values()):
        return False
    for end in ends:
        here = start + end
        found |= {here, here + (_TYPE,)} if shape.values(SH["class"]) else {here}
        found |= {start + ((each, True),) for predicate in _BESIDE for each in shape.values(predicate)}
        found |= {here + ((None, True),)} if shape.values(SH.closed) else set()
        if not all(_looks(known, known[each], here, found) for each in _used(shape)):
            return False
    return True


def _used(shape: Shape) -> Iterator[Node]:
    """Yield the shapes that a shape uses, those beside it by which a value is counted or not included."""
    graph = shape.graph
    yield from shape.inner
    if shape.values(SH.qualifiedValueShapesDisjoint):
        for parent in graph.subjects(SH.property, shape.node):
            for beside in graph.objects(parent, SH.property):
                yield from graph.objects(beside, SH.qualifiedValueShape)


def _steps(graph: Graph, path: Node) -> list[Chain] | None:
    """Return the ways in which a path can be taken; None for one of any number of steps."""
    if isinstance(path, URIRef):
        return [((path, True),)]
    if (path, RDF.first, None) in graph:
        ways: list[Chain] = [()]
        for part in graph.items(path):
            further = _steps(graph, part)
            if further is None:
                return None
            ways = [way + more for way in ways for more in further]
        return ways
    for inner in graph.objects(path, SH.inversePath):
        turned = _steps(graph, inner)
        return None if turned is None else [tuple((step, not forward) for step, forward in reversed(way)) for way in turned]
    for members in graph.objects(path, SH.alternativePath):
        parts = [_steps(graph, each) for each in graph.items(members)]
        return None if None in parts else [way for part in parts for way in part]
    return None


def affected(changes: Iterable[Triple], chains: frozenset[Chain], match: Match) -> set[Term]:
    """Return the nodes from which a chain leads to one of the changed statements; `match` finds statements by pattern."""
    nodes: set[Term] = set()
    for s, p, o in changes:
        for chain in chains:
            step, forward = chain[-1]
            if step is None or step == p:
                nodes |= _back({s if forward else o}, chain[:-1], match)
    return nodes


def _back(nodes: set[Term], chain: Chain, match: Match) -> set[Term]:
    for step, forward in reversed(chain):
        if forward:
            nodes = {s for each in nodes for s, _, _ in match((None, step, each))}
        else:
            nodes = {o for each in nodes for _, _, o in match((each, step, None))}
    return nodes


def seen_from(nodes: Iterable[Term], chains: frozenset[Chain], match: Match) -> set[Triple]:
    """Return every statement that a chain leads to from one of the nodes."""
    seen: set[Triple] = set()
    reached: dict[Chain, set[Term]] = {(): set(nodes)}
    for chain in sorted(chains, key=len):
        step, forward = chain[-1]
        ends: set[Term] = set()
        for each in reached[chain[:-1]]:
            found = list(match((each, step, None) if forward else (None, step, each)))
            seen.update(found)
            ends.update(o if forward else s for s, _, o in found)
        reached[chain] = ends
    return seen
