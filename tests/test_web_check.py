"""A file sent to `/check` is judged by thing and line, in the shapes' words, and nothing of it is kept."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
from rdflib import RDF, SH, Graph
from small_world import small_store

import app as wiring
from graph import guard, jobs
from graph.report import Report
from graph.settings import Settings

_CASES = Path(__file__).parent / "cases"
_INVALID = _CASES / "invalid" / "AdoptionCase-country-missing.ttl"
_TEMPLATE = Path(__file__).parent.parent / "docs" / "templates" / "case.ttl"
_PAGE = {"Accept": "text/html"}

pytestmark = pytest.mark.skipif(not jobs.POSSIBLE, reason="not run: no worker processes on this system")


@pytest.fixture(scope="module")
def client():
    with small_store() as store:
        yield wiring.create_app(Settings(cache=None, client_seconds=600), store).test_client()
    guard.close()


def _form(client, data: bytes, name: str, **headers: str):
    return client.post("/check", data={"file": (io.BytesIO(data), name)}, headers=_PAGE | headers)


def test_the_form_asks_for_a_file_or_a_text(client) -> None:
    page = client.get("/check", headers=_PAGE)
    assert page.status_code == 200 and 'type="file"' in page.text and "<textarea" in page.text


def test_a_file_that_conforms_is_called_valid_with_what_was_looked_at(client) -> None:
    page = _form(client, _TEMPLATE.read_bytes(), "case.ttl")
    assert page.status_code == 200 and "✓ Valid" in page.text and "9 things in 1 file held against" in page.text


def test_a_fault_is_told_by_thing_and_line_with_the_remedy(client) -> None:
    page = _form(client, _INVALID.read_bytes(), "mine.ttl")
    assert page.status_code == 200 and "✗ Not valid" in page.text
    told = client.post("/check", data=_INVALID.read_bytes(), headers={"Content-Type": "text/turtle", "Accept": "application/json"})
    report = Report.from_json(told.text)
    assert report.results and not report.conforms
    for each in report.results:
        assert f'<td class="number">{each.line}</td>' in page.text
        assert each.message.split(":")[0] in page.text and each.path in page.text


def test_a_file_that_cannot_be_read_names_the_line_on_the_page_itself(client) -> None:
    page = _form(client, b"@prefix : <https://example.org/> .\n:a :b :c .\n:a :b\n", "broken.ttl")
    assert page.status_code == 422
    assert "✗ Cannot be read" in page.text and "broken.ttl:" in page.text and 'type="file"' in page.text


def test_a_program_gets_a_problem_for_a_file_that_cannot_be_read(client) -> None:
    told = client.post("/check", data="<a", headers={"Content-Type": "text/turtle"})
    assert told.status_code == 422 and told.mimetype == "application/problem+json" and told.json["line"] == 1


@pytest.mark.parametrize(("accept", "mimetype"), [
    ("application/json", "application/json"), ("text/turtle", "text/turtle"), ("text/plain", "text/plain"),
])
def test_a_program_chooses_the_form_of_the_report(client, accept: str, mimetype: str) -> None:
    told = client.post("/check", data=_INVALID.read_bytes(), headers={"Content-Type": "text/turtle", "Accept": accept})
    assert (told.status_code, told.mimetype) == (200, mimetype)
    if mimetype == "text/turtle":
        assert list(Graph().parse(data=told.text, format="turtle").subjects(RDF.type, SH.ValidationReport))
    elif mimetype == "application/json":
        assert json.loads(told.text)["conforms"] is False
    else:
        assert "Not valid: " in told.text


def test_a_packed_file_is_read_by_its_name(client) -> None:
    assert "✓ Valid" in _form(client, gzip.compress(_TEMPLATE.read_bytes()), "case.ttl.gz").text


def test_a_pasted_text_is_read_as_turtle_and_stays_in_the_form(client) -> None:
    text = _TEMPLATE.read_text("utf-8")
    page = client.post("/check", data={"text": text}, headers=_PAGE)
    assert "✓ Valid" in page.text and "Example" in page.text.partition("<textarea")[2]


def test_nothing_or_two_things_sent_is_told(client) -> None:
    assert "Choose one file" in client.post("/check", data={}, headers=_PAGE).text
    both = client.post("/check", data={"file": (io.BytesIO(b"x"), "a.ttl"), "text": "y"}, headers=_PAGE)
    assert both.status_code == 400 and "more than one" in both.text


def test_an_unknown_kind_of_file_is_refused_with_what_is_read(client) -> None:
    told = _form(client, b"a,b", "table.csv")
    assert told.status_code == 415 and "send one of text/turtle" in told.text


def test_nothing_of_the_file_is_kept(client) -> None:
    before = client.get("/health").json
    page = _form(client, _TEMPLATE.read_bytes(), "case.ttl")
    after = client.get("/health").json
    assert page.headers["Cache-Control"] == "no-store"
    assert (before["digest"], before["triples"]) == (after["digest"], after["triples"])
    assert client.get("/id/case/example", headers=_PAGE).status_code == 404


def test_what_a_file_says_comes_out_as_text(client) -> None:
    hostile = _INVALID.read_text("utf-8").replace('"@en', '<script>alert(1)</script>\u202e"@en')
    hostile += '\n<javascript:alert(1)> a <https://w3id.org/tropico-kg/ontology#AdoptionCase> .\n'
    page = _form(client, hostile.encode(), "<img src=x>.ttl")
    assert page.status_code == 200 and "✗ Not valid" in page.text
    assert "<script>alert" not in page.text and "<img src=x" not in page.text and 'href="javascript:' not in page.text
    assert "\u202e" not in page.text
