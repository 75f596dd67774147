"""The engine inside the process: Oxigraph, on disk in generations, or in memory for short work.

What was measured and shapes this module: a folder that is being written must not be opened by readers, so they open a
finished generation; removing triples from a store on disk costs several times what loading them costs, so a
replacement that leaves little is loaded afresh; a store must never cross a fork, or both processes write and nothing
opens again.

The union of the named graphs is kept as a graph of its own, the engine's default graph. The engine could make the
union while it asks, but then it lets the union win over FROM, and gives a triple that stands in two graphs twice, so
that counts are wrong (Oxigraph 0.5; the latter still holds for a query with several FROM).
"""

from __future__ import annotations

import io
import os
import re
import weakref
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

import pyoxigraph as ox
from rdflib import Graph, URIRef

from graph.errors import QueryError, StoreDamaged, StoreError, UnsupportedMediaType
from graph.formats import BOOLEAN_FORMATS, RDF_FORMATS, RESULT_FORMATS, Term, Triple, to_ox, to_term, to_term_once
from graph.generations import Difference, Generations, Sidecar
from graph.store import Dataset, Snapshot, Store, Table
from graph.streaming import Stream
from graph.tally import Tally
from graph.temporary import temporary_folder
from graph.tokens import position, undeclared_prefix

_Result = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
_Quads = Mapping[ox.NamedNode, Iterable[ox.Quad]]

_COUNTS = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_NOWHERE = ox.Variable("not_in_any_query_0f3a")  # the engine refuses to replace it after reading, before evaluating
_KINDS = {ox.QuerySolutions: "SELECT", ox.QueryBoolean: "ASK", ox.QueryTriples: "CONSTRUCT or DESCRIBE"}
_TABLES = {each.media_type: ox.QueryResultsFormat.from_media_type(each.media_type) for each in RESULT_FORMATS}
_WRITABLE = {
    ox.QuerySolutions: _TABLES,
    ox.QueryBoolean: {each.media_type: _TABLES[each.media_type] for each in BOOLEAN_FORMATS},
    ox.QueryTriples: {each.media_type: ox.RdfFormat.from_media_type(each.media_type) for each in RDF_FORMATS},
}
_CHUNK = 50_000  # quads put in at once: a million triples in one go take 2 GB of memory, in such chunks a tenth of that
_COPY_TIMES = 20  # removing a triple takes about as long as loading so many
_AT = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_KNOWN = (
    ("The SELECT contains a variable that is unbound", "a selected variable is neither grouped nor bound"),
    ("IRI parsing failed", "this IRI is relative or not valid"),
)


class ReadingStore(Store):
    """The half of the contract that asks; what is asked is whatever `_engine()` gives."""

    @abstractmethod
    def _engine(self) -> ox.Store:
        """Return the engine to ask now. Raises StoreError once closed."""

    def select(self, query: str, dataset: Dataset | None = None) -> Table:
        with _translated(query):
            result = self._answer(query, ox.QuerySolutions, dataset)
            columns = tuple(each.value for each in result.variables)
            known: dict[object, Term] = {}
            rows = tuple([tuple([None if cell is None else to_term_once(cell, known) for cell in row]) for row in result])
        return Table(columns, rows)

    def ask(self, query: str) -> bool:
        with _translated(query):
            return bool(self._answer(query, ox.QueryBoolean))

    def construct(self, query: str) -> Graph:
        graph = Graph()
        with _translated(query):
            for each in self._answer(query, ox.QueryTriples):
                graph.add((to_term(each.subject), to_term(each.predicate), to_term(each.object)))
        return graph

    def stream(self, query: str, media_type: str, dataset: Dataset | None = None) -> Iterator[bytes]:
        engine = self._engine()  # found here, so that a closed store says so to the caller
        return Stream(lambda output: _write(engine, query, dataset, media_type, output))

    def graphs(self) -> dict[URIRef, int]:
        return dict(sorted(_counted(self._engine()).items()))

    def _answer(self, query: str, expected: type[_Result], dataset: Dataset | None = None) -> _Result:
        result = _asked(self._engine(), query, dataset)
        if not isinstance(result, expected):
            raise QueryError(f"This query is {_KINDS[type(result)]}; here it must be {_KINDS[expected]}.")
        return result


