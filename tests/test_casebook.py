"""A case in one reading: every finding once, context sources apart, sets apart, gaps named; and the list with its map."""

from __future__ import annotations

import html
import re

import pytest
from compared_world import HOSTILE, compared_store, thing
from test_web_pages import Outline

import app as wiring
from graph import build, casebook, comparison
from graph.embedded import EmbeddedStore
from graph.settings import Settings

A, B, L = (thing("id/case", each) for each in "abl")


@pytest.fixture(scope="module")
def world():
    with compared_store() as store:
        yield store


@pytest.fixture(scope="module")
def client(world):
    return wiring.create_app(Settings(cache=None), world).test_client()


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    with EmbeddedStore(tmp_path_factory.mktemp("real") / "store") as store:
        build.build(store, settings=Settings())
        yield store


def page(client, path) -> str:
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200, response.text
    return response.text


def test_facts_stand_by_aspect_and_codings_by_part(world):
    book = casebook.casebook(world, A)
    assert [(section.ref.label, len(section.items)) for section in book.facts] == [("funding", 1)]
    assert [(section.ref.label, len(section.items)) for section in book.parts] == [
        ("system context", 0),
        ("challenges and dynamics", 2),
        ("interventions", 2),
        ("outcomes", 0),
    ]
    assert book.findings == 5 and [(each.passages, each.findings) for each in book.sources] == [(1, 5)]


def test_what_a_context_source_tells_stands_apart(world):
    book = casebook.casebook(world, L)
    assert [item.finding.label for section in book.context for item in section.items] == ["finding drives"]
    assert "finding drives" not in [item.finding.label for section in book.parts for item in section.items]


def test_what_is_said_of_a_set_is_counted_there_and_not_told_of_the_case(world, client):
    book = casebook.casebook(world, A)
    assert [(ref.label, count) for ref, count in book.sets] == [("the two", 1)] and [
        each.iri for each in book.others
    ] == [B]
    text = page(client, "/id/case/a.html")
    assert "It is over." not in text and "/findings?set=two" in text


def test_the_gaps_are_the_cells_that_are_not_coded(world):
    gaps = {gap.part.label: [each.label for each in gap.missing] for gap in casebook.casebook(world, A).gaps}
    assert gaps == {
        "system context": ["system context"],
        "challenges and dynamics": ["challenges and dynamics"],
        "interventions": ["interventions", "convening"],
        "outcomes": ["outcomes"],
    }


@pytest.mark.parametrize("path", ["/id/case/a.html", "/id/case/l.html", "/cases", "/cases?country=DEU"])
def test_a_page_is_well_formed_and_runs_nothing(client, path):
    text = page(client, path)
    found = Outline(text)
    assert found.open == [] and found.headings[0] == 1
    assert all(later <= earlier + 1 for earlier, later in zip(found.headings, found.headings[1:]))
    ids = [attributes["id"] for _, attributes in found.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert not re.search(r"\sstyle=|<style|<script(?! src=./static/)", text)


def test_a_case_leads_to_its_evidence_and_to_the_comparison(client):
    text = page(client, "/id/case/a.html")
    links = {html.unescape(each) for each in re.findall(r'href="([^"]*)"', text)}
    assert {"/compare?case=a&case=b", "/findings?case=a", "/id/finding/rated", "/findings?case=a&source=s"} <= links
    assert html.escape(HOSTILE) in text.replace("&#39;", "&#x27;")
    assert all(client.get(each).status_code == 200 for each in links if each.startswith(("/compare", "/findings")))


def test_the_map_has_a_tile_per_country_that_filters_the_list(client):
    text = page(client, "/cases")
    tiles = re.findall(
        r'<a href="(/cases\?country=\w+)"[^>]*><b>([^<]*)</b> <span>([^<]*)</span> <span>([^<]*)</span>', text
    )
    assert tiles == [
        ("/cases?country=BEL", "Belgium", "1 case", "5 findings"),
        ("/cases?country=DEU", "Germany", "2 cases", "6 findings"),
    ]
    listed = page(client, "/cases?country=DEU")
    assert "Case B" in listed and html.escape(HOSTILE).split("&")[0] not in listed.replace("<title>", "")
    answer = client.get("/cases?country=XX")
    assert answer.status_code == 400 and "choose one of BEL, DEU" in answer.json["detail"]


def test_every_case_of_the_shipped_data_shows_each_of_its_findings_once(real):
    counts = dict(
        real.select(
            "SELECT ?case (COUNT(DISTINCT ?f) AS ?n) WHERE { ?f <https://w3id.org/tropico-kg/ontology#concernsCase> ?case } "
            "GROUP BY ?case"
        ).rows
    )
    cases = [each.ref.iri for each in comparison.subjects(real) if not each.is_set]
    assert len(cases) == 17
    for case in cases:
        book = casebook.casebook(real, case)
        items = [item for section in (*book.facts, *book.parts, *book.context) for item in section.items]
        assert book.findings == int(counts.get(case, 0)), case
        assert len(items) >= book.findings and all(item.passages and item.statement for item in items)


def test_the_ten_cases_lie_in_five_countries_and_their_organisations_have_roles(real):
    client = wiring.create_app(Settings(), real).test_client()
    text = page(client, "/cases")
    assert text.count("2 cases of the ten") == 5 and len(re.findall(r'class="tile at-\w+ ten"', text)) == 5
    members = casebook.casebook(real, thing("id/case", "tropico-de-online-access-act")).members
    assert len(members) == 3 and all(each.roles and each.passages for each in members)
    assert (
        max(
            len(page(client, f"/id/case/{each}.html").encode())
            for each in ("tropico-de-online-access-act", "tropico-dk-doll", "tropico-be-portal")
        )
        < 200_000
    )
