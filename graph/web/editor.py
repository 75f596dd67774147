"""The endpoint for people: the editor with its examples, the words it completes, and an answer as a page with labels."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, render_template, request

from graph import formats, guard, prefixes, reading, results
from graph.errors import QueryError, QueryRefused, QueryTimeout, ResultTooLarge, UsageError
from graph.store import Dataset, Table
from graph.web import here, site, tagged

bp = Blueprint("editor", __name__)

_ROWS = 1_000  # of an answer on a page; a program takes more
_BYTES = 5_000_000
_EDITOR = "vendor/yasgui.min.js"  # made by `make assets`
_POLICY = (  # the editor writes styles while it runs; scripts still come from files of this app alone
    "default-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_EXAMPLE = f"""PREFIX trop: <{prefixes.ONTOLOGY}>
PREFIX skos: <{prefixes.NAMESPACES['skos']}>
SELECT ?construct ?label (COUNT(DISTINCT ?finding) AS ?findings) WHERE {{
  ?finding trop:concernsConstruct ?construct .
  ?construct skos:prefLabel ?label FILTER(LANG(?label) = "en")
}}
GROUP BY ?construct ?label
ORDER BY DESC(?findings)
LIMIT 20
"""
_WORDS = f"""
PREFIX void: <{prefixes.NAMESPACES['void']}>
SELECT ?kind ?term (SUM(?n) AS ?uses) WHERE {{
  {{ ?part void:class ?term ; void:entities ?n . BIND("class" AS ?kind) }}
  UNION {{ ?part void:property ?term ; void:triples ?n . BIND("property" AS ?kind) }}
}} GROUP BY ?kind ?term ORDER BY DESC(?uses) ?term"""


def form() -> Response:
    """Show the editor: a form that works by itself, made livelier by script where the assets were made."""
    example = request.args.get("example")
    if example and example not in site().questions:
        raise UsageError("There is no such question to start from; see /questions.")
    return _page(draft=site().questions[example].text if example else request.args.get("draft") or _EXAMPLE)


def answer(query: str, dataset: Dataset | None = None) -> Response:
    """Answer `query` as a page: the first rows with labels, the statements in Turtle, or what is wrong with it.

    Raises what `guard.answer` raises for another reason than the query.
    """
    try:
        return _answered(query, dataset)
    except (QueryError, QueryRefused, QueryTimeout, ResultTooLarge) as error:
        response = _page(draft=query, error=error)
        response.status_code = error.status
        return response


def _answered(query: str, dataset: Dataset | None) -> Response:
    kind = guard.classify(query)
    within = replace(site().settings, max_rows=min(_ROWS, site().settings.max_rows), max_result_bytes=_BYTES)
    form = "ttl" if kind == "construct" else "json"
    given = guard.answer(site().store, query, None, within, forced=formats.by_key(form), dataset=dataset)
    body = b"".join(given.chunks)
    if kind == "construct":
        return _page(draft=query, turtle=body.decode())
    found = results.read_results(body)
    if isinstance(found, bool):
        return _page(draft=query, truth=found)
    response = _page(draft=query, read=reading.read(Table(*found), site().names), capped=given.capped)
    if given.capped is not None:
        response.headers["Tropico-Truncated"] = f"rows={given.capped}"
    return response


def _page(**shown: object) -> Response:
    response = make_response(render_template(
        "sparql.html", formats=(*formats.RESULT_FORMATS, *formats.RDF_FORMATS), questions=site().questions.values(),
        lively=_is_lively(), **shown,
    ))
    response.headers["Vary"] = "Accept"
    if _is_lively():
        response.headers["Content-Security-Policy"] = _POLICY
    return response


def _is_lively() -> bool:
    return (Path(str(current_app.static_folder)) / _EDITOR).is_file()


@bp.get("/sparql/words.json")
def words() -> Response:
    """Give what the editor completes: prefixes, and the classes and properties that the description counts, most used first."""
    made = site().kept("sparql-words", lambda: json.dumps(_words()).encode())
    return tagged(Response(made, mimetype="application/json"), "sparql-words")


def _words() -> dict[str, object]:
    found: dict[str, list[str]] = {"class": [], "property": []}
    for kind, term, _ in site().store.select(_WORDS).rows:
        found[str(kind)].append(str(term))
    own = {"base": prefixes.BASE, "here": here("/")}
    return {"prefixes": prefixes.NAMESPACES, "classes": found["class"], "properties": found["property"], **own}