class ScratchStore(ReadingStore):
    """A store in memory, for inference and tests; a reader in another thread may see a replacement half done."""

    def __init__(self) -> None:
        self._memory: ox.Store | None = ox.Store()
        self._tally: Tally | None = None

    def _engine(self) -> ox.Store:
        if self._memory is None:
            raise StoreError("This store is closed; open it again.")
        return self._memory

    def replace(self, graphs: Mapping[URIRef, Iterable[Triple]]) -> None:
        self._tally = None
        if next(iter(self._engine()), None) is not None:  # its length would be counted one by one
            _exchange(self._engine(), _quads(graphs))
            return
        fresh = ox.Store()  # in place of an empty one, so that nothing is changed by what proves to be wrong on the way
        _extend(fresh, chain.from_iterable(_coming(graphs).values()))
        self._memory = fresh

    def tally(self) -> Tally:
        if self._tally is None:
            self._tally = super().tally()
        return self._tally

    def derive(self, query: str, predicate: URIRef, graph: URIRef, known: dict[object, Term]) -> list[Triple]:
        """Add to `graph` statements of one property, of which a SELECT query finds subjects and values, each once: those that the store
        does not hold, of a named thing and with a named or literal value. Return what was added; `known` keeps its terms for other calls.
        """
        engine, p, into, self._tally = self._engine(), to_ox(predicate), to_ox(graph), None
        rows = self._answer(query, ox.QuerySolutions)
        found = (ox.Quad(s, p, o) for s, o in rows if isinstance(s, ox.NamedNode) and not isinstance(o, ox.BlankNode))
        new = [each for each in found if each not in engine]
        engine.extend(new)
        engine.extend([ox.Quad(each.subject, p, each.object, into) for each in new])
        return [(to_term_once(each.subject, known), predicate, to_term_once(each.object, known)) for each in new]

    def close(self) -> None:
        self._memory = None


