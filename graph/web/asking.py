"""The pages and downloads of the questions: the list with its search, and each question with form, answer and chart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from rdflib import URIRef

from graph import asking, charts, codebook, plots, prefixes, questions, reading, snippets, spreadsheets, tables
from graph.errors import NotFound, UsageError
from graph.questions import Answer, Question
from graph.reading import Counted, Reading
from graph.web import absolute, here, href, is_outside, root, signposts, site, tagged
from graph.web.views import View, folded, taken

bp = Blueprint("asking", __name__)

SUFFIXES = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "xlsx": spreadsheets.MEDIA_TYPE,
    "rq": "application/sparql-query",
    "svg": "image/svg+xml",
    "vl.json": "application/vnd.vegalite.v5+json",
}
_DRAWN = ("svg", "vl.json")
_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"  # an SVG opened alone is a document


# -- the list ---------------------------------------------------------------------------------------------------------


@bp.get("/questions")
def question_list() -> str:
    """List the questions: all, those of one audience (`?audience=policy`), those that speak of words (`?q=late adopters`)."""
    known = list(site().questions.values())
    audiences = sorted({audience for question in known for audience in question.audience})
    wanted, words = request.args.get("audience") or None, request.args.get("q", "").strip()
    if wanted and wanted not in audiences:
        raise UsageError(f"There is no such audience; choose one of {', '.join(audiences)}.")
    found = [question for question in known if _speaks_of(question, folded(words).split())]
    shown = [question for question in found if wanted is None or wanted in question.audience]
    return render_template(
        "questions.html", questions=shown, audiences=audiences, wanted=wanted, words=words, elsewhere=len(found) - len(shown), known=known,
    )


def _speaks_of(question: Question, words: Sequence[str]) -> bool:
    labels = (parameter.label for parameter in question.params)
    text = folded(" ".join((question.id, question.question, question.method, *question.tags, *labels)))
    return all(word in text for word in words)


# -- one question -----------------------------------------------------------------------------------------------------


@bp.get("/questions/<name>")
def question(name: str) -> Response:
    """Answer a question as a page, or as its suffix asks: the answer, the query itself (`.rq`), the chart."""
    stem, _, suffix = name.partition(".")
    asked = site().questions.get(stem)
    if asked is None or (suffix and suffix not in SUFFIXES) or name.endswith("."):
        raise NotFound(f"There is no such question; they go from {_span()}, with suffixes {', '.join('.' + each for each in SUFFIXES)}.")
    given = _given()
    if not suffix:
        parameters, view = taken(given)
        return _page(questions.ask(site().store, asked, parameters), view)
    if suffix == "rq":
        return _download(asked, suffix, questions.bind(asked, given))
    if suffix == "svg":
        return _picture(asked, given)
    key = (site().identity.digest, asked.id, suffix, request.host_url, root(), *questions.resolve(asked, given).values())
    content = site().answers.get(key)
    if content is None:
        content = _written(questions.ask(site().store, asked, given), suffix)
        site().answers.keep(key, content, len(content))
    return _download(asked, suffix, content, weak=suffix == "xlsx")  # a workbook tells when it was saved


def _span() -> str:
    names = list(site().questions)
    return f"{names[0]} to {names[-1]}" if names else "nowhere: no question is installed"


def _given() -> dict[str, str]:
    """Return what the address says. Raises UsageError for what is given twice."""
    for name, given in request.args.lists():
        if len(given) > 1:
            raise UsageError(f"The parameter {name!r} is given {len(given)} times; give it once.")
    return request.args.to_dict()


def _written(answer: Answer, suffix: str) -> str | bytes:
    if suffix == "xlsx":
        read = reading.read(answer.table, site().names)
        return codebook.workbook(site().store, answer, read, counted(answer), _named(answer), _permalink(answer, View()))
    if suffix == "vl.json":
        return json.dumps(charts.spec(_chart(answer)), ensure_ascii=False, indent=1)
    if suffix == "csv":
        return tables.as_csv(answer.table)
    return tables.as_tsv(answer.table) if suffix == "tsv" else answer.as_json()


def _download(asked: Question, suffix: str, content: str | bytes, *, weak: bool = False) -> Response:
    response = Response(content, mimetype=SUFFIXES[suffix])
    response.headers["Content-Disposition"] = f'inline; filename="{asked.id}-{asked.slug}.{suffix}"'
    return tagged(response, f"{asked.id}-{suffix}", weak=weak)


def counted(answer: Answer) -> Counted:
    """Count the cases and case sets that `answer` names, of all there are."""
    kept = json.loads(site().kept("members", lambda: json.dumps([sorted(each) for each in reading.members(site().store)]).encode()))
    cases, case_sets = (frozenset(map(URIRef, each)) for each in kept)
    return reading.counted(answer.table, cases, case_sets)


# -- chart ------------------------------------------------------------------------------------------------------------


def _picture(asked: Question, given: Mapping[str, str]) -> Response:
    """Give the chart as SVG; one that was drawn lately is not drawn again."""
    values = questions.resolve(asked, given)
    key = (site().identity.digest, asked.id, *values.values())
    picture = site().drawn.get(key)
    if picture is None:
        description = charts.spec(_chart(questions.ask(site().store, asked, given)))
        picture = site().drawn.made(key, lambda: charts.svg(description))
    response = _download(asked, "svg", picture)
    response.headers["Content-Security-Policy"] = _PICTURE
    return response


def _chart(answer: Answer) -> plots.Chart:
    made = plots.chart(answer, reading.read(answer.table, site().names), _settings(answer))
    if made is None:
        raise NotFound(f"{answer.question.id} has nothing to draw here; its table is at /questions/{answer.question.id}.")
    return made


def _settings(answer: Answer) -> list[str]:
    """Return the parameters that are set, in words."""
    labels = {parameter.name: parameter.label for parameter in answer.question.params}
    return [f"{labels[parameter]}: {name}" for parameter, name in _named(answer).items()]


def _named(answer: Answer) -> dict[str, str]:
    """Return for each parameter that is set the name of what it is set to."""
    asked = answer.question
    return {
        parameter.name: next((each.label for each in site().choices(asked, parameter) if each.iri == value), short(value))
        for parameter in asked.params if (value := answer.values[parameter.name]) is not None
    }


# -- page -------------------------------------------------------------------------------------------------------------


def _page(answer: Answer, view: View) -> Response:
    asked = answer.question
    read = reading.read(answer.table, site().names)
    made = plots.chart(answer, read, _settings(answer))
    addresses = _addresses(answer, [suffix for suffix in SUFFIXES if made or suffix not in _DRAWN])
    permalink = _permalink(answer, view)
    response = make_response(render_template(
        "question.html", answer=answer, asked=asked, view=view, downloads=addresses, media_types=SUFFIXES, permalink=permalink,
        fields=[(each, site().choices(asked, each), answer.values[each.name]) for each in asked.params],
        settings=_settings(answer), parameters=_parameters(answer), counted=str(counted(answer)), short=short,
        headings=_headings(answer, read, view), rows=_cells(view.rows(read)), total=len(read.rows),
        plain=_address(answer, View(iris=view.iris)), switched=_address(answer, View(view.sort, view.descending, view.text, not view.iris)),
        chart=made and _shown(made), nothing=asked.empty or asking.NOTHING, edit=here("/sparql", draft=answer.query),
        snippets=_snippets(asked, addresses), citation=codebook.citation(answer, _permalink(answer, View())),
    ))
    for suffix, address in addresses.items():
        response.headers.add("Link", f'<{address}>; rel="alternate"; type="{SUFFIXES[suffix]}"')
    variant = hashlib.sha256(f"{permalink} {here('')}".encode()).hexdigest()[:16]
    return tagged(signposts(response, f"{prefixes.NAMESPACES['q']}{asked.id}"), f"{asked.id}-page-{variant}", weak=True)


def _shown(made: plots.Chart) -> dict[str, Any]:
    description = charts.spec(made)
    return {"told": plots.told(made), "width": description["width"], "height": description["height"]}


def _parameters(answer: Answer) -> dict[str, str]:
    return {name: short(value) for name, value in answer.values.items()}


def _addresses(answer: Answer, suffixes: Sequence[str]) -> dict[str, str]:
    return {suffix: here(f"/questions/{answer.question.id}.{suffix}", **_parameters(answer)) for suffix in suffixes}


def _address(answer: Answer, view: View) -> str:
    return here(f"/questions/{answer.question.id}", **_parameters(answer), **view.arguments)


def _permalink(answer: Answer, view: View) -> str:
    return absolute(_address(answer, view))


def _snippets(asked: Question, addresses: Mapping[str, str]) -> list[snippets.Snippet]:
    return snippets.snippets(f"{asked.id}-{asked.slug}", *(absolute(addresses[suffix]) for suffix in ("csv", "tsv", "json")))


def _headings(answer: Answer, read: Reading, view: View) -> list[dict[str, Any]]:
    """Return what stands over each column: its name, where a click leads, how it is sorted, whether it holds numbers."""
    headings = []
    for column, is_numeric in zip(read.columns, reading.numbers(read), strict=True):
        name = answer.table.columns[column.value]
        state = ("descending" if view.descending else "ascending") if view.sort == name else None
        headings.append({
            "text": column.heading, "name": name, "sorted": state, "is_numeric": is_numeric, "is_list": column.is_list,
            "href": _address(answer, view.sorted_by(name)) + "#answer" if len(read.rows) > 1 else None,
        })
    return headings


def short(value: URIRef | None) -> str:
    """Return the value of a parameter as it stands in an address; "" for one left open."""
    return "" if value is None else value.removeprefix(prefixes.BASE)


def _cells(rows: Sequence[Sequence[reading.Cell]]) -> list[list[list[dict[str, Any]]]]:
    """Return rows as the page shows them: a thing with where it leads, and its short address."""
    known: dict[reading.Part, dict[str, Any]] = {}
    return [[[known[part] if part in known else known.setdefault(part, _linked(part)) for part in cell] for cell in row] for row in rows]


def _linked(part: reading.Part) -> dict[str, Any]:
    link = href(part.iri) if part.iri else None
    return {"text": part.text, "href": link, "lang": part.lang, "iri": part.iri and tables.short_name(part.iri),
            "outside": link is not None and is_outside(link)}
