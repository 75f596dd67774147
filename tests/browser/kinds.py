"""One address of each kind of page; a new kind of page is a line here."""

from __future__ import annotations

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
    "check": "/check",
    "downloads": "/download/",
    "problem": "/problem/query-timeout",
    "nowhere": "/id/case/nowhere-at-all",
}
