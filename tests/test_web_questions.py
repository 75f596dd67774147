"""The questions in a browser: found, asked, read, looked at in other ways, and taken away."""

from __future__ import annotations

import ast
import csv
import html
import io
import re
import shutil
import subprocess
import sys
import threading
import xml.etree.ElementTree as xml

import pytest
from small_world import DIGEST, small_questions, small_store
from test_web_pages import Outline, page
from werkzeug.serving import make_server

import app as wiring
from graph import questions
from graph.errors import ParseError
from graph.prefixes import BASE
from graph.reading import Part
from graph.settings import Settings
from graph.snippets import snippets
from graph.web import EXTENSION
from graph.web.latest import Latest
from graph.web.views import View, _rank, taken

TELEWORK = "/questions/cq-01?innovation=concept/innovation/telework&direction="
EVERY = """\
#+ id: cq-03
#+ question: Which findings are there, and what do they say?
#+ audience: [steward]
#+ tags: [évidence]
#+ method: One row per finding.
#+ params:
#+   innovation: {label: Innovation, from: concept/innovation, optional: true}
#+ chart: {mark: bar, x: count(finding), y: determinant}
PREFIX trop: <https://w3id.org/tropico-kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?finding ?findingLabel ?determinant ?size ?case WHERE {
  VALUES ?_innovation { UNDEF }
  ?finding trop:concernsInnovation ?_innovation ; trop:concernsConstruct ?determinant ; rdfs:label ?findingLabel .
  OPTIONAL { ?finding trop:concernsCase ?case }
  BIND(IF(CONTAINS(?findingLabel, "Law"), 10, 9) AS ?size)
} ORDER BY ?finding
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = small_questions(tmp_path_factory.mktemp("queries"))
    (folder / "cq-03-every-finding.rq").write_text(EVERY, encoding="utf-8")
    with small_store() as store:
        made = wiring.create_app(Settings(cache=None), store)
        made.extensions[EXTENSION].questions = questions.load(folder)
        yield made


@pytest.fixture
def client(app):
    return app.test_client()


def body(text: str) -> list[list[str]]:
    """The texts of the answer's cells, by row."""
    inside = re.search(r"<tbody>(.*)</tbody>", text, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", inside[1], re.DOTALL) if inside else []
    return [[re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)] for row in rows]


# -- the list


def test_questions_are_listed_and_told_apart_by_audience(client):
    assert "cq-01" in page(client, "/questions") and "cq-02" in page(client, "/questions")
    text = page(client, "/questions?audience=researcher")
    assert "/questions/cq-01" in text and "/questions/cq-02" not in text
    assert client.get("/questions?audience=nobody").status_code == 400


@pytest.mark.parametrize(("words", "found"), [
    ("DRIVE hinder", {"cq-01"}), ("evidence", {"cq-03"}), ("ÉVIDENCE", {"cq-03"}), ("cq-02", {"cq-02"}), ("one row per", {"cq-01", "cq-02", "cq-03"}),
    ("direction", {"cq-01"}), ("case determinants", set()), ("", {"cq-01", "cq-02", "cq-03"}), ("   ", {"cq-01", "cq-02", "cq-03"}),
])
def test_a_search_finds_every_word_in_question_tags_number_method_and_parameters(client, words, found):
    text = page(client, "/questions?q=" + words.replace(" ", "+"))
    assert set(re.findall(r'<h2><a href="/questions/(cq-\d+)"', text)) == found


def test_a_search_keeps_the_audience_and_says_where_else_it_found_something(client):
    text = page(client, "/questions?q=determinants&audience=steward")
    assert '<h2><a href="/questions/' not in text and 'href="/questions?q=determinants">1 for other audiences does.' in text
    assert '<input type="hidden" name="audience" value="steward">' in text
    assert 'href="/questions?audience=policy&amp;q=determinants"' in text


