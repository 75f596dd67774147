"""The endpoint keeps to the SPARQL 1.1 Protocol: each test is a request a client may send."""

from __future__ import annotations

import csv
import io
import json

import pytest
from rdflib import Graph
from small_world import FINDING, small_store

import app as wiring
from graph.prefixes import NAMESPACES, ONTOLOGY
from graph.settings import Settings

SELECT = f"SELECT ?f WHERE {{ ?f a <{ONTOLOGY}DeterminantFinding> }} ORDER BY ?f"
CONSTRUCT = f"CONSTRUCT {{ ?f a <{ONTOLOGY}X> }} WHERE {{ ?f a <{ONTOLOGY}DeterminantFinding> }}"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def client():
    with small_store() as store:
        yield wiring.create_app(Settings(cache=None, max_rows=50, max_query_bytes=2000), store).test_client()


def get(client, query, accept=None, **parameters):
    return client.get("/sparql", query_string={"query": query, **parameters}, headers={"Accept": accept} if accept else {})


def post(client, body, content_type, **kwargs):
    return client.post("/sparql", data=body, content_type=content_type, **kwargs)


# -- ways to ask


def test_a_query_in_the_address(client):
    response = get(client, "ASK {}")
    assert response.status_code == 200 and response.mimetype == "application/sparql-results+json"
    assert json.loads(response.text)["boolean"] is True


def test_a_query_in_a_form(client):
    assert json.loads(client.post("/sparql", data={"query": "ASK {}"}).text)["boolean"] is True


def test_a_query_as_the_body(client):
    assert json.loads(post(client, "ASK {}", "application/sparql-query").text)["boolean"] is True
    assert json.loads(post(client, "ASK {}", "application/sparql-query; charset=UTF-8").text)["boolean"] is True


def test_a_percent_sign_in_a_form_is_decoded_once(client):
    response = client.post("/sparql", data={"query": "SELECT (STR(<http://e/a%20b>) AS ?s) {}", "format": "csv"})
    assert response.text.splitlines()[1] == "http://e/a%20b"


def test_head_is_get_without_a_body(client):
    response = client.head("/sparql", query_string={"query": SELECT})
    assert response.status_code == 200 and response.mimetype == "application/sparql-results+json" and not response.data


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client, method):
    assert getattr(client, method)("/sparql", query_string={"query": "ASK {}"}).status_code == 405


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", None])
def test_another_content_type_is_415(client, content_type):
    assert post(client, b"query=ASK{}", content_type).status_code == 415


@pytest.mark.parametrize("content_type", ["application/sparql-query", "application/sparql-query; charset=utf-16"])
def test_utf_16_is_refused_and_no_error_of_ours(client, content_type):
    assert post(client, "ASK {}".encode("utf-16"), content_type).status_code in (400, 415)


def test_two_queries_are_one_too_many(client):
    assert client.get("/sparql?query=ASK{}&query=ASK{}").status_code == 400
    assert post(client, "query=ASK%7B%7D&query=ASK%7B%7D", "application/x-www-form-urlencoded").status_code == 400


def test_a_form_without_a_query_is_told_so(client):
    response = client.post("/sparql", data={"q": "ASK {}"})
    assert response.status_code == 400 and "field 'query'" in response.get_json(force=True)["detail"]


# -- formats


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        (SELECT, None, "application/sparql-results+json"), (SELECT, "*/*", "application/sparql-results+json"),
        (SELECT, BROWSER, "application/sparql-results+json"), (SELECT, "application/sparql-results+xml", "application/sparql-results+xml"),
        (SELECT, "text/csv", "text/csv"), (SELECT, "text/tab-separated-values", "text/tab-separated-values"),
        (SELECT, "application/sparql-results+json;q=0.1, text/csv;q=0.9", "text/csv"),
        (SELECT, "text/csv;q=0, */*", "application/sparql-results+json"),
        ("ASK {}", "application/sparql-results+xml", "application/sparql-results+xml"),
        (CONSTRUCT, None, "text/turtle"), (CONSTRUCT, "application/n-triples", "application/n-triples"),
        (CONSTRUCT, "application/rdf+xml", "application/rdf+xml"), (CONSTRUCT, "application/ld+json", "application/ld+json"),
        (f"DESCRIBE <{FINDING}>", None, "text/turtle"),
    ],
)
def test_accept_decides_the_format(client, query, accept, media_type):
    response = get(client, query, accept)
    assert response.status_code == 200, response.text
    assert response.mimetype == media_type and "Accept" in response.headers["Vary"]


def test_format_wins_over_accept(client):
    assert get(client, SELECT, "application/sparql-results+xml", format="csv").mimetype == "text/csv"
    assert get(client, CONSTRUCT, "text/turtle", format="nt").mimetype == "application/n-triples"


def test_an_empty_format_field_is_none(client):
    assert get(client, SELECT, format="").mimetype == "application/sparql-results+json"


@pytest.mark.parametrize(("accept", "parameters", "status"), [("image/png", {}, 406), (None, {"format": "docx"}, 415), (None, {"format": "ttl"}, 406)])
def test_a_format_that_is_not_there_is_told(client, accept, parameters, status):
    assert get(client, SELECT, accept, **parameters).status_code == status


