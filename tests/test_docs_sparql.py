"""Everything on the page about SPARQL runs as it stands, against a server of the packaged data."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import parse_qs, quote

import pyoxigraph as ox
import pytest
from werkzeug.serving import make_server

import app as wiring
from graph.embedded import EmbeddedStore
from graph.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "sparql.md"
ADDRESS = "http://127.0.0.1:8000/sparql"
if not PAGE.exists():
    pytest.skip("the pages lie in a checkout only", allow_module_level=True)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


QUERIES = blocks("sparql")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    with EmbeddedStore(folder / "store") as store:
        yield wiring.create_app(Settings(cache=folder / "cache"), store)


@pytest.fixture(scope="module")
def endpoint(app):
    """The address of the endpoint, on a port of the system's choice."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/sparql"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture(scope="module")
def cases(app) -> list[str]:
    query = "SELECT ?case { ?case a <https://w3id.org/tropico-kg/ontology#Case> } ORDER BY ?case"
    rows = app.test_client().get("/sparql", query_string={"query": query}).get_json(force=True)["results"]["bindings"]
    return [row["case"]["value"] for row in rows]


def test_there_are_ten_queries():
    assert len(QUERIES) == 10


@pytest.mark.parametrize("number", range(1, len(QUERIES) + 1))
def test_a_query_of_the_page_has_an_answer(app, number):
    query = QUERIES[number - 1]
    accept = "application/n-triples" if "CONSTRUCT" in query else "application/sparql-results+json"
    response = app.test_client().post("/sparql", data=query, content_type="application/sparql-query", headers={"Accept": accept})
    assert response.status_code == 200, response.text
    if "CONSTRUCT" in query:
        assert response.text.count("\n") > 20
        return
    answer = response.get_json(force=True)
    assert answer["results"]["bindings"] and all(row.keys() == set(answer["head"]["vars"]) for row in answer["results"]["bindings"])


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_the_command_line_gives_the_cases(endpoint, cases):
    (command,) = blocks("sh")
    done = subprocess.run(command.replace(ADDRESS, endpoint), shell=True, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["case", *cases]


def test_the_python_script_gives_the_cases(endpoint, cases):
    (script,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", script.replace(ADDRESS, endpoint)], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == cases


def test_the_r_script_gives_the_cases(app, endpoint, cases):
    (script,) = blocks("r")
    if shutil.which("Rscript"):
        done = subprocess.run(["Rscript", "-e", script.replace(ADDRESS, endpoint)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and cases[0] in done.stdout, done.stderr
    else:  # the address the script makes, made here
        query, address = re.search(r'query <- "([^"]*)"', script)[1], re.search(r'paste0\("([^"]*)"', script)[1]
        parameters = parse_qs(f"{address}{quote(query, safe='')}".partition("?")[2])
        text = app.test_client().get("/sparql", query_string={name: value[0] for name, value in parameters.items()}).text
        assert text.split() == ["case", *cases]


def test_the_federated_query_runs_in_another_engine(endpoint, cases):
    (query,) = blocks("sparql-federated")
    mine = ox.Store()
    germany = ox.NamedNode("http://publications.europa.eu/resource/authority/country/DEU")
    mine.add(ox.Quad(ox.NamedNode("urn:my-case"), ox.NamedNode("http://purl.org/dc/terms/spatial"), germany))
    rows = list(mine.query(query.replace(ADDRESS, endpoint)))
    assert rows and {row["mine"].value for row in rows} == {"urn:my-case"} and {row["theirs"].value for row in rows} <= set(cases)
