"""What is asked of the engine, Oxigraph, and what it says that cannot be asked."""

from __future__ import annotations

import io
import re
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

import pyoxigraph as ox
from rdflib import Graph, URIRef

from graph.errors import QueryError, StoreDamaged, StoreError, UnsupportedMediaType
from graph.formats import BOOLEAN_FORMATS, RDF_FORMATS, RESULT_FORMATS, Term, to_ox, to_term, to_term_once
from graph.store import Dataset, Store, Table
from graph.streaming import Stream
from graph.tokens import position, undeclared_prefix

Result = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples

_COUNTS = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_NOWHERE = ox.Variable("not_in_any_query_0f3a")  # the engine refuses to replace it after reading, before evaluating
_KINDS = {ox.QuerySolutions: "SELECT", ox.QueryBoolean: "ASK", ox.QueryTriples: "CONSTRUCT or DESCRIBE"}
_TABLES = {each.media_type: ox.QueryResultsFormat.from_media_type(each.media_type) for each in RESULT_FORMATS}
_WRITABLE = {
    ox.QuerySolutions: _TABLES,
    ox.QueryBoolean: {each.media_type: _TABLES[each.media_type] for each in BOOLEAN_FORMATS},
    ox.QueryTriples: {each.media_type: ox.RdfFormat.from_media_type(each.media_type) for each in RDF_FORMATS},
}
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
        return Stream(lambda output: write(engine, query, dataset, media_type, output))

    def graphs(self) -> dict[URIRef, int]:
        return dict(sorted(counted(self._engine()).items()))

    def _answer(self, query: str, expected: type[Result], dataset: Dataset | None = None) -> Result:
        """Return the engine's own answer. Raises QueryError for a query of another kind than `expected`."""
        result = _asked(self._engine(), query, dataset)
        if not isinstance(result, expected):
            raise QueryError(f"This query is {_KINDS[type(result)]}; here it must be {_KINDS[expected]}.")
        return result


def check_grammar(query: str) -> None:
    """Read `query` without evaluating anything. Raises QueryError, with line and column, where it cannot be read."""
    try:
        with _translated(query):
            ox.Store().query(query, substitutions={_NOWHERE: ox.NamedNode("x:y")})
    except QueryError as error:
        if error.line is not None or _NOWHERE.value not in str(error):
            raise


def counted(engine: ox.Store) -> dict[URIRef, int]:
    """Return the named graphs with their triple counts."""
    return {URIRef(row["g"].value): int(row["n"].value) for row in engine.query(_COUNTS)}


def _asked(engine: ox.Store, query: str, dataset: Dataset | None) -> Result:
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


def write(engine: ox.Store, query: str, dataset: Dataset | None, media_type: str, output: io.RawIOBase) -> None:
    """Write the answer of a query into `output` as the bytes of `media_type`. Raises as `Store.stream`."""
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
