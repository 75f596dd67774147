"""The page where a file is held against the shapes: what is wrong, by thing and line, in the shapes' own words.

Nothing is kept. The file is parsed and judged in a worker process (`graph.guard`), never in this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, Response, make_response, render_template, request

from graph import formats, guard, tables
from graph.errors import ParseError, TropicoError, UsageError
from graph.formats import Format
from graph.report import Report, Result
from graph.web import PAGE, limits, site
from graph.web.problems import prefers_page

bp = Blueprint("check", __name__)

_JSON = Format("json", "application/json", ".json", "JSON", "report")
_TEXT = Format("text", "text/plain", ".txt", "Text", "report")
_ANSWERS = (_JSON, formats.by_key("ttl"), _TEXT, PAGE)
_SHOWN = 500  # results on one page: it stays below what a phone can carry
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


@dataclass(frozen=True)
class Sent:
    """A file as it came: its bytes, its name and media type where it has them."""

    data: bytes
    name: str | None
    media_type: str | None


@bp.get("/check")
def form() -> Response:
    """Show the form."""
    return _page(None)


@bp.post("/check")
@limits.limited
def check() -> Response:
    """Judge the file of the form (`file`, or `text` as Turtle) or of the body; answer by `Accept` as a page, JSON, Turtle or text.

    A file that can be read gives 200 whether it conforms or not: the report says so. One that cannot gives 422 with the
    line.
    """
    sent = _sent()
    try:
        report = guard.validate_upload(sent.data, sent.name, sent.media_type, site().settings)
    except ParseError as error:
        if not prefers_page():
            raise
        return _page(sent, error=error)
    chosen = formats.negotiate(request.headers.get("Accept"), _ANSWERS)
    if chosen is PAGE:
        return _page(sent, report=report)
    written = {"json": report.as_json, "ttl": report.as_turtle, "text": report.as_text}[chosen.key]()
    response = Response(written, mimetype=chosen.media_type)
    response.headers["Vary"] = "Accept"
    return response


def _sent() -> Sent:
    """Return the file of the request. Raises UsageError where there is none or more than one."""
    if request.mimetype not in _FORMS and request.content_length:
        return Sent(request.get_data(), request.args.get("name"), request.mimetype)
    files = [each for each in request.files.getlist("file") if each.filename]
    text = request.form.get("text", "")
    if len(files) + bool(text.strip()) != 1:
        raise UsageError("Choose one file, or paste one text: the form held " + ("none." if not files else "more than one."))
    if files:
        return Sent(files[0].read(), files[0].filename, files[0].mimetype)
    return Sent(text.encode("utf-8", "surrogatepass"), "pasted.ttl", "text/turtle")


def _page(sent: Sent | None, report: Report | None = None, error: TropicoError | None = None) -> Response:
    response = make_response(render_template(
        "check.html", sent=sent, report=report, error=error, things=_by_thing(report) if report else [], shown=_SHOWN,
        name=sent.name if sent else None, formats=(*formats.RDF_FORMATS, *formats.DATASET_FORMATS),
        pasted=sent.data.decode("utf-8", "replace") if sent and sent.name == "pasted.ttl" else "",
    ), error.status if error else 200)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-store"
    return response


def _by_thing(report: Report) -> list[tuple[str, int | None, list[Result]]]:
    """Return the results to show, under the thing they are about: its short name and the line where it begins."""
    runs = groupby(report.results[:_SHOWN], lambda each: (tables.short_name(each.focus), each.line))
    return [(name, line, list(results)) for (name, line), results in runs]
