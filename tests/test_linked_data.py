"""Every address of a thing answers with a page or with data, and with the same thing."""

from __future__ import annotations

import hashlib
import re

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import OWL, RDF
from small_world import CASE, FINDING, small_store

import app as wiring
from graph import formats
from graph.prefixes import BASE, TROP, graph_name
from graph.settings import Settings

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def store():
    with small_store() as opened:
        yield opened


@pytest.fixture(scope="module")
def client(store):
    return wiring.create_app(Settings(cache=None), store).test_client()


def get(client, path, accept=None, **kwargs):
    return client.get(path, headers={"Accept": accept} if accept else {}, **kwargs)


@pytest.mark.parametrize(("accept", "suffix"), [
    (BROWSER, ".html"), (None, ".html"), ("*/*", ".html"), ("text/turtle", ".ttl"), ("application/n-triples", ".nt"),
    ("application/ld+json", ".jsonld"), ("application/rdf+xml", ".rdf"), ("text/html;q=0.3, text/turtle;q=0.8", ".ttl"), ("text/html;q=0, */*", ".ttl"),
])
def test_a_thing_leads_to_what_is_asked_for(client, accept, suffix):
    response = get(client, "/id/finding/f1", accept)
    assert response.status_code == 303 and response.headers["Location"] == f"/id/finding/f1{suffix}"
    assert "Accept" in response.headers["Vary"]


def test_a_thing_that_cannot_be_given_as_asked_is_406(client):
    response = get(client, "/id/finding/f1", "image/png")
    assert response.status_code == 406 and "text/turtle" in response.text


@pytest.mark.parametrize("path", ["/id/finding/none", "/id/finding/none.ttl", "/concept/lipse/none", "/graph/none", "/ontology/none", "/download/none.ttl",
                                  "/id/a b", '/id/"><script>', "/id/x%0Ay", "/id/.."])
def test_a_thing_that_is_not_there_is_404_at_once(client, path):
    response = get(client, path)
    assert response.status_code == 404 and "<script>" not in response.text


@pytest.mark.parametrize("suffix", [each.suffix for each in formats.RDF_FORMATS])
def test_data_of_a_thing_is_about_it_in_every_format_whatever_is_accepted(client, suffix):
    response = get(client, f"/id/finding/f1{suffix}", "image/png")
    written_in = next(each for each in formats.RDF_FORMATS if each.suffix == suffix)
    assert response.status_code == 200 and response.mimetype == written_in.media_type
    graph = set(formats.parse(response.data, written_in, source="answer"))
    assert (FINDING, TROP.hasEvidence, URIRef(BASE + "id/passage/p1")) in graph
    assert (FINDING, RDF.type, TROP.DriverFinding) in graph, "what was inferred is said too"


def test_every_form_names_the_others(client):
    for path in ("/id/finding/f1", "/id/finding/f1.html", "/id/finding/f1.ttl"):
        links = ", ".join(get(client, path).headers.getlist("Link"))
        assert '</id/finding/f1.jsonld>; rel="alternate"; type="application/ld+json"' in links, path
    assert '<link rel="alternate" type="text/turtle" href="/id/finding/f1.ttl">' in get(client, "/id/finding/f1.html").text


