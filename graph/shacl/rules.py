"""Constraints as queries over a marked set of focus nodes; each gives what violates it, so that what is right costs no row."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rdflib import RDF, RDFS, SH, Literal, URIRef
from rdflib.term import Node

from graph.prefixes import NAMESPACES
from graph.shacl.model import Shape

_COMMENTS = re.compile(r"(?m)(^|\s)#.*$")
_BEYOND = re.compile(r"\b(MINUS|VALUES|SERVICE|GROUP|HAVING|ORDER|LIMIT|OFFSET|OPTIONAL|UNION|GRAPH|BIND)\b", re.I)
_SELECT = re.compile(r"\bSELECT\b(?P<what>[^{}]*?)(\bWHERE\b\s*)?\{", re.I)
_REBOUND = re.compile(r"[$?](shapesGraph|currentShape)\b|\bAS\s+[$?]this\b")
_EXISTS = re.compile(r"\bEXISTS\s*$", re.I)


def values(focus: str, shape: Shape) -> str:
    """Return the pattern that binds ?v to the value nodes of each ?f of a marked set; `focus` is the pattern that binds ?f."""
    return f"{focus} ?f {shape.path_sparql} ?v ."


def pairs(focus: str, shape: Shape) -> str:
    """Select every focus node with each of its value nodes once."""
    distinct = "" if isinstance(shape.path, URIRef) else "DISTINCT "  # one step leads to each value once
    return f"SELECT {distinct}?f ?v {{ {values(focus, shape)} }}"


def all_pairs(predicate: Node) -> str:
    """Select everything that has a property with each of its values."""
    return f"SELECT ?f ?v {{ ?f {predicate.n3()} ?v }}"


def without_value(focus: str, shape: Shape) -> str | None:
    """Select the focus nodes without any value node; None for a path of several steps, for which that would cost too much.

    A pattern of several steps within NOT EXISTS is evaluated anew for all of the graph at each focus node.
    """
    if shape.steps is None:
        return None
    missing = " ".join(f"FILTER NOT EXISTS {{ ?f {step} ?v }}" for step in shape.steps)
    return f"SELECT ?f {{ {focus} {missing} }}"


def counted(focus: str, shape: Shape, condition: str) -> str:
    """Select the focus nodes with a value node whose number of value nodes meets a condition such as `> 1`."""
    return f"SELECT ?f {{ {values(focus, shape)} }} GROUP BY ?f HAVING (COUNT(DISTINCT ?v) {condition})"


def with_value(focus: str, shape: Shape, value: str) -> str:
    """Select the focus nodes one of whose value nodes is `value`, a term in SPARQL."""
    return f"SELECT DISTINCT ?f {{ {focus} ?f {shape.path_sparql} {value} . }}"


def other_values(focus: str, predicate: Node) -> str:
    """Select every focus node with each value of another property."""
    return f"SELECT ?f ?o {{ {focus} ?f {predicate.n3()} ?o . }}"


def beyond(focus: str, shape: Shape, allowed: Iterable[Node]) -> str:
    """Select focus node, value node, property and its value for each statement with a property that is not allowed."""
    listed = ", ".join(each.n3() for each in allowed)
    which = f"FILTER (?p NOT IN ({listed}))" if listed else ""
    resource = f"FILTER (!(?p = {RDF.type.n3()} && ?o = {RDFS.Resource.n3()}))"
    start = f"{focus} ?f ?p ?o ." if shape.path is None else f"{values(focus, shape)} ?v ?p ?o ."
    return f"SELECT DISTINCT ?f ?v ?p ?o {{ {start} {which} {resource} }}"


def subclasses() -> str:
    """Select every class with the one above it."""
    return f"SELECT ?a ?b {{ ?a {RDFS.subClassOf.n3()} ?b }}"


def instances(classes: Iterable[str]) -> str:
    """Select what has one of the classes, given as IRIs in SPARQL."""
    return f"SELECT DISTINCT ?f {{ VALUES ?c {{ {' '.join(classes)} }} ?f {RDF.type.n3()} ?c }}"


def ends(predicate: Node, *, subjects: bool) -> str:
    """Select what has a property, or what is the value of one."""
    pattern = f"?f {predicate.n3()} ?o" if subjects else f"?s {predicate.n3()} ?f"
    return f"SELECT DISTINCT ?f {{ {pattern} }}"


def query_of(shape: Shape, constraint: Node) -> tuple[str, str] | None:
    """Return the sh:select of a constraint in two parts, between which the pattern that binds ?this belongs.

    None for a query of which it is not certain that asking for all focus nodes at once is the same as asking for each:
    one group of patterns and filters, EXISTS among them, with $this among what is selected.
    """
    texts = [each for each in shape.graph.objects(constraint, SH.select)]
    if len(texts) != 1 or not isinstance(texts[0], Literal) or list(shape.graph.objects(constraint, SH.ask)):
        return None
    text = _COMMENTS.sub(r"\1", str(texts[0]))
    head = _SELECT.search(text)
    if head is None or _BEYOND.search(text) or _REBOUND.search(text) or len(_SELECT.findall(text)) != 1:
        return None
    if not re.search(r"[$?]this\b", head["what"]) or "(" in head["what"] or not _one_group(text[head.end() :]):
        return None
    if re.search(r"[$?]PATH\b", text):
        if shape.path_sparql is None:
            return None
        text = re.sub(r"[$?]PATH\b", lambda _: shape.path_sparql, text)
        head = _SELECT.search(text)
    return prologue(shape, constraint) + text[: head.end()], text[head.end() :]


def prologue(shape: Shape, constraint: Node) -> str:
    """Return the PREFIX lines of a constraint's query, those that every such query has among them."""
    graph = shape.graph
    known = {each: NAMESPACES[each] for each in ("rdf", "rdfs", "owl")}
    for holder in graph.objects(constraint, SH.prefixes):
        for each in graph.objects(holder, SH.declare):
            known[str(graph.value(each, SH.prefix))] = str(graph.value(each, SH.namespace))
    return "".join(f"PREFIX {prefix}: <{namespace}> " for prefix, namespace in sorted(known.items()))


def _one_group(body: str) -> bool:
    """Tell whether every group in a WHERE clause, of which the first brace is gone, is that of an EXISTS."""
    stripped = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'|<[^<>\s]*>", lambda found: "_" * len(found[0]), body)
    depth = 1
    for place, each in enumerate(stripped):
        if each == "{":
            if not _EXISTS.search(stripped[:place]):
                return False
            depth += 1
        elif each == "}":
            depth -= 1
            if depth == 0:
                return not stripped[place + 1 :].strip()
    return False
