"""The engine on another server: any that speaks the SPARQL 1.1 Protocol, for queries and for updates.

SPARQLWrapper builds the requests; `graph.wire` sends them and reads the answers. Requests are URL-encoded POST, the
one form that every server measured here takes (Virtuoso 7.2 hangs on direct POST).

What a query without FROM is asked of is named in every request and never left to the server, since servers disagree
about it: the named graphs in force, which a catalogue on the server lists, and as its default graph their union, kept
as one more graph. (Naming them all as the default graph instead gives wrong counts on Oxigraph 0.5 where a triple
stands in two.) A server that somebody filled by other means has no catalogue; there all its graphs are named.

A replacement is loaded into fresh graphs under names of their own, which no query sees, and then put in place by one
update. Until then the old content is served, whatever happens to either side; on a server that runs an update as a
transaction, as Oxigraph and Fuseki do, also while it happens.
"""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from rdflib import VOID, Graph, URIRef
from SPARQLWrapper import JSON, POST, URLENCODED, SPARQLWrapper

from graph import merging, resources, staging
from graph.engine import check_grammar
from graph.errors import DataError, ParseError, QueryError, RemoteError, StoreError, UnsupportedMediaType
from graph.formats import BOOLEAN_FORMATS, RDF_FORMATS, RESULT_FORMATS, Format, Triple, by_key, lines_of, parse
from graph.results import read_results, rewrite
from graph.settings import Settings
from graph.sifting import Sifted
from graph.staging import CATALOGUE, ENGINE, NOTHING, UNION
from graph.store import Dataset, Store, Table
from graph.streaming import Stream
from graph.tokens import query_tokens
from graph.wire import Failing, Fuse, Rejected, Reply, address, send, shown

_N_TRIPLES = by_key("nt")
_RESULTS = "application/sparql-results+json"
_MEDIA_TYPES = {_RESULTS: (_RESULTS, "application/json"), _N_TRIPLES.media_type: (_N_TRIPLES.media_type, "text/plain")}
_KINDS = {"SELECT": "SELECT", "ASK": "ASK", "CONSTRUCT": "CONSTRUCT or DESCRIBE", "DESCRIBE": "CONSTRUCT or DESCRIBE"}
_WRITABLE = {"SELECT": RESULT_FORMATS, "ASK": BOOLEAN_FORMATS, "CONSTRUCT or DESCRIBE": RDF_FORMATS}

_DEFAULT, _NAMED = "default-graph-uri", "named-graph-uri"
_TRUTH = {
    "json": b'{"head":{},"boolean":%s}',
    "xml": b'<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head></head>'
    b"<boolean>%s</boolean></sparql>",
}
_UPDATE_SECONDS = 300.0  # an update may move everything
_LIST_SECONDS = 10.0  # so long may another's build go unnoticed

_COUNTS = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_LISTED = f"SELECT ?g WHERE {{ GRAPH <{CATALOGUE}> {{ <{CATALOGUE}> <{VOID.subset}> ?g }} }}"
_PRESENT = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
# graphs that Virtuoso brings along
_SYSTEM = ("http://www.openlinksw.com/schemas/virtrdf#", "http://localuriqaserver/sparql", "http://www.w3.org/ns/ldp#")
_VIRTUOSO_ASK = ("__ASK_RETVAL",)  # the column in which it gives a truth value where graphs are named


