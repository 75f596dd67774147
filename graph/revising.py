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

from rdflib import RDF, URIRef

from graph.drafts import Draft
from graph.formats import Triple
from graph.infer import INFERRED, Rule
from graph.numbered import NumberedFacts, Numbering, Numbers

Atom = tuple[str, str, str]  # variables are plain text such as "?x", terms are rdflib's

# the same with numbers for terms
_Pattern = tuple[str | int, int, str | int]
_Binding = dict[str, int]
_Clauses = dict[tuple[int, int | None], list[tuple[_Pattern, ...]]]  # by property, and by value where clauses ask for certain ones
_Key = tuple[str, str | None]  # a property, and the value where it is a certain one


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
    numbering = Numbering()
    known = _Index(clauses, numbering)
    then, lost, more = NumberedFacts(draft.before(derived), numbering), known.of_concern(removed), known.of_concern(added)
    world = _World(draft, derived, numbering)
    said = {each for each in more if known.deriving(each) and world.infers(each)}
    over = _taken_back(lost, known, then, world)
    gone = over | said
    world.change(gone, ())
    facts = world.facts()
    new = {each for each in (over - said) | lost if numbering.can_be_inferred(each) and _follows(each, known, facts)}
    world.change((), new)
    fresh = new | more
    while fresh:
        facts = world.facts()
        found = set(_heads(fresh, known, facts))
        fresh = {each for each in found if numbering.can_be_inferred(each) and not world.infers(each) and not facts.has(each)}
        world.change((), fresh)
        new |= fresh
    return Revision(set(map(numbering.triple, gone - new)), set(map(numbering.triple, new - gone)))


class _World:
    """What there is, in numbers, of which the graph INFERRED is changed."""

    def __init__(self, draft: Draft, derived: Iterable[URIRef], numbering: Numbering) -> None:
        self._draft, self._derived, self._numbering = draft, derived, numbering
        self._inferred, self._now = numbering.number(INFERRED), self.facts()

    def facts(self) -> NumberedFacts:
        """Return the facts, as they are until the next change."""
        return NumberedFacts(self._draft.now(self._derived), self._numbering)

    def infers(self, numbers: Numbers) -> bool:
        """Tell whether a statement is inferred."""
        return self._now.stands(self._inferred, numbers)

    def change(self, gone: Collection[Numbers], new: Collection[Numbers]) -> None:
        """Change what is inferred."""
        if gone or new:
            self._draft.change(INFERRED, map(self._numbering.triple, gone), map(self._numbering.triple, new))


class _Index:
    """Clauses by what a statement must be like to be their head, or to stand at some place of their body.

    They are put in numbers when first asked for, as a change has to do with few of them.
    """

    def __init__(self, clauses: Iterable[Clause], numbering: Numbering) -> None:
        self._numbering = numbering
        self._heads: dict[_Key, list[tuple[Atom, ...]]] = defaultdict(list)
        self._bodies: dict[_Key, list[tuple[Atom, ...]]] = defaultdict(list)
        for clause in clauses:
            self._heads[_key(clause.head)].append((clause.head, *clause.body))
            for place, atom in enumerate(clause.body):
                self._bodies[_key(atom)].append((clause.head, atom, *clause.body[:place], *clause.body[place + 1 :]))
        self._predicates = {predicate for predicate, _ in (*self._heads, *self._bodies)}
        self._valued = {numbering.number(URIRef(each)) for each, value in (*self._heads, *self._bodies) if value is not None}
        self._deriving: _Clauses = {}
        self._using: _Clauses = {}

    def of_concern(self, triples: Iterable[Triple]) -> set[Numbers]:
        """Return those statements that some clause could derive or use."""
        return {self._numbering.numbers(each) for each in triples if str(each[1]) in self._predicates}

    def deriving(self, numbers: Numbers) -> list[tuple[_Pattern, ...]]:
        """Return the clauses whose head a statement may be: head and body."""
        return self._found(self._deriving, self._heads, numbers)

    def using(self, numbers: Numbers) -> list[tuple[_Pattern, ...]]:
        """Return the clauses of whose body a statement may be a part: the head, that part and the rest."""
        return self._found(self._using, self._bodies, numbers)

    def _found(self, known: _Clauses, clauses: dict[_Key, list[tuple[Atom, ...]]], numbers: Numbers) -> list[tuple[_Pattern, ...]]:
        _, predicate, value = numbers
        key = predicate, value if predicate in self._valued else None
        found = known.get(key)
        if found is None:
            name, only = str(self._numbering.term(predicate)), str(self._numbering.term(value))
            fitting = chain.from_iterable(clauses.get(each, ()) for each in ((name, None), (name, only)))
            found = known[key] = [tuple(self._numbered(atom) for atom in each) for each in fitting]
        return found

    def _numbered(self, atom: Atom) -> _Pattern:
        return tuple(each if type(each) is str else self._numbering.number(each) for each in atom)


def _key(atom: Atom) -> _Key:
    _, predicate, value = atom
    return str(predicate), None if type(value) is str else str(value)


def _taken_back(removed: set[Numbers], known: _Index, then: NumberedFacts, world: _World) -> set[Numbers]:
    """Return what was derived with the help of what is gone."""
    over: set[Numbers] = set()
    fresh = removed
    while fresh:
        fresh = {each for each in set(_heads(fresh, known, then)) - over if world.infers(each)}
        over |= fresh
    return over


def _heads(fresh: Iterable[Numbers], known: _Index, facts: NumberedFacts) -> Iterator[Numbers]:
    """Yield what clauses derive with the help of a fresh statement."""
    for each in fresh:
        for head, atom, *rest in known.using(each):
            binding = _unified(atom, each, {})
            if binding is not None:
                for bound in _joined(rest, binding, facts) if rest else (binding,):
                    yield _filled(head, bound)


def _follows(numbers: Numbers, known: _Index, facts: NumberedFacts) -> bool:
    """Tell whether some clause derives a statement from the facts in one step."""
    for head, *body in known.deriving(numbers):
        binding = _unified(head, numbers, {})
        if binding is not None and next(_joined(body, binding, facts), None) is not None:
            return True
    return False


def _joined(body: list[_Pattern], binding: _Binding, facts: NumberedFacts) -> Iterator[_Binding]:
    """Yield the bindings with which all of `body` holds."""
    first = 0 if len(body) == 1 else max(range(len(body)), key=lambda place: sum(_bound(each, binding) is not None for each in body[place]))
    rest = body[:first] + body[first + 1 :]
    for each in facts.match(tuple([_bound(term, binding) for term in body[first]])):
        further = _unified(body[first], each, binding)
        if further is not None:
            yield from _joined(rest, further, facts) if rest else (further,)


def _bound(term: str | int, binding: _Binding) -> int | None:
    return binding.get(term) if type(term) is str else term


def _unified(atom: _Pattern, numbers: Numbers, binding: _Binding) -> _Binding | None:
    bound = binding.copy()
    for term, value in zip(atom, numbers, strict=True):
        if (bound.setdefault(term, value) if term.__class__ is str else term) != value:
            return None
    return bound


def _filled(atom: _Pattern, binding: _Binding) -> Numbers:
    return tuple([binding[each] if type(each) is str else each for each in atom])
