"""The served application as its users meet it: a process, a port, and the clients they bring."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest
from rdflib import RDFS, Graph, URIRef
from SPARQLWrapper import CSV, JSON, POST, POSTDIRECTLY, SPARQLWrapper

from graph import formats, ontology
from graph.prefixes import BASE, ONTOLOGY, TROP

TOP = Path(__file__).resolve().parent.parent
CASE = "id/case/tropico-de-online-access-act"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The address of a server started as `tropico serve` on a free port."""
    log = tmp_path_factory.mktemp("log") / "stdout"
    with log.open("w", encoding="utf-8") as out, subprocess.Popen(
        [sys.executable, "-m", "graph", "serve", "--port", "0"], cwd=TOP, stdout=out, stderr=subprocess.STDOUT
    ) as server:
        try:
            yield address(log, server)
        finally:
            server.terminate()


def address(log: Path, server: subprocess.Popen) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        if found := re.search(r"http://\S+?/(?=\s)", log.read_text(encoding="utf-8")):
            return found.group()
        time.sleep(0.05)
    raise AssertionError(f"no server within 60 s: {log.read_text(encoding='utf-8')}")


def get(url: str, accept: str = "*/*"):
    return urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=30)


def test_the_case_answers_with_turtle_that_names_its_sources(root):
    with get(root + CASE, "text/turtle") as response:
        graph = Graph().parse(response.read(), format="turtle")
    assert (URIRef(BASE + CASE), None, TROP.PortalCase) in graph
    assert [s for s in graph.objects() if str(s).startswith(BASE + "id/source/")]


def test_a_row_of_the_question_leads_to_a_page_with_passage_source_confidence_and_coder(root):
    with get(root + "questions/cq-13?innovation=concept/innovation/telework", "text/html") as response:
        page = response.read().decode()
    finding = re.search(r'href="/(id/finding/lipse-l17[^"]*)"', page)
    assert finding, "the row of the pilot projects links to its finding"
    with get(root + finding.group(1), "text/html") as response:
        text = response.read().decode()
    for part in ("Passage", "Source", "Locator", "Confidence", "Coded", "TROPICO Knowledge Graph editors"):
        assert part.casefold() in text.casefold(), part


def test_sparqlwrapper_asks_the_endpoint_by_each_method(root):
    for method, request in (("GET", None), (POST, None), (POST, POSTDIRECTLY)):
        client = SPARQLWrapper(root + "sparql")
        client.setMethod(method)
        if request:
            client.setRequestMethod(request)
        client.setQuery("PREFIX trop: <https://w3id.org/tropico-kg/ontology#> SELECT (COUNT(?c) AS ?n) { ?c a trop:SmartCityCase }")
        client.setReturnFormat(JSON)
        assert client.query().convert()["results"]["bindings"][0]["n"]["value"] == "5"


def test_sparqlwrapper_reads_csv(root):
    client = SPARQLWrapper(root + "sparql")
    client.setQuery("SELECT ?s { ?s a <https://w3id.org/tropico-kg/ontology#Study> } ORDER BY ?s")
    client.setReturnFormat(CSV)
    assert client.query().convert().decode().splitlines()[0] == "s"


def test_health_tells_of_the_worker_processes(root):
    with get(root + "sparql?query=ASK%20%7B%7D") as response:
        assert json.load(response)["boolean"] is True
    with get(root + "health") as response:
        workers = json.load(response)["workers"]
    assert workers["jobs"] >= 1 and workers["most"] == 4 and workers["deaths"] == 0


def test_health_names_the_build(root):
    with get(root + "health") as response:
        health = json.load(response)
    assert health["status"] == "ok" and re.fullmatch(r"sha256:[0-9a-f]{64}", health["digest"])


def test_the_page_of_the_ontology_has_an_anchor_a_definition_and_a_source_for_every_own_term_and_asks_nobody_else(root):
    with get(root + "ontology.html", "text/html") as response:
        page = response.read().decode()
    terms = {t[0] for d in map(formats.read, ontology.modules().values()) for t in d.triples if t[1] == RDFS.isDefinedBy and str(t[0]).startswith(ONTOLOGY)}
    shown = [term for term in terms if f'<div id="{str(term).removeprefix(ONTOLOGY)}">' in page]
    assert len(shown) >= 100 and set(terms) - set(shown) <= {TROP.ownCoinage}
    assert page.count("from <a") >= len(shown)
    assert "guarded by <a" in page and 'href="/questions/cq-13"' in page
    assert not re.findall(r"<script(?! src=./static/)|<link[^>]+href=.(?:https?:)?//|<img", page)


def test_the_page_of_a_finding_says_what_speaks_against_it_or_that_nothing_does(root):
    query = "SELECT ?f { ?f <https://w3id.org/tropico-kg/ontology#conflictsWith> ?g } ORDER BY ?f LIMIT 1"
    with get(root + "sparql?format=csv&query=" + quote(query)) as response:
        conflicting = response.read().decode().splitlines()[1]
    for finding, told in ((conflicting, "it is in conflict with this one"), (BASE + "id/finding/lipse-l17-pilot-project", "Nothing in this graph speaks against it")):
        with get(root + finding.removeprefix(BASE) + ".html", "text/html") as response:
            assert told in response.read().decode()
