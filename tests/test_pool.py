"""No query and no file stops the process that serves, and what stops a worker costs the next query nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rdflib import Literal, URIRef

from graph import guard, jobs, pool
from graph.embedded import EmbeddedStore
from graph.errors import (
    MemoryExceeded,
    ParseError,
    QueryError,
    QueryRefused,
    QueryTimeout,
    ResultTooLarge,
    StoreError,
    TooManyAtOnce,
    TropicoError,
    UploadTimeout,
    WorkerDied,
)
from graph.formats import by_key
from graph.frames import DATA, END, JOB, retold, told
from graph.settings import Settings
from graph.store import Dataset, Store

pytestmark = pytest.mark.skipif(not pool.POSSIBLE, reason="this system has no pipes to wait on")

_GRAPH = URIRef("http://graph.example/one")
_P = URIRef("http://a.example/p")
_LIMIT = 2.0
_HOSTILE = {
    "braces": "SELECT * " + "{" * 10_000,
    "brackets": "SELECT * { FILTER(" + "(" * 10_000 + "1",
    "exclamation marks": "SELECT * { FILTER(" + "!" * 12_000 + "true) }",
    "IF in IF": "SELECT * { FILTER(" + "IF(true," * 3_000 + "1",
    "blank nodes in blank nodes": "SELECT * {" + "[ <a:p> " * 900 + "[]" + "]" * 900 + " <a:p> 1}",
    "lists in lists": "SELECT * {" + "( " * 1_200 + "1" + ")" * 1_200 + " <a:p> 1}",
    "OPTIONAL after OPTIONAL": "SELECT * {" + "OPTIONAL { ?s ?p ?o } " * 2_400 + "}",
    "cross product, counted": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }",
    "cross product, sorted": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } ORDER BY ?c ?f ?i ?l",
    "VALUES crossed": "SELECT (COUNT(*) AS ?n) {"
    + "".join(f"VALUES ?v{n} {{{' 1' * 500}}}" for n in range(6)) + "}",
    "text that grows": "SELECT (STRLEN(?z) AS ?n) { BIND('" + "x" * 1_000 + "' AS ?a) "
    + "".join(f"BIND(CONCAT({', '.join([f'?{a}'] * 10)}) AS ?{b}) " for a, b in zip("abcdefghi", "bcdefghiz", strict=True)) + "}",
    "rows without end": "CONSTRUCT { ?a ?e ?i } { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }",
}  # fmt: skip


@pytest.fixture(scope="module")
def data() -> Iterator[Store]:
    """A thousand triples on disk."""
    with EmbeddedStore() as store:
        store.replace({_GRAPH: [(URIRef(f"http://a.example/{n}"), _P, Literal(n)) for n in range(1_000)]})
        yield store


def _tight() -> Settings:
    return Settings(cache=None, workers=2, query_timeout=_LIMIT, max_rows=10**9, max_query_bytes=10**6)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Tight limits, and a pool of its own for each test."""
    monkeypatch.setattr(pool, "_POOLS", {})
    yield _tight()
    pool.close_all()


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every query through to the worker, as if nothing told beforehand that it is hostile."""
    monkeypatch.setattr(guard, "examine", lambda query, _: ("construct" if query.startswith("CONSTRUCT") else "select", False))


def _asked(store: Store, query: str, settings: Settings) -> bytes:
    return b"".join(guard.answer(store, query, None, settings).chunks)


def _is_answered(store: Store, settings: Settings) -> bool:
    return b'"1000"' in _asked(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", settings)


def _error(store: Store, query: str, settings: Settings) -> TropicoError:
    with pytest.raises(TropicoError) as caught:
        guard.answer(store, query, None, settings)
    return caught.value


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("query", _HOSTILE.values(), ids=_HOSTILE)
def test_a_hostile_query_ends_in_time_with_a_sentence_and_the_next_is_answered(
    data: Store, query: str
) -> None:
    settings = _tight()
    assert _is_answered(data, settings)
    before = guard.health(settings)
    began = time.monotonic()
    error = _error(data, query, settings)
    assert time.monotonic() - began < 1.2 * _LIMIT
    assert error.status in (400, 413, 500, 504) and str(error).endswith(".")
    if isinstance(error, WorkerDied | QueryTimeout):
        after = guard.health(settings)
        assert sum(after[each] - before[each] for each in ("deaths", "timeouts")) == 1
    assert _is_answered(data, settings)


@pytest.mark.usefixtures("unread")
def test_what_each_way_to_end_is_told_as(data: Store, settings: Settings) -> None:
    assert type(_error(data, _HOSTILE["exclamation marks"], settings)) is WorkerDied
    assert type(_error(data, _HOSTILE["cross product, counted"], settings)) is QueryTimeout
    assert type(_error(data, "SELECT * { ?s ?p", settings)) is QueryError
    told_by = guard.health(settings)
    assert (told_by["deaths"], told_by["timeouts"], told_by["kills"]) == (1, 1, 1)


@pytest.mark.usefixtures("unread")
def test_a_query_that_takes_more_memory_than_there_is_is_stopped(data: Store, settings: Settings) -> None:
    small = Settings(cache=None, workers=1, worker_memory=1_000_000_000, query_timeout=30)
    error = _error(data, _HOSTILE["text that grows"], small)
    assert isinstance(error, MemoryExceeded) and error.status == 504 and "1000000000 bytes" in str(error)
    assert _is_answered(data, small)


def test_an_answer_past_its_bytes_is_an_error_and_the_worker_goes_on(data: Store, settings: Settings) -> None:
    tight = Settings(cache=None, workers=1, max_result_bytes=1_000, max_rows=10**9)
    for query in ("SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }", "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"):
        assert isinstance(_error(data, query, tight), ResultTooLarge)
    assert guard.health(tight)["jobs"] == 3 and guard.health(tight)["deaths"] == guard.health(tight)["kills"] == 0


def test_a_select_is_ended_at_its_rows_without_waiting_for_the_others(data: Store, settings: Settings) -> None:
    few = Settings(cache=None, workers=1, max_rows=500)
    answer = guard.answer(data, "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", None, few)
    assert answer.capped == 500
    assert len(json.loads(b"".join(answer.chunks))["results"]["bindings"]) == 500
    assert guard.answer(data, "SELECT * { ?s ?p ?o }", None, few, forced=by_key("csv")).capped == 500
    assert guard.answer(data, "SELECT * { ?s ?p ?o } LIMIT 500", None, few).capped is None


def test_a_worker_that_is_killed_in_the_middle_of_a_query_is_told_and_replaced(data: Store, settings: Settings) -> None:
    long = Settings(cache=None, workers=2, query_timeout=20)
    assert _is_answered(data, long)
    failures: list[TropicoError] = []
    asking = threading.Thread(target=lambda: failures.append(_error(data, _HOSTILE["cross product, counted"], long)))
    asking.start()
    busy = _until(lambda: list(jobs._pool(long)._hands.busy))
    os.kill(busy[0].process.pid, signal.SIGKILL)
    assert _is_answered(data, long)
    asking.join(5)
    assert type(failures[0]) is WorkerDied and failures[0].status == 500
    assert guard.health(long)["deaths"] == 1


def test_a_worker_that_was_killed_while_idle_is_not_lent(data: Store, settings: Settings) -> None:
    assert _is_answered(data, settings)
    for each in list(jobs._pool(settings)._hands.idle):
        each.process.kill()
        each.process.wait()
    assert _is_answered(data, settings)


def _until(found: Callable[[], Any], seconds: float = 5.0) -> Any:
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)
    return value


def test_when_all_workers_are_busy_the_next_is_told_to_come_again(
    data: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_PATIENCE", 0.1)
    assert _is_answered(data, settings)
    slow = _HOSTILE["cross product, counted"]
    asking = [threading.Thread(target=_error, args=(data, slow, settings)) for _ in range(2)]
    for each in asking:
        each.start()
    _until(lambda: guard.health(settings)["busy"] == 2)
    error = _error(data, "ASK {}", settings)
    assert type(error) is TooManyAtOnce and error.status == 503 and error.retry_after
    for each in asking:
        each.join()
    assert _is_answered(data, settings)


def test_no_more_processes_are_kept_than_may_be_busy_and_one(data: Store, settings: Settings) -> None:
    asking = [threading.Thread(target=_is_answered, args=(data, settings)) for _ in range(12)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    found = guard.health(settings)
    assert found["jobs"] == 12 and found["idle"] <= 3 and found["deaths"] == 0


def test_a_worker_sees_each_new_generation_and_retires_after_enough_jobs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_JOBS", 3)
    with EmbeddedStore() as store:
        assert b'"0"' in _asked(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", settings)
        for count in (1, 2, 3):
            store.replace({_GRAPH: [(_P, _P, Literal(n)) for n in range(count)]})
            assert b'"%d"' % count in _asked(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", settings)
    assert guard.health(settings)["retired"] == 1


def test_workers_let_go_of_a_snapshot_that_was_removed(settings: Settings) -> None:
    with EmbeddedStore() as store:
        store.replace({_GRAPH: [(_P, _P, Literal(1))]})
        _asked(store, "ASK {}", settings)
        own = jobs._pool(settings)
        one = _until(lambda: len(own._hands.idle) == 2 and own._hands.idle)[-1]
        store.replace({_GRAPH: [(_P, _P, Literal(2))]})
        assert one.is_outdated(own._hands.idle[0]) and not one.is_outdated(one)
        own._hands.idle.reverse()  # so that the other one is lent
        _asked(store, "ASK {}", settings)
        assert one not in own._hands.idle and guard.health(settings)["retired"] == 1
        _until(lambda: one.process.poll() is not None)


def test_a_snapshot_that_was_replaced_before_the_worker_opened_it_is_asked_for_again(settings: Settings) -> None:
    with EmbeddedStore() as store:
        store.replace({_GRAPH: [(_P, _P, Literal(1))]})
        old = store.snapshot()
        store.replace({_GRAPH: [(_P, _P, Literal(n)) for n in range(7)]})
        chunks, _ = jobs.answer_of(store, old, "SELECT * { ?s ?p ?o }", by_key("csv"), settings)
        assert b"".join(chunks).count(b"\n") == 8
        with pytest.raises(StoreError, match="cannot be read"):
            jobs._evaluated(old, "SELECT * { ?s ?p ?o }", by_key("csv"), settings)


def test_a_worker_keeps_to_the_graphs_a_query_is_about(settings: Settings) -> None:
    other = URIRef("http://graph.example/two")
    with EmbeddedStore() as store:
        store.replace({_GRAPH: [(_P, _P, Literal(1))], other: [(_P, _P, Literal(1)), (_P, _P, Literal(2))]})

        def count(pattern: str, dataset: Dataset) -> bytes:
            query = f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}"
            found = guard.answer(store, query, "text/csv", settings, dataset=dataset)
            return b"".join(found.chunks).split()[1]

        assert count("?s ?p ?o", Dataset((_GRAPH,))) == b"1"
        assert count("?s ?p ?o", Dataset((_GRAPH, other))) == b"2"
        assert count("GRAPH ?g { ?s ?p ?o }", Dataset((), (other,))) == b"2"
        assert count("?s ?p ?o", Dataset((), (other,))) == b"0"


def test_the_work_of_strangers_is_measured(data: Store, settings: Settings) -> None:
    with guard.metered() as meter:
        _asked(data, "ASK {}", settings)
        cheap = meter.seconds
        assert 0 < cheap < 0.5
        _error(data, _HOSTILE["cross product, counted"], settings)
    assert _LIMIT <= meter.seconds - cheap < 1.2 * _LIMIT


def test_a_query_that_is_refused_costs_what_it_took_to_read(data: Store) -> None:
    with guard.metered() as meter, pytest.raises(QueryRefused):
        _asked(data, "SELECT * { " + "?a a ?b " * 5_000 + "SERVICE ?x {} }", _tight())
    assert meter.seconds > 0.01


# files


def test_a_file_is_parsed_in_a_worker_and_what_is_wrong_with_it_is_told_with_its_place(settings: Settings) -> None:
    text = b'<http://a.example/x> <http://a.example/p> "\xc3\xa4"@de, "007"^^<http://www.w3.org/2001/XMLSchema#integer>, _:b .'
    found = guard.read_upload(text, "x.ttl", None, settings)
    assert {str(each[2]) for each in found[:3]} >= {"ä", "007"} and len(found) == 3
    with pytest.raises(ParseError) as caught:
        guard.read_upload(b"<a:a> <a:p> 1 .\n<a:a> oops", "../x.ttl", None, settings)
    assert caught.value.source == "x.ttl" and caught.value.line == 2
    assert guard.health(settings)["jobs"] == 2


def test_a_file_that_would_end_the_process_that_parses_it_ends_a_worker(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    nested = b"<a:s> <a:p> " + b"<<( <a:s> <a:p> " * 40_000 + b"1" + b" )>>" * 40_000 + b" ."
    with pytest.raises((WorkerDied, ParseError)):
        guard.read_upload(nested, "x.ttl", None, settings)
    assert len(guard.read_upload(b"<a:a> <a:p> 1 .", "x.ttl", None, settings)) == 1


def test_a_file_is_validated_in_a_worker(settings: Settings) -> None:
    folder = Path(__file__).resolve().parent / "cases"
    valid, invalid = (sorted((folder / each).glob("*.ttl"))[0] for each in ("valid", "invalid"))
    patient = Settings(cache=None, workers=1, upload_timeout=60)
    assert guard.validate_upload(valid.read_bytes(), valid.name, None, patient).conforms
    report = guard.validate_upload(invalid.read_bytes(), invalid.name, None, patient)
    assert not report.conforms and report.results[0].source == Path(invalid.name) and report.results[0].line
    assert guard.health(patient)["jobs"] == 2


def test_a_report_comes_over_whole_whatever_the_file_holds(settings: Settings) -> None:
    patient = Settings(cache=None, workers=1, upload_timeout=60)
    for value in ('"ä€😀\\"\\n\\\\\\t"@en-GB', "'x'^^<http://a.example/a%20b>", "<http://a.example/ä?b='c'>", "_:b", "[]", "1e5"):
        text = f"@prefix trop: <https://w3id.org/tropico-kg/ontology#> . <http://a.example/c> a trop:AdoptionCase ; trop:inCountry {value} ."
        report = guard.validate_upload(text.encode(), "x.ttl", None, patient)
        assert not report.conforms and report.as_text() and report.as_turtle()


def test_a_file_that_takes_too_long_is_stopped(settings: Settings) -> None:
    hasty, patient = (Settings(cache=None, workers=1, upload_timeout=limit) for limit in (0.2, 60))
    guard.read_upload(b"<a:a> <a:p> 1 .", "x.ttl", None, patient)
    large = b"".join(b"<a:a> <a:p> %d .\n" % n for n in range(200_000))  # whose parsing alone takes longer anywhere
    with pytest.raises(UploadTimeout, match="x.ttl took longer than 0.2 seconds"):
        guard.validate_upload(large, "x.ttl", None, hasty)
    assert len(guard.read_upload(b"<a:a> <a:p> 1 .", "x.ttl", None, patient)) == 1


# processes

_STARTS_ONE = """
import os, sys, time
from graph.pool import Pool
p = Pool(1, 2_000_000_000)
p.start()
while not p._hands.idle: time.sleep(0.01)
print(p._hands.idle[0].process.pid, flush=True)
{then}
"""


def _is_there(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("then", ["os.kill(os.getpid(), 9)", "sys.exit()"], ids=["killed", "ended"])
def test_workers_end_with_the_process_that_started_them(then: str) -> None:
    root = Path(pool.__file__).resolve().parent.parent
    script = _STARTS_ONE.format(then=then)
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=30)
    assert done.stderr == ""
    _until(lambda: not _is_there(int(done.stdout)), 2)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_a_busy_worker_ends_with_the_process_that_started_it(data: Store) -> None:
    root = Path(pool.__file__).resolve().parent.parent
    job = {"do": "query", "query": _HOSTILE["cross product, counted"], "media_type": "text/csv", "format": "csv",
           "folder": str(data.snapshot().folder), "triples": data.snapshot().triples, "max_rows": 9, "max_bytes": 9}  # fmt: skip
    then = f"""
