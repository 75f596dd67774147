"""The page people read first, home; and `/health`."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template

from graph import build, export, frameworks, guard
from graph.errors import TropicoError
from graph.web import here, overview, signposts, site

bp = Blueprint("pages", __name__)


@bp.get("/")
def home() -> Response:
    """Show what this is, the two frameworks with live counts of findings, and the ways in."""
    store = site().store
    response = make_response(render_template(
        "home.html",
        tropico=overview.boxes(store, frameworks.TROPICO, overview.NAMES),
        lipse=overview.boxes(store, frameworks.LIPSE, overview.CONCERNS),
    ))
    response.headers.add("Link", f'<{here("/openapi.json")}>; rel="service-desc"; type="application/json"')
    return signposts(response, export.DATASET, "/dataset.ttl")


@bp.get("/health")
def health() -> Response:
    """Say whether the app and its engine answer (503 where the engine does not), and from which build; and how the processes are that work for strangers."""
    identity = site().identity
    alive = _engine_answers()
    response = jsonify(
        status="ok" if alive else "failing", version=identity.version, digest=identity.digest,
        graphs=len(site().graphs), triples=site().triples,
        workers=guard.health(site().settings),
    )
    response.status_code = 200 if alive else 503
    return response


def _engine_answers() -> bool:
    """Ask the engine for the one graph that every build has."""
    try:
        return site().store.ask(f"ASK {{ GRAPH {build.BUILD.n3()} {{ ?s ?p ?o }} }}")
    except TropicoError as error:
        current_app.logger.error("the engine does not answer: %s", error)
        return False
