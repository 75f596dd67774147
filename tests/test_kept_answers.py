"""An answer is given again without asking the engine: the same build, query, format and parameters, within a bound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_world import small_questions, small_store

import app as wiring
from graph import guard, questions
from graph.settings import Settings
from graph.web import EXTENSION, asking, sparql

_QUERY = "SELECT ?case { ?case a <https://w3id.org/tropico-kg/ontology#Case> } ORDER BY ?case"


@pytest.fixture
def app(tmp_path):
    known = questions.load(small_questions(tmp_path))
    with small_store() as store:
        made = wiring.create_app(Settings(cache=None, client_seconds=600), store)
        made.extensions[EXTENSION].questions = known
        yield made
    guard.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the engine is asked, by the endpoint and for questions."""
    seen: list[str] = []
    answer, ask = guard.answer, questions.ask

    def counted(store, query, *rest, **named):
        seen.append(query)
        return answer(store, query, *rest, **named)

    def counted_question(store, question, values):
        seen.append(question.id)
        return ask(store, question, values)

    monkeypatch.setattr(sparql.guard, "answer", counted)
    monkeypatch.setattr(asking.questions, "ask", counted_question)
    return seen


def _sparql(client, query: str = _QUERY, accept: str = "text/csv", **more: str):
    answer = client.get("/sparql", query_string={"query": query, **more}, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    return answer


def test_the_same_query_is_answered_once(app, asked) -> None:
    client = app.test_client()
    first, again = _sparql(client), _sparql(client)
    assert (first.data, first.mimetype, first.headers["ETag"]) == (again.data, again.mimetype, again.headers["ETag"])
    assert first.data.count(b"\n") > 1 and asked == [_QUERY]


def test_another_format_dataset_or_query_is_asked(app, asked) -> None:
    client = app.test_client()
    graph = next(iter(app.extensions[EXTENSION].graphs))
    answers = [_sparql(client), _sparql(client, accept="application/sparql-results+json"), _sparql(client, format="tsv"),
               _sparql(client, **{"default-graph-uri": str(graph)}), _sparql(client, query=_QUERY + " LIMIT 1")]
    assert len(asked) == 5 and len({each.data for each in answers}) >= 4


def test_another_build_is_asked_anew(app, asked) -> None:
    client, site = app.test_client(), app.extensions[EXTENSION]
    _sparql(client)
    site.identity = replace(site.identity, digest="sha256:" + "0" * 64)
    _sparql(client)
    assert asked == [_QUERY] * 2


@pytest.mark.parametrize("call", ["RAND()", "rand ()", "RAND #\n()"])
def test_what_may_change_is_not_kept(app, asked, call) -> None:
    client = app.test_client()
    query = f"SELECT ({call} AS ?n) {{}}"
    assert _sparql(client, query).data != _sparql(client, query).data and len(asked) == 2
    query = "SELECT ('service' AS ?n) {}"
    _sparql(client, query), _sparql(client, query)
    assert len(asked) == 3, "where no other server is ever called, a word is a word"
    app.extensions[EXTENSION].settings = replace(app.extensions[EXTENSION].settings, services="http://127.0.0.1:9/sparql")
    query += " LIMIT 1"
    _sparql(client, query), _sparql(client, query)
    assert len(asked) == 5, "another server may say something else next time; when in doubt, ask"


def test_an_error_is_not_kept(app, asked) -> None:
    client = app.test_client()
    for _ in range(2):
        assert client.get("/sparql?query=SELECT", headers={"Accept": "text/csv"}).status_code == 400
    assert len(asked) == 2


def test_a_large_answer_is_given_whole_and_not_kept(app, asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparql, "_KEPT", 10)
    client = app.test_client()
    assert _sparql(client).data == _sparql(client).data != b"" and len(asked) == 2


def test_a_capped_answer_says_so_again(app, asked) -> None:
    app.extensions[EXTENSION].settings = replace(app.extensions[EXTENSION].settings, max_rows=1)
    client = app.test_client()
    assert [_sparql(client, "SELECT * { ?s ?p ?o }").headers["Tropico-Truncated"] for _ in range(2)] == ["rows=1"] * 2
    assert len(asked) == 1


def test_kept_answers_cost_the_client_nothing(app) -> None:
    app.extensions[EXTENSION].settings = replace(app.extensions[EXTENSION].settings, client_seconds=0.1)
    client = app.test_client()
    for _ in range(400):
        _sparql(client)


@pytest.mark.parametrize("suffix", ["csv", "json", "tsv"])
def test_a_question_is_answered_once(app, asked, suffix: str) -> None:
    client = app.test_client()
    answers = {client.get(f"/questions/cq-01.{suffix}").data for _ in range(3)}
    assert len(answers) == 1 and asked == ["cq-01"]
    client.get(f"/questions/cq-01.{suffix}?innovation=concept/innovation/telework")
    assert len(asked) == 2, "other parameters are another question"


def test_nothing_is_kept_where_the_setting_says_so(asked, tmp_path) -> None:
    with small_store() as store:
        made = wiring.create_app(Settings(cache=None, kept_bytes=0, client_seconds=600), store)
        client = made.test_client()
        _sparql(client), _sparql(client)
    assert asked == [_QUERY] * 2
    guard.close()
