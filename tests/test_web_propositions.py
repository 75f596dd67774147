"""The pages of propositions: verdicts in words, the wording's status plain, and a drawing that says what its table says."""

from __future__ import annotations

import html
import re
from itertools import pairwise

import pytest
from proposition_world import CASES, HOSTILE, TURNED, proposition_store
from test_web_pages import Outline

import app as wiring
from graph import questions
from graph.prefixes import BASE
from graph.settings import Settings

PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def client():
    with proposition_store() as store:
        yield wiring.create_app(Settings(cache=None), store).test_client()


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shipped")
    made = wiring.create_app(Settings(store=folder / "store", cache=folder / "cache"))
    with made.extensions["tropico-kg"].store:
        yield made


def page(client, path: str) -> str:
    response = client.get(path, headers=PAGE)
    assert response.status_code == 200 and len(response.data) < 200_000
    return response.text


def cells(row: str) -> list[list[str]]:
    """Return the links of each cell of a row."""
    return [[html.unescape(each) for each in re.findall(r'href="([^"]*)"', cell)] for cell in re.findall(r"<td>.*?</td>", row, re.DOTALL)]


def rows_of(text: str, caption: str) -> list[str]:
    table = re.search(rf'<caption id="{caption}">.*?</table>', text, re.DOTALL)[0]
    return re.findall(r"<tr>.*?</tr>", table.partition("<tbody>")[2].partition("</tbody>")[0], re.DOTALL)


def drawn(text: str) -> tuple[set[str], set[tuple[str, str]]]:
    """Return the nodes (addresses) and edges of the drawing on a page."""
    svg = re.search(r'<svg class="argument".*?</g>\s*(?=<a|<g)(.*)</svg>', text, re.DOTALL)
    nodes = {html.unescape(key).split(" ", 1)[1] for key in re.findall(r'data-key="([^"]*)"', svg[0])}
    edges = re.findall(r'data-from="([^"]*)" data-to="([^"]*)"', svg[0])
    return nodes, {(a.split(" ", 1)[1], b.split(" ", 1)[1]) for a, b in edges}


def tabled(text: str, proposition: str) -> tuple[set[str], set[tuple[str, str]]]:
    """Return the nodes and edges that the table below the drawing tells of."""
    ways = [[proposition, *(BASE + link[1:] for links in cells(row) for link in links)] for row in rows_of(text, "ways")]
    return {node for way in ways for node in way}, {edge for way in ways for edge in pairwise(way)}


def test_the_drawing_has_the_nodes_and_edges_of_its_table(client):
    text = page(client, "/id/proposition/p.html")
    assert drawn(text) == tabled(text, BASE + "id/proposition/p")
    assert len(drawn(text)[0]) == 1 + 4 + len(CASES) + 13 + 1


@pytest.mark.parametrize("number", range(1, 6))
def test_the_shipped_drawings_have_the_nodes_and_edges_of_their_tables(shipped, number):
    text = page(shipped.test_client(), f"/id/proposition/working-{number}.html")
    assert drawn(text) == tabled(text, f"{BASE}id/proposition/working-{number}")
    assert len(drawn(text)[1]) >= 11


def test_the_table_of_the_list_has_the_verdicts_of_the_question(shipped):
    text = page(shipped.test_client(), "/propositions")
    site = shipped.extensions["tropico-kg"]
    answer = questions.ask(site.store, questions.load()["cq-06"], {})
    at = answer.table.columns.index
    theirs = sorted((row[at("case")], row[at("proposition")], str(row[at("verdictLabel")])) for row in answer.table.rows)
    table = re.search(r'<table class="verdicts">.*?</table>', text, re.DOTALL)[0]
    heads = re.findall(r'scope="col"><a href="/(id/proposition/[^"]+)"', table)
    ours = []
    for row in re.findall(r'<tr><th scope="row"><a href="/(id/case/[^"]+)"(.*?)</tr>', table, re.DOTALL):
        words = re.findall(r'aria-hidden="true">[^<]*</span> ([^<]+)</span>', row[1])
        ours += [(BASE + row[0], BASE + head, word) for head, word in zip(heads, words, strict=True)]
    assert sorted(ours) == [tuple(map(str, row)) for row in theirs] and len(ours) == 50


def test_the_list_says_plainly_that_the_wording_of_the_report_could_not_be_had(shipped):
    text = page(shipped.test_client(), "/propositions")
    first = text.index("Propositions of D6.4")
    assert first < text.index("Working propositions of") and "wording not available" in text[first:first + 500]
    assert "The set has 5 propositions; none of them stands here" in text


def test_a_verdict_is_a_word_and_a_sign(client):
    row = next(row for row in rows_of(page(client, "/id/proposition/p.html"), "by-case") if "Case refuted" in row)
    assert '<span class="sign" aria-hidden="true">✗</span> opposed' in row


def test_what_is_missing_stands_with_the_undecided(client):
    found = rows_of(page(client, "/id/proposition/p.html"), "by-case")
    assert len(found) == len(CASES)
    for case, _, missing in CASES:
        row = next(row for row in found if f"/id/case/{case}\"" in row)
        last = re.findall(r"<td>.*?</td>", row, re.DOTALL)[-1]
        assert re.findall(r">([^<>]+)</a>", last) == missing or not missing and "nothing" in last


