"""The endpoint for people: examples, words to complete, answers as a page; and the editor's scripts stay at home."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from small_world import small_questions, small_store

import app as wiring
from graph import guard, questions
from graph.prefixes import NAMESPACES
from graph.settings import Settings
from graph.web import EXTENSION, editor

_PAGE = {"Accept": "text/html"}
_SCRIPT = Path(editor.__file__).parent / "static" / "editor.js"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    known = questions.load(small_questions(tmp_path_factory.mktemp("queries")))
    with small_store() as store:
        made = wiring.create_app(Settings(cache=None, max_rows=3, client_seconds=600), store)
        made.extensions[EXTENSION].questions = known
        yield made
    guard.close()


@pytest.fixture
def client(app):
    return app.test_client()


def _asked(client, query: str, status: int = 200) -> str:
    answer = client.get("/sparql", query_string={"query": query, "format": "html"}, headers=_PAGE)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    return answer.text


def test_an_answer_is_a_table_with_labels_and_keeps_the_query_in_the_form(client) -> None:
    page = _asked(client, "SELECT ?case { ?case a <https://w3id.org/tropico-kg/ontology#Case> } LIMIT 1")
    assert "1 row." in page and re.search(r'<a href="/id/case/[^"]+">[^<]+</a>', page)
    assert "SELECT ?case {" in page.partition("<textarea")[2]


def test_an_answer_with_more_rows_than_are_shown_says_so(client) -> None:
    answer = client.get("/sparql", query_string={"query": "SELECT * { ?s ?p ?o }", "format": "html"}, headers=_PAGE)
    assert answer.headers["Tropico-Truncated"] == "rows=3" and "Only the first 3 rows are shown" in answer.text


def test_ask_construct_and_nothing_found_are_told(client) -> None:
    assert "Yes (true)" in _asked(client, "ASK { ?s ?p ?o }")
    assert "No (false)" in _asked(client, "ASK { <https://example.org/no> ?p ?o }")
    assert "https://example.org/a" in _asked(client, "CONSTRUCT { <https://example.org/a> <https://example.org/b> 1 } {}")
    assert "No row matches" in _asked(client, "SELECT * { <https://example.org/no> ?p ?o }")


def test_what_is_refused_to_programs_is_refused_here(client) -> None:
    refused = _asked(client, "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403)
    assert "SERVICE" in refused.partition('id="answer"')[2].partition('id="rules"')[0]
    assert "this graph" not in _asked(client, "DROP ALL", 400)


def test_a_query_with_a_fault_stays_in_the_form_with_its_line(client) -> None:
    page = _asked(client, "SELECT * {\n ?s ?p }", 400)
    assert "line 2" in page.lower() and "?s ?p }" in page.partition("<textarea")[2]


def test_hostile_text_in_an_answer_is_text(client) -> None:
    page = _asked(client, 'SELECT ("<script>alert(1)</script>\\u202E" AS ?text) (<javascript:alert(1)> AS ?link) {}')
    assert "&lt;script&gt;" in page and "<script>alert" not in page
    assert 'href="javascript' not in page and "\u202e" not in page


def test_an_example_is_put_into_the_form(client) -> None:
    page = client.get("/sparql?example=cq-01", headers=_PAGE).text
    assert "#+ id: cq-01" in page.partition("<textarea")[2]
    assert client.get("/sparql?example=cq-99", headers=_PAGE).status_code == 400


def test_the_words_to_complete_are_those_of_the_description(client) -> None:
    words = client.get("/sparql/words.json")
    assert words.json["prefixes"] == NAMESPACES and words.headers["ETag"]
    assert words.json["base"] == "https://w3id.org/tropico-kg/" and words.json["here"] == "/"


def test_without_the_assets_no_script_is_named(client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor, "_EDITOR", "vendor/none.js")
    page = client.get("/sparql", headers=_PAGE)
    assert "yasgui" not in page.text and "editor.js" not in page.text and "unsafe" not in page.headers["Content-Security-Policy"]


def test_with_the_assets_scripts_come_from_this_app_alone(client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor, "_EDITOR", "editor.js")
    page = client.get("/sparql", headers=_PAGE)
    assert re.findall(r'<script src="([^"]+)"', page.text) == ["/static/progress.js", "/static/vendor/yasgui.min.js", "/static/editor.js"]
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]


def test_the_editors_own_script_names_no_other_host() -> None:
    named = set(re.findall(r"https?://[^\s\"'`>]+", _SCRIPT.read_text("utf-8")))
    assert named == {"http://www.w3.org/2004/02/skos/core#", "http://www.w3.org/2000/01/rdf-schema#"}  # names, not addresses
