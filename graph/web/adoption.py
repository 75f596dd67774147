"""The adoption lens as a page, and as CSV and a workbook."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, make_response, render_template, request
from rdflib import URIRef

from graph import browsing, lens, spreadsheets, tables
from graph.errors import NotFound, UsageError
from graph.lens import Lens, Sign
from graph.web import here, root, site, tagged
from graph.web.compare import short

bp = Blueprint("adoption", __name__)

SIGNS = dict(zip(lens.DIRECTIONS, "▲▼◆○"))
_CLASSES = dict(zip(lens.DIRECTIONS, ("furthers", "hinders", "mixed", "unstated")))
_SUFFIXES = {"csv": "text/csv", "xlsx": spreadsheets.MEDIA_TYPE}


@bp.get("/lens")
def page() -> Response:
    """Show determinants by adopter group, for one innovation (`?innovation=`) or for all of them."""
    text = render_template(
        "lens.html", lenses=_lenses(), innovations=lens.innovations(site().store), wanted=request.args.get("innovation") or None,
        signs=SIGNS, classes=_CLASSES, grouped=grouped, heat=heat, short=short, csv=_address("csv"), xlsx=_address("xlsx"),
    )
    return tagged(make_response(text), _variant("page"), weak=True)


@bp.get("/lens.<suffix>")
def file(suffix: str) -> Response:
    """Give the lens as a table: one row per finding in each cell, and one per silent cell."""
    if suffix not in _SUFFIXES:
        raise NotFound("The lens is there as /lens, /lens.csv and /lens.xlsx.")
    found = [lens.as_table(each) for each in _lenses()]
    table = lens.Table(found[0].columns, tuple(row for each in found for row in each.rows))
    if suffix == "csv":
        content: str | bytes = tables.as_csv(table)
    else:
        rows = [[None if term is None else str(term) for term in row] for row in table.rows]
        content = spreadsheets.workbook([spreadsheets.Sheet("Lens", [tables.heading(each) for each in table.columns], rows)])
    response = Response(content, mimetype=_SUFFIXES[suffix])
    response.headers["Content-Disposition"] = f'{"inline" if suffix == "csv" else "attachment"}; filename="adoption-lens.{suffix}"'
    return tagged(response, _variant(suffix), weak=suffix == "xlsx")


def _lenses() -> list[Lens]:
    """Return the lens that is asked for, those of all innovations where none is. Raises UsageError for what is unknown."""
    unknown = sorted(set(request.args) - {"innovation"})
    if unknown:
        raise UsageError(f"The lens has no parameter {unknown[0]!r}; it has innovation.")
    store = site().store
    wanted = request.args.get("innovation")
    if wanted:
        return [lens.lens(store, browsing.term(store, wanted, "concept/innovation/", "innovation"))]
    known = lens.innovations(store)
    if not known:
        raise NotFound("No finding in this graph gives a determinant of an innovation a direction; see /findings for what there is.")
    return [lens.lens(store, each.iri) for each in known]


def _address(suffix: str) -> str:
    wanted = request.args.get("innovation")
    return here(f"/lens.{suffix}", **({"innovation": wanted} if wanted else {}))


def _variant(name: str) -> str:
    return f"lens-{name}-{hashlib.sha256(f'{root()} {request.full_path}'.encode()).hexdigest()[:16]}"


def grouped(signs: tuple[Sign, ...]) -> list[tuple[URIRef, str, list[Sign]]]:
    """Return the signs of a cell by direction: its IRI, its label, its signs."""
    directions = dict.fromkeys(sign.direction for sign in signs)
    return [(each.iri, each.label, [sign for sign in signs if sign.direction == each]) for each in directions]


def heat(signs: tuple[Sign, ...]) -> str:
    """Return the class of a cell: silent, its one direction, or mixed where its findings differ; with how much was found."""
    if not signs:
        return "silent"
    directions = {sign.direction.iri for sign in signs}
    name = _CLASSES.get(min(directions), "unstated") if len(directions) == 1 else "mixed"
    return f"{name} h{min(len(signs), 3)}"
