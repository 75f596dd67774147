"""A copy of what a store on disk holds, to be changed here and there, asked, and put in force or thrown away.

The copy shares the files of the generation it is made of, so that making it costs the same in a small store and in a large one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import pyoxigraph as ox
from rdflib import BNode, Literal, URIRef

from graph.embedded import EmbeddedStore
from graph.engine import ReadingStore
from graph.errors import StoreError
from graph.filling import fitting
from graph.formats import Term, Triple, to_ox, to_term, to_term_once
from graph.generations import Difference
from graph.tally import Tally

Pattern = tuple[Term | None, Term | None, Term | None]
Node = ox.NamedNode | ox.BlankNode | ox.Literal

_MOST = 300  # statements on one thing that are read at once, or places where they stand


class Facts:
    """The statements of a store outside some of its graphs, each once however many graphs it stands in."""

    def __init__(self, engine: Callable[[], ox.Store], without: Iterable[URIRef]) -> None:
        self._engine = engine  # not the engine itself, which has to be let go of when the draft is closed
        self._without = tuple(map(to_ox, without))

    def match(self, pattern: Pattern) -> set[Triple]:
        """Return the statements that fit a pattern, in which None fits anything."""
        return set(self.each(pattern))

    def each(self, pattern: Pattern) -> Iterator[Triple]:
        """Yield the statements that fit a pattern one by one, for who wants only some."""
        for each in self.triples(*(None if term is None else to_ox(term) for term in pattern)):
            yield to_term(each.subject), to_term(each.predicate), to_term(each.object)

    def has(self, triple: Triple) -> bool:
        """Tell whether a statement is among them."""
        return self.holds(*map(to_ox, triple))

    def triples(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Iterator[ox.Triple]:
        """Yield the statements that fit a pattern one by one, in the engine's terms: from the union, where a statement of thousands
        of graphs stands once, but not what stands left out alone.
        """
        return filter(self._is_fact, self.in_union(subject, predicate, value))

    def in_union(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Iterator[ox.Triple]:
        """Yield the same and what stands left out alone, for who asks `is_fact` of few of them."""
        if isinstance(subject, ox.Literal):
            return
        for each in fitting(self._engine(), subject, predicate, value, ox.DefaultGraph()):
            yield each.triple

    def is_fact(self, subject: Node, predicate: Node, value: Node) -> bool:
        """Tell whether a statement of the union is among them."""
        return self._is_fact(ox.Triple(subject, predicate, value))

    def holds(self, subject: Node, predicate: Node, value: Node) -> bool:
        """Tell whether a statement in the engine's terms is among them."""
        if isinstance(subject, ox.Literal):
            return False
        in_union = ox.Quad(subject, predicate, value)
        return in_union in self._engine() and self._is_fact(in_union.triple)

    def stands_in(self, subject: Node, predicate: Node, value: Node, graph: Node) -> bool:
        """Tell whether a statement in the engine's terms stands in a graph, which may be one of those left out."""
        return not isinstance(subject, ox.Literal) and ox.Quad(subject, predicate, value, graph) in self._engine()

    def is_told(self, subject: Term, graphs: Collection[URIRef]) -> bool:
        """Tell whether one of some graphs, none of which is left out, says something of a thing."""
        if isinstance(subject, Literal):
            return False
        names = (each.graph_name for each in self._engine().quads_for_pattern(to_ox(subject), None, None, None))
        return any(isinstance(name, ox.NamedNode) and URIRef(name.value) in graphs for name in names)

    def _is_fact(self, triple: ox.Triple) -> bool:
        """Tell whether a statement of the union stands elsewhere than in what is left out."""
        engine = self._engine()
        return not any(ox.Quad(*triple, graph) in engine for graph in self._without) or self._stands_elsewhere(triple)

    def about(self, subject: URIRef | BNode, most: int, known: dict[object, Term]) -> tuple[list[Triple], set[URIRef]] | None:
        """Return the statements on a thing, and the graphs in which they stand; None where they stand in more than `most` places.

        `known` keeps the terms that were turned before, see `to_term_once`.
        """
        found = list(islice(self._engine().quads_for_pattern(to_ox(subject), None, None, None), most + 1))
        if len(found) > most:
            return None
        beside = {ox.DefaultGraph(), *self._without}
        facts = [each for each in found if each.graph_name not in beside]
        triples = dict.fromkeys(each.triple for each in facts)
        turned = [(subject, to_term_once(each.predicate, known), to_term_once(each.object, known)) for each in triples]
        return turned, {to_term_once(each.graph_name, known) for each in facts}

    def _stands_elsewhere(self, triple: ox.Triple) -> bool:
        beside = {ox.DefaultGraph(), *self._without}
        return any(each.graph_name not in beside for each in fitting(self._engine(), *triple, None))


