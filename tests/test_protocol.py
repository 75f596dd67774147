"""The SPARQL 1.1 Protocol, query operation: requests named by what they expect.

They run on this project's endpoint, or on another that holds DATA:

    python tests/test_protocol.py > protocol.nq      # load this into the other engine, then
    PROTOCOL_ENDPOINT=http://127.0.0.1:3030/kg/query python -m pytest tests/test_protocol.py

What the standard leaves open and this project decided (`ours`) is then left out.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from rdflib import Graph, Namespace
from rdflib.compare import isomorphic
from rdflib.namespace import RDF

from graph import formats
from graph.store import Store

OTHER = os.environ.get("PROTOCOL_ENDPOINT")
E = "http://example.org/protocol/"
A, B, C = (f"{E}graph/{each}" for each in "abc")
DATA = "".join(
    f'<{E}{subject}> <{E}p> "{value}" <{graph}> .\n'
    for subject, value, graph in [
        ("s1", "a", A), ("both", "both", A), ("s2", "b", B), ("both", "both", B), ("s3", "c", C), ("quote", 'x,\\"y\\"', C),
    ]
)
NOWHERE = f"{E}graph/nowhere"

ASK, SELECT = "ASK {}", f"SELECT ?o WHERE {{ ?s <{E}p> ?o }} ORDER BY ?o"
COUNT = f"SELECT (COUNT(*) AS ?n) WHERE {{ ?s <{E}p> ?o }}"
NAMED = f"SELECT ?o WHERE {{ GRAPH ?g {{ ?s <{E}p> ?o }} }} ORDER BY ?o"
GRAPHS = f"SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ ?s <{E}p> ?o }} }} ORDER BY ?g"
EITHER = f"SELECT ?o ?g WHERE {{ {{ ?s <{E}p> ?o }} UNION {{ GRAPH ?g {{ ?s <{E}p> ?o }} }} }} ORDER BY ?g ?o"
CONSTRUCT, DESCRIBE = f"CONSTRUCT WHERE {{ ?s <{E}p> ?o }}", f"DESCRIBE <{E}s1>"
WRONG = "SELECT * WHERE {\n ?s ?p }"

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
CSV, TSV = "text/csv", "text/tab-separated-values"
TURTLE, NT, RDFXML, JSONLD = "text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"
TABLES, DATA_TYPES = {JSON, XML, CSV, TSV}, {TURTLE, NT, RDFXML, JSONLD, "application/trig", "application/n-quads"}
FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PROBLEM = "application/problem+json"
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0]

    def values(self, name: str = "o") -> list[str | None]:
        """Return one column of a table in JSON."""
        rows = json.loads(self.body)["results"]["bindings"]
        return [row[name]["value"] if name in row else None for row in rows]


@dataclass(frozen=True)
class Ask:
    """One request: `url` are the parameters of the address, in order; `body` a form or text."""

    method: str = "GET"
    url: Sequence[tuple[str, str]] = ()
    body: bytes | str | Sequence[tuple[str, str]] | None = None
    type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def data(self) -> bytes | None:
        if self.body is None or isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else urlencode(self.body)).encode()

    def sent(self) -> dict[str, str]:
        return {**self.headers, **({"Content-Type": self.type} if self.type is not None else {})}


Client = Callable[[Ask], Reply]


@pytest.fixture(scope="module")
def client() -> Client:
    """The endpoint under test: the one parameter that decides is PROTOCOL_ENDPOINT."""
    if OTHER:
        yield lambda ask: _over_the_wire(OTHER, ask)
        return
    from graph.embedded import ScratchStore

    with ScratchStore() as store:
        yield client_of(store)


def client_of(store: Store) -> Client:
    """Fill `store` with DATA and give this project's endpoint on it."""
    import app as wiring
    from small_world import DIGEST

    from graph.prefixes import graph_name
    from graph.settings import Settings

    build = f'<{graph_name("build")}> <http://purl.org/dc/terms/identifier> "{DIGEST}" ; <http://www.w3.org/2002/07/owl#versionInfo> "0" .'
    graphs = {name: formats.parse(_graph(name), formats.by_key("nt"), source="data") for name in (A, B, C)}
    store.replace({**graphs, graph_name("build"): formats.parse(build.encode(), formats.by_key("ttl"), source="build")})
    flask = wiring.create_app(Settings(cache=None, max_query_bytes=2000, max_result_bytes=100_000), store).test_client()
    return lambda ask: _in_process(flask, ask)


