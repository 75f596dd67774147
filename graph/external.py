"""The declarations of foreign terms, made from a pinned list instead of importing foreign vocabularies whole.

`ontology/external.csv` lists each term with its kind and the few axioms that are wanted of it, `ontology/vocabularies.csv` each
vocabulary with its document and the date of the edition that was followed. `python -m graph.external` writes
`ontology/external.ttl` from the two. Method: MIREOT, Courtot et al. (2011), Applied Ontology 6(1), 23–33.
"""

from __future__ import annotations

import csv
from pathlib import Path

from rdflib import DCTERMS, OWL, RDF, RDFS, XSD, Graph, Literal, URIRef
from rdflib.namespace import VANN

from graph import canonical, formats, resources
from graph.errors import ParseError
from graph.prefixes import BASE, expand

KINDS = {
    "class": OWL.Class,
    "object property": OWL.ObjectProperty,
    "data property": OWL.DatatypeProperty,
    "annotation property": OWL.AnnotationProperty,
}
TRAITS = {"transitive": OWL.TransitiveProperty, "symmetric": OWL.SymmetricProperty, "functional": OWL.FunctionalProperty}
HEADER = URIRef(BASE + "ontology/external")


def declarations(folder: Path) -> Graph:
    """The foreign terms that the two lists in `folder` name, with the header of the module that stands there.

    Raises ParseError naming file and line for a kind, trait, vocabulary or name that is not known.
    """
    graph = header(folder / "external.ttl")
    documents = _vocabularies(graph, folder / "vocabularies.csv")
    path = folder / "external.csv"
    for line, row in enumerate(_rows(path), start=2):
        try:
            _declare(graph, row, documents)
        except KeyError as unknown:
            raise ParseError(f"{unknown} is not known here; correct the row of {row['term']}.", source=str(path), line=line) from None
    return graph


def header(path: Path) -> Graph:
    """What the module says of itself, which is edited by hand and kept."""
    graph = Graph()
    for triple in formats.read(path).triples:
        if triple[0] == HEADER:
            graph.add(triple)
    return graph


def _vocabularies(graph: Graph, path: Path) -> dict[str, URIRef]:
    documents = {}
    for row in _rows(path):
        documents[row["prefix"]] = document = URIRef(row["document"])
        graph.add((document, RDFS.label, Literal(row["title"], lang="en")))
        graph.add((document, DCTERMS.issued, Literal(row["issued"], datatype=XSD.date)))
        graph.add((document, VANN.preferredNamespacePrefix, Literal(row["prefix"])))
    return documents


def _declare(graph: Graph, row: dict[str, str], documents: dict[str, URIRef]) -> None:
    document = documents[row["term"].partition(":")[0]]
    term = expand(row["term"])
    broader = RDFS.subClassOf if row["kind"] == "class" else RDFS.subPropertyOf
    graph.add((term, RDF.type, KINDS[row["kind"]]))
    graph.add((term, RDFS.label, Literal(row["label"], lang="en")))
    graph.add((term, RDFS.isDefinedBy, document))
    graph.add((term, DCTERMS.source, document))
    for trait in row["trait"].split():
        graph.add((term, RDF.type, TRAITS[trait]))
    for column, predicate in (("broader", broader), ("domain", RDFS.domain), ("range", RDFS.range), ("disjoint", OWL.disjointWith)):
        for name in row[column].split():
            graph.add((term, predicate, expand(name)))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def text(folder: Path) -> str:
    """The module as canonical Turtle."""
    graph = declarations(folder)
    canonical.tidy(graph)
    return canonical.write(graph)


if __name__ == "__main__":
    target = resources.folder("ontology")
    (target / "external.ttl").write_text(text(target), encoding="utf-8")
