"""Documents held against the shapes, with pySHACL as the engine and the counts that tell a pass from a miss."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyshacl
from pyshacl import Validator
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.errors import ReportableRuntimeError
from pyshacl.graph_abstraction import DataGraph
from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

from graph.errors import OntologyError
from graph.formats import Document, Term, by_key, read
from graph.prefixes import BASE, ONTOLOGY, shorten
from graph.report import INFO, SEVERITIES, VIOLATION, WARNING, Report, Result, merged
from graph.shapes import load as shapes
from graph.shapes import named_shape

__all__ = [
    "INFO",
    "SEVERITIES",
    "VIOLATION",
    "WARNING",
    "Report",
    "Result",
    "context_of",
    "merged",
    "shapes",
    "validate",
]

_CONCEPTS = BASE + "concept/"
_OURS = (ONTOLOGY, _CONCEPTS)
_MODULES = BASE + "ontology/"
_DEEP = 200
_NOT_LOOKED_AT = (
    "no shape looks at anything in this file, so nothing in it was checked;"
    " give its things one of the project's types, such as trop:Case or trop:ContextFact"
)
_REPEATED_PATHS = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


def validate(documents: Sequence[Document], context: Graph, shapes: Graph) -> Report:
    """Hold `documents` against `shapes`; `context` is what they may refer to (ontology, schemes, other data).

    Reports what is wrong with things the documents describe, and terms of the ontology and concepts they use that
    neither they nor the context declare; a document nothing looked at gets a warning. The documents are judged
    together: a thing described in two files, or in a file and the context, is judged by all that is said of it. Raises
    OntologyError where the shapes cannot be used.
    """
    documents = tuple(documents)
    homes = _homes(documents)
    validator, complaints = _validator(documents, context, shapes)
    try:
        reached, constraints = _reach(validator, homes)
        _, found, _ = validator.run()
    except ReportableRuntimeError as error:
        raise OntologyError(f"The shapes cannot be used: {_one_line(error)}; correct them in shapes/.") from None
    if complaints.heard:
        raise OntologyError(f"A shape would not be evaluated: {_one_line(complaints.heard[0])}; correct it in shapes/.")
    declared = _declared(documents, context)
    results = [
        *_findings(found, shapes, homes),
        *(result for each in documents for result in _undeclared(each, declared)),
        *_unreached(documents, reached),
    ]
    counted = len(list(validator.shacl_graph.shapes))
    return Report(_ordered(results), counted, len(reached), constraints, tuple(each.path for each in documents))


def context_of(graph: Graph, documents: Iterable[Document] | None = None) -> Graph:
    """Return the part of `graph` that shapes need to judge `documents`; without documents nothing can be left out.

    That is: all that is said of and points at what they describe, all that is said of what they refer to, the types of
    what that refers to in turn, and every subclass axiom.
    """
    if documents is None:
        return graph
    part = Graph(bind_namespaces="none")
    for triple in graph.triples((None, RDFS.subClassOf, None)):
        part.add(triple)
    triples = [triple for each in documents for triple in each.triples]
    described = {s for s, _, _ in triples if isinstance(s, URIRef)}
    for subject in described:
        for pattern in ((subject, None, None), (None, None, subject)):
            _take(part, graph, pattern)
    referred = {o for _, p, o in triples if isinstance(o, URIRef) and p != OWL.imports} - described
    referred |= {o for o in part.objects() if isinstance(o, URIRef)} - described
    for each in referred:
        for _, _, further in _take(part, graph, (each, None, None)):
            _take(part, graph, (further, RDF.type, None))
    return part


def reach(documents: Sequence[Document], context: Graph, shapes: Graph) -> dict[Node, int]:
    """Return how many of the things that `documents` describe each shape targets. Arguments as for `validate`."""
    validator, _ = _validator(tuple(documents), context, shapes)
    described = _homes(documents).keys()
    active = (shape for shape in validator.shacl_graph.shapes if not shape.deactivated)
    return {shape.node: len(shape.focus_nodes(validator.data_graph) & described) for shape in active}


def against_shacl(shapes: Graph) -> list[tuple[Node, str]]:
    """Hold shapes against SHACL's own, https://www.w3.org/ns/shacl-shacl; return each node at fault and what is wrong.

    No vocabulary is inferred first: the shapes here state their types.
    """
    meta = Graph(bind_namespaces="none")
    for triple in read(Path(pyshacl.__file__).parent / "assets" / "shacl-shacl.ttl").triples:
        meta.add(triple)
    document = Document(Path("shapes"), by_key("ttl"), tuple(shapes), {})
    validator, _ = _validator([document], Graph(bind_namespaces="none"), meta)
    validator.options["max_validation_depth"] = _DEEP  # SHACL's own shapes follow a list, cell by cell, into the depth
    try:
        _, found, _ = validator.run()
    except ReportableRuntimeError as error:
        raise OntologyError(f"The shapes cannot be used: {_one_line(error)[:300]}; correct them in shapes/.") from None
    results = [(found.value(each, SH.focusNode), _message(found, each)) for each in found.objects(None, SH.result)]
    return sorted(results, key=lambda each: (str(each[0]), each[1]))


def _take(part: Graph, graph: Graph, pattern: tuple[Node | None, ...]) -> list[tuple[Node, Node, Node]]:
    if any(isinstance(each, Literal) for each in pattern):
        return []
    triples = list(graph.triples(pattern))
    for triple in triples:
        part.add(triple)
    return triples


class _Complaints(logging.Handler):
    """Keeps what pySHACL only logs: a constraint it found unusable and passed over."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


