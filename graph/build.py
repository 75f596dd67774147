"""From files to a store, in one step or not at all: read, validate, infer, put in."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rdflib import DCTERMS, OWL, RDF, VOID, Graph, Literal, URIRef

from graph import infer, integrity, memory, ontology, resources, validate
from graph.embedded import ScratchStore
from graph.errors import DataError, ParseError, UsageError
from graph.files import SUFFIXES, bare, files_in
from graph.formats import Document, Triple, by_key, digest_of, parse, read, read_graphs, serialise
from graph.prefixes import BASE, TROP, graph_name
from graph.report import VIOLATION, Report, merged
from graph.settings import Settings
from graph.store import Store

BUILD = graph_name("build")
DESCRIPTION = graph_name("description")
INFERRED = infer.INFERRED
COUNTED = {"cases": TROP.Case, "findings": TROP.Finding, "passages": TROP.Passage, "sources": TROP.SourceDocument}

_PACKAGED = tuple(str(graph_name(f"{each}/x")).removesuffix("x") for each in ("ontology", "data", "shapes"))
_LOCAL = str(graph_name("local/x")).removesuffix("x")

Documents = dict[URIRef, Document]
Content = dict[URIRef, frozenset[Triple]]
Conclusion = tuple[dict[URIRef, frozenset[Triple]], dict[str, int]]
Describe = Callable[[Store], Iterable[Triple]]


@dataclass(frozen=True)
class Identity:
    """What a store holds, in two words: the version that built it and "sha256:" with one digest over all its graphs."""

    version: str
    digest: str


@dataclass(frozen=True)
class BuildResult:
    """What a build did.

    `graphs` gives the number of triples of every graph, `inferred` of those that were derived, `counts` that of things
    by kind (cases, findings, passages, sources); `report` is the validation, `seconds` the time it all took.
    """

    identity: Identity
    graphs: dict[URIRef, int]
    report: Report
    inferred: int
    counts: dict[str, int]
    seconds: float


def build(
    store: Store,
    paths: Sequence[Path] = (),
    *,
    settings: Settings,
    describe: Describe | None = None,
    allow_synthetic: bool = False,
) -> BuildResult:
    """Validate files, infer what follows and put all of it into `store` in one atomic step.

    Without `paths` the packaged ontology and data are (re)built; files and folders in `paths` are added beside what the
    store holds, the packaged ones first where it is empty. Own graphs already in the store stay. What `describe` says of
    the whole, given a store that holds it, becomes the graph DESCRIPTION; it must say the same on every machine. Until
    the last step nothing in the store changes: UsageError (a path, two files of one name), ParseError, OntologyError or
    DataError (with the report, for a broken rule of queries/integrity, or for made-up data unless `allow_synthetic`)
    leave it as it was.
    """
    started = time.perf_counter()
    held = _held(store)
    own = _own(paths)
    if not allow_synthetic:
        _refuse_synthetic(own)
    base = _packaged() if not paths or not held else {}
    kept = {
        name: each for name, each in held.items() if name not in own and not (base and str(name).startswith(_PACKAGED))
    }
    documents = {**base, **(_shapes() if base else {}), **kept, **own}
    content = {name: frozenset(each.triples) for name, each in documents.items() if each.triples}
    digests = {name: digest_of(triples) for name, triples in content.items()}
    report = _validated(base, {**kept, **own} if base else own, content, digests, settings)
    made, counts = _concluded(content, digests, describe, settings)
    content.update(made)
    digests.update({name: digest_of(triples) for name, triples in made.items()})
    whole = Identity(resources.version(), _digest(digests))
    changed = {name: each for name, each in content.items() if name not in kept}
    emptied = {name: () for name in (*held, *store.graphs().keys() & {DESCRIPTION}) if name not in content}
    store.replace({**emptied, **changed, BUILD: _description(whole, content, digests)})
    return BuildResult(whole, store.graphs(), report, len(content[INFERRED]), counts, time.perf_counter() - started)


def identity(store: Store) -> Identity | None:
    """Return the identity that the last build wrote into `store`, None where there was none."""
    version, digest, name = OWL.versionInfo.n3(), DCTERMS.identifier.n3(), BUILD.n3()
    rows = store.select(f"SELECT ?v ?d {{ GRAPH {name} {{ {name} {version} ?v ; {digest} ?d }} }}").rows
    return Identity(str(rows[0][0]), str(rows[0][1])) if rows else None


def _held(store: Store) -> Documents:
    """Return what the store was filled with, graph by graph; such a document is known by the name of its graph."""
    held = {}
    for name in sorted(store.graphs()):
        if name not in (INFERRED, DESCRIPTION, BUILD):
            triples = store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {name.n3()} {{ ?s ?p ?o }} }}")
            held[name] = Document(Path(name.removeprefix(BASE)), by_key("ttl"), tuple(triples), {})
    return held


def _packaged() -> Documents:
    """Read the packaged ontology (what its root imports), the alignments beside it, and the data."""
    modules = {_packaged_name(each.path): each for each in ontology.closure().values()}
    folders = (resources.folder("ontology") / "alignment", resources.folder("data"))
    files = _named((file, _packaged_name(file)) for folder in folders if folder.is_dir() for file in files_in(folder))
    return {**modules, **{name: read(file) for name, file in files.items()}}


def _shapes() -> Documents:
    """Read the packaged shapes, which are loaded to be asked and followed, and judge the rest without being judged."""
    return {_packaged_name(file): read(file) for file in files_in(resources.folder("shapes"))}


def _own(paths: Iterable[Path]) -> Documents:
    """Read the files of the user, each once.

    Raises UsageError for a folder without any, as `_named`, and as `_graphs_of`.
    """
    found: dict[Path, URIRef] = {}
    for path in paths:
        files = files_in(path)
        if not files:
            suffixes = ", ".join(sorted(SUFFIXES))
            raise UsageError(f"There is no RDF file in {path}; the names of RDF files end in {suffixes}.")
        for file in files:
            found.setdefault(file.resolve(), _packaged_name(file) or _own_name(file, path))
    documents: Documents = {}
    for own, file in _named(found.items()).items():
        for name, document in _graphs_of(file, own):
            if name in documents:
                files = f"{documents[name].path} and {file}"
                raise UsageError(f"{files} would both be the graph <{name}>; rename one of them.")
            documents[name] = document
    return documents


def _refuse_synthetic(documents: Documents) -> None:
    """Raise DataError for a file that says it is made up."""
    for document in documents.values():
        for subject, predicate, value in document.triples:
            if predicate == RDF.type and value == TROP.SyntheticDataset:
                raise DataError(
                    f"{document.path} says of itself, as <{subject}>, that its data are made up; leave it out,"
                    " or load it by --allow-synthetic into a store of its own."
                )


def _graphs_of(file: Path, own: URIRef) -> Iterator[tuple[URIRef, Document]]:
    """Yield the graphs of a file with their names: its own for what has none in it, else those it gives, below local/.

    Raises UsageError for another name: a file could otherwise stand in for a graph that somebody else wrote.
    """
    for document in read_graphs(file):
        if document.graph is not None and not document.graph.startswith(_LOCAL):
            raise UsageError(
                f"{file} holds the graph <{document.graph}>; only names that begin with {_LOCAL} are loaded,"
                " so rename it, or save that graph as a file of its own."
            )
        yield document.graph or own, document


def _named(files: Iterable[tuple[Path, URIRef]]) -> dict[URIRef, Path]:
    """Return graph name to file. Raises UsageError where two files would be one graph: one would replace the other."""
    named: dict[URIRef, Path] = {}
    for file, name in files:
        if name in named:
            raise UsageError(f"{named[name]} and {file} would both be the graph <{name}>; rename one of them.")
        named[name] = file
    return named


def _packaged_name(file: Path) -> URIRef | None:
    """Return the graph name of a file of the packaged folders; None for any other file."""
    for kind in ("ontology", "data", "shapes"):
        top = resources.folder(kind).resolve()
        if file.resolve().is_relative_to(top):
            return graph_name(f"{kind}/{bare(file.resolve().relative_to(top)).as_posix()}")
    return None


def _own_name(file: Path, given: Path) -> URIRef:
    """Return the graph name of a user's file: by its place in the folder that was given, never by where that lies."""
    path = Path(given.resolve().name) / file.relative_to(given) if given.is_dir() else Path(file.name)
    return graph_name(f"local/{bare(path).as_posix()}")


