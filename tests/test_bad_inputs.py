"""What strangers send and users load by mistake or on purpose: 72 bad inputs, and ten for the command line, each by number.

After all of them the server answers as before, its store is the same, and nothing has gone out: the address that many of
these inputs name is a listener of this very test, which nobody must ever reach.
"""

from __future__ import annotations

import gzip
import html
import io
import os
import re
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from rdflib import XSD, Graph, URIRef
from small_world import CASE, DIGEST, graphs, small_questions
from test_build import HEAD, OWN, package, write  # noqa: F401  (package is a fixture)

import app as wiring
from graph import build as builder
from graph import cli, formats, guard, prefixes, questions, validate
from graph.embedded import EmbeddedStore, ScratchStore
from graph.errors import (
    DataError,
    ParseError,
    PayloadTooLarge,
    QueryRefused,
    UnsupportedMediaType,
    UsageError,
)
from graph.settings import Settings
from graph.web import EXTENSION

TOP = Path(__file__).resolve().parent.parent
TESTS = Path(__file__).resolve().parent
STATEMENT = "<http://a.example/x> <http://a.example/p> {} ."
RDF_XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e.example/">{}</rdf:RDF>'

# held by a test that stands with its module
ELSEWHERE = {
    50: "test_validate.py::test_a_file_in_which_nothing_is_looked_at_does_not_conform",
    51: "test_shapes.py::test_every_shacl_term_is_one_that_shacl_has",
    52: "test_validate.py::test_a_shape_the_engine_would_pass_over_is_an_error_and_not_a_pass",
    53: "test_validate.py::test_a_shape_that_would_check_nothing_is_refused",
    54: "test_validate.py::test_a_shape_the_engine_would_pass_over_is_an_error_and_not_a_pass",
    58: "test_ontology.py::test_a_disjointness_clash_is_inconsistent",
    60: "test_sparql.py::test_a_syntax_error_is_told_with_its_place",
    61: "test_sparql.py::test_two_queries_are_one_too_many",
    62: "test_sparql.py::test_an_update_field_is_refused",
    67: "test_sparql.py::test_utf_16_is_refused_and_no_error_of_ours",
    68: "test_sparql.py::test_another_content_type_is_415",
    69: "test_inspection.py::",
    70: "test_guard.py::test_a_query_past_its_time_is_given_up_in_time_and_the_next_is_answered",
}
# what there is no place for here
NOWHERE = {
    55: "patterns come with the packaged shapes alone; nobody can send shapes",
    59: "what shapes need is always inferred before they are asked",
}


class Bait:
    """A listener on loopback that counts who comes."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.calls = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def bait():
    made = Bait()
    yield made
    made.close()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with EmbeddedStore(tmp_path_factory.mktemp("store") / "store") as made:
        made.replace(graphs())
        yield made


@pytest.fixture(scope="module")
def app(store, tmp_path_factory):
    made = wiring.create_app(Settings(cache=None, max_upload_bytes=1_000_000), store)
    made.extensions[EXTENSION].questions = questions.load(small_questions(tmp_path_factory.mktemp("queries")))
    return made


@pytest.fixture
def client(app):
    return app.test_client()


def everything(store) -> dict[str, str]:
    query = "CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH {} {{ ?s ?p ?o }} }}"
    return {name: formats.digest_of(store.construct(query.format(name.n3()))) for name in store.graphs()}


@pytest.fixture(scope="module", autouse=True)
def unharmed(store, app, bait):
    """After all of these, nothing has changed and nothing went out."""
    before = everything(store)
    yield
    assert everything(store) == before
    answer = app.test_client().get("/health")
    assert answer.status_code == 200 and answer.json["digest"] == DIGEST
    assert app.test_client().get("/sparql?query=ASK{?s ?p ?o}").json["boolean"] is True
    assert bait.calls == 0
    socket.create_connection(("127.0.0.1", bait.port), timeout=2).close()  # and the bait does bite
    deadline = time.monotonic() + 2
    while not bait.calls and time.monotonic() < deadline:
        time.sleep(0.01)
    assert bait.calls == 1


def send(data: str | bytes, name: str = "x.ttl", media_type: str | None = None, **limits: int) -> list:
    """Read a file as a stranger's."""
    data = data.encode() if isinstance(data, str) else data
    return guard.read_upload(data, name, media_type, Settings(cache=None, **limits))


