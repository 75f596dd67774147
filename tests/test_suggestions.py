"""Names near to one that is not there: real ones only, in little time, on the page and for programs."""

from __future__ import annotations

import html
import re
from time import process_time

import pytest
from small_world import small_store

import app as wiring
from graph import questions, suggestions
from graph.errors import StoreError
from graph.prefixes import BASE
from graph.settings import Settings
from graph.web import EXTENSION

PAGE = {"Accept": "text/html"}
KNOWN = {
    "id/case": ["tropico-de-online-access-act", "tropico-de-darmstadt", "tropico-dk-doll"], "id/finding": ["doll-risk"],
    "concept/tropico": ["hybrid-structure", "leadership"], "concept/lipse": ["legislative-obligation"],
    "ontology": ["core", "tropico"], "ontology#": ["Case", "CaseSet", "hasEvidence"], "questions": ["cq-01", "cq-02"],
}


@pytest.mark.parametrize(("asked", "first"), [
    ("id/case/tropico-de-online-acces-act", "id/case/tropico-de-online-access-act"),
    ("id/case/darmstadt", "id/case/tropico-de-darmstadt"),
    ("id/cases/tropico-dk-doll", "id/case/tropico-dk-doll"),
    ("id/finding/tropico-dk-doll", "id/case/tropico-dk-doll"),
    ("concept/tropico/hybrid", "concept/tropico/hybrid-structure"),
    ("concept/tropico/LEADERSHIP", "concept/tropico/leadership"),
    ("concept/tropico/legislative-obligation", "concept/lipse/legislative-obligation"),
    ("ontology/cores", "ontology/core"),
    ("ontology/hasevidence", "ontology#hasEvidence"),
    ("questions/cq-1", "questions/cq-01"),
])
def test_the_nearest_name_comes_first(asked, first):
    assert suggestions.near(KNOWN, asked)[0] == first


@pytest.mark.parametrize("asked", ["", "id", "id/", "id/case/", "nothing/like/it", "id/case/zzzzzzzzz", "id/case/tropico-dk-doll", "concept/tropico",
                                   "id/case/" + "é" * 500, "../../etc/passwd"])
def test_nothing_is_made_up(asked):
    assert suggestions.near(KNOWN, asked) == []


def test_only_real_names_are_offered_and_no_more_than_three():
    known = {"id/case": [f"case-{number}" for number in range(50)]}
    found = suggestions.near(known, "id/case/case-99")
    assert len(found) == 3 and all(each.removeprefix("id/case/") in known["id/case"] for each in found)


def test_many_names_and_a_long_one_are_compared_in_little_time():
    known = {"id/finding": [f"finding-on-something-{number:06}" for number in range(suggestions.MOST)]}
    started = process_time()
    suggestions.near(known, "id/finding/" + "finding-on-something" * 5_000)
    assert process_time() - started < 5


def test_names_are_those_of_the_store():
    with small_store() as store:
        found = suggestions.names(store, ["cq-01"])
        assert found["id/case"] == ["c1"] and "f1" in found["id/finding"] and found["ontology"] == ["core"]
        assert "PortalCase" in found["ontology#"] and found["questions"] == ["cq-01"]
        every = [suggestions._joined(kind, slug) for kind, slugs in found.items() for slug in slugs if kind != "questions"]
        assert every and all(store.ask(f"ASK {{ <{BASE}{each}> ?p ?o }}") for each in every)


# -- over HTTP


@pytest.fixture(scope="module")
def app():
    with small_store() as store:
        yield wiring.create_app(Settings(cache=None), store)


@pytest.mark.parametrize(("asked", "meant"), [
    ("/id/finding/ff1", "/id/finding/f1"), ("/id/finding/ff1.ttl", "/id/finding/f1"), ("/concept/lipse/outer-contxt", "/concept/lipse/outer-context"),
    ("/ontology/PortalCases", "/ontology#PortalCase"), ("/ontology/cor", "/ontology/core"), ("/questions/cq-6", "/questions/cq-06"),
])
def test_a_page_and_a_program_are_told_what_is_near(app, asked, meant):
    client = app.test_client()
    page, told = client.get(asked, headers=PAGE), client.get(asked, headers={"Accept": "application/problem+json"})
    assert page.status_code == told.status_code == 404
    offered = told.get_json(force=True)["suggestions"]
    assert meant in offered and told.mimetype == "application/problem+json"
    assert [html.unescape(each) for each in re.findall(r'<li><a href="([^"]+)">\1</a></li>', page.text.partition('id="near"')[2])] == offered
    for each in offered:
        assert client.get(each.partition("#")[0], headers=PAGE, follow_redirects=True).status_code == 200


@pytest.mark.parametrize("asked", ["/id/case/<script>alert(1)</script>", "/id/finding/ff1%22%3E%3Cscript%3E", "/id/finding/ff1%E2%80%AE"])
def test_what_was_asked_is_not_echoed(app, asked):
    text = app.test_client().get(asked, headers=PAGE).text
    assert "<script>" not in text and "alert(1)" not in text and "\u202e" not in text


def test_another_wrong_address_offers_nothing(app):
    assert "suggestions" not in app.test_client().get("/zzz", headers={"Accept": "*/*"}).get_json(force=True)
    assert "suggestions" not in app.test_client().post("/questions", headers={"Accept": "*/*"}).get_json(force=True)


def test_a_store_that_cannot_be_asked_still_gives_the_404(app, monkeypatch):
    def fails(*_):
        raise StoreError("The store is gone.")

    app.extensions[EXTENSION]._kept.clear()
    monkeypatch.setattr(suggestions, "names", fails)
    response = app.test_client().get("/id/finding/ff1", headers={"Accept": "*/*"})
    assert response.status_code == 404 and "suggestions" not in response.get_json(force=True)


def test_names_are_read_once_per_build(app, monkeypatch):
    client, read = app.test_client(), []
    app.extensions[EXTENSION]._kept.clear()
    monkeypatch.setattr(suggestions, "names", lambda *_: read.append(1) or KNOWN)
    client.get("/id/case/x"), client.get("/id/case/y")
    assert len(read) == 1


def test_every_shipped_question_is_found_by_a_slip():
    known = {"questions": list(questions.load())}
    assert all(suggestions.near(known, f"questions/{each}x")[0] == f"questions/{each}" for each in known["questions"])
