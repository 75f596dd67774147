"""Checks of what changes from release to release: no term vanishes, and a deprecated one leads to what replaces it."""

from __future__ import annotations

import csv
from pathlib import Path

from rdflib import DCTERMS, OWL, SKOS, Literal, URIRef

from graph.checks.names import names_in
from graph.checks.registry import Ledger, check
from graph.checks.tree import Tree
from graph.errors import OntologyError, ParseError
from graph.formats import Document
from graph.prefixes import NAMESPACES, ONTOLOGY, expand, shorten

COLUMNS = ["term", "kind"]
_LONGEST_FIRST = sorted(NAMESPACES.values(), key=len, reverse=True)


@check(19, "no deprecated term is in use", "terms")
def deprecated(tree: Tree, ledger: Ledger) -> None:
    """A deprecated term stands in no live axiom, data, shape or question, and says what comes instead."""
    ledger.see(len(tree.terms))
    marked = sorted(s for s, _, o in tree.terms_graph.triples((None, OWL.deprecated, None)) if o == Literal(True))
    ledger.note = f"{len(marked)} deprecated"
    for document in tree.documents if marked else ():
        for term in _in_use(document, set(marked)):
            place = tree.place(document.path, document.lines.get(term))
            ledger.fault(f"{place}: uses {shorten(term)}, which is deprecated; {_instead(tree, term)}.", term=term)
    for path, text in tree.query_texts.items() if marked else ():
        for line, term in names_in(text).found:
            if term in marked and path.suffix != ".ru":
                ledger.fault(
                    f"{tree.place(path, line)}: uses {shorten(term)}, which is deprecated; {_instead(tree, term)}.",
                    term=term,
                )
    for term in marked:
        _way_out(tree, ledger, term)


def _in_use(document: Document, marked: set[URIRef]) -> list[URIRef]:
    """Return the deprecated terms that a document says something with; what it says of them does not count."""
    used: set[URIRef] = set()
    for subject, predicate, value in document.triples:
        if subject not in marked and predicate not in (DCTERMS.replaces, OWL.priorVersion):
            used |= {predicate, value} & marked
        elif predicate in marked:
            used.add(predicate)
    return sorted(used)


def _instead(tree: Tree, term: URIRef) -> str:
    follower = tree.terms_graph.value(term, DCTERMS.isReplacedBy)
    return f"use {shorten(follower)}" if follower else "take it out"


def _way_out(tree: Tree, ledger: Ledger, term: URIRef) -> None:
    called = f"{tree.home(term)}: {shorten(term)} is deprecated"
    if not set(tree.terms_graph.predicates(term)) & {DCTERMS.isReplacedBy, SKOS.changeNote}:
        ledger.fault(
            f"{called} and says not why; add dcterms:isReplacedBy or the reason as skos:changeNote.", term=term
        )
    migration = tree.queries / "migrate" / f"{local_name(term)}.ru"
    if not migration.is_file():
        ledger.fault(f"{called} and data cannot be migrated; write {tree.place(migration)}.", term=term)


def local_name(term: URIRef) -> str:
    """Return a term without its namespace, as a file may be called."""
    namespace = next((each for each in _LONGEST_FIRST if term.startswith(each)), ONTOLOGY)
    return term.removeprefix(namespace).replace("/", "-")


@check(20, "no term of an earlier release has vanished", "terms of earlier releases")
def vanished(tree: Tree, ledger: Ledger) -> None:
    """Every term of `ontology/terms-<version>.csv` is still declared, as the same kind of thing."""
    lists = sorted(tree.ontology.glob("terms-*.csv"))
    if not lists:
        raise OntologyError(
            f"There is no terms-*.csv in {tree.ontology}; write one with 'python -m graph.checks.terms'."
        )
    for path in lists:
        for line, term, kind in _released(path):
            ledger.see()
            now = tree.terms.get(term)
            if now is None:
                remedy = "put it back and mark it owl:deprecated"
                ledger.fault(f"{tree.place(path, line)}: {shorten(term)} has vanished; {remedy}.", term=term)
            elif now != kind:
                remedy = "deprecate it and add a new term"
                ledger.fault(
                    f"{tree.place(path, line)}: {shorten(term)} was once {kind} and is now {now}; {remedy}.", term=term
                )


def _released(path: Path) -> list[tuple[int, URIRef, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        if reader.fieldnames != COLUMNS:
            raise ParseError(f"the columns are {', '.join(COLUMNS)}; correct the first line.", source=str(path), line=1)
        return [(reader.line_num, expand(row["term"]), row["kind"]) for row in reader]


def terms_as_csv(tree: Tree) -> str:
    """Return the own terms that are not deprecated, one a line with its kind: what a release promises to keep."""
    gone = set(tree.terms_graph.subjects(OWL.deprecated, Literal(True)))
    rows = (f"{shorten(term)},{kind}\n" for term, kind in tree.terms.items() if term not in gone)
    return ",".join(COLUMNS) + "\n" + "".join(rows)
