"""pySHACL, the reference: for the shapes that are not compiled, and to compare with."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyshacl
from pyshacl import Validator
from pyshacl.errors import ReportableRuntimeError
from pyshacl.graph_abstraction import DataGraph
from rdflib import SH, Graph

from graph.errors import OntologyError
from graph.formats import Triple, read
from graph.shacl.paths import as_text
from graph.shacl.results import Found, sorted_texts

_DEEP = 200


def found_by(triples: Iterable[Triple], shapes: Graph, *, deep: bool = False) -> list[Found]:
    """Hold triples against shapes and return every result. Raises OntologyError where the shapes cannot be used.

    `deep` is for shapes that follow a list, cell by cell. pySHACL's `focus_nodes` option is not used: it filters the
    inner shapes of sh:node, sh:or and their like as well, so that they pass whatever they are given.
    """
    scratch = Graph(bind_namespaces="none")
    for triple in triples:
        scratch.add(triple)
    return found_in(scratch, shapes, deep=deep)


def found_in(scratch: Graph, shapes: Graph, *, deep: bool = False) -> list[Found]:
    """Hold a graph against shapes, as `found_by` does; pySHACL works in it, so it is not to be used afterwards."""
    complaints = _Complaints()
    log = logging.Logger("tropico.shapes", logging.WARNING)
    log.addHandler(complaints)
    options = {"inplace": True, "advanced": False, "inference": "none", "use_js": False, "logger": log}
    validator = Validator(DataGraph.from_rdflib(scratch), shacl_graph=shapes, options=options)
    if deep:
        validator.options["max_validation_depth"] = _DEEP
    try:
        _, report, _ = validator.run()
    except ReportableRuntimeError as error:
        told = _one_line(error)[:300]
        raise OntologyError(f"The shapes cannot be used: {told}; correct them in shapes/.") from None
    if complaints.heard:
        raise OntologyError(f"A shape would not be evaluated: {_one_line(complaints.heard[0])}; correct it in shapes/.")
    return list(_results(report))


def shapes_for_shapes() -> Graph:
    """Return SHACL's own shapes for shapes, https://www.w3.org/ns/shacl-shacl, which pySHACL brings with it."""
    graph = Graph(bind_namespaces="none")
    for triple in read(Path(pyshacl.__file__).parent / "assets" / "shacl-shacl.ttl").triples:
        graph.add(triple)
    return graph


def _results(report: Graph) -> Iterator[Found]:
    for node in report.objects(None, SH.result):
        path = report.value(node, SH.resultPath)
        yield Found(
            focus=report.value(node, SH.focusNode),
            path=as_text(report, path) if path is not None else None,
            value=report.value(node, SH.value),
            component=report.value(node, SH.sourceConstraintComponent),
            shape=report.value(node, SH.sourceShape),
            severity=report.value(node, SH.resultSeverity),
            messages=sorted_texts(list(report.objects(node, SH.resultMessage))),
        )




class _Complaints(logging.Handler):
    """Keeps what pySHACL only logs: a constraint it found unusable and passed over."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


def _one_line(text: object) -> str:
    return " ".join(str(text).split()).rstrip(".")