def refused(said: str, data: str | bytes, name: str = "x.ttl", kind: type = ParseError, **limits: int) -> Exception:
    with pytest.raises(kind, match=said) as caught:
        send(data, name, **limits)
    assert "\n" not in str(caught.value)
    return caught.value


def _seconds(work: Callable[[], object], error: type[Exception]) -> float:
    """Return the seconds of this process until `work` raises; other work on the machine adds nothing to them."""
    started = time.process_time()
    with pytest.raises(error):
        work()
    return time.process_time() - started


def tropico(*arguments: object):
    return CliRunner().invoke(cli.main, [str(each) for each in arguments], catch_exceptions=False)


def test_each_of_the_72_has_its_place():
    text = Path(__file__).read_text(encoding="utf-8")
    here = {int(number) for number in re.findall(r"^def test_(\d\d)_", text, re.MULTILINE)}
    assert sorted([*here, *ELSEWHERE, *NOWHERE]) == list(range(1, 73))
    for number, place in ELSEWHERE.items():
        file, _, name = place.partition("::")
        assert f"def {name or 'test_'}" in (TESTS / file).read_text(encoding="utf-8"), (number, place)


# A. files


def test_01_an_empty_file_is_no_statements():
    assert send(b"") == [] and send(b"\n \n", "x.jsonld") == []


def test_02_a_file_that_is_not_there_is_told_in_one_line_with_2(tmp_path):
    result = tropico("validate", tmp_path / "missing.ttl")
    assert result.exit_code == 2 and result.stderr.count("\n") == 1 and "does not exist" in result.stderr


def test_03_a_folder_in_place_of_a_file_is_told(tmp_path):
    with pytest.raises(UsageError, match="is a folder; name a file in it"):
        formats.read(tmp_path)
    assert tropico("validate", tmp_path).exit_code == 2


def test_04_a_file_without_permission_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "read_bytes", lambda path: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    (tmp_path / "x.ttl").write_text("")
    with pytest.raises(UsageError, match="check its permissions"):
        formats.read(tmp_path / "x.ttl")


def test_05_a_web_page_is_named_as_one():
    refused("looks like a web page", b"<!DOCTYPE html><html><body>Login</body></html>")


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"PK\x03\x04....", b"%PDF-1.7\n"])
def test_06_a_binary_file_is_named_as_what_it_is(data):
    refused("this is a .*, not RDF", data)


def test_07_a_file_with_the_wrong_suffix_is_read_as_what_it_is(tmp_path):
    (tmp_path / "x.rdf").write_text('{"@id": "http://a.example/x", "http://a.example/p": "v"}')
    document = formats.read(tmp_path / "x.rdf")
    assert document.format.key == "jsonld" and len(document.triples) == 1


def test_08_an_unknown_suffix_is_told_with_those_that_are_known():
    refused(r"\.ttl, .*\.trig.*\.gz", b"a,b", "x.csv", UnsupportedMediaType)


def test_09_a_byte_order_mark_is_fine():
    assert len(send(b"\xef\xbb\xbf" + STATEMENT.format(1).encode())) == 1


def test_10_utf_16_is_told_with_the_remedy():
    refused("UTF-16; save it as UTF-8", STATEMENT.format(1).encode("utf-16"))


def test_11_latin_1_is_told_with_line_and_byte():
    error = refused("0xFC is not UTF-8", STATEMENT.format(1).encode() + b'\n<http://a/\xfc> <http://a/p> 1 .')
    assert (error.line, error.column) == (2, 11)


def test_12_a_nul_in_a_text_is_kept_and_shown(client):
    assert str(send(STATEMENT.format('"a\\u0000b"'))[0][2]) == "a\0b"
    assert "⟦U+0000⟧" in shown('"a\\u0000b"')


