"""The parts of the bench that other benchmarks measure: questions beside rdflib and the engine alone, and what one change costs.

`questions.measure` and `incremental.measure` run in a process of their own, size by size; what they give is turned into lines here.
"""

from __future__ import annotations

import importlib.util
import statistics
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from isolated import Absent, run
from lines import NOT_HELD, Claim, Line
from plan import Plan

MEAN, LEAST, BARE, ONE_CASE = Claim("faster", 60), Claim("faster", 5), Claim("at most", 1.15), Claim("at most", 1.3)
AGAIN, CLOSED, JUDGED = Claim("at most", 0.05), Claim("at most", 0.02), Claim("at most", 1.2)
_PATIENCE = 4  # times the limit of one measurement, for all that such a benchmark measures at one size
RUNS = 5  # changed cases
_CLAIMED = 100_000  # where the share of a closure is claimed too: in a larger graph it is less by itself
_STOPPED = 45.0  # seconds that rdflib gets for one question, at least
Row = dict[str, Any]


def rows_of(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return what another benchmark measures. Raises Absent where it is not here or measures nothing for others."""
    found = importlib.import_module(name) if importlib.util.find_spec(name) else None
    if not hasattr(found, "measure"):
        raise Absent(f"benchmarks/{name}.py measures nothing for this table")
    return {"rows": found.measure(**arguments)}


def measured(plan: Plan, module: str, **arguments: object) -> tuple[list[Row], str]:
    """Return the rows of all sizes, and why there are none of the last one."""
    found: list[Row] = []
    missing = ""
    for size in plan.sizes:
        asked = {"sizes": [size], **arguments}
        outcome = run("borrowed", "rows_of", _PATIENCE * plan.limit, name=module, arguments=asked)
        found += outcome.figures.get("rows", [])
        missing = outcome.missing or ("stopped at the time limit" if outcome.over else "")
    return found, missing


def questions(plan: Plan) -> Iterator[Line]:
    """Yield the lines on questions; the claims are made at the largest size, where alone rdflib is asked."""
    most = max(plan.sizes)
    rows, missing = measured(
        plan, "questions", rounds=plan.rounds, rdflib_at=most, rdflib_limit=_STOPPED, least=min(plan.sizes), folder=str(plan.stores)
    )  # fmt: skip
    for row in rows:
        yield _question(row)
    for size in plan.sizes:
        at = [row for row in rows if row["triples"] == size]
        if at:
            yield from together(at, size, size == most)
            yield from on_one_case(at, size, size == most)
        elif size == most:
            yield from not_run("questions", size, missing, {
                "all questions, geometric mean": MEAN, "the question that gains least": LEAST, "all questions, sum": BARE,
                "a question on one case": ONE_CASE,
            })  # fmt: skip


def _question(row: Row) -> Line:
    if row["missing"]:
        return Line("questions", row["question"], row["triples"], missing=row["missing"])
    over = row["rdflib"] if row["stopped"] else None
    note = f"{row['rows']:,} rows; of a store just opened {row['cold']:.3g} s; pyoxigraph alone {row['bare']:.3g} s"
    peer = "" if row["rdflib"] is None else "rdflib"
    return Line("questions", row["question"], row["triples"], [row["ours"]], "s", peer, _if(row["rdflib"], over), over=over, note=note)


def together(rows: list[Row], size: int, claimed: bool) -> Iterator[Line]:
    """Yield the lines on all questions at one size; `claimed` is whether the claims are made there. Where a question was not measured
    they are not run, except for one that the others already break.
    """
    known = [row for row in rows if not row["missing"]]
    asked = [row for row in known if row["rdflib"] is not None]
    left = ", ".join(row["question"] for row in rows if row["missing"])
    lines = [*beside_rdflib(asked, size), Line("questions", "all questions, sum", size, [sum(row["ours"] for row in known)], "s",
             "pyoxigraph alone", [sum(row["bare"] for row in known)], BARE)] if known else []  # fmt: skip
    for line in lines:
        broken = line.claim is not None and line.verdict == NOT_HELD
        if left and not broken:
            figure = f"ratio of the others {line.ratio:.3g}"
            note = "; ".join(filter(None, (line.note, figure)))
            line = replace(line, ours=(), theirs=(), over=None, missing=f"{left} could not be measured", note=note)
        yield line if claimed else replace(line, claim=None)


def beside_rdflib(asked: list[Row], size: int) -> Iterator[Line]:
    """Yield the lines on all questions beside rdflib; where it was stopped, its time is more than what it was given."""
    if not asked:
        return
    stopped = sum(row["stopped"] for row in asked)
    note = f"rdflib stopped for {stopped} of {len(asked)}, which count as the limit" if stopped else ""
    ours, theirs = (statistics.geometric_mean(row[key] for row in asked) for key in ("ours", "rdflib"))
    over = theirs if stopped else None
    yield Line("questions", "all questions, geometric mean", size, [ours], "s", "rdflib", _if(theirs, over), MEAN, over=over, note=note)
    least = min(asked, key=lambda row: row["rdflib"] / row["ours"])
    over = least["rdflib"] if least["stopped"] else None
    yield Line("questions", "the question that gains least", size, [least["ours"]], "s", "rdflib", _if(least["rdflib"], over), LEAST,
               over=over, note=least["question"])  # fmt: skip


def on_one_case(rows: list[Row], size: int, claimed: bool) -> Iterator[Line]:
    """Yield the lines on questions about one case, beside themselves at the least size, both asked in turns."""
    for row in (row for row in rows if row["one_case"] and row["missing"]):
        yield Line("questions", f"{row['question']}, on one case", size, claim=ONE_CASE if claimed else None, missing=row["missing"])
    for row in (row for row in rows if row.get("grown")):
        note = f"pyoxigraph alone {row['bare_grown']:.2f} times"
        yield Line("questions", f"{row['question']}, on one case", size, [row["ours"]], "s", f"ours at {row['least']:,}",
                   [row["ours"] / row["grown"]], ONE_CASE if claimed else None, note=note)  # fmt: skip


def changes(plan: Plan) -> Iterator[Line]:
    """Yield the lines on what one changed case costs; the claims are made at the largest size."""
    outcome = run("borrowed", "rows_of", _PATIENCE * plan.limit, name="incremental", arguments={"sizes": plan.sizes, "runs": RUNS})
    rows: list[Row] = outcome.figures.get("rows", [])
    missing = outcome.missing or ("stopped at the time limit" if outcome.over else "")
    for row in rows:
        size = row["triples"]
        again, judged = (AGAIN, JUDGED) if size == max(plan.sizes) else (None, None)
        closed = CLOSED if size in (_CLAIMED, max(plan.sizes)) else None
        files = f"{row['files']:,} files"
        yield Line("changes", "build after one changed file", size, [row["rebuild"]], "s", "ours, a whole build", [row["build"]], again, note=files)
        yield Line("changes", "closure after one changed case", size, [row["closure_of_one"]], "s", "ours, the whole", [row["closure"]], closed)
        if size > rows[0]["triples"]:
            yield Line("changes", "validation of one changed case", size, [row["validation_of_one"]], "s",
                       f"ours at {rows[0]['triples']:,}", [rows[0]["validation_of_one"]], judged)  # fmt: skip
    if max(plan.sizes) not in {row["triples"] for row in rows}:
        yield from not_run("changes", max(plan.sizes), missing, {
            "build after one changed file": AGAIN, "closure after one changed case": CLOSED, "validation of one changed case": JUDGED,
        })  # fmt: skip


def not_run(part: str, size: int, missing: str, claims: dict[str, Claim]) -> Iterator[Line]:
    """Yield a line for each claim of which nothing is known."""
    for what, claim in claims.items():
        yield Line(part, what, size, claim=claim, missing=missing or "it was not measured")


def _if(figure: float | None, over: float | None) -> list[float]:
    return [] if figure is None or over is not None else [figure]
