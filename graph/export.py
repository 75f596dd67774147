"""Everything a store holds as files: dumps in every format, a VoID description, checksums."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from rdflib import RDF, XSD, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, VOID

from graph import build, formats, infer, prefixes
from graph.errors import NotFound, UsageError
from graph.formats import Format
from graph.store import Store

Describe = Callable[[Store, Mapping[Format, bytes]], Graph]
DUMPS: tuple[Format, ...] = (*formats.RDF_FORMATS, *formats.DATASET_FORMATS)
DATASET = URIRef(prefixes.BASE + "dataset")
ONTOLOGY = {"tropico-kg-full.ttl": False, "tropico-kg-inferred.ttl": True}  # the merged ontology, without and with what follows
_DESCRIPTION, _CHECKSUMS = "void.ttl", "SHA256SUMS"
_MODULES, _ALIGNMENTS = (prefixes.graph_name(f"ontology/{each}x").removesuffix("x") for each in ("", "alignment/"))
TITLE = "TROPICO Knowledge Graph"
LICENCE = URIRef("https://creativecommons.org/licenses/by/4.0/")


def file_name(fmt: Format) -> str:
    """Return the name of the dump in `fmt`, such as "tropico-kg.ttl"."""
    return f"tropico-kg{fmt.suffix}"


def export(store: Store, directory: Path, force: bool = False, describe: Describe | None = None) -> list[Path]:
    """Write all dumps, `void.ttl` and `SHA256SUMS` into `directory` and return their paths.

    `void.ttl` is what `describe` says of the store and its dumps, else the bare VoID of `description`.

    Everything is written beside the directory first and then moved in, so that a failure leaves no half export. Raises
    NotFound for an empty store, and UsageError where a file of one of these names is there already and `force` is not
    given, or the directory cannot be written.
    """
    if not any(store.graphs().values()):
        raise NotFound("The store is empty, so there is nothing to export; fill it with 'tropico build --store DIR'.")
    names = [*map(file_name, DUMPS), *ONTOLOGY, _DESCRIPTION, _CHECKSUMS]
    present = [name for name in names if (directory / name).exists()]
    if present and not force:
        raise UsageError(f"{directory} already holds {', '.join(present)}; choose another folder or add --force.")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".tropico-", dir=directory) as workshop:
            _write(store, Path(workshop), describe or (lambda whole, _: description(whole)))
            return [Path(shutil.move(Path(workshop) / name, directory / name)) for name in names]
    except OSError as problem:
        raise UsageError(f"{directory} cannot be written ({problem.strerror}); choose another folder.") from problem


def _write(store: Store, directory: Path, describe: Describe) -> None:
    dumps = {each: dump(store, each) for each in DUMPS}
    for each, content in dumps.items():
        (directory / file_name(each)).write_bytes(content)
    for name, inferred in ONTOLOGY.items():
        (directory / name).write_bytes(ontology(store, inferred=inferred))
    (directory / _DESCRIPTION).write_bytes(formats.serialise(describe(store, dumps), formats.by_key("ttl")))
    files = sorted(directory.iterdir())
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (directory / _CHECKSUMS).write_text("".join(lines), encoding="ascii", newline="\n")


def dump(store: Store, fmt: Format) -> bytes:
    """Return all of `store` in `fmt`: the union of its graphs, or with the graphs kept apart in TriG and N-Quads."""
    if fmt not in formats.DATASET_FORMATS:
        return formats.serialise(store.construct("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"), fmt)
    return formats.serialise_dataset({name: _content(store, name) for name in store.graphs()}, fmt)


def ontology(store: Store, *, inferred: bool) -> bytes:
    """Return the ontology as one Turtle file that imports nothing: all modules and schemes, without data and alignments.

    With `inferred`, what the rules derive about its terms and concepts is in it too.
    """
    graph = Graph(bind_namespaces="none")
    for name in store.graphs():
        if name.startswith(_MODULES) and not name.startswith(_ALIGNMENTS):
            graph += _content(store, name)
    graph.remove((None, OWL.imports, None))
    if inferred:
        terms = set(graph.subjects())
        for triple in _content(store, infer.INFERRED):
            if triple[0] in terms:
                graph.add(triple)
    return formats.serialise(graph, formats.by_key("ttl"))


def _content(store: Store, name: URIRef) -> Graph:
    return store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}")


def description(store: Store) -> Graph:
    """Return the VoID description of what `store` holds: licence, identity, size, dumps, classes and properties."""
    graph = Graph()
    graph.add((DATASET, RDF.type, VOID.Dataset))
    graph.add((DATASET, DCTERMS.title, Literal(TITLE, lang="en")))
    graph.add((DATASET, DCTERMS.license, LICENCE))
    identity = build.identity(store)
    if identity:
        graph.add((DATASET, DCTERMS.identifier, Literal(identity.digest)))
        graph.add((DATASET, DCTERMS.hasVersion, Literal(identity.version)))
    tally = store.tally()
    graph.add((DATASET, VOID.triples, _number(tally.triples)))
    graph.add((DATASET, VOID.uriSpace, Literal(prefixes.BASE)))
    graph.add((DATASET, VOID.vocabulary, URIRef(prefixes.ONTOLOGY.removesuffix("#"))))
    for each in DUMPS:
        graph.add((DATASET, VOID.dataDump, URIRef(f"{prefixes.BASE}download/{file_name(each)}")))
    _partition(graph, VOID.classPartition, VOID["class"], VOID.entities, tally.classes)
    _partition(graph, VOID.propertyPartition, VOID.property, VOID.triples, tally.properties)
    return graph


def _partition(graph: Graph, link: URIRef, key: URIRef, size: URIRef, counts: Mapping[URIRef, int]) -> None:
    kind = prefixes.shorten(key).partition(":")[2]
    for part, number in counts.items():
        node = URIRef(f"{DATASET}#{kind}-{quote(prefixes.shorten(part), safe='')}")
        graph.add((DATASET, link, node))
        graph.add((node, key, part))
        graph.add((node, size, _number(number)))


def _number(number: int) -> Literal:
    return Literal(str(number), datatype=XSD.integer)
