"""Rules over the whole, asked of those things alone on whose account a change can have broken them.

A rule is a query, and each of its rows is about the thing in its first column, the focus. Whether there is a row about a thing rests on
the statements that the patterns of the query match, and to each of them a route leads from the focus, along patterns that hold together
with it. So of a rule that was kept before, only those things need be asked about from which a route leads to a statement that came or
went; `changed` follows the routes back from there, through what held before or holds now.

rdflib reads the query; it evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from rdflib import BNode, URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath, ZeroOrOne
from rdflib.term import Node

from graph.formats import Term, Triple
from graph.integrity import Rule
from graph.shacl.chains import Chain
from graph.tokens import Token, query_tokens

Match = Callable[[tuple[Term | None, Term | None, Term | None]], Iterable[Triple]]

_MOST = 1_000  # beyond so many things, asking about all of them costs no more
_ROUTES = 8
_THROUGH = frozenset({"SelectQuery", "Distinct", "Reduced", "Project", "OrderBy", "Filter", "Extend"})


@dataclass(frozen=True)
class _Pattern:
    """A pattern of a query: between two terms, the ways in which its path can be taken, None for one of any number of steps."""

    subject: Node
    ways: tuple[Chain, ...] | None
    value: Node
    properties: frozenset[URIRef]


@dataclass(frozen=True)
class _Scope:
    """What the rows about one thing rest on: for each pattern its routes from the focus, each of them some chains of which so many
    last steps are the pattern's own; and the properties of paths of any length.

    `inner` tells that the focus can be named in the groups within the query as well.
    """

    focus: str
    routes: tuple[tuple[tuple[tuple[Chain, int], ...], ...], ...]
    unbounded: frozenset[URIRef]
    inner: bool


class _Unknown(Exception):
    """The query has a part of which it is not known here what it rests on."""


def narrowed(rule: Rule, changes: Collection[Triple], match: Match) -> str | None:
    """Return the query of a rule about those things alone for which statements that came or went can make a difference, as SPARQL;
    None where these are too many or cannot be told.

    `match` gives the statements that fit a pattern, those before the change and those after it.
    """
    scope = _scope_of(rule.query)
    if scope is None or any(p in scope.unbounded for _, p, _ in changes):
        return None
    nodes: set[Term] = set()
    for routes in scope.routes:
        found = next((each for route in routes if (each := _starts(route, changes, match)) is not None), None)
        if found is None:
            return None
        nodes |= found
    if len(nodes) > _MOST or any(isinstance(each, BNode) for each in nodes):
        return None
    return _about(rule.query, scope, sorted(each.n3() for each in nodes))


def _starts(route: Iterable[tuple[Chain, int]], changes: Iterable[Triple], match: Match) -> set[Term] | None:
    """Return the things from which a route leads to a changed statement; None for too many."""
    found: set[Term] = set()
    for chain, own in route:
        for end in range(len(chain) - own, len(chain)):
            step, forward = chain[end]
            nodes: set[Term] | None = {s if forward else o for s, p, o in changes if step in (None, p)}
            for before, onward in reversed(chain[:end]):
                nodes = _stepped(nodes, (before, not onward), match)
                if nodes is None:
                    return None
            found |= nodes
    return found


def _stepped(nodes: Iterable[Term], step: tuple[Node | None, bool], match: Match) -> set[Term] | None:
    predicate, forward = step
    found: set[Term] = set()
    for node in nodes:
        triples = match((node, predicate, None) if forward else (None, predicate, node))
        found |= {o if forward else s for s, _, o in islice(triples, _MOST + 1)}
        if len(found) > _MOST:
            return None
    return found


def _about(query: str, scope: _Scope, nodes: list[str]) -> str:
    """Name the only values of the focus in each group of the query that speaks of it."""
    words = list(query_tokens(query))
    block = f" VALUES {scope.focus} {{ {' '.join(nodes)} }} "
    places = [words[place].start + 1 for place in _groups(words, scope)]
    for place in reversed(places):
        query = query[:place] + block + query[place:]
    return query


def _groups(words: list[Token], scope: _Scope) -> Iterator[int]:
    opening = [place for place, each in enumerate(words) if each.text == "{" and each.kind == "mark"]
    yield opening[0]
    within_exists = 0
    for place in opening[1:] if scope.inner else ():
        last = words[place - 1]
        if last.text.upper() == "EXISTS":
            within_exists = max(within_exists, _closing(words, place))
        is_group = last.kind not in ("variable", "iri", "name") and last.text != ")"
        if is_group and place > within_exists and any(each.text == scope.focus for each in words[place : _closing(words, place)]):
            yield place


def _closing(words: list[Token], place: int) -> int:
    depth = 0
    for end in range(place, len(words)):
        depth += (words[end].text == "{") - (words[end].text == "}")
        if depth == 0:
            return end
    return len(words)


# -- what a query rests on --------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _scope_of(query: str) -> _Scope | None:
    from rdflib.plugins.sparql import algebra, parser  # takes a third of a second, which is spent only where it is needed

    try:
        whole = algebra.translateQuery(parser.parseQuery(query)).algebra
        focus = whole.PV[0]
        found = list(_patterns(whole, ()))
        _require(_binds(whole, focus))
        bounded = [(each, around) for each, around in found if each.ways is not None]
        routes = tuple(_routes(focus, each, around) for each, around in bounded)
        _require(all(routes))
    except _Unknown:
        return None
    unbounded = frozenset(name for each, _ in found if each.ways is None for name in each.properties)
    return _Scope(f"?{focus}", routes, unbounded, _is_bound_within(whole, focus))


def _require(condition: object) -> None:
    if not condition:
        raise _Unknown


def _certain(part: dict) -> tuple[_Pattern, ...]:
    """Return the patterns that hold in every solution of a part of a query."""
    if part.name == "BGP":
        return tuple(_pattern(*each) for each in part.triples)
    if part.name == "Join":
        return _certain(part.p1) + _certain(part.p2)
    if part.name in ("LeftJoin", "Minus"):
        return _certain(part.p1)
    return _certain(part.p) if part.name in _THROUGH else ()


def _patterns(part: dict, around: tuple[_Pattern, ...]) -> Iterator[tuple[_Pattern, tuple[_Pattern, ...]]]:
    """Yield every pattern with those that hold together with it: its own group's and `around` it."""
    within = around + _certain(part)
    if part.name == "BGP":
        yield from ((_pattern(*each), within) for each in part.triples)
    elif part.name in ("Join", "LeftJoin", "Minus", "Union"):
        for each in (part.p1, part.p2):
            yield from _patterns(each, within)
        for each in _asked_within(part.expr) if part.name == "LeftJoin" else ():
            yield from _patterns(each, within + _certain(part.p2))
    elif part.name in _THROUGH:
        yield from _patterns(part.p, around)
        for each in _asked_within(part.expr) if part.name in ("Filter", "Extend") else ():
            yield from _patterns(each, within)
    else:
        _require(part.name == "ToMultiSet" and part.p.name == "values")


