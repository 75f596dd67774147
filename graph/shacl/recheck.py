"""What a change does to the judgement of things: those it can have a bearing on are judged before and after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from rdflib import RDFS, Graph, URIRef

from graph.formats import Term, Triple
from graph.shacl import chains, evaluation
from graph.shacl.evaluation import Outcome


class Facts(Protocol):
    """Statements, each once, and the graphs in which they stand."""

    match: Callable[[tuple[Term | None, Term | None, Term | None]], Iterable[Triple]]
    is_told: Callable[[Term, frozenset[URIRef]], bool]
    subjects: Callable[[URIRef], set[Term]]


@dataclass(frozen=True)
class World:
    """All there is at one time, and the graphs whose things are judged."""

    facts: Facts
    judged: frozenset[URIRef]


@dataclass(frozen=True)
class Difference:
    """The nodes that were judged again, those of them that a shape reaches now, and how much the counts of a report go up."""

    nodes: frozenset[Term]
    reached: frozenset[Term]
    focus_nodes: int
    constraints: int


def compare(shapes: Graph, worlds: tuple[World, World], changes: Iterable[Triple], graphs: frozenset[URIRef]) -> Difference | None:
    """Judge all things on which a change can have a bearing, in the world before and in the world after it.

    `changes` are the statements that stand in one of them only, no subclass axiom among them; `graphs` those that were exchanged, all
    of whose things are judged as well. None where it cannot be told which things these are, where anything is wrong with one of them,
    or where a thing of another graph is reached by a shape in one world only.
    """
    looked = chains.chains_of(shapes)
    if looked is None:
        return None
    nodes = chains.affected(changes, looked, worlds[1].facts.match)
    nodes |= {s for world in worlds for graph in graphs for s in world.facts.subjects(graph)}
    outcomes = [_judge(shapes, looked, world, nodes) for world in worlds]
    if any(each.found or each.left for each in outcomes):
        return None
    then, now = (each.reached for each in outcomes)
    if any(world.facts.is_told(each, world.judged - graphs) for each in then ^ now for world in worlds):
        return None
    return Difference(frozenset(nodes), now, len(now) - len(then), outcomes[1].constraints - outcomes[0].constraints)


def _judge(shapes: Graph, looked: frozenset[chains.Chain], world: World, nodes: Iterable[Term]) -> Outcome:
    wanted = {each for each in nodes if world.facts.is_told(each, world.judged)}
    triples = chains.seen_from(wanted, looked, world.facts.match) | set(world.facts.match((None, RDFS.subClassOf, None)))
    return evaluation.evaluate(triples, shapes, wanted)