def _validator(documents: Sequence[Document], context: Graph, shapes: Graph) -> tuple[Validator, _Complaints]:
    """Set up pySHACL on a scratch graph of documents and context.

    Its `focus_nodes` option is not used: it filters the inner shapes of sh:node, sh:or and their like as well, so that
    they pass whatever they are given.
    """
    scratch = context_of(context, documents)
    for document in documents:
        for triple in document.triples:
            scratch.add(triple)
    complaints = _Complaints()
    log = logging.Logger("tropico.shapes", logging.WARNING)
    log.addHandler(complaints)
    options = {"inplace": True, "advanced": False, "inference": "none", "use_js": False, "logger": log}
    return Validator(DataGraph.from_rdflib(scratch), shacl_graph=shapes, options=options), complaints


def _homes(documents: Iterable[Document]) -> dict[Node, list[Document]]:
    """Return, for each thing, the documents that describe it."""
    homes: dict[Node, list[Document]] = {}
    for document in documents:
        for subject in dict.fromkeys(s for s, _, _ in document.triples):
            homes.setdefault(subject, []).append(document)
    return homes


def _reach(validator: Validator, homes: dict[Node, list[Document]]) -> tuple[set[Node], int]:
    """Return the described things that some shape targets, and how many constraints that sets against them."""
    reached: set[Node] = set()
    constraints = 0
    for shape in validator.shacl_graph.shapes:
        if not shape.deactivated:
            targets = shape.focus_nodes(validator.data_graph) & homes.keys()
            reached |= targets
            constraints += len(targets) * _components(validator.shacl_graph.graph, shape.node)
    return reached, constraints


def _components(shapes: Graph, shape: Node) -> int:
    """Count the constraint components of a shape and of its property shapes."""
    own = {CONSTRAINT_PARAMETERS_MAP.get(each) for each in shapes.predicates(shape) if each != SH.property} - {None}
    return len(own) + sum(_components(shapes, each) for each in shapes.objects(shape, SH.property))


def _findings(found: Graph, shapes: Graph, homes: dict[Node, list[Document]]) -> Iterator[Result]:
    """Turn the results about things that the documents describe into ours."""
    for node in found.objects(None, SH.result):
        focus = found.value(node, SH.focusNode)
        if focus in homes:
            path, value = found.value(node, SH.resultPath), found.value(node, SH.value)
            home = next((each for each in homes[focus] if (focus, path, value) in each.triples), homes[focus][0])
            severity = str(found.value(node, SH.resultSeverity)).removeprefix(str(SH))
            shape = named_shape(shapes, found.value(node, SH.sourceShape))
            text = _path_text(found, path) if path is not None else None
            yield _result(home, focus, text, value, severity, _message(found, node), shape)


def _result(
    home: Document,
    focus: Term,
    path: str | None,
    value: Term | None,
    severity: str,
    message: str,
    shape: URIRef | None = None,
) -> Result:
    return Result(focus, path, value, severity, message, shape, home.path, home.lines.get(focus))