def _union(content: Content) -> Graph:
    union = Graph(bind_namespaces="none")
    for triples in content.values():
        for triple in triples:
            union.add(triple)
    return union


def _validated(
    base: Documents, others: Documents, content: Content, digests: Mapping[URIRef, str], settings: Settings
) -> Report:
    """Validate the packaged files by themselves (or remember that they were) and the others in their midst.

    Where another file stands in for a packaged one, the packaged files are no longer what was released: then all are
    judged together. Raises DataError with the report of what does not conform.
    """
    if base.keys() & others.keys():
        base, others = {}, {**base, **others}
    reports = []
    if base:
        reports.append(_remembered(base, digests, settings))
    if others:
        reports.append(_validate(tuple(others.values()), _union(content)))
    for report in reports:
        if not report.conforms:
            raise DataError(_refusal(report), report)
    return merged(reports)


def _refusal(report: Report) -> str:
    first = next((each for each in report.results if each.severity == VIOLATION), None)
    return f"Nothing was loaded. {report.summary()}" + (f" First: {first.as_text()}" if first else "")


def _remembered(base: Documents, digests: Mapping[URIRef, str], settings: Settings) -> Report:
    """Return the report on the packaged files from the last time, if nothing it rests on has changed since."""
    files = [*files_in(resources.folder("shapes")), *(base[name].path for name in sorted(base))]
    key = memory.key_of((f"{name} {digests[name]} {base[name].path}" for name in sorted(base)), files)
    with suppress(ValueError, KeyError, TypeError):  # a damaged memory is none: validating again is safe
        return Report.from_json(memory.recall(settings.cache, "validated", key)["report"])
    report = _validate(tuple(base[name] for name in sorted(base)), Graph())
    if report.conforms:
        memory.remember(settings.cache, "validated", key, {"report": report.as_json()})
    return report


