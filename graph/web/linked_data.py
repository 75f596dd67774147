"""Linked data: from a thing to its page or its data, the terms of the ontology, whole graphs, dumps.

The address of a thing answers 303 to the same address with a suffix, chosen by `Accept`; an address with a suffix
answers without negotiation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from urllib.parse import quote

from flask import Blueprint, Response, make_response, redirect, render_template, request
from rdflib import URIRef
from rdflib.namespace import OWL
from rdflib.term import Node

from graph import casebook, citations, describe, export, formats, prefixes
from graph.errors import NotFound
from graph.formats import Format
from graph.prefixes import TROP
from graph.web import PAGE, alternates, cases, findings, here, href, propositions, signposts, site, tagged, terms
from graph.web.catalogue import cited

bp = Blueprint("linked_data", __name__)

OFFERED = (PAGE, *formats.RDF_FORMATS)
INCOMING_LIMIT = 50
_MOST_LANGUAGES = 20  # more are no wish of a reader

_BY_SUFFIX = {each.suffix: each for each in (*OFFERED, *citations.CITATION_FORMATS)}
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
        return _page(_thing_page(iri), stem, iri)
    if chosen in citations.CITATION_FORMATS:
        return _cited(iri, chosen)
    return _data(describe.dossier(site().store, iri), chosen, stem)


def _cited(iri: URIRef, chosen: Format) -> Response:
    records = citations.records(site().store, iri)
    if not records:
        raise NotFound(f"This is no source, so it has no {chosen.label}; all sources are at /download/sources{chosen.suffix}.")
    return cited(citations.written(records, chosen), chosen, records[0].key)


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
        return _page(page, stem, _iri(stem))
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
    return render_template(
        "downloads.html", dumps=export.DUMPS, ontology=export.ONTOLOGY, citations=citations.CITATION_FORMATS
    )


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
    return alternates(make_response(page), stem, OFFERED)


def _page(text: str, stem: str, iri: URIRef) -> Response:
    response = signposts(_with_alternates(text, stem), str(iri), f"{stem}.ttl")
    response.headers["Vary"] = "Accept-Language"
    variant = hashlib.sha256(f"{here('')} {request.full_path} {languages()}".encode()).hexdigest()[:16]
    return tagged(response, f"page-{variant}", weak=True)


def _data(triples: Triples, chosen: Format, stem: str) -> Response:
    response = Response(formats.serialise(triples, chosen), mimetype=chosen.media_type)
    return tagged(signposts(_with_alternates(response, stem), str(_iri(stem))), chosen.key)


# -- pages ------------------------------------------------------------------------------------------------------------


def _thing_page(iri: URIRef) -> str:
    store = site().store
    thing = describe.thing(store, iri, languages())
    count = describe.incoming_count(store, iri)
    page, pages = _incoming_page(count)
    incoming = describe.incoming(store, iri, INCOMING_LIMIT, (page - 1) * INCOMING_LIMIT)
    shared = {
        "thing": thing,
        "trail": _trail(iri),
        "incoming": incoming,
        "incoming_count": count,
        "incoming_first": (page - 1) * INCOMING_LIMIT + 1,
        "page": page,
        "pages": pages,
        "statements": describe.texts(store, {row[0] for row in incoming.rows}, TROP.statement),
    }
    if findings.is_finding(store, iri):
        return render_template("finding.html", card=findings.card(store, thing), **shared)
    if casebook.is_case(store, iri):
        return render_template("case.html", **shared, **cases.shown(store, thing))
    if propositions.is_proposition(store, iri):
        shown = {"card": propositions.card(store, thing), "symbols": propositions.SYMBOLS}
        return render_template("proposition.html", **shown, **shared)
    return render_template("thing.html", **shared)


def _incoming_page(count: int) -> tuple[int, int]:
    """Return the page of incoming links that is asked for, and how many there are. Raises NotFound for another."""
    pages, wanted = max(1, -(-count // INCOMING_LIMIT)), request.args.get("page", "1")
    if not (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:9]) <= pages):
        raise NotFound(f"What points here has pages 1 to {pages}; choose one with ?page=1.")
    return int(wanted), pages


def languages() -> tuple[str, ...]:
    """Return the languages a reader wants, the best first, each region followed by its language, English last."""
    wanted: list[str] = []
    for tag in request.accept_languages.values():
        wanted += [tag.lower(), tag.lower().split("-")[0]]
    return tuple(dict.fromkeys((*(each for each in wanted if each != "*"), "en")))[:_MOST_LANGUAGES]


def _trail(iri: URIRef) -> list[tuple[str, str]]:
    """Return the way from home to a thing: the list of cases to a case, the scheme to a concept."""
    path = iri.removeprefix(prefixes.BASE)
    if path.startswith("id/case/"):
        return [("/cases", "Cases")]
    if path.startswith("id/proposition/"):
        return [("/propositions", "Propositions")]
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
    page = render_template("graph.html", name=name, thing=thing, triples=site().graphs[name])
    return _page(page, stem, about or name)


def _content(name: URIRef) -> Triples:
    return site().store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}")


def _modules() -> list[URIRef]:
    return sorted(name for name in site().graphs if name.startswith(prefixes.graph_name("ontology") + "/"))