class Remembered:
    """Facts that stay as they are for a while: what is said of a thing is read once, where it is not too much.

    One look-up in place of one for each property makes the work hang less on how large the store is, which each look-up feels.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._about: dict[Term, _About | None] = {}
        self._terms: dict[object, Term] = {}

    def match(self, pattern: Pattern) -> Iterable[Triple]:
        """Return the statements that fit a pattern, one by one where a first one may be all that is wanted."""
        subject, predicate, value = pattern
        about = None if subject is None else self._read(subject)
        if about is None:
            return self._facts.each(pattern)
        return [each for each in about.by_property.get(predicate, ()) if value is None or each[2] == value]

    def is_told(self, subject: Term, graphs: Collection[URIRef]) -> bool:
        """Tell whether one of some graphs, none of which is left out, says something of a thing."""
        about = self._read(subject)
        if about is None or about.graphs is None:
            return self._facts.is_told(subject, graphs)
        return any(each in graphs for each in about.graphs)

    def _read(self, subject: Term) -> _About | None:
        """Return what is said of a thing; None where it is too much."""
        if subject not in self._about:
            self._about[subject] = _About.of([], set()) if isinstance(subject, Literal) else self._read_anew(subject)
        return self._about[subject]

    def _read_anew(self, subject: URIRef | BNode) -> _About | None:
        told = self._facts.about(subject, _MOST, self._terms)
        if told is not None:
            return _About.of(*told)
        few = list(islice(self._facts.each((subject, None, None)), _MOST + 1))  # what many graphs say may be little
        return _About.of(few, None) if len(few) <= _MOST else None


@dataclass(frozen=True)
class _About:
    """What is said of a thing, by property and all of it under None; and the graphs that say it, None where they are too many."""

    by_property: dict[Term | None, list[Triple]]
    graphs: set[URIRef] | None

    @classmethod
    def of(cls, triples: list[Triple], graphs: set[URIRef] | None) -> _About:
        found: dict[Term | None, list[Triple]] = {None: triples}
        for each in triples:
            found.setdefault(each[1], []).append(each)
        return cls(found, graphs)


class Draft(ReadingStore):
    """The copy. It is asked as any store; `before` gives the facts of what it was made of."""

    def __init__(self, engine: ox.Store, before: ox.Store) -> None:
        self._copy: ox.Store | None = engine
        self._before = before
        self._larger: Counter[str] = Counter()
        self._union = 0
        self._tally: Tally | None = None

    def _engine(self) -> ox.Store:
        if self._copy is None:
            raise StoreError("This draft is closed; begin another.")
        return self._copy

    def before(self, without: Iterable[URIRef]) -> Facts:
        """Return the facts that the store holds, outside some graphs."""
        return Facts(lambda: self._before, without)

    def now(self, without: Iterable[URIRef]) -> Facts:
        """Return the facts of the copy as it is at any time, outside some graphs."""
        return Facts(self._engine, without)

    def content(self, graph: URIRef) -> frozenset[Triple]:
        """Return what one graph holds."""
        found = (each.triple for each in self._engine().quads_for_pattern(None, None, None, to_ox(graph)))
        return frozenset((to_term(s), to_term(p), to_term(o)) for s, p, o in found)

    def know(self, tally: Tally) -> None:
        """Be told the tally of what the copy holds, beside what it says of itself, so that it need not be counted."""
        self._tally = tally

    def tally(self) -> Tally:
        return super().tally() if self._tally is None else self._tally

    def change(self, graph: URIRef, removed: Iterable[Triple], added: Iterable[Triple]) -> None:
        """Remove statements from a graph and add others, and keep the union true."""
        name = to_ox(graph)
        for s, p, o in removed:
            self._remove(ox.Quad(to_ox(s), to_ox(p), to_ox(o), name))
        self._add({ox.Quad(to_ox(s), to_ox(p), to_ox(o), name) for s, p, o in added})
        self._drop_if_empty(name)

    def take_back(self, graph: URIRef, triples: Iterable[ox.Triple], beside: Iterable[URIRef]) -> None:
        """Remove statements that stand in a graph, and in no other but some `beside`, so that only these are looked at, not all."""
        name, others, engine = to_ox(graph), [*map(to_ox, beside)], self._engine()
        for triple in triples:
            engine.remove(ox.Quad(*triple, name))
            self._larger[name.value] -= 1
            if not any(ox.Quad(*triple, each) in engine for each in others):
                engine.remove(ox.Quad(*triple))
                self._union -= 1
        self._drop_if_empty(name)

    def _drop_if_empty(self, name: ox.NamedNode) -> None:
        engine = self._engine()
        if next(engine.quads_for_pattern(None, None, None, name), None) is None:
            engine.remove_graph(name)  # the engine keeps the name of a graph that is empty

    def difference(self) -> Difference:
        """Return by how many statements the copy is larger than what it was made of."""
        return Difference(self._larger, self._union)

    def _remove(self, quad: ox.Quad) -> None:
        engine, triple = self._engine(), quad.triple
        if quad not in engine:
            return
        engine.remove(quad)
        self._larger[quad.graph_name.value] -= 1
        engine.remove(ox.Quad(*triple))  # and put back where another graph says it: most stand in one, and finding nothing costs least
        if next(fitting(engine, *triple, None), None) is None:
            self._union -= 1
        else:
            engine.add(ox.Quad(*triple))

    def _add(self, quads: Iterable[ox.Quad]) -> None:
        """Add quads, each different, in one go, as every go costs the engine more than a quad."""
        engine = self._engine()
        new = [each for each in quads if each not in engine]
        union = [each for each in (ox.Quad(*quad.triple) for quad in new) if each not in engine]
        engine.extend(new + union)
        self._larger.update(each.graph_name.value for each in new)
        self._union += len(union)

    def replace(self, graphs: dict[URIRef, Iterable[Triple]]) -> None:
        for graph, triples in graphs.items():
            held, wanted = self.content(graph), frozenset(triples)
            self.change(graph, held - wanted, wanted - held)

    def close(self) -> None:
        self._copy, self._before = None, ox.Store()


def amend(store: EmbeddedStore, work: Callable[[Draft], bool]) -> bool:
    """Give `work` a draft of what `store` holds, and put it in force if it returns True; return that.

    Raises what `replace` raises, and what `work` raises; then nothing is changed.
    """

    def draft(engine: ox.Store, before: ox.Store) -> Difference | None:
        with Draft(engine, before) as given:
            del engine, before
            return given.difference() if work(given) else None

    return store.amend(draft)


def stays_as_written(triples: Iterable[Triple]) -> bool:
    """Tell whether an engine gives every literal back in the very writing it was put in."""
    literals = {to_ox(o) for _, _, o in triples if getattr(o, "datatype", None) is not None or getattr(o, "language", None)}
    probe = ox.Store()
    node = ox.NamedNode("urn:x-tropico:probe")
    probe.bulk_extend(ox.Quad(node, node, each) for each in literals)
    return {each.object for each in probe} == literals
