"""Linked data: from a thing to its page or its data, the terms of the ontology, whole graphs, dumps.

The address of a thing answers 303 to the same address with a suffix, chosen by `Accept`; an address with a suffix
answers without negotiation.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from flask import Blueprint, Response, make_response, redirect, render_template, request
from rdflib import URIRef
from rdflib.namespace import OWL
from rdflib.term import Node

from graph import describe, export, formats, prefixes
from graph.errors import NotFound
from graph.formats import Format
from graph.prefixes import TROP
from graph.web import findings, here, href, site, tagged, terms

bp = Blueprint("linked_data", __name__)

PAGE = Format("html", "text/html", ".html", "Web page", "page")
OFFERED = (PAGE, *formats.RDF_FORMATS)
INCOMING_LIMIT = 50

_BY_SUFFIX = {each.suffix: each for each in OFFERED}
Triples = Iterable[tuple[Node, Node, Node]]


@bp.get("/id/<path:name>")
@bp.get("/concept/<path:name>")
@bp.get("/shape/<path:name>")
def resource(name: str) -> Response:
    """Lead to a thing, a concept or a shape, or show it."""
    stem, chosen = _split(request.path)
    iri = _iri(stem)
    if not describe.exists(site().store, iri):
        raise NotFound("The graph says nothing about a thing of this name; find what is there at /cases or /questions.")
    if chosen is None:
        return _lead(stem)
    if chosen is PAGE:
        return _with_alternates(_thing_page(iri), stem)
    return _data(describe.dossier(site().store, iri), chosen, stem)


@bp.get("/graph/<path:name>")
def graph(name: str) -> Response:
    """Lead to a named graph, or show it: as data, all it holds; as a page, what is known of it."""
    stem, chosen = _split(request.path)
    return _graph(prefixes.graph_name(stem.removeprefix("/graph/")), stem, chosen)


@bp.get("/ontology")
@bp.get("/ontology.<suffix>")
def ontology(suffix: str = "") -> Response:
    """Lead to the ontology as a whole, or show it: as data, every module; as a page, every term."""
    stem, chosen = _split(request.path)
    if chosen is None:
        return _lead(stem)
    if chosen is PAGE:
        page = render_template("ontology.html", terms=terms.terms(site().store, site().questions.values()), modules=_modules())
        return _with_alternates(page, stem)
    return _data((triple for module in _modules() for triple in _content(module)), chosen, stem)


@bp.get("/ontology/<path:name>")
def module(name: str) -> Response:
    """Lead to one module of the ontology, or show it; the address of its version leads to the module."""
    stem, chosen = _split(request.path)
    versioned = _module_of_version(_iri(stem))
    if versioned is not None:
        return redirect(href(versioned) + (chosen.suffix if chosen else ""), 303)
    return _graph(prefixes.graph_name(stem), stem, chosen, about=_iri(stem))


def _module_of_version(iri: URIRef) -> URIRef | None:
    """Return the module whose current version has the address `iri`."""
    rows = site().store.select(f"SELECT ?module {{ ?module <{OWL.versionIRI}> <{iri}> }}").rows
    return rows[0][0] if rows else None


@bp.get("/download/")
def downloads() -> str:
    """List the dumps."""
    return render_template("downloads.html", dumps=export.DUMPS, ontology=export.ONTOLOGY)


@bp.get("/download/<name>")
def download(name: str) -> Response:
    """Give one dump of everything the store holds."""
    if name in export.ONTOLOGY:
        return _attached(export.ontology(site().store, inferred=export.ONTOLOGY[name]), formats.by_key("ttl"), name)
    chosen = next((each for each in export.DUMPS if export.file_name(each) == name), None)
    if chosen is None:
        names = ", ".join([*map(export.file_name, export.DUMPS), *export.ONTOLOGY])
        raise NotFound(f"There is no such download; there are {names}.")
    return _attached(site().dump(chosen), chosen, name)


def _attached(content: bytes, form: Format, name: str) -> Response:
    response = Response(content, mimetype=form.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return tagged(response, f"dump-{name}")


# -- the way from a thing to its page or data -------------------------------------------------------------------------


def _iri(path: str) -> URIRef:
    """Return the IRI that stands at `path`; whatever signs the path has, they are percent-encoded."""
    return URIRef(prefixes.BASE + quote(path.strip("/"), safe="/"))


def _split(path: str) -> tuple[str, Format | None]:
    """Return the path without the suffix of a format, and that format; None where it has no such suffix."""
    for suffix, each in _BY_SUFFIX.items():
        if path.endswith(suffix):
            return path.removesuffix(suffix), each
    return path, None


def _lead(stem: str) -> Response:
    """Return the 303 to the page or the data at `stem` that the client prefers. Raises NotAcceptable."""
    chosen = formats.negotiate(request.headers.get("Accept"), OFFERED)
    response = redirect(here(quote(stem) + chosen.suffix), 303)
    response.headers["Vary"] = "Accept"
    return _with_alternates(response, stem)


def _with_alternates(page: Response | str, stem: str) -> Response:
    response = make_response(page)
    for each in OFFERED:
        response.headers.add("Link", f'<{here(quote(stem) + each.suffix)}>; rel="alternate"; type="{each.media_type}"')
    return response


def _data(triples: Triples, chosen: Format, stem: str) -> Response:
    response = Response(formats.serialise(triples, chosen), mimetype=chosen.media_type)
    return tagged(_with_alternates(response, stem), chosen.key)


# -- pages ------------------------------------------------------------------------------------------------------------


def _thing_page(iri: URIRef) -> str:
    store = site().store
    thing = describe.thing(store, iri)
    incoming = describe.incoming(store, iri, INCOMING_LIMIT)
    shared = {
        "thing": thing,
        "trail": _trail(iri),
        "incoming": incoming,
        "incoming_count": describe.incoming_count(store, iri),
        "statements": describe.texts(store, {row[0] for row in incoming.rows}, TROP.statement),
    }
    if findings.is_finding(store, iri):
        return render_template("finding.html", card=findings.card(store, thing), **shared)
    return render_template("thing.html", **shared)


def _trail(iri: URIRef) -> list[tuple[str, str]]:
    """Return the way from home to a thing: the list of cases to a case, the scheme to a concept."""
    path = iri.removeprefix(prefixes.BASE)
    if path.startswith("id/case/"):
        return [("/cases", "Cases")]
    scheme = path.rpartition("/")[0]
    if path.startswith("concept/") and describe.exists(site().store, URIRef(prefixes.BASE + scheme)):
        return [(f"/{scheme}", describe.label(site().store, URIRef(prefixes.BASE + scheme)))]
    return []


def _graph(name: URIRef, stem: str, chosen: Format | None, about: URIRef | None = None) -> Response:
    if name not in site().graphs:
        raise NotFound("There is no graph of this name; /download/ and /health tell what there is.")
    if chosen is None:
        return _lead(stem)
    if chosen is not PAGE:
        return _data(_content(name), chosen, stem)
    said = next((each for each in (about, name) if each is not None and describe.exists(site().store, each)), None)
    thing = describe.thing(site().store, said) if said is not None else None
    return _with_alternates(render_template("graph.html", name=name, thing=thing, triples=site().graphs[name]), stem)


def _content(name: URIRef) -> Triples:
    return site().store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}")


def _modules() -> list[URIRef]:
    return sorted(name for name in site().graphs if name.startswith(prefixes.graph_name("ontology") + "/"))