def test_data_is_tagged_and_open_to_pages_from_elsewhere(client):
    response = get(client, "/id/finding/f1.ttl")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get("/id/finding/f1.ttl", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    assert get(client, "/id/finding/f1.nt").headers["ETag"] != response.headers["ETag"]


# -- pages of things


def test_a_finding_shows_its_evidence_in_one_look(client):
    page = get(client, "/id/finding/f1.html").text
    before_details = page.partition("<details>")[0]
    for part in ("Legislative obligations drive e-procurement.", "legislative obligation", "furthers", "later adopters", "The law is the strongest push.",
                 "the most powerful drivers", "LIPSE (2015). News.", "section 2", "stated", "Said in a source that was read whole.", "As the source says.",
                 "The editors", "2026-11-21", "Codebook 0.1", "determinant finding"):
        assert part in before_details, part
    assert 'href="https://example.org/news?a=1&amp;b=2" rel="noopener"' in before_details
    assert 'href="/id/passage/p1"' in before_details and 'href="/id/source/s1"' in before_details


def test_what_follows_from_the_ontology_stands_apart(client):
    page = get(client, "/id/finding/f1.html").text
    assert "driver finding" in page.partition("What follows from the ontology")[2]
    assert "driver finding" not in page.partition("What follows from the ontology")[0]


def test_a_finding_without_passage_coder_or_source_is_shown_all_the_same(client):
    page = get(client, "/id/finding/f2.html")
    assert page.status_code == 200 and "Coded by" not in page.text


def test_own_addresses_lead_here_and_others_out(client):
    page = get(client, "/id/case/c1.html").text
    assert 'href="/id/case-set/all"' in page and 'href="/ontology#partOfCaseSet"' in page
    assert 'href="http://publications.europa.eu/resource/authority/country/DEU" rel="noopener">Germany' in page


def test_an_address_that_is_not_of_the_web_is_text_and_never_a_link(client):
    page = get(client, "/id/finding/f1.html").text
    assert "javascript:alert(1)" in page and 'href="javascript' not in page


def test_markup_in_the_data_is_text_on_the_page(client):
    page = get(client, "/id/case/c1.html").text
    assert "&lt;script&gt;alert" in page and "<script>" not in page
    assert "<title>&lt;script&gt;" in page


def test_what_points_at_a_thing_is_listed(client):
    incoming = get(client, "/id/case/c1.html").text.partition("What points here")[2]
    assert re.search(r'concerns case</a>”</dt>\s*<dd><a href="/id/finding/f1">Law drives e-procurement</a><span class="hint">Legislative obligations', incoming)


def test_what_points_at_a_thing_is_capped_and_says_so(client, monkeypatch):
    monkeypatch.setattr("graph.web.linked_data.INCOMING_LIMIT", 1)
    assert "The first 1 of 2 statements" in get(client, "/id/passage/p1.html").text


def test_a_concept_has_a_page_and_data(client):
    assert get(client, "/concept/lipse/outer-context", "text/turtle").headers["Location"] == "/concept/lipse/outer-context.ttl"
    assert "<h1>outer context</h1>" in get(client, "/concept/lipse/outer-context.html").text


# -- ontology, graphs, dumps


def test_the_ontology_is_every_module_as_data_and_every_term_as_a_page(client):
    graph = Graph().parse(data=get(client, "/ontology.ttl").data, format="turtle")
    assert (TROP.Case, RDF.type, OWL.Class) in graph and (URIRef(BASE + "concept/lipse/outer-context"), None, None) in graph
    assert (CASE, None, None) not in graph
    page = get(client, "/ontology.html").text
    assert '<div id="PortalCase">' in page and 'is a <a href="/ontology#Case">case</a>' in page
    assert get(client, "/ontology", BROWSER).headers["Location"] == "/ontology.html"


def test_a_module_is_its_graph(client):
    assert get(client, "/ontology/core", "text/turtle").headers["Location"] == "/ontology/core.ttl"
    graph = Graph().parse(data=get(client, "/ontology/core.ttl").data, format="turtle")
    assert (URIRef(BASE + "ontology/core"), RDF.type, OWL.Ontology) in graph
    assert "Core module" in get(client, "/ontology/core.html").text


def test_the_address_of_a_version_leads_to_its_module(client):
    for suffix in ("", ".ttl"):
        response = get(client, f"/ontology/0.0.1/core{suffix}")
        assert response.status_code == 303 and response.headers["Location"] == f"/ontology/core{suffix}"
    assert get(client, "/ontology/0.0.2/core").status_code == 404


def test_a_graph_is_all_it_holds(client, store):
    graph = Graph().parse(data=get(client, "/graph/data/cases.nt").data, format="nt")
    assert len(graph) == store.graphs()[graph_name("data/cases")]
    assert f"It holds {len(graph)} statements" in get(client, "/graph/data/cases.html").text


def test_dumps_are_listed_and_given(client):
    page = get(client, "/download/").text
    for each in (*formats.RDF_FORMATS, *formats.DATASET_FORMATS):
        assert f'href="/download/tropico-kg{each.suffix}"' in page
        response = get(client, f"/download/tropico-kg{each.suffix}")
        assert response.status_code == 200 and response.mimetype == each.media_type
        assert response.headers["Content-Disposition"] == f'attachment; filename="tropico-kg{each.suffix}"'


# -- where the app stands


def test_links_follow_the_public_address(store):
    client = wiring.create_app(Settings(cache=None, base_url="https://example.org/kg"), store).test_client()
    assert get(client, "/id/finding/f1", "text/turtle").headers["Location"] == "https://example.org/kg/id/finding/f1.ttl"
    page = get(client, "/id/finding/f1.html").text
    assert 'href="https://example.org/kg/id/case/c1"' in page
    assert 'href="https://example.org/kg/static/style.css"' in page
    assert BASE + "id/finding/f1" in page, "the data does not change with the address"


def test_links_follow_the_mount_point(client):
    assert get(client, "/id/finding/f1", "text/turtle", base_url="http://localhost/mounted").headers["Location"] == "/mounted/id/finding/f1.ttl"


# -- what a page or a file says of itself in its headers


def links(response) -> dict[str, str]:
    found = re.findall(r'<([^>]*)>; rel="([\w-]+)"', ", ".join(response.headers.getlist("Link")))
    return {rel: address for address, rel in found}


def test_a_page_says_what_to_cite_under_which_licence_and_where_its_data_is(client):
    found = links(get(client, "/id/finding/f1.html"))
    assert found["cite-as"] == str(FINDING) and found["license"].startswith("https://creativecommons.org/licenses/by/")
    assert found["describedby"] == "/id/finding/f1.ttl" and found["type"] == "https://schema.org/AboutPage"
    assert links(get(client, "/id/finding/f1.ttl"))["cite-as"] == str(FINDING)


def test_a_page_need_not_be_sent_twice_but_another_language_or_page_is_another(client):
    first = get(client, "/id/finding/f1.html")
    assert client.get("/id/finding/f1.html", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    other = client.get("/id/finding/f1.html", headers={"Accept-Language": "de", "If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200 and "Accept-Language" in first.headers["Vary"]


@pytest.mark.parametrize(("accepted", "name"), [
    (None, "e-procurement"), ("de", "e-Beschaffung"), ("de-AT", "e-Beschaffung"), ("es-ar, de;q=0.5", "e-Beschaffung"),
    ("es", "e-procurement"), ("en;q=0.4, de;q=0.6", "e-Beschaffung"), ("en, de;q=0.6", "e-procurement"), ("*", "e-procurement"),
])
def test_names_come_in_the_language_of_the_reader(client, accepted, name):
    headers = {"Accept-Language": accepted} if accepted else {}
    lang = ' lang="de"' if name == "e-Beschaffung" else ""
    assert f"<h1{lang}>{name}</h1>" in client.get("/concept/innovation/e-procurement.html", headers=headers).text
    assert f">{name}</a>" in client.get("/id/finding/f1.html", headers=headers).text


def test_what_points_at_a_thing_comes_page_by_page(client, monkeypatch):
    monkeypatch.setattr("graph.web.linked_data.INCOMING_LIMIT", 1)
    first, second = (get(client, f"/id/passage/p1.html?page={n}").text for n in (1, 2))
    assert 'rel="next" href="/id/passage/p1.html?page=2#incoming"' in first and 'rel="prev"' not in first
    assert 'rel="prev" href="/id/passage/p1.html?page=1#incoming"' in second and 'rel="next"' not in second and "2 to 2 of 2" in second
    def subjects(page):
        return set(re.findall(r'href="(/id/finding/f\d)"', page.partition("What points here")[2]))

    assert subjects(first) | subjects(second) == {"/id/finding/f1", "/id/finding/f2"} and subjects(first).isdisjoint(subjects(second))
    for wrong in ("3", "0", "-1", "x", "²", "9" * 30):
        assert get(client, f"/id/passage/p1.html?page={wrong}").status_code == 404


# -- bibliography


@pytest.mark.parametrize(("suffix", "media_type"), [("bib", "application/x-bibtex"), ("ris", "application/x-research-info-systems"),
                                                    ("csl.json", "application/vnd.citationstyles.csl+json")])
def test_a_source_and_all_sources_are_there_for_reference_managers(client, suffix, media_type):
    one, all_ = get(client, f"/id/source/s1.{suffix}"), get(client, f"/download/sources.{suffix}")
    assert one.status_code == all_.status_code == 200 and one.mimetype == all_.mimetype == media_type
    assert "LIPSE (2015). News." in one.text and one.text.strip(" \n[]") in all_.text
    assert get(client, f"/id/finding/f1.{suffix}").status_code == 404
    assert get(client, "/download/sources.docx").status_code == 404


# -- the whole


def test_the_well_known_address_leads_to_the_description_of_the_dataset(client):
    for path in ("/.well-known/void", "/dataset"):
        response = client.get(path, headers={"Accept": "text/turtle"}, follow_redirects=True)
        assert response.request.path == "/dataset.ttl" and response.mimetype == "text/turtle"
    graph = Graph().parse(data=response.data, format="turtle")
    dataset = URIRef(BASE + "dataset")
    assert (dataset, RDF.type, URIRef("http://www.w3.org/ns/dcat#Dataset")) in graph and (dataset, RDF.type, URIRef("http://rdfs.org/ns/void#Dataset")) in graph


def test_people_who_ask_for_the_dataset_get_the_downloads(client):
    assert client.get("/dataset", headers={"Accept": BROWSER}, follow_redirects=True).request.path == "/download/"
    assert client.get("/dataset.html", follow_redirects=True).request.path == "/download/"
    assert get(client, "/dataset.docx").status_code == 404


def test_the_files_are_as_the_description_of_the_dataset_says(client):
    graph = Graph().parse(data=get(client, "/dataset.ttl").data, format="turtle")
    dcat = "http://www.w3.org/ns/dcat#"
    files = list(graph.subjects(RDF.type, URIRef(dcat + "Distribution")))
    assert len(files) == 6
    for file in files:
        address = str(graph.value(file, URIRef(dcat + "downloadURL"))).removeprefix(BASE)
        given = get(client, f"/{address}")
        assert len(given.data) == int(graph.value(file, URIRef(dcat + "byteSize")))
        checksum = graph.value(graph.value(file, URIRef("http://spdx.org/rdf/terms#checksum")), URIRef("http://spdx.org/rdf/terms#checksumValue"))
        assert str(checksum).lower() == hashlib.sha256(given.data).hexdigest()
        assert str(graph.value(file, URIRef(dcat + "mediaType"))).endswith(given.mimetype)


def test_the_description_of_the_dataset_comes_in_every_format(client):
    for each in formats.RDF_FORMATS:
        assert get(client, f"/dataset{each.suffix}").mimetype == each.media_type
    tag = get(client, "/dataset.ttl").headers["ETag"]
    assert client.get("/dataset.ttl", headers={"If-None-Match": tag}).status_code == 304


def test_the_context_has_an_address_for_its_version_and_is_kept_long(client):
    response = client.get("/context", follow_redirects=True)
    assert response.request.path == "/context/0.0.1.jsonld" and response.mimetype == "application/ld+json"
    assert "immutable" in response.headers["Cache-Control"] and response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.get_json(force=True)["@context"]["Case"] == str(TROP.Case)
    assert get(client, "/context/0.0.0.jsonld").status_code == 404


def test_the_address_of_a_question_leads_to_its_page(client):
    assert get(client, "/question/cq-02").headers["Location"] == "/questions/cq-02"
    assert get(client, "/question/cq-999").status_code == 404
