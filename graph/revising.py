"""What was inferred, brought in line with statements that were added and removed, without inferring all of it again.

Delete and rederive (Gupta, Mumick and Subrahmanian 1993, https://doi.org/10.1145/170036.170066): all that was derived with the help of
what is gone is taken back, then what still follows otherwise is put there again, then what follows from what is new is added. Each
step looks only at what joins with the last one. The outcome is that of `graph.infer.close`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from rdflib import RDF, URIRef

from graph.drafts import Draft
from graph.formats import Triple
from graph.infer import INFERRED, Rule
from graph.numbered import NumberedFacts, Numbering, Numbers

Atom = tuple[str, str, str]  # variables such as "?x", all else the text of a name

# the same with numbers for terms
_Pattern = tuple[str | int, int, str | int]
_Binding = dict[str, int]
_Numbered = list[tuple[_Pattern, ...]]  # clauses
_Kind = tuple[int, int | None]  # the property of a statement, and its value where clauses ask for certain ones
_Near = tuple[int, int, int | None]  # what stands around a thing: its place in a statement, 0 or 2; the property; the other end, or any
_Ways = dict[_Near, _Numbered]  # clauses by what each asks for around the subject of its head
_Makers = list[Callable[[Numbers], Numbers]]  # clauses of a body of one: what a statement that fits it makes true
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
    """Take rules apart; None where one speaks of a literal, whose writing a comparison here could miss, or derives something of a thing
    that its body is not about.
    """
    found = []
    for rule in rules:
        atoms = [_atom(each) for each in (rule.head, *rule.body)]
        if None in atoms or not any(atoms[0][0] in (subject, value) for subject, _, value in atoms[1:]):
            return None
        found.append(Clause(atoms[0], tuple(atoms[1:])))
    return tuple(found)


def _atom(pattern: str) -> Atom | None:
    subject, predicate, value = (_term(each) for each in pattern.split(" ", 2))
    if None in (subject, predicate, value):
        return None
    return (value, predicate[1:], subject) if predicate.startswith("^") else (subject, predicate, value)


def _term(text: str) -> str | None:
    """Return a term of a pattern: a variable, the text of a name, or "^" and that."""
    if text == "a":
        return str(RDF.type)
    if text.startswith("?"):
        return text
    if text.startswith("<") and text.endswith(">"):
        return text[1:-1]
    return f"^{text[2:-1]}" if text.startswith("^<") and text.endswith(">") else None


def revise(draft: Draft, clauses: Collection[Clause], derived: Iterable[URIRef], removed: set[Triple], added: set[Triple]) -> Revision:
    """Bring the graph INFERRED of `draft` in line with what was `removed` from and `added` to the union of the other graphs.

    Those changes stand in the draft already; `derived` are the graphs besides INFERRED that are no content. Before them, nothing in
    INFERRED was content, as `close` leaves it.
    """
    numbering = Numbering()
    known = _Index(clauses, numbering)
    then, lost, more = NumberedFacts(draft.before(derived), numbering), known.of_concern(removed), known.of_concern(added)
    world = _World(draft, derived, numbering)
    said = {each for each in more if known.deriving(each) and world.infers(each)}
    over = _taken_back(lost, known, then, world)
    gone = over | said
    world.take_back(gone, said)
    facts = world.facts()
    left = {each for each in (over - said) | lost if numbering.can_be_inferred(each)}
    bare = {each for each in {subject for subject, _, _ in left} if facts.is_bare(each)}  # as most of what a case took with it
    new = {each for each in left if each[0] not in bare and _follows(each, known, facts)}
    world.add(new)
    fresh = new | more
    while fresh:
        facts = world.facts()
        found = set(_heads(fresh, known, facts))
        fresh = {each for each in found if numbering.can_be_inferred(each) and not world.infers(each) and not facts.has(each)}
        world.add(fresh)
        new |= fresh
    return Revision(set(map(numbering.triple, gone - new)), set(map(numbering.triple, new - gone)))


class _World:
    """What there is, in numbers, of which the graph INFERRED is changed."""

    def __init__(self, draft: Draft, derived: Iterable[URIRef], numbering: Numbering) -> None:
        self._draft, self._derived, self._numbering = draft, tuple(derived), numbering
        self._inferred, self._now = numbering.number(INFERRED), self.facts()

    def facts(self) -> NumberedFacts:
        """Return the facts, as they are until the next change."""
        return NumberedFacts(self._draft.now(self._derived), self._numbering)

    def infers(self, numbers: Numbers) -> bool:
        """Tell whether a statement is inferred."""
        return self._now.stands(self._inferred, numbers)

    def take_back(self, gone: set[Numbers], said: set[Numbers]) -> None:
        """Infer no longer what is gone, of which `said` alone is told now."""
        if said:
            self._draft.change(INFERRED, map(self._numbering.triple, said), ())
        if gone - said:
            self._draft.take_back(INFERRED, map(self._numbering.triple_of, gone - said), self._derived)

    def add(self, new: Collection[Numbers]) -> None:
        """Infer what is new."""
        if new:
            self._draft.change(INFERRED, (), map(self._numbering.triple, new))


class _Index:
    """Clauses by what a statement must be like to be their head, or to stand at some place of their body.

    They are put in numbers when first asked for, as a change has to do with few of them.
    """

    def __init__(self, clauses: Iterable[Clause], numbering: Numbering) -> None:
        self._numbering = numbering
        self._heads: dict[_Key, list[tuple[Atom, ...]]] = defaultdict(list)
        self._bodies: dict[_Key, list[tuple[Atom, ...]]] = defaultdict(list)
        for clause in clauses:
            head, body = clause.head, clause.body
            self._heads[_key(head)].append((head, *body))
            for place, atom in enumerate(body):
                self._bodies[_key(atom)].append((head, atom, *body[:place], *body[place + 1 :]))
        kinds = self._heads.keys() | self._bodies.keys()
        self._predicates = {predicate for predicate, _ in kinds}
        self._valued = set(map(numbering.name, {predicate for predicate, value in kinds if value is not None}))
        self._deriving: dict[_Kind, _Ways] = {}
        self._using: dict[_Kind, tuple[_Makers, _Numbered]] = {}

    def of_concern(self, triples: Iterable[Triple]) -> set[Numbers]:
        """Return those statements that some clause could derive or use."""
        return {self._numbering.numbers(each) for each in triples if str(each[1]) in self._predicates}

    def deriving(self, numbers: Numbers) -> _Ways:
        """Return the clauses whose head a statement may be, head and body, by what each asks for around its subject."""
        kind = self._kind(numbers)
        found = self._deriving.get(kind)
        if found is None:
            ways = defaultdict(list)
            for each in self._fitting(self._heads, numbers):
                ways[_asked(*each)].append(each)
            found = self._deriving[kind] = dict(ways)
        return found

    def using(self, numbers: Numbers) -> tuple[_Makers, _Numbered]:
        """Return the clauses of whose body a statement is all, and those of which it may be a part: the head, that part and the rest."""
        kind = self._kind(numbers)
        found = self._using.get(kind)
        if found is None:
            makers, others = found = self._using[kind] = [], []
            for head, atom, *rest in self._fitting(self._bodies, numbers):
                if _says_all(atom, rest, numbers):
                    makers.append(_maker(head, atom))
                else:
                    others.append((head, atom, *rest))
        return found

    def _kind(self, numbers: Numbers) -> _Kind:
        _, predicate, value = numbers
        return predicate, value if predicate in self._valued else None

    def _fitting(self, clauses: dict[_Key, list[tuple[Atom, ...]]], numbers: Numbers) -> Iterator[tuple[_Pattern, ...]]:
        name, only = (str(self._numbering.term(each)) for each in numbers[1:])
        for each in chain.from_iterable(clauses.get(key, ()) for key in ((name, None), (name, only))):
            yield tuple(self._numbered(atom) for atom in each)

    def _numbered(self, atom: Atom) -> _Pattern:
        return tuple([each if each.startswith("?") else self._numbering.name(each) for each in atom])


def _key(atom: Atom) -> _Key:
    _, predicate, value = atom
    return predicate, None if value.startswith("?") else value


def _asked(head: _Pattern, *body: _Pattern) -> _Near:
    """Return what has to stand around the subject of a head for its body to hold, a certain value before any."""
    subject = head[0]
    around = [(place, atom[1], atom[2 - place]) for atom in body for place in (0, 2) if atom[place] == subject]
    sure = [each for each in around if type(each[2]) is int]
    return next(iter(sure), (*around[0][:2], None))


def _says_all(atom: _Pattern, rest: list[_Pattern], numbers: Numbers) -> bool:
    """Tell whether every statement of the kind of this one fits the only part of a body: two ends, or one and this value."""
    subject, _, value = atom
    return not rest and type(subject) is str and (value == numbers[2] if type(value) is int else value != subject)


def _maker(head: _Pattern, atom: _Pattern) -> Callable[[Numbers], Numbers]:
    """Return what makes the head of a statement that fits the only part of its body, faster than by binding variables."""
    subject, predicate, value = head
    here = atom.index(subject)
    if type(value) is int:
        return lambda numbers: (numbers[here], predicate, value)
    there = atom.index(value)
    return lambda numbers: (numbers[here], predicate, numbers[there])


def _taken_back(removed: set[Numbers], known: _Index, then: NumberedFacts, world: _World) -> set[Numbers]:
    """Return what was derived with the help of what is gone."""
    over: set[Numbers] = set()
    fresh = removed
    while fresh:
        fresh = {each for each in set(_heads(fresh, known, then)) - over - removed if world.infers(each)}
        over |= fresh
    return over


def _heads(fresh: Iterable[Numbers], known: _Index, facts: NumberedFacts) -> Iterator[Numbers]:
    """Yield what clauses derive with the help of a fresh statement."""
    for each in fresh:
        makers, others = known.using(each)
        for make in makers:
            yield make(each)
        for head, atom, *rest in others:
            binding = _unified(atom, each, {})
            if binding is not None:
                for bound in _joined(rest, binding, facts) if rest else (binding,):
                    yield _filled(head, bound)


def _follows(numbers: Numbers, known: _Index, facts: NumberedFacts) -> bool:
    """Tell whether some clause derives a statement from the facts in one step."""
    for head, *body in _promising(numbers, known, facts):
        binding = _unified(head, numbers, {})
        if binding is not None and next(_joined(body, binding, facts), None) is not None:
            return True
    return False


def _promising(numbers: Numbers, known: _Index, facts: NumberedFacts) -> Iterator[tuple[_Pattern, ...]]:
    """Yield the clauses that may derive a statement, given what stands around its subject."""
    ways = known.deriving(numbers)
    for near, fitting in ways.items():
        if near[2] is not None:  # found fastest
            yield from fitting
    for place in (0, 2):
        there = facts.around(place, numbers[0])
        for near, fitting in ways.items():
            if near[0] == place and near[2] is None and (there is None or near[1] in there):
                yield from fitting


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
