"""The command line and the app on an engine elsewhere."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from server_double import Engine, listening
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
    assert client.get("/health").status_code == 200
