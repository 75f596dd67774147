"""What ROBOT's report looks for and no other check here holds, restated in the annotations of this ontology.

Rules: https://robot.obolibrary.org/report_queries/. Missing labels and definitions are check 10, their form check 12,
deprecated terms in use check 19, names check 14; references across vocabularies (xref, subset, synonym type) are not
used here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, XSD, Literal, URIRef

from graph import resources
from graph.checks.registry import Ledger, check
from graph.checks.tree import ALIGNMENTS, Tree
from graph.checks.words import english, label_of
from graph.prefixes import shorten

Rule = Callable[[Tree], Iterator[tuple[URIRef, str]]]
RULES: dict[str, Rule] = {}

_OBSOLETE = "obsolete "
_CLOSED = (RDF, RDFS, OWL, XSD, SKOS)
# what a header must say: property, and what it is called in a sentence
_HEADER = (
    (DCTERMS.title, "title"),
    (DCTERMS.abstract, "description"),
    (DCTERMS.license, "licence"),
    (OWL.versionInfo, "version"),
)
_TO_IRIS = (DCTERMS.license, DCTERMS.creator, DCTERMS.publisher)


def rule(key: str) -> Callable[[Rule], Rule]:
    """Register the decorated function: it yields each term at fault, and what is wrong with what remedy."""

    def register(function: Rule) -> Rule:
        RULES[key] = function
        return function

    return register


@check(16, "nothing of ROBOT's report", "terms and headers, by each of the rules")
def report(tree: Tree, ledger: Ledger) -> None:
    """Apply each rule in turn."""
    ledger.see((len(tree.terms) + len(tree.headers)) * len(RULES))
    ledger.note = f"{len(RULES)} rules"
    for key, function in sorted(RULES.items()):
        for term, text in function(tree):
            ledger.fault(f"{tree.home(term)}: {shorten(term)} {text}.", key=key, term=term)


@rule("whitespace")
def _whitespace(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    for document in tree.own_modules:
        for subject, predicate, value in document.triples:
            if isinstance(value, Literal) and isinstance(subject, URIRef) and str(value) != " ".join(value.split()):
                yield subject, f"has blanks too many, or a line break, in {shorten(predicate)}; leave single blanks"


@rule("header")
def _header(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    for header in tree.headers:
        for predicate, name in _HEADER:
            number = len(list(tree.terms_graph.objects(header, predicate)))
            if number != 1:
                yield header, f"has {number or 'no'} {name}; write {shorten(predicate)} once"
        for predicate in _TO_IRIS:
            for value in tree.terms_graph.objects(header, predicate):
                if not isinstance(value, URIRef):
                    yield header, f"gives {shorten(predicate)} as text; let it point to an IRI"


@rule("version")
def _version(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    now = resources.version()
    for header in tree.headers:
        said = [str(each) for each in tree.terms_graph.objects(header, OWL.versionInfo)]
        if said != [now]:
            yield (
                header,
                f"says it is version {', '.join(said) or 'none'}, but this is {now}; all modules carry the same",
            )
        wanted = header.replace("/ontology/", f"/ontology/{now}/", 1)
        if [str(each) for each in tree.terms_graph.objects(header, OWL.versionIRI)] != [wanted]:
            yield header, f"has not the version IRI <{wanted}>; write owl:versionIRI with it, once"


@rule("multiple-labels")
def _multiple(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    for term in tree.terms:
        for predicate in (label_of(tree, term), SKOS.definition):
            tags = [getattr(each, "language", None) for each in tree.terms_graph.objects(term, predicate)]
            for tag in sorted({each for each in tags if each and each != "en" and tags.count(each) > 1}):
                yield term, f"has several {shorten(predicate)} in {tag}; keep one and make the others skos:altLabel"


@rule("duplicate-label")
def _duplicate_labels(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    first: dict[str, URIRef] = {}
    for term in (*tree.classes, *tree.properties):
        for label in english(tree, term, RDFS.label):
            other = first.setdefault(label.casefold(), term)
            if other != term:
                yield term, f'is labelled "{label}" as {shorten(other)} is; give one of them another label'


@rule("label-and-synonym")
def _label_and_synonym(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    for term in tree.terms:
        labels = set(tree.terms_graph.objects(term, label_of(tree, term)))
        for each in sorted(labels & set(tree.terms_graph.objects(term, SKOS.altLabel))):
            yield term, f'has "{each}" as label and as skos:altLabel; drop the second'


@rule("label-form")
def _label_form(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    for term in (*tree.classes, *tree.properties):
        for label in english(tree, term, RDFS.label):
            if not label[:1].islower():
                yield term, f'has the label "{label}"; write it small, as in running text'
            if set(label) & set('"<>{}[]'):
                yield term, f'has signs in its label "{label}" that are no part of words; leave them out'


@rule("obsolete-label")
def _obsolete(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    for term in tree.terms:
        gone = (term, OWL.deprecated, Literal(True)) in tree.terms_graph
        for label in english(tree, term, label_of(tree, term)):
            if label.startswith(_OBSOLETE) and not gone:
                yield term, "is called obsolete and is not deprecated; mark it owl:deprecated or rename it"
            elif gone and not label.startswith(_OBSOLETE):
                yield term, f'is deprecated and not called so; begin its label with "{_OBSOLETE.strip()}"'


@rule("deprecated-datatype")
def _deprecated_datatype(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    for term, value in tree.terms_graph.subject_objects(OWL.deprecated):
        if value not in (Literal(True), Literal(False)):
            yield term, f"has owl:deprecated {value.n3()}; write true without quotation marks"


@rule("replaced-by")
def _replaced_by(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    for term, follower in tree.terms_graph.subject_objects(DCTERMS.isReplacedBy):
        if (term, OWL.deprecated, Literal(True)) not in tree.terms_graph:
            yield term, "is replaced and not deprecated; mark it owl:deprecated or drop dcterms:isReplacedBy"
        if follower not in tree.terms:
            yield term, f"is replaced by {shorten(str(follower))}, which is no term; name one that is declared"


@rule("several-definitions")
def _several_definitions(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    for term in tree.classes:
        if len(list(tree.terms_graph.objects(term, OWL.equivalentClass))) > 1:
            yield term, "has several owl:equivalentClass; keep the one that defines it"


@rule("no-genus")
def _no_genus(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    graph = tree.terms_graph
    for term in tree.classes:
        for expression in graph.objects(term, OWL.equivalentClass):
            parts = [part for each in graph.objects(expression, OWL.intersectionOf) for part in graph.items(each)]
            if parts and not any(isinstance(each, URIRef) for each in parts):
                yield term, "is defined by conditions alone; name the wider class among them"


@rule("built-in")
def _built_in(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    for document in tree.own_modules:
        for subject, predicate, value in document.triples:
            for used in (predicate, value):
                closed = next(
                    (each for each in _CLOSED if isinstance(used, URIRef) and used.startswith(str(each))), None
                )
                if closed is not None and used not in closed and str(used) != str(closed):
                    place = subject if isinstance(subject, URIRef) else used
                    yield place, f"uses {shorten(used)}, which <{closed}> does not have; correct the name"


@rule("alignment")
def _alignment(tree: Tree) -> Iterator[tuple[URIRef, str]]:
    """Alignments stay apart: no module that the whole imports may import one."""
    aligned = {header for header, document in tree.headers.items() if document.path.parent.name == ALIGNMENTS}
    for header in sorted(tree.headers.keys() - aligned):
        for each in sorted(aligned & set(tree.terms_graph.objects(header, OWL.imports))):
            yield header, f"imports the alignment <{each}>; users load alignments by themselves, so take the import out"
