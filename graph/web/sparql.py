"""The endpoint: SPARQL 1.1 Protocol, query operation, read-only. Every query goes through `graph.guard`."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import replace
from itertools import chain
from typing import Any

from flask import Blueprint, Response, make_response, request
from rdflib import RDF, BNode, Graph, Literal, Namespace, URIRef
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request

from graph import formats, guard, prefixes
from graph.errors import AddressTooLong, UnsupportedMediaType, UsageError
from graph.formats import Format
from graph.store import Dataset
from graph.web import PAGE, Site, absolute, editor, here, limits, site, tagged

bp = Blueprint("sparql", __name__)

_SD = Namespace(prefixes.NAMESPACES["sd"])
_VOID = Namespace(prefixes.NAMESPACES["void"])
_FORMATS = Namespace("http://www.w3.org/ns/formats/")
_RESULT_FORMATS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV",
                   "Turtle", "N-Triples", "RDF_XML", "JSON-LD")
_ENTAILMENT = URIRef("http://www.w3.org/ns/entailment/Simple")  # what follows was put in by the build
_FORM = "application/x-www-form-urlencoded"
_QUERY = "application/sparql-query"
_OF_A_QUERY = ("default-graph-uri", "named-graph-uri")
_OF_AN_UPDATE = ("update", "using-graph-uri", "using-named-graph-uri")
_SINGLE = ("query", "update", "format", "draft", "example")
_KEPT = 8_000_000  # bytes of an answer that is kept; what takes long is seldom short
_HELD = "tropico.held"  # in the environment of a request: the key of an answer and the answer
_CHANGING = ("NOW", "RAND", "UUID", "BNODE")  # STRUUID ends as UUID does


@bp.route("/sparql", methods=["OPTIONS"], provide_automatic_options=False)
def preflight() -> Response:
    """Tell browsers what a page from elsewhere may ask."""
    response = make_response("", 204)
    response.headers["Allow"] = "GET, HEAD, OPTIONS, POST"
    return response


@bp.route("/sparql", methods=["GET"], provide_automatic_options=False)
def get() -> Response:
    """Answer the query of the address; without one, show the form to people and the service description to programs."""
    given = _checked(request.args)
    longest = site().settings.max_query_bytes
    if len(request.args.get("query", "").encode("utf-8", "surrogatepass")) > longest:
        raise AddressTooLong(f"The query in the address is longer than {longest} bytes, the limit; shorten it.")
    if "query" in request.args:
        return _answer(request.args["query"], given)
    if any(request.args.getlist(name) for name in _OF_A_QUERY):
        raise UsageError("The address has no 'query'; put the SPARQL query there.")
    return editor.form() if _wants_page() else _description()


@bp.route("/sparql", methods=["POST"], provide_automatic_options=False)
def post() -> Response:
    """Answer the query in the body: `application/sparql-query`, or a form."""
    if request.mimetype not in (_FORM, _QUERY):
        sent = f"'{request.mimetype}'" if request.mimetype else "no content type"
        raise UnsupportedMediaType(f"The request has {sent}; send {_QUERY} or {_FORM}.")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType("The query is not in UTF-8; send it as UTF-8.")
    if request.mimetype == _QUERY:
        given = _checked(request.args)
        if "query" in given:
            raise UsageError("There is a query in the address and one in the body; send one.")
        return _answer(_text(request.get_data()), given)
    given = _checked(request.values)
    if "query" not in request.form:
        raise UsageError("The form has no field 'query'; put the SPARQL query there.")
    return _answer(request.form["query"], given)


def _checked(given: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return the parameters of a request: those of the address, and of the body where it is a form.

    Raises UsageError for one given twice, since which one counted would be a guess, and for one of an update.
    """
    twice = [name for name in _SINGLE if len(given.getlist(name)) > 1]
    if twice:
        raise UsageError(f"'{twice[0]}' is given more than once; give it once.")
    changing = [name for name in _OF_AN_UPDATE if name in given]
    if changing:
        raise UsageError(f"'{changing[0]}' belongs to an update, and this endpoint only reads; send a query.")
    return given


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise UsageError(f"The query is not UTF-8 (byte {problem.start}); send it as UTF-8.") from problem


def _answer(query: str, given: MultiDict[str, str]) -> Response:
    """Answer `query` as the parameters `given` want it: in the format of `format` ("html" is a page), else by `Accept`.

    What was answered lately on this build is given again without asking; it costs the client nothing.
    """
    if given.get("format") == PAGE.key:
        return _answered_as_page(query, _dataset(given))
    accept, forced, dataset = request.headers.get("Accept"), _forced(given.get("format", "")), _dataset(given)
    key = _key(site(), query, accept, forced, dataset)
    held, kept = request.environ.get(_HELD, (None, None))
    if held != key:
        kept = site().answers.get(key)
    answer = kept or _answered(query, accept, forced, dataset, key)
    response = Response(answer.chunks, mimetype=answer.format.media_type)
    response.headers["Vary"] = "Accept"
    name = "answer" if answer.capped is None else f"first-{answer.capped}-rows"
    response.headers["Content-Disposition"] = f'inline; filename="{name}{answer.format.suffix}"'
    if answer.capped is not None:
        response.headers["Tropico-Truncated"] = f"rows={answer.capped}"
    return response if kept is None and _changes(query) else tagged(response, f"sparql-{answer.format.key}")


def _key(of: Site, query: str, accept: str | None, forced: Format | None, dataset: Dataset | None) -> Hashable:
    return of.identity.digest, query, accept, forced, dataset


