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
import weakref
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from pathlib import Path

import pyoxigraph as ox
from rdflib import URIRef

from graph.engine import ReadingStore, counted, write
from graph.errors import StoreDamaged, StoreError
from graph.filling import Content, at_hand, coming, exchange, fill
from graph.formats import Term, Triple, to_ox, to_term_once
from graph.generations import Difference, Generations, Sidecar
from graph.store import Dataset, Snapshot
from graph.tally import Tally
from graph.temporary import temporary_folder

_COPY_TIMES = 20  # removing a triple takes about as long as loading so many


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
            exchange(self._engine(), at_hand(graphs))
            return
        fresh = ox.Store()  # in place of an empty one, so that nothing is changed by what proves to be wrong on the way
        fill(fresh, coming(graphs), in_memory=True)
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
        content = coming(graphs)  # what is wrong with a term shows while the new generation is written, which is then thrown away
        try:
            with self._generations.writing():
                self._sidecar, self._reader = self._open()  # another process may have written since
                self._sidecar, self._reader = self._next_generation(content)
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

    def _next_generation(self, content: Content) -> tuple[Sidecar, ox.Store]:
        return self._made_generation(lambda path: self._write_generation(path, content))

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

    def _write_generation(self, path: Path, content: Content) -> Sidecar:
        held = self._sidecar.graphs
        if self._sidecar.triples > _COPY_TIMES * sum(held.get(graph.value, 0) for graph in content):
            self._reader.backup(str(path))
            engine = ox.Store(str(path))
            exchange(engine, content)
        else:
            engine = ox.Store(str(path))
            kept = (ox.NamedNode(name) for name in held if ox.NamedNode(name) not in content)
            copied = chain.from_iterable(self._reader.quads_for_pattern(None, None, None, graph) for graph in kept)
            fill(engine, content, copied)
        engine.optimize()
        engine.flush()
        del engine
        reader = ox.Store.read_only(str(path))
        counts = {str(graph): number for graph, number in counted(reader).items()}
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
        write(self._engine(), query, dataset, media_type, output)

    def replace(self, graphs: Mapping[URIRef, Iterable[Triple]]) -> None:
        raise StoreError("A snapshot never changes; write to the store it was taken of.")

    def close(self) -> None:
        self._closed, self._reader = True, ox.Store()
