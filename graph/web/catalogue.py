"""What the app says of itself to programs: the dataset, the questions as OpenAPI, the JSON-LD context, the bibliography."""

from __future__ import annotations

import json

from flask import Blueprint, Response, redirect, request
from rdflib import Graph

from graph import catalogue, citations, context, export, formats, openapi
from graph.errors import NotFound
from graph.formats import Format
from graph.web import PAGE, absolute, alternates, here, signposts, site, tagged

bp = Blueprint("catalogue", __name__)

_OFFERED = (PAGE, *formats.RDF_FORMATS)
_YEAR = 31_536_000  # seconds


@bp.get("/.well-known/void")
def void() -> Response:
    """Lead to the description of the dataset, where VoID says that clients look for it."""
    return redirect(here("/dataset"), 303)


@bp.get("/dataset")
def dataset() -> Response:
    """Lead to the description of the dataset: people to the downloads, programs to VoID and DCAT."""
    chosen = formats.negotiate(request.headers.get("Accept"), _OFFERED)
    response = redirect(here("/download/" if chosen is PAGE else f"/dataset{chosen.suffix}"), 303)
    response.headers["Vary"] = "Accept"
    return alternates(response, "/dataset", formats.RDF_FORMATS)


@bp.get("/dataset.<suffix>")
def description(suffix: str) -> Response:
    """Give the description of the dataset: VoID, DCAT and schema.org, with every file's size and checksum."""
    chosen = next((each for each in _OFFERED if each.suffix == f".{suffix}"), None)
    if chosen is None:
        raise NotFound("The dataset is described at /dataset.ttl, .nt, .rdf and .jsonld.")
    if chosen is PAGE:
        return redirect(here("/download/"), 303)
    content = site().kept(f"dataset-{chosen.key}", lambda: formats.serialise(_catalogue(), chosen))
    response = alternates(Response(content, mimetype=chosen.media_type), "/dataset", formats.RDF_FORMATS)
    return tagged(signposts(response, str(export.DATASET)), f"dataset-{chosen.key}")


def _catalogue() -> Graph:
    here_ = site()
    return catalogue.catalogue(here_.store, {each: here_.dump(each) for each in export.DUMPS})


@bp.get("/question/<name>")
def question(name: str) -> Response:
    """Lead from the IRI of a question to its page."""
    if name not in site().questions:
        raise NotFound("There is no such question; see /questions.")
    return redirect(here(f"/questions/{name}"), 303)


@bp.get("/openapi.json")
def description_of_questions() -> Response:
    """Give the OpenAPI description of the questions and the endpoint."""
    server = absolute(here("/"))
    return tagged(Response(site().kept(f"openapi-{server}", lambda: _openapi(server)), mimetype="application/json"), "openapi")


def _openapi(server: str) -> bytes:
    here_ = site()
    columns = {name: here_.store.select(asked.text).columns for name, asked in here_.questions.items()}
    described = openapi.openapi(here_.questions, columns, version=here_.identity.version, server=server.rstrip("/"))
    return json.dumps(described, ensure_ascii=False).encode()


@bp.get("/context")
def latest_context() -> Response:
    """Lead to the JSON-LD context of the ontology in force."""
    return redirect(here(f"/context/{_version()}.jsonld"), 303)


@bp.get("/context/<name>")
def one_context(name: str) -> Response:
    """Give the JSON-LD context of a version, which stays as it is; only the ontology in force has one here."""
    version = _version()
    if name != f"{version}.jsonld":
        raise NotFound(f"The context of this release is /context/{version}.jsonld; others are kept with their releases.")
    content = site().kept("context", lambda: json.dumps(context.context(site().store), indent=1).encode())
    response = tagged(Response(content, mimetype="application/ld+json"), "context")
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    return response


def _version() -> str:
    """Return the version of the ontology; in a store without one, that of the build."""
    return context.version(site().store) or site().identity.version


@bp.get("/download/sources<path:suffix>")
def bibliography(suffix: str) -> Response:
    """Give all sources as a bibliography."""
    chosen = next((each for each in citations.CITATION_FORMATS if each.suffix == suffix), None)
    if chosen is None:
        raise NotFound(f"The sources are there as {', '.join('sources' + each.suffix for each in citations.CITATION_FORMATS)}.")
    return cited(citations.written(citations.records(site().store), chosen), chosen, "sources")


def cited(text: str, chosen: Format, name: str) -> Response:
    """Return bibliographic records as a file."""
    response = Response(text, mimetype=chosen.media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{name}{chosen.suffix}"'
    return tagged(response, f"cited-{name}{chosen.suffix}")
