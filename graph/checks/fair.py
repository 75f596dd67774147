"""How FAIR the ontology is before it is published: the fifteen metrics of FOOPS!'s pre-assessment, restated.

Source: https://w3id.org/foops/benchmark/PRE (Garijo, Corcho and Poveda-Villalón 2021, FOOPS!: An Ontology Pitfall
Scanner for the FAIR Principles). A metric asks for one or several things; the score is the mean of the shares that are
there. What needs a network is judged by form.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rdflib import DCTERMS, OWL, RDFS, SKOS, URIRef
from rdflib.namespace import VANN

from graph.checks.names import AUTHORITIES
from graph.checks.registry import Ledger, check
from graph.checks.tree import Tree, is_own
from graph.checks.words import english, label_of
from graph.prefixes import NAMESPACES, shorten

LOWEST_SCORE = 0.95

_STATUS = URIRef(NAMESPACES["mod"] + "status")
_LOGOS = (URIRef(NAMESPACES["schema"] + "logo"), URIRef(NAMESPACES["foaf"] + "logo"))
_DOI = URIRef(NAMESPACES["bibo"] + "doi")
_PERSISTENT = re.compile(r"https?://(?:w3id\.org|purl\.org|doi\.org)/")

# a metric: what it asks for, each by a name and the properties of the header of which one must be there
_HEADER: dict[str, dict[str, tuple[URIRef, ...]]] = {
    "FIND1": {"prefix": (VANN.preferredNamespacePrefix,)},
    "OM1": {
        "title": (DCTERMS.title,),
        "description": (DCTERMS.abstract, DCTERMS.description),
        "licence": (DCTERMS.license,),
        "version IRI": (OWL.versionIRI,),
        "creator": (DCTERMS.creator,),
        "namespace": (VANN.preferredNamespaceUri,),
    },
    "OM2": {
        "prefix": (VANN.preferredNamespacePrefix,),
        "version": (OWL.versionInfo,),
        "creation date": (DCTERMS.created,),
        "citation": (DCTERMS.bibliographicCitation,),
    },
    "OM3": {
        "DOI": (_DOI,),
        "publisher": (DCTERMS.publisher,),
        "logo": _LOGOS,
        "status": (_STATUS,),
        "source": (DCTERMS.source,),
        "date of issue": (DCTERMS.issued,),
    },
    "OM4.1": {"licence": (DCTERMS.license,)},
    "OM5.1": {"creation date": (DCTERMS.created,), "creator": (DCTERMS.creator,)},
    "OM5.2": {"date of issue": (DCTERMS.issued,), "publisher": (DCTERMS.publisher,)},
    "VER1": {"version IRI": (OWL.versionIRI,)},
}


@check(30, "FAIR by the metrics of FOOPS!", "metrics, for each module")
def fair(tree: Tree, ledger: Ledger) -> None:
    """Score each module's header, and the terms of all, by the fifteen metrics."""
    if not tree.terms:
        return
    of_terms = {code: metric(tree) for code, metric in _TERMS.items()}
    scores: dict[URIRef, float] = {}
    for header in tree.headers:
        said = set(tree.terms_graph.predicates(header))
        shares = {code: _share(said, asked) for code, asked in _HEADER.items()} | of_terms | _by_form(tree, header)
        ledger.see(len(shares))
        scores[header] = sum(shares.values()) / len(shares)
        if scores[header] < LOWEST_SCORE:
            lacking = ", ".join(_lacking(said, shares))
            wanted = f"less than {LOWEST_SCORE}; add {lacking}"
            ledger.fault(f"{tree.home(header)}: {shorten(header)} scores {scores[header]:.3f}, {wanted}.", term=header)
    lowest = min(scores, key=scores.__getitem__)
    missing = ", ".join(_lacking(set(tree.terms_graph.predicates(lowest)), {}))
    ledger.note = f"lowest score {scores[lowest]:.3f}; lacking {missing or 'nothing'}"


def _share(said: set[URIRef], asked: dict[str, tuple[URIRef, ...]]) -> float:
    return sum(1 for properties in asked.values() if said & set(properties)) / len(asked)


def _lacking(said: set[URIRef], shares: dict[str, float]) -> list[str]:
    """Return what is not there, as metric and name."""
    missing = [
        f"{code} {name}" for code, asked in _HEADER.items() for name, each in asked.items() if not said & set(each)
    ]
    return missing + [code for code, share in shares.items() if share < 1 and code not in _HEADER]


def _by_form(tree: Tree, header: URIRef) -> dict[str, float]:
    """Return the metrics that judge IRIs: persistent by form (PURL1), and a licence that is known by form (OM4.2)."""
    licences = [str(each) for each in tree.terms_graph.objects(header, DCTERMS.license)]
    known = bool(licences) and all(AUTHORITIES["creativecommons.org"].fullmatch(each) for each in licences)
    return {"PURL1": float(bool(_PERSISTENT.match(header))), "OM4.2": float(known)}


def _labelled(tree: Tree) -> float:
    return sum(1 for each in tree.terms if english(tree, each, label_of(tree, each))) / len(tree.terms)


def _defined(tree: Tree) -> float:
    return sum(1 for each in tree.terms if english(tree, each, SKOS.definition)) / len(tree.terms)


def _reuses_metadata(tree: Tree) -> float:
    return float(any(not is_own(each) for header in tree.headers for each in tree.terms_graph.predicates(header)))


def _extends(tree: Tree) -> float:
    above = (parent for term in tree.terms for parent in tree.terms_graph.objects(term, RDFS.subClassOf))
    return float(any(isinstance(each, URIRef) and not is_own(each) for each in above))


# RDF1, that the ontology is there as RDF, is given: it has been read
_TERMS: dict[str, Callable[[Tree], float]] = {
    "RDF1": lambda tree: float(bool(tree.modules)),
    "VOC1": _reuses_metadata,
    "VOC2": _extends,
    "VOC3": _labelled,
    "VOC4": _defined,
}
