"""What a constraint says of one value by itself: datatype, range, length, pattern, language, membership in a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from decimal import Decimal

from rdflib import RDF, RDFS, SH, XSD, BNode, Literal, URIRef
from rdflib.term import Node

from graph.formats import Term
from graph.shacl.model import Shape

Judgement = Callable[[Term], bool]

_TEXT, _TAGGED = XSD.string, RDF.langString
_PYTHON = {
    XSD.integer: int, XSD.float: float, XSD.decimal: Decimal, XSD.boolean: bool, XSD.date: date, XSD.time: time, XSD.dateTime: datetime,
}  # fmt: skip
_KINDS = {
    SH.IRI: (URIRef,), SH.BlankNode: (BNode,), SH.Literal: (Literal,), SH.BlankNodeOrIRI: (BNode, URIRef),
    SH.BlankNodeOrLiteral: (BNode, Literal), SH.IRIOrLiteral: (URIRef, Literal),
}  # fmt: skip
_COMPARED = {
    "minExclusive": lambda order: order > 0, "minInclusive": lambda order: order >= 0,
    "maxExclusive": lambda order: order < 0, "maxInclusive": lambda order: order <= 0,
}  # fmt: skip


def judgements(shape: Shape, name: str) -> list[Judgement]:
    """Return a test for each value of the parameter `name` of a shape: whether one value node is as it should be."""
    return [_MAKERS[name](shape, each) for each in shape.values(SH[name])]


def below(one: Term, other: Term, *, or_equal: bool) -> bool:
    """Tell whether a value is less than another, or equal where that is allowed; text and IRIs compare with their like only."""
    if isinstance(one, BNode) or isinstance(other, BNode) or _is_text(one) != _is_text(other):
        return False
    left, right = (str(one), str(other)) if _is_text(one) else (one, other)
    try:
        return bool(left <= right) if or_equal else bool(left < right)
    except TypeError:  # one of them is ill-formed, or they have no order
        return False


def _is_text(term: Term) -> bool:
    return not isinstance(term, Literal) or isinstance(term.value, str)


def _of_datatype(shape: Shape, datatype: Node) -> Judgement:
    wanted = (str, bytes) if datatype in (_TEXT, _TAGGED) else _PYTHON.get(datatype, object)
    all_literals, all_typed = datatype == RDFS.Literal, datatype == RDFS.Datatype

    def judge(value: Term) -> bool:
        if not isinstance(value, Literal):
            return False
        if all_literals or (all_typed and value.datatype):
            return True
        own = value.datatype or (_TAGGED if value.language else _TEXT)
        return own == datatype and not value.ill_typed and isinstance(value.value, wanted)

    return judge


def _of_kind(shape: Shape, kind: Node) -> Judgement:
    return lambda value: isinstance(value, _KINDS[kind])


def _in_range(name: str) -> Callable[[Shape, Node], Judgement]:
    def make(shape: Shape, limit: Literal) -> Judgement:
        of_text, fits = isinstance(limit.value, str), _COMPARED[name]

        def judge(value: Term) -> bool:
            if not isinstance(value, Literal) or isinstance(value.value, str) != of_text:
                return False
            try:
                return fits(_order(value, limit))
            except (TypeError, NotImplementedError):  # SHACL 4.2: a value that cannot be compared does not conform
                return False

        return judge

    return make


def _order(one: Literal, other: Literal) -> int:
    """Return -1, 0 or 1. Raises TypeError or NotImplementedError for literals that have no order."""
    if one.eq(other):
        return 0
    if isinstance(one.value, (datetime, time)):
        return (one.value > other.value) - (one.value < other.value)
    return 1 if one > other else -1


def _long_enough(shape: Shape, least: Literal) -> Judgement:
    number = int(least)
    return lambda value: number == 0 or (not isinstance(value, BNode) and len(value) >= number)


def _short_enough(shape: Shape, most: Literal) -> Judgement:
    number = int(most)
    return lambda value: not isinstance(value, BNode) and len(value) <= number


def _matching(shape: Shape, pattern: Literal) -> Judgement:
    flags = "".join(str(each).lower() for each in shape.values(SH.flags))
    search = re.compile(str(pattern), (re.I if "i" in flags else 0) | (re.M if "m" in flags else 0)).search
    return lambda value: not isinstance(value, BNode) and search(value) is not None


def _in_language(shape: Shape, members: Node) -> Judgement:
    wanted = {str(each).lower() for each in shape.graph.items(members)}

    def judge(value: Term) -> bool:
        tag = (value.language or "").lower() if isinstance(value, Literal) else ""
        return bool(tag) and ("*" in wanted or tag in wanted or tag.partition("-")[0] in wanted)

    return judge


def _listed(shape: Shape, members: Node) -> Judgement:
    return frozenset(shape.graph.items(members)).__contains__


_MAKERS: dict[str, Callable[[Shape, Node], Judgement]] = {
    "datatype": _of_datatype, "nodeKind": _of_kind, "minLength": _long_enough, "maxLength": _short_enough, "pattern": _matching,
    "languageIn": _in_language, "in": _listed, **{name: _in_range(name) for name in _COMPARED},
}  # fmt: skip
JUDGED: Iterable[str] = frozenset(_MAKERS)
