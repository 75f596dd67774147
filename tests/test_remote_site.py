"""The command line and the app on an engine elsewhere."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest
from click.testing import CliRunner
from server_double import Engine, listening, say
from small_world import graphs

from app import create_app
from graph.cli import main
from graph.remote import RemoteStore
from graph.settings import Settings


def test_the_endpoint_of_the_command_line_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROPICO_STORE", "/nowhere")
    with listening(Engine()) as url:
        with RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as store:
            store.replace(graphs())
        count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
        got = CliRunner().invoke(main, ["query", "-", "--format", "csv", "--endpoint", f"{url}/query"], input=count)
        assert got.exit_code == 0 and int(got.stdout.split()[1]) > 10


def test_an_empty_endpoint_is_told_with_the_remedy() -> None:
    with listening(Engine()) as url:
        got = CliRunner().invoke(main, ["query", "-", "--endpoint", f"{url}/query"], input="ASK {}")
    assert got.exit_code == 2 and f"fill it with 'tropico build --endpoint {url}/query" in got.stderr


def test_a_folder_and_an_endpoint_are_not_both_the_store() -> None:
    got = CliRunner().invoke(main, ["query", "-", "--store", "x", "--endpoint", "http://a.example/"], input="ASK {}")
    assert got.exit_code == 2 and "either a folder or an endpoint" in got.stderr


def test_an_endpoint_that_dies_does_not_take_local_pages_along() -> None:
    with listening(Engine()) as url:
        store = RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None))
        store.replace(graphs())
        client = create_app(Settings(cache=None), store).test_client()
        assert client.get("/sparql?query=ASK{}").status_code == 200
    got = client.get("/sparql?query=ASK{}", headers={"Accept": "application/json"})
    assert got.status_code == 502 and "cannot be reached" in got.get_json(force=True)["detail"]
    assert client.get("/health").status_code == 503
    for page in ("/questions", "/download/", "/static/style.css"):
        with client.get(page) as got:
            assert got.status_code == 200, page


def test_a_busy_engine_is_passed_on_with_the_time_to_wait() -> None:
    engine, busy = Engine(), []

    def answer(handler: BaseHTTPRequestHandler, form: dict) -> None:
        say(handler, b"", "text/plain", 503, Retry_After="17") if busy else engine(handler, form)

    with listening(answer) as url, RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as store:
        store.replace(graphs())
        client = create_app(Settings(cache=None), store).test_client()
        busy.append(True)
        for page in ("/", "/sparql?query=ASK{}"):
            got = client.get(page)
            assert (got.status_code, got.headers["Retry-After"]) == (503, "17"), page


_FORBIDDEN = {
    "SELECT * { SERVICE <http://other.example/> { ?s ?p ?o } }": 403,
    "LOAD <http://other.example/>": 403,
    "DROP ALL": 400,
    "INSERT DATA { <x:a> <x:b> 1 }": 400,
    "SELECT * {": 400,
    "ASK " + "{" * 5_000: 400,
}


@pytest.mark.parametrize(("query", "status"), _FORBIDDEN.items(), ids=range(len(_FORBIDDEN)))
def test_what_the_endpoint_refuses_is_never_sent_on(query: str, status: int) -> None:
    engine, asked = Engine(), []

    def answer(handler: BaseHTTPRequestHandler, form: dict) -> None:
        asked.append(form)
        engine(handler, form)

    with listening(answer) as url, RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as store:
        store.replace(graphs())
        client = create_app(Settings(cache=None), store).test_client()
        before = len(asked)
        got = client.post("/sparql", data={"query": query})
        assert (got.status_code, len(asked)) == (status, before)


def test_the_limits_of_the_endpoint_hold_for_an_engine_elsewhere() -> None:
    with listening(Engine()) as url, RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as store:
        store.replace(graphs())
        client = create_app(Settings(cache=None, max_rows=3, max_result_bytes=2_000), store).test_client()
        capped = client.get("/sparql", query_string={"query": "SELECT * { ?s ?p ?o }", "format": "csv"})
        assert capped.status_code == 200 and len(capped.get_data(as_text=True).splitlines()) == 4
        assert capped.headers["Tropico-Truncated"] == "rows=3"
        large = client.get("/sparql", query_string={"query": "CONSTRUCT WHERE { ?s ?p ?o }"})
        assert large.status_code == 413


def test_a_slow_engine_ends_in_a_timeout_and_holds_up_no_page_that_needs_none() -> None:
    engine, slow = Engine(), threading.Event()

    def answer(handler: BaseHTTPRequestHandler, form: dict) -> None:
        if slow.is_set() and "?slow" in form["query"][0]:
            time.sleep(0.15)
            return
        engine(handler, form)

    settings = Settings(cache=None, query_timeout=0.1)
    with listening(answer) as url, RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as filling:
        filling.replace(graphs())
        with RemoteStore(f"{url}/query", None, settings) as store:
            app = create_app(settings, store)
            slow.set()
            seen = []
            asked = "/sparql?query=ASK{?slow%20?p%20?o}"
            waiting = threading.Thread(target=lambda: seen.append(app.test_client().get(asked).status_code))
            waiting.start()
            assert app.test_client().get("/questions").status_code == 200
            waiting.join()
            assert seen == [504]


@pytest.mark.parametrize("what", ["table", "graph"])
def test_an_engine_that_nests_its_answer_does_not_end_the_server(what: str) -> None:
    """20 000 nested triple terms end the process that parses them."""
    lying = []
    body = {
        "table": b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":' + b'{"type":"triple","value":{"object":' * 20_000,
        "graph": b"<x:a> <x:b> " + b"<<( <x:a> <x:b> " * 20_000,
    }[what]
    media_type = {"table": "application/sparql-results+json", "graph": "application/n-triples"}[what]
    engine = Engine()

    def answer(handler: BaseHTTPRequestHandler, form: dict) -> None:
        say(handler, body, media_type) if lying else engine(handler, form)

    with listening(answer) as url, RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as store:
        store.replace(graphs())
        client = create_app(Settings(cache=None), store).test_client()
        lying.append(True)
        query = {"table": "SELECT * { ?s ?p ?o }", "graph": "CONSTRUCT WHERE { ?s ?p ?o }"}[what]
        got = client.get("/sparql", query_string={"query": query})
        assert got.status_code == 502 and "answers with what is no" in got.get_json(force=True)["detail"]
