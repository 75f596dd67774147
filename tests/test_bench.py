"""The bench tells what was measured, and holds nothing that was not."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
if not BENCHMARKS.exists():
    pytest.skip("the benchmarks lie in a checkout only", allow_module_level=True)
sys.path.insert(0, str(BENCHMARKS))

import borrowed  # noqa: E402
import guard as bench_guard  # noqa: E402
import isolated  # noqa: E402
import questions as bench_questions  # noqa: E402
import table  # noqa: E402
from lines import Claim, Line, exponent, markdown, summary  # noqa: E402
from plan import Plan, line, peak  # noqa: E402

FASTER = Claim("faster", 8)
SOMETHING = {"seconds": 1.0, "wall": 1.0}


@pytest.mark.parametrize(
    ("claim", "ours", "theirs", "verdict"),
    [
        (FASTER, [1.0, 1.2, 0.9], [8.0, 8.5, 7.0], "held"),
        (FASTER, [1.0], [7.9], "NOT held"),
        (Claim("at most", 0.5), [50.0], [100.0], "held"),
        (Claim("at most", 0.5), [51.0], [100.0], "NOT held"),
        (Claim("at least", 1), [99.0], [100.0], "NOT held"),
        (Claim("at least", 1), [100.0], [100.0], "held"),
    ],
)
def test_a_claim_is_held_by_the_ratio_of_the_medians(claim: Claim, ours: list[float], theirs: list[float], verdict: str) -> None:
    assert Line("p", "w", 10, ours, "s", "them", theirs, claim).verdict == verdict


@pytest.mark.parametrize(("ours", "theirs"), [((), ()), ((1.0,), ()), ((), (9.0,))])
def test_what_was_not_run_is_never_held(ours: tuple[float, ...], theirs: tuple[float, ...]) -> None:
    each = Line("p", "w", 10, ours, "s", "them", theirs, FASTER, missing="no jar")
    assert each.verdict == "not run: no jar"
    assert summary([each]) == "Of 1 lines with a claim: 0 held, 0 NOT held, 0 not decided, 1 not run."


def test_other_results_are_not_held_however_fast() -> None:
    assert Line("p", "w", 10, [1.0], "s", "them", [99.0], FASTER, same=False).verdict.startswith("NOT held")
    assert "the results differ" in Line("p", "w", 10, [1.0], "s", "them", [99.0], same=False).cells()


def test_a_peer_that_was_stopped_is_more_than_its_limit() -> None:
    """Held where the limit is enough for the claim, else not decided: nobody knows how long it would have taken."""
    enough, little = (Line("p", "w", 10, [1.0], "s", "them", (), FASTER, over=limit) for limit in (9.0, 7.0))
    assert (enough.verdict, little.verdict) == ("held", "not decided")
    assert "more than 9 s" in enough.cells() and "> 9" in enough.cells()
    share = Line("p", "w", 10, [1.0], "s", "them", (), Claim("at most", 0.2), over=10.0)
    assert share.verdict == "held" and "< 0.1" in share.cells()


def test_a_process_is_measured_by_itself_and_stopped_at_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At that of its own seconds, not of the clock, which runs while other work has the processor."""
    (tmp_path / "busy.py").write_text(
        "import isolated, os\n"
        "def broken():\n"
        "    os.write(2, b'memory allocation of 9 bytes failed\\nnote: there is more to be told\\n')\n"
        "    os.abort()\n"
        "def work(number):\n"
        "    return isolated.clocked(lambda: sum(range(number)))[0]\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert isolated.run("busy", "work", 1, number=10**12).over == 1
    assert isolated.run("busy", "work", 60, number=10**5).figures["seconds"] < 1
    done = isolated.run("isolated", "peak", 20)
    assert done.missing == "" and 5 < done.figures < done.peak + 1 < 200
    late = isolated.run("subprocess", "call", 0.1, args=["sleep", "30"])
    assert late.over is None and not late.figures and "0.4 s of the clock" in late.missing
    assert "no_such" in isolated.run("no_such", "function", 20).missing
    assert isolated.run("busy", "broken", 20).missing == "memory allocation of 9 bytes failed"


def test_lines_of_outcomes_say_why_there_is_no_figure() -> None:
    ours, stopped, absent = isolated.Outcome(SOMETHING, 7.0), isolated.Outcome(over=3.0), isolated.Outcome(missing="no Java")
    assert line("p", "w", 10, [ours], "them", [stopped], claim=Claim("faster", 3)).verdict == "held"
    assert line("p", "w", 10, [ours], "them", [absent], claim=FASTER).verdict == "not run: no Java"
    of_memory = line("p", "w", 10, [ours], "them", [stopped], claim=FASTER, figure=peak, unit="MB")
    assert of_memory.verdict == "not run: stopped at the time limit" and of_memory.ours == [7.0]


def test_growth_is_the_power_of_the_size() -> None:
    assert exponent([(10, 3.0), (100, 300.0), (1000, 30_000.0)]) == pytest.approx(2.0)
    assert exponent([(10, 3.0)]) is None
    told = markdown([Line("p", "w", size, [size * 2.0]) for size in (10, 100, 1000)])
    assert "| w | 10, 100, 1,000 | 1.00 |  |  |" in told
    some = [Line("p", "w", size, [size * 2.0], "s", peer, theirs) for size, peer, theirs in ((10, "x", [1.0]), (100, "x", [2.0]), (1000, "", []))]
    assert "| w | 10, 100, 1,000 | 1.00 | x | 0.30 (two sizes) |" in markdown(some)


def test_a_peer_that_is_not_there_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def run(module: str, function: str, limit: float) -> isolated.Outcome:
        asked.append(function)
        return isolated.Outcome(missing="not installed") if function == "theirs" else isolated.Outcome(SOMETHING)

    monkeypatch.setattr("plan.run", run)
    ours, theirs = Plan([10], 3, 9.0, tmp_path).rounds_of(10, ("m", "ours", {}), ("m", "theirs", {}))
    assert asked == ["ours", "theirs", "ours", "ours"] and len(ours) == 3 and len(theirs) == 1


def test_every_part_can_be_measured() -> None:
    assert all(callable(table.part(name)) for name in table.PARTS)


def test_a_part_writes_both_files(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / "table.py"), "--sizes", "300", "--rounds", "1", "--parts", "load", "--out", str(tmp_path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert told.strip() == (tmp_path / "bench.md").read_text("utf-8").strip()
    assert "| load, in memory | 300 |" in told and "rdflib" in (tmp_path / "bench.json").read_text("utf-8")


def test_parts_can_be_measured_beside_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both, kept = threading.Barrier(2, timeout=20), []

    def part(name: str) -> Callable[[Plan], Iterator[Line]]:
        def lines(plan: Plan) -> Iterator[Line]:
            both.wait()
            yield Line("part", name, 1, [1.0])

        return lines

    monkeypatch.setattr(table, "part", part)
    found = table.measured(Plan([1], 1, 9.0, tmp_path), ["one"], lambda lines: kept.append(len(lines)), ["other"])
    assert [each.what for each in found] == ["one", "other"] and kept[-1] == 2


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[int, dict]]:
    """What other benchmarks measure, by module and size; what is not there is absent."""
    rows: dict[str, dict[int, dict]] = {}

    def run(module: str, function: str, limit: float, **given: dict) -> isolated.Outcome:
        known, sizes = rows.get(given["name"], {}), given["arguments"]["sizes"]
        found = [row for size in sizes for row in known[size]] if known.keys() >= set(sizes) else None
        return isolated.Outcome(missing="no such benchmark") if found is None else isolated.Outcome({"rows": found})

    monkeypatch.setattr("borrowed.run", run)
    return rows


def _question(name: str, size: int, ours: float, rdflib: float, **more: object) -> dict:
    return {"question": name, "triples": size, "rows": 5, "cold": 2 * ours, "ours": ours, "bare": ours / 1.1, "rdflib": rdflib, "stopped": False,
            "missing": "", "one_case": False, **more}  # fmt: skip


def _claimed(plan: Plan) -> dict[str, Line]:
    return {each.what: each for each in borrowed.questions(plan) if each.claim}


def test_claims_on_questions_are_made_at_the_largest_size(lent: dict, tmp_path: Path) -> None:
    grown = {"one_case": True, "grown": 2.0, "bare_grown": 1.9, "least": 10}
    lent["questions"] = {
        10: [_question("cq-1", 10, 0.1, 1.0), _question("cq-2", 10, 0.1, 1.0)],
        100: [_question("cq-1", 100, 0.1, 20.0, stopped=True), _question("cq-2", 100, 0.2, 0.9, **grown)],
    }
    found = _claimed(Plan([10, 100], 1, 9.0, tmp_path))
    assert {what: each.verdict for what, each in found.items()} == {
        "all questions, geometric mean": "not decided", "the question that gains least": "NOT held", "all questions, sum": "held",
        "cq-2, on one case": "NOT held",
    }  # fmt: skip
    assert found["all questions, geometric mean"].ratio == pytest.approx(30) and "1 of 2" in found["all questions, geometric mean"].note
    assert found["cq-2, on one case"].ratio == pytest.approx(2) and all(each.size == 100 for each in found.values())


def test_a_question_that_was_not_measured_makes_no_claim_held(lent: dict, tmp_path: Path) -> None:
    gone = {"question": "cq-3", "triples": 10, "one_case": False, "missing": "it was not done", "rdflib": None, "stopped": False}
    lent["questions"] = {10: [_question("cq-1", 10, 0.1, 100.0), _question("cq-2", 10, 0.1, 0.4), gone]}
    found = _claimed(Plan([10], 1, 9.0, tmp_path))
    assert found["the question that gains least"].verdict == "NOT held"
    assert found["all questions, sum"].verdict == "not run: cq-3 could not be measured" and "1.1" in found["all questions, sum"].note
    assert "cq-3" in [each.what for each in borrowed.questions(Plan([10], 1, 9.0, tmp_path)) if each.missing == "it was not done"]


def test_what_stops_rdflib_decides_or_leaves_open() -> None:
    rows = [_question("cq-1", 10, 1.0, 20.0, stopped=True, told=5, steps=9), _question("cq-2", 10, 1.0, 30.0, told=5, steps=9)]
    told = dict(pair[::-1] for pair in bench_questions.beside_rdflib(rows, 10))
    assert list(told) == ["not decided", "holds"] and "more than 24 times" in told["not decided"]
    rows[1]["rdflib"] = 4.0
    assert [verdict for _, verdict in bench_questions.beside_rdflib(rows, 10)] == ["not decided", "DOES NOT HOLD"]
    gone = {"question": "cq-3", "triples": 10, "missing": "it was not done", "rdflib": None}
    rows[1]["rdflib"] = 400.0
    assert [verdict for _, verdict in bench_questions.beside_rdflib([*rows, gone], 10)] == ["not decided", "not decided"]


def test_seconds_are_fine_while_an_alarm_is_set() -> None:
    with bench_questions.at_most(60):
        seen = sorted({isolated.process_seconds() for _ in range(50_000)})
    assert statistics.median(after - before for before, after in pairwise(seen)) < 0.0005


def test_rdflib_is_stopped_whatever_it_is_at() -> None:
    with pytest.raises(bench_questions.TooLong), bench_questions.at_most(0.05):
        for _ in range(1_000_000):
            try:
                sum(range(1_000))
            except Exception:  # noqa: BLE001, S112, PERF203 (as code does that takes everything for an error of its own)
                continue


def test_claims_on_one_change_are_shares_of_the_whole(lent: dict, tmp_path: Path) -> None:
    row = {"files": 9, "build": 100.0, "rebuild": 4.0, "closure": 10.0, "closure_of_one": 0.3, "validation_of_one": 0.1}
    lent["incremental"] = {10: [row | {"triples": 10}], 100: [row | {"triples": 100, "validation_of_one": 0.11}]}
    found = [each for each in borrowed.changes(Plan([10, 100], 1, 9.0, tmp_path)) if each.claim]
    assert [each.verdict for each in found] == ["held", "NOT held", "held"]


def test_what_no_benchmark_measures_is_not_run(lent: dict, tmp_path: Path) -> None:
    plan = Plan([10], 1, 9.0, tmp_path)
    found = [*borrowed.questions(plan), *borrowed.changes(plan)]
    assert len(found) == 7 and {each.verdict for each in found} == {"not run: no such benchmark"}


def test_a_module_without_a_measure_is_absent() -> None:
    assert "endpoint.py measures nothing" in isolated.run("borrowed", "rows_of", 60, name="endpoint", arguments={}).missing
    assert "no_such.py measures nothing" in isolated.run("borrowed", "rows_of", 60, name="no_such", arguments={}).missing


@pytest.mark.parametrize(("fault", "held"), [
    ({}, [True] * 4), ({"beside": [0.01] * 49}, [False, True, True, True]), ({"beside": [0.01] * 90 + [0.2] * 10}, [True, False, True, True]),
    ({"attackers": [2.5]}, [True, True, False, True]), ({"code": 503}, [True, True, True, False]),
])  # fmt: skip
def test_each_claim_on_clients_beside_attackers_can_fail(fault: dict, held: list[bool]) -> None:
    def tally(seconds: list[float], code: int = 200) -> bench_guard.Tally:
        found = bench_guard.Tally()
        found.seconds.extend(seconds)
        found.codes[code] += len(seconds)
        return found

    alone, beside = tally([0.01] * 100), tally(fault.get("beside", [0.01] * 100), fault.get("code", 200))
    found = list(bench_guard.claims(alone, beside, tally(fault.get("attackers", [2.1]), 504)))
    assert [each for _, each in found] == held