import threading
from graph.errors import QueryTimeout
from graph.pool import Job
job = Job({job!r}, 30, QueryTimeout("late"))
threading.Thread(target=p.run, args=(job, print, str), daemon=True).start()
while not p._hands.busy: time.sleep(0.01)
time.sleep(0.1)
os.kill(os.getpid(), 9)"""
    done = subprocess.run([sys.executable, "-c", _STARTS_ONE.format(then=then)], cwd=root, capture_output=True, text=True, timeout=30)
    _until(lambda: not _is_there(int(done.stdout)), 2)


def test_a_worker_has_no_network_and_no_secrets(data: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROPICO_ENDPOINT_PASSWORD", "a secret")
    assert _is_answered(data, settings)
    worker = jobs._pool(settings)._hands.idle[-1]
    if Path("/proc/self/environ").exists():
        assert b"a secret" not in Path(f"/proc/{worker.process.pid}/environ").read_bytes()
    if worker.isolated:
        assert os.readlink(f"/proc/{worker.process.pid}/ns/net") != os.readlink("/proc/self/ns/net")


@pytest.mark.usefixtures("unread")
def test_a_call_to_another_server_that_reaches_the_engine_goes_nowhere(data: Store, settings: Settings) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as bait:
        bait.setblocking(False)
        query = f"SELECT * {{ SERVICE <http://127.0.0.1:{bait.getsockname()[1]}/> {{ ?s ?p ?o }} }}"
        assert _is_answered(data, settings)
        if not guard.health(settings)["isolated"]:
            pytest.skip("this system does not let a process give its network up")
        _error(data, query, settings)
        with pytest.raises(BlockingIOError):
            bait.accept()


def test_a_pool_whose_workers_cannot_start_says_so(
    data: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    error = _error(data, "ASK {}", settings)
    assert isinstance(error, StoreError) and "python -m graph.worker" in str(error)
    monkeypatch.undo()
    monkeypatch.setattr(pool, "_POOLS", {})
    assert _is_answered(data, settings)


def test_a_pool_that_is_closed_says_so_and_leaves_no_process(data: Store, settings: Settings) -> None:
    assert _is_answered(data, settings)
    own = jobs._pool(settings)
    workers = list(own._hands.idle)
    own.close()
    assert all(each.process.poll() is not None for each in workers)
    with pytest.raises(StoreError, match="have been ended"):
        own.run(pool.Job({"do": "open"}, 1, QueryTimeout("late")), print, print)


@pytest.fixture
def worker() -> Iterator[pool._Worker]:
    """One process, that nobody watches over."""
    started = pool._Worker(2_000_000_000, network=False)
    started.ready()
    yield started
    started.end()


def _order(store: Store, query: str, **more: object) -> bytes:
    snapshot = store.snapshot()
    order = {"do": "query", "query": query, "media_type": "text/csv", "format": "csv", "folder": str(snapshot.folder),
             "triples": snapshot.triples, "max_rows": 9, "max_bytes": 999, **more}  # fmt: skip
    return json.dumps(order).encode()


def test_the_system_ends_a_query_past_its_time_though_nobody_else_does(data: Store, worker: pool._Worker) -> None:
    worker._pipe.send(JOB, _order(data, _HOSTILE["cross product, counted"], seconds=0.2), time.monotonic() + 5)
    began = time.monotonic()
    with pytest.raises(EOFError):
        worker._pipe.receive(began + 5)
    assert worker.died_of() == -signal.SIGALRM and 0.2 <= time.monotonic() - began < 2


def test_the_time_of_one_job_does_not_end_the_next(data: Store, worker: pool._Worker) -> None:
    for seconds in (0.2, 5):
        worker._pipe.send(JOB, _order(data, "ASK {}", media_type="application/sparql-results+json", seconds=seconds), time.monotonic() + 5)
        assert worker._pipe.receive(time.monotonic() + 5)[0] == DATA
        assert worker._pipe.receive(time.monotonic() + 5)[0] == END
        time.sleep(0.2)
    time.sleep(0.2)
    time.sleep(0.2)
    assert worker.process.poll() is None


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="limits are looked up in /proc")
def test_a_worker_has_its_limits_from_the_system(worker: pool._Worker) -> None:
    limits = Path(f"/proc/{worker.process.pid}/limits").read_text("ascii")
    found = {line[:25].strip(): line[25:].split()[:2] for line in limits.splitlines()}
    assert found["Max address space"] == ["2000000000", "2000000000"] and found["Max core file size"] == ["0", "0"]
    assert Path(f"/proc/{worker.process.pid}/oom_score_adj").read_text("ascii").strip() == "900"


# errors between processes


@pytest.mark.parametrize("error", [QueryError("no", 1, 2), ParseError("no", source="x.ttl", line=3), ResultTooLarge("no")])
def test_an_error_comes_over_whole(error: TropicoError) -> None:
    again = retold(told(error))
    assert type(again) is type(error) and str(again) == str(error) and vars(again) == vars(error)


@pytest.mark.parametrize("said", [b"", b"[]", b"{}", b'{"error": "os", "message": "x"}', b'{"error": 1, "message": "x"}'])
def test_what_is_no_error_of_ours_is_a_failed_worker(said: bytes) -> None:
    assert type(retold(said)) is StoreError


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="not run: Linux tells the address space of a process")
def test_a_worker_does_not_use_up_its_address_space_before_it_works(data: Store, settings: Settings) -> None:
    assert _is_answered(data, settings)
    (worker,) = [each for each in jobs._pool(settings)._hands.idle if each.jobs]
    peak = next(line for line in Path(f"/proc/{worker.process.pid}/status").read_text().splitlines() if line.startswith("VmPeak"))
    assert int(peak.split()[1]) < 400_000  # kB; without the setting it was measured between 550,000 and 1,060,000
