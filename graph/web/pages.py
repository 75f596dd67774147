"""The page people read first, home; and `/health`."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template

from graph import build, export, guard
from graph.errors import TropicoError
from graph.web import citing, framework, here, signposts, site, tagged, worth_asking

bp = Blueprint("pages", __name__)


@bp.get("/")
def home() -> Response:
    """Show what this is, the ways in, the two frameworks as pictures with live counts, and how to cite the build."""
    store = site().store
    response = make_response(render_template(
        "home.html",
        tropico=framework.picture(store, framework.TROPICO), lipse=framework.picture(store, framework.LIPSE),
        uptake=framework.uptake(store), picks=worth_asking.picks(site()),
        citation=citing.sentence(citing.record(store, site().identity)),
    ))
    response.headers.add("Link", f'<{here("/openapi.json")}>; rel="service-desc"; type="application/json"')
    return signposts(response, export.DATASET, "/dataset.ttl")


@bp.get("/citation.bib")
def citation() -> Response:
    """Give the citation of this build as BibTeX."""
    response = Response(citing.bibtex(citing.record(site().store, site().identity)), mimetype="application/x-bibtex")
    response.headers["Content-Disposition"] = 'attachment; filename="tropico-kg.bib"'
    return tagged(response, "citation.bib")


@bp.get("/health")
def health() -> Response:
    """Say whether the app and its engine answer (503 where the engine does not) and from which build, and how the processes
    are that work for strangers.
    """
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
