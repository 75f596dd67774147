"""What is said of the whole by itself: VoID, DCAT, the prefixes, the questions. Nothing of it is typed by hand.

Every part has a name of its own, since naming blank nodes canonically costs more than all the rest of a dump.
`description` is what a build puts into the graph <…/graph/description>, so it can be asked for; it depends on content,
questions and version alone and is the same on every machine. `catalogue` adds what is known of one build: its identity
and its files with their sizes and checksums.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from rdflib import RDF, RDFS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, SH, VOID

from graph import build, export, prefixes, questions
from graph.export import DATASET, LICENCE
from graph.formats import Format
from graph.questions import Question
from graph.store import Store

ENDPOINT = URIRef(prefixes.BASE + "sparql")
SERVICE = URIRef(f"{DATASET}#endpoint")
_ROOT = URIRef(prefixes.BASE + "ontology/tropico-kg")
DCAT, _SCHEMA, _SPDX = (Namespace(prefixes.NAMESPACES[each]) for each in ("dcat", "schema", "spdx"))
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_ABSTRACT = (
    "What public records, pages and articles say of the cases and findings of the projects TROPICO and LIPSE on digital "
    "government, coded as linked data, each finding with the passage it rests on."
)
_TAKEN_OVER = (DCTERMS.creator, DCTERMS.publisher, DCTERMS.issued, DCTERMS.modified)  # from the ontology's header


def description(store: Store, asked: Iterable[Question] | None = None) -> Graph:
    """Return the description of what `store` holds and of the questions `asked` of it (default: the packaged ones)."""
    graph = export.description(store)
    graph.remove((DATASET, DCTERMS.identifier, None))  # those of a build follow from this
    graph.remove((DATASET, DCTERMS.hasVersion, None))
    _add_dataset(store, graph)
    _add_prefixes(graph)
    for each in questions.load().values() if asked is None else asked:
        _add_question(graph, each)
    return graph


def catalogue(store: Store, files: Mapping[Format, bytes]) -> Graph:
    """Return the DCAT 3 and VoID description of `store` with its dumps `files`, each with its size and checksum.

    It is also a schema.org Dataset. What the graph of the description holds is taken from there; a store without one is
    described afresh.
    """
    stored = store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{build.DESCRIPTION}> {{ ?s ?p ?o }} }}")
    graph = stored if len(stored) else description(store)
    identity = build.identity(store)
    if identity is not None:
        graph.add((DATASET, DCTERMS.identifier, Literal(identity.digest)))
        graph.add((DATASET, DCAT.version, Literal(identity.version)))
        graph.add((DATASET, _SCHEMA.version, Literal(identity.version)))
    for fmt, content in files.items():
        _add_file(graph, fmt, content)
    return graph


def _add_dataset(store: Store, graph: Graph) -> None:
    for kind in (DCAT.Dataset, _SCHEMA.Dataset):
        graph.add((DATASET, RDF.type, kind))
    for said in ((RDFS.label, export.TITLE), (DCTERMS.description, _ABSTRACT), (_SCHEMA.description, _ABSTRACT),
                 (_SCHEMA.name, export.TITLE)):
        graph.add((DATASET, said[0], Literal(said[1], lang="en")))
    graph.add((DATASET, _SCHEMA.license, LICENCE))
    graph.add((DATASET, _SCHEMA.url, URIRef(prefixes.BASE)))
    graph.add((DATASET, DCAT.landingPage, URIRef(prefixes.BASE)))
    graph.add((DATASET, DCTERMS.language, Literal("en")))
    _add_header(store, graph)
    _add_service(graph)


def _add_header(store: Store, graph: Graph) -> None:
    """Take over who made it, when, and by which ontology."""
    for wanted in (*_TAKEN_OVER, OWL.versionIRI):
        for row in store.select(f"SELECT DISTINCT ?o {{ <{_ROOT}> <{wanted}> ?o }}").rows:
            graph.add((DATASET, DCTERMS.conformsTo if wanted == OWL.versionIRI else wanted, row[0]))
            if wanted == DCTERMS.creator:
                graph.add((DATASET, _SCHEMA.creator, row[0]))


def _add_service(graph: Graph) -> None:
    graph.add((DATASET, VOID.sparqlEndpoint, ENDPOINT))
    graph.add((SERVICE, RDF.type, DCAT.DataService))
    graph.add((SERVICE, DCTERMS.title, Literal("SPARQL endpoint", lang="en")))
    graph.add((SERVICE, DCAT.endpointURL, ENDPOINT))
    graph.add((SERVICE, DCAT.servesDataset, DATASET))
    graph.add((SERVICE, DCTERMS.conformsTo, URIRef("https://www.w3.org/TR/sparql11-protocol/")))


def _add_prefixes(graph: Graph) -> None:
    """Declare every prefix, so that editors and validators need not guess them."""
    for prefix, namespace in prefixes.NAMESPACES.items():
        node = URIRef(f"{DATASET}#prefix-{prefix}")
        graph.add((DATASET, SH.declare, node))
        graph.add((node, SH.prefix, Literal(prefix)))
        graph.add((node, SH.namespace, Literal(namespace, datatype=XSD.anyURI)))


def _add_question(graph: Graph, asked: Question) -> None:
    """Publish a question as an example query, in the way that editors of the SIB family read them."""
    iri = URIRef(f"{prefixes.NAMESPACES['q']}{asked.id}")
    for kind in (SH.SPARQLExecutable, SH.SPARQLSelectExecutable):
        graph.add((iri, RDF.type, kind))
    graph.add((iri, RDFS.label, Literal(asked.id)))
    graph.add((iri, RDFS.comment, Literal(asked.question, lang="en")))
    graph.add((iri, SH.prefixes, DATASET))
    graph.add((iri, SH.select, Literal(query_of(asked))))
    graph.add((iri, _SCHEMA.target, ENDPOINT))
    for word in (*asked.tags, *asked.audience):
        graph.add((iri, _SCHEMA.keywords, Literal(word)))


def query_of(asked: Question) -> str:
    """Return the query of a question without the lines of its header."""
    return "\n".join(line for line in asked.text.splitlines() if not line.startswith("#+")).strip() + "\n"


def _add_file(graph: Graph, fmt: Format, content: bytes) -> None:
    node, address = URIRef(f"{DATASET}#{fmt.key}"), URIRef(f"{prefixes.BASE}download/{export.file_name(fmt)}")
    graph.add((DATASET, DCAT.distribution, node))
    graph.add((DATASET, _SCHEMA.distribution, node))
    for kind in (DCAT.Distribution, _SCHEMA.DataDownload):
        graph.add((node, RDF.type, kind))
    graph.add((node, DCTERMS.title, Literal(f"All of it as {fmt.label}", lang="en")))
    graph.add((node, DCTERMS.license, LICENCE))
    graph.add((node, DCAT.accessURL, address))
    graph.add((node, DCAT.downloadURL, address))
    graph.add((node, _SCHEMA.contentUrl, address))
    graph.add((node, DCAT.mediaType, URIRef(_MEDIA_TYPES + fmt.media_type)))
    graph.add((node, _SCHEMA.encodingFormat, Literal(fmt.media_type)))
    graph.add((node, DCAT.byteSize, Literal(str(len(content)), datatype=XSD.nonNegativeInteger)))
    for version in graph.objects(DATASET, DCTERMS.conformsTo):
        graph.add((node, DCTERMS.conformsTo, version))
    _add_checksum(graph, node, content)


def _add_checksum(graph: Graph, node: URIRef, content: bytes) -> None:
    checksum = URIRef(f"{node}-checksum")
    graph.add((node, _SPDX.checksum, checksum))
    graph.add((checksum, RDF.type, _SPDX.Checksum))
    graph.add((checksum, _SPDX.algorithm, _SPDX.checksumAlgorithm_sha256))
    value = hashlib.sha256(content).hexdigest()
    graph.add((checksum, _SPDX.checksumValue, Literal(value, datatype=XSD.hexBinary)))