def _validate(documents: tuple[Document, ...], context: Graph) -> Report:
    return validate.validate(documents, context, validate.shapes())


def _concluded(
    content: Content, digests: Mapping[URIRef, str], describe: Describe | None, settings: Settings
) -> Conclusion:
    """Return what follows from `content` and what describes it all, and how many things of each counted kind it then holds.

    Both are remembered from the last time, if nothing they rest on has changed since.
    """
    parts = [*(f"{name} {digests[name]}" for name in sorted(digests)), f"described: {describe is not None}"]
    key = memory.key_of(parts, sorted(resources.folder("queries").rglob("*.rq")))
    kept = memory.recall(settings.cache, "inferred", key)
    form = by_key("nt")
    with suppress(ValueError, KeyError, TypeError, AttributeError, ParseError):
        graphs = {URIRef(name): frozenset(parse(text.encode(), form, source="cache")) for name, text in kept["graphs"].items()}
        return graphs, {kind: int(kept["counts"][kind]) for kind in COUNTED}
    graphs, counts = _made(content, describe)
    texts = {name: serialise(triples, form).decode() for name, triples in graphs.items()}
    memory.remember(settings.cache, "inferred", key, {"graphs": texts, "counts": counts})
    return graphs, counts


def _made(content: Content, describe: Describe | None) -> Conclusion:
    with ScratchStore() as scratch:
        scratch.replace(content)
        made = {INFERRED: frozenset(infer.close(scratch, infer.rules(infer.axioms(chain.from_iterable(content.values())))))}
        _refuse_breaches(scratch)
        counts = {key: _count(scratch, kind) for key, kind in COUNTED.items()}
        if describe is not None:
            made[DESCRIPTION] = frozenset(describe(scratch))
        return made, counts


def _refuse_breaches(store: Store) -> None:
    """Raise DataError where the whole breaks a rule that no shape of a single thing can hold."""
    broken = integrity.breaches(store, integrity.load())
    if broken:
        raise DataError("Nothing was loaded. " + " ".join(each.as_text() for each in broken))


def _count(store: Store, kind: URIRef) -> int:
    return int(store.select(f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ ?x a {kind.n3()} }}").rows[0][0])


def _digest(digests: Mapping[URIRef, str]) -> str:
    """Return one digest over the digests of all graphs, whatever order they were read in."""
    lines = "".join(f"<{name}> {digests[name]}\n" for name in sorted(digests))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def _description(whole: Identity, content: Content, digests: Mapping[URIRef, str]) -> Iterator[Triple]:
    """Yield what the store says of itself: version, digest, and per graph digest and number of triples."""
    yield BUILD, RDF.type, VOID.Dataset
    yield BUILD, OWL.versionInfo, Literal(whole.version)
    yield BUILD, DCTERMS.identifier, Literal(whole.digest)
    for name, triples in content.items():
        yield BUILD, VOID.subset, name
        yield name, DCTERMS.identifier, Literal(f"sha256:{digests[name]}")
        yield name, VOID.triples, Literal(len(triples))