def _message(found: Graph, node: Node) -> str:
    """Return what the shape says, in English where it says it in several languages."""
    messages = sorted(found.objects(node, SH.resultMessage), key=lambda each: (each.language != "en", str(each)))
    return " ".join(messages[0].split()) if messages else "does not conform"


def _path_text(graph: Graph, path: Node) -> str:
    """Return a property path as SPARQL writes it, in short names."""
    if isinstance(path, URIRef):
        return shorten(path)
    if (path, RDF.first, None) in graph:
        return " / ".join(_path_text(graph, each) for each in graph.items(path))
    inverse, choice = graph.value(path, SH.inversePath), graph.value(path, SH.alternativePath)
    if inverse is not None:
        return f"^{_path_text(graph, inverse)}"
    if choice is not None:
        return f"({' | '.join(_path_text(graph, each) for each in graph.items(choice))})"
    repeated, mark = next(
        (graph.value(path, each), mark) for each, mark in _REPEATED_PATHS.items() if (path, each, None) in graph
    )
    return f"({_path_text(graph, repeated)}){mark}"


def _declared(documents: Sequence[Document], context: Graph) -> frozenset[URIRef]:
    """Return the terms and concepts of ours that have a type somewhere."""
    typed = {s for each in documents for s, p, _ in each.triples if p == RDF.type} | set(context.subjects(RDF.type))
    return frozenset(each for each in typed if isinstance(each, URIRef) and _is_ours(each))


def _is_ours(term: URIRef) -> bool:
    return str(term).startswith(_OURS)  # a URIRef's own startswith takes no tuple


def _undeclared(document: Document, declared: frozenset[URIRef]) -> Iterator[Result]:
    """Find terms of the ontology and concepts that `document` uses and nobody declares, each once."""
    seen = set(declared)
    for subject, predicate, value in document.triples:
        for term in (predicate, value):
            if isinstance(term, URIRef) and _is_ours(term) and term not in seen:
                seen.add(term)
                path = shorten(predicate) if term == value else None
                yield _result(document, subject, path, term, VIOLATION, _not_declared(term, declared))


def _not_declared(term: URIRef, declared: frozenset[URIRef]) -> str:
    kind = "term of the ontology" if term.startswith(ONTOLOGY) else "concept of any scheme"
    close = _closest(term, declared)
    hint = f"did you mean {shorten(close)}?" if close else "see the lists in ontology/."
    return f"{shorten(term)} is no {kind}; {hint}"


def _closest(term: URIRef, declared: frozenset[URIRef]) -> URIRef | None:
    """Return the declared name nearest to `term`: the same slug in another scheme, else the one most alike."""
    namespace = ONTOLOGY if term.startswith(ONTOLOGY) else _CONCEPTS
    names = {each.removeprefix(namespace): each for each in sorted(declared) if each.startswith(namespace)}
    slug = term.rpartition("/")[2]
    elsewhere = [each for name, each in names.items() if namespace == _CONCEPTS and name.rpartition("/")[2] == slug]
    alike = difflib.get_close_matches(term.removeprefix(namespace), list(names), n=1)
    return elsewhere[0] if elsewhere else names[alike[0]] if alike else None


def _unreached(documents: Iterable[Document], reached: set[Node]) -> Iterator[Result]:
    """Warn of each document that describes things no shape looks at; modules of the ontology hold no things."""
    for document in documents:
        headers = {s for s, p, o in document.triples if p == RDF.type and o == OWL.Ontology}
        things = {s for s, _, _ in document.triples if isinstance(s, URIRef) and not _is_ours(s)} - headers
        if things and not things & reached and not any(str(each).startswith(_MODULES) for each in headers):
            yield _result(document, min(things), None, None, WARNING, _NOT_LOOKED_AT)


def _ordered(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return the results by file, line, thing, path and message, each once."""
    keys = {
        each: (str(each.source), each.line or 0, each.focus, each.path or "", each.message, str(each.value))
        for each in results
    }
    return tuple(sorted(keys, key=keys.__getitem__))


def _one_line(text: object) -> str:
    return " ".join(str(text).split()).rstrip(".")
