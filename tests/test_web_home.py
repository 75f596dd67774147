"""The home page: counts that are those of the data, arrows that findings draw, questions chosen by rule, a citation."""

from __future__ import annotations

import re
import time

import pytest
from proposition_world import HOSTILE, proposition_store

import app as wiring
from graph import prefixes, questions
from graph.prefixes import BASE, TROP
from graph.settings import Settings
from graph.web import EXTENSION, framework, worth_asking

SKOS = prefixes.NAMESPACES["skos"]


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shipped")
    made = wiring.create_app(Settings(store=folder / "store", cache=folder / "cache"))
    with made.extensions[EXTENSION].store:
        yield made


@pytest.fixture(scope="module")
def site(app):
    return app.extensions[EXTENSION]


@pytest.fixture(scope="module")
def text(app):
    response = app.test_client().get("/", headers={"Accept": "text/html"})
    assert response.status_code == 200 and len(response.data) < 200_000
    return response.text


def boxes(text: str) -> dict[str, str]:
    """Return the markup of each box by the slug of its part."""
    found = re.findall(r'<div class="box">\s*<h3><a href="/concept/(\w+/[\w-]+)">(.*?)</div>', text, re.DOTALL)
    return dict(found)


PARTS = ["tropico/system-context", "tropico/challenges-and-dynamics", "tropico/interventions", "tropico/outcomes",
         "lipse/inner-context", "lipse/outer-context"]


def one(store, query: str) -> int:
    return int(store.select(f"PREFIX trop: <{prefixes.ONTOLOGY}> PREFIX skos: <{SKOS}> {query}").rows[0][0])


def counted(store, part: str, what: str) -> int:
    """Count by way of the constructs under a part, one query a construct."""
    under = store.select(f"SELECT DISTINCT ?c WHERE {{ ?c <{SKOS}broader>* <{BASE}concept/{part}> }}").rows
    found = set()
    for (construct,) in under:
        for link in framework.LINKS:
            pattern = "BIND(?f AS ?it)" if what == "finding" else f"?f <{TROP[what]}> ?it"
            found |= set(store.select(f"SELECT ?it WHERE {{ ?f <{link}> <{construct}> . {pattern} }}").rows)
    return len(found)


@pytest.mark.parametrize("part", PARTS)
def test_each_box_counts_findings_cases_and_case_sets_as_the_data_have_them(text, site, part):
    box = boxes(text)[part]
    findings, cases, sets = (counted(site.store, part, what) for what in ("finding", "concernsCase", "concernsCaseSet"))
    assert findings > 3 and f'<b>{findings}</b> finding' in box
    assert f"in {cases} single case" in box and f"and over {sets} case set" in box


def test_the_parts_are_the_top_concepts_of_both_frameworks(text, site):
    tops = {str(row[0]).removeprefix(BASE + "concept/") for scheme in ("tropico", "lipse")
            for row in site.store.select(f"SELECT ?t WHERE {{ ?t <{SKOS}topConceptOf> <{BASE}concept/{scheme}> }}").rows}
    assert set(boxes(text)) == tops == set(PARTS)


def test_the_parts_stand_in_the_order_of_the_arrows(text):
    assert [each for each in boxes(text) if each.startswith("tropico/")] == PARTS[:4]


def test_each_arrow_rests_on_the_findings_that_say_so(text, site):
    shown = set(re.findall(r'<a href="/(id/finding/[^"]+)"', text.partition('id="ties"')[2].partition("</ul>")[0]))
    ties = site.store.select(f"""PREFIX trop: <{prefixes.ONTOLOGY}> PREFIX skos: <{SKOS}>
        SELECT DISTINCT ?f ?a ?b WHERE {{ ?f trop:concernsConstruct ?x ; trop:leadsTo|trop:respondsTo ?y .
          ?x skos:broader* ?a . ?y skos:broader* ?b . ?a skos:topConceptOf ?s . ?b skos:topConceptOf ?s }}""").rows
    assert shown == {str(f).removeprefix(BASE) for f, a, b in ties if a != b} and len(shown) == 5
    arrows = re.findall(r'<p class="arrow"><span class="reads">(?:leading to|answered by)</span> <a href="#ties">(\d)', text)
    assert sum(map(int, arrows)) == 5


TIE = """id:finding\\/t a trop:CodedObservation ; rdfs:label "Tie"@en ; trop:concernsConstruct tc:{0} ; trop:{2} tc:{1} .
    tc:a skos:topConceptOf <https://w3id.org/tropico-kg/concept/tropico> ; skos:prefLabel "aaa"@en .
    tc:b skos:topConceptOf <https://w3id.org/tropico-kg/concept/tropico> ; skos:prefLabel "bbb"@en ."""


