"""What an operator relies on: hosts, log, health, errors that tell no paths, and an end without broken answers."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from small_world import graphs, small_store

import app as wiring
from graph.embedded import EmbeddedStore
from graph.errors import StoreDamaged, UsageError
from graph.settings import Settings
from graph.web import operations

TOP = Path(__file__).resolve().parent.parent


def client(settings: Settings):
    return wiring.create_app(settings, small_store()).test_client()


# hosts


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        ({}, "localhost", 200),
        ({}, "127.0.0.1:8000", 200),
        ({}, "[::1]:8000", 200),
        ({}, "LOCALHOST:1", 200),
        ({}, "evil.example", 421),
        ({}, "evil.example:8000", 421),
        ({}, "localhost.evil.example", 421),
        ({"base_url": "https://kg.example.org/x"}, "kg.example.org", 200),
        ({"base_url": "https://kg.example.org/x"}, "evil.example", 421),
        ({"hosts": "a.example, b.example"}, "b.example:80", 200),
        ({"hosts": "a.example"}, "localhost", 421),
        ({"hosts": "*"}, "whatever.example", 200),
        ({"host": "0.0.0.0"}, "whatever.example", 200),
        ({"host": "0.0.0.0", "hosts": "a.example"}, "evil.example", 421),
    ],
)
@pytest.mark.parametrize("path", ["/health", "/sparql?query=ASK{}", "/nothing-here"])
def test_only_the_named_hosts_are_answered(settings, host, status, path):
    response = client(Settings(cache=None, **settings)).get(path, headers={"Host": host})
    assert response.status_code == (404 if status == 200 and path == "/nothing-here" else status)
    if status == 421:
        assert response.mimetype == "application/problem+json" and "TROPICO_HOSTS" in response.text
        assert "evil" not in response.text


@pytest.mark.parametrize(("name", "value"), [("hosts", "a b"), ("hosts", "http://a.example"), ("log", "loud")])
def test_a_setting_that_cannot_be_is_told(name, value):
    with pytest.raises(UsageError, match=f"TROPICO_{name.upper()} is '{value}'; it must be"):
        Settings.from_environment({f"TROPICO_{name.upper()}": value})


# log


def test_nothing_is_logged_unless_asked(capfd):
    client(Settings(cache=None)).get("/health")
    assert capfd.readouterr() == ("", "")


def test_a_line_of_json_tells_the_request_but_not_what_was_asked_or_by_whom(capfd):
    asking = client(Settings(cache=None, log="info"))
    asking.get("/sparql?query=ASK{<http://a.example/secret> ?p ?o}")
    asking.post("/sparql", data={"query": "oops secret"})
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(each["method"], each["path"], each["status"]) for each in lines] == [("GET", "/sparql", 200), ("POST", "/sparql", 400)]
    assert all(each["ms"] >= 0 and re.match(r"\d{4}-\d\d-\d\dT.*\+00:00$", each["time"]) for each in lines)
    assert "secret" not in str(lines) and "127.0.0.1" not in str(lines)


def test_at_level_debug_the_query_is_told_as_well(capfd):
    client(Settings(cache=None, log="debug")).get("/health?x=secret%0a{}")
    entry = json.loads(capfd.readouterr().err)
    assert entry["query"] == "x=secret%0a{}" and entry["client"] == "127.0.0.1"


# health and errors


def test_health_tells_an_engine_that_is_dead_from_one_that_lives(tmp_path):
    store = small_store()
    asking = wiring.create_app(Settings(cache=None), store).test_client()
    assert (asking.get("/health").status_code, asking.get("/health").json["status"]) == (200, "ok")
    store.close()
    dead = asking.get("/health")
    assert (dead.status_code, dead.json["status"]) == (503, "failing")


def test_no_error_tells_where_the_server_keeps_its_files(tmp_path):
    settings = Settings(cache=None, store=tmp_path / "my store")
    app = wiring.create_app(settings, small_store())

    def fail():
        raise StoreDamaged(f"{tmp_path / 'my store'} is damaged: {tmp_path / 'my store' / 'g' / '1.sst'}: bad; restore it.")

    app.add_url_rule("/fail", "fail", fail)
    for accept in ("text/html", "application/json"):
        told = app.test_client().get("/fail", headers={"Accept": accept})
        assert told.status_code == 500 and str(tmp_path) not in told.text and "1.sst" not in told.text
        assert "the store is damaged: the store: bad; restore it." in told.text


def test_paths_in_the_middle_and_at_the_end_go():
    temporary = tempfile.gettempdir()
    said = operations.without_paths(f"No {temporary}/a/b, {temporary}. See https://w3id.org/tropico-kg/x and {temporary}/", Settings(cache=None))
    assert said == "No a temporary folder, a temporary folder. See https://w3id.org/tropico-kg/x and a temporary folder"


# the end


def test_what_is_running_is_answered_before_the_end_and_what_comes_then_is_not():
    entered, go, ended = threading.Event(), threading.Event(), []

    def slow(environ, start):
        start("200 OK", [])
        entered.set()
        go.wait(5)
        return [b"whole"]

    draining = operations.Draining(slow, 5)
    answers: list[bytes] = []

    def ask():
        answer = draining({}, lambda status, headers: None)
        answers.append(b"".join(answer))
        answer.close()

    asked = threading.Thread(target=ask)
    asked.start()
    entered.wait(5)
    before = signal.signal(signal.SIGTERM, lambda *_: ended.append(time.monotonic()))
    try:
        draining.end(signal.SIGTERM, None)
        statuses: list[str] = []
        draining({}, lambda status, headers: statuses.append(status))
        assert statuses == ["503 Service Unavailable"] and not ended
        go.set()
        asked.join()
        for _ in range(100):
            if not ended:
                time.sleep(0.01)
        assert answers == [b"whole"] and ended
    finally:
        signal.signal(signal.SIGTERM, before)


def test_with_nothing_running_the_end_is_at_once():
    with pytest.raises(SystemExit):
        operations.Draining(lambda environ, start: [], 5).end(signal.SIGTERM, None)


@pytest.mark.parametrize("installed", [True, False])
def test_it_is_served_with_and_without_the_extra_and_ends_with_0_when_told(tmp_path, installed):
    with EmbeddedStore(tmp_path / "store") as store:
        store.replace(graphs())
    hide = "" if installed else "import importlib.util as u; find = u.find_spec; u.find_spec = lambda n, *a: None if n == 'uvicorn' else find(n, *a)\n"
    code = f"{hide}import sys; sys.argv = ['tropico', 'serve', '--port', '0', '--store', {str(tmp_path / 'store')!r}]\nfrom graph.cli import main; main()"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TROPICO_")}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    address = re.search(r"http://\S+?/(?=\s)", process.stdout.readline())
    assert address, process.communicate()
    with urllib.request.urlopen(address.group() + "health", timeout=10) as response:
        served_by = response.headers["Server"]
        assert json.loads(response.read())["status"] == "ok" and response.headers["X-Content-Type-Options"] == "nosniff"
    if not installed:
        assert "Werkzeug" in served_by
    process.terminate()
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0 and "Traceback" not in said
