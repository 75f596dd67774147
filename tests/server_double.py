"""A SPARQL server in the test process, on an engine in memory, and one that lies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pyoxigraph as ox

Answer = Callable[[BaseHTTPRequestHandler, dict[str, list[str]]], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer: Answer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.close_connection = True
        try:
            type(self).answer(self, parse_qs(body.decode("utf-8"), keep_blank_values=True))
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has seen enough

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening(answer: Answer) -> Iterator[str]:
    """Listen on loopback and answer every POST with `answer`; give the address."""
    handler = type("Handler", (_Handler,), {"answer": staticmethod(answer)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def say(handler: BaseHTTPRequestHandler, body: bytes, media_type: str, status: int = 200, **headers: str) -> None:
    """Send one whole answer."""
    handler.send_response(status)
    handler.send_header("Content-Type", media_type)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


class Engine:
    """A SPARQL server whose default graph is its own, as Oxigraph's and Fuseki's are; `updates` counts those taken. It merges several
    default graphs unless `merges` is False."""

    def __init__(self) -> None:
        self.engine = ox.Store()
        self.updates: list[str] = []
        self.fail_at: int | None = None
        self.merges = True

    def __call__(self, handler: BaseHTTPRequestHandler, form: dict[str, list[str]]) -> None:
        try:
            if handler.path == "/update":
                self._update(handler, form["update"][0])
            else:
                self._query(handler, form)
        except SyntaxError as error:
            say(handler, str(error).encode(), "text/plain", 400)

    def _update(self, handler: BaseHTTPRequestHandler, update: str) -> None:
        if self.fail_at is not None and len(self.updates) >= self.fail_at:
            say(handler, b"out of order", "text/plain", 500)
            return
        self.updates.append(update)
        self.engine.update(update)
        say(handler, b"", "text/plain")

    def _query(self, handler: BaseHTTPRequestHandler, form: dict[str, list[str]]) -> None:
        chosen = {
            name: [ox.NamedNode(each) for each in form[key]]
            for name, key in (("default_graph", "default-graph-uri"), ("named_graphs", "named-graph-uri"))
            if key in form
        }
        engine = self.engine
        if self.merges and len(chosen.get("default_graph", ())) > 1:  # the engine would give what stands in two of them twice
            engine = _merged(engine, **chosen)
            chosen["default_graph"] = [ox.DefaultGraph()]
        result = engine.query(form["query"][0], **chosen)
        graph = isinstance(result, ox.QueryTriples)
        handler.send_response(200)
        handler.send_header("Content-Type", "application/n-triples" if graph else "application/sparql-results+json")
        handler.end_headers()
        result.serialize(handler.wfile, ox.RdfFormat.N_TRIPLES if graph else ox.QueryResultsFormat.JSON)


def _merged(engine: ox.Store, default_graph: list[ox.NamedNode], named_graphs: list[ox.NamedNode]) -> ox.Store:
    held = ox.Store()
    for graph in default_graph:
        held.extend(ox.Quad(*each.triple) for each in engine.quads_for_pattern(None, None, None, graph))
    for graph in named_graphs:
        held.extend(engine.quads_for_pattern(None, None, None, graph))
    return held