def test_an_inferred_coding_is_marked(client):
    text = page(client, "/id/proposition/p.html")
    assert "≈ inferred" in text and 'class="node inferred"' in text
    assert "≈ 1 inferred coding" in page(client, "/propositions")


def test_a_set_without_wordings_says_so(client):
    text = page(client, "/propositions")
    assert "wording not available" in text and "The set has 3 propositions; none of them stands here" in text


def test_the_drawing_is_named_described_and_reached_by_keyboard(client):
    text = page(client, "/id/proposition/p.html")
    svg = re.search(r'<svg class="argument".*</svg>', text, re.DOTALL)[0]
    assert 'role="group" aria-labelledby="argument-title argument-desc"' in svg and 'id="argument-desc"' in svg
    assert svg.count('<a class="node') == len(drawn(text)[0]), "every box is a link"
    assert re.search(r'class="frame drawn" role="region" tabindex="0"', text) and " style=" not in text


@pytest.mark.parametrize("path", ["/propositions", "/id/proposition/p.html"])
def test_the_pages_are_well_built(client, path):
    text = page(client, path)
    outline = Outline(text)
    ids = [attrs["id"] for _, attrs in outline.found if "id" in attrs]
    assert not outline.open and outline.headings.count(1) == 1 and len(ids) == len(set(ids))
    assert all(b - a <= 1 for a, b in pairwise(outline.headings))
    assert len(re.findall("<table[ >]", text)) == text.count("<caption") and text.count("<th ") == text.count('scope="')


def test_every_own_link_of_the_shipped_pages_leads_somewhere(shipped):
    client = shipped.test_client()
    links = {link.partition("#")[0] for path in ("/propositions", "/id/proposition/working-1.html") for link in re.findall(r'href="(/[^"]*)"', page(client, path))}
    assert len(links) > 50
    for link in links:
        response = client.get(link, headers={"Accept": "text/html, */*;q=0.5"}, follow_redirects=True)
        response.close()
        assert response.status_code == 200, link


def test_a_set_that_nothing_is_said_of_and_conditions_without_a_name_end_no_page():
    extra = """id:proposition\\/q a trop:Proposition ; rdfs:label "Odd"@en ; trop:partOfPropositionSet id:proposition-set\\/unknown ;
        trop:hasCondition [ trop:requiresConstruct tc:cause ; trop:hasThreshold rating:r1 ] ; trop:expects id:condition\\/then ."""
    with proposition_store(extra) as store:
        client = wiring.create_app(Settings(cache=None), store).test_client()
        assert "no verdict can be worked out" in page(client, "/id/proposition/q.html")
        assert "Odd" not in page(client, "/propositions")


def test_propositions_tested_on_different_cases_stand_in_one_table():
    extra = """id:proposition\\/q a trop:Proposition ; rdfs:label "In two sets"@en ; trop:hasCondition id:condition\\/if ; trop:expects id:condition\\/then ;
        trop:partOfPropositionSet id:proposition-set\\/s , id:proposition-set\\/t .
        id:proposition-set\\/t a trop:PropositionSet ; rdfs:label "Other set"@en ; trop:testedOn id:case-set\\/t .
        id:case\\/elsewhere trop:partOfCaseSet id:case-set\\/t ."""
    with proposition_store(extra) as store:
        text = page(wiring.create_app(Settings(cache=None), store).test_client(), "/propositions")
    first = re.search(r'<tr><th scope="row"><a href="/id/case/elsewhere".*?</tr>', text.partition("Own set")[2], re.DOTALL)[0]
    assert first.count("not tested on it") == 1 and "undecided" in first
    assert f"All {len(CASES) + 1} cases" in text


def test_pages_without_propositions_say_so_and_other_things_are_no_propositions(client):
    assert "argument-title" not in page(client, "/id/case/both.html")


# -- what a page must not trust


def hostile(label: str, address: str = "") -> str:
    extra = f"""id:case\\/evil a trop:Case ; trop:partOfCaseSet id:case-set\\/s ; rdfs:label \"\"\"{label}\"\"\"@en .
        id:finding\\/evil a trop:CodedObservation ; rdfs:label \"\"\"{label}\"\"\"@en ; trop:concernsCase id:case\\/evil ; trop:concernsConstruct tc:cause ;
        trop:hasRating rating:r1 ; trop:hasEvidence {address or "id:passage" + chr(92) + "/p1"} ."""
    with proposition_store(extra) as store:
        client = wiring.create_app(Settings(cache=None), store).test_client()
        return page(client, "/id/proposition/p.html") + page(client, "/propositions")


def test_markup_in_a_label_is_text_in_page_and_drawing():
    text = hostile(HOSTILE)
    assert "<script>" not in text and html.escape(HOSTILE)[:20] in text


def test_a_script_address_is_never_a_link():
    text = hostile("evil", "<javascript:alert(1)>")
    assert 'href="javascript:' not in text and re.search(r'<g class="node [^"]*" data-key="4 javascript:alert\(1\)"', text)


def test_a_label_of_a_megabyte_is_cut():
    assert "x" * 100 in hostile("x" * 1_000_000)


def test_signs_that_turn_text_are_marked():
    text = hostile(TURNED)
    assert "\u202e" not in text and "⟦U+202E⟧" in text
