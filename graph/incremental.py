"""A build of which only the changed files are read, and only what they can have a bearing on is judged and inferred again.

What cannot be proved to be as it was is not guessed: `rebuild` gives up, and all is built as ever. It gives up where anything is
wrong or worth a warning, so that it is always the whole build that says so; where an axiom, a declaration or the set of files is another;
where a shape looks further than its chains tell; and over blank nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from rdflib import RDF, BNode, URIRef

from graph import drafts, infer, intake, integrity, locality, record, resources, revising, sums, synthetic, validate
from graph.drafts import Draft
from graph.embedded import EmbeddedStore
from graph.formats import Document, Term, Triple, digest_of
from graph.identity import BUILD, DESCRIPTION, Identity, Part, counted, digest_over, identity, statements
from graph.infer import INFERRED
from graph.record import Record, Source
from graph.report import Report
from graph.revising import Revision
from graph.settings import Settings
from graph.shacl import recheck
from graph.store import Store
from graph.tally import Tally

Describe = Callable[[Store], Iterable[Triple]]

_BESIDE = (BUILD, DESCRIPTION)


class _GivenUp(Exception):
    """Something is not provably as it was."""


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did: the new identity, the report, the number of inferred triples and of things by kind."""

    identity: Identity
    report: Report
    inferred: int
    counts: dict[str, int]


@dataclass(frozen=True)
class Request:
    """What is asked for: files by the names of their graphs with the digests of their bytes, and the options of a build."""

    files: Mapping[URIRef, Path]
    digests: Mapping[URIRef, str]
    settings: Settings
    describe: Describe | None
    allow_synthetic: bool

    @property
    def options(self) -> tuple[bool, bool]:
        """The options on which the outcome depends."""
        return self.describe is not None, self.allow_synthetic


@dataclass(frozen=True)
class _Change:
    """The documents that are new or other than before, of what they spoke then, and what the union of all graphs lost and gained."""

    documents: dict[URIRef, Document]
    sources: dict[URIRef, Source]
    then: frozenset[Term]
    removed: set[Triple]
    added: set[Triple]


def rebuild(store: Store, request: Request) -> Rebuilt | None:
    """Bring `store` in line with the files asked for; None where that is not provably the same as building all, and
    then nothing is changed.

    Raises ParseError, UsageError and DataError for a changed file, and as `Store.replace`.
    """
    known = identity(store) if isinstance(store, EmbeddedStore) and request.files else None
    last = record.recall(request.settings, known, *request.options) if known is not None else None
    if last is None or known.version != resources.version():
        return None
    made: list[Rebuilt] = []

    def work(draft: Draft) -> bool:
        try:
            made.append(_amended(draft, request, last, known))
        except _GivenUp:
            return False
        return True

    return made[0] if drafts.amend(store, work) else None


def _require(condition: object) -> None:
    if not condition:
        raise _GivenUp


def _amended(draft: Draft, request: Request, last: Record, known: Identity) -> Rebuilt:
    _require(identity(draft) == known and (DESCRIPTION in last.parts) == (request.describe is not None))
    change = _changed(draft, request, last)
    report = _judged(draft, change, last)
    revision = _inferred(draft, change)
    _require(_keeps_the_rules(draft, change.removed | change.added | revision.lost | revision.gained))
    total = sums.changed(last.total, revision.lost, revision.gained)
    tally = _tally(last.tally, change, revision)
    draft.know(tally)
    parts = _parts(draft, request, change, last.parts, Part(sums.digest(total), _size(last, revision)))
    whole = Identity(resources.version(), digest_over(parts))
    _tell(draft, known, last.parts, whole, parts)
    record.keep(request.settings, whole, Record(change.sources, report, parts, total, tally), *request.options)
    return Rebuilt(whole, report, parts[INFERRED].triples, counted(tally))


def _changed(draft: Draft, request: Request, last: Record) -> _Change:
    """Read the files that are not as they were, and put them into the draft."""
    _require(request.files.keys() == request.digests.keys() and last.sources.keys() <= request.files.keys())
    documents: dict[URIRef, Document] = {}
    sources: dict[URIRef, Source] = {}
    for name, path in request.files.items():
        before = last.sources.get(name)
        if before is None or (before.path, before.digest) != (path, request.digests[name]):
            parts = dict(intake.graphs_of(path, name))
            _require(before is None or (tuple(parts) == before.graphs and path == before.path))
            documents.update(parts)
            sources[name] = Source(path, request.digests[name], tuple(parts))
        else:
            sources[name] = before
    graphs = [graph for each in sources.values() for graph in each.graphs]
    _require(len(graphs) == len(set(graphs)))
    if not request.allow_synthetic:
        synthetic.refuse(documents.values())
    return _exchanged(draft, documents, sources, last)


