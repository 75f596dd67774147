"""The files that are checked: the four folders of a checkout or a wheel, read when a check first asks for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from rdflib import OWL, RDF, SKOS, Graph, URIRef

from graph import formats, resources
from graph.errors import OntologyError, UsageError
from graph.files import files_in
from graph.formats import Document, Triple
from graph.prefixes import BASE, ONTOLOGY

FOLDERS = ("ontology", "shapes", "data", "queries")
EXTERNAL = "external.ttl"
ALIGNMENTS = "alignment"

# what a term can be; the first that applies is its kind
KINDS = {
    OWL.Class: "class",
    OWL.ObjectProperty: "object property",
    OWL.DatatypeProperty: "data property",
    OWL.AnnotationProperty: "annotation property",
    SKOS.ConceptScheme: "concept scheme",
    SKOS.Concept: "concept",
}
INDIVIDUAL = "individual"  # what is of any other kind
PROPERTIES = ("object property", "data property", "annotation property")
VOCABULARY = ("class", *PROPERTIES)


@dataclass(frozen=True)
class Tree:
    """The four folders. What is read of them is kept, so a tree is for one look at files that do not change meanwhile.

    Each part raises a TropicoError, naming the file, where it cannot be read.
    """

    ontology: Path
    shapes: Path
    data: Path
    queries: Path
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)  # what checks share among themselves

    @classmethod
    def packaged(cls) -> Tree:
        """Return the tree that this package carries. Raises NotFound where a folder is missing."""
        return cls(*(resources.folder(each) for each in FOLDERS))

    @classmethod
    def at(cls, top: Path) -> Tree:
        """Return the tree whose folders lie in `top`."""
        return cls(*(top / each for each in FOLDERS))

    def read(self, path: Path) -> Document:
        """Read one file of RDF."""
        return formats.read(path)

    # -- files -------------------------------------------------------------------------------------------------------

    @cached_property
    def modules(self) -> tuple[Document, ...]:
        """The ontology's files, the alignments among them."""
        return tuple(self.read(each) for each in files_in(self.ontology))

    @cached_property
    def own_modules(self) -> tuple[Document, ...]:
        """The modules that declare the project's own terms: all but the one with the foreign terms."""
        return tuple(each for each in self.modules if each.path.name != EXTERNAL)

    @cached_property
    def data_documents(self) -> tuple[Document, ...]:
        """The files of data/."""
        return tuple(self.read(each) for each in files_in(self.data))

    @cached_property
    def shape_documents(self) -> tuple[Document, ...]:
        """The files of shapes/."""
        return tuple(self.read(each) for each in files_in(self.shapes))

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """All files of RDF."""
        return (*self.modules, *self.shape_documents, *self.data_documents)

    @cached_property
    def query_texts(self) -> dict[Path, str]:
        """The questions and migrations: path to text."""
        files = sorted(each for suffix in ("rq", "ru") for each in self.queries.rglob(f"*.{suffix}"))
        return {each: _text_of(each) for each in files}

    # -- graphs ------------------------------------------------------------------------------------------------------

    @cached_property
    def terms_graph(self) -> Graph:
        """All modules as one graph."""
        return graph_of(triple for each in self.modules for triple in each.triples)

    @cached_property
    def data_graph(self) -> Graph:
        """All data as one graph."""
        return graph_of(triple for each in self.data_documents for triple in each.triples)

    @cached_property
    def shapes_graph(self) -> Graph:
        """All shapes as one graph."""
        return graph_of(triple for each in self.shape_documents for triple in each.triples)

    @cached_property
    def whole(self) -> Graph:
        """Modules and data as one graph: what the reasoner and the rules are given."""
        return self.terms_graph + self.data_graph

    # -- terms -------------------------------------------------------------------------------------------------------

    @cached_property
    def terms(self) -> dict[URIRef, str]:
        """The project's own terms and what each of them is, sorted."""
        typed: dict[URIRef, set[URIRef]] = {}
        for subject, predicate, kind in (triple for each in self.own_modules for triple in each.triples):
            if predicate == RDF.type and kind != OWL.Ontology and is_own(subject):
                typed.setdefault(subject, set()).add(kind)
        return {
            term: next((KINDS[each] for each in KINDS if each in typed[term]), INDIVIDUAL) for term in sorted(typed)
        }

    @cached_property
    def classes(self) -> tuple[URIRef, ...]:
        """The project's own classes."""
        return self.of_kind("class")

    @cached_property
    def properties(self) -> tuple[URIRef, ...]:
        """The project's own properties."""
        return self.of_kind(*PROPERTIES)

    def of_kind(self, *kinds: str) -> tuple[URIRef, ...]:
        """Return the own terms of some kinds, as KINDS names them."""
        return tuple(term for term, kind in self.terms.items() if kind in kinds)

    @cached_property
    def headers(self) -> dict[URIRef, Document]:
        """Ontology IRI to module. Raises OntologyError for a module that does not declare exactly one."""
        return {self._header(each): each for each in self.modules}

    def _header(self, document: Document) -> URIRef:
        named = headers_of(document)
        if len(named) != 1:
            place = self.place(document.path)
            raise OntologyError(
                f"{place}: declares {len(named)} ontologies; a module declares exactly one owl:Ontology."
            )
        return named[0]

    # -- places ------------------------------------------------------------------------------------------------------

    @cached_property
    def _homes(self) -> dict[URIRef, tuple[Path, int]]:
        described: dict[URIRef, tuple[Path, int]] = {}
        declared: dict[URIRef, tuple[Path, int]] = {}
        for document in self.documents:
            typed = {s for s, p, _ in document.triples if p == RDF.type}
            for subject, line in document.lines.items():
                described.setdefault(subject, (document.path, line))
                if subject in typed:
                    declared.setdefault(subject, (document.path, line))
        return described | declared

    def is_described(self, term: URIRef) -> bool:
        """Say whether some file describes a term or thing."""
        return term in self._homes

    def home(self, term: URIRef) -> str:
        """Return where a term is declared, as ontology/core.ttl:12, else where it is described, else a folder."""
        if term in self._homes:
            return self.place(*self._homes[term])
        return "ontology" if str(term).startswith((ONTOLOGY, BASE + "concept/")) else "data"

    def place(self, path: Path, line: int | None = None) -> str:
        """Return a path of the tree as a reader knows it, such as ontology/core.ttl:12."""
        top = next((each for each in self.folders if path.is_relative_to(each)), None)
        text = f"{top.name}/{path.relative_to(top).as_posix()}" if top else str(path)
        return f"{text}:{line}" if line else text

    @property
    def folders(self) -> tuple[Path, ...]:
        """The four folders."""
        return (self.ontology, self.shapes, self.data, self.queries)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8; save it as UTF-8.") from None


def graph_of(triples: Iterable[Triple]) -> Graph:
    """Return triples as a graph without prefixes."""
    graph = Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    return graph


def headers_of(document: Document) -> list[URIRef]:
    """Return the ontologies that a module declares, sorted."""
    typed = {s for s, p, o in document.triples if p == RDF.type and o == OWL.Ontology}
    return sorted(each for each in typed if isinstance(each, URIRef))


def is_own(term: object) -> bool:
    """Say whether a term is an IRI in one of the project's namespaces."""
    return isinstance(term, URIRef) and str(term).startswith(BASE)
