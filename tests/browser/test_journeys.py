"""What visitors come for, done in a browser, with script and without."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import AXE
from kinds import KINDS

_INVALID = Path(__file__).resolve().parents[1] / "cases" / "invalid" / "AdoptionCase-country-missing.ttl"
_SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
_HEAVIEST = 200_000  # bytes of a page with what it loads, the editor apart


@_SCRIPT
def test_the_telework_question_is_asked_by_form(open_page, script: bool) -> None:
    page = open_page("/", java_script_enabled=script)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Questions").click()
    page.get_by_role("link", name=re.compile("determinants drive or hinder", re.I)).click()
    page.get_by_label("Innovation", exact=True).select_option(label="telework")
    page.get_by_role("button", name="Answer").click()
    assert "innovation=concept%2Finnovation%2Ftelework" in page.url
    rows = page.locator("table tbody tr")
    assert rows.count() > 3
    page.locator("table tbody a[href*='/id/finding/']").first.click()
    assert page.get_by_text("Passage").first.is_visible()


@_SCRIPT
def test_the_check_page_reports_a_broken_file(open_page, script: bool, tmp_path: Path) -> None:
    page = open_page("/check", java_script_enabled=script)
    page.get_by_label("File").set_input_files(_INVALID)
    page.get_by_role("button", name="Check").click()
    assert page.get_by_role("heading", name="Not valid").is_visible()
    assert page.locator("table.results tbody td.number").first.inner_text().isdigit()
    broken = tmp_path / "broken.ttl"
    broken.write_text("<a", "utf-8")
    page.get_by_label("Another file").set_input_files(broken)
    page.get_by_role("button", name="Check").click()
    assert page.get_by_text("broken.ttl:1").is_visible()


def test_the_editor_runs_a_query_and_shows_labels(open_page) -> None:
    if not AXE.is_file():
        pytest.skip("not run: the editor's parts are not there; make assets fetches them")
    page = open_page("/sparql")
    page.wait_for_selector("[data-editor=ready]")
    page.get_by_role("button", name="Run").click()
    page.wait_for_selector("#results .named")
    assert page.locator("#results tbody tr").count() == 20


def test_the_editor_completes_terms_of_the_description(open_page) -> None:
    if not AXE.is_file():
        pytest.skip("not run: the editor's parts are not there; make assets fetches them")
    page = open_page("/sparql?draft=" + "PREFIX trop: <https://w3id.org/tropico-kg/ontology%23> SELECT * { ?s a trop:Ado".replace(" ", "+"))
    page.wait_for_selector("[data-editor=ready]")
    page.evaluate("""() => { const editor = document.querySelector(".CodeMirror").CodeMirror;
      editor.focus(); editor.setCursor(editor.lineCount() - 1, editor.getLine(editor.lineCount() - 1).length); }""")
    page.keyboard.press("Control+Space")
    page.wait_for_selector(".CodeMirror-hints")
    assert "trop:AdoptionCase" in page.locator(".CodeMirror-hints").inner_text()


def test_a_form_whose_answer_is_a_file_can_be_sent_again(open_page) -> None:
    page = open_page("/sparql")
    if AXE.is_file():
        page.wait_for_selector("[data-editor=ready]")
    page.get_by_label("Answer as").select_option("csv")
    for _ in range(2):
        with page.expect_download() as loaded:
            page.get_by_role("button", name="Run", exact=True).click()
        assert Path(loaded.value.path()).read_text("utf-8").count("\n") == 21
    assert page.get_by_role("button", name="Run", exact=True).is_enabled()


def test_without_script_the_form_of_the_endpoint_answers_with_labels(open_page) -> None:
    page = open_page("/sparql", java_script_enabled=False)
    page.get_by_role("button", name="Run").click()
    assert page.get_by_role("heading", name="Answer").is_visible() and page.locator("table tbody tr").count() == 20


@pytest.mark.parametrize("kind", [each for each in KINDS if "sparql" not in each])
def test_a_page_is_light(open_page, kind: str) -> None:
    page = open_page("about:blank")
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if answer.status < 300 or answer.status == 404 else None)
    page.goto(KINDS[kind])
    page.wait_for_load_state("networkidle")
    assert sizes and sum(sizes) < _HEAVIEST


def test_the_keyboard_reaches_the_content_first(open_page) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@_SCRIPT
def test_from_home_to_the_passage_behind_a_cell_of_the_comparison_in_at_most_four_clicks(open_page, script: bool) -> None:
    page = open_page("/", java_script_enabled=script)
    clicks = 0
    for link in (page.get_by_role("navigation", name="Main").get_by_role("link", name="Compare"),
                 page.locator("table tbody a[href*='/id/finding/']").first, page.locator("a[href*='/id/passage/']").first):
        link.click()
        clicks += 1
    assert "/id/passage/" in page.url and clicks <= 4
    assert page.get_by_text("paraphrase").first.is_visible()


@_SCRIPT
def test_a_chart_is_a_picture_with_a_text_alternative_beside_its_table(open_page, script: bool) -> None:
    page = open_page("/questions/cq-13?innovation=concept/innovation/telework", java_script_enabled=script)
    picture = page.locator("figure.chart img")
    picture.scroll_into_view_if_needed()
    assert len(picture.get_attribute("alt")) > 40
    page.wait_for_function("document.querySelector('figure.chart img').naturalWidth > 100") if script else None
    answer = page.request.get(picture.get_attribute("src"))
    assert answer.headers["content-type"].startswith("image/svg+xml") and "<svg" in answer.text()
    assert page.locator("table tbody tr").count() > 3


@_SCRIPT
def test_a_table_is_sorted_and_filtered(open_page, script: bool) -> None:
    page = open_page("/questions/cq-13?innovation=concept/innovation/telework", java_script_enabled=script)
    before = page.locator("table tbody tr").count()
    page.get_by_label("Rows that hold").fill("support")
    if not script:
        page.get_by_role("button", name="Filter").click()
    else:
        page.wait_for_timeout(300)
    shown = page.locator("table tbody tr:visible")
    assert 0 < shown.count() < before
    heading = page.locator("table thead th a").first
    heading.click()
    assert page.locator("table thead th").first.get_attribute("aria-sort") in ("ascending", "descending")


@_SCRIPT
def test_from_a_proposition_to_the_passage_of_a_verdict(open_page, script: bool) -> None:
    page = open_page("/propositions", java_script_enabled=script)
    assert page.get_by_text("not available").or_(page.get_by_text("could not")).first.is_visible()
    page.locator("a[href*='/id/proposition/working-1']").first.click()
    assert page.locator("main svg").first.is_visible() and page.locator("table tbody tr").count() > 5
    page.locator("table a[href*='/id/passage/']").first.click()
    assert "/id/passage/" in page.url


@_SCRIPT
def test_silent_cells_of_adoption_say_so(open_page, script: bool) -> None:
    page = open_page("/", java_script_enabled=script)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Adoption").click()
    assert page.get_by_text("silent").first.is_visible()
    page.locator("table tbody a").first.click()
    assert page.url.count("/") > 2 and page.get_by_role("heading", level=1).is_visible()


def test_a_name_nearly_right_is_suggested(open_page) -> None:
    page = open_page("/id/case/tropico-de-online-acces-act")
    page.get_by_role("link", name=re.compile("tropico-de-online-access-act")).first.click()
    assert page.url.endswith("/id/case/tropico-de-online-access-act.html") or "tropico-de-online-access-act" in page.url


def test_what_takes_long_says_that_it_works(open_page) -> None:
    page = open_page("/check")
    page.evaluate("document.querySelector('form[method=post]').target = '_blank'")  # so that this page stays as the click leaves it
    page.get_by_label("Or paste Turtle").fill("<a> <b> <c> .")
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Working …").wait_for()
    assert page.locator("main").get_attribute("aria-busy") == "true"