def at_hand(of: Site, environ: dict[str, Any]) -> bool:
    """Say whether the answer to a request (its WSGI environment) is kept; it is held there then, so that it cannot be let go before it is given.

    Only plain requests are looked at, a query as the body or alone in the address; of others the answer is no, though theirs may be kept too.
    """
    key = _key(of, _plain_query(environ, of.settings.max_query_bytes), environ.get("HTTP_ACCEPT"), None, None)
    kept = of.answers.get(key)
    if kept is not None:
        environ[_HELD] = key, kept
    return kept is not None


def _plain_query(environ: dict[str, Any], most: int) -> str:
    """Return the query of a plain request, read as the views read it, else nothing: were it read otherwise, another's answer would be held,
    and the query evaluated where nothing may take time.
    """
    address = environ["QUERY_STRING"]
    if environ["PATH_INFO"] != "/sparql":
        return ""
    if environ["REQUEST_METHOD"] == "GET":
        given = list(Request(environ).args.items(multi=True))
        return given[0][1] if [name for name, _ in given] == ["query"] else ""
    if environ["REQUEST_METHOD"] != "POST" or address or environ["CONTENT_TYPE"] != _QUERY:
        return ""
    body = environ["wsgi.input"].read(most + 1)
    environ["wsgi.input"].seek(0)
    try:
        return body.decode("utf-8") if len(body) <= most else ""
    except UnicodeDecodeError:
        return ""


@limits.limited
def _answered_as_page(query: str, dataset: Dataset | None) -> Response:
    return editor.answer(query, dataset)


@limits.limited
def _answered(query: str, accept: str | None, forced: Format | None, dataset: Dataset | None, key: Hashable) -> guard.Answer:
    """Have the query answered; keep the answer where it is small and would be the same again."""
    answer = guard.answer(site().store, query, accept, site().settings, forced=forced, dataset=dataset)
    held: list[bytes] = []
    for piece in answer.chunks:
        held.append(piece)
        if sum(map(len, held)) > _KEPT:
            return replace(answer, chunks=chain(held, answer.chunks))
    whole = replace(answer, chunks=[b"".join(held)])
    return whole if _changes(query) else site().answers.keep(key, whole, len(whole.chunks[0]) + len(query))


def _forced(wanted: str) -> Format | None:
    """Return the format called for by its key or its media type; None for none. Raises UnsupportedMediaType."""
    known = (each for each in (*formats.RESULT_FORMATS, *formats.RDF_FORMATS) if each.media_type == wanted)
    return next(known, None) or (formats.by_key(wanted) if wanted else None)


def _dataset(given: MultiDict[str, str]) -> Dataset | None:
    """Return the dataset of a request; None where it names none, and the query's own counts."""
    default, named = (tuple(map(URIRef, given.getlist(name))) for name in _OF_A_QUERY)
    return Dataset(default, named) if default or named else None


def _changes(query: str) -> bool:
    """Say whether the same query may give another answer on the same build; when in doubt, yes."""
    text = query.upper()
    calls = bool(site().settings.services) and "SERVICE" in text
    return calls or any(re.search(rf"{name}\s*[(#]", text) for name in _CHANGING if name in text)  # a comment may stand in between


def _wants_page() -> bool:
    return formats.negotiate(request.headers.get("Accept"), (*formats.RDF_FORMATS, PAGE)) is PAGE


# -- without a query --------------------------------------------------------------------------------------------------


def _description() -> Response:
    chosen = formats.negotiate(request.headers.get("Accept"), formats.RDF_FORMATS)
    described = service_description(absolute(here("/sparql")))
    response = Response(formats.serialise(described, chosen), mimetype=chosen.media_type)
    response.headers["Vary"] = "Accept"
    return tagged(response, f"service-{chosen.key}")


def service_description(endpoint: str) -> Graph:
    """Return the SPARQL 1.1 Service Description of this endpoint: what it speaks, and its graphs with their sizes."""
    graph = Graph()
    service, dataset, default = BNode(), BNode(), BNode()
    graph.add((service, RDF.type, _SD.Service))
    graph.add((service, _SD.endpoint, URIRef(endpoint)))
    for language in ("SPARQL10Query", "SPARQL11Query"):
        graph.add((service, _SD.supportedLanguage, _SD[language]))
    graph.add((service, _SD.feature, _SD.UnionDefaultGraph))
    graph.add((service, _SD.defaultEntailmentRegime, _ENTAILMENT))
    for name in _RESULT_FORMATS:
        graph.add((service, _SD.resultFormat, _FORMATS[name]))
    graph.add((service, _SD.defaultDataset, dataset))
    graph.add((dataset, RDF.type, _SD.Dataset))
    graph.add((dataset, _SD.defaultGraph, default))
    graph.add((default, RDF.type, _SD.Graph))
    graph.add((default, _VOID.triples, _union()))
    for name, triples in site().graphs.items():
        named, content = BNode(), BNode()
        graph.add((dataset, _SD.namedGraph, named))
        graph.add((named, RDF.type, _SD.NamedGraph))
        graph.add((named, _SD.name, name))
        graph.add((named, _SD.graph, content))
        graph.add((content, RDF.type, _SD.Graph))
        graph.add((content, _VOID.triples, Literal(triples)))
    return graph


def _union() -> Literal:
    """Return how many statements the default graph holds: one that stands in two graphs counts once."""
    return site().store.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").rows[0][0]
