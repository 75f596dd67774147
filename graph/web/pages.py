"""The pages people read: home, questions and their answers, cases; and `/health`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request
from rdflib import Literal, URIRef

from graph import build, describe, export, guard, prefixes, questions, tables
from graph.errors import NotFound, TropicoError, UsageError
from graph.questions import Answer, Question
from graph.store import Table
from graph.web import absolute, citing, framework, here, href, overview, signposts, site, tagged, worth_asking

bp = Blueprint("pages", __name__)

SUFFIXES = {
    "json": "application/json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "rq": "application/sparql-query",
}


@dataclass(frozen=True)
class Link:
    """What a reader sees of a term: its text, where it leads, the language it is in."""

    text: str
    href: str | None = None
    lang: str | None = None


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


@bp.get("/cases")
def cases() -> str:
    """List the cases."""
    return render_template("cases.html", cases=overview.cases(site().store))


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


# -- questions --------------------------------------------------------------------------------------------------------


@bp.get("/questions")
def question_list() -> str:
    """List the questions, all or those of one audience (`?audience=policy`)."""
    known = site().questions.values()
    audiences = sorted({audience for question in known for audience in question.audience})
    wanted = request.args.get("audience") or None
    if wanted and wanted not in audiences:
        raise UsageError(f"There is no such audience; choose one of {', '.join(audiences)}.")
    shown = [question for question in known if wanted is None or wanted in question.audience]
    return render_template("questions.html", questions=shown, audiences=audiences, wanted=wanted)


@bp.get("/questions/<name>")
def question(name: str) -> Response:
    """Answer a question as a page, or as its suffix asks: `.json`, `.csv`, `.tsv`, `.rq` (the query itself)."""
    stem, _, suffix = name.partition(".")
    asked = site().questions.get(stem)
    if asked is None or (suffix and suffix not in SUFFIXES) or name.endswith("."):
        raise NotFound(f"There is no such question; they go from {_span()}, with suffixes .json, .csv, .tsv and .rq.")
    values = _values()
    if suffix == "rq":
        return _download(asked, suffix, questions.bind(asked, values))
    answer = questions.ask(site().store, asked, values)
    return _download(asked, suffix, _written(answer, suffix)) if suffix else _page(answer)


def _span() -> str:
    names = list(site().questions)
    return f"{names[0]} to {names[-1]}" if names else "nowhere: no question is installed"


def _values() -> dict[str, str]:
    """Return the parameters of the address. Raises UsageError for one that is given twice."""
    for name, given in request.args.lists():
        if len(given) > 1:
            raise UsageError(f"The parameter {name!r} is given {len(given)} times; give it once.")
    return request.args.to_dict()


def _written(answer: Answer, suffix: str) -> str:
    if suffix == "csv":
        return tables.as_csv(answer.table)
    return tables.as_tsv(answer.table) if suffix == "tsv" else answer.as_json()


def _download(asked: Question, suffix: str, text: str) -> Response:
    response = Response(text, mimetype=SUFFIXES[suffix])
    response.headers["Content-Disposition"] = f'inline; filename="{asked.id}-{asked.slug}.{suffix}"'
    return tagged(response, f"{asked.id}-{suffix}")


def _page(answer: Answer) -> Response:
    asked = answer.question
    parameters = {name: short(value) for name, value in answer.values.items()}
    downloads = {suffix: here(f"/questions/{asked.id}.{suffix}", **parameters) for suffix in SUFFIXES}
    columns = tables.columns(answer.table)
    permalink = absolute(here(f"/questions/{asked.id}", **parameters))
    page = render_template(
        "question.html", answer=answer, asked=asked, columns=columns, rows=linked(answer.table), downloads=downloads,
        fields=[(each, site().choices(asked, each), answer.values[each.name]) for each in asked.params],
        permalink=permalink, short=short,
        edit=here("/sparql", draft=answer.query),
    )
    response = make_response(page)
    for suffix, address in downloads.items():
        response.headers.add("Link", f'<{address}>; rel="alternate"; type="{SUFFIXES[suffix]}"')
    variant = hashlib.sha256(f"{permalink} {here('')}".encode()).hexdigest()[:16]
    return tagged(signposts(response, f"{prefixes.NAMESPACES['q']}{asked.id}"), f"{asked.id}-page-{variant}", weak=True)


def short(value: URIRef | None) -> str:
    """Return the value of a parameter as it stands in an address; "" for one left open."""
    return "" if value is None else value.removeprefix(prefixes.BASE)


def linked(table: Table) -> list[list[list[Link]]]:
    """Return the rows of `table` as a reader sees them: each cell a list of links, things under their labels."""
    shown = tables.columns(table)
    names = describe.labels(site().store, _nameless(table, shown))
    return [[_cell(row, column, names) for column in shown] for row in table.rows]


def _nameless(table: Table, shown: list[tables.Column]) -> set[URIRef]:
    """Return the things in `table` that no label column names."""
    found: set[URIRef] = set()
    for row in table.rows:
        for column in shown:
            value = row[column.value]
            if column.is_list:
                found.update(URIRef(each) for each in tables.plain(value).split())
            elif isinstance(value, URIRef) and (column.label is None or row[column.label] is None):
                found.add(value)
    return found


def _cell(row: tuple, column: tables.Column, names: Mapping[URIRef, str]) -> list[Link]:
    value = row[column.value]
    label = row[column.label] if column.label is not None else None
    if column.is_list:
        return [Link(names[URIRef(each)], href(each)) for each in tables.plain(value).split()]
    if value is None and label is None:
        return []
    text = label if label is not None else names[value] if isinstance(value, URIRef) else value
    lang = text.language if isinstance(text, Literal) else None
    return [Link(str(text), href(value) if isinstance(value, URIRef) else None, lang if lang != "en" else None)]