class RemoteStore(Store):
    """The store contract over HTTP.

    `query_url` answers queries, `update_url` takes updates (None: the store is read-only); the limits and the
    credentials are those of `settings`. Nothing is sent before the first use. Beyond what the contract says, every
    method raises RemoteError, RemoteTimeout and RemoteBusy. One process may write at a time; of two that do, the later
    one's list of graphs holds.
    """

    def __init__(self, query_url: str, update_url: str | None, settings: Settings) -> None:
        self._query_url, self._update_url, self._settings = query_url, update_url, settings
        self._fuse = Fuse()
        self._writing = threading.Lock()
        self._closed = False
        self._found: tuple[float, Dataset] | None = None

    def __repr__(self) -> str:
        return f"RemoteStore({address(self._query_url)})"

    def select(self, query: str, dataset: Dataset | None = None) -> Table:
        self._check(query, "SELECT")
        answer = self._answer(query, self._dataset_of(query, dataset))
        if isinstance(answer, bool):
            raise self._lie("a truth value to a SELECT")
        return Table(*answer)

    def ask(self, query: str) -> bool:
        self._check(query, "ASK")
        return self._truth(query, None)

    def _truth(self, query: str, dataset: Dataset | None) -> bool:
        answer = self._answer(query, self._dataset_of(query, dataset))
        if not isinstance(answer, bool):
            raise self._lie("a table to an ASK")
        return answer

    def construct(self, query: str) -> Graph:
        self._check(query, "CONSTRUCT or DESCRIBE")
        with self._asked(query, _N_TRIPLES.media_type, self._dataset_of(query, None)) as reply:
            triples = parse(Sifted(reply, "nt").read(), _N_TRIPLES, source="the answer")
        graph = Graph()
        for triple in triples:
            graph.add(triple)
        return graph

    def stream(self, query: str, media_type: str, dataset: Dataset | None = None) -> Iterator[bytes]:
        self._check_open()
        return Stream(lambda output: self._pass_on(query, dataset, media_type, output))

    def _pass_on(self, query: str, dataset: Dataset | None, media_type: str, output: BinaryIO) -> None:
        check_grammar(query)
        chosen = _written_as(query, media_type)
        if _kind(query) == "ASK":
            output.write(_TRUTH[chosen.key] % str(self._truth(query, dataset)).lower().encode())
            return
        key, asked = ("nt", _N_TRIPLES.media_type) if chosen.kind == "rdf" else ("json", _RESULTS)
        with self._asked(query, asked, self._dataset_of(query, dataset)) as reply:
            rewrite(Sifted(reply, key), chosen, output)

    def graphs(self) -> dict[URIRef, int]:
        self._check_open()
        counts = self._rows(_COUNTS, self._dataset())
        return {name: int(count) for name, count in sorted(counts) if name is not None and int(count)}

    def replace(self, graphs: Mapping[URIRef, Iterable[Triple]]) -> None:
        self._check_open()
        lines = {URIRef(name): lines_of(triples) for name, triples in graphs.items()}
        lines_of((name, VOID.subset, name) for name in lines)  # a name is checked as its triples are
        if self._update_url is None:
            told = "give its address for updates with --update-endpoint (TROPICO_UPDATE_ENDPOINT)"
            raise StoreError(f"{address(self._query_url)} can be read here but not written; {told}.")
        with self._writing:
            kept = {each for each in self._looked_up().named_graphs if not each.startswith(ENGINE)} - set(lines)
            staged = staging.names(name for name, held in lines.items() if held)
            self._clear_away()
            for update in staging.loads(staged, lines):
                self._update(update)
            self._check_arrival(staged, lines, "nothing was changed; see that both are of one store")
            self._found = None
            self._update(staging.swap(staged, lines, sorted(kept | set(staged))))
            self._check_arrival({name: name for name in staged}, lines, "they were changed meanwhile; build again")

    def close(self) -> None:
        self._closed = True

    # -- what is asked ------------------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("This store is closed; open it again.")

    def _check(self, query: str, expected: str) -> None:
        self._check_open()
        check_grammar(query)
        kind = _kind(query)
        if kind != expected:
            raise QueryError(f"This query is {kind}; here it must be {expected}.")

    def _dataset_of(self, query: str, chosen: Dataset | None) -> Dataset | None:
        """Return the graphs to ask, which are those `chosen`; None where the query names them itself."""
        if chosen is not None:
            if merging.several(chosen.default_graphs):
                self._check_merge(merging.counts(), chosen)
            return chosen
        if any(each.kind == "word" and each.text.upper() == "FROM" for each in query_tokens(query)):
            if (own := merging.counts_for(query)) is not None:
                self._check_merge(own, None)
            return None
        return self._dataset()

    def _check_merge(self, queries: tuple[str, str], dataset: Dataset | None) -> None:
        """Raise QueryError where the server would give a statement of several graphs several times."""
        found, different = (self._rows(each, dataset)[0][0] for each in queries)
        if found != different:
            raise QueryError(
                f"The engine behind this server does not merge these graphs: it gives {found} statements where there"
                f" are {different}; name one graph only, or none for all."
            )

    def _dataset(self) -> Dataset:
        found = self._found
        if found is None or time.monotonic() - found[0] > _LIST_SECONDS:
            found = self._found = (time.monotonic(), self._looked_up())
        return found[1]

    def _looked_up(self) -> Dataset:
        names = self._names(_LISTED)
        if names:
            return Dataset((UNION,), names)
        present = tuple(name for name in self._names(_PRESENT) if not name.startswith(ENGINE) and str(name) not in _SYSTEM)
        return Dataset(present or (UNION,), present or (UNION,))

    def _names(self, query: str) -> tuple[URIRef, ...]:
        return tuple(sorted(name for (name,) in self._rows(query, None) if isinstance(name, URIRef)))

    # -- writing ------------------------------------------------------------------------------------------------------

    def _clear_away(self) -> None:
        """Remove what a build that ended in between has left behind."""
        left = staging.abandoned(self._names(_PRESENT))
        if left:
            self._update(staging.removal(left))

    def _check_arrival(self, places: Mapping[URIRef, URIRef], lines: Mapping[URIRef, list[str]], remedy: str) -> None:
        """Count what the server holds at `places` (graph to the name it has there now). Raises RemoteError where it is
        not what was sent.
        """
        counts = self._rows(_COUNTS, Dataset((UNION,), tuple(places.values()))) if places else ()
        there = {name: int(count) for name, count in counts}
        for name, place in places.items():
            sent, found = len(set(lines[name])), there.get(place, 0)
            if sent != found:
                raise RemoteError(
                    f"{address(self._query_url)} holds {found} of the {sent} triples of <{name}> that were sent to"
                    f" {address(self._update_url or '')}; {remedy}."
                )

    def _update(self, update: str) -> None:
        request = _Request(self._update_url or "", "INSERT", update, self._settings).made("*/*")
        with self._opened(self._update_url or "", request, _UPDATE_SECONDS) as reply:
            while reply.read(65_536):
                pass

    # -- sending ------------------------------------------------------------------------------------------------------

    def _rows(self, query: str, dataset: Dataset | None) -> Sequence[tuple]:
        answer = self._answer(query, dataset)
        return () if isinstance(answer, bool) else answer[1]

    def _answer(self, query: str, dataset: Dataset | None) -> tuple | bool:
        with self._asked(query, _RESULTS, dataset) as reply:
            answer = read_results(Sifted(reply, "json").read())
        if not isinstance(answer, bool) and answer[0] == _VIRTUOSO_ASK:
            return any(str(row[0]) == "1" for row in answer[1])
        return answer

    @contextmanager
    def _asked(self, query: str, media_type: str, dataset: Dataset | None) -> Iterator[Reply]:
        """Ask `query` and give the answer, which is of the type asked for; what in it cannot be read is a lie."""
        types = _MEDIA_TYPES[media_type]
        text = query if dataset is None else merging.without_clauses(query)
        request = _Request(self._query_url, "SELECT", text, self._settings)
        if dataset is not None:
            for key, names in (_DEFAULT, dataset.default_graphs), (_NAMED, dataset.named_graphs):
                for name in dict.fromkeys(names) or (NOTHING,):  # said outright, or a server may take it for everything
                    request.addParameter(key, str(name))
        made = request.made(f"{types[0]}, {types[1]};q=0.5")
        with self._opened(self._query_url, made, self._settings.query_timeout) as reply:
            if reply.media_type not in types:
                said = shown(reply.read(2_000).decode("utf-8", "replace"))
                raise self._lie(f"{shown(reply.media_type) or 'no type'} instead of {media_type}: {said}", Failing)
            try:
                yield reply
            except (ParseError, DataError) as error:
                raise reply.fault or self._lie(f"what is no {media_type}: {error}") from None
            except OSError:
                raise reply.fault or self._lie(f"what is no {media_type}") from None
            finally:
                reply.fault = None  # it holds what it was raised in, which holds it

    @contextmanager
    def _opened(self, url: str, request: urllib.request.Request, limit: float) -> Iterator[Reply]:
        self._fuse.check(address(url))
        try:
            with send(request, limit=limit, most=self._settings.max_result_bytes) as reply:
                yield reply
        except Rejected as error:
            raise QueryError(f"{address(url)} does not take the query: {error.said}") from None
        except RemoteError as error:
            self._fuse.note(failed=isinstance(error, Failing))
            raise
        self._fuse.note(failed=False)

    def _lie(self, what: str, kind: type[RemoteError] = RemoteError) -> RemoteError:
        return kind(f"{address(self._query_url)} answers with {what}")


