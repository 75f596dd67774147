"""What was inferred, brought in line with statements that were added and removed, without inferring all of it again.

Delete and rederive (Gupta, Mumick and Subrahmanian 1993, https://doi.org/10.1145/170036.170066): all that was derived with the help of
what is gone is taken back, then what still follows otherwise is put there again, then what follows from what is new is added. Each
step looks only at what joins with the last one. The outcome is that of `graph.infer.close`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from rdflib import RDF, BNode, URIRef

from graph.drafts import Draft, Remembered
from graph.formats import Term, Triple
from graph.infer import INFERRED, Rule

Binding = dict[str, Term]
Atom = tuple[str, str, str]  # variables are plain text such as "?x", terms are rdflib's
_Key = tuple[Term, Term | None]  # a property, and the value where it is a certain one


@dataclass(frozen=True)
class Clause:
    """A rule taken apart: where all of `body` hold, `head` does."""

    head: Atom
    body: tuple[Atom, ...]


@dataclass(frozen=True)
class Revision:
    """The statements that are inferred no longer, and those that are inferred now and were not before."""

    lost: set[Triple]
    gained: set[Triple]


def clauses(rules: Iterable[Rule]) -> tuple[Clause, ...] | None:
    """Take rules apart; None where one speaks of a literal, whose writing a comparison here could miss."""
    found = []
    for rule in rules:
        atoms = [_atom(each) for each in (rule.head, *rule.body)]
        if None in atoms:
            return None
        found.append(Clause(atoms[0], tuple(atoms[1:])))
    return tuple(found)


def _atom(pattern: str) -> Atom | None:
    subject, predicate, value = (_term(each) for each in pattern.split(" ", 2))
    if None in (subject, predicate, value):
        return None
    return (value, URIRef(predicate[1:]), subject) if type(predicate) is str else (subject, predicate, value)


def _term(text: str) -> str | None:
    """Return a term of a pattern: a variable, a name, or "^" and a name as plain text."""
    if text == "a":
        return RDF.type
    if text.startswith("?"):
        return text
    if text.startswith("<") and text.endswith(">"):
        return URIRef(text[1:-1])
    return f"^{text[2:-1]}" if text.startswith("^<") and text.endswith(">") else None


def revise(draft: Draft, clauses: Collection[Clause], derived: Iterable[URIRef], removed: set[Triple], added: set[Triple]) -> Revision:
    """Bring the graph INFERRED of `draft` in line with what was `removed` from and `added` to the union of the other graphs.

    Those changes stand in the draft already; `derived` are the graphs besides INFERRED that are no content.
    """
    then, now, known = draft.before(derived), draft.now(derived), _Index(clauses)
    over = _taken_back(draft, known, Remembered(then), removed)
    gone = over | {each for each in added if draft.stands(INFERRED, each)}
    draft.change(INFERRED, gone, ())
    as_it_is = Remembered(now)
    again = {each for each in over | removed if not now.has(each) and _follows(each, known, as_it_is)}
    draft.change(INFERRED, (), again)
    new, fresh = set(again), again | added
    while fresh:
        found = {each for each in _heads(fresh, known, Remembered(now)) if _names(each) and not now.has(each)}
        draft.change(INFERRED, (), found)
        new |= found
        fresh = found
    return Revision(gone - new, new - gone)


class _Index:
    """Clauses by what a statement must be like to be their head, or to stand at some place of their body."""

    def __init__(self, clauses: Iterable[Clause]) -> None:
        self._heads: dict[_Key, list[Clause]] = defaultdict(list)
        self._bodies: dict[_Key, list[tuple[Clause, int]]] = defaultdict(list)
        for clause in clauses:
            self._heads[_key(clause.head)].append(clause)
            for place, atom in enumerate(clause.body):
                self._bodies[_key(atom)].append((clause, place))

    def deriving(self, triple: Triple) -> Iterator[Clause]:
        """Yield the clauses whose head a statement may be."""
        return chain.from_iterable(self._heads.get(key, ()) for key in _keys(triple))

    def using(self, triple: Triple) -> Iterator[tuple[Clause, int]]:
        """Yield the clauses of whose body a statement may be a part, and the place."""
        return chain.from_iterable(self._bodies.get(key, ()) for key in _keys(triple))


def _key(atom: Atom) -> _Key:
    _, predicate, value = atom
    return predicate, None if type(value) is str else value


def _keys(triple: Triple) -> tuple[_Key, _Key]:
    _, predicate, value = triple
    return (predicate, None), (predicate, value)


def _taken_back(draft: Draft, known: _Index, then: Remembered, removed: set[Triple]) -> set[Triple]:
    """Return what was derived with the help of what is gone."""
    over: set[Triple] = set()
    fresh = removed
    while fresh:
        fresh = {each for each in _heads(fresh, known, then) if each not in over and draft.stands(INFERRED, each)}
        over |= fresh
    return over


def _heads(fresh: Iterable[Triple], known: _Index, facts: Remembered) -> Iterator[Triple]:
    """Yield what clauses derive with the help of a fresh statement."""
    for triple in fresh:
        for clause, place in known.using(triple):
            binding = _unified(clause.body[place], triple, {})
            if binding is not None:
                rest = clause.body[:place] + clause.body[place + 1 :]
                yield from (_filled(clause.head, each) for each in _joined(rest, binding, facts))


def _follows(triple: Triple, known: _Index, facts: Remembered) -> bool:
    """Tell whether some clause derives a statement from the facts in one step."""
    if not _names(triple):
        return False
    for clause in known.deriving(triple):
        binding = _unified(clause.head, triple, {})
        if binding is not None and next(_joined(clause.body, binding, facts), None) is not None:
            return True
    return False


def _joined(body: tuple[Atom, ...], binding: Binding, facts: Remembered) -> Iterator[Binding]:
    """Yield the bindings with which all of `body` holds."""
    if not body:
        yield binding
        return
    first = max(range(len(body)), key=lambda place: sum(_bound(each, binding) is not None for each in body[place]))
    rest = body[:first] + body[first + 1 :]
    for triple in facts.match(tuple(_bound(each, binding) for each in body[first])):
        further = _unified(body[first], triple, binding)
        if further is not None:
            yield from _joined(rest, further, facts)


def _bound(term: str, binding: Binding) -> Term | None:
    return binding.get(term) if type(term) is str else term


def _unified(atom: Atom, triple: Triple, binding: Binding) -> Binding | None:
    bound = dict(binding)
    for term, value in zip(atom, triple, strict=True):
        known = bound.setdefault(term, value) if type(term) is str else term
        if known != value:
            return None
    return bound


def _filled(atom: Atom, binding: Binding) -> Triple:
    return tuple(binding[each] if type(each) is str else each for each in atom)


def _names(triple: Triple) -> bool:
    return isinstance(triple[0], URIRef) and not isinstance(triple[2], BNode)
