"""The closure of what a store holds under rules: run within the engine until nothing new appears.

The rules with one head are a goal, sought by one query. Goals come in such an order that what a goal rests on was found before it is
sought; only where rules go round in a circle is a goal sought again, with what came since then joined with all there is (semi-naive
evaluation).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rdflib import RDF, URIRef

from graph.embedded import ScratchStore
from graph.formats import Term, Triple
from graph.prefixes import graph_name

INFERRED = graph_name("inferred")

_FRESH = graph_name("inferred/fresh")  # within a closure only
_TYPE = RDF.type.n3()
_Key = tuple[str, str | None]  # a property, and the value where it is a certain one


@dataclass(frozen=True, order=True)
class Rule:
    """One axiom as a rule: where all patterns of `body` hold, `head` does.

    `kind` is the axiom's, such as "subclass", and `name` says it in short.
    """

    kind: str
    name: str
    head: str
    body: tuple[str, ...]


@dataclass(frozen=True)
class _Goal:
    """Statements of one property, of one value where that is given, and the rules that derive them."""

    key: _Key
    rules: tuple[Rule, ...]

    @property
    def predicate(self) -> URIRef:
        return URIRef(self.key[0][1:-1])

    def anew(self) -> str:
        """Return the query for subject and value of what follows from all there is."""
        return self._query((rule, " . ".join(rule.body)) for rule in self.rules)

    def further(self) -> str:
        """Return the same for what follows with the help of something in the graph _FRESH."""
        return self._query((rule, _over(rule.body, place)) for rule in self.rules for place in range(len(rule.body)))

    def _query(self, parts: Iterable[tuple[Rule, str]]) -> str:
        value = self.key[1]
        found = " UNION ".join(_bindings(rule, part, value is None) for rule, part in parts)
        return f"SELECT DISTINCT ?s {'?o' if value is None else f'({value} AS ?o)'} WHERE {{ {found} }}"


def _over(body: tuple[str, ...], place: int) -> str:
    rest = " . ".join(body[:place] + body[place + 1 :])
    return f"GRAPH {_FRESH.n3()} {{ {body[place]} }} {rest}"


def _bindings(rule: Rule, where: str, valued: bool) -> str:
    subject, _, value = rule.head.split(" ", 2)
    asked = f"({subject} AS ?s) ({value} AS ?o)" if valued else f"({subject} AS ?s)"
    return f"{{ SELECT DISTINCT {asked} WHERE {{ {where} }} }}"


def close(store: ScratchStore, rules: Iterable[Rule]) -> list[Triple]:
    """Run `rules` over what `store` holds until nothing new is derived; return what was derived, each once, in no order.

    The graph INFERRED of the store is written. Only triples that were not there before are derived, with a named subject
    and a named or literal object.
    """
    goals = _goals(rules)
    readers = _readers(goals)
    rank = {number: place for place, number in enumerate(_ordered(readers))}
    waiting: dict[int, list[Triple] | None] = dict.fromkeys(rank)  # of a goal that was sought before, what came since
    derived: list[Triple] = []
    known: dict[object, Term] = {}
    while waiting:
        number = min(waiting, key=rank.__getitem__)
        found = _sought(store, goals[number], waiting.pop(number), known)
        derived += found
        for reader in readers[number] if found else ():
            if reader not in waiting:
                waiting[reader] = list(found)
            elif waiting[reader] is not None:
                waiting[reader] += found
    store.replace({_FRESH: ()})
    return derived


def _sought(store: ScratchStore, goal: _Goal, fresh: list[Triple] | None, known: dict[object, Term]) -> list[Triple]:
    """Derive what a goal is about, with the help of something in `fresh` where that is given; return it."""
    if fresh is None:
        return store.derive(goal.anew(), goal.predicate, INFERRED, known)
    store.replace({_FRESH: fresh})
    return store.derive(goal.further(), goal.predicate, INFERRED, known)


def _goals(rules: Iterable[Rule]) -> list[_Goal]:
    found: dict[_Key, list[Rule]] = defaultdict(list)
    for rule in rules:
        found[_key(rule.head)].append(rule)
    return [_Goal(key, tuple(each)) for key, each in found.items()]


def _key(pattern: str) -> _Key:
    """Return what a statement must be like to fit a pattern; a step taken backwards has no certain value."""
    _, predicate, value = pattern.split(" ", 2)
    return _TYPE if predicate == "a" else predicate.removeprefix("^"), None if value.startswith("?") else value


def _met(key: _Key) -> _Key:
    """Return a key by which others are compared with it: a literal may be written in several ways."""
    return key if key[1] is None or key[1].startswith("<") else (key[0], None)


def _readers(goals: Sequence[_Goal]) -> list[list[int]]:
    """Return for each goal those with a rule whose condition what it derives may meet."""
    by_predicate: dict[str, dict[str | None, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, goal in enumerate(goals):
        for predicate, value in dict.fromkeys(_met(_key(each)) for rule in goal.rules for each in rule.body):
            by_predicate[predicate][value].append(number)
    found = []
    for goal in goals:
        predicate, value = _met(goal.key)
        reading = by_predicate[predicate]
        met = reading if value is None else [each for each in (None, value) if each in reading]
        found.append(list(dict.fromkeys(number for each in met for number in reading[each])))
    return found


def _ordered(readers: Sequence[Sequence[int]]) -> Iterator[int]:
    """Yield the goals so that each comes before its readers, where these do not go round in a circle."""
    done: list[int] = []
    seen: set[int] = set()
    for start in range(len(readers)):
        path = [(start, iter(readers[start]))] if start not in seen else []
        seen.add(start)
        while path:
            at, onward = path[-1]
            further = next((each for each in onward if each not in seen), None)
            if further is None:
                done.append(at)
                path.pop()
            else:
                seen.add(further)
                path.append((further, iter(readers[further])))
    return reversed(done)