class EmbeddedStore(ReadingStore):
    """A store on disk whose readers never see a write before it is whole.

    `directory` None is a temporary folder, removed at `close()` or with the process. A folder that does not exist or
    is empty is an empty store; nothing is written before the first `replace`. Raises StoreError where the folder
    holds other things or a newer layout, StoreDamaged where it does not hold what was written.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._process = os.getpid()
        self._closed = False
        self._remove_folder = lambda: None
        if directory is None:
            directory, remove = temporary_folder()
            self._remove_folder = weakref.finalize(self, remove)
        self._generations = Generations(Path(directory))
        self._sidecar, self._reader = self._open()

    def _engine(self) -> ox.Store:
        if self._closed:
            raise StoreError("This store is closed; open it again.")
        if os.getpid() != self._process:
            raise StoreError(
                "This store was opened by the process that started this one; open it after the start instead."
            )
        return self._reader

    def graphs(self) -> dict[URIRef, int]:
        self._engine()
        return {URIRef(name): count for name, count in sorted(self._sidecar.graphs.items())}

    def replace(self, graphs: Mapping[URIRef, Iterable[Triple]]) -> None:
        self._engine()
        quads = _coming(graphs)  # what is wrong with a term shows while the new generation is written, which is then thrown away
        try:
            with self._generations.writing():
                self._sidecar, self._reader = self._open()  # another process may have written since
                self._sidecar, self._reader = self._next_generation(quads)
                self._generations.sweep(keep=self._sidecar.generation)
        except (OSError, RuntimeError) as error:
            raise self._unwritten(error) from None

    def amend(self, work: Callable[[ox.Store, ox.Store], Difference | None]) -> bool:
        """Give `work` a copy of the generation in force to change, and that itself; put the copy in force if it returns by how much
        the counts differ, and not None.

        Tell whether it is in force; False for an empty store, of which there is no copy. `work` keeps neither of the two. Raises as
        `replace`, and StoreDamaged where the copy does not hold as many triples as it should by that.
        """
        self._engine()
        try:
            with self._generations.writing():
                if self._generations.current() != self._sidecar:
                    self._sidecar, self._reader = self._open()
                if self._sidecar.generation is None:
                    return False
                made = self._made_generation(lambda path: self._amended(path, work))
                if made is not None:
                    self._sidecar, self._reader = made
                self._generations.sweep(keep=self._sidecar.generation)
                return made is not None
        except (OSError, RuntimeError) as error:
            raise self._unwritten(error) from None

    def _amended(self, path: Path, work: Callable[[ox.Store, ox.Store], Difference | None]) -> Sidecar | None:
        self._reader.backup(str(path))
        engine = ox.Store(str(path))
        try:
            difference = work(engine, self._reader)
            engine.flush()
        finally:
            del engine  # a traceback would keep it open while its folder is removed
        return None if difference is None else difference.applied(self._sidecar, path.name)

    def _unwritten(self, error: Exception) -> StoreError:
        full = "No space left" in str(error) or "Disk quota" in str(error)
        remedy = "free some room and do it again" if full else "check its disk and permissions"
        return StoreError(
            f"{self._generations.directory} cannot be written ({error}); what it held is unchanged: {remedy}."
        )

    def snapshot(self) -> Snapshot:
        self._engine()
        held = self._sidecar
        if held.generation is None:
            return Snapshot(None, 0)
        return Snapshot(self._generations.path(held.generation).absolute(), held.triples + held.union)

    def close(self) -> None:
        self._closed = True
        self._reader = ox.Store()
        self._remove_folder()

    def _open(self) -> tuple[Sidecar, ox.Store]:
        """Open the generation in force; once more where a writer has just replaced and removed it."""
        sidecar = self._generations.current()
        try:
            return sidecar, self._opened(sidecar)
        except StoreDamaged:
            again = self._generations.current()
            if again == sidecar:
                raise
            return again, self._opened(again)

    def _opened(self, sidecar: Sidecar) -> ox.Store:
        if sidecar.generation is None:
            return ox.Store()
        try:
            reader = ox.Store.read_only(str(self._generations.path(sidecar.generation)))
            found = len(reader)
        except (OSError, RuntimeError) as error:
            raise self._generations.unreadable(error) from None
        if found != sidecar.triples + sidecar.union:
            raise self._generations.miscounted(found, sidecar.triples + sidecar.union)
        return reader

    def _next_generation(self, quads: _Quads) -> tuple[Sidecar, ox.Store]:
        return self._made_generation(lambda path: self._write_generation(path, quads))

    def _made_generation(self, write: Callable[[Path], Sidecar | None]) -> tuple[Sidecar, ox.Store] | None:
        """Have a whole generation written, open it, see that it holds what `write` says, and only then make it the one in force; None
        where `write` does not want it.
        """
        name = self._generations.begin(self._sidecar)
        whole = False
        try:
            sidecar = write(self._generations.path(name))
            if sidecar is None:
                return None
            reader = self._opened(sidecar)
            self._generations.commit(sidecar)
            whole = True
        finally:
            if not whole:
                self._generations.sweep(keep=self._sidecar.generation)
        return sidecar, reader

    def _write_generation(self, path: Path, quads: _Quads) -> Sidecar:
        held = self._sidecar.graphs
        if self._sidecar.triples > _COPY_TIMES * sum(held.get(graph.value, 0) for graph in quads):
            self._reader.backup(str(path))
            engine = ox.Store(str(path))
            _exchange(engine, quads)
        else:
            engine = ox.Store(str(path))
            kept = (ox.NamedNode(name) for name in held if ox.NamedNode(name) not in quads)
            copied = chain.from_iterable(self._reader.quads_for_pattern(None, None, None, graph) for graph in kept)
            _extend(engine, chain(copied, *quads.values()))
        engine.optimize()
        engine.flush()
        del engine
        reader = ox.Store.read_only(str(path))
        counts = {str(graph): number for graph, number in _counted(reader).items()}
        return Sidecar(path.name, counts, len(reader) - sum(counts.values()))


class SnapshotStore(ReadingStore):
    """A snapshot of an EmbeddedStore, opened for reading by a process that is not its writer's.

    Raises StoreDamaged where it does not hold what the snapshot says.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        folder, self._closed = snapshot.folder, False
        try:
            self._reader = ox.Store() if folder is None else ox.Store.read_only(str(folder))
            found = len(self._reader)
        except (OSError, RuntimeError) as error:
            raise StoreDamaged(f"{folder} cannot be read ({error}); ask again.") from None
        if found != snapshot.triples:
            raise StoreDamaged(f"{folder} holds {found} triples where {snapshot.triples} were written; build it again.")

    def _engine(self) -> ox.Store:
        if self._closed:
            raise StoreError("This snapshot is closed; open it again.")
        return self._reader

    def write(self, query: str, media_type: str, output: io.RawIOBase, dataset: Dataset | None = None) -> None:
        """Write the answer of a query into `output`, in this thread; what `output` raises ends the evaluation.

        Raises what `stream` raises.
        """
        _write(self._engine(), query, dataset, media_type, output)

    def replace(self, graphs: Mapping[URIRef, Iterable[Triple]]) -> None:
        raise StoreError("A snapshot never changes; write to the store it was taken of.")

    def close(self) -> None:
        self._closed, self._reader = True, ox.Store()


