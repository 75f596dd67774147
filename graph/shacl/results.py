"""What both engines give back for each violation, in full, so that they can be compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rdflib import SH, Literal, URIRef
from rdflib.term import Node

from graph.formats import Term
from graph.shacl import paths
from graph.shacl.model import Shape


@dataclass(frozen=True)
class Found:
    """One result: focus node, path as people read it, value, component, shape and severity, and the messages, English first."""

    focus: Term
    path: str | None
    value: Term | None
    component: URIRef
    shape: Node
    severity: URIRef
    messages: tuple[str, ...]

    def message(self) -> str:
        """Return what the shape says, in English where it says it in several languages."""
        return " ".join(self.messages[0].split()) if self.messages else "does not conform"


def component(name: str) -> URIRef:
    """Return the IRI of a constraint component by its name here."""
    special = {"sparql": "SPARQL", "qualifiedMinCount": "QualifiedMinCount", "qualifiedMaxCount": "QualifiedMaxCount"}
    return SH[f"{special.get(name, name[0].upper() + name[1:])}ConstraintComponent"]


def text_of(shape: Shape, path: Node | None) -> str | None:
    """Return a path as people read it."""
    return None if path is None else paths.as_text(shape.graph, path)


def sorted_texts(messages: list[Literal]) -> tuple[str, ...]:
    """Return messages as text, those in English first."""
    return tuple(str(each) for each in sorted(messages, key=lambda each: (each.language != "en", str(each))))


def messages_of(
    shape: Shape, name: str, constraint: Node | None = None, known: Mapping[str, Term] | None = None
) -> tuple[str, ...]:
    """Return what a shape says of a violation, and before that what a constraint in SPARQL says, with `known` filled in."""
    own = [] if constraint is None else list(shape.graph.objects(constraint, SH.message))
    messages = list(dict.fromkeys([*own, *shape.messages]))
    if known is not None:
        messages = [_filled(each, known) for each in messages]
    return sorted_texts(messages) if messages else (f"does not keep to sh:{name}",)


def _filled(message: Literal, known: Mapping[str, Term]) -> Literal:
    """Put the value of a variable in the place of {?name} or {$name}; the result is plain text."""
    text = str(message)
    for name, value in known.items():
        text = re.sub(rf"{{[?$]{re.escape(name)}}}", lambda _, value=value: str(value), text)
    return Literal(text)