@pytest.mark.parametrize(("tie", "first", "reads"), [(("a", "b", "leadsTo"), "aaa", "leading to"), (("b", "a", "leadsTo"), "bbb", "leading to"),
                                                     (("a", "b", "respondsTo"), "bbb", "answered by")])
def test_an_arrow_follows_the_finding_and_turns_with_it(tie, first, reads):
    with proposition_store(TIE.format(*tie)) as store:
        drawn = framework.picture(store, framework.TROPICO)
    (arrow,) = drawn.arrows
    assert (arrow.start.label, arrow.reads) == (first, reads)
    order = [box.ref.label for box in drawn.boxes]
    assert order.index(arrow.start.label) < order.index(arrow.end.label)


def test_without_arrows_the_parts_stand_by_name_and_the_page_says_so():
    with proposition_store() as store:
        text = wiring.create_app(Settings(cache=None), store).test_client().get("/").text
    assert "the parts stand by name" in text and 'id="ties"' not in text


def test_a_circle_of_arrows_still_shows_every_part():
    a, b, c = (TROP[each] for each in "abc")
    assert sorted(framework._ordered([a, b, c], {(a, b), (b, c), (c, a)})) == [a, b, c]


# -- questions worth asking


def test_the_questions_are_those_that_name_most(site, app):
    with app.test_request_context():
        picked = worth_asking.picks(site)
    assert [each.group for each in picked] == ["policy analysts", "researchers", "both"] and len({each.id for each in picked}) == 3
    everything = {each.id: reach(site, each) for each in site.questions.values()}
    for pick in picked:
        assert (pick.cases, pick.findings) == everything[pick.id]
        audience = {"policy analysts": {"policy"}, "researchers": {"researcher"}, "both": {"policy", "researcher"}}[pick.group]
        rivals = [each.id for each in site.questions.values() if set(each.audience) & {"policy", "researcher"} == audience]
        assert everything[pick.id] == max(everything[each] for each in rivals)


def reach(site, question) -> tuple[int, int]:
    """Return how many cases and findings an answer names, read from its text."""
    said = questions.ask(site.store, question, {}).as_json()
    cases = {each for each in re.findall(rf'{BASE}id/case/[^"\s]+', said)}
    return len(cases), len(set(re.findall(rf'{BASE}id/finding/[^"\s]+', said)))


def test_the_page_tells_what_the_answers_name(text, site):
    cases = one(site.store, "SELECT (COUNT(DISTINCT ?c) AS ?n) WHERE { ?c trop:partOfCaseSet ?s }")
    findings = one(site.store, "SELECT (COUNT(DISTINCT ?f) AS ?n) WHERE { ?f trop:statement ?s }")
    assert text.count('<span class="hint">The answer names') == 3
    assert f"of {cases} cases" in text and f"of {findings} findings" in text


# -- citing


def test_the_citation_names_maker_year_title_version_and_build(text, site):
    said = re.search(r'<p class="cite">(.*?)</p>', text)[1]
    assert said == (f"TROPICO Knowledge Graph editors (2026). TROPICO Knowledge Graph. "
                    f"Version {site.identity.version}, build {site.identity.digest}. {BASE}")


def test_the_citation_is_there_as_bibtex(app, site):
    response = app.test_client().get("/citation.bib")
    assert response.mimetype == "application/x-bibtex" and response.headers["ETag"]
    assert response.text.startswith("@misc{tropico-kg,") and site.identity.digest in response.text and "2026" in response.text


def test_a_store_without_makers_is_cited_without_them():
    with proposition_store() as store:
        text = wiring.create_app(Settings(cache=None), store).test_client().get("/").text
    assert '<p class="cite">TROPICO Knowledge Graph. Version 0.0.1' in text


def test_markup_in_a_label_is_text_in_the_picture():
    extra = TIE.format("a", "b", "leadsTo").replace("Tie", HOSTILE).replace("aaa", HOSTILE)
    with proposition_store(extra) as store:
        text = wiring.create_app(Settings(cache=None), store).test_client().get("/").text
    assert "<script>" not in text and "&lt;script&gt;" in text


def test_a_large_store_is_not_waited_for_to_pick_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    picked = [worth_asking.Pick("both", "cq-01", "A question?", 1, 17, 0, 263)]
    monkeypatch.setattr(worth_asking, "_LARGE", 0)
    monkeypatch.setattr(worth_asking, "_picks", lambda *_: (time.sleep(0.1), picked)[1])
    with proposition_store() as store:
        client = wiring.create_app(Settings(cache=None), store).test_client()
        assert "A question?" not in client.get("/").text
        until = time.monotonic() + 5
        while "A question?" not in client.get("/").text:
            assert time.monotonic() < until
            time.sleep(0.02)