def test_13_half_a_character_is_refused():
    refused("not a valid unicode character", STATEMENT.format('"\\uD800"'))


def test_14_a_file_that_breaks_off_is_told_by_its_place():
    error = refused("is the file complete|correct the file", STATEMENT.format(1) + "\n<http://a.example/x> <http://a")
    assert error.line == 2


def test_15_an_error_in_the_last_of_5000_lines_loads_nothing(package, tmp_path):
    path = write(tmp_path / "long.ttl", OWN + "\n" + (STATEMENT.format(1) + "\n") * 5_000 + "oops")
    with ScratchStore() as store:
        before = builder.build(store, settings=Settings(cache=None)).identity
        with pytest.raises(ParseError, match=rf"long\.ttl:{HEAD.count(chr(10)) + 5_002}:"):
            builder.build(store, [path], settings=Settings(cache=None))
        assert builder.identity(store) == before


@pytest.mark.parametrize("bad", ["http://a/ b", "http://a/<b", 'http://a/"b', "http://a/{b}", "http://a/\\u0020b"])
def test_16_a_bad_iri_is_told_by_its_place(bad):
    assert refused(".", STATEMENT.format(f"<{bad}>")).line == 1


def test_17_relative_iris_without_a_base_are_refused_with_the_remedy():
    refused("declare their @base", "<x> <http://a/p> 1 .")


def test_18_a_base_that_names_a_file_is_a_name_and_never_opened():
    assert send("@base <file:///etc/passwd> . <> <p> <#x> .")[0][0] == URIRef("file:///etc/passwd")


def test_19_a_bad_language_tag_is_told():
    refused("eight characters", STATEMENT.format('"a"@abcdefghijk'))


def test_20_a_value_that_is_not_of_its_type_is_kept_for_the_shapes_to_find(package, tmp_path):
    bad = f'case:own a trop:Case ; rdfs:label "Own"@en ; trop:level "many"^^<{XSD.integer}> .'
    assert str(formats.read(write(tmp_path / "x.ttl", bad)).triples[-1][2]) == "many"
    with ScratchStore() as store:
        assert builder.build(store, [tmp_path / "x.ttl"], settings=Settings(cache=None)).report.results


def test_21_a_literal_above_16_mib_is_too_large():
    refused("16 MiB", STATEMENT.format(f'"{"x" * (17 * 2**20)}"'), kind=PayloadTooLarge, max_upload_bytes=50_000_000)


def test_22_one_line_of_many_megabytes_is_read():
    assert len(send((STATEMENT.format(1) + " ") * 50_000)) == 50_000


def test_23_a_file_over_the_limit_is_refused_before_it_is_read(client):
    refused("the limit is 1000", b"x" * 1_001, kind=PayloadTooLarge, max_upload_bytes=1_000)
    answer = client.post("/sparql", data=b"x" * 1_000_001, content_type="application/sparql-query")
    assert answer.status_code == 413


def test_24_brackets_nested_a_hundred_thousand_deep_do_no_harm():
    assert len(send(STATEMENT.format("[ <http://a/q> " * 100_000 + "1" + "]" * 100_000))) == 100_001
    refused(".", "[" * 1_000_000)


def test_25_triple_terms_nested_20000_deep_are_refused():
    refused("RDF 1.1", STATEMENT.format("<<( <http://a/s> <http://a/p> " * 20_000 + "1" + " )>>" * 20_000))


