"""From files to a store, in one step or not at all: read, validate, infer, put in."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rdflib import Graph, URIRef

from graph import infer, intake, integrity, memory, record, resources, sums, synthetic, validate
from graph.embedded import ScratchStore
from graph.errors import DataError, ParseError
from graph.files import files_in
from graph.formats import Document, Triple, by_key, digest_of, parse, serialise, size_of
from graph.identity import BUILD, COUNTED, DESCRIPTION, Identity, Part, counted, digest_over, identity, statements
from graph.incremental import Rebuilt, Request, rebuild
from graph.intake import Documents
from graph.prefixes import BASE
from graph.record import Record, Source
from graph.report import VIOLATION, Report, merged
from graph.settings import Settings
from graph.store import Store
from graph.tally import Tally

__all__ = ["BUILD", "COUNTED", "DESCRIPTION", "INFERRED", "BuildResult", "Identity", "build", "identity"]

INFERRED = infer.INFERRED

Content = dict[URIRef, Collection[Triple]]
Describe = Callable[[Store], Iterable[Triple]]


@dataclass(frozen=True)
class _Conclusion:
    """The graphs that follow from the rest, and the tally of all but the description."""

    graphs: Content
    tally: Tally


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
    the whole, given a store that holds it, becomes the graph DESCRIPTION; it must say the same on every machine, whatever the store
    says of itself in BUILD and DESCRIPTION at the time. Until
    the last step nothing in the store changes: UsageError (a path, two files of one name), ParseError, OntologyError or
    DataError (with the report, for a broken rule of queries/integrity, or for made-up data unless `allow_synthetic`)
    leave it as it was.
    """
    started = time.perf_counter()
    files = intake.listed(paths)
    request = Request(files, record.digests_of(files), settings, describe, allow_synthetic)
    quick = rebuild(store, request)
    made = _whole(store, request) if quick is None else quick
    return BuildResult(made.identity, store.graphs(), made.report, made.inferred, made.counts, time.perf_counter() - started)


def _whole(store: Store, request: Request) -> Rebuilt:
    """Build everything, whatever was known of it."""
    held, settings = _held(store), request.settings
    own = intake.own(request.files)
    if not request.allow_synthetic:
        synthetic.refuse(own.values())
    base = intake.packaged() if not request.files or not held else {}
    kept = {
        name: each for name, each in held.items() if name not in own and not (base and str(name).startswith(intake.PACKAGED))
    }
    documents = {**base, **(intake.shapes() if base else {}), **kept, **own}
    content = {name: each.triples for name, each in documents.items() if each.triples}
    parts = {name: Part(digest_of(triples), size_of(triples)) for name, triples in content.items()}
    reports = _validated(base, {**kept, **own} if base else own, content, parts, settings)
    made = _concluded(content, parts, request.describe, settings)
    content.update(made.graphs)
    inferred = sums.total(content[INFERRED])
    parts |= {name: Part(digest_of(triples), len(triples)) for name, triples in made.graphs.items() if name != INFERRED}
    parts[INFERRED] = Part(sums.digest(inferred), len(content[INFERRED]))
    whole = Identity(resources.version(), digest_over(parts))
    changed = {name: each for name, each in content.items() if name not in kept}
    emptied = {name: () for name in (*held, *store.graphs().keys() & {DESCRIPTION}) if name not in content}
    store.replace({**emptied, **changed, BUILD: statements(whole, parts)})
    if own and not (base and kept) and not base.keys() & own.keys() and record.is_faithful(content.values()):
        last = Record(_sources(request, own), reports[-1], parts, inferred, made.tally)
        record.keep(settings, whole, last, *request.options)
    return Rebuilt(whole, merged(reports), len(content[INFERRED]), counted(made.tally))


def _sources(request: Request, own: Documents) -> dict[URIRef, Source]:
    graphs: dict[Path, list[URIRef]] = {}
    for graph, document in own.items():
        graphs.setdefault(document.path, []).append(graph)
    return {
        name: Source(path, request.digests[name], tuple(graphs[path])) for name, path in request.files.items() if name in request.digests
    }


