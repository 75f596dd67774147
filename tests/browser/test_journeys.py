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


def test_without_script_the_form_of_the_endpoint_answers_with_labels(open_page) -> None:
    page = open_page("/sparql", java_script_enabled=False)
    page.get_by_role("button", name="Run").click()
    assert page.get_by_role("heading", name="Answer").is_visible() and page.locator("table tbody tr").count() == 20


@pytest.mark.parametrize("kind", [each for each in KINDS if each != "sparql"])
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
