"""What a change does to the judgement of things: those it can have a bearing on are judged after it.

How they were judged before it stands in the report of that time; of that world, only what a shape reached is worked out again. It is not
read from the store either, but is the world of now without what came and with what went.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from rdflib import RDFS, Graph, URIRef

from graph.formats import Term, Triple
from graph.shacl import chains, evaluation

_Pattern = tuple[Term | None, Term | None, Term | None]


class Facts(Protocol):
    """Statements, each once, and the graphs in which they stand."""

    match: Callable[[_Pattern], Iterable[Triple]]
    is_told: Callable[[Term, frozenset[URIRef]], bool]


@dataclass(frozen=True)
class Change:
    """The statements that stood before the change only, or after it only, no subclass axiom among them; the things of which the graphs
    that were exchanged spoke then and speak now; and the other graphs whose things are judged.
    """

    removed: Set[Triple]
    added: Set[Triple]
    then: frozenset[Term]
    now: frozenset[Term]
    elsewhere: frozenset[URIRef]


@dataclass(frozen=True)
class Difference:
    """The nodes that were judged again, those of them that a shape reaches now, and how much the counts of a report go up."""

    nodes: frozenset[Term]
    reached: frozenset[Term]
    focus_nodes: int
    constraints: int


def compare(shapes: Graph, facts: Facts, change: Change) -> Difference | None:
    """Judge all things on which a change can have a bearing; `facts` are those after it.

    None where it cannot be told which things these are, where anything is wrong with one of them now, or where a thing of another graph
    is reached by a shape in one world only. What was wrong with one of them before is not looked at.
    """
    looked = chains.chains_of(shapes)
    if looked is None:
        return None
    nodes = chains.affected(chain(change.removed, change.added), looked, facts.match) | change.then | change.now
    others = {each for each in nodes - (change.then & change.now) if facts.is_told(each, change.elsewhere)}
    axioms = set(facts.match((None, RDFS.subClassOf, None)))
    then, now = others | change.then, others | change.now
    outcome = evaluation.evaluate(chains.seen_from(now, looked, facts.match) | axioms, shapes, now)
    if outcome.found or outcome.left:
        return None
    aimed = frozenset(each for each in looked if len(each) == 1)  # as far as a target looks
    reached, constraints = evaluation.count(chains.seen_from(then, aimed, _past(facts, change)) | axioms, shapes, then)
    if any(facts.is_told(each, change.elsewhere) for each in reached ^ outcome.reached):
        return None
    return Difference(
        frozenset(nodes), outcome.reached, len(outcome.reached) - len(reached), outcome.constraints - constraints
    )


def _past(facts: Facts, change: Change) -> chains.Match:
    """Return what finds the statements before a change by a pattern that names subject or value."""
    gone: dict[tuple[Term | None, Term | None], list[Triple]] = defaultdict(list)
    for each in change.removed:
        gone[each[0], None].append(each)
        gone[None, each[2]].append(each)

    def match(pattern: _Pattern) -> Iterator[Triple]:
        subject, predicate, value = pattern
        yield from (each for each in facts.match(pattern) if each not in change.added)
        yield from (each for each in gone.get((subject, value), ()) if predicate in (None, each[1]))

    return match
