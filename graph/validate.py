"""Documents held against the shapes, with the counts that tell a pass from a miss, and each result placed in its file."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

from graph.formats import Document, Term
from graph.prefixes import BASE, ONTOLOGY, shorten
from graph.report import INFO, SEVERITIES, VIOLATION, WARNING, Report, Result, merged
from graph.shacl import evaluation
from graph.shacl.recheck import Facts
from graph.shacl.results import Found
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

_TYPE = RDF.type  # looked up once: rdflib searches its list of terms each time
_CONCEPTS = BASE + "concept/"
_OURS = (ONTOLOGY, _CONCEPTS)
_MODULES = BASE + "ontology/"
_NOT_LOOKED_AT = (
    "no shape looks at anything in this file, so nothing in it was checked;"
    " give its things one of the project's types, such as trop:Case or trop:ContextFact"
)
_BULK = 4  # a context of so many times the documents' triples is looked at as a whole: cutting it down costs more


def validate(documents: Sequence[Document], context: Graph, shapes: Graph) -> Report:
    """Hold `documents` against `shapes`; `context` is what they may refer to (ontology, schemes, other data).

    Reports what is wrong with things the documents describe, and terms of the ontology and concepts they use that
    neither they nor the context declare; a document nothing looked at gets a warning. The documents are judged
    together: a thing described in two files, or in a file and the context, is judged by all that is said of it. Raises
    OntologyError where the shapes cannot be used.
    """
    documents = tuple(documents)
    homes = _homes(documents)
    outcome = evaluation.evaluate(_scratch(documents, context), shapes, homes.keys())
    declared = _declared(documents, context)
    results = [
        *_findings(outcome.found, shapes, homes),
        *(result for each in documents for result in _undeclared(each, declared)),
        *_unreached(documents, outcome.reached),
    ]
    left = tuple(sorted({each for node in outcome.left if (each := named_shape(shapes, node)) is not None}))
    files = tuple(each.path for each in documents)
    return Report(_ordered(results), outcome.shapes, len(outcome.reached), outcome.constraints, files, left)


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
            _take(part, graph, (further, _TYPE, None))
    return part


def reach(documents: Sequence[Document], context: Graph, shapes: Graph) -> dict[Node, int]:
    """Return how many of the things that `documents` describe each shape targets. Arguments as for `validate`."""
    return evaluation.reach(_scratch(documents, context), shapes, _homes(documents).keys())


def against_shacl(shapes: Graph) -> list[tuple[Node, str]]:
    """Hold shapes against SHACL's own, https://www.w3.org/ns/shacl-shacl; return each node at fault and what is wrong.

    No vocabulary is inferred first: the shapes here state their types.
    """
    from graph.shacl import reference  # pySHACL takes a third of a second to import, which is spent only where it is needed

    found = reference.found_by(shapes, reference.shapes_for_shapes(), deep=True)
    return sorted(((each.focus, each.message()) for each in found), key=lambda each: (str(each[0]), each[1]))


def _take(part: Graph, graph: Graph, pattern: tuple[Node | None, ...]) -> list[tuple[Node, Node, Node]]:
    if any(isinstance(each, Literal) for each in pattern):
        return []
    triples = list(graph.triples(pattern))
    for triple in triples:
        part.add(triple)
    return triples


def _scratch(documents: Sequence[Document], context: Graph) -> list[tuple[Node, Node, Node]]:
    """Return what documents and context say, of the context what the documents need."""
    told = sum(len(each.triples) for each in documents)
    needed = context if len(context) < _BULK * told else context_of(context, documents)
    return list(chain(needed, *(each.triples for each in documents)))


def _homes(documents: Iterable[Document]) -> dict[Node, list[Document]]:
    """Return, for each thing, the documents that describe it."""
    homes: dict[Node, list[Document]] = {}
    for document in documents:
        for subject in dict.fromkeys(s for s, _, _ in document.triples):
            homes.setdefault(subject, []).append(document)
    return homes


def _findings(found: Iterable[Found], shapes: Graph, homes: dict[Node, list[Document]]) -> Iterator[Result]:
    """Turn the results about things that the documents describe into ours."""
    for each in found:
        home = _home(homes[each.focus], each)
        severity = str(each.severity).removeprefix(str(SH))
        shape = named_shape(shapes, each.shape)
        yield _result(home, each.focus, each.path, each.value, severity, each.message(), shape)


def _home(homes: list[Document], found: Found) -> Document:
    """Return the document that says what is wrong, the first of them where none does by itself."""
    if len(homes) == 1 or found.value is None:
        return homes[0]
    said = ((each, (s, shorten(p), o)) for each in homes for s, p, o in each.triples if s == found.focus)
    wrong = (found.focus, found.path, found.value)
    return next((home for home, triple in said if triple == wrong), homes[0])


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


def _declared(documents: Sequence[Document], context: Graph) -> frozenset[URIRef]:
    """Return the terms and concepts of ours that have a type somewhere."""
    typed = {s for each in documents for s, p, _ in each.triples if p == _TYPE} | set(context.subjects(_TYPE))
    return frozenset(each for each in typed if isinstance(each, URIRef) and is_ours(each))


def is_ours(term: Term) -> bool:
    """Tell whether a name is one of the ontology's or a concept's, which must be declared to be used."""
    return str.startswith(term, _OURS)  # a URIRef's own startswith takes no tuple


def _undeclared(document: Document, declared: frozenset[URIRef]) -> Iterator[Result]:
    """Find terms of the ontology and concepts that `document` uses and nobody declares, each once."""
    seen = set(declared)
    for subject, predicate, value in document.triples:
        for term in (predicate, value):
            if isinstance(term, URIRef) and is_ours(term) and term not in seen:
                seen.add(term)
                path = shorten(predicate) if term == value else None
                yield _result(document, subject, path, term, VIOLATION, _not_declared(term, declared))


def is_declared(document: Document, facts: Facts) -> bool:
    """Tell whether every term of the ontology and concept that a document uses has a type among the facts."""
    used = {term for _, p, o in document.triples for term in (p, o) if isinstance(term, URIRef) and is_ours(term)}
    return all(facts.match((each, _TYPE, None)) for each in used)


def is_reached(document: Document, reached: frozenset[Term]) -> bool:
    """Tell whether a document describes nothing, or something that a shape looks at."""
    return not next(_unreached((document,), reached), None)


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


def _unreached(documents: Iterable[Document], reached: frozenset[Term]) -> Iterator[Result]:
    """Warn of each document that describes things no shape looks at; modules of the ontology hold no things."""
    for document in documents:
        headers = {s for s, p, o in document.triples if p == _TYPE and o == OWL.Ontology}
        things = {s for s, _, _ in document.triples if isinstance(s, URIRef) and not is_ours(s)} - headers
        if things and not things & reached and not any(str(each).startswith(_MODULES) for each in headers):
            yield _result(document, min(things), None, None, WARNING, _NOT_LOOKED_AT)


def _ordered(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return the results by file, line, thing, path and message, each once."""
    keys = {
        each: (str(each.source), each.line or 0, each.focus, each.path or "", each.message, str(each.value))
        for each in results
    }
    return tuple(sorted(keys, key=keys.__getitem__))