def test_csv_follows_the_standard(client):
    response = get(client, 'SELECT ("=1,\\"2\\"" AS ?x) ("b" AS ?y) {}', "text/csv")
    assert "\r\n" in response.text
    assert list(csv.reader(io.StringIO(response.text, newline=""))) == [["x", "y"], ['=1,"2"', "b"]], "no apostrophe: this is no spreadsheet"


def test_a_graph_answer_is_that_graph(client):
    graph = Graph().parse(data=get(client, CONSTRUCT).text, format="turtle")
    assert len(graph) == 2


# -- what is refused


def test_a_syntax_error_is_told_with_its_place(client):
    response = get(client, "SELECT * WHERE {\n ?s ?p }")
    told = response.get_json(force=True)
    assert response.status_code == 400 and response.mimetype == "application/problem+json"
    assert told["line"] == 2 and told["column"]


@pytest.mark.parametrize(("query", "status"), [
    ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 403),
    ("INSERT DATA { <http://e/a> <http://e/b> 1 }", 400), ("DROP ALL", 400), ("LOAD <http://127.0.0.1:1/>", None),
])
def test_calls_elsewhere_and_updates_are_refused(client, query, status):
    found = get(client, query).status_code
    assert found in (400, 403) if status is None else found == status


def test_an_update_field_is_refused(client):
    assert client.post("/sparql", data={"update": "DROP ALL"}).status_code in (400, 403)
    assert client.get("/sparql", query_string={"update": "DROP ALL"}).status_code in (400, 403)
    assert post(client, "DROP ALL", "application/sparql-update").status_code == 415


def test_an_answer_that_was_ended_says_so_in_a_header_and_in_its_name_and_the_page_tells_the_limit(client):
    ended = get(client, "SELECT * { ?s ?p ?o . ?a ?b ?c }")
    assert ended.status_code == 200 and len(json.loads(ended.text)["results"]["bindings"]) == 50
    assert ended.headers["Tropico-Truncated"] == "rows=50"
    assert 'filename="first-50-rows.json"' in ended.headers["Content-Disposition"]
    assert "Tropico-Truncated" in ended.headers["Access-Control-Expose-Headers"]
    assert "Tropico-Truncated" not in get(client, SELECT).headers
    assert "50 rows" in client.get("/sparql", headers={"Accept": BROWSER}).text


def test_a_query_beyond_its_length_is_refused(client):
    assert get(client, "SELECT * {} #" + "x" * 3000).status_code == 414
    assert post(client, "SELECT * {} #" + "x" * 3000, "application/sparql-query").status_code == 413


# -- for pages from elsewhere


@pytest.mark.parametrize("query", [SELECT, "SELECT", "SELECT * { SERVICE <http://e/> {} }"])
def test_every_answer_is_open_to_pages_from_elsewhere_errors_too(client, query):
    assert get(client, query).headers["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_is_allowed(client):
    response = client.options("/sparql", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"})
    assert response.status_code == 204 and not response.data
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in response.headers["Access-Control-Allow-Headers"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_an_answer_is_tagged_with_the_build_and_need_not_be_sent_twice(client):
    tag = get(client, SELECT).headers["ETag"]
    assert client.get("/sparql", query_string={"query": SELECT}, headers={"If-None-Match": tag}).status_code == 304
    assert get(client, SELECT, "text/csv").headers["ETag"] != tag


def test_what_changes_by_itself_is_not_tagged(client):
    assert "ETag" not in get(client, "SELECT (now( ) AS ?t) {}").headers


# -- without a query


def test_a_program_gets_the_service_description(client):
    for accept in (None, "*/*", "text/turtle", "application/ld+json"):
        response = client.get("/sparql", headers={"Accept": accept} if accept else {})
        assert response.status_code == 200 and response.mimetype == ("application/ld+json" if accept and "ld" in accept else "text/turtle")
    graph = Graph().parse(data=client.get("/sparql").text, format="turtle")
    found = graph.query(f"""PREFIX sd: <{NAMESPACES['sd']}> SELECT ?endpoint (COUNT(?g) AS ?n) {{
        ?s a sd:Service ; sd:endpoint ?endpoint ; sd:defaultDataset/sd:namedGraph/sd:name ?g }} GROUP BY ?endpoint""")
    (endpoint, number), = found
    assert str(endpoint) == "http://localhost/sparql" and int(number) == 6


def test_a_browser_gets_a_form_that_works_without_scripts(client):
    response = client.get("/sparql", headers={"Accept": BROWSER})
    assert response.mimetype == "text/html"
    assert '<textarea id="query" name="query"' in response.text and 'action="/sparql"' in response.text
    assert '<option value="html">' in response.text and "<noscript" not in response.text


def test_a_draft_is_put_into_the_form_and_not_run(client):
    response = client.get("/sparql", query_string={"draft": "SELECT <x> </textarea><b>"}, headers={"Accept": BROWSER})
    assert "SELECT &lt;x&gt; &lt;/textarea&gt;&lt;b&gt;" in response.text


@pytest.mark.parametrize("asked", ["/sparql?query=ASK{}", "/sparql?query=oops", "/sparql", "/", "/nothing-here", "/health"])
def test_no_header_but_link_is_given_twice(client, asked):
    for method in ("GET", "HEAD", "OPTIONS"):
        names = [name.lower() for name, _ in client.open(asked, method=method).headers if name != "Link"]
        assert len(names) == len(set(names)) > 5
