"""Checks of what the terms say of themselves: labels, definitions, sources, examples and languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rdflib import DCTERMS, OWL, RDF, RDFS, SH, SKOS, XSD, Literal, URIRef
from rdflib.namespace import VANN

from graph.checks.registry import Ledger, check
from graph.checks.tree import Tree
from graph.formats import Document
from graph.prefixes import NAMESPACES, TROP, shorten

LANGUAGES = ("en", "de", "nl", "fr", "da", "et")
SHARE_WITH_EXAMPLE = 0.6
LONGEST_DEFINITION = 400

_SKOS_KINDS = ("concept", "concept scheme")
_STATUS = URIRef(NAMESPACES["mod"] + "status")
# predicates whose texts are codes, names or programs and no language
_CODES = frozenset({
    DCTERMS.identifier, DCTERMS.language, OWL.versionInfo, RDF.first, SH.flags, SH.hasValue, SH.pattern, SH.prefix,
    SH.select, VANN.preferredNamespacePrefix, VANN.preferredNamespaceUri, _STATUS,
})  # fmt: skip
# what data takes over as the source has it, in whatever language that is
_AS_IN_SOURCE = frozenset({DCTERMS.title, SKOS.altLabel, URIRef(NAMESPACES["oa"] + "exact")})
_AS_CLASS = re.compile(r"(?:an?|the|this)\s+class\b|class\s+of\b", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)
_AFTER_GENUS = re.compile(
    r"[,;:.]|\s(?:about|as|at|by|for|from|in|into|of|on|that|through|to|when|where|which|who|whose|with|without)\s"
)


def label_of(tree: Tree, term: URIRef) -> URIRef:
    """Return the property that names a term of its kind: skos:prefLabel for concepts and schemes, else rdfs:label."""
    return SKOS.prefLabel if tree.terms[term] in _SKOS_KINDS else RDFS.label


def english(tree: Tree, term: URIRef, predicate: URIRef) -> list[str]:
    """Return the English texts of a term."""
    return sorted(
        str(each) for each in tree.terms_graph.objects(term, predicate) if getattr(each, "language", None) == "en"
    )


@check(10, "one label, one definition, a source, the module", "terms")
def described(tree: Tree, ledger: Ledger) -> None:
    """Every own term has one English label and definition, a source that is described, and names its module."""
    known = {TROP.ownCoinage} | _documents(tree)
    for term in tree.terms:
        ledger.see()
        for predicate in (label_of(tree, term), SKOS.definition):
            found = len(english(tree, term, predicate))
            if found != 1:
                told = f"has {found or 'no'} {shorten(predicate)} in English"
                ledger.fault(f"{_called(tree, term)} {told}; write exactly one.", key=shorten(predicate), term=term)
        _sources(tree, ledger, term, known)
    for header, document in tree.headers.items():
        for term in _declared_in(tree, document):
            _module(tree, ledger, term, header)


def _called(tree: Tree, term: URIRef) -> str:
    return f"{tree.home(term)}: {shorten(term)}"


def _documents(tree: Tree) -> set[URIRef]:
    """Return what data/ describes as a document or a passage."""
    return {s for kind in (TROP.SourceDocument, TROP.Passage) for s in tree.data_graph.subjects(RDF.type, kind)}


def _sources(tree: Tree, ledger: Ledger, term: URIRef, known: set[URIRef]) -> None:
    sources = set(tree.terms_graph.objects(term, DCTERMS.source))
    if not sources:
        remedy = "name a document or passage of data/, or trop:ownCoinage"
        ledger.fault(f"{_called(tree, term)} has no dcterms:source; {remedy}.", key="source", term=term)
    for each in sorted(sources - known):
        text = f"has the source {shorten(each)}, which data/ does not describe as a document or passage; describe it."
        ledger.fault(f"{_called(tree, term)} {text}", key="source", term=term)


def _declared_in(tree: Tree, document: Document) -> list[URIRef]:
    return sorted({s for s, p, _ in document.triples if p == RDF.type and s in tree.terms})


def _module(tree: Tree, ledger: Ledger, term: URIRef, header: URIRef) -> None:
    said = set(tree.terms_graph.objects(term, RDFS.isDefinedBy))
    if said != {header}:
        names = ", ".join(f"<{each}>" for each in sorted(said)) or "nothing"
        text = f"names {names} by rdfs:isDefinedBy but stands in <{header}>; name that module and no other."
        ledger.fault(f"{_called(tree, term)} {text}", key="module", term=term)


@check(11, "classes have examples", "classes")
def examples(tree: Tree, ledger: Ledger) -> None:
    """At least SHARE_WITH_EXAMPLE of the classes have a skos:example."""
    classes = tree.classes
    ledger.see(len(classes))
    without = [each for each in classes if not english(tree, each, SKOS.example)]
    share = 1 - len(without) / len(classes) if classes else 0.0
    ledger.note = f"{share:.0%} have one"
    if classes and share < SHARE_WITH_EXAMPLE:
        names = ", ".join(shorten(each) for each in without[:5])
        wanted = f"fewer than {SHARE_WITH_EXAMPLE:.0%}; write one for {names} and others"
        ledger.fault(
            f"ontology: {len(classes) - len(without)} of {len(classes)} classes have a skos:example, {wanted}."
        )


@check(12, "definitions are well formed", "definitions")
def definitions(tree: Tree, ledger: Ledger) -> None:
    """A definition is a sentence, says what the term is by something else, and is nobody else's."""
    first: dict[str, URIRef] = {}
    for term in tree.terms:
        for text in english(tree, term, SKOS.definition):
            ledger.see()
            for fault in _form(text, english(tree, term, label_of(tree, term))):
                ledger.fault(f"{_called(tree, term)}: its definition {fault}.", term=term)
            other = first.setdefault(text.casefold(), term)
            if other != term:
                ledger.fault(
                    f"{_called(tree, term)} is defined word for word as {shorten(other)}; tell them apart.", term=term
                )


