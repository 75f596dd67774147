"""The contract between the package and whatever engine holds its triples.

Every engine keeps the same promises, and one test suite runs on all of them. Terms are rdflib's; the default graph of
a query without FROM is the union of the named graphs; a graph without triples does not exist.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from rdflib import Graph, URIRef

from graph.formats import Term, Triple
from graph.settings import Settings
from graph.tally import Tally

_BY_CLASS = "SELECT ?part (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?part FILTER(isIRI(?part)) } GROUP BY ?part"
_BY_PROPERTY = "SELECT ?part (COUNT(*) AS ?n) WHERE { ?s ?part ?o } GROUP BY ?part"


@dataclass(frozen=True)
class Table:
    """The answer of a SELECT: column names without question mark, and rows of terms, None where a value is not
    bound.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]


@dataclass(frozen=True)
class Snapshot:
    """What a store holds now, for other processes to read: the folder of files that never change (None: it holds
    nothing) and how many triples its engine counts in them.
    """

    folder: Path | None
    triples: int


@dataclass(frozen=True)
class Dataset:
    """The graphs a query is about, in place of those its FROM and FROM NAMED name (SPARQL 1.1 Protocol, 2.1.4).

    The default graph is the merge of `default_graphs`, empty where there is none; GRAPH sees `named_graphs` only.
    """

    default_graphs: tuple[URIRef, ...] = ()
    named_graphs: tuple[URIRef, ...] = ()


class Store(ABC):
    """Named graphs that can be asked and replaced.

    Every query method raises QueryError, with line and column, for a query that cannot be read or is of another kind
    than the method answers. Every method raises StoreError after `close()`, and StoreDamaged where what is read is
    not what was written.
    """

    @abstractmethod
    def select(self, query: str, dataset: Dataset | None = None) -> Table:
        """Answer a SELECT query, about the graphs of `dataset` where one is given."""

    @abstractmethod
    def ask(self, query: str) -> bool:
        """Answer an ASK query."""

    @abstractmethod
    def construct(self, query: str) -> Graph:
        """Answer a CONSTRUCT or DESCRIBE query."""

    @abstractmethod
    def stream(self, query: str, media_type: str, dataset: Dataset | None = None) -> Iterator[bytes]:
        """Answer a query of any kind as the bytes of `media_type`, piece by piece; closing the iterator ends the
        work. `dataset` as for `select`.

        A query that cannot be read raises here, not at the first piece. Raises UnsupportedMediaType where the answer
        of this kind of query has no such form.
        """

    @abstractmethod
    def replace(self, graphs: Mapping[URIRef, Iterable[Triple]]) -> None:
        """Put these triples in place of what the named graphs held: all graphs or, if anything fails, none.

        A graph given without triples is removed. Raises DataError for a term that is not valid RDF, StoreBusy while
        another process writes, and StoreError where the disk does not take it.
        """

    def drop(self, graph: URIRef) -> None:
        """Remove one graph; removing what is not there is no error, as with `replace`."""
        self.replace({graph: ()})

    @abstractmethod
    def graphs(self) -> dict[URIRef, int]:
        """Return the named graphs with their triple counts, sorted by name."""

    def tally(self) -> Tally:
        """Return how many statements the union of the graphs holds, by property, and how many things by class."""
        classes, properties = ({URIRef(part): int(number) for part, number in self.select(query).rows if part is not None}
                               for query in (_BY_CLASS, _BY_PROPERTY))
        return Tally(sum(properties.values()), classes, properties)

    def snapshot(self) -> Snapshot | None:
        """Return what other processes may read; None where the engine lets no other process read."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Let go of everything held; a second time does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(settings: Settings) -> Store:
    """Open the store that `settings` names: the SPARQL server `settings.endpoint`, the folder `settings.store`, else a
    temporary one that ends with the process.

    Raises StoreError (not a store, of a newer version, not readable) and StoreDamaged. A server is first asked at the
    first use.
    """
    if settings.endpoint:
        from graph.remote import RemoteStore  # as below

        return RemoteStore(settings.endpoint, settings.update_endpoint or None, settings)
    from graph.embedded import EmbeddedStore  # the contract must not depend on an engine to be imported

    return EmbeddedStore(settings.store)
