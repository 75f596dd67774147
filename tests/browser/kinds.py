"""One address of each kind of page, and what is done on a page to see another; a new kind of page is a line here."""

from __future__ import annotations

from pathlib import Path

_INVALID = Path(__file__).resolve().parents[1] / "cases" / "invalid" / "AdoptionCase-country-missing.ttl"

KINDS = {
    "home": "/",
    "questions": "/questions",
    "questions-of-policy": "/questions?audience=policy",
    "answer": "/questions/cq-13?innovation=concept/innovation/telework",
    "answer-of-one-case": "/questions/cq-40",
    "answer-to-nothing": "/questions/cq-13?innovation=concept/innovation/telework&_filter=zzzz",
    "cases": "/cases",
    "compare": "/compare",
    "compare-across-studies": "/compare?case=tropico-de-online-access-act&case=lipse-it-trento-telepat",
    "adoption": "/lens",
    "findings": "/findings",
    "sources": "/sources",
    "source": "/id/source/trento-telework-article.html",
    "passage": "/id/passage/trento-telework-article-start.html",
    "propositions": "/propositions",
    "proposition": "/id/proposition/working-1.html",
    "case": "/id/case/tropico-de-online-access-act.html",
    "finding": "/id/finding/tropico-f01-size-and-scope.html",
    "concept": "/concept/tropico/leadership.html",
    "ontology": "/ontology.html",
    "shape": "/shape/Case.html",
    "graph": "/graph/data/sources.html",
    "sparql": "/sparql",
    "sparql-page": "/sparql?format=html&query=SELECT+*+%7B+%3Fs+%3Fp+%3Fo+%7D+LIMIT+30",
    "check": "/check",
    "downloads": "/download/",
    "problem": "/problem/query-timeout",
    "nowhere": "/id/case/nowhere-at-all",
}


def _checked(page) -> None:
    page.get_by_label("File").set_input_files(_INVALID)
    page.get_by_role("button", name="Check").click()
    page.get_by_role("heading", name="Not valid").wait_for()


def _run(page) -> None:
    page.wait_for_selector("[data-editor=ready]")
    page.get_by_role("button", name="Run").click()
    page.wait_for_selector("#results .named")


DONE = {"check-report": ("/check", _checked), "editor-results": ("/sparql", _run)}
