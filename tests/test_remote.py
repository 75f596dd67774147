"""The engine on another server: what it is asked, and what becomes of an answer that is none."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from rdflib import BNode, Literal, URIRef
from server_double import Engine, listening, say

from graph import staging, wire
from graph.errors import QueryError, RemoteBusy, RemoteError, RemoteTimeout, StoreError
from graph.remote import RemoteStore
from graph.settings import Settings
from graph.store import open_store

_ONE, _TWO = URIRef("http://graph.example/one"), URIRef("http://graph.example/two")
_A, _P = URIRef("http://a.example/a"), URIRef("http://a.example/p")
_ALL = "SELECT * WHERE { ?s ?p ?o }"
_JSON = "application/sparql-results+json"
_EMPTY = b'{"head":{"vars":["s"]},"results":{"bindings":[]}}'

_LIMITS = {"cache": None, "query_timeout": 0.5, "max_result_bytes": 100_000}


def _drips(handler: BaseHTTPRequestHandler, _form: dict) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", _JSON)
    handler.end_headers()
    for _ in range(20):
        handler.wfile.write(b" ")
        time.sleep(0.15)


def _drips_headers(handler: BaseHTTPRequestHandler, _form: dict) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(20):
        handler.wfile.write(b"X-%d: 1\r\n" % number)
        time.sleep(0.15)


def _is_endless(handler: BaseHTTPRequestHandler, _form: dict) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", _JSON)
    handler.end_headers()
    handler.wfile.write(b'{"head":{"vars":["s"]},"results":{"bindings":[')
    while True:
        handler.wfile.write(b'{"s":{"type":"literal","value":"x"}},' * 1_000)


def _breaks_off(handler: BaseHTTPRequestHandler, _form: dict) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", _JSON)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(_EMPTY)


def _breaks_off_a_chunk(handler: BaseHTTPRequestHandler, _form: dict) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", _JSON)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"31\r\n" + _EMPTY + b"\r\n")


def _says(body: bytes, media_type: str = _JSON, status: int = 200, **headers: str) -> Callable:
    return lambda handler, form: say(handler, body, media_type, status, **headers)


_PAGE = b"<!DOCTYPE html><html><script>alert(1)</script>\x1b[31m\n<p>Welcome" + b"!" * 5_000
_LIES = {
    "a page": (_says(_PAGE, "text/html"), RemoteError, "text/html instead of application/sparql-results"),
    "a page of the right type": (_says(_PAGE), RemoteError, "answers with what is no application/sparql-results"),
    "no type": (_says(_EMPTY, ""), RemoteError, "no type instead of"),
    "cut JSON": (_says(_EMPTY[:-3]), RemoteError, "answers with what is no application/sparql-results"),
    "nothing": (_says(b""), RemoteError, "answers with what is no application/sparql-results"),
    "another JSON": (_says(b'{"error":"no"}', "application/json"), RemoteError, "answers with what is no"),
    "two answers": (_says(_EMPTY + b'{"boolean":true}'), RemoteError, "answers with what is no"),
    "less than it announced": (_breaks_off, RemoteError, "breaks off before its end"),
    "a chunk less": (_breaks_off_a_chunk, RemoteError, "breaks off before its end"),
    "gzip": (_says(gzip.compress(_EMPTY), Content_Encoding="gzip"), RemoteError, "encoding 'gzip', which was not"),
    "a redirect": (_says(b"", status=302, Location="http://other.example/x"), RemoteError, "redirects .302. to http://other"),
    "a redirect with the method kept": (_says(b"", status=307, Location="file:///etc/passwd"), RemoteError, "redirects"),
    "no access": (_says(b"", status=401, WWW_Authenticate="Basic"), RemoteError, "refuses access .401.; set TROPICO_E"),
    "too many": (_says(b"", status=429, Retry_After="17"), RemoteBusy, "busy .429.; ask again in 17 seconds"),
    "out of service": (_says(b"", status=503), RemoteBusy, "busy .503.; ask again in 5 seconds"),
    "an error": (_says(b"the \x00disk\n is full", "text/plain", 500), RemoteError, "status 500: the disk is full"),
    "another server's limit": (_says(b"", status=504), RemoteTimeout, "took too long"),
    "a byte now and then": (_drips, RemoteTimeout, "within 0.5 seconds, which is the limit"),
    "a header now and then": (_drips_headers, RemoteTimeout, "within 0.5 seconds"),
    "an endless body": (_is_endless, RemoteError, "has more than 100000 bytes"),
    "no HTTP": (lambda handler, form: handler.wfile.write(b"220 mail.example ESMTP\r\n"), RemoteError, "not answer in HTTP"),
    "silence": (lambda handler, form: None, RemoteError, "cannot be reached|not answer in HTTP"),
}


@pytest.fixture
def lying(request: pytest.FixtureRequest) -> Iterator[RemoteStore]:
    """A store on a server that answers as the parameter does."""
    settings = Settings(endpoint_user="ada", endpoint_password="se-cret", **_LIMITS)
    with listening(request.param) as url, RemoteStore(f"{url}/query", f"{url}/update", settings) as store:
        yield store


@pytest.mark.parametrize("use", ["select", "stream", "graphs"])
@pytest.mark.parametrize(("lying", "error", "said"), _LIES.values(), ids=_LIES, indirect=["lying"])
def test_an_answer_that_is_none_is_an_error_within_the_time_limit(
    lying: RemoteStore, use: str, error: type[RemoteError], said: str
) -> None:
    started = time.perf_counter()
    with pytest.raises(error, match=said) as caught:
        if use == "graphs":
            lying.graphs()
        else:
            list(lying.select(_ALL).rows if use == "select" else lying.stream(_ALL, _JSON))
    assert time.perf_counter() - started < 1.0
    told = str(caught.value)
    assert len(told) < 600 and told.isprintable() and "cret" not in told and caught.value.status in (502, 503, 504)


@pytest.mark.parametrize("lying", [_says(b"<p>no triples", "application/n-triples")], indirect=True)
def test_a_graph_that_is_none_is_an_error(lying: RemoteStore) -> None:
    query = "CONSTRUCT FROM <x:y> WHERE { ?s ?p ?o }"
    with pytest.raises(RemoteError, match="answers with what is no application/n-triples"):
        lying.construct(query)
    with pytest.raises(RemoteError, match="answers with what is no application/n-triples"):
        list(lying.stream(query, "text/turtle"))


@pytest.mark.parametrize("lying", [_says(b'{"head":{},"boolean":true}')], indirect=True)
def test_a_truth_value_is_no_table(lying: RemoteStore) -> None:
    with pytest.raises(RemoteError, match="a truth value to a SELECT"):
        lying.select("SELECT * FROM <x:y> { ?s ?p ?o }")


@pytest.mark.parametrize("lying", [_says(_EMPTY)], indirect=True)
def test_a_table_is_no_truth_value(lying: RemoteStore) -> None:
    with pytest.raises(RemoteError, match="a table to an ASK"):
        lying.ask("ASK FROM <x:y> { ?s ?p ?o }")


@pytest.mark.parametrize(
    "lying",
    [_says(b'{"head":{"vars":["s"]},"results":{"bindings":[{"s": { "type": "bnode", "value": "nodeID://b1" }}]}}')],
    indirect=True,
)
def test_blank_nodes_as_virtuoso_names_them_are_blank_nodes(lying: RemoteStore) -> None:
    query = "SELECT * FROM <x:y> { ?s ?p ?o }"
    assert isinstance(lying.select(query).rows[0][0], BNode)
    assert b"_:" in b"".join(lying.stream(query, "text/csv"))


# -- a server that fails ----------------------------------------------------------------------------------------------


def _closed_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_a_server_that_is_not_there_is_left_alone_after_three_failures() -> None:
    store = RemoteStore(f"http://127.0.0.1:{_closed_port()}/", None, Settings(**_LIMITS))
    started = time.perf_counter()
    for _ in range(3):
        with pytest.raises(RemoteError, match="cannot be reached .Connection refused.; see that it runs"):
            store.select(_ALL)
    with pytest.raises(RemoteError, match="failed 3 times in a row; it is asked again in 30 seconds"):
        store.select(_ALL)
    assert time.perf_counter() - started < 1


def test_a_server_without_an_address_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> list:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", gone)
    with pytest.raises(RemoteError, match="kg.example/query cannot be reached .Name or service not known.; see that it runs"):
        RemoteStore("http://kg.example/query", None, Settings(**_LIMITS)).select(_ALL)


def test_after_its_rest_a_server_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_REST", 0.05)
    engine, failing = Engine(), [True]

    def answer(handler: BaseHTTPRequestHandler, form: dict) -> None:
        say(handler, b"", "text/html") if failing[0] else engine(handler, form)

    with listening(answer) as url, RemoteStore(f"{url}/query", None, Settings(**_LIMITS)) as store:
        for _ in range(3):
            with pytest.raises(RemoteError, match="instead of"):
                store.select(_ALL)
        failing[0] = False
        with pytest.raises(RemoteError, match="in a row"):
            store.select(_ALL)
        time.sleep(0.06)
        assert store.select(_ALL).rows == ()


@pytest.mark.parametrize("lying", [_drips], indirect=True)
def test_slow_queries_lock_nobody_out(lying: RemoteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    object.__setattr__(lying._settings, "query_timeout", 0.05)
    for _ in range(5):
        with pytest.raises(RemoteTimeout):
            lying.select(_ALL)


def test_what_the_server_alone_refuses_is_an_error_of_the_query() -> None:
    with listening(_says(b"too complex for me", "text/plain", 400)) as url:
        with pytest.raises(QueryError, match="does not take the query: too complex for me"):
            RemoteStore(f"{url}/query", None, Settings(**_LIMITS)).select(_ALL)


# -- what is sent -----------------------------------------------------------------------------------------------------


def test_credentials_are_sent_to_the_address_they_are_for_and_shown_nowhere() -> None:
    seen = []

    def answer(handler: BaseHTTPRequestHandler, form: dict) -> None:
        seen.append((handler.headers["Authorization"], handler.headers["Content-Type"]))
        say(handler, _EMPTY, _JSON)

    settings = Settings(endpoint_user="ada", endpoint_password="se-cret", **_LIMITS)
    with listening(answer) as url, RemoteStore(f"{url}/query", None, settings) as store:
        assert store.select("SELECT * FROM <x:y> { ?s ?p ?o }").columns == ("s",)
        assert "cret" not in repr(store) + repr(settings) + str(vars(store))
    assert seen == [("Basic YWRhOnNlLWNyZXQ=", "application/x-www-form-urlencoded")]


def test_a_redirect_is_not_followed_with_or_without_credentials() -> None:
    reached = []
    with listening(lambda handler, form: reached.append(handler.path)) as other:
        with listening(_says(b"", status=307, Location=f"{other}/stolen")) as url:
            settings = Settings(endpoint_user="ada", endpoint_password="se-cret", **_LIMITS)
            with pytest.raises(RemoteError, match="redirects"):
                RemoteStore(f"{url}/query", None, settings).select(_ALL)
    assert reached == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a.example/", "data:text/plain,x"])
def test_nothing_but_http_is_opened(url: str) -> None:
    with pytest.raises(RemoteError):
        RemoteStore(url, None, Settings(**_LIMITS)).select(_ALL)


def test_the_graphs_in_force_are_named_in_every_query_that_names_none() -> None:
    engine, asked = Engine(), []

    def answer(handler: BaseHTTPRequestHandler, form: dict) -> None:
        asked.append(form)
        engine(handler, form)

    with listening(answer) as url, RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as store:
        store.replace({_ONE: [(_A, _P, Literal("1"))], _TWO: [(_A, _P, Literal("2"))]})
        store.select(_ALL)
        assert asked[-1]["default-graph-uri"] == [str(staging.UNION)]
        assert asked[-1]["named-graph-uri"] == [str(_ONE), str(_TWO)]
        store.select(f"SELECT * FROM <{_ONE}> {{ ?s ?p ?o }}")
        assert "default-graph-uri" not in asked[-1]


def test_a_server_that_was_filled_by_other_means_is_read_with_all_its_graphs() -> None:
    engine = Engine()
    engine.engine.update(f"INSERT DATA {{ GRAPH <{_ONE}> {{ <{_A}> <{_P}> 1 }} GRAPH <{_TWO}> {{ <{_A}> <{_P}> 2 }} }}")
    with listening(engine) as url, RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as store:
        assert len(store.select(_ALL).rows) == 2 and store.graphs() == {_ONE: 1, _TWO: 1}
        store.drop(_TWO)
        assert len(store.select(_ALL).rows) == 1 and store.graphs() == {_ONE: 1}


def test_a_store_without_an_update_address_is_read_only() -> None:
    with listening(Engine()) as url, RemoteStore(f"{url}/query", None, Settings(cache=None)) as store:
        with pytest.raises(StoreError, match="give its address for updates with --update-endpoint"):
            store.replace({_ONE: [(_A, _P, _A)]})


def test_open_store_opens_the_endpoint_of_the_settings() -> None:
    with listening(Engine()) as url:
        with open_store(Settings(endpoint=f"{url}/query", update_endpoint=f"{url}/update", cache=None)) as store:
            store.replace({_ONE: [(_A, _P, _A)]})
            assert isinstance(store, RemoteStore) and store.graphs() == {_ONE: 1}


# -- loading ----------------------------------------------------------------------------------------------------------


def _many(text: str) -> list:
    return [(URIRef(f"http://a.example/{number}"), _P, Literal(text)) for number in range(2_500)]


def test_a_server_that_fails_in_between_serves_the_old_content() -> None:
    engine = Engine()
    with listening(engine) as url, RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as store:
        store.replace({_ONE: _many("old"), _TWO: [(_A, _P, Literal("kept"))]})
        needed = len(engine.updates)
        assert needed > 3
        for ended in range(needed):
            engine.updates.clear()
            engine.fail_at = ended
            with pytest.raises(RemoteError, match="out of order"):
                store.replace({_ONE: _many("new"), _TWO: []})
            assert store.graphs() == {_ONE: 2_500, _TWO: 1}
            assert len(store.select("SELECT DISTINCT ?o { ?s ?p ?o }").rows) == 2
            assert not store.ask("ASK { { ?s ?p 'new' } UNION { GRAPH ?g { ?s ?p 'new' } } }")
        engine.fail_at = None
        store.replace({_ONE: _many("new"), _TWO: []})
        assert store.graphs() == {_ONE: 2_500} and store.ask("ASK { ?s ?p 'new' }")


def test_what_an_ended_build_has_staged_is_removed_by_a_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    with listening(engine) as url, RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as store:
        engine.fail_at = 1
        with pytest.raises(RemoteError):
            store.replace({_ONE: _many("half")})
        assert any("staged" in each.value for each in engine.engine.named_graphs())
        engine.fail_at = None
        monkeypatch.setattr(staging, "_ABANDONED_SECONDS", -1)
        store.replace({_TWO: [(_A, _P, _A)]})
        assert not any("staged" in each.value for each in engine.engine.named_graphs())


def test_an_update_address_of_another_store_is_found_out_before_anything_changes() -> None:
    with listening(Engine()) as one, listening(Engine()) as other:
        with RemoteStore(f"{one}/query", f"{other}/update", Settings(cache=None)) as store:
            with pytest.raises(RemoteError, match="holds 0 of the 1 triples .* nothing was changed; see that both are of one store"):
                store.replace({_ONE: [(_A, _P, _A)]})


def test_statements_that_share_a_blank_node_travel_together() -> None:
    chain = [(BNode(f"b{number}"), _P, BNode(f"b{number + 1}")) for number in range(0, 2_400)]
    engine = Engine()
    with listening(engine) as url, RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as store:
        store.replace({_ONE: [*chain[::2], *_many("x"), *chain[1::2]]})
        ends = "SELECT (COUNT(*) AS ?n) { ?x <http://a.example/p> ?y FILTER(isBlank(?y)) FILTER NOT EXISTS { ?y ?p ?z } }"
        assert store.select(ends).rows[0][0].toPython() == 1
    assert len(engine.updates) > 3