def _exchanged(draft: Draft, documents: dict[URIRef, Document], sources: dict[URIRef, Source], last: Record) -> _Change:
    old = {name: draft.content(name) for name in documents}
    new = {name: frozenset(each.triples) for name, each in documents.items()}
    ours = {graph for each in last.sources.values() for graph in each.graphs}
    _require(all(name in ours or not triples for name, triples in old.items()))
    lost = {triple for name in old for triple in old[name] - new[name]}
    gained = {triple for name in new for triple in new[name] - old[name]}
    _require(record.is_faithful(new.values()) and not any(isinstance(term, BNode) for each in lost | gained for term in each))
    draft.replace(new)
    then, now = draft.before((*_BESIDE, INFERRED)), draft.now((*_BESIDE, INFERRED))
    removed, added = {each for each in lost if not now.has(each)}, {each for each in gained if not then.has(each)}
    _require(not any(infer.is_axiom(each) or _declares(each) for each in removed | added))
    return _Change(documents, sources, _subjects(old.values()), removed, added)


def _subjects(graphs: Iterable[Iterable[Triple]]) -> frozenset[Term]:
    return frozenset(s for each in graphs for s, _, _ in each)


def _declares(triple: Triple) -> bool:
    return triple[1] == RDF.type and validate.is_ours(triple[0])


def _judged(draft: Draft, change: _Change, last: Record) -> Report:
    """Judge what the change can have a bearing on; return the report as it is now."""
    documents = tuple(change.documents.values())
    facts = drafts.Remembered(draft.now((*_BESIDE, INFERRED)))
    now = _subjects(each.triples for each in documents)
    elsewhere = frozenset(graph for each in change.sources.values() for graph in each.graphs) - change.documents.keys()
    found = recheck.compare(validate.shapes(), facts, recheck.Change(change.removed, change.added, change.then, now, elsewhere))
    _require(found is not None and not last.report.left)
    changed = {each.path for each in documents}
    _require(not any(each.source in changed or each.focus in found.nodes for each in last.report.results))
    _require(all(validate.is_declared(each, facts) and validate.is_reached(each, found.reached) for each in documents))
    files = tuple(each.path for each in change.sources.values() for _ in each.graphs)
    report = replace(
        last.report, files=files,
        focus_nodes=last.report.focus_nodes + found.focus_nodes, constraints=last.report.constraints + found.constraints,
    )  # fmt: skip
    _require(report.conforms)
    return report


def _inferred(draft: Draft, change: _Change) -> Revision:
    """Bring what was inferred in line."""
    facts = draft.now((*_BESIDE, INFERRED))
    axioms = infer.axioms(triple for pattern in infer.AXIOMS for triple in facts.match(pattern))
    clauses = revising.clauses(infer.rules(axioms))
    _require(clauses is not None)
    return revising.revise(draft, clauses, _BESIDE, change.removed, change.added)


def _keeps_the_rules(draft: Draft, touched: set[Triple]) -> bool:
    """Tell whether no rule over the whole is broken, none of which was before."""
    both = draft.before(_BESIDE), draft.now(_BESIDE)
    far = []
    for rule in integrity.affected(integrity.load(), touched):
        query = locality.narrowed(rule, touched, lambda pattern: chain.from_iterable(facts.each(pattern) for facts in both))
        if query is None:
            far.append(rule)
        elif draft.select(query).rows:
            return False
    return not far or _keeps_them_everywhere(draft, tuple(far))


def _keeps_them_everywhere(draft: Draft, rules: tuple[integrity.Rule, ...]) -> bool:
    """Ask rules about all there is; what the store says of itself is no part of that."""
    beside = {name: draft.content(name) for name in _BESIDE}
    draft.replace(dict.fromkeys(beside, ()))
    kept = not integrity.breaches(draft, rules)
    draft.replace(beside)
    return kept


def _tally(before: Tally, change: _Change, revision: Revision) -> Tally:
    """Return the tally of all that is said or inferred; what is both counts once."""
    lost = (change.removed - revision.gained) | (revision.lost - change.added)
    gained = (change.added - revision.lost) | (revision.gained - change.removed)
    return before.changed(lost, gained)


def _size(last: Record, revision: Revision) -> int:
    return last.parts[INFERRED].triples + len(revision.gained) - len(revision.lost)


def _parts(draft: Draft, request: Request, change: _Change, before: Mapping[URIRef, Part], inferred: Part) -> dict[URIRef, Part]:
    """Return what is said of each graph now, with the description put in."""
    parts = {name: each for name, each in before.items() if name not in change.documents}
    for name, document in change.documents.items():
        triples = frozenset(document.triples)
        if triples:
            parts[name] = Part(digest_of(triples), len(triples))
    parts[INFERRED] = inferred
    if request.describe is not None:
        told = frozenset(request.describe(draft))
        parts[DESCRIPTION] = Part(digest_of(told), len(told))
        draft.replace({DESCRIPTION: told})
    return parts


def _tell(draft: Draft, known: Identity, before: Mapping[URIRef, Part], whole: Identity, parts: Mapping[URIRef, Part]) -> None:
    """Have the draft say its identity and what its graphs are now, where that is not said already."""
    gone = set(statements(known, {name: each for name, each in before.items() if parts.get(name) != each}))
    new = set(statements(whole, {name: each for name, each in parts.items() if before.get(name) != each}))
    draft.change(BUILD, gone - new, new - gone)
