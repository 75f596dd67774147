"""The parts of the bench that other benchmarks measure: questions beside rdflib and the engine alone, and what one change costs.

Such a module has a function `measure(sizes, rounds)` that gives dictionaries with the fields of `lines.Line` (`what`, `size`, `ours`, `peer`,
`theirs`, `unit`, `over`, `same`, `note`, `missing`), the claim as a pair such as ("faster", 60). What is claimed here and comes from no
such module is told as not run.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from typing import Any

from lines import Claim, Line
from plan import Plan

QUESTIONS = {
    "all questions, geometric mean beside rdflib": Claim("faster", 60),
    "the question that gains least beside rdflib": Claim("faster", 5),
    "all questions, geometric mean beside pyoxigraph alone": Claim("at most", 1.15),
    "a question on one case, beside itself at the least size": Claim("at most", 1.3),
}
CHANGES = {
    "a build after one changed file, beside a whole one": Claim("at most", 0.05),
    "closure after one changed case, beside the whole": Claim("at most", 0.02),
    "validation of one changed case, beside itself at the least size": Claim("at most", 1.2),
}


def questions(plan: Plan) -> Iterator[Line]:
    """Yield the lines on questions."""
    return measured("questions", QUESTIONS, plan)


def changes(plan: Plan) -> Iterator[Line]:
    """Yield the lines on what one change costs."""
    return measured("incremental", CHANGES, plan)


def measured(module: str, claims: dict[str, Claim], plan: Plan) -> Iterator[Line]:
    """Yield the lines that a module measures, and then one for each claim that none of them is about."""
    measure = getattr(importlib.import_module(module), "measure", None) if importlib.util.find_spec(module) else None
    missing = f"benchmarks/{module}.py measures nothing for this table" if measure is None else "it was not measured"
    told: set[Claim] = set()
    for each in as_lines(module, measure(plan.sizes, plan.rounds) if measure else ()):
        told.add(each.claim)
        yield each
    for what, claim in claims.items():
        if claim not in told:
            yield Line(module, what, max(plan.sizes), claim=claim, missing=missing)


def as_lines(module: str, figures: Iterable[dict[str, Any]]) -> Iterator[Line]:
    """Turn dictionaries into lines."""
    for each in figures:
        claim = each.get("claim")
        yield Line(**{"part": module} | each | {"claim": Claim(*claim) if isinstance(claim, (list, tuple)) else claim})
