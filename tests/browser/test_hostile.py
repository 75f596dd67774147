"""Data that would like to run in a browser or in a spreadsheet is shown as text, on every kind of page and in every workbook."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import openpyxl
import pytest
from conftest import ended, started
from kinds import KINDS
from rdflib import RDFS, Graph, Literal, URIRef

_TOP = Path(__file__).resolve().parents[2]
_OWN = "https://w3id.org/tropico-kg/id/hostile/"
_SCRIPT = "<script>window.hacked=1</script><img src=x onerror=\"window.hacked=1\">'\"]]>\u202e\u200b"
_FORMULA = "=cmd|' /C calc'!A0"
_LONG = "long " * 200_000  # a million letters
_JS = URIRef("javascript:window.hacked=1")
_CASE, _SOURCE = URIRef(_OWN + "case"), URIRef(_OWN + "source-report")
_PAGES = {
    **KINDS,
    "hostile-case": "/id/hostile/case.html",
    "hostile-finding": "/id/hostile/finding-central-coordinator.html",
    "hostile-passage": "/id/hostile/passage-board.html",
    "hostile-source": "/id/hostile/source-report.html",
    "hostile-study": "/id/hostile/study.html",
    "hostile-compare": f"/compare?case={quote('id/hostile/case')}",
    "hostile-findings": f"/findings?case={quote('id/hostile/case')}",
    "hostile-search": "/questions?q=" + quote(_SCRIPT),
    "hostile-filter": "/questions/cq-13?_filter=" + quote(_SCRIPT),
    "hostile-address": "/id/case/" + quote("<script>window.hacked=1</script>"),
    "hostile-draft": "/sparql?draft=" + quote("</textarea>" + _SCRIPT),
}


def _hostile() -> Graph:
    """Return the template of a case with every text made hostile, under names of ours, so that each thing has a page here."""
    text = (_TOP / "docs/templates/case.ttl").read_text("utf-8").replace("https://example.org/my-study/", _OWN)
    made = Graph()
    for s, p, o in Graph().parse(data=text, format="turtle"):
        is_text = isinstance(o, Literal) and o.language
        begins = _FORMULA if p == RDFS.label else ""
        made.add((s, p, Literal(begins + str(o) + _SCRIPT, o.language) if is_text else o))
    made.set((_SOURCE, URIRef("http://purl.org/dc/terms/title"), Literal(_SCRIPT + _LONG, "en")))
    made.add((_SOURCE, RDFS.seeAlso, _JS))
    made.add((_CASE, RDFS.seeAlso, _JS))
    return made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on the packaged data and the hostile file."""
    folder = tmp_path_factory.mktemp("hostile")
    _hostile().serialize(folder / "hostile.ttl", format="turtle")
    build = [sys.executable, "-m", "graph", "build", str(_TOP / "data"), str(folder / "hostile.ttl"), "--store", str(folder / "store")]
    done = subprocess.run(build, cwd=_TOP, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    process, address = started("--store", str(folder / "store"))
    yield address
    ended(process)


@pytest.mark.parametrize("kind", _PAGES)
def test_nothing_of_it_runs_and_no_link_leads_to_a_script(open_page, kind: str) -> None:
    page = open_page("about:blank")
    page.on("dialog", lambda _: pytest.fail("a dialog opened"))
    page.goto(_PAGES[kind])
    page.wait_for_timeout(50)
    assert page.evaluate("window.hacked") is None
    assert page.locator("a[href^='javascript' i], img[onerror], main script").count() == 0


def test_the_hostile_texts_are_shown(open_page) -> None:
    page = open_page("/id/hostile/case.html")
    assert "<script>window.hacked=1</script>" in page.locator("h1").inner_text() and "⟦U+202E⟧" in page.locator("h1").inner_text()
    assert "javascript:window.hacked=1" in page.locator("main").text_content()
    page.goto("/id/hostile/source-report.html")
    assert len(page.locator("main").inner_text()) > 1_000_000


@pytest.mark.parametrize("path", [f"/compare.xlsx?case={quote('id/hostile/case')}", "/questions/cq-43.xlsx", "/lens.xlsx"])
def test_workbooks_hold_texts_and_no_formulas(browser, server, path: str) -> None:
    context = browser.new_context()
    answer = context.request.get(server + path)
    assert answer.ok
    cells = [cell for sheet in openpyxl.load_workbook(io.BytesIO(answer.body())) for row in sheet for cell in row if cell.value is not None]
    context.close()
    assert len(cells) > 20 and not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    if "lens" not in path:  # which shows the factors of LIPSE, and those are ours
        assert any("window.hacked" in str(cell.value) for cell in cells)
    if "compare" in path:
        assert any(str(cell.value).startswith(_FORMULA) for cell in cells)


def test_the_csv_of_a_comparison_defuses_formulas(browser, server) -> None:
    context = browser.new_context()
    answer = context.request.get(f"{server}/compare-findings.csv?case={quote('id/hostile/case')}")
    cells = [cell for row in csv.reader(io.StringIO(answer.text())) for cell in row]
    context.close()
    assert any(cell.startswith("'=cmd") for cell in cells) and not [cell for cell in cells if cell.startswith("=")]


def test_no_page_of_the_hostile_data_asks_another_host(open_page, server) -> None:
    page = open_page("/cases")
    assert page.get_by_text("window.hacked=1").first.is_visible() and urlsplit(page.url).netloc == urlsplit(server).netloc