def _exchange(engine: ox.Store, quads: _Quads) -> None:
    """Put graphs in place of others in an engine that holds some, and keep the union true."""
    before = {each.triple for graph in quads for each in engine.quads_for_pattern(None, None, None, graph)}
    for graph in quads:
        engine.remove_graph(graph)
    _extend(engine, chain.from_iterable(quads.values()))
    for gone in before:
        left = fitting(engine, gone.subject, gone.predicate, gone.object, None)
        if all(each.graph_name == ox.DefaultGraph() for each in left):
            engine.remove(ox.Quad(gone.subject, gone.predicate, gone.object))


def fitting(engine: ox.Store, *pattern: ox.NamedNode | ox.BlankNode | ox.Literal | ox.DefaultGraph | None) -> Iterator[ox.Quad]:
    """Yield the quads that fit a pattern: on disk the engine gives for 255 larger numbers too, as for each whose last byte is 255
    (Oxigraph 0.5; its queries do not).
    """
    value = pattern[2]
    return (each for each in engine.quads_for_pattern(*pattern) if value is None or each.object == value)


def _extend(engine: ox.Store, quads: Iterable[ox.Quad]) -> None:
    """Put quads into an engine and into its union, chunk by chunk."""
    coming = _with_union(quads)
    for first in coming:
        engine.bulk_extend(chain((first,), islice(coming, _CHUNK - 1)))


