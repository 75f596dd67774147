"""Checks of the files as text: both parsers agree, the canonical form is kept, the prefixes are those of one table."""

from __future__ import annotations

import re
from itertools import zip_longest
from pathlib import Path

from rdflib import SH, Graph

from graph import canonical
from graph.checks.registry import Ledger, check
from graph.checks.tree import Tree
from graph.errors import TropicoError
from graph.files import files_in
from graph.prefixes import NAMESPACES

_PREFIX = re.compile(r"(?im)^[ \t]*@?prefix[ \t]+([\w.-]*):[ \t]*<([^<>]*)>")
_PREFIX_OF = {namespace: prefix for prefix, namespace in NAMESPACES.items()}


@check(1, "both parsers read the same", "files")
def parsed_alike(tree: Tree, ledger: Ledger) -> None:
    """Compare the number of triples that pyoxigraph, which is strict, and rdflib, which is not, read from each file."""
    for path in _turtle_files(tree):
        ledger.see()
        place = tree.place(path)
        try:
            strict = len(set(tree.read(path).triples))
        except TropicoError as error:
            ledger.fault(str(error))
            continue
        lenient = _read_by_rdflib(path)
        if isinstance(lenient, str):
            ledger.fault(f"{place}: rdflib cannot read it ({lenient}); write it in plain Turtle.")
        elif lenient != strict:
            ledger.fault(
                f"{place}: pyoxigraph reads {strict} triples, rdflib {lenient}; look for numbers written in two ways."
            )


def _turtle_files(tree: Tree) -> list[Path]:
    return [each for folder in (tree.ontology, tree.shapes, tree.data) for each in files_in(folder)]


def _read_by_rdflib(path: Path) -> int | str:
    """Return how many triples rdflib reads, or what it says is wrong."""
    try:
        return len(Graph(bind_namespaces="none").parse(data=path.read_bytes(), format="turtle"))
    except (SyntaxError, ValueError) as error:
        return " ".join(str(error).split())[:200]


@check(2, "the ontology is in canonical form", "files")
def canonical_form(tree: Tree, ledger: Ledger) -> None:
    """Compare each ontology file with what the canonical writer makes of it."""
    for path in files_in(tree.ontology):
        ledger.see()
        written, wanted = path.read_text(encoding="utf-8"), canonical.canonical(path)
        if written != wanted:
            line = _first_difference(written, wanted)
            ledger.fault(
                f"{tree.place(path, line)}: is not in canonical form from this line on; write it with 'tropico fmt'."
            )


def _first_difference(one: str, other: str) -> int:
    """Return the first line, counted from 1, on which two different texts differ."""
    pairs = zip_longest(one.splitlines(), other.splitlines())
    return next((number for number, (left, right) in enumerate(pairs, start=1) if left != right), one.count("\n") + 1)


@check(3, "prefixes are those of one table", "declarations")
def prefixes(tree: Tree, ledger: Ledger) -> None:
    """Compare every prefix declared in Turtle, SPARQL and by sh:declare with the table of graph/prefixes.py."""
    texts = {path: path.read_text(encoding="utf-8-sig") for path in _turtle_files(tree)}
    for path, text in {**texts, **tree.query_texts}.items():
        for found in _PREFIX.finditer(text):
            line = text.count("\n", 0, found.start(1)) + 1
            _compare(ledger, tree.place(path, line), found[1], found[2])
    for node, prefix in tree.shapes_graph.subject_objects(SH.prefix):
        _compare(ledger, "shapes", str(prefix), str(tree.shapes_graph.value(node, SH.namespace)))


def _compare(ledger: Ledger, place: str, prefix: str, namespace: str) -> None:
    ledger.see()
    if NAMESPACES.get(prefix) == namespace:
        return
    if prefix in NAMESPACES:
        remedy = f"it stands for <{NAMESPACES[prefix]}>; correct the IRI"
    elif namespace in _PREFIX_OF:
        remedy = f"that namespace is called {_PREFIX_OF[namespace]}: here; use that prefix"
    else:
        remedy = "graph/prefixes.py does not know it; add it to the table or write the IRIs in full"
    ledger.fault(f"{place}: declares {prefix}: as <{namespace}>, but {remedy}.")
