"""Facts with a number in place of each term: numbers are compared in no time, where rdflib's terms take most of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import pyoxigraph as ox
from rdflib import URIRef

from graph.drafts import Facts, Node
from graph.terms import Term, Triple, to_ox, to_term

Numbers = tuple[int, int, int]  # a statement
Pattern = tuple[int | None, int | None, int | None]
_OF, _AT = 10, 1  # statements of a thing and statements that point at it: reading one costs as much as looking for others


class Numbering:
    """A number for each term that comes by, always the same one."""

    def __init__(self) -> None:
        self._iris: dict[str, int] = {}  # by plain text, as rdflib's own comparison of terms takes longer than all the rest
        self._others: dict[Term, int] = {}
        self._nodes: dict[Node, int] = {}
        self._terms: list[Term | None] = []
        self.node: list[Node] = []

    def number(self, term: Term) -> int:
        """Return the number of a term. Raises DataError as `to_ox`."""
        known, key = (self._iris, str(term)) if isinstance(term, URIRef) else (self._others, term)
        found = known.get(key)
        if found is None:
            found = known[key] = self._of(to_ox(term))
            self._terms[found] = term
        return found

    def name(self, text: str) -> int:
        """Return the number of the term that has a name. Raises DataError as `to_ox`."""
        found = self._iris.get(text)
        return self.number(URIRef(text)) if found is None else found

    def numbers(self, triple: Triple) -> Numbers:
        """Return a statement in numbers."""
        s, p, o = triple
        return self.number(s), self.number(p), self.number(o)

    def numbers_of(self, triple: ox.Triple) -> Numbers:
        """Return a statement of the engine in numbers."""
        return self._of(triple.subject), self._of(triple.predicate), self._of(triple.object)

    def triple(self, numbers: Numbers) -> Triple:
        """Return a statement in rdflib's terms."""
        s, p, o = numbers
        return self.term(s), self.term(p), self.term(o)

    def triple_of(self, numbers: Numbers) -> ox.Triple:
        """Return a statement in the engine's terms."""
        return ox.Triple(*(self.node[each] for each in numbers))

    def can_be_inferred(self, numbers: Numbers) -> bool:
        """Tell whether a statement is on something with a name, and its value no blank node."""
        return isinstance(self.node[numbers[0]], ox.NamedNode) and not isinstance(self.node[numbers[2]], ox.BlankNode)

    def _of(self, node: Node) -> int:
        found = self._nodes.get(node)
        if found is None:
            found = self._nodes[node] = len(self.node)
            self.node.append(node)
            self._terms.append(None)
        return found

    def term(self, number: int) -> Term:
        """Return the rdflib term of a number."""
        found = self._terms[number]
        if found is None:
            found = self._terms[number] = to_term(self.node[number])
        return found


class NumberedFacts:
    """The facts of a draft in numbers, while they stay as they are. Of little that is said of a thing, or points at it, all is read at
    once, and kept.
    """

    def __init__(self, facts: Facts, numbering: Numbering) -> None:
        self._facts, self._numbering = facts, numbering
        self._read: dict[Pattern, list[Numbers] | None] = {}

    def match(self, pattern: Pattern) -> Iterable[Numbers]:
        """Return the statements that fit a pattern that has a property, one by one where they may be many."""
        subject, predicate, value = pattern
        if subject is not None and value is not None:
            few = self._read.get((subject, None, None))
            return (pattern,) if (self.has(pattern) if few is None else pattern in few and self._is_fact(pattern)) else ()
        few = self._few((subject, None, value))
        return self._each(pattern) if few is None else [each for each in few if each[1] == predicate and self._is_fact(each)]

    def around(self, place: int, thing: int) -> set[int] | None:
        """Return the properties of what stands around a thing at place 0 or 2 of a statement; None where that is too much."""
        few = self._few((None, None, thing) if place else (thing, None, None))
        return None if few is None else {predicate for _, predicate, _ in few}

    def is_bare(self, thing: int) -> bool:
        """Tell whether nothing is said of a thing, and nothing points at it, not even what is left out."""
        node = self._numbering.node[thing]
        return not any(True for ends in ((node, None), (None, node)) for _ in self._facts.in_union(ends[0], None, ends[1]))

    def has(self, numbers: Numbers) -> bool:
        """Tell whether a statement is among them."""
        return self._facts.holds(*self._nodes(numbers))

    def stands(self, graph: int, numbers: Numbers) -> bool:
        """Tell whether a statement stands in a graph, which may be one of those left out."""
        node, (subject, predicate, value) = self._numbering.node, numbers
        return self._facts.stands_in(node[subject], node[predicate], node[value], node[graph])

    def _few(self, around: Pattern) -> list[Numbers] | None:
        """Return what is said of a thing, or points at it, and what of it stands left out too; None where it is too much."""
        if around not in self._read:
            self._read[around] = None if around == (None, None, None) else self._at_once(around, _OF if around[2] is None else _AT)
        return self._read[around]

    def _at_once(self, around: Pattern, most: int) -> list[Numbers] | None:
        found = list(islice(self._facts.in_union(*self._nodes(around)), most + 1))
        return None if len(found) > most else [self._numbering.numbers_of(each) for each in found]

    def _is_fact(self, numbers: Numbers) -> bool:
        return self._facts.is_fact(*self._nodes(numbers))

    def _each(self, pattern: Pattern) -> Iterator[Numbers]:
        return map(self._numbering.numbers_of, self._facts.triples(*self._nodes(pattern)))

    def _nodes(self, pattern: tuple[int | None, ...]) -> list[Node | None]:
        node = self._numbering.node
        return [None if each is None else node[each] for each in pattern]
