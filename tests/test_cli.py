"""The command line: what it prints where, and with which exit status it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_world import DIGEST, FINDING, graphs, small_questions, small_store

from graph import cli, questions
from graph.build import BuildResult, Identity
from graph.embedded import EmbeddedStore
from graph.checks import Outcome
from graph.report import Report, Result

TOP = Path(__file__).resolve().parent.parent


@pytest.fixture
def filled(tmp_path):
    """A store on disk with the small world in it."""
    with EmbeddedStore(tmp_path / "store") as store:
        store.replace(graphs())
    return tmp_path / "store"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command with the two questions of the small world and no setting from outside."""
    known = questions.load(small_questions(tmp_path))
    monkeypatch.setattr("graph.questions.load", lambda: known)
    monkeypatch.setattr("os.environ", {name: value for name, value in os.environ.items() if not name.startswith("TROPICO_")})

    def runner(*arguments: object, **kwargs: object):
        return CliRunner().invoke(cli.main, [str(each) for each in arguments], catch_exceptions=False, **kwargs)

    return runner


@pytest.mark.parametrize("command", [(), ("serve",), ("build",), ("validate",), ("ask",), ("query",), ("export",), ("check",), ("verify",)])
def test_every_command_has_help(run, command):
    result = run(*command, "--help")
    assert result.exit_code == 0 and "Usage:" in result.stdout


def test_a_wrong_command_ends_with_2(run):
    assert run("frobnicate").exit_code == 2


def test_the_version_is_told(run):
    assert re.search(r"\d+\.\d+\.\d+", run("--version").stdout)


# -- ask


def test_questions_are_listed_by_audience(run):
    lines = run("ask").stdout.splitlines()
    policy = lines.index("policy")
    assert lines[0] == "researcher" and any("cq-01" in line for line in lines[:policy])
    assert any("cq-01" in line for line in lines[policy:]) and any("cq-02" in line for line in lines[policy:])
    assert any("innovation" in line and "direction" in line for line in lines)


def test_an_answer_is_a_table_with_its_build(run, filled):
    result = run("ask", "cq-01", "--store", filled)
    assert result.exit_code == 0
    assert re.search(r"^legislative obligation\s+Law drives e-procurement\s+passage:p1$", result.stdout, re.MULTILINE)
    assert f"1 row. Build {DIGEST}." in result.stdout


def test_an_answer_comes_in_other_forms(run, filled):
    assert run("ask", "cq-01", "--format", "csv", "--store", filled).stdout.startswith("determinant,determinantLabel,")
    assert json.loads(run("ask", "cq-01", "--format", "json", "--store", filled).stdout)["rowCount"] == 1
    assert "| Determinant | Finding | Passage |\n" in run("ask", "cq-01", "--format", "md", "--store", filled).stdout


def test_parameters_reach_the_question(run, filled):
    assert "Culture hinders telework" in run("ask", "cq-01", "-p", "innovation=concept/innovation/telework", "--store", filled).stdout
    empty = run("ask", "cq-01", "-p", "innovation=innovation:telework", "-p", "direction=direction:furthers", "--store", filled)
    assert empty.exit_code == 0 and "No row." in empty.stdout


@pytest.mark.parametrize(("arguments", "told"), [
    (("cq-99",), "there are cq-01, cq-02"), (("cq-01", "-p", "x"), "has no '='"), (("cq-01", "-p", "x=1"), "its parameters are"),
    (("cq-01", "-p", "innovation=concept/innovation/fax"), "the possible ones are"),
    (("cq-01", "-p", "innovation=a:b", "-p", "innovation=a:b"), "given twice"),
])
def test_a_wrong_question_ends_with_2_and_one_line(run, filled, arguments, told):
    result = run("ask", *arguments, "--store", filled)
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith("tropico: ") and result.stderr.count("\n") == 1 and told in result.stderr


@pytest.mark.parametrize("command", [("ask", "cq-01"), ("export", "out"), ("query", "-")])
def test_a_store_that_is_not_there_or_empty_is_told_and_not_answered(run, tmp_path, command):
    for store in (tmp_path / "none", tmp_path / "empty"):
        if store.name == "empty":
            EmbeddedStore(store).close()
        result = run(*command, "--store", store, input="ASK {}")
        assert result.exit_code == 2 and "tropico build --store" in result.stderr, result.stderr
    assert not (tmp_path / "none").exists()


def test_without_a_store_the_packaged_data_answers(run, monkeypatch):
    monkeypatch.setattr("graph.build.build", lambda store, *_, **__: store.replace(graphs()))
    assert "Law drives e-procurement" in run("ask", "cq-01").stdout


# -- query