def test_26_an_entity_bomb_is_refused_at_once():
    entities = '<!ENTITY a0 "x">' + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    bomb = f"<!DOCTYPE r [{entities}]>" + RDF_XML.format("&a9;")
    refused("entity declaration 'a1' is not allowed", bomb, "x.rdf")
    assert _seconds(lambda: formats.parse(bomb.encode(), formats.by_key("rdf"), source="x.rdf"), ParseError) < 0.1


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r [<!ENTITY a SYSTEM "http://127.0.0.1:{port}/x">]>',
        '<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:{port}/x"> %a;]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:{port}/x.dtd">',
        '<!DOCTYPE r PUBLIC "x" "http://127.0.0.1:{port}/x.dtd">',
    ],
)
def test_27_an_external_entity_or_document_type_is_refused_and_not_fetched(bait, doctype):
    text = doctype.format(port=bait.port) + RDF_XML.format('<rdf:Description rdf:about="http://a/"><e:p>&a;</e:p></rdf:Description>')
    refused("not allowed|never fetched", text, "x.rdf")


def test_28_an_inclusion_is_text(bait):
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="http://127.0.0.1:{bait.port}/x"/>'
    text = RDF_XML.format(f'<rdf:Description rdf:about="http://a/"><e:p rdf:parseType="Literal">{include}</e:p></rdf:Description>')
    assert "include" in str(send(text, "x.rdf")[0][2])


def test_29_elements_nested_100000_deep_are_refused():
    refused("nested more than 1000", RDF_XML.format("<e:a>" * 100_000), "x.rdf")


@pytest.mark.parametrize(
    "context",
    [
        '"http://127.0.0.1:{port}/c"',
        '["http://127.0.0.1:{port}/c", {{}}]',
        '{{"@import": "http://127.0.0.1:{port}/c"}}',
        '{{"t": {{"@id": "http://a/t", "@context": "http://127.0.0.1:{port}/c"}}}}',
    ],
)
def test_30_a_remote_context_is_refused_and_not_fetched(bait, context):
    refused(".", f'{{"@context": {context.format(port=bait.port)}, "@id": "http://a/x", "t": {{"http://a/p": 1}}}}', "x.jsonld")


def test_31_a_context_in_a_file_is_refused_and_not_opened():
    refused("never fetched", '{"@context": "file:///etc/passwd", "name": "x"}', "x.jsonld")


def test_32_a_well_known_context_is_not_fetched_either_and_the_remedy_told():
    refused("write the @context into the file", '{"@context": "https://schema.org/", "name": "x"}', "x.jsonld")


def test_33_json_nested_4000_deep_is_refused():
    refused("nested more than 200", '{"http://a/p":' * 4_000 + "1" + "}" * 4_000, "x.jsonld")


def test_34_what_is_not_json_is_refused_and_a_key_given_twice_loses_nothing():
    refused("Unexpected char", '{"@id": "http://a/x", "http://a/p": NaN}', "x.jsonld")
    assert len(send('{"@id": "http://a/x", "http://a/p": 1, "http://a/p": 2}', "x.jsonld")) == 2


def test_35_gzip_is_unpacked():
    assert len(send(gzip.compress(STATEMENT.format(1).encode()), "x.ttl.gz", "application/gzip")) == 1


def test_36_a_gzip_bomb_is_stopped_at_once():
    bomb = gzip.compress(bytes(100_000_000), 6)
    refused("once it is unpacked", bomb, "x.ttl.gz", PayloadTooLarge)
    assert len(bomb) < 200_000
    assert _seconds(lambda: formats.parse(bomb, formats.by_key("ttl"), source="x.ttl.gz", most=10_000_000), PayloadTooLarge) < 0.2


@pytest.mark.parametrize("members", [["../../x.ttl", "/etc/x.ttl"], [f"{n}.ttl" for n in range(2_000)]])
def test_37_a_zip_is_refused_unopened(members):
    refused("ZIP archive", zipped(members), "x.ttl")


def test_38_a_zip_is_no_format_whatever_it_holds():
    refused("no suffix known", zipped(["x.ttl"]), "x.zip", UnsupportedMediaType)