def _form(text: str, labels: list[str]) -> Iterator[str]:
    """Yield what is wrong with the form of one definition, each with its remedy."""
    if not text[:1].isupper():
        yield "does not begin with a capital; write it as a sentence"
    if not text.endswith("."):
        yield "does not end with a full stop; write it as a sentence"
    if len(text) > LONGEST_DEFINITION:
        yield f"has {len(text)} characters; keep to {LONGEST_DEFINITION} and put the rest into skos:scopeNote"
    if _AS_CLASS.match(text):
        yield "speaks of a class; say what its members are"
    for label in labels:
        if text.rstrip(".").casefold() == label.casefold():
            yield "only repeats the label; say what distinguishes the term"
        elif _singular(_genus(text)) == _singular(label.casefold()):
            yield "explains the term by itself; begin with a wider term"


def _genus(text: str) -> str:
    """Return what a definition begins with, up to the words that narrow it down."""
    return _AFTER_GENUS.split(_ARTICLE.sub("", text), maxsplit=1)[0].strip().casefold()


def _singular(text: str) -> str:
    return text[:-1] if text.endswith("s") and not text.endswith("ss") else text


@check(13, "texts have a language, and labels are told apart", "texts")
def languages(tree: Tree, ledger: Ledger) -> None:
    """Every text in a natural language carries one of six tags, but for titles and names; labels are told apart."""
    codes = _CODES | {p for p in tree.properties if (p, RDFS.range, XSD.string) in tree.terms_graph}
    for document in tree.documents:
        as_in_source = _AS_IN_SOURCE if document in tree.data_documents else frozenset()
        for subject, predicate, text in document.triples:
            if isinstance(text, Literal) and (text.language or text.datatype in (None, XSD.string)):
                ledger.see()
                fault = _language(text, predicate in codes, predicate in as_in_source)
                if fault:
                    place = tree.place(document.path, document.lines.get(subject))
                    ledger.fault(f'{place}: {shorten(predicate)} "{text[:60]}" {fault}.')
    _same_labels(tree, ledger)
    tops = sorted(set(tree.terms_graph.subjects(SKOS.topConceptOf)) & set(tree.terms))
    whole = [
        each
        for each in tops
        if {t.language for t in tree.terms_graph.objects(each, SKOS.prefLabel)}.issuperset(LANGUAGES)
    ]
    ledger.note = f"{len(whole)} of {len(tops)} top concepts have labels in {' '.join(LANGUAGES)}"


def _language(text: Literal, is_code: bool, is_from_source: bool) -> str | None:
    """Return what is wrong with the language tag of a text, None where nothing is."""
    if text.language:
        known = text.language in LANGUAGES or is_from_source
        return None if known else f"is tagged @{text.language}; the languages here are {', '.join(LANGUAGES)}"
    return None if is_code else 'has no language tag; add one, as in "…"@en'


def _same_labels(tree: Tree, ledger: Ledger) -> None:
    first: dict[tuple[object, ...], URIRef] = {}
    for term, kind in tree.terms.items():
        scheme = tree.terms_graph.value(term, SKOS.inScheme)
        for label in sorted(tree.terms_graph.objects(term, label_of(tree, term))):
            other = first.setdefault((kind, scheme, label.language, str(label).casefold()), term)
            if other != term:
                shown = f'"{label}"@{label.language}'
                text = f"is labelled {shown} as {shorten(other)} is; give one of them another label."
                ledger.fault(f"{_called(tree, term)} {text}", key="label", term=term)
