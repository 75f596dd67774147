"""The questions as an OpenAPI 3.1 description: a path per question, parameters and columns as the question has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.questions import Parameter, Question
from graph.tables import short_name

_TERM = {
    "type": "object",
    "required": ["type", "value"],
    "properties": {
        "type": {"enum": ["uri", "literal", "bnode"]}, "value": {"type": "string"},
        "xml:lang": {"type": "string"}, "datatype": {"type": "string"},
    },
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
        "line": {"type": "integer"}, "column": {"type": "integer"},
    },
}
_TEXTS = {"csv": "text/csv", "tsv": "text/tab-separated-values"}
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CHARTS = {"svg": ("image/svg+xml", {"type": "string"}), "vl.json": ("application/vnd.vegalite.v5+json", {"type": "object"})}
_RESULTS = "application/sparql-results+json"


def openapi(questions: Mapping[str, Question], columns: Mapping[str, tuple[str, ...]], *, version: str, server: str) -> dict[str, Any]:
    """Return the description of an app that stands at `server`; `columns` are those of each question's answer, by id."""
    paths: dict[str, Any] = {}
    for name, asked in questions.items():
        paths[f"/questions/{name}.json"] = {"get": _operation(asked, "json", _json(columns[name]))}
        for suffix, media_type in _TEXTS.items():
            paths[f"/questions/{name}.{suffix}"] = {"get": _operation(asked, suffix, {media_type: {"schema": {"type": "string"}}})}
        paths[f"/questions/{name}.xlsx"] = {"get": _operation(asked, "xlsx", {_WORKBOOK: {}})}
        for suffix, (media_type, schema) in (_CHARTS if asked.chart else {}).items():
            paths[f"/questions/{name}.{suffix}"] = {"get": _operation(asked, suffix, {media_type: {"schema": schema}})}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "TROPICO Knowledge Graph", "version": version,
            "description": "Questions about comparative case evidence on digital government, and a read-only SPARQL endpoint.",
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "servers": [{"url": server}],
        "paths": {**paths, "/sparql": _endpoint()},
        "components": {"schemas": {"Term": _TERM, "Problem": _PROBLEM}, "responses": {"Problem": _refusal()}},
    }


def _operation(asked: Question, suffix: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "operationId": f"{asked.id}-{suffix}", "summary": asked.question, "description": asked.method, "tags": [*asked.audience],
        "parameters": [_parameter(each) for each in asked.params],
        "responses": {"200": {"description": "The answer.", "content": content}, **_refused()},
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if parameter.default is not None:
        schema["default"] = short_name(parameter.default)
    about = ". ".join(each.strip().rstrip(".") for each in (parameter.label, parameter.definition or "") if each)
    told = f"{about}. An IRI, a prefixed name, or a path such as concept/innovation/telework."
    return {"name": parameter.name, "in": "query", "required": False, "description": told, "schema": schema}


def _json(columns: tuple[str, ...]) -> dict[str, Any]:
    term = {"$ref": "#/components/schemas/Term"}
    row = {"type": "object", "properties": dict.fromkeys(columns, term), "additionalProperties": False}
    head = {"type": "object", "properties": {"vars": {"const": [*columns]}}}
    results = {"type": "object", "required": ["bindings"], "properties": {"bindings": {"type": "array", "items": row}}}
    properties = {
        "question": {"type": "object"}, "parameters": {"type": "object"}, "build": {"type": ["object", "null"]},
        "rowCount": {"type": "integer"}, "head": head, "results": results,
    }
    return {"application/json": {"schema": {"type": "object", "required": ["head", "results"], "properties": properties}}}


def _endpoint() -> dict[str, Any]:
    answers = {"200": {"description": "The answer, in the format that Accept asks for.", "content": {
        each: {"schema": {"type": "object"} if each == _RESULTS else {"type": "string"}}
        for each in (_RESULTS, *_TEXTS.values(), "text/turtle")
    }}, **_refused()}
    graphs = {"type": "array", "items": {"type": "string", "format": "uri"}}
    query = {"name": "query", "in": "query", "required": True, "schema": {"type": "string"}, "description": "A SPARQL 1.1 query."}
    dataset = [{"name": name, "in": "query", "required": False, "schema": graphs, "style": "form", "explode": True}
               for name in ("default-graph-uri", "named-graph-uri")]
    body = {"required": True, "content": {"application/sparql-query": {"schema": {"type": "string"}}}}
    return {
        "get": {"operationId": "sparql-get", "summary": "Answer a SPARQL query", "parameters": [query, *dataset], "responses": answers},
        "post": {"operationId": "sparql-post", "summary": "Answer a SPARQL query", "parameters": dataset, "requestBody": body, "responses": answers},
    }


def _refusal() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": "What was wrong, and the remedy.", "content": {"application/problem+json": {"schema": schema}}}


def _refused() -> dict[str, Any]:
    return {"4XX": {"$ref": "#/components/responses/Problem"}, "5XX": {"$ref": "#/components/responses/Problem"}}