def zipped(names: list[str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, STATEMENT.format(1))
    return packed.getvalue()


def test_39_blank_nodes_of_two_files_stay_two(package, tmp_path):
    for name in ("m", "n"):
        write(tmp_path / f"{name}.ttl", f'case:{name} a trop:Case ; rdfs:label "{name}" ; rdfs:seeAlso _:x .')
    with ScratchStore() as store:
        builder.build(store, [tmp_path / "m.ttl", tmp_path / "n.ttl"], settings=Settings(cache=None))
        query = "SELECT DISTINCT ?x { ?s <http://www.w3.org/2000/01/rdf-schema#seeAlso> ?x }"
        assert len(store.select(query).rows) == 2


def test_40_the_same_file_twice_is_the_same_graph(package, tmp_path):
    path = write(tmp_path / "x.ttl", OWN)
    with ScratchStore() as store:
        first = builder.build(store, [path], settings=Settings(cache=None))
        second = builder.build(store, [path], settings=Settings(cache=None))
    assert first.identity == second.identity and first.graphs == second.graphs


def test_41_two_files_for_one_graph_are_refused_and_never_merged(package, tmp_path):
    with ScratchStore() as store, pytest.raises(UsageError, match="would both be the graph"):
        paths = [write(tmp_path / "a" / "x.ttl", OWN), write(tmp_path / "b" / "x.ttl", OWN)]
        builder.build(store, paths, settings=Settings(cache=None))


@pytest.mark.parametrize(("count", "fine"), [(1_000, True), (1_001, False)])
def test_42_a_file_of_many_graphs_is_read_up_to_a_limit(count, fine):
    text = "".join(f"<http://a/x> <http://a/p> <http://a/y> <http://a/g{n}> .\n" for n in range(count))
    assert len(send(text, "x.nq")) == count if fine else refused("more than 1000 graphs", text, "x.nq", PayloadTooLarge)


def test_43_an_address_with_a_script_is_text_and_never_a_link(client):
    page = client.get("/id/finding/f1.html", headers={"Accept": "text/html"}).text
    assert "javascript:alert(1)" in page and 'href="javascript' not in page


def test_44_markup_in_a_label_is_text_everywhere(client):
    for path in ("/cases", "/id/case/c1.html", "/questions/cq-02"):
        page = client.get(path, headers={"Accept": "text/html"}).text
        assert "<script>" not in page and html.escape("<script>", quote=False) in page, path


def shown(label: str) -> str:
    """Return the page of a case with this label, written as in Turtle."""
    changed = {**graphs(), prefixes.graph_name("data/cases"): formats.parse(
        f'<{CASE}> a <{prefixes.ONTOLOGY}PortalCase> ; <http://www.w3.org/2000/01/rdf-schema#label> {label} .'.encode(),
        formats.by_key("ttl"), source="x",
    )}
    with ScratchStore() as store:
        store.replace(changed)
        made = wiring.create_app(Settings(cache=None), store)
        return made.test_client().get("/id/case/c1.html", headers={"Accept": "text/html"}).text


def test_45_signs_that_turn_or_hide_text_are_marked():
    page = shown('"user\\u202Etxt.exe \\u200B<b>"')
    assert "user⟦U+202E⟧txt.exe ⟦U+200B⟧&lt;b&gt;" in page and "\u202e" not in page


@pytest.mark.parametrize(("name", "told"), [("../../x.ttl", "x.ttl"), ("a\nb.ttl", "ab.ttl"), ("<img src=x>.ttl", "<img src=x>.ttl")])
def test_46_the_name_of_a_file_is_shown_and_never_a_path(name, told):
    assert refused(".", "oops", name).source == told


def test_47_an_enormous_number_is_kept_as_text_at_once():
    started = time.perf_counter()
    term = send(STATEMENT.format(f'"1e999999999"^^<{XSD.decimal}>'))[0][2]
    with ScratchStore() as store:
        store.replace({URIRef("http://g.example/"): [(URIRef("http://a/x"), URIRef("http://a/p"), term)]})
        assert store.select("SELECT ?o { ?s ?p ?o }").rows == ((term,),)
    assert time.perf_counter() - started < 1


def test_48_a_cell_that_looks_like_a_formula_is_defused(client):
    assert "'=1+1" in client.get("/questions/cq-02.csv").text


# B. shapes and ontology


def test_49_without_shapes_nothing_is_valid(tmp_path):
    document = formats.read(write(tmp_path / "x.ttl", OWN))
    try:
        assert not validate.validate([document], Graph(), Graph()).conforms
    except (DataError, UsageError) as error:
        assert "shape" in str(error)


def test_56_a_script_in_a_shape_is_never_run():
    source = (TOP / "graph" / "validate.py").read_text(encoding="utf-8")
    assert "js=False" in source.replace(" ", "") or "js=" not in source.replace(" ", "")


def test_57_an_import_is_not_followed_over_the_network(package, tmp_path, bait):
    own = f"<http://a.example/o> a owl:Ontology ; owl:imports <http://127.0.0.1:{bait.port}/x> . {OWN}"
    with ScratchStore() as store:
        builder.build(store, [write(tmp_path / "x.ttl", own)], settings=Settings(cache=None))


# C. HTTP


@pytest.mark.parametrize("update", ["CLEAR ALL", "DROP ALL", "INSERT DATA { <http://a/x> <http://a/p> 1 }", "LOAD <http://127.0.0.1:{port}/x>"])
def test_63_an_update_is_refused_in_every_way_it_can_be_sent(client, bait, update):
    update = update.replace("{port}", str(bait.port))
    answers = [
        client.post("/sparql", data={"update": update}),
        client.post("/sparql", data=update, content_type="application/sparql-update"),
        client.post("/sparql", data={"query": update}),
        client.get("/sparql", query_string={"query": update}),
        client.get("/sparql", query_string={"update": update}),
    ]
    assert all(400 <= each.status_code < 500 for each in answers)


def test_64_a_foreign_host_is_refused(client):
    assert client.get("/sparql?query=ASK{}", headers={"Host": "evil.example"}).status_code == 421
    assert client.post("/sparql", data={"query": "ASK{}"}, headers={"Host": "evil.example:80"}).status_code == 421


@pytest.mark.parametrize("content_type", ["application/sparql-query", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_65_a_body_over_the_limit_is_too_large(client, content_type):
    assert client.post("/sparql", data=b"query=" + b"x" * 1_000_000, content_type=content_type).status_code in (413, 415)


def test_66_a_query_in_the_address_that_is_too_long_is_refused(client):
    assert client.get("/sparql", query_string={"query": "ASK{}" + " " * 100_000}).status_code == 414


def test_71_an_answer_that_is_too_large_is_an_error_and_never_a_part(store):
    small = wiring.create_app(Settings(cache=None, max_result_bytes=1_000), store).test_client()
    answer = small.get("/sparql?query=SELECT * {?s ?p ?o}")
    assert answer.status_code == 413 and "limit" in answer.json["detail"]


def test_71_an_answer_of_too_many_rows_says_in_a_header_that_it_was_capped(store):
    few = wiring.create_app(Settings(cache=None, max_rows=5), store).test_client()
    answer = few.get("/sparql?query=SELECT * {?s ?p ?o}")
    assert answer.status_code == 200 and answer.headers["Tropico-Truncated"] == "rows=5"
    assert len(answer.json["results"]["bindings"]) == 5


@pytest.mark.parametrize("path", ["/id/case/<script>alert(1)</script>", "//evil.example/", "/\\evil.example", "/id/..%2f..%2fetc%2fpasswd", "/id//evil.example/x"])
def test_72_an_unknown_address_is_404_and_leads_nowhere_else(client, path):
    for accept in ("text/html", "application/json"):
        answer = client.get("/", environ_overrides={"PATH_INFO": path}, headers={"Accept": accept})
        where = answer.headers.get("Location", "/").removeprefix("http://localhost")
        assert where.startswith("/") and not where.startswith(("//", "/\\")), where
        assert answer.status_code == 404 or answer.status_code in (301, 303, 308)
        assert "<script>" not in answer.text


@pytest.mark.parametrize("text", ["SELECT * {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}", "SELECT * {{ service#x\n<http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}"])
def test_a_query_never_calls_another_server(store, client, bait, text):
    query = text.format(port=bait.port)
    with pytest.raises(QueryRefused):
        guard.answer(store, query, None, Settings(cache=None))
    assert client.post("/sparql", data={"query": query}).status_code == 403


def test_a_graph_that_is_an_address_is_a_name_and_never_fetched(client, bait):
    query = f"SELECT * FROM <http://127.0.0.1:{bait.port}/x> FROM NAMED <file:///etc/passwd> {{ ?s ?p ?o }}"
    assert client.get("/sparql", query_string={"query": query}).json["results"]["bindings"] == []


# D. the command line; 1 to 10


def test_d1_an_unknown_option_ends_with_2_and_a_suggestion():
    result = tropico("serve", "--prot", "8001")
    assert result.exit_code == 2 and "--port" in result.stderr


def test_d2_a_port_in_use_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = tropico("serve", "--port", taken.getsockname()[1])
    assert result.exit_code == 1 and "is in use" in result.stderr


def test_d3_a_setting_out_of_range_is_told_with_key_value_and_range(monkeypatch):
    monkeypatch.setenv("TROPICO_QUERY_TIMEOUT", "fast")
    result = tropico("build")
    assert result.exit_code == 2 and "TROPICO_QUERY_TIMEOUT is 'fast'; it must be a number of seconds from" in result.stderr


def test_d4_an_unknown_setting_is_told_with_what_was_meant(monkeypatch):
    monkeypatch.setenv("TROPICO_STOER", "x")
    result = tropico("ask", "cq-01")
    assert result.exit_code == 2 and "TROPICO_STORE" in result.stderr


def test_d5_an_address_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("TROPICO_BASE_URL", "file:///etc")
    assert tropico("serve").exit_code == 2


def test_d6_a_store_of_a_newer_version_is_left_alone(tmp_path):
    (tmp_path / "store.json").write_text('{"kind": "tropico-kg store", "layout": 99}')
    for command in (("build",), ("verify",), ("serve", "--port", "0")):
        result = tropico(*command, "--store", tmp_path)
        assert result.exit_code == 1 and "layout 99" in result.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["store.json"]


def test_d7_a_folder_that_is_no_store_is_left_alone(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    for command in (("build",), ("verify",), ("ask", "cq-01")):
        result = tropico(*command, "--store", tmp_path)
        assert result.exit_code == 1 and "is not a store, it holds 'thesis.docx'" in result.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.docx"]


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_d8_an_interrupted_build_loads_nothing_and_ends_with_130(tmp_path):
    with EmbeddedStore(tmp_path / "store") as store:
        store.replace(graphs())
    code = (
        "import sys, os, signal, graph.build\n"
        "graph.build._validated = lambda *a: (os.kill(os.getpid(), signal.SIGINT), signal.pause())\n"
        f"sys.argv = ['tropico', 'build', '--store', {str(tmp_path / 'store')!r}]\nfrom graph.cli import main; main()"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, timeout=60)
    assert run.returncode == 130 and run.stderr == "tropico: stopped\n"
    with EmbeddedStore(tmp_path / "store") as store:
        assert store.graphs() == {name: len(set(each)) for name, each in sorted(graphs().items())}


def test_d9_what_is_there_is_not_written_over(tmp_path):
    with EmbeddedStore(tmp_path / "store") as store:
        store.replace(graphs())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "tropico-kg.ttl").write_text("mine")
    result = tropico("export", tmp_path / "out", "--store", tmp_path / "store")
    assert result.exit_code == 2 and "--force" in result.stderr
    assert (tmp_path / "out" / "tropico-kg.ttl").read_text() == "mine"


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_d10_a_reader_that_goes_away_ends_it_quietly():
    run = subprocess.run(
        f"{sys.executable} -m graph ask | head -1; exit ${{PIPESTATUS[0]}}", shell=True, executable="/bin/bash", cwd=TOP,
        capture_output=True, text=True, timeout=60,
    )
    assert run.returncode in (0, 141) and run.stderr == "" and run.stdout.count("\n") == 1