def test_a_search_that_finds_nothing_says_what_to_do_and_repeats_no_markup(client):
    text = page(client, "/questions?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "holds all of these words" in text and "Try a single word" in text and "<script>alert" not in text


# -- the form


def test_a_form_offers_what_has_an_answer_and_keeps_what_was_chosen(client):
    options = re.findall(r'<option value="([^"]*)"(?: title="[^"]*")?( selected)?>([^<]*)</option>', page(client, TELEWORK))
    assert options == [("concept/innovation/e-procurement", "", "e-procurement"), ("concept/innovation/telework", " selected", "telework"),
                       ("", " selected", "any"), ("concept/direction/furthers", "", "furthers"), ("concept/direction/hinders", "", "hinders")]


def test_what_a_choice_means_stands_on_the_page_for_mouse_keyboard_and_touch(client):
    text = page(client, TELEWORK)
    assert '<option value="concept/innovation/e-procurement" title="Buying by electronic means.">' in text
    assert "<summary>What the choices mean</summary>" in text and "<dt>e-procurement</dt><dd>Buying by electronic means.</dd>" in text


def test_a_choice_from_a_query_of_its_own_has_its_definition_too():
    parameter = questions.Parameter("thing", "Thing", "SELECT ?value WHERE { ?value skos:inScheme <https://w3id.org/tropico-kg/concept/confidence> }", True)
    text = "SELECT ?_thing WHERE { VALUES ?_thing { UNDEF } ?_thing ?p ?o }"
    asked = questions.Question("cq-09", "x", "?", (), (), "", (parameter,), text, None)
    with small_store() as store:
        assert [each.definition for each in questions.choices(store, asked, parameter)] == ["Said in a source that was read whole."]


def test_a_parameter_that_could_be_taken_for_a_view_is_refused(tmp_path):
    path = tmp_path / "cq-03-every-finding.rq"
    path.write_text(EVERY.replace("innovation:", "_sort:").replace("?_innovation", "?__sort"), encoding="utf-8")
    with pytest.raises(ParseError, match="begins with an underscore"):
        questions.read(path)


def test_choices_are_worked_out_once_per_build(app, monkeypatch):
    client = app.test_client()
    page(client, "/questions/cq-01")
    monkeypatch.setattr("graph.questions.choices", None)
    assert "e-procurement" in page(client, "/questions/cq-01")


# -- the answer


def test_an_answer_shows_labels_that_lead_to_their_things(client):
    text = page(client, TELEWORK)
    assert re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', text) == ["Determinant", "Finding", "Passage"]
    assert body(text) == [["bureaucratic culture", "Culture hinders telework", "passage:p1"]]
    assert 'href="/concept/lipse/bureaucratic-culture" title="lc:bureaucratic-culture">bureaucratic culture</a>' in text
    assert 'href="/id/finding/f2"' in text and "<b>1 row</b>" in text and "One row per finding." in text and "VALUES ?_innovation { &lt;" in text


def test_cases_are_counted_as_cases_and_not_as_rows(client):
    assert "<b>2 rows</b>, naming <b>1 of 1 cases</b>" in page(client, "/questions/cq-03")
    assert "naming" not in page(client, "/questions/cq-01")


def test_a_page_names_its_permalink_its_citation_and_its_other_forms(client):
    text = page(client, TELEWORK)
    query = "innovation=concept%2Finnovation%2Ftelework&amp;direction="
    assert f'href="http://localhost/questions/cq-01?{query}"' in text and f"build {DIGEST}, question cq-01" in text
    for suffix in ("json", "csv", "tsv", "xlsx", "rq"):
        assert f'href="/questions/cq-01.{suffix}?{query}"' in text
    assert 'href="/sparql?draft=' in text


def test_a_list_of_things_is_a_list_of_links_and_an_odd_address_is_text(client):
    text = page(client, "/questions/cq-02")
    assert re.search(r'<td class="list"><a href="/id/finding/f1" title="[^"]*">Law drives e-procurement</a></td>', text)
    assert "<span>javascript:alert(1)</span>" in text


def test_nothing_found_is_said_in_words_and_is_not_absence(client):
    text = page(client, TELEWORK + "concept/direction/furthers")
    assert "<table>" not in text and "nothing of the kind was coded" in text and "<figure" not in text


@pytest.mark.parametrize(("query", "told"), [
    ("?inovation=x", "its parameters are innovation, direction"), ("?innovation=concept/innovation/fax", "the possible ones are"),
    ("?innovation=a&innovation=b", "give it once"), ("?innovation=", "needs a value for innovation"), ("?innovation=%3Cscript%3E", "no name known here"),
    ("?_sort=nobody", "its columns are determinant, finding, passage"), ("?_sort=finding&_order=up", "asc or desc"), ("?_colour=red", "no &#39;_colour&#39;"),
    ("?_iris=yes", "_iris=1"), ("?_sort=finding&_sort=passage", "give it once"),
])
def test_a_wrong_parameter_is_told_with_the_remedy(client, query, told):
    response = client.get(f"/questions/cq-01{query}", headers={"Accept": "text/html"})
    assert response.status_code == 400 and told in response.text and "<script>" not in response.text


@pytest.mark.parametrize("name", ["cq-99", "cq-01.xls", "cq-01.", "cq-01.csv.json", "cq-01.json.vl", "nothing"])
def test_a_question_that_is_not_there_is_404(client, name):
    assert client.get(f"/questions/{name}").status_code == 404


def test_the_page_of_an_answer_is_tagged_by_what_was_asked(client):
    first, other, sorted_ = (client.get(f"/questions/cq-01{asked}") for asked in ("", "?innovation=concept/innovation/telework", "?_iris=1"))
    assert first.headers["ETag"].startswith('W/"') and len({each.headers["ETag"] for each in (first, other, sorted_)}) == 3
    assert client.get("/questions/cq-01", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert 'question/cq-01>; rel="cite-as"' in ", ".join(first.headers.getlist("Link"))


# -- looking at it in another way


def test_a_table_is_sorted_by_a_link_in_its_heading(client):
    plain = page(client, "/questions/cq-03")
    assert [row[2] for row in body(plain)] == ["10", "9"] and "aria-sort" not in plain
    link = re.search(r'data-name="size"[^>]*><a href="([^"]*)">Size', plain)[1].replace("&amp;", "&")
    assert link == "/questions/cq-03?innovation=&_sort=size#answer"
    upwards = page(client, link)
    assert [row[2] for row in body(upwards)] == ["9", "10"] and 'data-name="size" aria-sort="ascending"' in upwards
    downwards = page(client, link.replace("#", "&_order=desc#"))
    assert [row[2] for row in body(downwards)] == ["10", "9"] and 'data-name="size" aria-sort="descending"' in downwards
    assert "_order=desc" in re.search(r'data-name="size"[^>]*><a href="([^"]*)"', upwards)[1]
    assert "_sort" not in re.search(r'data-name="size"[^>]*><a href="([^"]*)"', downwards)[1]


def test_empty_cells_come_last_in_either_order(client):
    for order in ("asc", "desc"):
        assert [bool(row[3]) for row in body(page(client, f"/questions/cq-03?_sort=case&_order={order}"))] == [True, False]


@pytest.mark.parametrize(("smaller", "larger"), [("9", "10"), ("case 9", "case 10"), ("Éa", "Eb"), ("-3", "2"), ("0.5", "1"), ("2", "a"), ("", "0"), ("a", "a1"), ("²", "a³")])
def test_cells_are_sorted_as_people_read_them(smaller, larger):
    assert _rank((Part(smaller),)) < _rank((Part(larger),)) or smaller == ""


def test_rows_are_filtered_by_the_words_they_hold(client):
    text = page(client, "/questions/cq-03?_filter=CULTURE+hinders")
    assert [row[0] for row in body(text)] == ["Culture hinders telework"] and "1 of 2 rows shown." in text and "<b>2 rows</b>" in text
    text = page(client, "/questions/cq-03?_filter=%3Cb%3Enothing")
    assert "<table>" not in text and "No row of this answer holds “&lt;b&gt;nothing”" in text and "Show all 2" in text


def test_a_view_is_in_the_permalink_and_in_no_download(client):
    text = page(client, "/questions/cq-03?_filter=law&_sort=size")
    assert 'href="http://localhost/questions/cq-03?innovation=&amp;_sort=size&amp;_filter=law"' in text
    assert 'href="/questions/cq-03.csv?innovation="' in text
    assert client.get("/questions/cq-03.csv?_sort=size").status_code == 400


def test_the_form_of_a_filter_keeps_the_parameters_and_the_order(client):
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page(client, TELEWORK + "&_sort=finding&_iris=1&_filter=x"))
    assert hidden == [("innovation", "concept/innovation/telework"), ("direction", ""), ("_sort", "finding"), ("_iris", "1")]


def test_addresses_are_shown_on_demand(client):
    assert '<code class="iri">' not in page(client, "/questions/cq-03")
    text = page(client, "/questions/cq-03?_iris=1")
    assert re.search(r'<code class="iri">[^<]*f1</code>', text) and "Hide addresses" in text


def test_an_address_is_split_into_parameters_and_view():
    assert taken({"case": "x", "_sort": "a", "_order": "desc", "_filter": " b ", "_iris": "1"}) == ({"case": "x"}, View("a", True, "b", True))
    assert View("a", True, "b", True).arguments == {"_sort": "a", "_order": "desc", "_filter": "b", "_iris": "1"} and View().arguments == {}


@pytest.mark.parametrize("path", ["/questions/cq-03", "/questions/cq-03?_sort=size&_iris=1", "/questions/cq-03?_filter=nothing", "/questions?q=x", "/questions?q=law&audience=policy"])
def test_every_view_is_well_built_and_leads_somewhere(client, path):
    outline = Outline(page(client, path))
    assert not outline.open and outline.headings.count(1) == 1 and all(b - a <= 1 for a, b in zip(outline.headings, outline.headings[1:]))
    for link in {each for each in outline.every("a", "href") if each.startswith("/questions")}:
        assert client.get(link.partition("#")[0]).status_code == 200, link


def test_the_script_of_tables_is_served_and_asks_nobody_anything(client):
    response = client.get("/static/table.js")
    assert response.mimetype == "text/javascript" and not re.search(r"fetch|XMLHttp|innerHTML|eval|import\(", response.text)
    response.close()


# -- downloads


def test_suffixes_give_the_answer_in_other_forms(client):
    answers = {suffix: client.get(f"/questions/cq-01.{suffix}") for suffix in ("json", "csv", "tsv", "rq", "xlsx")}
    assert [answer.mimetype for answer in answers.values()][:4] == ["application/json", "text/csv", "text/tab-separated-values", "application/sparql-query"]
    rows = list(csv.reader(io.StringIO(answers["csv"].text, newline="")))
    assert rows[0][:2] == ["determinant", "determinantLabel"] and rows[1][0] == BASE + "concept/lipse/legislative-obligation"
    assert answers["json"].json["results"]["bindings"][0]["findingLabel"]["value"] == "Law drives e-procurement"
    assert answers["rq"].text.startswith("#+ id: cq-01") and answers["xlsx"].data.startswith(b"PK")
    for answer in answers.values():
        assert answer.headers["ETag"] and answer.headers["Access-Control-Allow-Origin"] == "*"
        assert 'filename="cq-01-determinants.' in answer.headers["Content-Disposition"]


def test_a_query_is_given_with_its_values_bound(client):
    assert f"VALUES ?_innovation {{ <{BASE}concept/innovation/telework> }}" in client.get("/questions/cq-01.rq?innovation=concept/innovation/telework").text


def test_csv_for_spreadsheets_defuses_formulas(client):
    assert client.get("/questions/cq-02.csv").text.splitlines()[1].endswith(",'=1+1,javascript:alert(1)")


def test_an_unchanged_answer_is_not_sent_again(client):
    for suffix in ("csv", "xlsx", "svg", "vl.json"):
        tag = client.get(f"/questions/cq-03.{suffix}").headers["ETag"]
        assert client.get(f"/questions/cq-03.{suffix}", headers={"If-None-Match": tag}).status_code == 304


def test_links_to_all_forms_are_told_to_programs(client):
    links = ", ".join(client.get("/questions/cq-03").headers.getlist("Link"))
    for media_type in ("text/csv", "image/svg+xml", "application/vnd.vegalite.v5+json", "spreadsheetml.sheet"):
        assert media_type in links
    assert "svg" not in ", ".join(client.get("/questions/cq-01").headers.getlist("Link"))


# -- chart


def test_a_chart_stands_beside_its_table_and_is_told_in_words(client):
    text = page(client, "/questions/cq-03")
    image = re.search(r"<img [^>]*>", text)[0]
    assert 'src="/questions/cq-03.svg?innovation="' in image and 'alt="Bar chart: findings per determinant; 2 rows.' in image and 'loading="lazy"' in image
    described = client.get("/questions/cq-03.vl.json").get_json(force=True)
    assert f'width="{described["width"]}" height="{described["height"]}"' in image
    assert {each["name"] for each in described["data"]["values"]} == {"legislative obligation", "bureaucratic culture"}
    assert text.index("<figure") < text.index("<table>")


def test_a_picture_is_a_document_that_may_do_nothing(client):
    response = client.get("/questions/cq-03.svg")
    assert response.mimetype == "image/svg+xml" and response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src")
    assert xml.fromstring(response.text).tag.endswith("svg") and "legislative obligation" in response.text


def test_a_picture_is_drawn_once(client, monkeypatch):
    first = client.get("/questions/cq-03.svg?innovation=concept/innovation/telework").data
    monkeypatch.setattr("graph.charts.svg", None)
    assert client.get("/questions/cq-03.svg?innovation=concept/innovation/telework").data == first


def test_a_page_never_waits_for_the_drawing(client, monkeypatch):
    monkeypatch.setattr("graph.charts.svg", None)
    assert "<img " in page(client, "/questions/cq-03")


def test_a_chart_of_nothing_is_404_with_a_way_on(client):
    for suffix in ("svg", "vl.json"):
        response = client.get(f"/questions/cq-01.{suffix}")
        assert response.status_code == 404 and "its table is at /questions/cq-01" in response.text


def test_what_was_made_last_is_kept_within_a_bound():
    kept = Latest(most=16)
    assert [kept.made(name, lambda: b"1234") for name in "aab"] == [b"1234"] * 3
    assert kept.get("a") == b"1234", "used later than b now"
    for name in "cde":
        kept.made(name, lambda: b"5678")
    assert kept.get("b") is None and [kept.get(name) for name in "acde"] == [b"1234", *[b"5678"] * 3]
    assert kept.made("f", lambda: b"x" * 5) == b"x" * 5 and kept.get("f") is None, "one may not take the room of all"
    assert kept.keep("a", b"12", 2) == b"12" and kept.keep("g", b"12", 2) and kept.get("c"), "a thing replaced gives its room back"


# -- snippets


@pytest.fixture
def served(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def snippets_of(app, base: str) -> dict[str, str]:
    """The lines a reader copies from a page, by tool."""
    text = app.test_client().get(TELEWORK, base_url=base).text
    found = re.findall(r"<h3>([^<]*)</h3>\s*<p class=\"hint\">[^<]*</p>\s*<pre tabindex=\"0\"><code>([^<]*)</code>", text)
    return {name: html.unescape(lines) for name, lines in found}


def test_the_lines_for_python_give_the_rows(app, served):
    done = subprocess.run([sys.executable, "-c", snippets_of(app, served)["Python"]], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "1 rows: determinant determinantLabel finding findingLabel passage\n"


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_line_for_curl_saves_the_answer(app, served, tmp_path):
    subprocess.run(["sh", "-c", snippets_of(app, served)["curl"]], cwd=tmp_path, timeout=30, check=True)
    assert "Culture hinders telework" in (tmp_path / "cq-01-determinants.csv").read_text("utf-8")


def test_an_address_is_quoted_as_each_tool_reads_it():
    odd = "http://x/q?a='$(touch y)'\"\\`[1-2]"
    curl, python, r = (each.text for each in snippets("cq-01", odd, odd, odd))
    said = subprocess.run(["sh", "-c", curl.replace("curl ", "printf '%s\\n' ", 1)], capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[-1] == odd and "--globoff" in said
    assert odd in _constants(python)
    assert r.startswith('answer <- read.delim("http://x/q?a=\'$(touch y)\'\\"\\\\`[1-2]", ')


def _constants(source: str) -> list[object]:
    return [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]


def test_the_charts_and_workbooks_are_described_to_programs(client):
    paths = client.get("/openapi.json").json["paths"].keys()
    assert paths >= {"/questions/cq-03.svg", "/questions/cq-03.vl.json", "/questions/cq-01.xlsx"} and "/questions/cq-01.svg" not in paths
