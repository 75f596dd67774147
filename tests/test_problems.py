"""Each error has one way to be told over HTTP, and none tells more than it should."""

from __future__ import annotations

import html

import pytest
from small_world import small_store

import app as wiring
from graph import errors
from graph.errors import ParseError, QueryError, StoreBusy, TropicoError
from graph.settings import Settings
from graph.web.problems import problem


def every(kind=TropicoError):
    for each in kind.__subclasses__():
        yield each
        yield from every(each)


CLASSES = [each for each in every() if each.__module__ == errors.__name__]


def made(kind: type[TropicoError]) -> TropicoError:
    return kind("The sentence.", source="a.ttl") if kind is ParseError else kind("The sentence.")


@pytest.fixture
def app(tmp_path):
    with small_store() as store:
        made_app = wiring.create_app(Settings(cache=None), store)
        made_app.add_url_rule("/raise/<name>", "raise", lambda name: throw(name))
        yield made_app


def throw(name: str):
    raise made(getattr(errors, name)) if hasattr(errors, name) else RuntimeError("a secret path /etc/x")


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_is_told_with_its_status(app, kind):
    response = app.test_client().get(f"/raise/{kind.__name__}")
    assert len(CLASSES) > 12
    assert response.status_code == kind.status and 400 <= kind.status < 600
    assert response.mimetype == "application/problem+json"
    told = response.get_json(force=True)
    assert (told["title"], told["status"]) == (kind.title, kind.status)
    assert told["detail"].endswith("The sentence.")
    assert told["type"].startswith("https://w3id.org/tropico-kg/problem/")


@pytest.mark.parametrize("accept", ["text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"])
def test_a_browser_gets_a_page(app, accept):
    response = app.test_client().get("/raise/NotFound", headers={"Accept": accept})
    assert response.status_code == 404 and response.mimetype == "text/html"
    assert "The sentence." in response.text and "Accept" in response.headers["Vary"]


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/turtle", "text/html;q=0.5, application/problem+json"])
def test_a_program_gets_problem_json(app, accept):
    assert app.test_client().get("/raise/NotFound", headers={"Accept": accept}).mimetype == "application/problem+json"


def test_line_and_column_are_members_where_they_are_known():
    assert problem(QueryError("No.", 3, 7))["line"] == 3
    assert "line" not in problem(QueryError("No."))
    assert problem(ParseError("no", source="a.ttl", line=2))["detail"] == "a.ttl:2: no"


def test_a_busy_store_says_when_to_come_back(app):
    assert int(app.test_client().get(f"/raise/{StoreBusy.__name__}").headers["Retry-After"]) > 0


def test_the_path_of_a_missing_page_is_not_told_back(app):
    for accept in ("text/html", "*/*"):
        response = app.test_client().get("/<script>alert(1)</script>", headers={"Accept": accept})
        assert response.status_code == 404 and "script>alert" not in response.text


def test_a_wrong_method_is_told_with_those_allowed(app):
    response = app.test_client().put("/sparql?query=ASK{}")
    assert response.status_code == 405 and response.mimetype == "application/problem+json"
    assert "POST" in response.headers["Allow"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_what_is_not_foreseen_is_a_500_without_its_text(app):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    response = app.test_client().get("/raise/Unforeseen")
    assert response.status_code == 500 and "secret" not in response.text
    assert response.mimetype == "application/problem+json"


def test_errors_carry_the_security_headers(app):
    headers = app.test_client().get("/nowhere").headers
    assert headers["X-Content-Type-Options"] == "nosniff" and "default-src 'self'" in headers["Content-Security-Policy"]


def test_the_type_of_every_problem_leads_to_a_page(app) -> None:
    client = app.test_client()
    assert len(CLASSES) > 20
    for each in CLASSES:
        page = client.get(problem(made(each))["type"].removeprefix("https://w3id.org/tropico-kg"))
        assert page.status_code == 200 and f"<h1>{html.escape(each.title)}</h1>" in page.text and f"status {each.status}" in page.text
    assert client.get("/problem/none-such").status_code == 404


def test_what_failed_here_is_logged_and_a_query_that_took_too_long_is_not(app, caplog):
    for name in ("StoreDamaged", "QueryTimeout", "MemoryExceeded", "UploadTimeout"):
        app.test_client().get(f"/raise/{name}")
    assert [each.getMessage() for each in caplog.records] == ["StoreDamaged: The sentence."]