def _graph(name: str) -> bytes:
    mine = [line.removesuffix(f" <{name}> .") + " ." for line in DATA.splitlines() if line.endswith(f"<{name}> .")]
    return "\n".join(mine).encode()


def _in_process(flask: object, ask: Ask) -> Reply:
    answer = flask.open(  # type: ignore[attr-defined]
        "/sparql", method=ask.method, query_string=urlencode(ask.url), data=ask.data(), headers=ask.sent()
    )
    return Reply(answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.data)


def _over_the_wire(endpoint: str, ask: Ask) -> Reply:
    address = f"{endpoint}?{urlencode(ask.url)}" if ask.url else endpoint
    request = urllib.request.Request(address, ask.data(), ask.sent(), method=ask.method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
    except urllib.error.HTTPError as problem:
        with problem:
            return Reply(problem.code, {k.lower(): v for k, v in problem.headers.items()}, problem.read())


def get(query: str, *more: tuple[str, str], accept: str | None = None) -> Ask:
    return Ask(url=[("query", query), *more], headers={} if accept is None else {"Accept": accept})


def form(*fields: tuple[str, str], url: Sequence[tuple[str, str]] = (), accept: str = JSON) -> Ask:
    return Ask("POST", url, fields, FORM, {"Accept": accept})


def direct(query: str | bytes, url: Sequence[tuple[str, str]] = (), type: str | None = DIRECT, accept: str = JSON) -> Ask:
    return Ask("POST", url, query, type, {"Accept": accept})


def default(*graphs: str) -> list[tuple[str, str]]:
    return [("default-graph-uri", each) for each in graphs]


def named(*graphs: str) -> list[tuple[str, str]]:
    return [("named-graph-uri", each) for each in graphs]


# -- ways to ask, and the dataset: (request, column, its values) ------------------------------------------------------

FROM = SELECT.replace("WHERE", f"FROM <{A}> WHERE")
ANSWERED = {
    "get": (get(SELECT, *default(A)), "o", ["a", "both"]),
    "get_without_accept": (Ask(url=[("query", COUNT), *default(C)]), "n", ["2"]),
    "get_with_line_breaks_and_tabs": (get(SELECT.replace(" ", "\r\n\t"), *default(C)), "o", ["c", 'x,"y"']),
    "post_form": (form(("query", SELECT), *default(A)), "o", ["a", "both"]),
    "post_form_dataset_in_the_address": (form(("query", SELECT), url=default(A)), "o", ["a", "both"]),
    "post_form_charset": (Ask("POST", (), urlencode([("query", SELECT), *default(A)]), f"{FORM}; charset=UTF-8", {"Accept": JSON}), "o", ["a", "both"]),
    "post_direct": (direct(SELECT, default(A)), "o", ["a", "both"]),
    "post_direct_charset": (direct(SELECT, default(A), f"{DIRECT}; charset=utf-8"), "o", ["a", "both"]),
    "post_direct_non_ascii": (direct('SELECT ("Šibenik – 北" AS ?o) {}'), "o", ["Šibenik – 北"]),
    "get_non_ascii": (get('SELECT ("Šibenik – 北" AS ?o) {}'), "o", ["Šibenik – 北"]),
    "get_percent_sign_decoded_once": (get('SELECT ("a%20b+c" AS ?o) {}'), "o", ["a%20b+c"]),
    "post_form_percent_sign_decoded_once": (form(("query", 'SELECT ("a%20b+c" AS ?o) {}')), "o", ["a%20b+c"]),
    "get_two_default_graphs_are_merged": (get(SELECT, *default(A, B)), "o", ["a", "b", "both"]),
    "post_form_two_default_graphs_are_merged": (form(("query", SELECT), *default(A, B)), "o", ["a", "b", "both"]),
    "post_direct_two_default_graphs_are_merged": (direct(SELECT, default(A, B)), "o", ["a", "b", "both"]),
    "merged_default_graphs_count_a_shared_triple_once": (get(COUNT, *default(A, B)), "n", ["3"]),
    "one_default_graph_twice_is_that_graph": (get(SELECT, *default(A, A)), "o", ["a", "both"]),
    "get_two_named_graphs_and_no_other": (get(GRAPHS, *named(A, B)), "g", [A, B]),
    "post_form_two_named_graphs": (form(("query", GRAPHS), *named(A, B)), "g", [A, B]),
    "post_direct_two_named_graphs": (direct(GRAPHS, named(A, C)), "g", [A, C]),
    "named_graphs_only_leave_the_default_graph_empty": (get(SELECT, *named(A)), "o", []),
    "default_graphs_only_leave_no_named_graph": (get(NAMED, *default(A)), "o", []),
    "default_and_named_graphs_are_the_whole_dataset": (get(EITHER, *default(A), *named(C)), "g", [None, None, C, C]),
    "merged_default_graphs_beside_a_named_one": (get(EITHER, *default(A, B), *named(C)), "g", [None, None, None, C, C]),
    "post_direct_default_and_named": (direct(EITHER, [*default(C), *named(A)]), "g", [None, None, A, A]),
    "default_graph_of_the_protocol_wins_over_from": (get(FROM, *default(C)), "o", ["c", 'x,"y"']),
    "named_graph_of_the_protocol_wins_over_from": (get(FROM, *named(C)), "o", []),
    "named_graph_of_the_protocol_wins_over_from_named": (get(GRAPHS.replace("WHERE", f"FROM NAMED <{A}> WHERE"), *named(C)), "g", [C]),
    "from_counts_where_the_protocol_names_no_dataset": (get(FROM), "o", ["a", "both"]),
    "from_named_counts_where_the_protocol_names_no_dataset": (get(GRAPHS.replace("WHERE", f"FROM NAMED <{B}> WHERE")), "g", [B]),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_answered(client: Client, name: str) -> None:
    ask, column, expected = ANSWERED[name]
    reply = client(ask if "Accept" in ask.headers else Ask(ask.method, ask.url, ask.body, ask.type, {"Accept": JSON}))
    assert reply.status == 200, reply.body
    assert reply.type == JSON and reply.values(column) == expected


# -- the format: (request, media types it may come in) ----------------------------------------------------------------

NEGOTIATED = {
    "select_no_accept_is_a_table": (get(SELECT), TABLES),
    "select_empty_accept_is_a_table": (get(SELECT, accept=""), TABLES),
    "select_accept_star": (get(SELECT, accept="*/*"), TABLES),
    "select_accept_browser": (get(SELECT, accept=BROWSER), TABLES),
    "select_accept_text_star": (get(SELECT, accept="text/*"), {CSV, TSV}),
    "select_accept_application_star": (get(SELECT, accept="application/*"), {JSON, XML}),
    "select_accept_json": (get(SELECT, accept=JSON), {JSON}),
    "select_accept_xml": (get(SELECT, accept=XML), {XML}),
    "select_accept_csv": (get(SELECT, accept=CSV), {CSV}),
    "select_accept_tsv": (get(SELECT, accept=TSV), {TSV}),
    "select_accept_upper_case": (get(SELECT, accept="Text/CSV"), {CSV}),
    "select_accept_explicit_q": (get(SELECT, accept=f"{JSON};q=0.1, {CSV};q=0.9"), {CSV}),
    "select_accept_q_beats_order": (get(SELECT, accept=f"{XML};q=0.5,{TSV};q=0.51"), {TSV}),
    "select_accept_specific_exclusion": (get(SELECT, accept=f"{JSON};q=0, */*"), TABLES - {JSON}),
    "select_accept_wildcard_exclusion": (get(SELECT, accept=f"text/*;q=0, {CSV};q=0, */*"), {JSON, XML}),
    "select_accept_parameter": (get(SELECT, accept="text/csv;header=present"), {CSV}),
    "select_accept_charset": (get(SELECT, accept="text/csv; charset=utf-8"), {CSV}),
    "ask_is_a_boolean": (get(ASK), {JSON, XML}),
    "ask_accept_xml": (get(ASK, accept=XML), {XML}),
    "construct_is_rdf": (get(CONSTRUCT), DATA_TYPES),
    "describe_is_rdf": (get(DESCRIBE), DATA_TYPES),
    "construct_accept_turtle": (get(CONSTRUCT, accept=TURTLE), {TURTLE}),
    "construct_accept_n_triples": (get(CONSTRUCT, accept=NT), {NT}),
    "construct_accept_rdf_xml": (get(CONSTRUCT, accept=RDFXML), {RDFXML}),
    "construct_accept_json_ld": (get(CONSTRUCT, accept=JSONLD), {JSONLD}),
    "post_form_accept_csv": (form(("query", SELECT), accept=CSV), {CSV}),
    "post_direct_accept_tsv": (direct(SELECT, accept=TSV), {TSV}),
}
NEGOTIATED_OURS = {
    "select_prefers_json": (get(SELECT, accept="*/*"), {JSON}),
    "select_implicit_order": (get(SELECT, accept=f"{TSV}, {CSV}"), {TSV}),
    "select_plain_json_is_json": (get(SELECT, accept="application/json"), {JSON}),
    "construct_prefers_turtle": (get(CONSTRUCT, accept="*/*"), {TURTLE}),
    "format_wins_over_accept": (get(SELECT, ("format", "csv"), accept=XML), {CSV}),
    "format_by_media_type": (get(SELECT, ("format", TSV), accept=XML), {TSV}),
    "format_in_a_form": (form(("query", CONSTRUCT), ("format", "nt")), {NT}),
    "format_beside_a_direct_query": (direct(SELECT, [("format", "xml")]), {XML}),
    "empty_format_is_none": (get(SELECT, ("format", ""), accept=XML), {XML}),
}


@pytest.mark.parametrize("name", [*NEGOTIATED, *NEGOTIATED_OURS])
def test_negotiated(client: Client, name: str) -> None:
    _ours_only(name in NEGOTIATED_OURS)
    ask, types = {**NEGOTIATED, **NEGOTIATED_OURS}[name]
    reply = client(ask)
    assert reply.status == 200 and reply.type in types, (reply.type, reply.body[:200])
    if not OTHER:
        assert "Accept" in reply.headers["vary"] and reply.headers["x-content-type-options"] == "nosniff"


def _ours_only(ours: bool) -> None:
    if ours and OTHER:
        pytest.skip("a decision of this project")


# -- refused: (request, status here, statuses the standard allows elsewhere) ------------------------------------------

CLIENT_ERROR = set(range(400, 500))
REFUSED = {
    "get_syntax_error": (get(WRONG), 400, {400}),
    "get_empty_query": (get(""), 400, {400}),
    "post_form_syntax_error": (form(("query", WRONG)), 400, {400}),
    "post_direct_syntax_error": (direct(WRONG), 400, {400}),
    "post_direct_empty_body": (direct(""), 400, CLIENT_ERROR),
    "undeclared_prefix": (get("SELECT * { ?s nowhere:p ?o }"), 400, {400}),
    "get_two_queries": (get(ASK, ("query", ASK)), 400, {400}),
    "post_form_two_queries": (form(("query", ASK), ("query", ASK)), 400, {400}),
    "post_form_one_query_in_each_place": (form(("query", ASK), url=[("query", ASK)]), 400, CLIENT_ERROR),
    "post_direct_one_query_in_each_place": (direct(ASK, [("query", ASK)]), 400, CLIENT_ERROR),
    "query_and_update": (form(("query", ASK), ("update", "CLEAR ALL")), 400, CLIENT_ERROR),
    "post_form_without_query": (form(("q", ASK)), 400, CLIENT_ERROR),
    "post_form_empty": (form(), 400, CLIENT_ERROR),
    "get_dataset_without_query": (Ask(url=default(A)), 400, {200, *CLIENT_ERROR}),
    "update_sent_as_query": (get("INSERT DATA { <urn:a> <urn:b> 1 }"), 400, CLIENT_ERROR),
    "drop_sent_as_query": (form(("query", "DROP ALL")), 400, CLIENT_ERROR),
    "get_update": (Ask(url=[("update", "CLEAR ALL")]), 400, CLIENT_ERROR),
    "post_form_update": (form(("update", "CLEAR ALL")), 400, CLIENT_ERROR),
    "using_graph_with_a_query": (form(("query", ASK), ("using-graph-uri", A)), 400, {200, *CLIENT_ERROR}),
    "post_direct_update": (direct("CLEAR ALL", type="application/sparql-update"), 415, CLIENT_ERROR),
    "service_is_refused": (get("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"), 403, {*CLIENT_ERROR, 500, 502, 504}),
    "post_text_plain": (direct(ASK, type="text/plain"), 415, {400, 415}),
    "post_json": (direct('{"query": "ASK {}"}', type="application/json"), 415, {400, 415}),
    "post_sparql_body_without_a_type": (direct(ASK.encode(), type=""), 415, {400, 415}),
    "post_form_body_without_a_type": (direct(urlencode([("query", ASK)]).encode(), type=""), 415, {400, 415}),
    "post_utf_16": (direct(ASK.encode("utf-16"), type=DIRECT), 400, CLIENT_ERROR),
    "post_utf_16_said_so": (direct(ASK.encode("utf-16"), type=f"{DIRECT}; charset=UTF-16"), 415, CLIENT_ERROR),
    "post_latin_1": (direct('SELECT ("é" AS ?x) {}'.encode("latin-1")), 400, CLIENT_ERROR),
    "accept_nothing_offered": (get(SELECT, accept="image/png"), 406, {200, 406}),
    "accept_everything_excluded": (get(SELECT, accept="*/*;q=0"), 406, {200, 406}),
    "accept_incompatible_charset": (get(SELECT, accept="text/csv;charset=utf-16"), 406, {200, 406}),
    "accept_rdf_of_a_select": (get(SELECT, accept=TURTLE), 406, {200, 406}),
    "accept_table_of_a_construct": (get(CONSTRUCT, accept=CSV), 406, {200, 406}),
    "accept_csv_of_an_ask": (get(ASK, accept=CSV), 406, {200, 406}),
    "put": (Ask("PUT", [("query", ASK)]), 405, CLIENT_ERROR),
    "delete": (Ask("DELETE", [("query", ASK)]), 405, CLIENT_ERROR),
    "patch": (Ask("PATCH", [("query", ASK)]), 405, CLIENT_ERROR),
}
REFUSED_OURS = {
    "format_unknown": (get(SELECT, ("format", "docx")), 415, set()),
    "format_of_another_kind": (get(SELECT, ("format", "ttl")), 406, set()),
    "format_twice": (get(SELECT, ("format", "csv"), ("format", "csv")), 400, set()),
    "default_graph_that_is_not_here": (get(SELECT, *default(NOWHERE)), 400, set()),
    "named_graph_that_is_not_here": (get(SELECT, *default(A), *named(NOWHERE)), 400, set()),
    "default_graph_that_is_no_iri": (get(SELECT, *default("a> { } #")), 400, set()),
    "load_sent_as_query": (get("LOAD <http://127.0.0.1:1/>"), 403, set()),
    "get_query_too_long": (get(f"{ASK} #{'x' * 2000}"), 414, set()),
    "post_direct_too_long": (direct(f"{ASK} #{'x' * 2000}"), 413, set()),
    "post_form_too_long": (form(("query", f"{ASK} #{'x' * 2000}")), 413, set()),
    "too_many_bytes": (get("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"), 413, set()),
}


@pytest.mark.parametrize("name", [*REFUSED, *REFUSED_OURS])
def test_refused(client: Client, name: str) -> None:
    _ours_only(name in REFUSED_OURS)
    ask, here, elsewhere = {**REFUSED, **REFUSED_OURS}[name]
    reply = client(ask)
    assert reply.status in ({here} if not OTHER else elsewhere), (reply.status, reply.body[:300])
    if not OTHER:
        told = json.loads(reply.body)
        assert reply.type == PROBLEM and told["status"] == here and told["detail"].endswith(".")
        assert "Traceback" not in reply.body.decode() and reply.headers["access-control-allow-origin"] == "*"


def test_a_syntax_error_tells_its_place(client: Client) -> None:
    for ask in (get(WRONG), form(("query", WRONG)), direct(WRONG)):
        reply = client(ask)
        assert reply.status == 400
        if not OTHER:
            told = json.loads(reply.body)
            assert told["line"] == 2 and f"line 2, column {told['column']}" in told["detail"]


def test_a_method_that_is_not_there_names_those_that_are(client: Client) -> None:
    _ours_only(True)
    assert set(client(Ask("PUT")).headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


# -- the answers themselves -------------------------------------------------------------------------------------------


def _read(reply: Reply) -> Graph:
    graph = Graph()
    for triple in formats.parse(reply.body, formats.negotiate(reply.type, formats.RDF_FORMATS), source="the answer"):
        graph.add(triple)
    return graph


def test_csv_is_quoted_and_ends_its_lines_as_rfc_4180_says(client: Client) -> None:
    text = client(get(SELECT, *default(C), accept=CSV)).body.decode()
    assert "\r\n" in text and list(csv.reader(io.StringIO(text, newline=""))) == [["o"], ["c"], ['x,"y"']]


def test_tsv_gives_terms(client: Client) -> None:
    assert client(get(SELECT, *default(A), accept=TSV)).body.decode().splitlines() == ["?o", '"a"', '"both"']


def test_xml_is_well_formed_and_has_the_rows(client: Client) -> None:
    root = ElementTree.fromstring(client(get(SELECT, *default(A), accept=XML)).body)
    assert [each.text for each in root.iter("{http://www.w3.org/2005/sparql-results#}literal")] == ["a", "both"]


def test_ask_is_true_or_false(client: Client) -> None:
    assert json.loads(client(get(ASK, accept=JSON)).body)["boolean"] is True
    assert json.loads(client(get(f"ASK {{ <{E}nothing> ?p ?o }}", accept=JSON)).body)["boolean"] is False


def test_construct_gives_the_same_graph_in_every_format(client: Client) -> None:
    graphs = [_read(client(get(CONSTRUCT, *default(C), accept=each))) for each in (TURTLE, NT, RDFXML, JSONLD)]
    assert len(graphs[0]) == 2 and all(isomorphic(graphs[0], each) for each in graphs)


def test_describe_is_about_the_thing(client: Client) -> None:
    graph = _read(client(get(DESCRIBE, accept=NT)))
    assert {str(each) for each in graph.subjects()} == {f"{E}s1"}


def test_head_is_get_without_a_body(client: Client) -> None:
    reply = client(Ask("HEAD", [("query", SELECT)], headers={"Accept": CSV}))
    assert (reply.status, reply.type, reply.body) == (200, CSV, b"")
    assert client(Ask("HEAD", [("query", WRONG)])).status == 400


# -- for pages from elsewhere -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("type", [FORM, DIRECT])
def test_a_preflight_is_allowed(client: Client, type: str) -> None:
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    reply = client(Ask("OPTIONS", headers=asked))
    assert 200 <= reply.status < 300 and reply.headers["access-control-allow-origin"] in ("*", "https://example.org")
    assert "POST" in reply.headers["access-control-allow-methods"]
    assert "content-type" in reply.headers["access-control-allow-headers"].lower() or OTHER


@pytest.mark.parametrize("ask", [get(SELECT), get(WRONG), Ask("PUT"), Ask(), get(SELECT, accept="image/png")], ids=str)
def test_every_answer_may_be_read_by_a_page_from_elsewhere_errors_too(client: Client, ask: Ask) -> None:
    _ours_only(True)
    reply = client(ask)
    assert reply.headers["access-control-allow-origin"] == "*" and "ETag" in reply.headers["access-control-expose-headers"]


def test_a_private_instance_lets_no_page_from_elsewhere_read() -> None:
    _ours_only(True)
    import app as wiring
    from small_world import small_store

    from graph.settings import Settings

    with small_store() as store:
        flask = wiring.create_app(Settings(cache=None, cors=False), store).test_client()
        for ask in (get(ASK), get(WRONG), Ask("OPTIONS", headers={"Origin": "https://example.org"})):
            assert not [name for name in _in_process(flask, ask).headers if name.startswith("access-control")]


# -- without a query --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", [None, "*/*", TURTLE, NT, RDFXML, JSONLD])
def test_a_program_gets_the_service_description(client: Client, accept: str | None) -> None:
    reply = client(Ask(headers={} if accept is None else {"Accept": accept}))
    assert reply.status == 200 and (reply.type == accept or accept in (None, "*/*"))
    graph = _read(reply)
    service = graph.value(predicate=RDF.type, object=SD.Service)
    assert service is not None and graph.value(service, SD.endpoint) is not None


def test_the_service_description_is_complete(client: Client) -> None:
    _ours_only(True)
    graph = _read(client(Ask(headers={"Accept": TURTLE})))
    service = graph.value(predicate=RDF.type, object=SD.Service)
    dataset = graph.value(service, SD.defaultDataset)
    assert str(graph.value(service, SD.endpoint)) == "http://localhost/sparql"
    assert {each.split("#")[1] for each in graph.objects(service, SD.supportedLanguage)} == {"SPARQL10Query", "SPARQL11Query"}
    assert len(set(graph.objects(service, SD.resultFormat))) == 8
    assert SD.UnionDefaultGraph in graph.objects(service, SD.feature)
    assert graph.value(dataset, SD.defaultGraph) is not None
    names = {str(graph.value(each, SD.name)) for each in graph.objects(dataset, SD.namedGraph)}
    assert {A, B, C} <= names


def test_a_browser_gets_a_form(client: Client) -> None:
    _ours_only(True)
    assert client(Ask(headers={"Accept": BROWSER})).type == "text/html"


def test_quoting_is_as_addresses_have_it(client: Client) -> None:
    """A client may encode more than it must: `%7B` for a brace, and a plus sign for a blank."""
    assert quote(ASK) == "ASK%20%7B%7D" and urlencode({"query": ASK}) == "query=ASK+%7B%7D"
    assert client(get(ASK, accept=JSON)).status == 200


if __name__ == "__main__":
    sys.stdout.write(DATA)
