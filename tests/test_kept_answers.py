"""An answer is given again without asking the engine: the same build, query, format and parameters, within a bound."""

from __future__ import annotations

import io
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from small_world import small_questions, small_store
from werkzeug.test import EnvironBuilder, run_wsgi_app

import app as wiring
from graph import guard, questions
from graph.settings import Settings
from graph.web import EXTENSION, asking, sparql
from graph.web.latest import Latest

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


def _plain(query: str = _QUERY, **more: object) -> dict[str, object]:
    """The environment of a request with the query as its body."""
    given = {"path": "/sparql", "method": "POST", "data": query.encode(), "content_type": "application/sparql-query", "headers": {"Accept": "text/csv"}}
    return EnvironBuilder(**given | more).get_environ()


def _given(app, environ: dict[str, object]) -> bytes:
    """The body of the answer to a request, given as its environment."""
    return b"".join(run_wsgi_app(app, environ)[0])


_ALONE = {"method": "GET", "data": None, "content_type": None}


@pytest.mark.parametrize("more", [{}, {**_ALONE, "query_string": {"query": _QUERY}}])
def test_a_kept_answer_is_at_hand_until_it_is_given(app, asked, more) -> None:
    site, environ = app.extensions[EXTENSION], _plain(**more)
    assert not sparql.at_hand(site, environ)
    first, environ = _given(app, environ), _plain(**more)
    assert first.count(b"\n") > 1 and sparql.at_hand(site, environ)
    site.answers = Latest(0)  # others have pushed it out meanwhile
    assert _given(app, environ) == first and asked == [_QUERY]


@pytest.mark.parametrize("more", [
    {"query": _QUERY + " "}, {"headers": {}}, {"path": "/"}, {"method": "PUT"}, {"content_type": "text/plain"},
    {"query_string": {"format": "csv"}}, {**_ALONE, "query_string": {"query": _QUERY, "format": "csv"}}, {**_ALONE},
])  # fmt: skip
def test_no_other_request_s_answer_is_at_hand(app, asked, more) -> None:
    _given(app, _plain())
    assert asked == [_QUERY] and not sparql.at_hand(app.extensions[EXTENSION], _plain(**more))


def test_what_is_read_as_another_query_is_not_at_hand(app, asked) -> None:
    query, site = _QUERY + " # \ufffd", app.extensions[EXTENSION]
    _given(app, _plain(query))
    assert sparql.at_hand(site, _plain(query))
    broken = _plain() | {"REQUEST_METHOD": "GET", "QUERY_STRING": urlencode({"query": query}).replace("%EF%BF%BD", "%FF")}
    assert not sparql.at_hand(site, broken), "it would be evaluated in the thread that reads everybody's requests"
    assert not sparql.at_hand(site, _plain(data=query.encode().replace(b"\xef\xbf\xbd", b"\xff")))


def test_an_answer_held_for_another_query_is_not_given(app, asked) -> None:
    first, environ = _given(app, _plain()), _plain()
    assert sparql.at_hand(app.extensions[EXTENSION], environ)
    environ["wsgi.input"] = io.BytesIO(b"ASK {}".ljust(int(environ["CONTENT_LENGTH"])))
    assert _given(app, environ) != first and len(asked) == 2


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