def _with_union(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    for each in quads:
        yield each
        yield ox.Quad(each.subject, each.predicate, each.object)


def check_grammar(query: str) -> None:
    """Read `query` without evaluating anything. Raises QueryError, with line and column, where it cannot be read."""
    try:
        with _translated(query):
            ox.Store().query(query, substitutions={_NOWHERE: ox.NamedNode("x:y")})
    except QueryError as error:
        if error.line is not None or _NOWHERE.value not in str(error):
            raise


def _quads(graphs: Mapping[URIRef, Iterable[Triple]]) -> _Quads:
    return {graph: list(quads) for graph, quads in _coming(graphs).items()}


def _coming(graphs: Mapping[URIRef, Iterable[Triple]]) -> _Quads:
    """Return the quads of graphs, each made when its turn comes, so that they never stand in memory all at once."""
    named = ((to_ox(URIRef(name)), triples) for name, triples in graphs.items())
    return {graph: _in(graph, triples) for graph, triples in named}


def _in(graph: ox.NamedNode, triples: Iterable[Triple]) -> Iterator[ox.Quad]:
    return (ox.Quad(to_ox(s), to_ox(p), to_ox(o), graph) for s, p, o in triples)


def _counted(engine: ox.Store) -> dict[URIRef, int]:
    return {URIRef(row["g"].value): int(row["n"].value) for row in engine.query(_COUNTS)}


def _asked(engine: ox.Store, query: str, dataset: Dataset | None) -> _Result:
    """Ask `engine` about the graphs of `dataset`, of which the engine takes the default graphs for one after another
    and gives what stands in two of them twice; so several are merged first.
    """
    if dataset is None:
        return engine.query(query)
    default, named = ([to_ox(name) for name in names] for names in (dataset.default_graphs, dataset.named_graphs))
    if len(default) < 2:
        return engine.query(query, default_graph=default, named_graphs=named)
    merged = ox.Store()
    for graph in default:
        found = engine.quads_for_pattern(None, None, None, graph)
        merged.bulk_extend(ox.Quad(each.subject, each.predicate, each.object) for each in found)
    for graph in named:
        merged.bulk_extend(engine.quads_for_pattern(None, None, None, graph))
    return merged.query(query, default_graph=[ox.DefaultGraph()], named_graphs=named)


def _write(engine: ox.Store, query: str, dataset: Dataset | None, media_type: str, output: io.RawIOBase) -> None:
    with _translated(query):
        result = _asked(engine, query, dataset)
        writable = _WRITABLE[type(result)]
        if media_type not in writable:
            kind = _KINDS[type(result)]
            raise UnsupportedMediaType(
                f"{kind} queries are not answered in {media_type}; ask for {', '.join(writable)}."
            )
        result.serialize(output, writable[media_type])


@contextmanager
def _translated(query: str) -> Iterator[None]:
    """Turn the engine's exceptions into ours."""
    try:
        yield
    except SyntaxError as error:
        raise _query_error(query, str(error.msg)) from None
    except UnicodeEncodeError as error:
        raise QueryError(f"The query holds half a character at offset {error.start}; write it as UTF-8.") from None
    except (OSError, RuntimeError) as error:
        if "Corruption" in str(error):
            raise StoreDamaged(f"The store is damaged ({error}); restore it from a copy, or build it again.") from None
        if isinstance(error, OSError):
            raise StoreError(f"The store cannot be read ({error}); check its disk.") from None
        raise QueryError(f"The query cannot be evaluated: {error}.") from None


def _query_error(query: str, said: str) -> QueryError:
    """Say where a query cannot be read, and why where that is plain: what the parser would have taken there is a
    riddle.
    """
    undeclared, found = undeclared_prefix(query), _AT.match(said)
    if undeclared:
        prefix, (line, column) = undeclared.text.split(":")[0], position(query, undeclared.start)
        reason = f"the prefix {prefix}: is not declared; begin the query with PREFIX {prefix}: <…>"
    elif found:
        line, column = int(found[1]), int(found[2])
        reason = f"{next((reason for sign, reason in _KNOWN if sign in said), 'this is not SPARQL')}; correct it"
        near = " ".join(" ".join(query.splitlines()[line - 1 : line])[:column][-30:].split())
        reason += f" near {near!r}" if near else ""
    else:
        return QueryError(f"The query cannot be read: {said}; correct it.")
    return QueryError(f"The query cannot be read at line {line}, column {column}: {reason}.", line, column)