@pytest.mark.parametrize(("query", "form", "expected"), [
    ("SELECT (1 AS ?x) {}", "csv", "x\r\n1\r\n"), ("ASK {}", None, '{"head":{},"boolean":true}'),
    (f"CONSTRUCT {{ <{FINDING}> a <http://e/X> }} {{}}", "nt", f"<{FINDING}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e/X> .\n"),
])
def test_a_query_is_answered_from_a_file_and_from_standard_input(run, filled, tmp_path, query, form, expected):
    (tmp_path / "q.rq").write_text(query, encoding="utf-8")
    options = ["--store", filled, *(["--format", form] if form else [])]
    assert run("query", tmp_path / "q.rq", *options).stdout_bytes.decode().replace(" ", "") == expected.replace(" ", "")
    assert run("query", "-", *options, input=query).stdout_bytes.decode().replace(" ", "") == expected.replace(" ", "")


def test_an_answer_that_was_ended_at_the_limit_says_so_beside_it(run, filled, monkeypatch):
    monkeypatch.setattr(cli.Settings, "from_environment", lambda **_: cli.Settings(store=filled, cache=None, max_rows=1))
    result = run("query", "-", "--format", "csv", input="SELECT ?x { VALUES ?x { 1 2 } }")
    assert result.exit_code == 0 and result.stdout_bytes == b"x\r\n1\r\n"
    assert "ended after 1 rows, which is the limit" in result.stderr


@pytest.mark.parametrize(("query", "told"), [("SELECT * {", "tropico: "), ("DROP ALL", "update"), ("SELECT * { SERVICE <http://e/> {} }", "SERVICE")])
def test_a_query_that_is_not_answered_ends_with_2(run, filled, query, told):
    result = run("query", "-", "--store", filled, input=query)
    assert result.exit_code == 2 and told in result.stderr and result.stderr.count("\n") == 1


def test_a_query_file_that_is_not_there_ends_with_2(run, tmp_path):
    result = run("query", tmp_path / "none.rq")
    assert result.exit_code == 2 and "none.rq" in result.stderr


# -- build, validate, export


def test_an_export_lists_its_files_and_does_not_overwrite(run, filled, tmp_path):
    first = run("export", tmp_path / "out", "--store", filled)
    assert first.exit_code == 0 and first.stdout.count("\n") == 10 and "SHA256SUMS" in first.stdout
    assert run("export", tmp_path / "out", "--store", filled).exit_code == 2
    assert run("export", tmp_path / "out", "--store", filled, "--force").exit_code == 0


def report(*severities: str) -> Report:
    results = tuple(Result(FINDING, None, None, each, "Look again.", None, Path("mine.ttl"), 3) for each in severities)
    return Report(results, 1, 1, 1, (Path("mine.ttl"),))


def test_a_build_reports_what_it_built_and_warns_of_what_it_took_in(run, tmp_path, monkeypatch):
    result = BuildResult(Identity("0.0.1", DIGEST), {"g": 5}, report("Warning"), 2, {"cases": 1, "findings": 2}, 0.25)
    monkeypatch.setattr("graph.build.build", lambda *_, **__: result)
    kept = run("build", "--store", tmp_path / "store")
    assert "5 triples (2 inferred): 1 cases, 2 findings" in kept.stdout and DIGEST in kept.stdout
    assert "temporary" not in kept.stdout and "mine.ttl:3: Warning" in kept.stderr
    assert "add --store DIR to keep it" in run("build").stdout


@pytest.mark.parametrize(("found", "status"), [((), 0), (("Warning",), 0), (("Warning", "Violation"), 1)])
@pytest.mark.parametrize(("form", "told"), [("text", "Valid;|Valid:|Not valid"), ("json", '"conforms"'), ("turtle", "ValidationReport")])
def test_a_validation_ends_with_1_for_what_is_violated(run, tmp_path, monkeypatch, found, status, form, told):
    monkeypatch.setattr("graph.validate.validate", lambda *_: report(*found))
    (tmp_path / "mine.ttl").write_text("", encoding="utf-8")
    result = run("validate", tmp_path / "mine.ttl", "--format", form)
    assert result.exit_code == status and re.search(told, result.stdout)


def test_a_packaged_case_is_valid(run):
    result = run("validate", TOP / "data" / "cases" / "tropico" / "de-online-access-act.ttl")
    assert result.exit_code == 0, result.stdout