class _Request(SPARQLWrapper):
    """The request that SPARQLWrapper makes, which is sent elsewhere."""

    def __init__(self, url: str, kind: str, text: str, settings: Settings) -> None:
        self._known_kind = kind
        super().__init__(url, updateEndpoint=url, returnFormat=JSON, agent=f"tropico-kg/{resources.version()}")
        self.setMethod(POST)
        self.setRequestMethod(URLENCODED)
        self.setOnlyConneg(True)
        if settings.endpoint_user:
            self.setCredentials(settings.endpoint_user, settings.endpoint_password)
        self.setQuery(text)

    def _parseQueryType(self, query: str) -> str:  # its own look at the text is misled by comments
        return self._known_kind

    def made(self, accept: str) -> urllib.request.Request:
        """Return the request, for an answer of one of the types in `accept`."""
        self.addCustomHttpHeader("Accept", accept)
        return self._createRequest()


def _kind(query: str) -> str:
    """Return what a query that can be read is."""
    words = (each.text.upper() for each in query_tokens(query) if each.kind == "word")
    return next((_KINDS[word] for word in words if word in _KINDS), "no query")


def _written_as(query: str, media_type: str) -> Format:
    """Return the format of that media type. Raises UnsupportedMediaType where the answer has no such form."""
    kind = _kind(query)
    offered = {each.media_type: each for each in _WRITABLE[kind]}
    if media_type not in offered:
        raise UnsupportedMediaType(f"{kind} queries are not answered in {media_type}; ask for {', '.join(offered)}.")
    return offered[media_type]
