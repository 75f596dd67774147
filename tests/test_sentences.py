"""A finding as a sentence: made of its parts, and never firmer or wider than the finding."""

from __future__ import annotations

import html
import re

import pytest
from proposition_world import HOSTILE, proposition_store

import app as wiring
from graph import describe, sentences
from graph.prefixes import BASE, TROP
from graph.settings import Settings
from graph.web import EXTENSION

PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shipped")
    made = wiring.create_app(Settings(store=folder / "store", cache=folder / "cache"))
    with made.extensions[EXTENSION].store:
        yield made


@pytest.fixture(scope="module")
def store(app):
    return app.extensions[EXTENSION].store


def said(store, slug: str) -> str:
    return sentences.words(sentences.sentence(describe.thing(store, describe.URIRef(f"{BASE}id/finding/{slug}"))))


def findings(store, pattern: str) -> list[str]:
    return [str(row[0]).rpartition("/")[2] for row in store.select(f"PREFIX trop: <{TROP}> SELECT DISTINCT ?f WHERE {{ {pattern} }}").rows]


@pytest.mark.parametrize(("slug", "sentence"), [
    ("tropico-f06-transactional-leadership",
     "In most cases of “TROPICO: ten cases in five countries”, the coding rates transactional leadership as present."),
    ("tropico-f01-size-and-scope", "Across “TROPICO: ten cases in five countries”, the coding rates size and scope as tending to be present, "
                                   "said to bring about demanding working conditions."),
    ("antwerp-wide-inclusion", "In Antwerp's Smart City policy (Belgium), this project infers wide inclusion to be present."),
    ("lipse-l01-legislative-obligation", "Across “LIPSE: cases of Research Report #5”, the source names legislative obligation as furthering "
                                         "the uptake of e-procurement, above all for later adopters and non-adopters."),
    ("lipse-l03-budget-constraint", "Across “LIPSE: cases of Research Report #5”, the source names regional budget constraint as possibly "
                                    "hindering the uptake of e-procurement in the phase of implementation."),
    ("tropico-ten-cases-countries", "The ten cases lie in five countries: Belgium, Denmark, Estonia, Germany and the United Kingdom."),
])
def test_a_finding_reads_as_a_sentence(store, slug, sentence):
    assert said(store, slug) == sentence


def test_every_shipped_finding_is_one_sentence(store):
    every = findings(store, "?f trop:statement ?s")
    assert len(every) == 263
    for slug in every:
        assert re.fullmatch(r"\S.*\.", said(store, slug), re.DOTALL) and "concept/" not in said(store, slug), slug


def test_what_is_said_of_a_set_is_never_told_of_one_case(store):
    over = findings(store, "?f trop:concernsCaseSet ?s ; trop:concernsConstruct ?c")
    assert len(over) > 20
    assert all(re.match("Across “|In (?:all|most|many) cases of “", said(store, slug)) for slug in over)


def test_what_was_inferred_is_told_as_inferred_and_nothing_else_is(store):
    rated = findings(store, "?f trop:concernsConstruct ?c ; trop:hasRating|trop:hasDirection ?r")
    inferred = findings(store, f"?f trop:concernsConstruct ?c ; trop:hasConfidence <{BASE}concept/confidence/inferred>")
    assert inferred and {slug for slug in rated if "this project infers" in said(store, slug)} == set(inferred)


def test_what_is_possible_or_without_direction_is_not_made_firmer(store):
    for slug in findings(store, f"?f trop:hasDirection <{BASE}concept/direction/unstated>"):
        assert "in a direction it does not state" in said(store, slug) and "furthering" not in said(store, slug)
    possible = findings(store, f"?f trop:hasDirection ?d ; trop:hasSalience <{BASE}concept/salience/possible>")
    assert possible and all("possibly" in said(store, slug) for slug in possible)


def test_a_context_source_is_never_told_as_the_study():
    extra = """id:finding\\/x a trop:CodedObservation ; trop:concernsCase id:case\\/both ; trop:concernsConstruct tc:cause ; trop:hasRating rating:r1 ;
        trop:hasConfidence confidence:context ."""
    with proposition_store(extra) as store:
        assert said(store, "x") == "In Case both, a source that is not the study's own names cause as present."


# -- the page


def page(client, slug: str) -> str:
    response = client.get(f"/id/finding/{slug}.html", headers=PAGE)
    assert response.status_code == 200 and len(response.data) < 200_000
    return response.text


def section(text: str, name: str) -> set[str]:
    """Return the findings that a section of the page links to."""
    return set(re.findall(r'<li><a href="/id/finding/([^"]+)"', text.partition(f'id="{name}"')[2].partition("</section>")[0]))


@pytest.mark.parametrize("slug", ["tropico-f02-hybrid-structure", "lipse-l06-managerial-support", "antwerp-wide-inclusion"])
def test_the_heading_is_the_sentence_with_its_parts_as_links(app, store, slug):
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", page(app.test_client(), slug), re.DOTALL)[1]
    assert html.unescape(re.sub("<[^>]+>", "", heading)) == said(store, slug) and heading.count("<a href=") > 1


def test_a_finding_over_a_set_says_so_and_one_of_a_case_does_not(app):
    client = app.test_client()
    assert "It says nothing of any single case in it" in page(client, "tropico-f02-hybrid-structure")
    assert "any single case" not in page(client, "antwerp-wide-inclusion")


def test_conflicts_stand_on_both_pages(app):
    client = app.test_client()
    assert "tropico-project-countries-website" in section(page(client, "tropico-project-countries-news"), "against")
    assert "tropico-project-countries-news" in section(page(client, "tropico-project-countries-website"), "against")


def test_cases_that_illustrate_a_finding_over_their_set_stand_with_it(app, store):
    rated = findings(store, f"?f trop:concernsCase/trop:partOfCaseSet <{BASE}id/case-set/tropico-ten-cases> ; "
                            f"trop:concernsConstruct <{BASE}concept/tropico/hybrid-structure> ; trop:hasRating <{BASE}concept/rating/present>")
    assert section(page(app.test_client(), "tropico-f02-hybrid-structure"), "agreeing") == set(rated) and len(rated) == 2


def test_a_finding_names_the_propositions_made_from_it(app):
    text = page(app.test_client(), "tropico-f02-hybrid-structure")
    assert re.search(r'id="built".*?/id/proposition/working-1"[^<]*<?[^<]*</a>: a proposition formulated from it', text, re.DOTALL)


def test_a_finding_never_agrees_with_itself(app, store):
    client = app.test_client()
    for slug in findings(store, "?f trop:concernsConstruct ?c")[:12]:
        assert slug not in section(page(client, slug), "agreeing")


def test_markup_in_a_part_is_text():
    extra = f"""id:finding\\/x a trop:CodedObservation ; trop:concernsCase id:case\\/both ; trop:concernsConstruct tc:evil ; trop:hasRating rating:r1 .
        tc:evil skos:prefLabel "{HOSTILE}"@en ."""
    with proposition_store(extra) as store:
        text = page(wiring.create_app(Settings(cache=None), store).test_client(), "x")
    assert "<script>" not in text and "&lt;script&gt;" in text