OUTCOMES = {
    "passed": (Outcome(4, "imports", 9, "names", ()), 0, "4 passed  imports: 9 names"),
    "failed": (Outcome(4, "imports", 9, "names", ("core.ttl: correct it.",)), 1, "   core.ttl: correct it."),
    "looked at nothing": (Outcome(4, "imports", 0, "names", ()), 1, "It looked at nothing"),
    "not run": (Outcome(4, "imports", 0, "names", (), "not run: no Java"), 0, "0 passed, 0 failed, 1 not run"),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_a_check_that_fails_or_looks_at_nothing_ends_with_1_and_one_that_is_not_run_says_so(run, monkeypatch, case):
    outcome, status, told = OUTCOMES[case]
    monkeypatch.setattr("graph.checks.run", lambda *_: [outcome])
    ended = run("check")
    assert ended.exit_code == status and told in ended.stdout


def test_fmt_rewrites_what_is_not_canonical_and_check_only_tells(run, tmp_path):
    file = tmp_path / "mine.ttl"
    file.write_text("PREFIX ex: <https://example.org/> ex:b ex:p 1 . ex:a ex:p 2 .", encoding="utf-8")
    told = run("fmt", "--check", file)
    assert told.exit_code == 1 and "1 files, 1 to be rewritten" in told.stdout and file.read_text(encoding="utf-8").count("\n") == 0
    assert run("fmt", file).exit_code == 0 and run("fmt", "--check", file).exit_code == 0


def test_every_fault_of_a_refused_build_is_told(run, tmp_path):
    (tmp_path / "mine.ttl").write_text("<https://e.org/x> a <https://w3id.org/tropico-kg/ontology#Case> .", encoding="utf-8")
    ended = run("build", tmp_path / "mine.ttl")
    assert ended.exit_code == 1 and ended.stderr.count("mine.ttl:1: ") > 2


def test_a_file_that_cannot_be_read_ends_with_2_and_its_place(run, tmp_path):
    (tmp_path / "bad.ttl").write_text("@prefix a: <http://e/> .\na:b a:c .\n", encoding="utf-8")
    for command in ("validate", "build"):
        result = run(command, tmp_path / "bad.ttl")
        assert result.exit_code == 2 and re.match(r"tropico: .*bad\.ttl:2:\d+: ", result.stderr), result.stderr


@pytest.mark.parametrize("path", ["none.ttl", "folder"])
def test_nothing_to_validate_ends_with_2(run, tmp_path, path):
    (tmp_path / "folder").mkdir()
    result = run("validate", tmp_path / path)
    assert result.exit_code == 2 and path in result.stderr


def test_a_whole_store_is_verified_and_a_damaged_one_ends_with_1(run, filled, tmp_path):
    assert "as written" in run("verify", "--store", filled).stdout
    assert run("verify").exit_code == 2 and run("verify", "--store", tmp_path / "missing").exit_code == 2
    next((filled / "generations" / "000001").glob("*.sst")).write_bytes(b"")
    broken = run("verify", "--store", filled)
    assert broken.exit_code == 1 and "is damaged" in broken.stderr and "restore it from a copy" in broken.stderr


def test_debug_shows_the_traceback(run):
    from graph.errors import UsageError
    with pytest.raises(UsageError):
        run("--debug", "ask", "cq-99")


# -- as a process


def tropico(*arguments: str, **kwargs) -> subprocess.Popen:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TROPICO_")}
    return subprocess.Popen([sys.executable, "-m", "graph", *arguments], cwd=TOP, env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kwargs)


def test_a_reader_that_goes_away_is_no_error(filled):
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    with tropico("query", "-", "--format", "csv", "--store", str(filled), stdin=subprocess.PIPE) as process:
        process.stdin.write(query)
        process.stdin.close()
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(30) == 141


def test_a_port_in_use_is_told_before_anything_is_built(filled):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with tropico("serve", "--port", str(port), "--store", str(filled.parent / "new")) as process:
            out, err = process.communicate(timeout=30)
    assert process.returncode == 1 and out == ""
    assert err.startswith(f"tropico: Port {port}") and err.count("\n") == 1
    assert not (filled.parent / "new").exists()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_serve_says_where_and_ends_when_told(filled, number, status):
    with tropico("serve", "--port", "0", "--store", str(filled)) as process:
        line = process.stdout.readline()
        said = re.fullmatch(r"Serving .* at (http://127\.0\.0\.1:\d+/) \(6 graphs, \d+ triples, build sha256:\w+\)\n", line)
        assert said, line + process.stderr.read()
        with urllib.request.urlopen(said[1] + "health", timeout=10) as response:
            assert json.load(response)["digest"] == DIGEST
        process.send_signal(number)
        _, err = process.communicate(timeout=10)
    assert process.returncode == status, err
    assert "Traceback" not in err


def test_a_host_that_is_none_is_told(filled):
    with tropico("serve", "--host", "203.0.113.7", "--port", "0", "--store", str(filled)) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 2 and "203.0.113.7" in err and err.count("\n") == 1


def test_small_world_is_the_world_of_the_store(filled):
    with small_store() as scratch, EmbeddedStore(filled) as kept:
        assert scratch.graphs() == kept.graphs()
