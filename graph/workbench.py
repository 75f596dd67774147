"""One graph in the engine's memory, to be asked whole sets at a time.

The engine keeps numbers and dates by their value, so that it gives 1.0 back as 1; here every literal comes back as it was put in, and
two ways of writing one number stay two. Sets of nodes can be marked and then stand in a query as a pattern.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox
from rdflib import Literal, URIRef

from graph.formats import Term, Triple, to_ox, to_term

Node = ox.NamedNode | ox.BlankNode | ox.Literal

IRI, LITERAL = ox.NamedNode, ox.Literal
_SET = "urn:x-tropico:set:"
_KEPT = "urn:x-tropico:kept:"
_MARKS, _HOLDS = ox.NamedNode("urn:x-tropico:marks"), ox.NamedNode("urn:x-tropico:holds")


class Workbench:
    """A graph in memory; its nodes are the engine's terms, which `stored` and `term` turn into rdflib's and back.

    `wrapped` tells that literals of one value but different writing are in it, all but one of which have no value in a query.
    """

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.wrapped = False
        self._store = ox.Store()
        self._iris: dict[str, Node] = {}  # by plain text, as rdflib's own comparison of terms takes longer than all the rest
        self._literals: dict[Term, Node] = {}
        self._written: dict[Node, Term] = {}
        self._sets = 0
        self._store.bulk_extend(self._quads(triples))

    def stored(self, term: Term) -> Node:
        """Return the node that stands for an rdflib term in the graph."""
        if isinstance(term, URIRef):
            name = str(term)
            node = self._iris.get(name)
            if node is None:
                node = self._iris[name] = to_ox(term)
            return node
        if not isinstance(term, Literal):
            return to_ox(term)
        if not term.datatype and not _is_odd(term.language):
            node = to_ox(term)
            self._written[node] = term
            return node
        node = self._literals.get(term)
        if node is None:
            node = self._literals[term] = self._as_kept(term)
        return node

    def _quads(self, triples: Iterable[Triple]) -> Iterator[ox.Quad]:
        known, stored = self._iris.get, self.stored
        for s, p, o in triples:
            value = known(str(o)) if o.__class__ is URIRef else None
            yield ox.Quad(known(str(s)) or stored(s), known(str(p)) or stored(p), value or stored(o))

    def term(self, node: Node) -> Term:
        """Return the rdflib term that a node stands for, as it was put in."""
        term = self._written.get(node)
        return to_term(node) if term is None else term

    def rows(self, query: str) -> Iterator[tuple[Node | None, ...]]:
        """Return the rows of a SELECT over the graph; marks are seen by `holding` alone."""
        return map(tuple, self._store.query(query))

    def named_rows(self, query: str) -> Iterator[dict[str, Node]]:
        """Yield the rows of a SELECT, each different one once, by the names of the variables that are bound in it."""
        answer = self._store.query(query)
        names = [each.value for each in answer.variables]
        rows = dict.fromkeys(tuple(each) for each in answer)
        yield from ({name: node for name, node in zip(names, row, strict=True) if node is not None} for row in rows)

    def column(self, query: str) -> Iterator[Node]:
        """Return the first cell of each row of a SELECT."""
        return (solution[0] for solution in self._store.query(query))

    def mark(self, nodes: Iterable[Node]) -> str:
        """Keep a set of nodes beside the graph; return the name under which `holding` finds it."""
        self._sets += 1
        name = ox.NamedNode(f"{_SET}{self._sets}")
        self._store.bulk_extend(ox.Quad(name, _HOLDS, node, _MARKS) for node in nodes)
        return str(name)

    def _as_kept(self, term: Literal) -> Node:
        """Return the literal as the engine keeps it, or in a wrapping of its own where another one is kept as the same."""
        given = to_ox(term)
        probe = ox.Store()
        probe.add(ox.Quad(_HOLDS, _HOLDS, given))
        kept = next(iter(probe)).object
        if kept in self._written:
            self.wrapped = True
            language = term.language or ""
            kept = ox.Literal(str(term), datatype=ox.NamedNode(f"{_KEPT}{language}:{term.datatype or ''}"))
        self._written[kept] = term
        return kept


def _is_odd(language: str | None) -> bool:
    """Tell whether the engine would write a language tag in another way."""
    return language is not None and language != language.lower()


def holding(name: str, variable: str) -> str:
    """Return the pattern that binds `variable`, such as ?f, to the nodes of a marked set."""
    return f"GRAPH {_MARKS} {{ {name} {_HOLDS} {variable} }}"
