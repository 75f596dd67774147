"""SERVICE calls the addresses the operator listed, from processes of their own, and no other address ever."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph import guard, jobs
from graph.embedded import EmbeddedStore, ScratchStore
from graph.errors import QueryRefused, TropicoError, UsageError
from graph.inspection import examine
from graph.settings import Settings

pytestmark = pytest.mark.skipif(not jobs.POSSIBLE, reason="not run: no worker processes on this system")
_ANSWER = {"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "literal", "value": "from there"}}]}}


class _Other(http.server.ThreadingHTTPServer):
    """Another SPARQL server; it counts what it is asked and sends away who asks at /away."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.elsewhere = ""

    def at(self, path: str = "/sparql") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps(_ANSWER).encode()
        self.send_response(307 if self.path == "/away" else 200)
        if self.path == "/away":
            self.send_header("Location", self.server.elsewhere)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def others() -> Iterator[tuple[_Other, _Other]]:
    """A server that is listed and one that is not."""
    made = _Other(), _Other()
    for each in made:
        threading.Thread(target=each.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    for each in made:
        each.shutdown()
        each.server_close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(tmp_path / "store") as opened:
        yield opened
    guard.close()


def _asked(store, settings: Settings, call: str) -> bytes:
    query = f"PREFIX p: <http://127.0.0.1/> SELECT ?x {{ {call} {{ ?s ?p ?x }} }}"
    return b"".join(guard.answer(store, query, "text/csv", settings).chunks)


def test_a_listed_server_is_called(store, others) -> None:
    listed, _ = others
    settings = Settings(cache=None, services=f"http://127.0.0.1:9/x {listed.at()}")
    assert b"from there" in _asked(store, settings, f"SERVICE <{listed.at()}>")
    assert b"from there" in _asked(store, settings, f"service silent <{listed.at()}>")
    assert listed.asked == ["/sparql"] * 2


def test_no_other_address_is_called_however_it_is_written(store, others) -> None:
    listed, other = others
    settings = Settings(cache=None, services=listed.at())
    for call in (f"SERVICE <{other.at()}>", f"SERVICE <{listed.at()}/more>", f"SERVICE <{listed.at()}?x=1>", "SERVICE ?s", "SERVICE p:x",
                 f"SERVICE p:x {{}} SERVICE <{listed.at()}>", f"VALUES ?s {{ <{listed.at()}> }} SERVICE ?s",
                 f"SERVICE <{listed.at()}> {{ SERVICE <{other.at()}> {{}} }} SERVICE <{listed.at()}>"):
        with pytest.raises(QueryRefused, match="listed addresses only"):
            _asked(store, settings, call)
    assert not listed.asked and not other.asked


def test_a_listed_server_cannot_send_the_engine_elsewhere(store, others) -> None:
    listed, other = others
    other_address = other.at()
    listed.elsewhere = other_address
    with pytest.raises(TropicoError):
        _asked(store, Settings(cache=None, services=listed.at("/away")), f"SERVICE <{listed.at('/away')}>")
    assert listed.asked == ["/away"] and not other.asked


def test_queries_that_call_nothing_stay_where_there_is_no_network(store, others) -> None:
    listed, _ = others
    settings = Settings(cache=None, services=listed.at())
    query = "SELECT ('SERVICE <http://127.0.0.1/> {}' AS ?x) {}"
    assert examine(query, settings.allowed_services) == ("select", False)
    list(guard.answer(store, query, "text/csv", settings).chunks)
    assert guard.health(settings)["jobs"] >= 1 and not listed.asked


def test_where_there_are_no_worker_processes_it_is_refused(others) -> None:
    listed, _ = others
    scratch = ScratchStore()
    scratch.snapshot = lambda: None
    with pytest.raises(QueryRefused, match="worker process"):
        _asked(scratch, Settings(cache=None, services=listed.at()), f"SERVICE <{listed.at()}>")


@pytest.mark.parametrize("services", ["ftp://127.0.0.1/", "127.0.0.1", "http://a:b@127.0.0.1/", "http://127.0.0.1/ x"])
def test_an_address_that_is_none_is_refused_at_the_start(services: str) -> None:
    with pytest.raises(UsageError, match="TROPICO_SERVICES"):
        Settings.from_environment({"TROPICO_SERVICES": services})