def _held(store: Store) -> Documents:
    """Return what the store was filled with, graph by graph; such a document is known by the name of its graph."""
    held = {}
    for name in sorted(store.graphs()):
        if name not in (INFERRED, DESCRIPTION, BUILD):
            triples = store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {name.n3()} {{ ?s ?p ?o }} }}")
            held[name] = Document(Path(name.removeprefix(BASE)), by_key("ttl"), tuple(triples), {})
    return held


def _union(content: Content) -> Graph:
    union = Graph(bind_namespaces="none")
    for triples in content.values():
        for triple in triples:
            union.add(triple)
    return union


def _validated(
    base: Documents, others: Documents, content: Content, parts: Mapping[URIRef, Part], settings: Settings
) -> list[Report]:
    """Validate the packaged files by themselves (or remember that they were) and the others in their midst.

    Where another file stands in for a packaged one, the packaged files are no longer what was released: then all are
    judged together. Raises DataError with the report of what does not conform.
    """
    if base.keys() & others.keys():
        base, others = {}, {**base, **others}
    reports = []
    if base:
        reports.append(_remembered(base, parts, settings))
    if others:
        around = {name: each for name, each in content.items() if name not in others}
        reports.append(_validate(tuple(others.values()), _union(around)))
    for report in reports:
        if not report.conforms:
            raise DataError(_refusal(report), report)
    return reports


def _refusal(report: Report) -> str:
    first = next((each for each in report.results if each.severity == VIOLATION), None)
    return f"Nothing was loaded. {report.summary()}" + (f" First: {first.as_text()}" if first else "")


def _remembered(base: Documents, parts: Mapping[URIRef, Part], settings: Settings) -> Report:
    """Return the report on the packaged files from the last time, if nothing it rests on has changed since."""
    files = [*files_in(resources.folder("shapes")), *(base[name].path for name in sorted(base))]
    key = memory.key_of((f"{name} {parts[name].digest} {base[name].path}" for name in sorted(base)), files)
    with suppress(ValueError, KeyError, TypeError):  # a damaged memory is none: validating again is safe
        return Report.from_json(memory.recall(settings.cache, "validated", key)["report"])
    report = _validate(tuple(base[name] for name in sorted(base)), Graph())
    if report.conforms:
        memory.remember(settings.cache, "validated", key, {"report": report.as_json()})
    return report


def _validate(documents: tuple[Document, ...], context: Graph) -> Report:
    return validate.validate(documents, context, validate.shapes())


def _concluded(content: Content, parts: Mapping[URIRef, Part], describe: Describe | None, settings: Settings) -> _Conclusion:
    """Return what follows from `content` and what describes it all, and the tally of what it then holds.

    Both are remembered from the last time, if nothing they rest on has changed since.
    """
    rests_on = [*(f"{name} {parts[name].digest}" for name in sorted(parts)), f"described: {describe is not None}"]
    key = memory.key_of(rests_on, sorted(resources.folder("queries").rglob("*.rq")))
    kept = memory.recall(settings.cache, "inferred", key)
    form = by_key("nt")
    with suppress(ValueError, KeyError, TypeError, AttributeError, ParseError):
        graphs = {URIRef(name): frozenset(parse(text.encode(), form, source="cache")) for name, text in kept["graphs"].items()}
        return _Conclusion(graphs, Tally.from_json(kept["tally"]))
    made = _made(content, describe)
    texts = {name: serialise(triples, form).decode() for name, triples in made.graphs.items()}
    memory.remember(settings.cache, "inferred", key, {"graphs": texts, "tally": made.tally.as_json()})
    return made


def _made(content: Content, describe: Describe | None) -> _Conclusion:
    with ScratchStore() as scratch:
        scratch.replace(content)
        made = {INFERRED: frozenset(infer.close(scratch, infer.rules(infer.axioms(chain.from_iterable(content.values())))))}
        _refuse_breaches(scratch)
        tally = scratch.tally()
        if describe is not None:
            made[DESCRIPTION] = frozenset(describe(scratch))
        return _Conclusion(made, tally)


def _refuse_breaches(store: Store) -> None:
    """Raise DataError where the whole breaks a rule that no shape of a single thing can hold."""
    broken = integrity.breaches(store, integrity.load())
    if broken:
        raise DataError("Nothing was loaded. " + " ".join(each.as_text() for each in broken))
