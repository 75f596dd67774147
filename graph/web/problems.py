"""Errors over HTTP: RFC 9457 `application/problem+json`, or a page where the client would rather read one.

The status and title of each of our errors stand in its class (`graph.errors`), in one tree; this module only says how
they are told. What is not foreseen is not caught: Flask logs it and answers 500 without its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

from flask import Flask, Response, current_app, json, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from graph import prefixes, suggestions
from graph.errors import NotFound, ParseError, QueryError, QueryTimeout, RemoteBusy, StoreBusy, TooManyAtOnce, TropicoError
from graph.web import here, operations, site

_RETRY_AFTER = "5"  # seconds; a build of the packaged data takes about as long


def register(app: Flask) -> None:
    """Make `app` answer our errors and HTTP's own by this module."""
    app.register_error_handler(TropicoError, _ours)
    app.register_error_handler(HTTPException, _https)
    app.add_url_rule("/problem/<name>", view_func=kind)


def problem(error: TropicoError) -> dict[str, object]:
    """Return the RFC 9457 members that tell `error`: type, title, status, detail, and line and column where known."""
    members: dict[str, object] = {
        "type": f"{prefixes.BASE}problem/{_slug(type(error).__name__)}",
        "title": error.title,
        "status": error.status,
        "detail": str(error),
    }
    if isinstance(error, ParseError | QueryError):
        members |= {key: value for key in ("line", "column") if (value := getattr(error, key)) is not None}
    return members


def kind(name: str) -> str:
    """Show what the problem at its own IRI means, for people who follow the `type` of one."""
    known = {_slug(each.__name__): each for each in _kinds(TropicoError)}
    if name not in known:
        raise NotFound("There is no problem of this name; the `type` of a problem document leads to its page.")
    found = known[name]
    meaning = " ".join((found.__doc__ or "").partition("\n\n")[0].partition("; `")[0].split()).replace("`", "").rstrip(".") + "."
    return render_template("problem_kind.html", title=found.title, status=found.status, meaning=meaning)


def _kinds(parent: type[TropicoError]) -> Iterator[type[TropicoError]]:
    for each in parent.__subclasses__():
        yield each
        yield from _kinds(each)


def _slug(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _ours(error: TropicoError) -> Response:
    if error.status >= 500 and not isinstance(error, QueryTimeout):  # which is its asker's matter; `/health` counts those
        current_app.logger.error("%s: %s", type(error).__name__, error)  # with the paths that a stranger is not told
    members = problem(error)
    response = _told(members | {"detail": operations.without_paths(str(members["detail"]), site().settings)})
    if isinstance(error, StoreBusy):
        response.headers["Retry-After"] = _RETRY_AFTER
    if isinstance(error, RemoteBusy | TooManyAtOnce):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _https(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error.get_response())
    detail = _DETAILS.get(error.code, error.description)
    title = HTTPStatus(error.code).phrase
    response = _told({"type": "about:blank", "title": title, "status": error.code, "detail": detail})
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


_DETAILS = {
    404: "There is no page at this address; the pages start at /questions, /cases and /sparql.",
    413: "What was sent is larger than this server takes; send less at once.",
    500: "Something failed on this side; it has been written to the server's log.",
}


def _told(members: dict[str, object]) -> Response:
    status = int(str(members["status"]))
    if status == 404 and (nearby := _nearby()):
        members = members | {"suggestions": nearby}
    if prefers_page():
        response = make_response(render_template("problem.html", problem=members), status)
    else:
        response = Response(json.dumps(members), status, mimetype="application/problem+json")
    response.headers["Vary"] = "Accept"
    return response


def _nearby() -> list[str]:
    """Return the addresses of what has a name like the one asked for; none where the store cannot be asked."""
    path = re.sub(r"\.(?:html|ttl|nt|rdf|jsonld|json|csv|tsv|rq|xlsx)\Z", "", request.path.strip("/"))
    try:
        known = json.loads(site().kept("names", lambda: json.dumps(suggestions.names(site().store, site().questions)).encode()))
    except TropicoError as error:
        current_app.logger.error("no names to suggest: %s", error)
        return []
    return [here(f"/{each}") for each in suggestions.near(known, path)]


def prefers_page() -> bool:
    """Say whether who asks would rather read a page than a problem document."""
    accepts = request.accept_mimetypes
    return accepts["text/html"] > max(accepts["application/problem+json"], accepts["application/json"])
