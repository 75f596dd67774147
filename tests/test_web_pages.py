"""The pages people read: true to the store, safe, and usable without scripts."""

from __future__ import annotations

import html.parser
import re

import pytest
from small_world import DIGEST, small_questions, small_store

import app as wiring
from graph import questions
from graph.settings import Settings
from graph.web import EXTENSION


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    known = questions.load(small_questions(tmp_path_factory.mktemp("queries")))
    with small_store() as store:
        made = wiring.create_app(Settings(cache=None), store)
        made.extensions[EXTENSION].questions = known
        yield made


@pytest.fixture
def client(app):
    return app.test_client()


def page(client, path) -> str:
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200, response.text
    return response.text


PAGES = ["/", "/questions", "/questions?audience=policy", "/questions/cq-01", "/questions/cq-02", "/cases", "/id/finding/f1.html", "/id/case/c1.html",
         "/concept/lipse/outer-context.html", "/ontology.html", "/ontology/core.html", "/graph/data/cases.html", "/download/"]


class Outline(html.parser.HTMLParser):
    """What a page is made of: open elements that were never closed, headings, ids, links, labels."""

    VOID = {"meta", "link", "input", "br", "img", "hr"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.headings, self.found = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def every(self, tag, attribute):
        return [attrs[attribute] for name, attrs in self.found if name == tag and attribute in attrs]


@pytest.mark.parametrize("path", [*PAGES, "/sparql"])
def test_a_page_is_well_built(client, path):
    text = page(client, path)
    outline = Outline(text)
    assert not outline.open
    assert outline.headings.count(1) == 1 and all(b - a <= 1 for a, b in zip(outline.headings, outline.headings[1:])), outline.headings
    ids = [attrs["id"] for _, attrs in outline.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {"main", "header", "footer", "nav"} <= {tag for tag, _ in outline.found} and 'class="skip" href="#main"' in text
    assert '<html lang="en">' in text and "<title>" in text
    fields = {attrs.get("id") for tag, attrs in outline.found if tag in ("select", "textarea") or tag == "input" and attrs.get("type") != "hidden"}
    assert fields == set(outline.every("label", "for"))
    assert text.count("<table>") == text.count("<caption") and text.count("<th ") == text.count('scope="')


@pytest.mark.parametrize("path", [*PAGES, "/sparql"])
def test_no_page_holds_a_script_or_a_style_of_its_own(client, path):
    text = re.sub(r'<script src="/static/[\w./-]+" defer></script>', "", page(client, path))
    assert "<script" not in text and " style=" not in text and "<style" not in text and not re.search(r"\son\w+=", text)


@pytest.mark.parametrize("path", PAGES)
def test_every_own_link_of_a_page_leads_somewhere(client, path):
    links = [link for link in Outline(page(client, path)).every("a", "href") if link.startswith("/")]
    assert len(links) > 5
    for link in set(links):
        response = client.get(link.partition("#")[0], headers={"Accept": "text/html, */*;q=0.5"}, follow_redirects=True)
        described = link.removeprefix("/").partition("/")[0] in ("id", "concept")
        assert response.status_code == 200 or described and response.status_code == 404 and not client.get(link).status_code == 500, link


@pytest.mark.parametrize("path", [*PAGES, "/health", "/nowhere", "/static/style.css"])
def test_every_answer_carries_the_security_headers(client, path):
    response = client.get(path)
    response.close()
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff" and response.headers["Referrer-Policy"]


# -- home, cases, health


def test_home_counts_the_findings_of_each_part_live(client):
    text = page(client, "/")
    assert re.search(r'outer-context">outer context</a></h3>\s*<p class="count"><b>1</b> finding</p>\s*<ul class="split"><li>1 furthers</li>', text)
    assert re.search(r'inner-context">inner context</a></h3>\s*<p class="count"><b>1</b> finding</p>\s*<ul class="split"><li>1 hinders</li>', text)
    assert re.search(r'outcomes">[^<]*</a></h3>\s*<p class="count"><b>0</b> findings</p>', text)


def test_every_page_names_its_build(client):
    assert all(DIGEST in page(client, path) for path in PAGES)


def test_cases_stand_with_kind_country_set_and_number_of_findings(client):
    row = re.search(r'<tr><th scope="row">.*?</tr>', page(client, "/cases"), re.DOTALL).group()
    assert "&lt;script&gt;" in row and "portal case" in row and "Germany" in row and 'href="/id/case-set/all">all cases' in row
    assert '<td class="number">1</td>' in row and "#Case" not in row, "the narrow kind says the wide one"


def test_health_tells_the_build(client):
    said = client.get("/health").json
    assert said.pop("workers")["most"] == 4
    assert said == {"status": "ok", "version": "0.0.1", "digest": DIGEST, "graphs": 6,
                    "triples": sum(client.application.extensions[EXTENSION].store.graphs().values())}


# -- the one place that wires


def test_an_empty_store_is_filled_when_the_app_is_made(monkeypatch):
    from graph.embedded import ScratchStore
    from small_world import graphs

    with ScratchStore() as store:
        monkeypatch.setattr("graph.build.build", lambda store, **_: store.replace(graphs()))
        assert wiring.create_app(Settings(cache=None), store).test_client().get("/health").json["digest"] == DIGEST


def test_a_store_without_a_build_is_refused():
    from graph.embedded import ScratchStore
    from graph.errors import StoreError
    from small_world import CASE, graphs

    with ScratchStore() as store:
        store.replace({name: triples for name, triples in graphs().items() if not name.endswith("build")})
        assert store.ask(f"ASK {{ <{CASE}> ?p ?o }}")
        with pytest.raises(StoreError, match="tropico build"):
            wiring.create_app(Settings(cache=None), store)


def test_a_body_over_the_limit_is_refused_before_it_is_read():
    with small_store() as store:
        client = wiring.create_app(Settings(cache=None, max_upload_bytes=100), store).test_client()
        response = client.post("/sparql", data={"query": "ASK {} #" + "x" * 200})
    assert response.status_code == 413 and response.mimetype == "application/problem+json"


def test_home_names_the_whole_and_its_services_to_programs(client):
    links = ", ".join(client.get("/").headers.getlist("Link"))
    assert '</openapi.json>; rel="service-desc"' in links and '<https://w3id.org/tropico-kg/dataset>; rel="cite-as"' in links
    assert '</dataset.ttl>; rel="describedby"; type="text/turtle"' in links
