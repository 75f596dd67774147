"""The comparison and the lists as pages: every cell opens its evidence, nothing from the data runs, what is unknown is told with a remedy."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest
from compared_world import FINDINGS, HOSTILE, compared_store
from test_web_pages import Outline

import app as wiring
from graph.embedded import EmbeddedStore
from graph.settings import Settings

PAGES = [
    "/compare",
    "/compare?case=a&construct=tc:risk",
    "/compare?case=a&case=l&construct=concept/aspect/funding",
    "/findings",
    "/findings?case=a&construct=concept/tropico/risk",
    "/findings?case=b&kind=trop:CodedObservation",
    "/sources",
]


@pytest.fixture(scope="module")
def client():
    with compared_store() as store:
        yield wiring.create_app(Settings(cache=None), store).test_client()


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    with EmbeddedStore(tmp_path_factory.mktemp("real") / "store") as store:
        yield wiring.create_app(Settings(), store).test_client()


def page(client, path) -> str:
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200, response.text
    assert "max-age" not in response.headers.get("Cache-Control", "")
    return response.text


def outline(text: str) -> Outline:
    return Outline(text)


def links(text: str) -> set[str]:
    return {html.unescape(each) for each in re.findall(r'href="([^"]*)"', text)}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_formed_has_headings_in_order_and_labels_its_fields(client, path):
    text = page(client, path)
    found = outline(text)
    assert found.open == [] and found.headings[0] == 1 and found.headings.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in zip(found.headings, found.headings[1:]))
    ids = [attributes["id"] for _, attributes in found.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {attributes["for"] for tag, attributes in found.found if tag == "label" and "for" in attributes}
    assert {attributes.get("id") for tag, attributes in found.found if tag in ("select", "textarea")} <= labelled
    assert not re.search(r"\sstyle=|<style|<script(?! src=./static/)", text)


@pytest.mark.parametrize("path", [*PAGES, "/cases"])
def test_what_the_data_holds_is_shown_as_text(client, path):
    text = page(client, path)
    assert "<script>" not in text
    if "case=b" not in path and path != "/sources":
        assert html.escape(HOSTILE) in text.replace("&#39;", "&#x27;")


def test_a_cell_opens_its_one_finding_or_the_list_of_its_findings(client):
    text = page(client, "/compare?case=a&case=b&construct=concept/tropico/risk")
    assert "/id/finding/names" in links(text)
    many = next(each for each in links(text) if each.startswith("/findings?"))
    assert many == "/findings?case=a&construct=concept%2Ftropico%2Frisk"
    listed = page(client, many)
    assert {"/id/finding/rated", "/id/finding/same", "/id/passage/p", "/id/source/s"} <= links(listed)
    assert "It is rated." in listed and "What it says." in listed and "/id/finding/yes" not in links(listed)


def test_every_state_has_a_sign_and_a_word_besides_its_colour(client):
    cells = re.findall(
        r'<td class="(\w+)[^"]*">(.*?)</td>',
        page(
            client,
            "/compare?case=a&case=b&case=l&construct=tc:risk&construct=tc:leadership"
            "&construct=lc:legislation&construct=tc:outcomes",
        ),
    )
    seen = {(name, re.sub(r"<[^>]*>", "", inner).strip()[0]) for name, inner in cells}
    assert {name for name, _ in seen} == {"rated", "fact", "against", "none", "na"} and len(
        {sign for _, sign in seen}
    ) == 5
    assert all(re.search(r"[a-z]{4,}", re.sub(r"<[^>]*>", "", inner)) for _, inner in cells)


def test_headers_of_the_matrix_have_a_scope(client):
    found = outline(page(client, "/compare"))
    headers = [attributes for tag, attributes in found.found if tag == "th"]
    assert len(headers) > 8 and all(each.get("scope") for each in headers)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/compare?case=nix", "There is no case 'nix' in this graph; choose one"),
        ("/compare?construct=concept/tropico/nix", "There is no construct"),
        ("/compare?construct=not a name", "is no name known here; write"),
        ("/compare?case=concept/tropico/risk", "There is no case"),
        ("/compare?colour=red", "has no parameter 'colour'; it has case and construct"),
        ("/compare.csv?case=nix", "There is no case 'nix'"),
        ("/compare.xlsx?case=nix", "There is no case 'nix'"),
        ("/compare?" + "&".join(["case=a"] * 201), "at most 200 cases"),
        ("/findings?case=nix", "There is no case 'nix'"),
        ("/findings?colour=red", "cannot be filtered by 'colour'; the filters are case"),
        ("/findings?page=9", "have pages 1 to 1; choose one"),
        ("/findings?page=x", "is no number of a page"),
        ("/findings?case=a&case=b", "'case' is given 2 times"),
        ("/sources?access=secret", "No source has that access status"),
    ],
)
def test_what_is_unknown_is_a_problem_with_its_remedy(client, path, said):
    response = client.get(path)
    assert response.status_code == 400 and response.mimetype == "application/problem+json"
    assert said in response.json["detail"]


def test_the_files_keep_what_was_chosen(client):
    text = page(client, "/compare?case=b&construct=concept/tropico/risk")
    files = sorted(each for each in links(text) if each.startswith("/compare") and "?" in each)
    assert [each.split("?")[0] for each in files] == ["/compare-findings.csv", "/compare.csv", "/compare.xlsx"]
    answer = client.get(files[1])
    assert (
        answer.mimetype == "text/csv"
        and answer.text.splitlines()[1].endswith(",named")
        and "Case B" in answer.text.splitlines()[0]
    )
    assert client.get(files[2]).data[:2] == b"PK"


def test_the_list_holds_every_finding_and_its_pages_lead_on(real, client):
    assert f"{len(FINDINGS)} findings" in page(client, "/findings")
    seen, path = set(), "/findings"
    while path:
        text = page(real, path)
        seen |= set(re.findall(r'<h3><a href="(/id/finding/[^"]+)"', text))
        path = next(iter(re.findall(r'rel="next" href="([^"]+)"', text)), "").replace("&amp;", "&")
    assert f">{len(seen)} findings<" in page(real, "/findings") and len(seen) > 200


def test_from_home_to_the_passage_behind_a_cell_in_four_clicks(real):
    assert "/compare" in links(page(real, "/"))
    cell = re.search(r'<td class="rated"><a href="(/id/finding/[^"]+)"', page(real, "/compare"))[1]
    passage = next(each for each in links(page(real, cell + ".html")) if each.startswith("/id/passage/"))
    assert "locator" in page(real, passage + ".html").lower()


def test_everything_by_everything_stays_small_too(real):
    chosen = re.findall(r'name="(case|construct)" value="([^"]*)"', page(real, "/compare"))
    assert len(chosen) > 80
    text = page(real, "/compare?" + urlencode(chosen))
    assert len(text.encode()) < 200_000 and text.count("<td") > 1300


@pytest.mark.parametrize("path", ["/compare", "/findings", "/sources", "/cases"])
def test_a_page_of_the_shipped_data_stays_small(real, path):
    assert len(page(real, path).encode()) < 200_000