def _asked_within(expression: object) -> Iterator[dict]:
    """Yield the groups of EXISTS and NOT EXISTS in an expression."""
    from rdflib.plugins.sparql import algebra

    if getattr(expression, "name", "") in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
        yield algebra.translateGroupGraphPattern(expression.graph)
    elif isinstance(expression, dict | list):
        for each in expression.values() if isinstance(expression, dict) else expression:
            yield from _asked_within(each)


def _is_bound_within(part: object, focus: Variable) -> bool:
    """Tell whether every group within that speaks of the focus binds it, so that it can be named there."""
    if not isinstance(part, dict):
        return True
    inner = [part[each] for each in ("p1", "p2") if each in part]
    told = all(_binds(each, focus) or not _speaks_of(each, focus) for each in inner)
    return told and all(_is_bound_within(each, focus) for each in (*inner, part.get("p")))


def _speaks_of(part: object, focus: Variable) -> bool:
    if isinstance(part, dict):
        return any(_speaks_of(each, focus) for key, each in part.items() if key not in ("_vars", "PV"))
    return any(_speaks_of(each, focus) for each in part) if isinstance(part, list | tuple) else part == focus


def _binds(part: dict, focus: Variable) -> bool:
    if part.name == "Union":
        return _binds(part.p1, focus) and _binds(part.p2, focus)
    return any(focus in (each.subject, each.value) for each in _certain(part))


def _pattern(subject: Node, path: Node | Path, value: Node) -> _Pattern:
    if isinstance(path, Path):
        return _Pattern(subject, _ways(path), value, frozenset(_properties(path)))
    return _Pattern(subject, (((None if isinstance(path, Variable) else path, True),),), value, frozenset())


def _ways(path: Node | Path) -> tuple[Chain, ...] | None:
    """Return the ways in which a path can be taken; None for one of any number of steps."""
    if isinstance(path, URIRef):
        return (((path, True),),)
    if isinstance(path, SequencePath):
        ways: tuple[Chain, ...] | None = ((),)
        for part in map(_ways, path.args):
            ways = None if ways is None or part is None else tuple(one + other for one in ways for other in part)
        return ways
    if isinstance(path, AlternativePath):
        parts = [_ways(each) for each in path.args]
        return None if None in parts else tuple(way for part in parts for way in part)
    _require(isinstance(path, InvPath | MulPath))
    inner = _ways(path.arg if isinstance(path, InvPath) else path.path)
    if inner is None or isinstance(path, InvPath):
        return None if inner is None else tuple(map(_turned, inner))
    return ((), *inner) if path.mod == ZeroOrOne else None


def _properties(path: Node | Path) -> Iterator[URIRef]:
    if isinstance(path, URIRef):
        yield path
    for each in getattr(path, "args", None) or [getattr(path, "arg", None) or getattr(path, "path", None)]:
        if each is not None:
            yield from _properties(each)


def _turned(chain: Chain) -> Chain:
    return tuple((step, not forward) for step, forward in reversed(chain))


def _routes(focus: Variable, wanted: _Pattern, around: Collection[_Pattern]) -> tuple[tuple[tuple[Chain, int], ...], ...]:
    """Return the routes from the focus to a pattern along others that hold with it, the shortest first."""
    found = []

    def walk(at: Node, seen: frozenset[Node], chains: tuple[Chain, ...]) -> None:
        for end, ways in _onward(wanted, at):
            found.append(tuple((chain + way, len(way)) for chain in chains for way in ways))
        for each in around:
            for end, ways in _onward(each, at):
                if end not in seen and isinstance(end, Variable | BNode):
                    walk(end, seen | {end}, tuple(chain + way for chain in chains for way in ways))

    walk(focus, frozenset([focus]), ((),))
    return tuple(sorted(found, key=lambda route: max(len(chain) for chain, _ in route))[:_ROUTES])


def _onward(pattern: _Pattern, at: Node) -> Iterator[tuple[Node, tuple[Chain, ...]]]:
    """Yield where a pattern leads to from one of its ends, and the ways."""
    if pattern.ways is not None and pattern.subject == at:
        yield pattern.value, pattern.ways
    if pattern.ways is not None and pattern.value == at:
        yield pattern.subject, tuple(map(_turned, pattern.ways))
